"""Horizontal bars with room for long names: rankings, and the steps of the work. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.analysis.arithmetic import percent as share_of
from callcenter.analysis.charts.chart_parts import (
    INK,
    QUIET,
    SHADES,
    SIZE,
    SMALL_SIZE,
    TOP,
    Body,
    ChartTable,
    Option,
    axis_labels,
    category_axis,
    grid,
    legend,
    still,
    value_axis,
)
from callcenter.analysis.charts.figures import RankedBar, RankedBars, StepBars
from callcenter.analysis.charts.labels import cut, number, percent
from callcenter.analysis.charts.words import word
from callcenter.languages import Language

NAMES = 190
"""Pixels for names, left of the bars."""
PRINTED = 110
"""Pixels for figures, right of the longest bar."""
THICK, THIN = 13, 9
"""Pixels of a bar, alone or beside others."""
GAP, PLACE_GAP = 9, 2
NO_LEGEND_TOP = 54
BOTTOM = 14


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bars:
    """One of the bars of each name."""

    name: str
    shade: str
    counts: tuple[int | None, ...]
    printed: tuple[str, ...]


def draw_ranking(figures: RankedBars, language: Language) -> Body:
    """This period with shares, and where they are known the period before and the year before."""
    rows = figures.rows
    shares = ["" if row.share is None else percent(row.share) for row in rows]
    now = _Bars(
        name=word("now", language),
        shade=SHADES[0],
        counts=tuple(row.count for row in rows),
        printed=tuple(f"{number(row.count)}  {share}".rstrip() for row, share in zip(rows, shares, strict=True)),
    )
    series = [now, *_earlier(rows, language)]
    header = [word("name", language), word("count", language), word("share", language)]
    table = ChartTable(
        header=(*header, *(bars.name for bars in series[1:])),
        rows=tuple(
            (row.label, number(row.count), share or "—", *(_known(bars.counts[place]) for bars in series[1:]))
            for place, (row, share) in enumerate(zip(rows, shares, strict=True))
        ),
    )
    listed = sum(row.count for row in rows)
    parts = [word("matters", language, n=number(figures.whole)), word("listed", language, n=number(listed))]
    subtitle = word("nothing", language) if not rows else " · ".join(parts[: 1 if listed == figures.whole else 2])
    return _draw([row.label for row in rows], series, subtitle, table)


def draw_steps(figures: StepBars, language: Language) -> Body:
    """Each step with its share of the first."""
    steps = figures.steps
    first = steps[0].count if steps else 0
    shares = [percent(share_of(step.count, first)) if first else "—" for step in steps]
    bars = _Bars(
        name=word("count", language),
        shade=SHADES[1],
        counts=tuple(step.count for step in steps),
        printed=tuple(f"{number(step.count)}  {share}" for step, share in zip(steps, shares, strict=True)),
    )
    table = ChartTable(
        header=(word("step", language), word("count", language), word("share", language)),
        rows=tuple((step.label, number(step.count), share) for step, share in zip(steps, shares, strict=True)),
    )
    subtitle = word("registered", language, n=number(first)) if first else word("nothing", language)
    return _draw([step.label for step in steps], [bars], subtitle, table)


def _earlier(rows: Sequence[RankedBar], language: Language) -> list[_Bars]:
    found = (
        ("before", SHADES[2], tuple(row.before for row in rows)),
        ("year_before", SHADES[4], tuple(row.year_before for row in rows)),
    )
    return [
        _Bars(name=word(name, language), shade=shade, counts=counts, printed=tuple(_known(count) for count in counts))
        for name, shade, counts in found
        if any(count is not None for count in counts)
    ]


def _known(count: int | None) -> str:
    return "—" if count is None else number(count)


def _draw(labels: Sequence[str], series: Sequence[_Bars], subtitle: str, table: ChartTable) -> Body:
    has_legend = len(series) > 1
    thickness = THIN if has_legend else THICK
    place = len(series) * (thickness + PLACE_GAP) - PLACE_GAP + GAP
    top = TOP if has_legend else NO_LEGEND_TOP
    most = max((count or 0 for bars in series for count in bars.counts), default=0) or 1
    names = [cut(label, SIZE, NAMES - 24) for label in labels]
    option: Option = {
        "grid": grid(left=NAMES, right=PRINTED, top=top, bottom=BOTTOM),
        "xAxis": value_axis(most, most, shows_labels=False),
        "yAxis": category_axis(names, inverse=True, axisLabel=axis_labels(margin=8)),
        "series": [_series(bars, thickness, has_legend=has_legend) for bars in series],
    }
    if has_legend:
        option["legend"] = legend([bars.name for bars in series])
    return Body(subtitle=subtitle, height=top + max(1, len(names)) * place + BOTTOM, option=option, table=table)


def _series(bars: _Bars, thickness: int, *, has_legend: bool) -> Option:
    size = SMALL_SIZE if has_legend else SIZE
    items = [
        {"value": count, "label": {"formatter": printed}}
        for count, printed in zip(bars.counts, bars.printed, strict=True)
    ]
    return still(
        {
            "type": "bar",
            "name": bars.name,
            "data": items,
            "barWidth": thickness,
            "barGap": f"{100 * PLACE_GAP // thickness}%",
            "barCategoryGap": GAP,
            "itemStyle": {"color": bars.shade, "borderColor": QUIET, "borderWidth": 0.5},
            "label": {"show": True, "position": "right", "distance": 4, "color": INK, "fontSize": size},
        }
    )
