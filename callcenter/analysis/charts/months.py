"""Matters of each month as stacked bars, with the year before as a line. Pure."""

from __future__ import annotations

from callcenter.analysis.charts.drawing import (
    DARK_SHADES,
    INK,
    PAPER,
    QUIET,
    SHADES,
    SMALL_SIZE,
    TOP,
    Body,
    ChartTable,
    Option,
    axis_labels,
    category_axis,
    grid,
    legend,
    nice_limit,
    row_below,
    still,
    value_axis,
)
from callcenter.analysis.charts.figures import MonthCounts
from callcenter.analysis.charts.labels import cut, number
from callcenter.analysis.charts.words import word
from callcenter.languages import Language

PLOT, BELOW = 230, 66
"""Pixels of the drawing, and of the lines of figures below it."""
LEFT, RIGHT = 52, 12
READABLE = 13
"""Pixels that a part of a bar must be high for its figure to stand in it; all figures are in the table."""
LEGEND_ROOM = 96


def draw_months(figures: MonthCounts, language: Language) -> Body:
    """Raises ValueError for more kinds than shades, or rows of different lengths."""
    if len(figures.kinds) > len(SHADES):
        raise ValueError("more kinds than shades")
    totals = [sum(counts) for counts in zip(*(kind.counts for kind in figures.kinds), strict=True)]
    known = [count for count in figures.year_before if count is not None]
    limit, interval = nice_limit(max([*totals, *known], default=0))
    last_year = word("last_year", language)
    names = [cut(kind.name, SMALL_SIZE, LEGEND_ROOM) for kind in figures.kinds]
    months = [cut(month, SMALL_SIZE, LEGEND_ROOM) for month in figures.months]
    series = [
        _stack(name, kind.counts, number_of, limit)
        for number_of, (name, kind) in enumerate(zip(names, figures.kinds, strict=True))
    ]
    below = [row_below(word("total", language), [number(total) for total in totals], 18)]
    if known:
        series.append(_line(last_year, figures.year_before))
        texts = ["—" if count is None else number(count) for count in figures.year_before]
        below.append(row_below(last_year, texts, 34))
    option: Option = {
        "grid": grid(left=LEFT, right=RIGHT, bottom=BELOW),
        "legend": legend([*names, *([last_year] if known else [])]),
        "xAxis": [category_axis(months, axisLabel=axis_labels(fontSize=SMALL_SIZE)), *below],
        "yAxis": value_axis(limit, interval),
        "series": series,
    }
    table = ChartTable(
        header=(
            word("month", language),
            *(kind.name for kind in figures.kinds),
            word("total", language),
            last_year,
        ),
        rows=tuple(
            (
                month,
                *(number(kind.counts[place]) for kind in figures.kinds),
                number(totals[place]),
                "—" if (before := figures.year_before[place]) is None else number(before),
            )
            for place, month in enumerate(figures.months)
        ),
    )
    whole = sum(totals)
    subtitle = word("matters", language, n=number(whole)) if whole else word("nothing", language)
    return Body(subtitle=subtitle, height=TOP + PLOT + BELOW, option=option, table=table)


def _stack(name: str, counts: tuple[int, ...], place: int, limit: float) -> Option:
    return still(
        {
            "type": "bar",
            "name": name,
            "stack": "kinds",
            "data": [
                {"value": count, "label": {"show": count * PLOT / limit >= READABLE, "formatter": number(count)}}
                for count in counts
            ],
            "barWidth": "68%",
            "itemStyle": {"color": SHADES[place], "borderColor": QUIET, "borderWidth": 0.5},
            "label": {
                "position": "inside",
                "color": PAPER if place < DARK_SHADES else INK,
                "fontSize": SMALL_SIZE,
            },
        }
    )


def _line(name: str, counts: tuple[int | None, ...]) -> Option:
    return still(
        {
            "type": "line",
            "name": name,
            "data": list(counts),
            "symbol": "diamond",
            "symbolSize": 8,
            "showAllSymbol": True,
            "itemStyle": {"color": PAPER, "borderColor": INK, "borderWidth": 1.5},
            "lineStyle": {"color": INK, "width": 1.5, "type": "dashed"},
            "z": 3,
        }
    )
