"""Values as dots between the limits of chance: rates with Wilson's interval, counts with Poisson's. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.analysis.arithmetic import SMALL
from callcenter.analysis.arithmetic import percent as share_of
from callcenter.analysis.charts.chart_parts import (
    INK,
    PAPER,
    QUIET,
    SIZE,
    Body,
    ChartTable,
    Option,
    axis_labels,
    category_axis,
    grid,
    nice_limit,
    still,
    value_axis,
)
from callcenter.analysis.charts.figures import ChartId, IntervalBars, ShareBar, ShareBars
from callcenter.analysis.charts.labels import cut, decimals, number, percent
from callcenter.analysis.charts.words import word
from callcenter.analysis.statistics.intervals import Interval, wilson
from callcenter.languages import Language

NAMES, PRINTED = 190, 150
"""Pixels for names and figures, left and right of the drawing."""
PLACE = 24
TOP, BOTTOM = 54, 28
DOT, END = 9, 8
"""Pixels of a dot, and of the ends of its line."""
WHOLE = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class _Dot:
    """`value` is None where there is nothing to have a rate of."""

    label: str
    value: float | None
    interval: Interval
    printed: str
    is_small: bool


def draw_shares(figures: ShareBars, language: Language, *, of: ChartId) -> Body:
    """In percent of each row's own whole."""
    dots = [_share_dot(row) for row in figures.rows]
    overall = figures.overall
    share = _share(overall)
    among = "overall_satisfaction" if of is ChartId.SATISFACTION else "overall_units"
    texts = {"part": number(overall.part), "whole": number(overall.whole), "share": share}
    parts = [word(among, language, **texts), word("wilson", language)]
    if any(dot.is_small for dot in dots):
        parts.append(word("small", language))
    subtitle = " · ".join(parts) if overall.whole else word("nothing", language)
    header = ("name", "part", "whole", "rate", "low", "high")
    every = [*zip(figures.rows, dots, strict=True), (overall, _share_dot(overall))]
    table = ChartTable(
        header=tuple(word(name, language) for name in header),
        rows=tuple(
            (
                row.label,
                number(row.part),
                number(row.whole),
                _share(row),
                *(f"{decimals(end)}%" if row.whole else "—" for end in (dot.interval.low, dot.interval.high)),
            )
            for row, dot in every
        ),
    )
    axis = value_axis(WHOLE, 20)
    axis["axisLabel"]["formatter"] = "{value}%"
    reference = WHOLE * overall.part / overall.whole if overall.whole else None
    return _draw(dots, subtitle, table, axis=axis, reference=reference)


def draw_intervals(figures: IntervalBars, language: Language) -> Body:
    """Counts; where intervals overlap, the order may be chance."""
    dots = [
        _Dot(
            label=row.label,
            value=row.count,
            interval=row.interval,
            printed=f"{number(row.count)} ({decimals(row.interval.low, 1)}–{decimals(row.interval.high, 1)})",
            is_small=row.count < SMALL,
        )
        for row in figures.rows
    ]
    parts = [word("matters", language, n=number(figures.whole)), word("poisson", language)]
    if any(dot.is_small for dot in dots):
        parts.append(word("small", language))
    table = ChartTable(
        header=tuple(word(name, language) for name in ("name", "count", "low", "high")),
        rows=tuple(
            (row.label, number(row.count), decimals(row.interval.low), decimals(row.interval.high))
            for row in figures.rows
        ),
    )
    limit, interval = nice_limit(max((row.interval.high for row in figures.rows), default=0))
    subtitle = " · ".join(parts) if dots else word("nothing", language)
    return _draw(dots, subtitle, table, axis=value_axis(limit, interval), reference=None)


def _share(row: ShareBar) -> str:
    return percent(share_of(row.part, row.whole)) if row.whole else "—"


def _share_dot(row: ShareBar) -> _Dot:
    interval = wilson(row.part, row.whole)
    return _Dot(
        label=row.label,
        value=WHOLE * row.part / row.whole if row.whole else None,
        interval=Interval(low=WHOLE * interval.low, high=WHOLE * interval.high),
        printed=f"{_share(row)} ({number(row.part)}/{number(row.whole)})",
        is_small=row.whole < SMALL,
    )


def _draw(dots: Sequence[_Dot], subtitle: str, table: ChartTable, *, axis: Option, reference: float | None) -> Body:
    names = [cut(dot.label, SIZE, NAMES - 24) for dot in dots]
    printed = category_axis(
        [dot.printed for dot in dots],
        position="right",
        inverse=True,
        axisLine={"show": False},
        axisLabel=axis_labels(margin=10),
    )
    series = [_lines(dots), _dots(dots)]
    if reference is not None:
        series.insert(0, _reference(reference))
    option: Option = {
        "grid": grid(left=NAMES, right=PRINTED, top=TOP, bottom=BOTTOM),
        "xAxis": axis,
        "yAxis": [category_axis(names, inverse=True, axisLabel=axis_labels(margin=10)), printed],
        "series": series,
    }
    return Body(subtitle=subtitle, height=TOP + max(1, len(dots)) * PLACE + BOTTOM, option=option, table=table)


def _dots(dots: Sequence[_Dot]) -> Option:
    items = [
        {
            "value": [dot.value, place],
            "itemStyle": {
                "color": PAPER if dot.is_small else INK,
                "borderColor": INK,
                "borderWidth": 1.5,
                "opacity": 1,
            },
        }
        for place, dot in enumerate(dots)
        if dot.value is not None
    ]
    return still({"type": "scatter", "data": items, "symbol": "circle", "symbolSize": DOT, "z": 4})


def _lines(dots: Sequence[_Dot]) -> Option:
    pairs = [
        [{"coord": [dot.interval.low, place]}, {"coord": [dot.interval.high, place]}]
        for place, dot in enumerate(dots)
        if dot.value is not None
    ]
    return _marks(pairs, {"color": QUIET, "width": 2, "type": "solid"}, ends=True)


def _reference(value: float) -> Option:
    return _marks([{"xAxis": value}], {"color": QUIET, "width": 1, "type": "dashed"}, ends=False)


def _marks(data: Sequence[object], line: Option, *, ends: bool) -> Option:
    marks = {
        "silent": True,
        "animation": False,
        "z": 3,
        "symbol": ["rect", "rect"] if ends else ["none", "none"],
        "symbolSize": [END, 2],  # turned with the line
        "label": {"show": False},
        "emphasis": {"disabled": True},
        "lineStyle": line,
        "data": list(data),
    }
    return still({"type": "scatter", "data": [], "markLine": marks})
