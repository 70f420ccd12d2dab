"""Episodes with very many calls, as of a number that floods: kept by what each further call adds to them.

So one more call of such a number costs the same however many there were, and however often it was answered: a talk
closes what was lost before it, and what comes later is built without that. What comes out is what all of the calls say,
save that a start corrected by a moment never lowers the count of tries within 10 minutes. Whatever is not plainly one
more lost call, one more try of ours, or the talk that closes is left to the rebuilding from all calls since the last
such talk.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.callbacks import call_store, long_store, store
from callcenter.callbacks.call_store import StoredCall
from callcenter.callbacks.episode_rows import Cut, holder_of, load_voided, row_of
from callcenter.callbacks.episodes import TRIES_WINDOW, closings_of, most_tries, open_state_of, tries_of
from callcenter.callbacks.rules import TRIES_COUNTED, CallKey, Episode, EpisodeState, Subject, is_missed
from callcenter.calls.records import Outcome
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
) -> dict[str, Cut | None]:
    """Bring long episodes of these subjects in step with the changed calls, `calls` as far as they are over.

    Which subjects are done with: the others are to be rebuilt, and of those with a cut what came after it. The caller
    holds the lock.
    """
    done: dict[str, Cut | None] = {}
    not_plain: set[str] = set()
    if not calls:
        return done
    holders = await store.load_holders(session, changed)
    held = await long_store.list_subjects_holding(session, changed)
    rows = await long_store.list_long(
        session,
        subjects,
        long,
        held_by={holder["episode_id"] for holder in holders.values()},
        closed_since=min(stored.call.started_at for stored in calls),
    )
    for row in rows:
        subject = row["subject"]
        if subject in done or subject in not_plain:
            continue
        own = [stored for stored in calls if stored.subject is not None and stored.subject.key == subject]
        was_theirs = {key for key, holding in held.items() if holding == subject}
        if not own or not was_theirs <= {stored.call.key for stored in own}:
            not_plain.add(subject)
            continue
        addition = await _find_addition(session, row, own, holders, settings)
        if addition is None:
            not_plain.add(subject)
            continue
        await _extend(session, row, addition, settings)
        done[subject] = None if addition.end is None else Cut(episode_id=row["id"], at=addition.end.at)
    return done


async def find_cuts(
    session: AsyncSession,
    changed: Collection[CallKey],
    calls: Sequence[StoredCall],
    subjects: Collection[str],
    *,
    long: int = LONG,
) -> dict[str, Cut]:
    """Of subjects with very many calls the last talk that closed an episode before all that has changed, if any did."""
    found: dict[str, Cut] = {}
    many = await long_store.list_with_many_calls(session, subjects, long) if subjects else ()
    if not many:
        return found
    held = await long_store.list_subjects_holding(session, changed)
    holders = await store.load_holders(session, changed)
    for subject in many:
        own = {s.call.key: s.call for s in calls if s.subject is not None and s.subject.key == subject}
        before = [holders[key]["lost_at"] for key in held if held[key] == subject or key in own]
        was_theirs = {key for key, holding in held.items() if holding == subject}
        if not own or None in before or not was_theirs <= own.keys():
            continue
        last = await long_store.find_last_closed(
            session, subject, min([*before, *(call.started_at for call in own.values())])
        )
        if last is not None and last[2] not in own:
            found[subject] = Cut(episode_id=last[0], at=last[1])
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class _End:
    """The talk that closes an episode."""

    at: datetime
    by: CallKey
    state: EpisodeState


@dataclass(frozen=True, kw_only=True, slots=True)
class _Addition:
    """Lost calls to be held, the rows of those of them that the episode holds already, and what closes it.

    `is_split` says that calls which the episode holds were lost after that: what is rebuilt behind it takes them.
    """

    lost: Sequence[StoredCall]
    before: Mapping[CallKey, Mapping[str, Any]]
    end: _End | None
    is_split: bool


async def _find_addition(
    session: AsyncSession,
    row: Mapping[str, Any],
    own: Sequence[StoredCall],
    holders: Mapping[CallKey, Mapping[str, Any]],
    settings: Settings,
) -> _Addition | None:
    """What the changed calls add; None where they may do something else to the episode."""
    bounds = await long_store.find_bounds(session, row["id"])
    if bounds is None or row["decision_id"] is not None:
        return None
    keys = {stored.call.key for stored in own}
    if row["reopens"] is not None and await long_store.find_closing_call(session, row["reopens"]) in keys:
        return None
    voided = (await load_voided(session, [row["subject"]])).calls
    closings = closings_of((stored.call for stored in own), settings.closing_talk, voided)
    ends = [_End(at=one.begins_at, by=one.call.key, state=one.state) for one in closings]
    if row["closed_at"] is not None:
        by = CallKey(row["closed_by_pbx"], row["closed_by_call_id"])
        if by in voided or (by in keys and by not in {end.by for end in ends}):
            return None
        if by not in keys:
            ends.append(_End(at=row["closed_at"], by=by, state=EpisodeState(row["state"])))
    end = min(ends, key=lambda each: (each.at, each.by), default=None)
    missed = [stored for stored in own if is_missed(stored.call)]
    lost = [stored for stored in missed if end is None or stored.call.lost_at < end.at]
    later = {stored.call.key for stored in missed if stored not in lost}
    before = {key: holder for key, holder in holders.items() if holder["episode_id"] == row["id"]}
    elsewhere = {key: holders[key] for key in keys if key in holders and key not in before}
    decided_at = await long_store.find_latest_decision(session, row["subject"])
    is_plain = (
        before.keys() <= {stored.call.key for stored in missed}
        and all(holder["lost_at"] is not None for holder in before.values())
        and all(
            key in later and end is not None and holder["lost_at"] is not None and holder["lost_at"] >= end.at
            for key, holder in elsewhere.items()
        )
        and (end is None or end.at > bounds.first_lost_at)
        and not (end is not None and await _is_ended_later(session, row, end))
        and all(stored.call.lost_at >= bounds.first_lost_at for stored in lost)
        and (
            decided_at is None
            or (
                all(stored.call.lost_at > decided_at for stored in lost if stored.call.key not in before)
                and (end is None or end.at > decided_at)
            )
        )
    )
    if not is_plain:
        return None
    is_split = end is not None and end.at <= bounds.last_lost_at
    return _Addition(lost=lost, before=before, end=end, is_split=is_split)


async def _is_ended_later(session: AsyncSession, row: Mapping[str, Any], end: _End) -> bool:
    """Whether the talk that had closed the episode began later after all, and calls were lost in between."""
    closed_at: datetime | None = row["closed_at"]
    if closed_at is None or end.at <= closed_at:
        return False
    after = await call_store.load_calls_of(session, {row["subject"]}, closed_at)
    return any(is_missed(stored.call) and stored.call.lost_at < end.at for stored in after)


async def _extend(session: AsyncSession, row: Mapping[str, Any], addition: _Addition, settings: Settings) -> None:
    episode_id, before, end = row["id"], addition.before, addition.end
    held = [holder_of(episode_id, stored) for stored in addition.lost]
    await store.hold_calls(session, [one for one in held if before.get(CallKey(one["pbx"], one["call_id"])) != one])
    bounds = await long_store.find_bounds(session, episode_id, None if end is None else end.at)
    if bounds is None:
        return
    sums = await _sum_up(session, row, addition, held)
    voided = await load_voided(session, [row["subject"]])
    made = await call_store.load_calls_to(session, row["subject"], bounds.first_lost_at)
    found = tries_of((stored.call for stored in made), voided.to_wrong_numbers)
    tries = [one for one in found if end is None or one.at <= end.at]
    is_open = open_state_of(tries, bounds.last_lost_at, is_unknown=sums.is_unknown)
    episode = Episode(
        calls=(),
        state=is_open if end is None else end.state,
        opened_at=bounds.opened_at,
        last_lost_at=bounds.last_lost_at,
        closed_at=None if end is None else end.at,
        closed_by=None if end is None else end.by,
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


async def _sum_up(
    session: AsyncSession, row: Mapping[str, Any], addition: _Addition, held: Sequence[Mapping[str, Any]]
) -> long_store.Sums:
    """What the episode's calls amount to now: from all of them where it may have become less."""
    before, calls = addition.before, [stored.call for stored in addition.lost]
    has_shrunk = any(
        _has_shrunk(before[call.key], after, row) for call, after in zip(calls, held, strict=True) if call.key in before
    )
    unknown, emergency = Outcome.UNKNOWN.value, Outcome.EMERGENCY_UNANSWERED.value
    if has_shrunk or addition.is_split:
        return await long_store.sum_up(session, row["id"], None if addition.end is None else addition.end.at)
    emergencies = [call.lost_at for call in calls if call.outcome == emergency]
    if row["is_emergency"]:
        emergencies.append(row["due_at"])
    return long_store.Sums(
        longest_wait=max([row["longest_wait"], *(call.wait for call in calls)]),
        has_message=row["has_message"] or any(call.has_message or call.outcome is Outcome.VOICEMAIL for call in calls),
        emergency_at=min(emergencies, default=None),
        is_unknown=row["state"] == EpisodeState.UNKNOWN and all(call.outcome == unknown for call in calls),
    )


