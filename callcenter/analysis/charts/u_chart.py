"""Complaints per working day, month by month, between the limits of chance. Pure."""

from __future__ import annotations

from callcenter.analysis.charts.chart_parts import (
    INK,
    PAPER,
    QUIET,
    SHADES,
    SMALL_SIZE,
    Body,
    ChartTable,
    Option,
    still,
)
from callcenter.analysis.charts.figures import LimitPoint, LimitsChart
from callcenter.analysis.charts.labels import decimals, number
from callcenter.analysis.charts.month_plot import height, month_plot
from callcenter.analysis.charts.words import word
from callcenter.languages import Language

NO_LEGEND_TOP = 62


def draw_limits(figures: LimitsChart, language: Language) -> Body:
    """A month outside its limits has a full diamond, others a hollow dot."""
    points = figures.points
    rates = [point.count / point.days for point in points]
    series = [
        _line([point.high for point in points], kind="dashed", step="middle"),
        _line([point.low for point in points], kind="dashed", step="middle"),
        _line([figures.centre] * len(points), kind="solid", step=False),
        _rates(points, rates),
    ]
    lines = [
        (word("count", language), [number(point.count) for point in points]),
        (word("days", language), [number(point.days) for point in points]),
    ]
    most = max([*rates, *(point.high for point in points)], default=0)
    header = ("month", "count", "days", "per_day", "low", "high")
    table = ChartTable(
        header=tuple(word(name, language) for name in header),
        rows=tuple(
            (point.label, number(point.count), number(point.days), *map(decimals, (rate, point.low, point.high)))
            for point, rate in zip(points, rates, strict=True)
        ),
    )
    total, days = sum(point.count for point in points), sum(point.days for point in points)
    parts = [
        word("complaints", language, n=number(total), days=number(days)),
        word("centre", language, rate=decimals(figures.centre)),
        word("limits", language),
    ]
    return Body(
        subtitle=" · ".join(parts) if points else word("nothing", language),
        height=height(len(lines), NO_LEGEND_TOP),
        option=month_plot([point.label for point in points], most, series, lines, NO_LEGEND_TOP),
        table=table,
    )


def _line(values: list[float], *, kind: str, step: str | bool) -> Option:
    return still(
        {
            "type": "line",
            "data": values,
            "step": step,
            "symbol": "none",
            "itemStyle": {"color": QUIET},
            "lineStyle": {"color": QUIET, "width": 1.2, "type": kind},
        }
    )


def _rates(points: tuple[LimitPoint, ...], rates: list[float]) -> Option:
    items = []
    for point, rate in zip(points, rates, strict=True):
        is_outside = not point.low <= rate <= point.high
        look = {"symbol": "diamond", "symbolSize": 14, "itemStyle": {"color": INK}} if is_outside else {}
        weight = "bold" if is_outside else "normal"
        items.append({"value": rate, "label": {"formatter": decimals(rate), "fontWeight": weight}, **look})
    return still(
        {
            "type": "line",
            "data": items,
            "symbol": "circle",
            "symbolSize": 7,
            "showAllSymbol": True,
            "itemStyle": {"color": PAPER, "borderColor": SHADES[0], "borderWidth": 2},
            "lineStyle": {"color": SHADES[0], "width": 2},
            "label": {
                "show": True,
                "position": "top",
                "color": INK,
                "fontSize": SMALL_SIZE,
                "textBorderColor": PAPER,
                "textBorderWidth": 3,
            },
            "z": 3,
        }
    )
