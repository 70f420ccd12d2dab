"""The options of charts: figures and words in, JSON out, whatever stands in a name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from callcenter.analysis.charts.chart_parts import INK, PAPER, SHADES, nice_limit
from callcenter.analysis.charts.figures import (
    Chart,
    ChartId,
    Figures,
    HourHeat,
    IntervalBars,
    KindCounts,
    LimitPoint,
    LimitsChart,
    MonthCounts,
    RankedBar,
    RankedBars,
    ShareBar,
    ShareBars,
    StepBars,
)
from callcenter.analysis.charts.labels import cut, decimals
from callcenter.analysis.charts.options import draw
from callcenter.languages import Language
from tests.chart_examples import HOSTILE, LONG, charts

CHARTS = {chart.id: chart for chart in charts()}
NOTHING = ShareBar(label="全部", part=0, whole=0)


def drawn(of: ChartId, figures: Figures, language: Language = Language.CHINESE) -> Any:
    return draw(Chart(id=of, period="2026年3月", figures=figures), language)


def formatters(option: object) -> Iterator[str]:
    """Every text of an option in which ECharts fills in patterns."""
    if isinstance(option, dict):
        for name, value in option.items():
            if name == "formatter":
                yield value
            yield from formatters(value)
    elif isinstance(option, list):
        for value in option:
            yield from formatters(value)


def test_each_chart_of_the_list_is_drawn_in_both_languages_as_json_alone() -> None:
    assert list(CHARTS) == list(ChartId)
    for chart in CHARTS.values():
        for language in Language:
            drawing = draw(chart, language)
            assert json.loads(json.dumps(drawing.option, allow_nan=False)) == drawing.option
            assert drawing.option["animation"] is False
            assert drawing.option["title"]["text"] == drawing.title
            assert "…" not in drawing.subtitle
            assert {len(row) for row in drawing.table.rows} == {len(drawing.table.header)}


def test_no_name_stands_where_patterns_are_filled_in() -> None:
    names = ("{b}", "{a|x}", "{c} {value}")
    rows = tuple(RankedBar(label=name, count=9, before=1, year_before=2) for name in names)
    shares = tuple(ShareBar(label=name, part=1, whole=2) for name in names)
    kinds = tuple(KindCounts(name=name, counts=(1, 2)) for name in names)
    months = MonthCounts(months=("{b}", "{c}"), kinds=kinds, year_before=(1, None))
    for of, figures in (
        (ChartId.GOODS, RankedBars(rows=rows, whole=27)),
        (ChartId.UNITS, ShareBars(rows=shares, overall=NOTHING)),
        (ChartId.MONTHS, months),
    ):
        found = [text for text in formatters(drawn(of, figures).option) if "{" in text]
        assert found in ([], ["{value}%"])


def test_a_name_is_one_harmless_line_that_fits() -> None:
    assert len(LONG) == 60
    assert [cut(name, 11, 166) for name in HOSTILE] == [
        "常州市新北区三井街道通江中路…",
        "غذاء 卡文",
        "{a|x}{b}: {c} {value}",
        "<script>alert(1)</script>…",
        "[31m红 店",
        "Zalgo 饭店",
    ]
    assert cut("", 11, 166) == ""
    assert cut("常州", 11, 22) == "常州"
    assert cut("常州市", 11, 28) == "常…"


def test_the_table_has_the_whole_name_where_the_chart_has_its_beginning() -> None:
    drawing = drawn(ChartId.BRANDS, RankedBars(rows=(RankedBar(label=LONG, count=3),), whole=3))
    assert drawing.option["yAxis"]["data"] == ["常州市新北区三井街道通江中路…"]
    assert drawing.table.rows == ((LONG, "3", "—"),)
    hostile = RankedBars(rows=(RankedBar(label="\u202e红\n\x00店", count=3),), whole=3)
    assert drawn(ChartId.BRANDS, hostile).table.rows == (("红 店", "3", "—"),)


def test_a_ranking_prints_shares_and_says_of_how_many_it_lists_how_many() -> None:
    drawing = draw(CHARTS[ChartId.PROBLEMS], Language.CHINESE)
    assert drawing.subtitle == "2026年3月 · 共 1,905 件 · 所列 1,265 件"
    assert [series["name"] for series in drawing.option["series"]] == ["本期", "上期", "上年同期"]
    assert drawing.option["series"][0]["data"][0] == {"value": 203, "label": {"formatter": "203  10.66%"}}
    assert drawing.table.header == ("名称", "件数", "占比", "上期", "上年同期")
    assert drawing.table.rows[0] == ("质量", "203", "10.66%", "209", "108")
    assert draw(CHARTS[ChartId.GOODS], Language.ENGLISH).table.header == ("Name", "Count", "Share")


def test_months_print_every_figure_below_their_month() -> None:
    kinds = (KindCounts(name="投诉", counts=(1_200, 30)), KindCounts(name="举报", counts=(400, 5)))
    figures = MonthCounts(months=("2026-02", "2026-03"), kinds=kinds, year_before=(None, 28))
    drawing = drawn(ChartId.MONTHS, figures)
    assert drawing.table.header == ("月份", "投诉", "举报", "合计", "上年")
    assert drawing.table.rows == (("2026-02", "1,200", "400", "1,600", "—"), ("2026-03", "30", "5", "35", "28"))
    printed = [item["label"]["formatter"] for item in drawing.option["series"][-1]["data"]]
    assert printed == ["1,200", "30", "400", "5", "1,600", "35", "—", "28"]
    assert drawing.subtitle == "2026年3月 · 2 个月共 1,635 件，末月 35 件"


def test_rates_have_wilson_intervals_and_small_samples_are_hollow() -> None:
    rows = (
        ShareBar(label="甲", part=38, whole=42),
        ShareBar(label="乙", part=9, whole=9),
        ShareBar(label="丙", part=0, whole=0),
    )
    drawing = drawn(ChartId.UNITS, ShareBars(rows=rows, overall=ShareBar(label="全部", part=47, whole=51)))
    assert drawing.table.rows == (
        ("甲", "38", "42", "90.48%", "77.93%", "96.23%"),
        ("乙", "9", "9", "100.00%", "70.09%", "100.00%"),
        ("丙", "0", "0", "—", "—", "—"),
        ("全部", "47", "51", "92.16%", "81.50%", "96.91%"),
    )
    colours = [item["itemStyle"]["color"] for item in drawing.option["series"][-1]["data"]]
    assert colours == ["#1b2430", "#ffffff"]
    assert drawing.subtitle == "2026年3月 · 全部 47/51 件，92.16% · 线段为 95% Wilson 区间 · 空心为小样本（少于 10）"


def test_a_month_outside_its_limits_stands_out() -> None:
    points = [
        LimitPoint(label="2026-02", count=33, days=16, low=0.62, high=2.48),
        LimitPoint(label="2026-03", count=80, days=22, low=0.76, high=2.34),
    ]
    drawing = drawn(ChartId.LIMITS, LimitsChart(points=tuple(points), centre=1.548))
    rates = drawing.option["series"][3]["data"]
    assert [item.get("symbol") for item in rates] == [None, "diamond"]
    assert [item["label"] for item in rates] == [
        {"formatter": "2.06", "fontWeight": "normal"},
        {"formatter": "3.64", "fontWeight": "bold"},
    ]
    assert drawing.subtitle == "2026年3月 · 共 113 件投诉，38 个工作日 · 实线为中心线 1.55 · 虚线为控制限"


@pytest.mark.parametrize(
    ("of", "figures"),
    [
        (ChartId.MONTHS, MonthCounts(months=(), kinds=(), year_before=())),
        (ChartId.GOODS, RankedBars(rows=(), whole=0)),
        (ChartId.MERCHANTS, IntervalBars(rows=(), whole=0)),
        (ChartId.HOURS, HourHeat(counts=((0,) * 24,) * 7)),
        (ChartId.LIMITS, LimitsChart(points=(), centre=0)),
        (ChartId.STEPS, StepBars(steps=())),
        (ChartId.UNITS, ShareBars(rows=(), overall=NOTHING)),
    ],
)
def test_a_time_without_any_matter_has_charts_that_say_so(of: ChartId, figures: Figures) -> None:
    assert drawn(of, figures).subtitle == "2026年3月 · 没有数据"


def test_figures_that_do_not_fit_together_are_no_chart() -> None:
    kinds = tuple(KindCounts(name=str(number), counts=(1,)) for number in range(6))
    with pytest.raises(ValueError, match="more kinds than shades"):
        drawn(ChartId.MONTHS, MonthCounts(months=("1",), kinds=kinds, year_before=(None,)))
    with pytest.raises(ValueError, match="zip"):
        drawn(ChartId.MONTHS, MonthCounts(months=("1", "2"), kinds=kinds[:2], year_before=(None, None)))
    with pytest.raises(ValueError, match="not seven days"):
        drawn(ChartId.HOURS, HourHeat(counts=((0,) * 24,) * 6))


@pytest.mark.parametrize(
    ("most", "limit", "step"),
    [(0, 4, 1), (1, 2, 0.5), (3, 4, 1), (3.64, 4, 1), (9, 20, 5), (40, 40, 10), (41, 60, 15), (536, 600, 150)],
)
def test_axes_end_at_a_round_figure_above_the_largest(most: float, limit: float, step: float) -> None:
    assert nice_limit(most) == (limit, step)


def test_numbers_are_rounded_half_away_from_zero() -> None:
    assert [decimals(value) for value in (2.675, 0.005, 1_234.5, 62.625)] == ["2.68", "0.01", "1,234.50", "62.63"]


def test_shades_are_told_apart_on_a_grey_printer() -> None:
    def grey(colour: str) -> float:
        """As printers weigh colours (ITU-R BT.709), of 255."""
        red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    shades = [grey(shade) for shade in SHADES]
    assert min(lighter - darker for darker, lighter in pairwise(shades)) > 25
    assert grey(PAPER) - grey(INK) > 200
