"""Tables of reports: they add up, by construction; a figure that was changed afterwards is found."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.analysis.arithmetic import ChangeKind
from callcenter.analysis.periods import Period, PeriodKind, whole_months
from callcenter.analysis.reports.cells import (
    Basis,
    ColumnKey,
    Compared,
    Count,
    Nothing,
    PerDay,
    Ratio,
    ReportTable,
    ratio_cell,
)
from callcenter.analysis.reports.checks import TableFault
from callcenter.analysis.reports.consistency import check_tables
from callcenter.analysis.reports.contents import make_tables
from callcenter.analysis.reports.material import Correction, Material, ZeroMiss
from callcenter.casework.tickets.rules import TicketKind
from tests.report_examples import BLANK, material, month, part, tickets_of

MARCH = month(2026, 3)


def example(seed: int = 1, count: int = 300, **others: object) -> Material:
    now = part(MARCH, tickets_of(MARCH, count, seed), 22)
    year = part(month(2025, 3), tickets_of(month(2025, 3), count, seed), 21)
    before = part(month(2026, 2), tickets_of(month(2026, 2), count, seed), 16)
    return material(now, year, before, **others)


def named(tables: list[ReportTable], key: str) -> ReportTable:
    return next(table for table in tables if table.key == key)


def column(table: ReportTable, wanted: ColumnKey) -> list[object]:
    place = table.columns.index(wanted)
    return [line.cells[place] for line in table.all_lines]


def counts(table: ReportTable) -> dict[str, int]:
    place = table.columns.index(ColumnKey.COUNT)
    return {line.key: cell.value for line in table.all_lines if isinstance(cell := line.cells[place], Count)}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 400), st.booleans(), st.booleans())
def test_all_tables_of_whatever_happened_fit_together(seed: int, count: int, has_year: bool, has_before: bool) -> None:
    whole = example(seed, count)
    made = replace(whole, year=whole.year if has_year else None, before=whole.before if has_before else None)
    checked = check_tables(make_tables(made))
    assert checked.findings == ()
    assert checked.comparisons > 10 or count == 0


@pytest.mark.parametrize("kind", [PeriodKind.QUARTER, PeriodKind.HALF_YEAR, PeriodKind.YEAR, PeriodKind.HOLIDAY])
def test_so_do_those_of_longer_times_and_of_holidays(kind: PeriodKind) -> None:
    holiday = Period(kind=kind, first=date(2026, 2, 15), last=date(2026, 2, 23), name="春节")
    period = holiday if kind is PeriodKind.HOLIDAY else whole_months(kind, MARCH.first)
    made = material(part(period, tickets_of(period, 500, 3)), None, None)
    tables = make_tables(made)
    assert check_tables(tables).findings == ()
    split = named(tables, "days" if kind is PeriodKind.HOLIDAY else "months")
    assert len(split.lines) == {"quarter": 3, "half_year": 6, "year": 12, "holiday": 9}[kind]
    assert counts(split)["total"] == counts(named(tables, "kinds"))["total"]


def test_a_count_that_was_changed_is_found_in_its_table_and_where_it_was_divided() -> None:
    tables = make_tables(example())
    kinds = named(tables, "kinds")
    place = kinds.columns.index(ColumnKey.COUNT)
    complaints = next(line for line in kinds.lines if line.key == "complaint")
    wrong = tuple(
        Count(value=cell.value + 7) if n == place and isinstance(cell, Count) else cell
        for n, cell in enumerate(complaints.cells)
    )
    changed = replace(
        kinds, lines=tuple(replace(line, cells=wrong) if line is complaints else line for line in kinds.lines)
    )
    findings = check_tables([changed if table is kinds else table for table in tables]).findings
    found = {(finding.fault, finding.table) for finding in findings}
    assert {(TableFault.SUM, "kinds"), (TableFault.SHARE, "kinds"), (TableFault.CHANGE, "kinds")} <= found
    divided = {table for fault, table in found if fault is TableFault.PARENT}
    assert divided == {"complaint_channels", "problems", "goods", "services", "brands", "merchants"}


def test_a_rate_a_change_and_a_share_of_the_first_that_were_changed_are_found() -> None:
    tables = make_tables(example())
    handling, goods = named(tables, "handling"), named(tables, "goods")
    line = handling.lines[0]
    ratio = line.cells[0]
    assert isinstance(ratio, Ratio)
    assert ratio.percent is not None
    wrong = replace(line, cells=(replace(ratio, percent=ratio.percent + 1), *line.cells[1:]))
    of_rates = check_tables([replace(handling, lines=(wrong, *handling.lines[1:]))]).findings
    assert [(one.fault, one.table) for one in of_rates] == [(TableFault.SHARE, "handling/decided_in_time/ratio")]
    assert goods.top_share is not None
    of_first = check_tables([replace(goods, top_share=goods.top_share + Decimal("0.02"))]).findings
    assert [one.fault for one in of_first] == [TableFault.TOP]


def test_what_is_received_and_what_is_ended_never_stand_in_one_table() -> None:
    tables = make_tables(example())
    assert {table.key for table in tables if table.basis is Basis.ENDED} == {
        *("decisions", "outcomes", "handling", "recovered", "limits", "units_decided", "units_completed")
    }
    received = replace(BLANK, received_at=datetime(2026, 2, 27, 2, tzinfo=UTC), kind=TicketKind.COMPLAINT)
    ended = replace(received, accepted_at=datetime(2026, 3, 3, 2, tzinfo=UTC))
    made = make_tables(material(part(MARCH, [ended]), None, None))
    assert counts(named(made, "kinds"))["total"] == 0
    assert counts(named(made, "decisions")) == {"accepted": 1, "refused": 0, "total": 1}


def test_a_rate_per_working_day_is_compared_before_it_is_rounded() -> None:
    def matters(period: Period, count: int) -> list[object]:
        at = datetime(period.first.year, period.first.month, 2, 2, tzinfo=UTC)
        return [replace(BLANK, received_at=at)] * count

    february, march = month(2026, 2), MARCH
    made = material(part(march, matters(march, 440), 22), None, part(february, matters(february, 330), 16))  # type: ignore[arg-type]
    kinds = named(make_tables(made), "kinds")
    total = kinds.total
    assert total is not None
    assert dict(zip(kinds.columns, total.cells, strict=True)) == {
        ColumnKey.COUNT: Count(value=440),
        ColumnKey.SHARE: total.cells[1],
        ColumnKey.BEFORE_COUNT: Count(value=330),
        ColumnKey.BEFORE_CHANGE: Compared(kind=ChangeKind.RATIO, percent=Decimal("33.33"), is_small=False),
        ColumnKey.PER_DAY: PerDay(value=Decimal("20.00"), count=440, days=22),
        ColumnKey.PER_DAY_BEFORE_CHANGE: Compared(kind=ChangeKind.RATIO, percent=Decimal("-3.03"), is_small=False),
    }


def test_the_first_ten_are_all_whose_rank_is_ten_or_better() -> None:
    numbers = [20, 18, 16, 14, 12, 10, 9, 8, 7, 5, 5, 5, 3]
    received = [
        replace(BLANK, kind=TicketKind.COMPLAINT, problem_code=f"problem_{place:02}")
        for place, count in enumerate(numbers)
        for _ in range(count)
    ]
    received += [replace(BLANK, kind=TicketKind.COMPLAINT)] * 4
    problems = named(make_tables(material(part(MARCH, received), None, None)), "problems")
    assert [cell.value for cell in column(problems, ColumnKey.RANK)[:12]] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10]  # type: ignore[attr-defined]
    assert column(problems, ColumnKey.RANK)[12:] == [Nothing()] * 3
    assert list(counts(problems).items())[12:] == [("others", 3), ("unknown", 4), ("total", 136)]
    assert (problems.top, problems.top_share) == (12, Decimal("94.85"))


def test_void_and_merged_matters_are_counted_nowhere() -> None:
    whole = tickets_of(MARCH, 300, 4)
    made = make_tables(material(part(MARCH, whole), None, None))
    kept = Counter(one.kind.value for one in whole if not one.is_merged and one.received_at >= part(MARCH, []).since)
    assert any(one.is_merged for one in whole)
    assert {key: count for key, count in counts(named(made, "kinds")).items() if count} == {
        **kept,
        "total": kept.total(),
    }


def test_calls_of_the_day_sheets_are_all_accounted_for() -> None:
    sheets = ZeroMiss(
        days=30,
        expected=31,
        inbound={"total": 3000, "answered": 2700, "still_open": 1},
        lost={"lost": 299, "reached": 250, "self_recovered": 40, "open": 9},
    )
    tables = make_tables(example(zero_miss=sheets))
    assert counts(named(tables, "calls")) == {"answered": 2700, "missed": 299, "unfinished": 1, "total": 3000}
    assert counts(named(tables, "lost_calls"))["total"] == 299
    assert named(tables, "calls").notes == (("缺1天的核对表。", "Day sheets of 1 days are missing."),)
    assert check_tables(tables).findings == ()


def test_corrections_stand_in_a_table_of_their_own() -> None:
    corrections = (Correction(number="12315-2026-00007", field="problem_code", old="quality", new=None),)
    table = named(make_tables(example(corrections=corrections)), "corrections")
    assert [(line.key, [cell.words for cell in line.cells]) for line in table.lines] == [  # type: ignore[union-attr]
        ("12315-2026-00007", [("problem_code", "problem_code"), ("quality", "quality"), ("—", "—")])
    ]
    assert "corrections" not in {table.key for table in make_tables(example())}


def test_a_rate_of_two_groups_may_be_above_the_whole_and_has_no_interval_then() -> None:
    assert ratio_cell(3, 2) == Ratio(numerator=3, denominator=2, percent=Decimal("150.00"), interval=None)
    assert ratio_cell(2, 2).interval is not None
