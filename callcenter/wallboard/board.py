"""The state behind the wallboard, kept up call by call. No database, no clock.

A board into which every call was put once shows the same as one that heard of each of their changes: what it shows
depends on the latest row of every call alone.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from callcenter.calls.masking import mask_record
from callcenter.calls.metrics import VERSION, count_call, ratios
from callcenter.calls.record_json import record_from_json
from callcenter.calls.records import Witness, moment_to_json
from callcenter.calls.rows import Key
from callcenter.calls.tallies import NOTHING, Counted, Ratio, Tally
from callcenter.wallboard.patches import Document

BLIND_AFTER = timedelta(seconds=5)
"""Without a sign of life from a witness. Silence is written down every second."""

UNKNOWN = "unknown"
"""The state of a seat while nobody hears the PBX."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallRow:
    """What the board needs of a stored call; `record` in its contract shape."""

    key: Key
    business_date: date
    is_confirmed: bool
    record: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A time [from_at, to_at) during which a witness was blind; `to_at` is None while that lasts."""

    gap_id: int
    from_at: datetime
    to_at: datetime | None
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WitnessWatch:
    """How well one witness of one PBX is heard, and today's gaps."""

    pbx: str
    witness: Witness
    heard_until: datetime | None
    gaps: tuple[Gap, ...]

    def is_blind(self, now: datetime) -> bool:
        """Whether what it tells now does not come through."""
        is_silent = self.heard_until is None or now - self.heard_until > BLIND_AFTER
        return is_silent or any(gap.to_at is None for gap in self.gaps)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seat:
    """The present state of one queue member."""

    pbx: str
    interface: str
    user: str | None
    member_name: str
    queues: tuple[str, ...]
    state: str
    reason: str | None
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CallbackCounts:
    """How many callers wait for a call back, and how many of them are overdue."""

    open: int
    overdue: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditCounts:
    """What the latest audit of today found: numbers of calls, None before the first."""

    made_at: datetime | None = None
    unexplained: int | None = None
    unconfirmed: int | None = None


@dataclass(slots=True)
class _Place:
    """Today's figures in all, or of one queue."""

    tally: Tally = NOTHING
    waits: list[timedelta] = field(default_factory=list)
    """Sorted."""
    shown: Document | None = None

    def add(self, counted: Counted) -> None:
        self.tally = self.tally.plus(counted)
        insort(self.waits, counted.waited)
        self.shown = None

    def remove(self, counted: Counted) -> None:
        self.tally = self.tally.plus(counted, -1)
        del self.waits[bisect_left(self.waits, counted.waited)]
        self.shown = None

    def show(self) -> Document:
        if self.shown is None:
            self.shown = show_figures(self.tally, longest_wait=self.waits[-1] if self.waits else None)
        return self.shown


@dataclass(frozen=True, slots=True)
class _Known:
    """What a call adds to the board. A call up is shown, one that is over is counted."""

    counted: Mapping[str | None, Counted]
    is_unconfirmed: bool
    up: Document | None
    waiting: Document | None


@dataclass(slots=True)
class Board:
    """One business day on the wallboard; calls still up are shown whenever they began."""

    day: date
    area_code: str
    witnesses: Sequence[WitnessWatch] = ()
    seats: Sequence[Seat] = ()
    callbacks: CallbackCounts = CallbackCounts(open=0, overdue=0)
    audit: AuditCounts = AuditCounts()
    _calls: dict[Key, _Known] = field(default_factory=dict)
    _up: dict[Key, _Known] = field(default_factory=dict)
    _places: dict[str | None, _Place] = field(default_factory=lambda: {None: _Place()})
    _unconfirmed: int = 0

    def put(self, call: CallRow) -> None:
        """The row of a call, as it is stored now."""
        before = self._calls.pop(call.key, None)
        if before is not None:
            self._up.pop(call.key, None)
            self._unconfirmed -= before.is_unconfirmed
            for name, counted in before.counted.items():
                self._places[name].remove(counted)
        if (known := self._know(call)) is not None:
            self._calls[call.key] = known
            if known.up is not None:
                self._up[call.key] = known
            self._unconfirmed += known.is_unconfirmed
            for name, counted in known.counted.items():
                self._places.setdefault(name, _Place()).add(counted)
        for name in () if before is None else before.counted:
            if name is not None and not self._places[name].tally.offered:
                del self._places[name]

    def _know(self, call: CallRow) -> _Known | None:
        if call.record["outcome"] is None:
            shown = mask_record(dict(call.record), area_code=self.area_code)
            return _Known({}, False, _up(shown), _waiting(shown))
        if call.business_date != self.day:
            return None
        return _Known(count_call(record_from_json(dict(call.record))), not call.is_confirmed, None, None)

    def show(self, now: datetime, *, is_reading: bool = True) -> Document:
        """The document that clients see; values in it are shared with earlier ones and must not be changed."""
        by_pbx: dict[str, list[WitnessWatch]] = {}
        for watch in self.witnesses:
            by_pbx.setdefault(watch.pbx, []).append(watch)
        live = _as_of([_live_witness(watches) for watches in by_pbx.values()], now)
        told = _as_of([_best_witness(watches, now) for watches in by_pbx.values()], now)
        heard = {pbx for pbx, watches in by_pbx.items() if not _live_witness(watches).is_blind(now)}
        return {
            "business_date": self.day.isoformat(),
            "metrics_version": VERSION,
            "is_reading": is_reading,
            "calls": live
            | {
                "up": {"/".join(key): known.up for key, known in self._up.items()},
                "waiting": self._show_waiting(),
            },
            "today": told
            | {
                "unconfirmed": self._unconfirmed,
                "total": self._places[None].show(),
                "queues": {name: place.show() for name, place in self._places.items() if name is not None},
            },
            "agents": live | _show_seats(self.seats, heard),
            "callbacks": told | {"open": self.callbacks.open, "overdue": self.callbacks.overdue},
            "audit": {
                "as_of": moment_to_json(self.audit.made_at),
                "is_blind": self.audit.made_at is None,
                "unexplained": self.audit.unexplained,
                "unconfirmed": self.audit.unconfirmed,
            },
            "witnesses": {f"{watch.pbx}/{watch.witness.value}": _show_watch(watch, now) for watch in self.witnesses},
        }

    def _show_waiting(self) -> Document:
        """Positions follow from the order of joining: the PBX tells them only once, at the beginning."""
        waiting = [(known.waiting, key) for key, known in self._up.items() if known.waiting is not None]
        places: Counter[str | None] = Counter()
        shown = {}
        for told, key in sorted(waiting, key=lambda item: (item[0]["waiting_since"], item[1])):
            places[told["queue"]] += 1
            shown["/".join(key)] = told | {"position": places[told["queue"]]}
        return shown


