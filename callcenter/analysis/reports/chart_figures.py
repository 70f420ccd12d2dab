"""The fixed charts of a report, made of what its tables are made of. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from callcenter.analysis.charts.figures import (
    Chart,
    ChartId,
    CountInterval,
    Figures,
    HourHeat,
    IntervalBars,
    KindCounts,
    LimitPoint,
    LimitsChart,
    MonthCounts,
    RankedBar,
    RankedBars,
    ShareBar,
    ShareBars,
    Step,
    StepBars,
)
from callcenter.analysis.reports.cell_text import choose, period_name
from callcenter.analysis.reports.cells import Between, Cell, ColumnKey, Count, Line, Ratio, ReportTable, Share
from callcenter.analysis.reports.material import Material, MonthCount
from callcenter.analysis.reports.public_edition import FEW
from callcenter.analysis.reports.words import STEPS, TOTAL_WORDS
from callcenter.casework.tickets.rules import LAWFUL_KINDS, TicketKind, was_accepted
from callcenter.casework.tickets.words import KINDS
from callcenter.languages import Language

MONTHS = 13
MOST_CHANNELS = 10
REACH = 3
"""Standard deviations of a u-chart's limits."""
_SECTIONS = {
    ChartId.MONTHS: 1,
    ChartId.CHANNELS: 2,
    ChartId.PROBLEMS: 5,
    ChartId.GOODS: 6,
    ChartId.SERVICES: 6,
    ChartId.MERCHANTS: 7,
    ChartId.HOURS: 2,
    ChartId.LIMITS: 1,
    ChartId.STEPS: 3,
    ChartId.UNITS: 9,
    ChartId.BRANDS: 7,
    ChartId.SATISFACTION: 9,
}
_RANKED = {
    ChartId.CHANNELS: "channels",
    ChartId.PROBLEMS: "problems",
    ChartId.GOODS: "goods",
    ChartId.SERVICES: "services",
    ChartId.BRANDS: "brands",
}


def section_of(chart: ChartId) -> int:
    """In which section it stands."""
    return _SECTIONS[chart]


def make_charts(
    tables: Sequence[ReportTable], material: Material, language: Language, *, is_public: bool = False
) -> list[Chart]:
    """In their order; one is left out where there is nothing to draw, or something of it must not be published."""
    by_key = {table.key: table for table in tables}
    period = period_name(material.now.period, language)
    found = {
        ChartId.MONTHS: _months(material, language),
        **{chart: _ranked(by_key.get(key), language) for chart, key in _RANKED.items()},
        ChartId.MERCHANTS: _merchants(by_key.get("merchant_ranks"), by_key.get("merchants"), language),
        ChartId.HOURS: None if material.hours is None else HourHeat(counts=material.hours),
        ChartId.LIMITS: _limits(material.months),
        ChartId.STEPS: _steps(material, language),
        ChartId.UNITS: _units(by_key.get("units_decided"), language),
    }
    return [
        Chart(id=chart, period=period, figures=figures)
        for chart in ChartId
        if (figures := found.get(chart)) is not None and not (is_public and _has_few(figures))
    ]


def _has_few(figures: Figures) -> bool:
    """Whether it shows a count of one or two. Tables have left out theirs."""
    match figures:
        case MonthCounts():
            counts = [count for kind in figures.kinds for count in kind.counts]
        case HourHeat():
            counts = [count for day in figures.counts for count in day]
        case LimitsChart():
            counts = [point.count for point in figures.points]
        case StepBars():
            counts = [step.count for step in figures.steps]
        case _:
            counts = []
    return any(0 < count < FEW for count in counts)


def _months(material: Material, language: Language) -> Figures | None:
    months = material.months[-MONTHS:]
    if not months:
        return None
    kinds = sorted(TicketKind, key=lambda kind: (-sum(month.kinds.get(kind, 0) for month in months), kind))
    earlier = {month.first: sum(month.kinds.values()) for month in material.months}
    return MonthCounts(
        months=tuple(f"{month.first:%Y-%m}" for month in months),
        kinds=tuple(
            KindCounts(
                name=choose((KINDS[kind], kind.value), language),
                counts=tuple(month.kinds.get(kind, 0) for month in months),
            )
            for kind in kinds
        ),
        year_before=tuple(earlier.get(month.first.replace(year=month.first.year - 1)) for month in months),
    )


