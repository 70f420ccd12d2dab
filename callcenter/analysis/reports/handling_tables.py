"""Sections 3 and 4 of a report: what was decided, in time or late, settled, recovered; cases and rapid response. Pure.

Figures are those of `casework/metrics`. A time limit counts in the period in which it ended: was met, or was over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from callcenter.analysis.arithmetic import ChangeKind
from callcenter.analysis.reports import cells
from callcenter.analysis.reports.cells import Basis, Cell, ColumnKey, Compared, Line, Money, Nothing, ReportTable
from callcenter.analysis.reports.comparisons import TOTAL, Head, alone, count_table, tallies_of, tally
from callcenter.analysis.reports.material import Material, Part
from callcenter.analysis.reports.volume_tables import named
from callcenter.analysis.reports.words import CALLERS, CALLS, FIGURES, HEADINGS, NOTES, STATES, TITLES, TRIGGERS
from callcenter.analysis.snapshots.rows import FrozenClock, FrozenFlag, FrozenTicket
from callcenter.casework.metrics.definitions import ACKNOWLEDGE, COMPLETED_BY, DECIDED_BY, OFF_SHELF
from callcenter.casework.tickets.clocks import ClockState
from callcenter.casework.tickets.flag_rules import FlagState, Trigger
from callcenter.casework.tickets.rules import LAWFUL_KINDS, SETTLEMENTS, TicketOutcome
from callcenter.casework.tickets.words import OUTCOMES

Pair = tuple[int, int]
"""So many of so many."""

_FLAG_STATES = {
    FlagState.OPEN: "open",
    FlagState.PROPOSED: "proposed",
    FlagState.FILED: "filed",
    FlagState.REFUSED: "not_filed",
    FlagState.WITHDRAWN: "withdrawn",
}


def handling_tables(material: Material) -> list[ReportTable]:
    """Section 3, all of it of what was decided or ended in the period."""
    decisions = Head(key="decisions", section=3, basis=Basis.ENDED, heading="decision")
    outcomes = Head(key="outcomes", section=3, basis=Basis.ENDED, heading="outcome", axis="outcome")
    decided = tallies_of(material, _count_decisions)
    completed = tally(material, list_completed, lambda one: None if one.outcome is None else one.outcome.value)
    return [
        count_table(decisions, decided, [(key, STATES[key]) for key in ("accepted", "refused")]),
        count_table(outcomes, completed, [(outcome.value, named(OUTCOMES, outcome)) for outcome in TicketOutcome]),
        _ratio_table(material, "handling", 3, Basis.ENDED, _HANDLING, notes=("settled",)),
        _recovered(material),
    ]


def rapid_tables(material: Material) -> list[ReportTable]:
    """Section 4."""
    flags = Head(key="flags", section=4, basis=Basis.RAISED, heading="state")
    triggers = Head(key="triggers", section=4, basis=Basis.RAISED, heading="trigger", part_of=("flags", TOTAL))
    by_state = tallies_of(material, lambda part: _count_flags(part, lambda flag: _FLAG_STATES[flag.state]))
    by_trigger = tallies_of(material, lambda part: _count_flags(part, lambda flag: flag.trigger.value))
    tables = [
        count_table(flags, by_state, [(key, STATES[key]) for key in _FLAG_STATES.values()]),
        count_table(triggers, by_trigger, [(trigger.value, TRIGGERS[trigger.value]) for trigger in Trigger]),
        _ratio_table(material, "filed", 4, Basis.RAISED, _FLAGS),
        _ratio_table(material, "limits", 4, Basis.ENDED, _LIMITS),
        _ratio_table(material, "rapid", 4, Basis.RECEIVED, _RAPID),
    ]
    return tables + _call_tables(material)


def list_completed(part: Part) -> list[FrozenTicket]:
    """In the period, of whatever kind."""
    return [one for one in part.ended if part.holds(one.completed_at)]


def count_in_time(limits: Iterable[FrozenClock], *codes: str) -> Pair:
    """Of time limits of these kinds that ended: met, and all."""
    states = [clock.state for clock in limits if clock.code in codes]
    return states.count(ClockState.MET), len(states)


def _count_decisions(part: Part | None) -> Mapping[str, int] | None:
    if part is None:
        return None
    return {"accepted": _accepted(part), "refused": sum(part.holds(one.refused_at) for one in part.ended)}


def _accepted(part: Part) -> int:
    return sum(part.holds(one.accepted_at) for one in part.ended)


def _settled(part: Part) -> list[FrozenTicket]:
    return [one for one in part.ended if part.holds(one.settled_at)]


def _settled_of_concluded(part: Part) -> Pair:
    settled = len(_settled(part))
    return settled, settled + sum(part.holds(one.ended_at) for one in part.ended)


def _acceptance(part: Part) -> Pair:
    decisions = _count_decisions(part) or {}
    return decisions["accepted"], sum(decisions.values())


_HANDLING: Mapping[str, Callable[[Part], Pair]] = {
    "decided_in_time": lambda part: count_in_time(part.limits, DECIDED_BY),
    "completed_in_time": lambda part: count_in_time(part.limits, *COMPLETED_BY),
    "acceptance": _acceptance,
    "settled_of_concluded": _settled_of_concluded,
    "settled_of_accepted": lambda part: (len(_settled(part)), _accepted(part)),
}


def _lawful(part: Part) -> list[FrozenTicket]:
    return [one for one in part.received if one.kind in LAWFUL_KINDS]


def _on_the_spot(part: Part) -> int:
    return sum(one.outcome is TicketOutcome.SETTLED_ON_THE_SPOT for one in _lawful(part))


def _rapid(part: Part) -> int:
    return sum(one.is_instructed or one.outcome is TicketOutcome.SETTLED_ON_THE_SPOT for one in _lawful(part))


def _filed(part: Part) -> int:
    return sum(flag.state is FlagState.FILED for flag in part.flags)


_FLAGS: Mapping[str, Callable[[Part], Pair]] = {"filed_of_flagged": lambda part: (_filed(part), len(part.flags))}

_LIMITS: Mapping[str, Callable[[Part], Pair]] = {
    "off_shelf_in_time": lambda part: count_in_time(part.limits, OFF_SHELF),
    "acknowledged_in_time": lambda part: count_in_time(part.limits, ACKNOWLEDGE),
}

_RAPID: Mapping[str, Callable[[Part], Pair]] = {
    "three_way_share": lambda part: (_on_the_spot(part), len(_lawful(part))),
    "rapid_and_three_way_share": lambda part: (_rapid(part), len(_lawful(part))),
}


def _count_flags(part: Part | None, key: Callable[[FrozenFlag], str]) -> Mapping[str, int] | None:
    return None if part is None else Counter(map(key, part.flags))


def _ratio_table(
    material: Material,
    key: str,
    section: int,
    basis: Basis,
    figures: Mapping[str, Callable[[Part], Pair]],
    notes: tuple[str, ...] = (),
) -> ReportTable:
    columns = [ColumnKey.RATIO]
    if material.year is not None:
        columns += [ColumnKey.YEAR_RATIO, ColumnKey.YEAR_CHANGE]
    if material.before is not None:
        columns += [ColumnKey.BEFORE_RATIO, ColumnKey.BEFORE_CHANGE]
    return ReportTable(
        key=key,
        section=section,
        title=TITLES[key],
        basis=basis,
        period=material.now.period,
        heading=HEADINGS["figure"],
        columns=tuple(columns),
        lines=tuple(
            Line(key=name, name=FIGURES[name], cells=_ratio_cells(material, of)) for name, of in figures.items()
        ),
        notes=tuple(NOTES[note] for note in notes),
    )


def _ratio_cells(material: Material, of: Callable[[Part], Pair]) -> tuple[Cell, ...]:
    now = cells.ratio_cell(*of(material.now))
    found: list[Cell] = [now]
    for part in (material.year, material.before):
        if part is not None:
            earlier = cells.ratio_cell(*of(part))
            found += [earlier, _points(now, earlier)]
    return tuple(found)


def _points(now: cells.Ratio, earlier: cells.Ratio) -> Cell:
    if now.percent is None or earlier.percent is None:
        return Nothing()
    is_small = now.is_small or earlier.is_small
    return Compared(kind=ChangeKind.RATIO, percent=now.percent - earlier.percent, is_small=is_small, is_points=True)


def _recovered(material: Material) -> ReportTable:
    """Of what was settled in the period."""

    def cents(part: Part) -> int:
        return sum(one.amount_recovered_cents or 0 for one in _settled(part) if one.outcome in SETTLEMENTS)

    now = cents(material.now)
    columns = [ColumnKey.AMOUNT]
    found: list[Cell] = [Money(cents=now)]
    pairs = (
        (material.year, ColumnKey.YEAR_AMOUNT, ColumnKey.YEAR_CHANGE),
        (material.before, ColumnKey.BEFORE_AMOUNT, ColumnKey.BEFORE_CHANGE),
    )
    for part, amount, change in pairs:
        if part is None:
            continue
        columns += [amount, change]
        cases = (len(_settled(material.now)), len(_settled(part)))
        found += [Money(cents=cents(part)), cells.change_cell(now, cents(part), cases=cases)]
    return ReportTable(
        key="recovered",
        section=3,
        title=TITLES["recovered"],
        basis=Basis.ENDED,
        period=material.now.period,
        heading=HEADINGS["figure"],
        columns=tuple(columns),
        lines=(Line(key="recovered", name=FIGURES["recovered"], cells=tuple(found)),),
    )


def _call_tables(material: Material) -> list[ReportTable]:
    """Every caller is accounted for (来电零遗漏): from the day sheets, without comparison."""
    sheets = material.zero_miss
    if sheets is None:
        return []
    answered, lost = sheets.inbound.get("answered", 0), sheets.lost["lost"]
    counts = {"answered": answered, "missed": lost, "unfinished": sheets.inbound["total"] - answered - lost}
    states = {state: sheets.lost.get(state, 0) for state in CALLERS}
    missing = sheets.expected - sheets.days
    notes = tuple((note[0].format(missing=missing), note[1].format(missing=missing)) for note in [NOTES["no_sheets"]])
    calls = Head(key="calls", section=4, basis=Basis.CALLS, heading="call", notes=notes if missing else ())
    lost_calls = Head(key="lost_calls", section=4, basis=Basis.CALLS, heading="caller", part_of=("calls", "missed"))
    return [
        count_table(calls, alone(material, counts), list(CALLS.items())),
        count_table(
            lost_calls,
            alone(material, states),
            list(CALLERS.items()),
        ),
    ]
