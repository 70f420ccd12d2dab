"""A chart ready to be drawn, and what all charts have in common: size, colours, title, axes. Pure.

Nothing is placed by the width of real letters, and nothing is left to defaults that depend on where it is drawn: the
same option makes the same picture in the browser and on the server. Colours differ in lightness, for grey printers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from callcenter.analysis.charts.figures import ChartId

Option = dict[str, Any]
"""Of ECharts, as JSON: no functions, and no text of data where ECharts fills in patterns."""

WIDTH = 640
MARGIN = 12
TOP = 74
"""Pixels above the drawing: title, subtitle, legend."""
SIZE, SMALL_SIZE, TITLE_SIZE = 11, 10, 15
"""Of letters, in pixels."""

INK, QUIET, LINE, PAPER = "#1b2430", "#4a5363", "#c6ccd6", "#ffffff"
SHADES = ("#08306b", "#2f6fb0", "#7fb0de", "#c3dbf0", "#eef5fb")
"""From dark to light."""

COARSE, FINE = (1, 2, 5, 10), (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
FINE_FROM = 10
"""Steps of axes are such parts of a power of ten, finer where they stay whole numbers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChartTable:
    """The same figures for whoever does not see the chart."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """One chart ready to be drawn, in pixels."""

    id: ChartId
    title: str
    subtitle: str
    """With the denominators."""
    width: int
    height: int
    option: Option
    table: ChartTable


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """What a kind of chart adds to the frame. `option` has no title; `height` is that of the whole chart."""

    subtitle: str
    height: int
    option: Option
    table: ChartTable


def frame(title: str, subtitle: str) -> Option:
    """What stands around every chart."""
    return {
        "animation": False,
        "backgroundColor": PAPER,
        "textStyle": {"color": INK, "fontSize": SIZE},
        "title": {
            "text": title,
            "subtext": subtitle,
            "left": MARGIN,
            "top": 8,
            "padding": 0,
            "itemGap": 6,
            "textStyle": {"color": INK, "fontSize": TITLE_SIZE, "fontWeight": "bold"},
            "subtextStyle": {"color": QUIET, "fontSize": SIZE},
        },
    }


def legend(names: Sequence[str]) -> Option:
    """In one line below the subtitle."""
    return {
        "data": list(names),
        "left": MARGIN,
        "top": 50,
        "padding": 0,
        "itemGap": 16,
        "itemWidth": 14,
        "itemHeight": 9,
        "selectedMode": False,
        "textStyle": {"color": INK, "fontSize": SIZE},
    }


def axis_labels(**style: Any) -> Option:
    """All of them, however near."""
    return {"interval": 0, "color": INK, "fontSize": SIZE, "hideOverlap": False, **style}


def category_axis(labels: Sequence[str], **more: Any) -> Option:
    """An axis of names, with a line and without ticks."""
    return {
        "type": "category",
        "data": list(labels),
        "axisLine": {"show": True, "onZero": False, "lineStyle": {"color": QUIET, "width": 1}},
        "axisTick": {"show": False},
        "axisLabel": axis_labels(),
        "splitLine": {"show": False},
        **more,
    }


def value_axis(limit: float, interval: float, *, shows_labels: bool = True, **more: Any) -> Option:
    """An axis of figures from 0 to a limit that is set, so that it does not depend on who draws."""
    return {
        "type": "value",
        "min": 0,
        "max": limit,
        "interval": interval,
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        "axisLabel": axis_labels(show=shows_labels, color=QUIET, fontSize=SMALL_SIZE),
        "splitLine": {"show": shows_labels, "lineStyle": {"color": LINE, "width": 0.5}},
        **more,
    }


def grid(*, left: int, right: int, bottom: int, top: int = TOP) -> Option:
    """The place of the drawing, whatever stands around it."""
    return {
        "left": left,
        "right": right,
        "top": top,
        "bottom": bottom,
        "containLabel": False,
        "outerBoundsMode": "none",
    }


def still(series: Mapping[str, Any]) -> Option:
    """A series on which a pointer has no effect."""
    return {"silent": True, "emphasis": {"disabled": True}, "legendHoverLink": False, "clip": False, **series}


def nice_limit(most: float, parts: int = 4) -> tuple[float, float]:
    """An end of an axis at or above `most`, and the steps to it."""
    if most <= 0:
        return float(parts), 1.0
    step = most / parts
    power = 10.0 ** math.floor(math.log10(step))
    factors = COARSE if power < FINE_FROM else FINE
    interval = next(factor * power for factor in factors if factor * power >= step)
    return round(interval * parts, 6), round(interval, 6)
