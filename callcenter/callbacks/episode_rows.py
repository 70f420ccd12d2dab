"""Stored episodes: what calls, decisions and judgements make of them, and the columns of each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.callbacks import call_store, store
from callcenter.callbacks.call_store import StoredCall
from callcenter.callbacks.deadlines import find_due_at
from callcenter.callbacks.episodes import episodes_of, keep_ids
from callcenter.callbacks.retry_schedule import count_attempts, find_next_try_at
from callcenter.callbacks.rules import CallKey, Episode, Subject, priority
from callcenter.dialling.rules import Judgement
from callcenter.dialling.store import list_voided
from callcenter.hours.calling_hours import CallingHours
from callcenter.hours.service import load_is_workday
from callcenter.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """A talk that closed an episode: what was lost before it is settled, whatever comes later."""

    episode_id: int
    at: datetime


async def rebuild(
    session: AsyncSession, subjects: Collection[str], settings: Settings, *, after: Cut | None = None
) -> None:
    """Make the stored episodes of these subjects what calls, decisions and judgements say; ids stay where calls stay.

    A deadline stays as well: `follow_calendar` alone moves it, so that one that was missed is not forgotten; an
    emergency brings it forward. `after` leaves what was lost before that talk as it is; it is of one subject alone. The
    caller holds the lock.
    """
    if not subjects:
        return
    since = None if after is None else after.at
    calls = await call_store.load_calls_of(session, subjects, since)
    decisions = await store.load_decisions(session, subjects)
    voided = await load_voided(session, subjects)
    before = await store.load_episodes(session, subjects, since)
    by_subject: dict[Subject, list[StoredCall]] = {}
    for stored in calls:
        if stored.subject is not None:
            by_subject.setdefault(stored.subject, []).append(stored)
    by_key = {stored.call.key: stored for stored in calls}
    built = []
    for subject, of_subject in sorted(by_subject.items()):
        signed = decisions.get(subject.key, ())
        of_calls = (stored.call for stored in of_subject)
        episodes = episodes_of(of_calls, settings.closing_talk, signed, voided.calls, voided.to_wrong_numbers)
        held = {stored.call.key: before.holders.get(stored.call.key) for stored in of_subject}
        own = {
            key: holder["episode_id"]
            for key, holder in held.items()
            if holder is not None and before.rows[holder["episode_id"]]["subject"] == subject.key
        }
        built += [(subject, episode, kept) for episode, kept in zip(episodes, keep_ids(episodes, own), strict=True)]
    is_workday = await load_is_workday(session)
    new_ids = iter(await store.take_episode_ids(session, sum(kept is None for _, _, kept in built)))
    rows: list[Mapping[str, Any]] = []
    before_all = None if after is None else after.episode_id
    holders: dict[CallKey, Mapping[str, Any]] = {}
    for subject, episode, kept in built:
        episode_id = next(new_ids) if kept is None else kept
        reopens = before_all if episode.reopens is None else holders[episode.reopens]["episode_id"]
        earlier = before.rows.get(episode_id)
        rows.append(row_of(episode_id, subject, episode, reopens, settings, is_workday, earlier))
        holders |= {key: holder_of(episode_id, by_key[key]) for key in episode.calls}
    await store.save_episodes(session, before, rows=rows, holders=holders)


@dataclass(frozen=True, kw_only=True, slots=True)
class Voided:
    """Our calls in which nobody talked with the caller, as agents judged, and which of them went to somebody else."""

    calls: frozenset[CallKey]
    to_wrong_numbers: frozenset[CallKey]


async def load_voided(session: AsyncSession, subjects: Collection[str]) -> Voided:
    """Of the calls to these persons."""
    judged = {CallKey(*key): judgement for key, judgement in (await list_voided(session, subjects)).items()}
    wrong = frozenset(key for key, judgement in judged.items() if judgement is Judgement.WRONG_PERSON)
    return Voided(calls=frozenset(judged), to_wrong_numbers=wrong)


def holder_of(episode_id: int, stored: StoredCall) -> dict[str, Any]:
    """The row that says which episode holds a call, and what the call adds to it."""
    call = stored.call
    return {
        "pbx": call.key.pbx,
        "call_id": call.key.call_id,
        "episode_id": episode_id,
        "business_date": stored.business_date,
        "started_at": call.started_at,
        "lost_at": call.lost_at,
        "wait": call.wait,
        "outcome": None if call.outcome is None else call.outcome.value,
        "has_message": call.has_message,
    }


def row_of(
    episode_id: int,
    subject: Subject,
    episode: Episode,
    reopens: int | None,
    settings: Settings,
    is_workday: Callable[[date], bool],
    earlier: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The columns of an episode; `earlier` are those stored before."""
    closed_by, hours = episode.closed_by, CallingHours.of(settings)
    due_at = find_due_at(episode.opened_at, hours, is_workday)
    if earlier is not None and earlier["due_at"] is not None and earlier["opened_at"] == episode.opened_at:
        due_at = earlier["due_at"]
    if episode.emergency_at is not None:
        due_at = episode.emergency_at if due_at is None else min(due_at, episode.emergency_at)
    return {
        "id": episode_id,
        "subject": subject.key,
        "caller_number": subject.number,
        "state": episode.state.value,
        "opened_at": episode.opened_at,
        "last_lost_at": episode.last_lost_at,
        "due_at": due_at,
        "closed_at": episode.closed_at,
        "closed_by_pbx": None if closed_by is None else closed_by.pbx,
        "closed_by_call_id": None if closed_by is None else closed_by.call_id,
        "decision_id": episode.decision_id,
        "attempts": episode.attempts,
        "attempts_counted": count_attempts(episode.tried_at, hours),
        "first_attempt_at": episode.first_attempt_at,
        "has_message": episode.has_message,
        "is_emergency": episode.is_emergency,
        "tries_within_window": episode.tries_within_window,
        "longest_wait": episode.longest_wait,
        "priority": list(priority(episode)),
        "reopens": reopens,
        "next_try_at": find_next_try_at(episode.tried_at, hours, is_workday),
    }
