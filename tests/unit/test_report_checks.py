"""Figures that published reports got wrong, and some that they got right."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from callcenter.analysis.arithmetic import change, shares
from callcenter.analysis.reports.checks import (
    Checked,
    ComparedWith,
    Comparison,
    Finding,
    Row,
    Table,
    TableFault,
    TopShare,
    check,
)

YEAR, PERIOD = ComparedWith.LAST_YEAR, ComparedWith.LAST_PERIOD


def row(
    name: str,
    count: int | None = None,
    share: str | None = None,
    *,
    year: tuple[int | None, str | None] | None = None,
    period: tuple[int | None, str | None] | None = None,
) -> Row:
    return Row(
        name=name,
        count=count,
        share=None if share is None else Decimal(share),
        comparisons=tuple(
            Comparison(base=base, before=of[0], change=None if of[1] is None else Decimal(of[1]))
            for base, of in ((YEAR, year), (PERIOD, period))
            if of is not None
        ),
    )


def table(
    *rows: Row,
    name: str = "table",
    total: Row | None = None,
    whole: int | None = None,
    top: tuple[int, str] | None = None,
    part_of: tuple[str, str] | None = None,
) -> Table:
    share = None if top is None else TopShare(rows=top[0], share=Decimal(top[1]))
    return Table(name=name, rows=rows, total=total, whole=whole, top=share, part_of=part_of)


def finding(
    fault: TableFault,
    of: str | None,
    printed: str,
    right: str,
    *,
    base: ComparedWith | None = None,
    fits: int | None = None,
) -> Finding:
    return Finding(
        fault=fault, table="table", row=of, base=base, printed=Decimal(printed), right=Decimal(right), fits=fits
    )


def test_a_total_that_is_ten_too_large_and_a_change_on_a_figure_that_is_ten_too_small() -> None:
    """Wenzhou, first quarter of 2025."""
    printed = table(
        row("complaints", 27_723, year=(25_805, "7.43")),
        row("reports", 10_171, year=(10_553, "-3.71")),
        total=row("all", 37_894, year=(36_368, None)),
    )
    assert check([printed]).findings == (
        finding(TableFault.SUM, None, "36368", "36358", base=YEAR),
        finding(TableFault.CHANGE, "reports", "-3.71", "-3.62", base=YEAR, fits=10_563),
    )


def test_the_share_of_the_first_rows_is_not_the_sum_of_their_rounded_shares() -> None:
    """Huaibei, March 2025."""
    printed = table(row("a", 191), row("b", 165), row("c", 117), row("d", 98), whole=757, top=(4, "75.44"))
    assert check([printed]).findings == (finding(TableFault.TOP, "d", "75.44", "75.43"),)


def test_a_row_that_is_one_too_large_for_the_total_and_for_its_share() -> None:
    """Baoshan, September 2021."""
    printed = table(row("goods", 103, "77.27"), row("services", 30), total=row("all", 132))
    assert check([printed]).findings == (
        finding(TableFault.SUM, None, "132", "133"),
        finding(TableFault.SHARE, "goods", "77.27", "78.03", fits=102),
    )


def test_what_fits_is_clean_and_says_how_much_was_compared() -> None:
    """Xinji, November 2025."""
    printed = table(row("complaints", 359, "56.09", period=(326, "10.12")), whole=640)
    assert check([printed]) == Checked(findings=(), comparisons=2)


def test_of_figures_with_nothing_beside_them_nothing_is_known() -> None:
    assert check([table(row("a", 3), row("b"))]) == Checked(findings=(), comparisons=0)


def test_a_table_that_divides_a_row_of_another_has_its_sum() -> None:
    above = table(row("goods", 100), row("services", 32), name="all")
    fitting = table(row("food", 60), row("other", 40), part_of=("all", "goods"))
    assert check([above, fitting]).findings == ()
    wrong = table(row("food", 60), row("other", 41), part_of=("all", "goods"))
    assert check([above, wrong]).findings == (finding(TableFault.PARENT, None, "101", "100"),)


def test_the_same_change_against_the_last_month_and_the_last_year_is_a_slip_unless_both_were_alike() -> None:
    slip = table(row("all", 110, year=(100, "10.00"), period=(95, "10.00")))
    assert check([slip]).findings == (
        finding(TableFault.CHANGE, "all", "10.00", "15.79", base=PERIOD),
        finding(TableFault.SAME_CHANGE, "all", "10.00", "15.79", base=PERIOD),
    )
    alike = table(row("all", 110, year=(100, "10.00"), period=(100, "10.00")))
    assert check([alike]).findings == ()


def test_a_column_of_shares_may_be_made_to_add_up_to_a_hundred() -> None:
    printed = table(row("a", 1, "33.34"), row("b", 1, "33.33"), row("c", 1, "33.33"))
    assert check([printed]) == Checked(findings=(), comparisons=3)
    with_one_decimal = table(row("a", 1, "33.3"), row("b", 1, "33.3"), row("c", 1, "33.4"))
    assert check([with_one_decimal]).findings == (finding(TableFault.SHARE, "c", "33.4", "33.33"),)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 10**6)), min_size=1, max_size=20))
def test_what_our_own_arithmetic_prints_is_clean_and_any_other_count_is_found(figures: list[tuple[int, int]]) -> None:
    counts = [now for now, _ in figures]
    rows = [
        row(str(place), now, str(share), year=(before, str(change(now, before).percent)))
        for place, ((now, before), share) in enumerate(zip(figures, shares(counts), strict=True))
    ]
    total = row("all", sum(counts), year=(sum(before for _, before in figures), None))
    assert check([table(*rows, total=total)]).findings == ()
    wrong = row("0", counts[0] + 1, year=(figures[0][1], None))
    assert check([table(wrong, *rows[1:], total=total)]).findings != ()
