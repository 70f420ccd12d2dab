"""Calls by weekday and hour, darker where there are more, with every figure in its cell. Pure."""

from __future__ import annotations

from callcenter.analysis.charts.chart_parts import (
    INK,
    PAPER,
    SHADES,
    SMALL_SIZE,
    WIDTH,
    Body,
    ChartTable,
    Option,
    axis_labels,
    category_axis,
    grid,
    still,
)
from callcenter.analysis.charts.figures import HourHeat
from callcenter.analysis.charts.labels import number
from callcenter.analysis.charts.words import WEEKDAYS, pick, word
from callcenter.languages import Language

HOURS = 24
TOP, BOTTOM, LEFT = 54, 30, 46
CELL_WIDTH, CELL = 24, 28
"""Whole pixels, so that edges are sharp."""
DARK_SHARE = 0.55
"""From this share of the largest on, letters are white."""
NARROW_FROM, NARROW_SIZE = 1_000, 8
"""Figures of four digits need smaller letters."""


def draw_hours(figures: HourHeat, language: Language) -> Body:
    """Raises ValueError where there are not seven days of 24 hours."""
    if len(figures.counts) != len(WEEKDAYS) or any(len(day) != HOURS for day in figures.counts):
        raise ValueError("not seven days of 24 hours")
    weekdays = [pick(day, language) for day in WEEKDAYS]
    hours = [str(hour) for hour in range(HOURS)]
    most = max(map(max, figures.counts))
    total = sum(map(sum, figures.counts))
    size = SMALL_SIZE if most < NARROW_FROM else NARROW_SIZE
    cells = [
        {"value": [hour, day, count], "label": {"formatter": str(count), "color": _letters(count, most)}}
        for day, counts in enumerate(figures.counts)
        for hour, count in enumerate(counts)
    ]
    option: Option = {
        "grid": grid(left=LEFT, right=WIDTH - LEFT - HOURS * CELL_WIDTH, top=TOP, bottom=BOTTOM),
        "xAxis": category_axis(hours, axisLabel=axis_labels(fontSize=SMALL_SIZE)),
        "yAxis": category_axis(weekdays, inverse=True),
        "visualMap": {
            "type": "continuous",
            "show": False,
            "min": 0,
            "max": max(1, most),
            "inRange": {"color": [PAPER, *reversed(SHADES)]},
        },
        "series": [
            still(
                {
                    "type": "heatmap",
                    "data": cells,
                    "itemStyle": {"borderColor": PAPER, "borderWidth": 2},
                    "label": {"show": True, "fontSize": size},
                }
            )
        ],
    }
    table = ChartTable(
        header=(word("weekday", language), *hours, word("sum", language)),
        rows=tuple(
            (day, *map(number, counts), number(sum(counts)))
            for day, counts in zip(weekdays, figures.counts, strict=True)
        ),
    )
    subtitle = word("calls", language, n=number(total)) if total else word("nothing", language)
    return Body(subtitle=subtitle, height=TOP + len(weekdays) * CELL + BOTTOM, option=option, table=table)


def _letters(count: int, most: int) -> str:
    return PAPER if most and count >= DARK_SHARE * most else INK