def _ranked(table: ReportTable | None, language: Language) -> Figures | None:
    """The listed rows; others stand in the table."""
    if table is None or not isinstance(whole := _cell(table, table.total, ColumnKey.COUNT), Count):
        return None
    listed = table.lines[: table.top] if table.top is not None else table.lines[:MOST_CHANNELS]
    rows = []
    for line in listed:
        count, share = _cell(table, line, ColumnKey.COUNT), _cell(table, line, ColumnKey.SHARE)
        if not isinstance(count, Count):
            return None
        rows.append(
            RankedBar(
                label=choose(line.name, language),
                count=count.value,
                share=share.percent if isinstance(share, Share) else None,
                before=_count(table, line, ColumnKey.BEFORE_COUNT),
                year_before=_count(table, line, ColumnKey.YEAR_COUNT),
            )
        )
    return RankedBars(rows=tuple(rows), whole=whole.value) if rows and whole.value else None


def _merchants(ranks: ReportTable | None, table: ReportTable | None, language: Language) -> Figures | None:
    if ranks is None or table is None:
        return None
    rows = []
    for line in ranks.lines:
        count, between = _cell(ranks, line, ColumnKey.COUNT), _cell(ranks, line, ColumnKey.INTERVAL)
        if isinstance(count, Count) and isinstance(between, Between):
            label = choose(line.name, language)
            rows.append(CountInterval(label=label, count=count.value, interval=between.interval))
    whole = _cell(table, table.total, ColumnKey.COUNT)
    return IntervalBars(rows=tuple(rows), whole=whole.value) if rows and isinstance(whole, Count) else None


def _limits(months: Sequence[MonthCount]) -> Figures | None:
    """Complaints about the mean of the months before: 3 standard deviations of a Poisson count."""
    counted = [month for month in months[-MONTHS:] if month.days]
    usual = counted[:-1]
    if not usual:
        return None
    centre = sum(month.kinds.get(TicketKind.COMPLAINT, 0) for month in usual) / sum(month.days for month in usual)
    points = []
    for month in counted:
        reach = REACH * math.sqrt(centre / month.days)
        count = month.kinds.get(TicketKind.COMPLAINT, 0)
        low, high = max(0.0, centre - reach), centre + reach
        points.append(LimitPoint(label=f"{month.first:%Y-%m}", count=count, days=month.days, low=low, high=high))
    return LimitsChart(points=tuple(points), centre=centre)


def _steps(material: Material, language: Language) -> Figures | None:
    """Of the complaints and reports received: how far they had come at the cut-off."""
    lawful = [one for one in material.now.received if one.kind in LAWFUL_KINDS]
    if not lawful:
        return None
    decided = sum(was_accepted(one.state, one.outcome) is not None or one.kind is TicketKind.REPORT for one in lawful)
    concluded = sum(one.outcome is not None for one in lawful)
    completed = sum(one.completed_at is not None for one in lawful)
    counts = {"registered": len(lawful), "decided": decided, "ended": concluded, "completed": completed}
    return StepBars(steps=tuple(Step(label=choose(STEPS[key], language), count=count) for key, count in counts.items()))


def _units(table: ReportTable | None, language: Language) -> Figures | None:
    if table is None:
        return None
    rows = tuple(_share_bars(table, language))
    if not rows or len(rows) < len(table.lines):
        return None
    overall = ShareBar(
        label=choose(TOTAL_WORDS, language), part=sum(row.part for row in rows), whole=sum(row.whole for row in rows)
    )
    return ShareBars(rows=rows, overall=overall)


def _share_bars(table: ReportTable, language: Language) -> Iterator[ShareBar]:
    for line in table.lines:
        if isinstance(cell := line.cells[0], Ratio):
            yield ShareBar(label=choose(line.name, language), part=cell.numerator, whole=cell.denominator)


def _cell(table: ReportTable, line: Line | None, column: ColumnKey) -> Cell | None:
    return line.cells[table.columns.index(column)] if line is not None and column in table.columns else None


def _count(table: ReportTable, line: Line, column: ColumnKey) -> int | None:
    cell = _cell(table, line, column)
    return cell.value if isinstance(cell, Count) else None
