"""A drawing by months with its figures in lines below it, each below its month. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from callcenter.analysis.charts.chart_parts import (
    PAPER,
    QUIET,
    SMALL_SIZE,
    WIDTH,
    Option,
    axis_labels,
    category_axis,
    grid,
    nice_limit,
    still,
    value_axis,
)
from callcenter.analysis.charts.labels import cut

PLOT = 220
"""Pixels of the drawing."""
LEFT, RIGHT = 76, 14
MONTHS, ROW, BOTTOM = 26, 16, 8
"""Pixels of the months, of each line of figures, and below them."""
NAME_ROOM = 60
MONTH_SIZE = 9
"""Of letters: thirteen months stand side by side in wide fonts too."""

Line = tuple[str, Sequence[str]]
"""What the figures are, and one for each month."""


def month_plot(months: Sequence[str], most: float, series: Sequence[Option], lines: Sequence[Line], top: int) -> Option:
    """All but title and legend. `most` is the largest value."""
    limit, interval = nice_limit(most)
    names = [cut(month, MONTH_SIZE, (WIDTH - LEFT - RIGHT) / max(1, len(months))) for month in months]
    small = axis_labels(fontSize=MONTH_SIZE)
    nowhere = {"axisLine": {"show": False}, "axisLabel": {"show": False}}
    quiet = axis_labels(fontSize=SMALL_SIZE, color=QUIET)
    titles = [cut(name, SMALL_SIZE, NAME_ROOM) for name, _ in lines]
    below = len(lines) * ROW + BOTTOM
    return {
        "grid": [
            grid(left=LEFT, right=RIGHT, top=top, bottom=below + MONTHS),
            grid(left=LEFT, right=RIGHT, top=top + PLOT + MONTHS, bottom=BOTTOM),
        ],
        "xAxis": [
            category_axis(names, axisLabel=small),
            category_axis(names, gridIndex=1, **nowhere),
        ],
        "yAxis": [
            value_axis(limit, interval),
            category_axis(titles, gridIndex=1, inverse=True, axisLine={"show": False}, axisLabel=quiet),
        ],
        "series": [*series, _figures(lines)],
    }


def height(lines: int, top: int) -> int:
    """Pixels of the whole chart."""
    return top + PLOT + MONTHS + lines * ROW + BOTTOM


def _figures(lines: Sequence[Line]) -> Option:
    items = [
        {"value": [month, row], "label": {"formatter": text}}
        for row, (_, texts) in enumerate(lines)
        for month, text in enumerate(texts)
    ]
    return still(
        {
            "type": "scatter",
            "xAxisIndex": 1,
            "yAxisIndex": 1,
            "data": items,
            "symbol": "rect",
            "symbolSize": 1,
            "itemStyle": {"color": PAPER, "opacity": 1},
            "label": {"show": True, "position": "inside", "color": QUIET, "fontSize": SMALL_SIZE},
        }
    )
