"""What can be done with the callback list."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.callbacks import store
from callcenter.callbacks.deadlines import find_due_at, is_workday
from callcenter.callbacks.rules import CallKey, Episode, Subject, episodes_of, keep_ids, priority
from callcenter.database import Database
from callcenter.settings import Settings

BATCH = 1000
"""Changes looked at in one transaction: others wait no longer than that."""


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
    count, keys = await store.take_changed(session, BATCH)
    if keys:
        await rebuild(session, await store.find_touched_subjects(session, keys), settings)
    return count


async def rebuild(session: AsyncSession, subjects: Collection[str], settings: Settings) -> None:
    """Make the stored episodes of these subjects what their calls and decisions say; ids stay where calls stay.

    The caller holds the lock.
    """
    if not subjects:
        return
    calls = await store.load_calls_of(session, subjects)
    decisions = await store.load_decisions(session, subjects)
    before = await store.load_episodes(session, subjects)
    by_subject: dict[Subject, list[store.StoredCall]] = {}
    for stored in calls:
        if stored.subject is not None:
            by_subject.setdefault(stored.subject, []).append(stored)
    days = {stored.call.key: stored.business_date for stored in calls}
    built = []
    for subject, of_subject in sorted(by_subject.items()):
        signed = decisions.get(subject.key, ())
        episodes = episodes_of((stored.call for stored in of_subject), settings.closing_talk, signed)
        held = {stored.call.key: before.holders.get(stored.call.key) for stored in of_subject}
        own = {key: kept for key, kept in held.items() if kept and before.rows[kept]["subject"] == subject.key}
        built += [(subject, episode, kept) for episode, kept in zip(episodes, keep_ids(episodes, own), strict=True)]
    new_ids = iter(await store.take_episode_ids(session, sum(kept is None for _, _, kept in built)))
    rows: list[Mapping[str, Any]] = []
    holders: dict[CallKey, tuple[int, date]] = {}
    for subject, episode, kept in built:
        episode_id = next(new_ids) if kept is None else kept
        reopens = None if episode.reopens is None else holders[episode.reopens][0]
        rows.append(_row(episode_id, subject, episode, reopens, settings))
        holders |= {key: (episode_id, days[key]) for key in episode.calls}
    await store.save_episodes(session, before, rows=rows, holders=holders)


def _row(
    episode_id: int, subject: Subject, episode: Episode, reopens: int | None, settings: Settings
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
    }