def show_figures(of: Tally, *, longest_wait: timedelta | None) -> Document:
    """Counts and ratios of a tally."""
    return {
        "offered": of.offered,
        "answered": of.answered,
        "missed": of.offered - of.answered,
        "missed_by_kind": dict(sorted(of.missed.items())),
        "short": of.short,
        "handled": of.handled,
        "longest_wait_seconds": None if longest_wait is None else longest_wait.total_seconds(),
        "ratios": {name: show_ratio(ratio) for name, ratio in ratios(of).items()},
    }


def show_ratio(ratio: Ratio) -> Document:
    """A ratio with what it was made of."""
    return {"numerator": ratio.numerator, "denominator": ratio.denominator, "value": ratio.value}


def _up(told: Mapping[str, Any]) -> Document:
    return {
        "direction": told["direction"],
        "caller_number": told["caller_number"],
        "dialled_number": told["dialled_number"],
        "started_at": told["started_at"],
        "answered_at": told["answered_at"],
        "talking_with": [talk["with"] for talk in told["talks"] if talk["to"] is None],
    }


def _waiting(told: Mapping[str, Any]) -> Document | None:
    visit = told["queue_visits"][-1] if told["queue_visits"] else None
    if visit is None or visit["joined_at"] is None or visit["left_at"] is not None:
        return None
    return {"queue": visit["queue"], "caller_number": told["caller_number"], "waiting_since": visit["joined_at"]}


def _live_witness(watches: Sequence[WitnessWatch]) -> WitnessWatch:
    """Who tells of calls still up: AMI where it is listened to."""
    return next((watch for watch in watches if watch.witness is Witness.AMI), watches[0])


def _best_witness(watches: Sequence[WitnessWatch], now: datetime) -> WitnessWatch:
    """Who is heard the furthest: a call that is over is recorded by whichever tells it first."""
    best = watches[0]
    for watch in watches[1:]:
        if best.heard_until is None or (watch.heard_until is not None and watch.heard_until > best.heard_until):
            best = watch
    return next((watch for watch in watches if not watch.is_blind(now)), best)


def _as_of(watches: Iterable[WitnessWatch], now: datetime) -> Document:
    """Until when all PBXs were heard; without any, nothing is known."""
    told = list(watches)
    moments = [watch.heard_until for watch in told]
    known = [moment for moment in moments if moment is not None]
    return {
        "as_of": moment_to_json(min(known)) if known and len(known) == len(moments) else None,
        "is_blind": not told or any(watch.is_blind(now) for watch in told),
    }


def _show_seats(seats: Sequence[Seat], heard: set[str]) -> Document:
    shown = {f"{seat.pbx}/{seat.interface}": _show_seat(seat, is_known=seat.pbx in heard) for seat in seats}
    queues: dict[str, Counter[str]] = {}
    for seat in shown.values():
        for queue in seat["queues"]:
            queues.setdefault(queue, Counter())[seat["state"]] += 1
    return {
        "seats": shown,
        "by_state": dict(Counter(seat["state"] for seat in shown.values())),
        "by_queue": {queue: dict(counts) for queue, counts in queues.items()},
    }


def _show_seat(seat: Seat, *, is_known: bool) -> Document:
    return {
        "user": seat.user,
        "member_name": seat.member_name,
        "queues": list(seat.queues),
        "state": seat.state if is_known else UNKNOWN,
        "reason": seat.reason if is_known else None,
        "state_since": moment_to_json(seat.since) if is_known else None,
    }


def _show_watch(watch: WitnessWatch, now: datetime) -> Document:
    return {
        "heard_until": moment_to_json(watch.heard_until),
        "is_blind": watch.is_blind(now),
        "gaps": {
            str(gap.gap_id): {
                "from": moment_to_json(gap.from_at),
                "to": moment_to_json(gap.to_at),
                "reason": gap.reason,
            }
            for gap in watch.gaps
        },
    }
