"""Times of which nothing is known: neither witness of a PBX could see. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from callcenter.calls.records import Witness
from callcenter.json_values import moment_to_json

UNUSED_FOR = timedelta(seconds=1)
"""How long the moment of a dead letter is said to last."""

STILL_HEARD = timedelta(seconds=30)
"""A witness whose last heartbeat is no older than this is heard now: heartbeats are written every second."""

GONE_AFTER = timedelta(days=7)
"""A PBX that was not heard for so long before a day is taken for out of service on that day."""


class GapReason(StrEnum):
    """Why a witness was blind. A closed list."""

    RECORDER_DOWN = "recorder_down"
    """Nobody listened: from the last stored moment until the link was up again."""
    LINK_DOWN = "link_down"
    """The AMI link was lost, or brought more than could be taken in."""
    OVERFLOW = "overflow"
    """More was reported than could be kept while the database was away."""
    LEDGER_UNREADABLE = "ledger_unreadable"
    """The file could not be read. What was written meanwhile is read afterwards, unless another gap says otherwise."""
    LEDGER_LOST = "ledger_lost"
    """Rows were rotated out of reach before they were read."""
    BEFORE_FIRST_LINK = "before_first_link"
    """Nobody had listened yet: older than the first call that AMI reported. Found by the audit, never stored."""


class UnknownReason(StrEnum):
    """Why nothing is known of a time. A closed list."""

    BOTH_BLIND = "both_blind"
    """Neither witness saw: each was blind, had stopped being heard, or was never set up."""
    NOT_BEGUN = "not_begun"
    """It lies in the future."""
    BEFORE_FIRST_CALL = "before_first_call"
    """It lies before everything that any witness ever reported."""
    DEAD_LETTER = "dead_letter"
    """What was reported then could not be used: it is one of `GET /dead-letters`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A time [from_at, to_at) during which a witness was blind; `to_at` is None while that lasts."""

    pbx: str
    witness: Witness
    from_at: datetime
    to_at: datetime | None
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UnknownTime:
    """A time [from_at, to_at) of which nothing is known; `pbx` is None where it is that of every PBX."""

    pbx: str | None
    from_at: datetime
    to_at: datetime
    reason: UnknownReason


class DeadLetterAt(NamedTuple):
    """When something was reported that could not be used."""

    pbx: str
    at: datetime


Heard = Mapping[tuple[str, Witness], datetime]
"""Until when each witness of each PBX was heard; one that never was is not in it."""

Span = tuple[datetime, datetime]


def find_unknown_times(
    *,
    pbxs: Collection[str],
    heard: Heard,
    gaps: Iterable[Gap],
    dead_letters: Iterable[DeadLetterAt] = (),
    from_at: datetime,
    to_at: datetime,
    now: datetime,
    first_known_at: datetime | None,
) -> tuple[UnknownTime, ...]:
    """Times of a day [from_at, to_at) of which nothing is known, as far as the day has come.

    `pbxs` are those that must be heard; any other counts as long as it is. `first_known_at` is the earliest moment that
    is known of at all, None where nothing was ever reported: then no day before that of `now` is known.
    """
    if now <= from_at:
        return (UnknownTime(pbx=None, from_at=from_at, to_at=to_at, reason=UnknownReason.NOT_BEGUN),)
    if to_at <= (first_known_at or now):
        return (UnknownTime(pbx=None, from_at=from_at, to_at=to_at, reason=UnknownReason.BEFORE_FIRST_CALL),)
    until = min(to_at, now)
    of_day = list(gaps)
    expected = {*pbxs, *(name for (name, _), at in heard.items() if at > from_at - GONE_AFTER)}
    blind = [
        UnknownTime(pbx=name, from_at=begin, to_at=end, reason=UnknownReason.BOTH_BLIND)
        for name in sorted(expected)
        for begin, end in _both(
            _blind_spans(name, Witness.AMI, heard, of_day, from_at, until),
            _blind_spans(name, Witness.LEDGER, heard, of_day, from_at, until),
        )
    ]
    unused = [
        UnknownTime(pbx=name, from_at=at, to_at=at + UNUSED_FOR, reason=UnknownReason.DEAD_LETTER)
        for name, at in dead_letters
    ]
    return (*blind, *unused)


def sum_blind(unknown: Iterable[UnknownTime]) -> timedelta:
    """For how long neither witness of some PBX saw, what overlaps counted once."""
    blind = [(time.from_at, time.to_at) for time in unknown if time.reason is UnknownReason.BOTH_BLIND]
    if not blind:
        return timedelta()
    united = _united(blind, min(begin for begin, _ in blind), max(end for _, end in blind))
    return sum((end - begin for begin, end in united), timedelta())


def to_json(unknown: Iterable[UnknownTime]) -> list[dict[str, Any]]:
    """As the API, the day sheet and `audit --json` have it."""
    return [
        {
            "pbx": time.pbx,
            "from": moment_to_json(time.from_at),
            "to": moment_to_json(time.to_at),
            "reason": time.reason.value,
        }
        for time in unknown
    ]


def _blind_spans(
    pbx: str, witness: Witness, heard: Heard, gaps: Collection[Gap], from_at: datetime, until: datetime
) -> list[Span]:
    """When one witness did not see, in order and without overlaps, cut to [from_at, until)."""
    heard_until = heard.get((pbx, witness))
    if heard_until is None:
        return [(from_at, until)]
    # What an unreadable file held is read afterwards; what is lost of it has a gap of its own.
    spans = [
        (gap.from_at, gap.to_at or until)
        for gap in gaps
        if gap.pbx == pbx
        and gap.witness is witness
        and (gap.to_at is None or gap.reason != GapReason.LEDGER_UNREADABLE)
    ]
    if until - heard_until > STILL_HEARD:
        spans.append((heard_until, until))
    return _united(spans, from_at, until)


def _united(spans: Iterable[Span], from_at: datetime, until: datetime) -> list[Span]:
    united: list[Span] = []
    for begin, end in sorted((max(begin, from_at), min(end, until)) for begin, end in spans):
        if begin >= end:
            continue
        if united and begin <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((begin, end))
    return united


def _both(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """What lies in both."""
    shared = ((max(begin, start), min(end, stop)) for begin, end in one for start, stop in other)
    return sorted((begin, end) for begin, end in shared if begin < end)
