"""From the figures of a chart to what draws it: one option, for browser and server. Pure."""

from __future__ import annotations

from callcenter.analysis.charts.bars import draw_ranking, draw_steps
from callcenter.analysis.charts.chart_parts import MARGIN, SIZE, TITLE_SIZE, WIDTH, Body, ChartTable, Drawing, frame
from callcenter.analysis.charts.dots import draw_intervals, draw_shares
from callcenter.analysis.charts.figures import (
    Chart,
    HourHeat,
    IntervalBars,
    LimitsChart,
    MonthCounts,
    RankedBars,
    ShareBars,
    StepBars,
)
from callcenter.analysis.charts.heat import draw_hours
from callcenter.analysis.charts.labels import cut, line
from callcenter.analysis.charts.months import draw_months
from callcenter.analysis.charts.u_chart import draw_limits
from callcenter.analysis.charts.words import TITLES, pick
from callcenter.languages import Language

ROOM = WIDTH - 2 * MARGIN


def draw(chart: Chart, language: Language) -> Drawing:
    """The chart, ready to be drawn. Raises ValueError for figures that do not fit together."""
    body = _body(chart, language)
    title = cut(pick(TITLES[chart.id], language), TITLE_SIZE, ROOM)
    subtitle = cut(f"{chart.period} · {body.subtitle}", SIZE, ROOM)
    return Drawing(
        id=chart.id,
        title=title,
        subtitle=subtitle,
        width=WIDTH,
        height=body.height,
        option=frame(title, subtitle) | body.option,
        table=_harmless(body.table),
    )


def _harmless(table: ChartTable) -> ChartTable:
    rows = tuple(tuple(map(line, row)) for row in table.rows)
    return ChartTable(header=tuple(map(line, table.header)), rows=rows)


def _body(chart: Chart, language: Language) -> Body:
    match chart.figures:
        case MonthCounts():
            return draw_months(chart.figures, language)
        case RankedBars():
            return draw_ranking(chart.figures, language)
        case IntervalBars():
            return draw_intervals(chart.figures, language)
        case HourHeat():
            return draw_hours(chart.figures, language)
        case LimitsChart():
            return draw_limits(chart.figures, language)
        case StepBars():
            return draw_steps(chart.figures, language)
        case ShareBars():
            return draw_shares(chart.figures, language, of=chart.id)
