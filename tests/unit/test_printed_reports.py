"""Reports as they are printed and as files: what stands in cells, in both languages."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from callcenter.analysis.arithmetic import ChangeKind
from callcenter.analysis.charts.figures import ChartId
from callcenter.analysis.charts.options import draw
from callcenter.analysis.periods import Period, PeriodKind, whole_months
from callcenter.analysis.reports.cell_text import cell_text, notes, period_name, title
from callcenter.analysis.reports.cells import Cell, Compared, Count, Hidden, Money, Nothing, PerDay, Share, ratio_cell
from callcenter.analysis.reports.chart_figures import make_charts
from callcenter.analysis.reports.contents import make_tables
from callcenter.analysis.reports.files import csv_file, xlsx_file
from callcenter.analysis.reports.frozen import Frozen, FrozenPart, from_json, to_json
from callcenter.analysis.reports.material import Material, ZeroMiss
from callcenter.analysis.reports.printed_report import Print, Printed, describe
from callcenter.errors import ChartError
from callcenter.languages import Language
from tests.report_examples import NAMES, ZONE, material, month, months_before, part, tickets_of

MARCH = month(2026, 3)
AT = datetime(2026, 3, 31, 18, tzinfo=UTC)
HOURS = tuple(tuple(day + hour for hour in range(24)) for day in range(7))
HOW = Print(office="常州市12315投诉举报中心", language=Language.CHINESE, timezone=ZONE, font="Noto Sans CJK SC")
PRINTED = Printed(
    period="2026年3月",
    cut_off_at=AT,
    snapshot_id=5,
    sha256="ab" * 32,
    metric_version=1,
    version=2,
    state="released",
    released="王局 2026-04-02 10:00签发",
    is_public=False,
    changes=("原因：热点有误",),
    paragraphs={"hot_spots": "预付卡", "causes": ""},
)


def example() -> Material:
    before = part(month(2026, 2), tickets_of(month(2026, 2), 400, 2), 16)
    year = part(month(2025, 3), tickets_of(month(2025, 3), 400, 3), 21)
    now = part(MARCH, tickets_of(MARCH, 500, 1), 22)
    return material(now, year, before, months=months_before(MARCH, 25), hours=HOURS)


@pytest.mark.parametrize(
    ("cell", "chinese", "english"),
    [
        (Count(value=27723), "27,723", "27,723"),
        (Share(percent=Decimal("27.22"), count=1028, whole=3776), "27.22%", "27.22%"),
        (Share(percent=Decimal("33.34"), count=1, whole=3), "33.34%※", "33.34%※"),
        (Compared(kind=ChangeKind.RATIO, percent=Decimal("7.43"), is_small=False), "+7.43%", "+7.43%"),
        (Compared(kind=ChangeKind.RATIO, percent=Decimal("-17.50"), is_small=True), "-17.50%※", "-17.50%※"),
        (
            Compared(kind=ChangeKind.RATIO, percent=Decimal("1.75"), is_small=False, is_points=True),
            "+1.75个百分点",
            "+1.75 pp",
        ),
        (Compared(kind=ChangeKind.NEW, percent=None, is_small=False), "新增", "new"),
        (Compared(kind=ChangeKind.NOTHING, percent=None, is_small=True), "—", "—"),
        (PerDay(value=Decimal("20.63"), count=330, days=16), "20.63", "20.63"),
        (ratio_cell(38, 42), "90.48% (38/42)\n[77.93–96.23]", "90.48% (38/42)\n[77.93–96.23]"),
        (ratio_cell(0, 0), "— (0/0)", "— (0/0)"),
        (Money(cents=999_999), "9,999.99元", "CNY 9,999.99"),
        (Money(cents=55_123_456), "55.12万元", "CNY 551,234.56"),
        (Nothing(), "—", "—"),
        (Hidden(is_few=True), "<3", "<3"),
        (Hidden(is_few=False), "*", "*"),
    ],
)
def test_a_cell_is_printed_in_both_languages(cell: Cell, chinese: str, english: str) -> None:
    assert (cell_text(cell, Language.CHINESE), cell_text(cell, Language.ENGLISH)) == (chinese, english)


@pytest.mark.parametrize(
    ("period", "chinese", "english"),
    [
        (MARCH, "2026年3月", "2026-03"),
        (whole_months(PeriodKind.QUARTER, MARCH.first), "2026年第1季度", "quarter 1 of 2026"),
        (whole_months(PeriodKind.HALF_YEAR, month(2026, 9).first), "2026年下半年", "half 2 of 2026"),
        (whole_months(PeriodKind.YEAR, MARCH.first), "2026年", "2026"),
        (replace(MARCH, kind=PeriodKind.HOLIDAY, name="春节"), "2026年春节", "春节 2026"),
        (replace(MARCH, kind=PeriodKind.CUSTOM), "2026年3月1日至3月31日", "2026-03-01 to 2026-03-31"),
    ],
)
def test_a_period_is_called_as_people_call_it(period: Period, chinese: str, english: str) -> None:
    assert (period_name(period, Language.CHINESE), period_name(period, Language.ENGLISH)) == (chinese, english)


def test_each_table_names_what_it_counts_in_its_head() -> None:
    tables = {table.key: table for table in make_tables(example())}
    assert title(tables["kinds"], Language.CHINESE) == "诉求总量（接收口径：2026年3月接收）"
    assert title(tables["recovered"], Language.ENGLISH) == (
        "Losses recovered (decided, settled, ended, completed, or over its time limit 2026-03)"
    )
    assert notes(tables["goods"], Language.CHINESE)[0].startswith("前10行合计占")


def test_all_twelve_sections_are_printed_with_their_charts_and_one_that_fails_says_so() -> None:
    whole = example()
    tables = make_tables(whole)
    drawings = [draw(chart, Language.CHINESE) for chart in make_charts(tables, whole, Language.CHINESE)]
    pictures: dict[ChartId, bytes | ChartError] = {one.id: b"<svg/>" for one in drawings}
    pictures[ChartId.GOODS] = ChartError(ChartId.GOODS, "out of memory")
    page = describe(PRINTED, tables, drawings, pictures, HOW)
    assert [section["title"][:2].strip() for section in page["sections"]] == [str(number) for number in range(1, 13)]
    assert [drawing.id.value for drawing in drawings] == [f"c{number}" for number in range(1, 12)]
    assert page["title"] == "2026年3月消费者投诉举报分析报告"
    assert page["facts"][-2:] == [["状态", "王局 2026-04-02 10:00签发"], ["本版更正", "原因：热点有误"]]
    assert page["mark"] == ""
    assert page["sections"][9]["paragraphs"] == [{"title": "热点", "text": "预付卡"}, {"title": "原因", "text": "无。"}]
    goods = page["sections"][5]["charts"]
    assert [one["svg"] for one in goods] == ["", "<svg/>"]
    assert "out of memory" in goods[0]["alt"]


def test_a_rate_has_its_parts_in_columns_of_their_own_in_files() -> None:
    tables = make_tables(example())
    handling = next(table for table in tables if table.key == "handling")
    header, first, *_ = csv.reader(io.StringIO(csv_file(handling, Language.ENGLISH).decode("utf-8-sig")))
    assert header[:6] == ["Figure", "Now %", "Now numerator", "Now denominator", "Now low %", "Now high %"]
    assert len(first) == len(header)
    assert float(first[1]) == round(100 * int(first[2]) / int(first[3]), 2)
    book = xlsx_file(tables, Language.ENGLISH, at=AT)
    assert book == xlsx_file(tables, Language.ENGLISH, at=AT)
    sheets = [name for name in zipfile.ZipFile(io.BytesIO(book)).namelist() if "worksheets/sheet" in name]
    assert len(sheets) == len(tables)


def test_what_a_report_keeps_of_its_own_comes_back_from_json() -> None:
    now = FrozenPart(period=MARCH, days=22, snapshot_ids=(7,))
    kept = Frozen(
        now=now,
        before=replace(now, period=month(2026, 2), days=16, snapshot_ids=(5, 6)),
        year=None,
        months=months_before(MARCH),
        names=NAMES,
        zero_miss=ZeroMiss(days=1, expected=2, inbound={"total": 3}, lost={"lost": 1}),
        hours=HOURS,
        notes=("no_year",),
    )
    assert from_json(to_json(kept)) == kept
    bare = replace(kept, zero_miss=None, hours=None, before=None)
    assert from_json(to_json(bare)) == bare
