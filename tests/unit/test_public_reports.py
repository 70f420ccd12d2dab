"""What may be published of a report: nothing in it says which one or two matters there were."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.analysis.periods import Period, PeriodKind
from callcenter.analysis.reports.cells import Basis, Count, Hidden, Nothing, Ratio, ReportTable
from callcenter.analysis.reports.contents import make_tables
from callcenter.analysis.reports.public_edition import FEW, hide_counts, hides, make_public
from callcenter.casework.tickets.rules import TicketKind
from tests.report_examples import BLANK, material, month, part, tickets_of

MARCH = month(2026, 3)
NEW_YEAR = datetime(2026, 2, 17, 4, tzinfo=UTC)
FEW_CELL, LEFT_OUT = Hidden(is_few=True), Hidden(is_few=False)


def possible(counts: list[int], printed: list[Hidden | None], total: int | None) -> list[tuple[int, ...]]:
    """All columns that would be printed like that, as far as the total is known."""
    most = (total or sum(counts)) + 1
    ranges = [
        [count] if hidden is None else [1, 2] if hidden.is_few else [n for n in range(most) if n == 0 or n >= FEW]
        for count, hidden in zip(counts, printed, strict=True)
    ]
    return [one for one in product(*ranges) if total is None or sum(one) == total]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=5))
def test_no_total_reveals_which_one_or_two_there_were(counts: list[int]) -> None:
    *printed, of_total = hide_counts(counts, sum(counts))
    total = sum(counts) if of_total is None else None
    if all(hidden == LEFT_OUT for hidden in printed):
        return  # the column says nothing at all
    columns = possible(counts, printed, total)
    assert tuple(counts) in columns
    for row, count in enumerate(counts):
        if 0 < count < FEW:
            assert {column[row] for column in columns} == {1, 2}


def test_the_smallest_of_the_others_is_left_out_where_a_total_would_reveal_it() -> None:
    assert hide_counts([1, 7, 5], 13) == [FEW_CELL, None, LEFT_OUT, None]
    assert hide_counts([1, 2, 9], 12) == [FEW_CELL, FEW_CELL, None, None]
    assert hide_counts([2, 2, 9], 13) == [FEW_CELL, FEW_CELL, LEFT_OUT, None]
    assert hide_counts([1, 3, 9], 13) == [FEW_CELL, LEFT_OUT, LEFT_OUT, None]
    assert hide_counts([2, 2, 0], 4) == [LEFT_OUT, LEFT_OUT, LEFT_OUT, None]
    assert hide_counts([2, 0], 2) == [LEFT_OUT, LEFT_OUT, FEW_CELL]
    assert hide_counts([0, 5], 5) == [None, None, None]


def test_what_is_computed_from_a_figure_that_is_left_out_is_left_out_too() -> None:
    few = [replace(BLANK, kind=TicketKind.REPORT), *[BLANK] * 20, *[replace(BLANK, kind=TicketKind.COMPLAINT)] * 6]
    made = make_public(make_tables(material(part(MARCH, few), part(month(2025, 3), []), None)))
    kinds = next(table for table in made if table.key == "kinds")
    by_key = {line.key: line.cells for line in kinds.lines}
    assert by_key["report"] == (FEW_CELL, LEFT_OUT, Count(value=0), LEFT_OUT, LEFT_OUT, LEFT_OUT)
    assert by_key["complaint"][0] == LEFT_OUT
    assert by_key["enquiry"][0] == Count(value=20)
    assert kinds.total is not None
    assert kinds.total.cells[0] == Count(value=27)
    problems = next(table for table in made if table.key == "problems")
    assert [line.cells[1] for line in problems.all_lines] == [LEFT_OUT] * 2
    assert [line.cells[0] for line in problems.all_lines] == [Nothing()] * 2


def test_where_a_kind_is_left_out_no_table_of_several_kinds_reveals_it() -> None:
    complaint, report = replace(BLANK, kind=TicketKind.COMPLAINT), replace(BLANK, kind=TicketKind.REPORT)
    matters = [*[BLANK] * 100, *[complaint] * 50, *[report] * 20, *[replace(BLANK, kind=TicketKind.PRAISE)] * 2]
    made = make_public(make_tables(material(part(MARCH, matters), None, None)))
    of_kinds = [table for table in made if table.basis not in (Basis.CALLS, Basis.NONE)]
    assert of_kinds
    assert [one.key for one in of_kinds if one.key != "kinds" and (one.part_of or ("",))[0] != "kinds"] == []


def test_a_table_whose_rows_add_up_too_is_published_whole_or_not_at_all() -> None:
    week = Period(kind=PeriodKind.HOLIDAY, first=date(2026, 2, 15), last=date(2026, 2, 23), name="春节")

    def days_of(count: int) -> list[ReportTable]:
        made = make_tables(material(part(week, [replace(BLANK, received_at=NEW_YEAR)] * count), None, None))
        assert "days" in {table.key for table in made}
        return [table for table in make_public(made) if table.key == "days"]

    assert days_of(2) == []
    assert [hides(table) for table in days_of(40)] == [False]


def test_neither_merchants_nor_brands_nor_corrections_are_published() -> None:
    tables = make_tables(material(part(MARCH, tickets_of(MARCH, 600, 1)), None, None))
    left_out = {table.key for table in tables} - {table.key for table in make_public(tables)}
    assert left_out == {"brands", "merchants", "merchant_ranks"}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 200))
def test_no_published_table_has_a_figure_of_one_or_two(seed: int, count: int) -> None:
    made = make_public(make_tables(material(part(MARCH, tickets_of(MARCH, count, seed)), None, None)))
    figures = [cell for table in made for line in table.all_lines for cell in line.cells]
    shown = [cell.value for cell in figures if isinstance(cell, Count)]
    shown += [cell.numerator for cell in figures if isinstance(cell, Ratio)]
    assert not [value for value in shown if 0 < value < FEW]
