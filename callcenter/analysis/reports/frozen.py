"""What a report keeps of its own when it is drafted, so that it stays the same: names, calls, what it is compared with.

As JSON in the row of the report. The matters themselves stand in snapshots, which nobody changes. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from callcenter.analysis.periods import Period, PeriodKind
from callcenter.analysis.reports.material import MonthCount, Names, ZeroMiss


@dataclass(frozen=True, kw_only=True, slots=True)
class FrozenPart:
    """A period, of so many days for rates, and the snapshots that hold its matters, the earliest first."""

    period: Period
    days: int
    snapshot_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Frozen:
    """All of it. `notes` say why there is nothing to compare with: keys of `words.NOTES`."""

    now: FrozenPart
    before: FrozenPart | None
    year: FrozenPart | None
    months: tuple[MonthCount, ...]
    names: Names
    zero_miss: ZeroMiss | None
    hours: tuple[tuple[int, ...], ...] | None
    notes: tuple[str, ...]


def to_json(frozen: Frozen) -> dict[str, Any]:
    """As the column holds it."""
    names, sheets = frozen.names, frozen.zero_miss
    return {
        **{name: _part_to_json(getattr(frozen, name)) for name in ("now", "before", "year")},
        "months": [[month.first.isoformat(), dict(month.kinds), month.days] for month in frozen.months],
        "codes": {axis: dict(codes) for axis, codes in names.codes.items()},
        "units": {str(unit): name for unit, name in names.units.items()},
        "merchants": {str(merchant): name for merchant, name in names.merchants.items()},
        "sheets": None if sheets is None else [sheets.days, sheets.expected, dict(sheets.inbound), dict(sheets.lost)],
        "hours": None if frozen.hours is None else [list(day) for day in frozen.hours],
        "notes": list(frozen.notes),
    }


def from_json(kept: Mapping[str, Any]) -> Frozen:
    """The same again."""
    now = _part_from_json(kept["now"])
    if now is None:
        raise ValueError("A report has a period.")
    sheets, hours = kept["sheets"], kept["hours"]
    return Frozen(
        now=now,
        before=_part_from_json(kept["before"]),
        year=_part_from_json(kept["year"]),
        months=tuple(
            MonthCount(first=date.fromisoformat(first), kinds=kinds, days=days) for first, kinds, days in kept["months"]
        ),
        names=Names(
            codes=kept["codes"],
            units={int(unit): name for unit, name in kept["units"].items()},
            merchants={int(merchant): name for merchant, name in kept["merchants"].items()},
        ),
        zero_miss=None
        if sheets is None
        else ZeroMiss(days=sheets[0], expected=sheets[1], inbound=sheets[2], lost=sheets[3]),
        hours=None if hours is None else tuple(map(tuple, hours)),
        notes=tuple(kept["notes"]),
    )


def _part_to_json(part: FrozenPart | None) -> dict[str, Any] | None:
    if part is None:
        return None
    period = part.period
    return {
        "kind": period.kind.value,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "name": period.name,
        "days": part.days,
        "snapshots": list(part.snapshot_ids),
    }


def _part_from_json(kept: Mapping[str, Any] | None) -> FrozenPart | None:
    if kept is None:
        return None
    first, last = (date.fromisoformat(kept[key]) for key in ("first", "last"))
    period = Period(kind=PeriodKind(kept["kind"]), first=first, last=last, name=kept["name"])
    return FrozenPart(period=period, days=kept["days"], snapshot_ids=tuple(kept["snapshots"]))
