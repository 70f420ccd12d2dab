"""Matters of each month as stacked bars, with the year before as a line. Pure."""

from __future__ import annotations

from callcenter.analysis.charts.chart_parts import (
    INK,
    PAPER,
    QUIET,
    SHADES,
    SIZE,
    TOP,
    Body,
    ChartTable,
    Option,
    legend,
    still,
)
from callcenter.analysis.charts.figures import MonthCounts
from callcenter.analysis.charts.labels import cut, number
from callcenter.analysis.charts.month_plot import height, month_plot
from callcenter.analysis.charts.words import word
from callcenter.languages import Language

LEGEND_ROOM = 96


def draw_months(figures: MonthCounts, language: Language) -> Body:
    """Every figure stands below its month. Raises ValueError for too many kinds, or rows of different lengths."""
    if len(figures.kinds) > len(SHADES):
        raise ValueError("more kinds than shades")
    totals = [sum(counts) for counts in zip(*(kind.counts for kind in figures.kinds), strict=True)]
    known = [count for count in figures.year_before if count is not None]
    last_year = word("last_year", language)
    lines = [(kind.name, [number(count) for count in kind.counts]) for kind in figures.kinds]
    lines.append((word("total", language), [number(total) for total in totals]))
    names = [cut(kind.name, SIZE, LEGEND_ROOM) for kind in figures.kinds]
    series = [_stack(name, kind.counts, shade) for name, kind, shade in zip(names, figures.kinds, SHADES, strict=False)]
    if known:
        lines.append((last_year, ["—" if count is None else number(count) for count in figures.year_before]))
        names.append(last_year)
        series.append(_line(last_year, figures.year_before))
    option = month_plot(figures.months, max([*totals, *known], default=0), series, lines, TOP)
    option["legend"] = legend(names)
    table = ChartTable(
        header=(word("month", language), *(name for name, _ in lines)),
        rows=tuple(zip(figures.months, *(texts for _, texts in lines), strict=True)),
    )
    whole = sum(totals)
    counts = {"n": number(whole), "months": str(len(totals)), "last": number(totals[-1] if totals else 0)}
    subtitle = word("months", language, **counts) if whole else word("nothing", language)
    return Body(subtitle=subtitle, height=height(len(lines), TOP), option=option, table=table)


def _stack(name: str, counts: tuple[int, ...], shade: str) -> Option:
    return still(
        {
            "type": "bar",
            "name": name,
            "stack": "kinds",
            "data": list(counts),
            "barWidth": "68%",
            "itemStyle": {"color": shade, "borderColor": QUIET, "borderWidth": 0.5},
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