def _has_shrunk(before: Mapping[str, Any], after: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether what a held call added was the most of its kind, and is less now."""
    lasting = (Outcome.VOICEMAIL.value, Outcome.EMERGENCY_UNANSWERED.value)
    return bool(
        (before["wait"] == row["longest_wait"] and after["wait"] < before["wait"])
        or (before["has_message"] and not after["has_message"])
        or (
            before["outcome"] != after["outcome"]
            and (before["outcome"] in lasting or after["outcome"] == Outcome.UNKNOWN.value)
        )
    )


async def _count_tries(session: AsyncSession, row: Mapping[str, Any], addition: _Addition) -> int:
    count: int = row["tries_within_window"]
    if addition.is_split and addition.end is not None:
        latest = await long_store.list_latest_starts(session, row["id"], addition.end.at, TRIES_COUNTED)
        if (most := most_tries(sorted(latest))) >= TRIES_COUNTED:
            return most
        return most_tries(sorted(await long_store.list_latest_starts(session, row["id"], addition.end.at, None)))
    if count >= TRIES_COUNTED or not addition.lost:
        return count
    starts = [stored.call.started_at for stored in addition.lost]
    around = await long_store.list_starts(session, row["id"], min(starts) - TRIES_WINDOW, max(starts) + TRIES_WINDOW)
    return max(count, most_tries(around))
