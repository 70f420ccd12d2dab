"""The state behind the wallboard, kept up call by call. No database, no clock.

A board into which every call was put once shows the same as one that heard of each of their changes: what it shows
depends on the latest row of every call alone.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from callcenter.calls.masked_records import mask_record
from callcenter.calls.record_json import record_from_json
from callcenter.calls.rows import Key
from callcenter.json_values import moment_to_json
from callcenter.kpis.definitions import VERSION, count_call
from callcenter.kpis.tallies import NOTHING, Counted, Tally
from callcenter.kpis.views import show_figures
from callcenter.wallboard.document import (
    as_of,
    best_witness,
    live_witness,
    show_alarms,
    show_dial,
    show_seats,
    show_up,
    show_watch,
)
from callcenter.wallboard.inputs import (
    AlarmCounts,
    AuditCounts,
    CallbackCounts,
    CallRow,
    DialInFlight,
    Seat,
    WitnessWatch,
)
from callcenter.wallboard.json_patch import Document
from callcenter.wallboard.queue_order import Moved, Waiting, turns_of


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
class _InQueue:
    """A caller who waits: as shown, and what says whose turn it is."""

    shown: Document
    place: Waiting


@dataclass(frozen=True, slots=True)
class _Known:
    """What a call adds to the board. A call up is shown, one that is over is counted."""

    counted: Mapping[str | None, Counted]
    is_unconfirmed: bool
    up: Document | None
    waiting: _InQueue | None


@dataclass(slots=True)
class Board:
    """One business day on the wallboard; calls still up are shown whenever they began."""

    day: date
    area_code: str
    witnesses: Sequence[WitnessWatch] = ()
    seats: Sequence[Seat] = ()
    moved: Mapping[Key, Collection[Moved]] = field(default_factory=dict)
    """Callers who were put in front of others in their queue."""
    callbacks: CallbackCounts = field(default_factory=CallbackCounts)
    alarms: AlarmCounts = field(default_factory=AlarmCounts)
    dials: Sequence[DialInFlight] = ()
    audit: AuditCounts = field(default_factory=AuditCounts)
    settled: Set[Key] = frozenset()
    """Calls whose being unconfirmed a supervisor has explained."""
    _calls: dict[Key, _Known] = field(default_factory=dict)
    _up: dict[Key, _Known] = field(default_factory=dict)
    _places: dict[str | None, _Place] = field(default_factory=lambda: {None: _Place()})
    _unconfirmed: set[Key] = field(default_factory=set)

    def put(self, call: CallRow) -> None:
        """The row of a call, as it is stored now."""
        before = self._calls.pop(call.key, None)
        if before is not None:
            self._up.pop(call.key, None)
            self._unconfirmed.discard(call.key)
            for name, counted in before.counted.items():
                self._places[name].remove(counted)
        if (known := self._know(call)) is not None:
            self._calls[call.key] = known
            if known.up is not None:
                self._up[call.key] = known
            if known.is_unconfirmed:
                self._unconfirmed.add(call.key)
            for name, counted in known.counted.items():
                self._places.setdefault(name, _Place()).add(counted)
        for name in () if before is None else before.counted:
            if name is not None and not self._places[name].tally.offered:
                del self._places[name]

    def _know(self, call: CallRow) -> _Known | None:
        if call.record["outcome"] is None:
            shown = mask_record(dict(call.record), area_code=self.area_code)
            return _Known({}, False, show_up(shown), _in_queue(call.key, shown))
        if call.business_date != self.day:
            return None
        return _Known(count_call(record_from_json(dict(call.record))), not call.is_confirmed, None, None)

    def show(self, now: datetime, *, is_reading: bool = True) -> Document:
        """The document that clients see; values in it are shared with earlier ones and must not be changed."""
        by_pbx: dict[str, list[WitnessWatch]] = {}
        for watch in self.witnesses:
            by_pbx.setdefault(watch.pbx, []).append(watch)
        live = as_of([live_witness(watches) for watches in by_pbx.values()], now)
        source = as_of([best_witness(watches, now) for watches in by_pbx.values()], now)
        heard = {pbx for pbx, watches in by_pbx.items() if not live_witness(watches).is_blind(now)}
        settled = len(self.settled & self._unconfirmed)
        return {
            "day": self.day.isoformat(),
            "metrics_version": VERSION,
            "is_reading": is_reading,
            "calls": live
            | {
                "up": {"/".join(key): known.up for key, known in self._up.items()},
                "waiting": self._show_waiting(),
            },
            "today": source
            | {
                "unconfirmed": len(self._unconfirmed) - settled,
                "settled": settled,
                "total": self._places[None].show(),
                "queues": {name: place.show() for name, place in self._places.items() if name is not None},
            },
            "agents": live | show_seats(self.seats, heard),
            "callbacks": source
            | {
                "open": self.callbacks.open,
                "overdue": self.callbacks.overdue,
                "deadline_unknown": self.callbacks.deadline_unknown,
            },
            "alarms": source | show_alarms(self.alarms),
            "dials": live | {"in_flight": {str(dial.dial_id): self._show_dial(dial) for dial in self.dials}},
            "audit": {
                "as_of": moment_to_json(self.audit.made_at),
                "is_blind": self.audit.made_at is None,
                "unexplained": self.audit.unexplained,
                "unconfirmed": self.audit.unconfirmed,
                "blind_minutes": None if self.audit.blind is None else ceil(self.audit.blind / timedelta(minutes=1)),
                "undisposed": self.audit.undisposed,
                "answer": None if self.audit.answer is None else self.audit.answer.value,
            },
            "witnesses": {f"{watch.pbx}/{watch.witness.value}": show_watch(watch, now) for watch in self.witnesses},
        }

    def _show_dial(self, dial: DialInFlight) -> Document:
        known = self._up.get(dial.key)
        return show_dial(dial, None if known is None else known.up)

    def _show_waiting(self) -> Document:
        waiting = {key: known.waiting for key, known in self._up.items() if known.waiting is not None}
        queues: dict[tuple[str, str | None], list[Waiting]] = {}
        for (pbx, _), caller in waiting.items():
            queues.setdefault((pbx, caller.shown["queue"]), []).append(caller.place)
        return {
            "/".join(key): waiting[key].shown | {"position": position}
            for places in queues.values()
            for position, key in enumerate(turns_of(places, self.moved), start=1)
        }


def _in_queue(key: Key, record: Mapping[str, Any]) -> _InQueue | None:
    visit = record["queue_visits"][-1] if record["queue_visits"] else None
    if visit is None or visit["joined_at"] is None or visit["left_at"] is not None:
        return None
    return _InQueue(
        {"queue": visit["queue"], "caller_number": record["caller_number"], "waiting_since": visit["joined_at"]},
        Waiting(key=key, since=datetime.fromisoformat(visit["joined_at"]), joined_at_place=visit["position"]),
    )
