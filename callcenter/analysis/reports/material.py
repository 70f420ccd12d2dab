"""What a report is made from: the matters of its period and of those with which it is compared. Pure.

A part holds the matters of one period as a snapshot froze them. Void matters, drafts and those that were merged into
others are counted nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from callcenter.analysis.periods import Period
from callcenter.analysis.snapshots.rows import FrozenClock, FrozenFlag, FrozenTicket
from callcenter.casework.tickets.clocks import ClockState
from callcenter.casework.tickets.rules import TicketState
from callcenter.languages import Words

_ENDED = (ClockState.MET, ClockState.BREACHED)
NOT_COUNTED = frozenset({TicketState.DRAFT, TicketState.VOID, TicketState.MERGED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """The matters of a period, [since, until), on both bases; rates are for each of `days`.

    These are its working days; of a holiday, all its days.
    """

    period: Period
    since: datetime
    until: datetime
    days: int
    received: tuple[FrozenTicket, ...]
    ended: tuple[FrozenTicket, ...]
    """Decided, settled, ended or completed in it."""
    limits: tuple[FrozenClock, ...]
    """Those that ended in it, met or breached."""
    limits_of_units: Mapping[int, tuple[FrozenClock, ...]]
    flags: tuple[FrozenFlag, ...]
    """Those that were raised in it."""

    def holds(self, moment: datetime | None) -> bool:
        """Whether something happened in the period."""
        return moment is not None and self.since <= moment < self.until


@dataclass(frozen=True, kw_only=True, slots=True)
class MonthCount:
    """How many matters of each kind a month received."""

    first: date
    kinds: Mapping[str, int]
    days: int
    """Working days."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """What was changed after an earlier cut-off: a field of a matter, as it was frozen and as it is."""

    number: str
    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ZeroMiss:
    """What the frozen day sheets of the period say. `days` of them were there, of `expected`."""

    days: int
    expected: int
    inbound: Mapping[str, int]
    """Calls by outcome, `total` with them."""
    lost: Mapping[str, int]
    """Calls nobody answered, by what became of their callers; `lost` is the sum."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """Names of what matters point to, as they were when the report was drafted; those of codes by axis and code."""

    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    units: Mapping[int, str] = field(default_factory=dict)
    merchants: Mapping[int, str] = field(default_factory=dict)

    def of_code(self, axis: str, code: str) -> Words:
        """In English the code stands for itself."""
        return self.codes.get(axis, {}).get(code, code), code

    def of_unit(self, unit_id: int) -> Words:
        """The same in both languages."""
        name = self.units.get(unit_id, f"#{unit_id}")
        return name, name

    def of_merchant(self, merchant_id: int) -> Words:
        """The same in both languages."""
        name = self.merchants.get(merchant_id, f"#{merchant_id}")
        return name, name


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """All of it. `before` and `year` are None where there is nothing to compare with."""

    now: Part
    before: Part | None
    year: Part | None
    months: tuple[MonthCount, ...]
    """The last 25, the earliest first; fewer where fewer are known."""
    names: Names
    corrections: tuple[Correction, ...] = ()
    zero_miss: ZeroMiss | None = None
    hours: tuple[tuple[int, ...], ...] | None = None
    """Inbound calls of the period by weekday, Monday first, and hour of the local day."""
    notes: tuple[str, ...] = ()
    """Why there is nothing to compare with: keys of `words.NOTES`."""


def to_part(period: Period, since: datetime, until: datetime, days: int, tickets: Iterable[FrozenTicket]) -> Part:
    """Whatever falls outside the period, as where it is cut to fewer days, is left out."""
    counted = [one for one in tickets if not one.is_merged and one.state not in NOT_COUNTED]

    def holds(moment: datetime | None) -> bool:
        return moment is not None and since <= moment < until

    ended = {
        one.number: [clock for clock in one.clocks if clock.state in _ENDED and holds(clock.ended_at)]
        for one in counted
    }
    of_units: dict[int, list[FrozenClock]] = {}
    for one in counted:
        if one.unit_id is not None and ended[one.number]:
            of_units.setdefault(one.unit_id, []).extend(ended[one.number])
    return Part(
        period=period,
        since=since,
        until=until,
        days=days,
        received=tuple(one for one in counted if holds(one.received_at)),
        ended=tuple(one for one in counted if any(map(holds, _ends(one)))),
        limits=tuple(clock for clocks in ended.values() for clock in clocks),
        limits_of_units={unit: tuple(clocks) for unit, clocks in of_units.items()},
        flags=tuple(flag for one in counted for flag in one.flags if holds(flag.raised_at)),
    )


def _ends(one: FrozenTicket) -> tuple[datetime | None, ...]:
    return one.accepted_at, one.refused_at, one.settled_at, one.ended_at, one.completed_at
