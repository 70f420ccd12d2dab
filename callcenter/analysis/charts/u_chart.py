"""Complaints per working day, month by month, between the limits of chance. Pure."""

from __future__ import annotations

from callcenter.analysis.charts.drawing import (
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
from callcenter.analysis.charts.figures import LimitPoint, LimitsChart
from callcenter.analysis.charts.labels import cut, decimals, number
from callcenter.analysis.charts.words import word
from callcenter.languages import Language

PLOT, BELOW = 210, 66
LEFT, RIGHT = 52, 20
MONTH_ROOM = 60


def draw_limits(figures: LimitsChart, language: Language) -> Body:
    """A month outside its limits has a full diamond, others a hollow dot."""
    points = figures.points
    rates = [point.count / point.days for point in points]
    limit, interval = nice_limit(max([*rates, *(point.high for point in points)], default=0))
    names = {name: word(name, language) for name in ("per_day", "count", "days", "limits")}
    centre = word("centre", language, rate=decimals(figures.centre))
    months = [cut(point.label, SMALL_SIZE, MONTH_ROOM) for point in points]
    option: Option = {
        "grid": grid(left=LEFT, right=RIGHT, bottom=BELOW),
        "legend": legend([names["per_day"], names["limits"], centre]),
        "xAxis": [
            category_axis(months, axisLabel=axis_labels(fontSize=SMALL_SIZE)),
            row_below(names["count"], [number(point.count) for point in points], 18),
            row_below(names["days"], [number(point.days) for point in points], 34),
        ],
        "yAxis": value_axis(limit, interval),
        "series": [
            _line(names["limits"], [point.high for point in points], kind="dashed", step="middle"),
            _line(names["limits"], [point.low for point in points], kind="dashed", step="middle"),
            _line(centre, [figures.centre] * len(points), kind="solid", step=False),
            _rates(names["per_day"], points, rates),
        ],
    }
    header = ("month", "count", "days", "per_day", "low", "high")
    table = ChartTable(
        header=tuple(word(name, language) for name in header),
        rows=tuple(
            (point.label, number(point.count), number(point.days), *map(decimals, (rate, point.low, point.high)))
            for point, rate in zip(points, rates, strict=True)
        ),
    )
    total, days = sum(point.count for point in points), sum(point.days for point in points)
    subtitle = word("complaints", language, n=number(total), days=number(days)) if days else word("nothing", language)
    return Body(subtitle=subtitle, height=TOP + PLOT + BELOW, option=option, table=table)


def _line(name: str, values: list[float], *, kind: str, step: str | bool) -> Option:
    return still(
        {
            "type": "line",
            "name": name,
            "data": values,
            "step": step,
            "symbol": "none",
            "itemStyle": {"color": QUIET},
            "lineStyle": {"color": QUIET, "width": 1.2, "type": kind},
        }
    )


def _rates(name: str, points: tuple[LimitPoint, ...], rates: list[float]) -> Option:
    items = []
    for point, rate in zip(points, rates, strict=True):
        is_outside = not point.low <= rate <= point.high
        look = {"symbol": "diamond", "symbolSize": 14, "itemStyle": {"color": INK}} if is_outside else {}
        weight = "bold" if is_outside else "normal"
        items.append({"value": rate, "label": {"formatter": decimals(rate), "fontWeight": weight}, **look})
    return still(
        {
            "type": "line",
            "name": name,
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
