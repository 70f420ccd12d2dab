"""What can be done with the callback list."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.callbacks import call_store, changes_store, day_list_store, store
from callcenter.callbacks.calendar_changes import follow_calendar
from callcenter.callbacks.episode_rows import rebuild
from callcenter.callbacks.list_store import (
    CallbackRow,
    ListFilter,
    Place,
    list_day,
    list_episode,
    list_open,
)
from callcenter.callbacks.long_episodes import extend_long, find_cuts
from callcenter.callbacks.rules import CallKey, EpisodeState, check_decision
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError
from callcenter.hours.calling_hours import CallingHours
from callcenter.postgres.database import Database
from callcenter.settings import Settings

BATCH = 100
"""Changes looked at in one transaction, and with them what else changed of the same persons."""

SAME_PERSON = 5_000
"""So many of these at most, so that whoever needs the lock waits no longer than a second or two."""

FEW = 2_000
"""Calls of one person that are looked at while somebody waits for an answer; of more the follower takes care."""

LOCK_WAIT_SECONDS = 2.0
LOCK_PAUSE_SECONDS = 0.05


class ListBusyError(ConflictError):
    """The callback list is being brought up to date; try again in a moment."""

    default_code = ErrorCode.LIST_BUSY


async def refresh(database: Database, settings: Settings) -> int:
    """Bring the episodes in step with all calls stored so far; how many changes there were.

    Any number of processes may do it, at any time, and may be stopped anywhere: each batch is done or not done.
    """
    total = 0
    while True:
        async with database.sessions.begin() as session:
            count = await refresh_some(session, settings)
        total += count
        if count < BATCH:
            return total


async def refresh_some(session: AsyncSession, settings: Settings) -> int:
    """One batch of changes, oldest first, each person's looked at once; how many it had."""
    await changes_store.lock_episodes(session)
    await follow_calendar(session, CallingHours.of(settings))
    count, keys = await changes_store.take_changed(session, BATCH, SAME_PERSON)
    await _apply(session, keys, settings)
    return count


async def follow_person(database: Database, subject: str, settings: Settings) -> None:
    """Bring one person's episodes in step with their calls, in a transaction of its own.

    Nothing is done where nothing of theirs has changed, or so much that the follower has to do it.
    Raises ListBusyError.
    """
    async with database.sessions.begin() as session:
        await follow_person_in(session, subject, settings)


async def follow_person_in(session: AsyncSession, subject: str, settings: Settings) -> None:
    """The same in the caller's transaction, which holds the lock from then on where something has changed."""
    waiting = await changes_store.count_changed_of(session, subject, FEW)
    if not waiting or waiting == FEW or await changes_store.has_many_calls(session, subject, FEW):
        return
    await lock_for_request(session)
    await _apply(session, await changes_store.take_changed_of(session, subject), settings)


async def lock_for_request(session: AsyncSession) -> None:
    """Hold the lock on episodes where somebody waits for the answer. Raises ListBusyError."""
    give_up_at = asyncio.get_running_loop().time() + LOCK_WAIT_SECONDS
    while not await changes_store.try_lock_episodes(session):
        if asyncio.get_running_loop().time() > give_up_at:
            raise ListBusyError
        await asyncio.sleep(LOCK_PAUSE_SECONDS)


async def rebuild_person(session: AsyncSession, subject: str, key: CallKey | None, settings: Settings) -> None:
    """After something was decided about a person: at once, or by the follower where they have very many calls.

    `key` is a call of theirs. The caller holds the lock.
    """
    if key is not None and await changes_store.has_many_calls(session, subject, FEW):
        await changes_store.note_changed(session, key, subject)
    else:
        await rebuild(session, {subject}, settings)


async def _apply(session: AsyncSession, keys: Collection[CallKey], settings: Settings) -> None:
    if not keys:
        return
    calls = await call_store.load_calls(session, keys)
    subjects = await call_store.find_touched_subjects(session, keys, calls)
    extended = await extend_long(session, keys, calls, subjects, settings)
    cuts = {subject: cut for subject, cut in extended.items() if cut is not None}
    cuts |= await find_cuts(session, keys, calls, subjects - extended.keys())
    await rebuild(session, subjects - extended.keys() - cuts.keys(), settings)
    for subject, cut in cuts.items():
        await rebuild(session, {subject}, settings, after=cut)


@dataclass(frozen=True, kw_only=True, slots=True)
class CallbackPage:
    """Rows of a list, the most urgent first; `frozen_at` and `sha256` are those of a frozen list."""

    rows: list[CallbackRow]
    frozen_at: datetime | None = None
    sha256: str | None = None


async def list_callbacks(
    session: AsyncSession,
    wanted: ListFilter,
    *,
    now: datetime,
    day: date | None = None,
    is_current: bool = False,
    after: Place | None = None,
    limit: int | None = None,
) -> CallbackPage:
    """Without a day everybody who waits now; else the day's list as frozen, or as it stands while it is not.

    `is_current` asks for a day as it stands, frozen or not.
    """
    if day is None:
        return CallbackPage(rows=await list_open(session, wanted, now=now, after=after, limit=limit))
    kept = None if is_current else await day_list_store.find_frozen_list(session, day)
    if kept is None:
        return CallbackPage(rows=await list_day(session, day, wanted, now=now, after=after, limit=limit))
    rows = day_list_store.find_rows(cast(list[CallbackRow], kept.rows), wanted, after=after, limit=limit)
    return CallbackPage(rows=rows, frozen_at=kept.frozen_at, sha256=kept.sha256)


async def get_callback(session: AsyncSession, episode_id: int, *, now: datetime) -> CallbackRow:
    """One episode as it stands. Raises NotFoundError."""
    rows = await list_episode(session, episode_id, now=now)
    if not rows:
        raise NotFoundError("There is no such episode.")
    return rows[0]


async def decide_unreachable(
    session: AsyncSession, episode_id: int, *, user: SignedIn, reason: str, now: datetime, settings: Settings
) -> CallbackRow:
    """A supervisor signs that the caller cannot be reached; the row after that.

    Raises NotFoundError, ConflictError for a closed episode, RefusedError before the required attempts, ListBusyError.
    Of a number that floods, the row follows some moments later.
    """
    episode = await store.get_episode(session, episode_id)
    await lock_for_request(session)
    await follow_person_in(session, episode.subject, settings)
    episode = await store.get_episode(session, episode_id)
    state = EpisodeState(episode.state)
    check_decision(state=state, attempts=episode.attempts_counted, number=episode.caller_number)
    calls = await store.list_calls_held(session, episode_id)
    await store.add_decision(
        session, subject=episode.subject, calls=calls, decided_by=user.user_id, decided_at=now, reason=reason
    )
    await rebuild_person(session, episode.subject, calls[0] if calls else None, settings)
    return await get_callback(session, episode_id, now=now)
