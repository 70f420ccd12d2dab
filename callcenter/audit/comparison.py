"""What the ledger alone says of a day's calls, against what is recorded of them and who is on the callback list. Pure.

Which outcome is a miss, what closes an episode and whose it is are written here a second time, on purpose: if list and
check shared a mistake, their agreement would prove nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from callcenter.audit.ledger_day import DerivedCall
from callcenter.callbacks.rules import CallKey
from callcenter.calls.numbers import CallerNumber, is_dialable
from callcenter.calls.records import Direction, Outcome, Talk, TalkKind

SAME_MOMENT = timedelta(seconds=1.5)
"""The witnesses agree within a second; a little more is allowed for rounded moments."""


class Difference(NamedTuple):
    """A call, its episode if any, and how the ledger differs from what is stored."""

    call: CallKey
    episode_id: int | None
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NotDerived:
    """What of the ledger's day could not be derived: our program failed on it. `errors` names the error types."""

    rows: int
    calls: tuple[CallKey, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """How the ledger, derived anew, differs from records and callback list, and what of it could not be derived."""

    differences: tuple[Difference, ...]
    not_derived: NotDerived


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredCall:
    """What of a recorded call is compared; `outcome` is None while it is up."""

    key: CallKey
    direction: Direction
    outcome: Outcome | None
    is_lost_after_transfer: bool
    customer_key: str | None
    talks: tuple[Talk, ...]
    is_confirmed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldCall:
    """A call on the callback list, and the state of the episode that holds it.

    `closing_talk_from` is when the last long enough talk began in the call that closed the episode, by its record; None
    where that call has no such talk.
    """

    key: CallKey
    episode_id: int
    subject: str
    caller_number: str | None
    closed_at: datetime | None
    closed_by: CallKey | None
    is_decided: bool
    closing_customer: str | None
    closing_talk_from: datetime | None


def find_wrong_records(
    derived: Iterable[DerivedCall], stored: Mapping[CallKey, StoredCall], *, is_over: bool
) -> Iterator[Difference]:
    """Calls that are recorded otherwise than in the ledger, or not at all.

    `is_over`: no call of the day can still be up. A record may also have what only the live witness knows: `settle`
    takes that into account.
    """
    for call in derived:
        key = CallKey(call.pbx, call.call_id)
        record = stored.get(key)
        if record is None:
            yield Difference(key, None, "in the ledger, not recorded")
        elif call.outcome is not None and call.is_whole and (record.outcome is not None or is_over):
            for reason in disagreements(call, record).values():
                yield Difference(key, None, reason)


def settle(ledger: DerivedCall, ami: DerivedCall | None, record: StoredCall) -> list[str]:
    """The ledger's disagreements with a record that the live witness does not explain.

    Each witness may know what the other cannot. But of a confirmed record both must agree whether the caller was talked
    to: that decides about a callback.
    """
    by_ledger = disagreements(ledger, record)
    by_ami = by_ledger if ami is None else disagreements(ami, record)
    left = {aspect: reason for aspect, reason in by_ledger.items() if aspect in by_ami}
    is_answered = ledger.outcome is Outcome.ANSWERED
    if record.is_confirmed and "outcome" in by_ledger and is_answered is not (record.outcome is Outcome.ANSWERED):
        left["outcome"] = by_ledger["outcome"]
    return list(left.values())


def disagreements(witnessed: DerivedCall, record: StoredCall) -> dict[str, str]:
    """How a witness differs from the record, a sentence for each aspect."""
    found = {}
    if witnessed.direction is not record.direction:
        found["direction"] = f"{witnessed.direction.value} in the ledger, recorded as {record.direction.value}"
    if witnessed.outcome is not record.outcome:
        found["outcome"] = f"{_name(witnessed.outcome)} in the ledger, recorded as {_name(record.outcome)}"
    if witnessed.is_lost_after_transfer != record.is_lost_after_transfer:
        lost = "lost after a transfer in the {}, not in the {}"
        places = ("ledger", "record") if witnessed.is_lost_after_transfer else ("record", "ledger")
        found["transfer"] = lost.format(*places)
    if witnessed.customer_key != record.customer_key:
        found["caller"] = "another caller in the ledger than in the record"
    if not _are_same(witnessed.talks, record.talks):
        found["talks"] = f"{_talks(witnessed.talks)} in the ledger, {_talks(record.talks)} in the record"
    return found


def find_wrong_episodes(
    derived: Sequence[DerivedCall],
    held: Iterable[HeldCall],
    *,
    closing_talk: timedelta,
    voided: Collection[CallKey],
    confirmed: Collection[CallKey],
) -> Iterator[Difference]:
    """By the ledger alone: callers who are owed a call and not on the list, and those on the list who are not owed one.

    The ledger of this day knows nothing of other days: that a talk on another day closed an episode is taken from the
    record, which the audit of that day proves. `voided` are talks that agents judged to have
    been with somebody else, `confirmed` calls on which both witnesses agree.
    """
    over = [call for call in derived if call.outcome is not None and call.is_whole]
    by_key = {CallKey(call.pbx, call.call_id): call for call in over}
    talks = _closing_talks(over, closing_talk, voided)
    on_list = {entry.key: entry for entry in held}
    for key, call in by_key.items():
        if not _is_missed(call):
            continue
        entry = on_list.get(key)
        if entry is None:
            yield Difference(key, None, f"{_name(call.outcome)} in the ledger, on no callback list")
            continue
        person, number = _person_of(call)
        if (entry.subject, entry.caller_number) != (person, number):
            yield Difference(key, entry.episode_id, "on the list as another caller's")
        later = [begin for begin, _ in talks.get(person, ()) if begin > call.last_at]
        yield from _wrong_state(call, entry, person, min(later, default=None), by_key, confirmed)
    for entry in on_list.values():
        call_on_list = by_key.get(entry.key)
        if call_on_list is not None and not _is_missed(call_on_list):
            yield Difference(entry.key, entry.episode_id, "on the list, though talked to in the ledger")


def _wrong_state(
    call: DerivedCall,
    entry: HeldCall,
    person: str,
    talked_at: datetime | None,
    by_key: Mapping[CallKey, DerivedCall],
    confirmed: Collection[CallKey],
) -> Iterator[Difference]:
    """Whether the episode is rightly open or closed; `talked_at` is the first later talk of this day."""
    key = entry.key
    if entry.closed_at is None:
        if talked_at is not None:
            yield Difference(key, entry.episode_id, "waits on the list, though talked to later that day in the ledger")
        return
    if entry.is_decided:
        return
    if talked_at is not None and entry.closed_at <= talked_at + SAME_MOMENT:
        return
    if entry.closed_by is None:
        yield Difference(key, entry.episode_id, "closed without a talk and without a decision")
    elif entry.closed_by in by_key and entry.closed_by in confirmed:
        yield Difference(
            key, entry.episode_id, f"closed by {entry.closed_by.call_id}, in which the ledger has no talk after it"
        )
    elif (
        entry.closing_customer != person
        or entry.closing_talk_from is None
        or entry.closing_talk_from <= call.last_at - SAME_MOMENT
    ):
        yield Difference(key, entry.episode_id, f"closed by {entry.closed_by.call_id}, in which nobody talked to them")


def _is_missed(call: DerivedCall) -> bool:
    if call.direction is Direction.INBOUND:
        return call.outcome is not Outcome.ANSWERED or call.is_lost_after_transfer
    return call.direction is Direction.OUTBOUND and call.outcome is Outcome.ANSWERED and call.is_lost_after_transfer


def _person_of(call: DerivedCall) -> tuple[str, str | None]:
    """The caller by the normalised number; each call without a number that can be dialled is another person's."""
    key = call.customer_key
    if key is not None and call.direction is Direction.OUTBOUND:
        return key, key
    if key is not None and is_dialable(CallerNumber(number=key, kind=call.number_kind)):
        return key, key
    return f"{call.pbx}/{call.call_id}", None


def _closing_talks(
    calls: Iterable[DerivedCall], closing_talk: timedelta, voided: Collection[CallKey]
) -> dict[str, list[tuple[datetime, CallKey]]]:
    """Talks that close an episode, by caller: with an agent, or a person rung for the call, and long enough."""
    found: dict[str, list[tuple[datetime, CallKey]]] = {}
    for call in calls:
        key = CallKey(call.pbx, call.call_id)
        if call.direction is Direction.INTERNAL or key in voided:
            continue
        person, _ = _person_of(call)
        for talk in call.talks:
            was_rung = call.direction is Direction.INBOUND and talk.from_ == call.answered_at
            is_ours = talk.kind is TalkKind.AGENT or was_rung
            if is_ours and talk.to is not None and talk.to - talk.from_ >= closing_talk:
                found.setdefault(person, []).append((talk.from_, key))
    return found


def _are_same(witnessed: Sequence[Talk], recorded: Sequence[Talk]) -> bool:
    return len(witnessed) == len(recorded) and all(
        one.with_ == other.with_
        and one.kind is other.kind
        and _is_near(one.from_, other.from_)
        and _is_near(one.to, other.to)
        for one, other in zip(witnessed, recorded, strict=True)
    )


def _is_near(one: datetime | None, other: datetime | None) -> bool:
    return one is other or (one is not None and other is not None and abs(one - other) <= SAME_MOMENT)


def _name(outcome: Outcome | None) -> str:
    return "still up" if outcome is None else outcome.value


def _talks(talks: Sequence[Talk]) -> str:
    """Devices by name; outside parties without their number."""
    names = (talk.with_ if talk.kind is TalkKind.AGENT else "an outside number" for talk in talks)
    return f"talks with {', '.join(names)}" if talks else "no talk"
