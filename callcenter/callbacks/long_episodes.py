"""Open episodes with very many calls, as of a number that floods: kept by what each further call adds to them.

So one more call of such a number costs the same however many there were. What comes out is what all of the calls say,
save that a start corrected by a moment never lowers the count of tries within 10 minutes. Whatever is not plainly one
more lost call, or one more try of ours, is left to the rebuilding from all calls.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.callbacks import long_store, store
from callcenter.callbacks.episode_rows import holder_of, load_voided, row_of
from callcenter.callbacks.episodes import TRIES_WINDOW, most_tries, open_state_of, tries_of
from callcenter.callbacks.rules import TRIES_COUNTED, CallKey, Episode, EpisodeState, Subject
from callcenter.callbacks.store import StoredCall
from callcenter.calls.records import Direction, Outcome
from callcenter.hours.service import load_is_workday
from callcenter.settings import Settings

LONG = 200
"""Calls from which on an episode is kept so; shorter ones are rebuilt as quickly."""


async def extend_long(
    session: AsyncSession,
    changed: Collection[CallKey],
    calls: Sequence[StoredCall],
    subjects: Collection[str],
    settings: Settings,
    *,
    long: int = LONG,
) -> set[str]:
    """Bring long open episodes of these subjects in step with the changed calls, `calls` as far as they are over.

    Which subjects are done with: the others are to be rebuilt. The caller holds the lock.
    """
    done: set[str] = set()
    rows = await long_store.list_long(session, subjects, long)
    if not rows:
        return done
    holders = await store.load_holders(session, changed)
    for row in rows:
        own = [stored for stored in calls if stored.subject is not None and stored.subject.key == row["subject"]]
        addition = await _find_addition(session, row, own, holders)
        if addition is not None:
            await _extend(session, row, addition, settings)
            done.add(row["subject"])
    return done


@dataclass(frozen=True, kw_only=True, slots=True)
class _Addition:
    """Lost calls to be held, and the rows of those of them that the episode holds already."""

    lost: Sequence[StoredCall]
    before: Mapping[CallKey, Mapping[str, Any]]


async def _find_addition(
    session: AsyncSession,
    row: Mapping[str, Any],
    own: Sequence[StoredCall],
    holders: Mapping[CallKey, Mapping[str, Any]],
) -> _Addition | None:
    """What the changed calls add; None where they may do something else to the episode."""
    keys = {stored.call.key for stored in own}
    lost = [stored for stored in own if stored.call.direction is Direction.INBOUND]
    before = {key: holder for key, holder in holders.items() if holder["episode_id"] == row["id"]}
    bounds = await long_store.find_bounds(session, row["id"])
    decided_at = await long_store.find_latest_decision(session, row["subject"])
    is_plain = (
        bounds is not None
        and before.keys() <= {stored.call.key for stored in lost}
        and all(holder["lost_at"] is not None for holder in before.values())
        and all(holders[key]["episode_id"] == row["id"] for key in keys if key in holders)
        and all(not stored.call.talks for stored in own)
        and all(stored.call.outcome is not Outcome.ANSWERED for stored in own)
        and all(stored.call.lost_at >= bounds.first_lost_at for stored in lost)
        and (
            decided_at is None
            or all(stored.call.lost_at > decided_at for stored in lost if stored.call.key not in before)
        )
    )
    return _Addition(lost=lost, before=before) if is_plain else None


async def _extend(session: AsyncSession, row: Mapping[str, Any], addition: _Addition, settings: Settings) -> None:
    episode_id, before = row["id"], addition.before
    held = [holder_of(episode_id, stored) for stored in addition.lost]
    await store.hold_calls(session, [one for one in held if before.get(CallKey(one["pbx"], one["call_id"])) != one])
    bounds = await long_store.find_bounds(session, episode_id)
    if bounds is None:
        return
    calls = [stored.call for stored in addition.lost]
    unknown, emergency = Outcome.UNKNOWN.value, Outcome.EMERGENCY_UNANSWERED.value
    has_shrunk = any(
        _has_shrunk(before[call.key], after, row) for call, after in zip(calls, held, strict=True) if call.key in before
    )
    if has_shrunk:
        sums = await long_store.sum_up(session, episode_id)
    else:
        emergencies = [call.lost_at for call in calls if call.outcome == emergency]
        if row["is_emergency"]:
            emergencies.append(row["due_at"])
        sums = long_store.Sums(
            longest_wait=max([row["longest_wait"], *(call.wait for call in calls)]),
            has_message=row["has_message"]
            or any(call.has_message or call.outcome is Outcome.VOICEMAIL for call in calls),
            emergency_at=min(emergencies, default=None),
            is_unknown=row["state"] == EpisodeState.UNKNOWN and all(call.outcome == unknown for call in calls),
        )
    voided = await load_voided(session, [row["subject"]])
    ours = await store.load_calls_to(session, row["subject"], bounds.first_lost_at)
    tries = tries_of((stored.call for stored in ours), voided.to_wrong_numbers)
    episode = Episode(
        calls=(),
        state=open_state_of(tries, bounds.last_lost_at, is_unknown=sums.is_unknown),
        opened_at=bounds.opened_at,
        last_lost_at=bounds.last_lost_at,
        closed_at=None,
        closed_by=None,
        decision_id=None,
        tried_at=tuple(one.at for one in tries if one.at > bounds.last_lost_at and not one.is_wrong_number),
        first_attempt_at=tries[0].at if tries else None,
        has_message=sums.has_message,
        emergency_at=sums.emergency_at,
        tries_within_window=await _count_tries(session, row, addition),
        longest_wait=sums.longest_wait,
        reopens=None,
    )
    subject = Subject(row["subject"], row["caller_number"])
    is_workday = await load_is_workday(session)
    await long_store.save_row(
        session, row, row_of(episode_id, subject, episode, row["reopens"], settings, is_workday, row)
    )


def _has_shrunk(before: Mapping[str, Any], after: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether what a held call added was the most of its kind, and is less now."""
    told = (Outcome.VOICEMAIL.value, Outcome.EMERGENCY_UNANSWERED.value)
    return bool(
        (before["wait"] == row["longest_wait"] and after["wait"] < before["wait"])
        or (before["has_message"] and not after["has_message"])
        or (
            before["outcome"] != after["outcome"]
            and (before["outcome"] in told or after["outcome"] == Outcome.UNKNOWN.value)
        )
    )


async def _count_tries(session: AsyncSession, row: Mapping[str, Any], addition: _Addition) -> int:
    count: int = row["tries_within_window"]
    if count >= TRIES_COUNTED or not addition.lost:
        return count
    starts = [stored.call.started_at for stored in addition.lost]
    around = await long_store.list_starts(session, row["id"], min(starts) - TRIES_WINDOW, max(starts) + TRIES_WINDOW)
    return max(count, most_tries(around))
