"""Tables that add up: shares, changes, ranks, as published reports ought to have them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.analysis.arithmetic import ChangeKind, change, percent, ranks, rate, shares, top


def written(values: list[Decimal]) -> list[str]:
    return [str(value) for value in values]


@pytest.mark.parametrize(
    ("counts", "right"),
    [
        ((1, 1, 1), ["33.34", "33.33", "33.33"]),
        ((1028, 268, 2480), ["27.22", "7.10", "65.68"]),
        ((102, 30), ["77.27", "22.73"]),
        ((0, 0), ["0.00", "0.00"]),
        ((), []),
    ],
)
def test_shares_add_up_to_a_hundred(counts: tuple[int, ...], right: list[str]) -> None:
    assert written(shares(counts)) == right


@given(st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=40))
def test_shares_add_up_exactly_and_none_is_off_by_a_hundredth(counts: list[int]) -> None:
    found = shares(counts)
    whole = sum(counts)
    assert sum(found) == (Decimal("100.00") if whole else 0)
    for count, share in zip(counts, found, strict=True):
        assert whole == 0 or abs(share - Decimal(100 * count) / Decimal(whole)) < Decimal("0.01")


@pytest.mark.parametrize(
    ("now", "before", "kind", "right"),
    [
        (33, 40, ChangeKind.RATIO, "-17.50"),
        (5, 0, ChangeKind.NEW, None),
        (0, 0, ChangeKind.NOTHING, None),
        (0, 5, ChangeKind.RATIO, "-100.00"),
        (27_723, 25_805, ChangeKind.RATIO, "7.43"),
        (440, 330, ChangeKind.RATIO, "33.33"),
        (270, 200, ChangeKind.RATIO, "35.00"),
    ],
)
def test_a_change_is_of_the_earlier_figure_and_never_infinite(
    now: int, before: int, kind: ChangeKind, right: str | None
) -> None:
    found = change(now, before)
    assert (found.kind, None if found.percent is None else str(found.percent)) == (kind, right)


def test_for_each_working_day_a_month_of_more_of_them_can_be_less() -> None:
    february, march = rate(330, 16), rate(440, 22)
    assert (february, march) == (Decimal("20.63"), Decimal("20.00"))
    exact = change(Decimal(440) / 22, Decimal(330) / 16)
    assert exact.percent == Decimal("-3.03")
    assert rate(5, 0) is None


def test_of_three_of_eight_half_a_hundredth_is_rounded_away_from_zero() -> None:
    assert percent(571, 757) == Decimal("75.43")
    assert percent(1, 800) == Decimal("0.13")


def test_equal_counts_share_a_rank_and_the_first_five_may_be_seven_rows() -> None:
    counts = (9, 8, 7, 7, 5, 5, 5)
    assert ranks(counts) == [1, 2, 3, 3, 5, 5, 5]
    assert top(counts, 5) == [0, 1, 2, 3, 4, 5, 6]
    assert top(counts, 4) == [0, 1, 2, 3]
