"""What can be done with the callback list."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rules import SignedIn
from callcenter.callbacks import frozen, store
from callcenter.callbacks.calendar_changes import follow_calendar
from callcenter.callbacks.deadlines import find_due_at
from callcenter.callbacks.episodes import episodes_of, keep_ids
from callcenter.callbacks.ladder import find_next_try_at
from callcenter.callbacks.listing import (
    CallbackRow,
    ListFilter,
    Place,
    find_rows,
    list_day,
    list_episode,
    list_open,
)
from callcenter.callbacks.rules import (
    CallKey,
    Episode,
    EpisodeState,
    Subject,
    check_decision,
    priority,
)
from callcenter.database import Database
from callcenter.dialling.store import list_voided
from callcenter.errors import NotFoundError
from callcenter.hours.service import load_is_workday
from callcenter.settings import Settings

BATCH = 100
"""Changes looked at in one transaction: others wait no longer than that, the recorder of this process included."""


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
    """One batch of changes, oldest first; how many it had."""
    await store.lock_episodes(session)
    await follow_calendar(session, settings.timezone)
    count, keys = await store.take_changed(session, BATCH)
    if keys:
        await rebuild(session, await store.find_touched_subjects(session, keys), settings)
    return count


async def refresh_in(session: AsyncSession, settings: Settings) -> None:
    """All changes in the caller's transaction, which holds the lock from then on."""
    while await refresh_some(session, settings) == BATCH:
        pass


async def rebuild(session: AsyncSession, subjects: Collection[str], settings: Settings) -> None:
    """Make the stored episodes of these subjects what calls, decisions and judgements say; ids stay where calls stay.

    A deadline stays as well: `follow_calendar` alone moves it, so that one that was missed is not forgotten. The caller
    holds the lock.
    """
    if not subjects:
        return
    calls = await store.load_calls_of(session, subjects)
    decisions = await store.load_decisions(session, subjects)
    voided = {CallKey(*key) for key in await list_voided(session, subjects)}
    before = await store.load_episodes(session, subjects)
    by_subject: dict[Subject, list[store.StoredCall]] = {}
    for stored in calls:
        if stored.subject is not None:
            by_subject.setdefault(stored.subject, []).append(stored)
    days = {stored.call.key: stored.business_date for stored in calls}
    built = []
    for subject, of_subject in sorted(by_subject.items()):
        signed = decisions.get(subject.key, ())
        episodes = episodes_of((stored.call for stored in of_subject), settings.closing_talk, signed, voided)
        held = {stored.call.key: before.holders.get(stored.call.key) for stored in of_subject}
        own = {key: kept for key, kept in held.items() if kept and before.rows[kept]["subject"] == subject.key}
        built += [(subject, episode, kept) for episode, kept in zip(episodes, keep_ids(episodes, own), strict=True)]
    is_workday = await load_is_workday(session)
    new_ids = iter(await store.take_episode_ids(session, sum(kept is None for _, _, kept in built)))
    rows: list[Mapping[str, Any]] = []
    holders: dict[CallKey, tuple[int, date]] = {}
    for subject, episode, kept in built:
        episode_id = next(new_ids) if kept is None else kept
        reopens = None if episode.reopens is None else holders[episode.reopens][0]
        row = _row(episode_id, subject, episode, reopens, settings, is_workday)
        earlier = before.rows.get(episode_id)
        if earlier is not None and earlier["due_at"] is not None and earlier["opened_at"] == episode.opened_at:
            row["due_at"] = earlier["due_at"]
        rows.append(row)
        holders |= {key: (episode_id, days[key]) for key in episode.calls}
    await store.save_episodes(session, before, rows=rows, holders=holders)


def _row(
    episode_id: int,
    subject: Subject,
    episode: Episode,
    reopens: int | None,
    settings: Settings,
    is_workday: Callable[[date], bool],
) -> dict[str, Any]:
    closed_by = episode.closed_by
    return {
        "id": episode_id,
        "subject": subject.key,
        "caller_number": subject.number,
        "state": episode.state.value,
        "opened_at": episode.opened_at,
        "last_lost_at": episode.last_lost_at,
        "due_at": find_due_at(episode.opened_at, settings.timezone, is_workday),
        "closed_at": episode.closed_at,
        "closed_by_pbx": None if closed_by is None else closed_by.pbx,
        "closed_by_call_id": None if closed_by is None else closed_by.call_id,
        "decision_id": episode.decision_id,
        "attempts": episode.attempts,
        "first_attempt_at": episode.first_attempt_at,
        "has_message": episode.has_message,
        "tries_within_window": episode.tries_within_window,
        "longest_wait": episode.longest_wait,
        "priority": list(priority(episode)),
        "reopens": reopens,
        "next_try_at": find_next_try_at(episode.tried_at, settings.timezone, is_workday),
    }


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
    kept = None if is_current else await frozen.find_frozen_list(session, day)
    if kept is None:
        return CallbackPage(rows=await list_day(session, day, wanted, now=now, after=after, limit=limit))
    rows = find_rows(cast(list[CallbackRow], kept.rows), wanted, after=after, limit=limit)
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

    Raises NotFoundError, ConflictError for a closed episode, RefusedError before the required attempts.
    """
    await refresh_in(session, settings)
    episode = await store.get_episode(session, episode_id)
    state = EpisodeState(episode.state)
    check_decision(state=state, attempts=episode.attempts, number=episode.caller_number)
    calls = await store.list_calls_held(session, episode_id)
    await store.add_decision(
        session, subject=episode.subject, calls=calls, decided_by=user.user_id, decided_at=now, reason=reason
    )
    await rebuild(session, {episode.subject}, settings)
    return await get_callback(session, episode_id, now=now)
