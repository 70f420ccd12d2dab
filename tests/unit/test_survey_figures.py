"""What the answers of a survey say of the whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.analysis.statistics.intervals import Interval
from callcenter.analysis.surveys.figures import Said, by_unit, compare, holm, share, weigh
from callcenter.analysis.surveys.frame import Stratum


def said(unit_id: int, yes: int, of: int, unanswered: int = 0) -> list[Said]:
    stratum = Stratum(unit_id=unit_id, is_settled=True)
    answers = [True] * yes + [False] * (of - yes) + [None] * unanswered
    return [Said(stratum=stratum, answer=answer) for answer in answers]


def sizes_of(*counts: int) -> dict[Stratum, int]:
    return {Stratum(unit_id=number, is_settled=True): count for number, count in enumerate(counts, start=1)}


def test_each_answer_stands_for_the_complaints_of_its_stratum() -> None:
    answers = [*said(1, 16, 18), *said(2, 9, 12), *said(3, 7, 8, unanswered=2), *said(4, 3, 3), *said(5, 0, 1)]
    found = weigh(answers, sizes_of(180, 120, 75, 30, 12))
    assert found.value is not None
    assert found.plain is not None
    assert (round(found.value, 4), round(found.plain, 4), round(found.effective_n, 2)) == (0.8288, 0.8333, 41.93)
    assert (round(found.interval.low, 4), round(found.interval.high, 4)) == (0.6887, 0.9138)
    assert found.silent == 0


def test_strata_in_which_nobody_answered_are_said_to_be_unknown() -> None:
    found = weigh(said(1, 3, 4), sizes_of(40, 60))
    assert (found.value, found.plain, found.effective_n, found.silent) == (0.75, 0.75, 4.0, 60)


def test_no_answer_at_all_says_nothing() -> None:
    found = weigh(said(1, 0, 0, unanswered=3), sizes_of(40))
    assert (found.value, found.plain, found.effective_n) == (None, None, 0.0)
    assert (found.interval, found.silent) == (Interval(low=0.0, high=1.0), 40)
    assert by_unit(said(1, 0, 0, unanswered=3)) == []


def test_units_are_ranked_from_thirty_interviews_on() -> None:
    found = by_unit([*said(1, 30, 42), *said(2, 38, 42), *said(3, 29, 29), *said(4, 38, 42), *said(5, 0, 30)])
    assert [(one.unit_id, one.share.count, one.share.of, one.rank) for one in found] == [
        (1, 30, 42, 3),
        (2, 38, 42, 1),
        (3, 29, 29, None),
        (4, 38, 42, 1),
        (5, 0, 30, 4),
    ]
    assert found[1].share == share(38, 42)


def test_two_units_are_compared_by_fisher() -> None:
    (found,) = compare(by_unit([*said(1, 38, 42), *said(2, 30, 42), *said(3, 1, 12)]))
    assert (found.first, found.second, round(found.p, 4), found.is_shown) == (1, 2, 0.0495, True)


def test_three_units_are_not_known_to_differ_for_one_pair_among_three() -> None:
    found = compare(by_unit([*said(1, 38, 42), *said(2, 30, 42), *said(3, 34, 42)]))
    assert [(one.first, one.second, round(one.adjusted, 4), one.is_shown) for one in found] == [
        (1, 2, 0.1485, False),
        (1, 3, 0.7005, False),
        (2, 3, 0.7005, False),
    ]


@pytest.mark.parametrize(
    ("found", "right"),
    [
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
        ([0.5, 0.9], [1.0, 1.0]),
        ([0.02], [0.02]),
        ([], []),
    ],
)
def test_holm_raises_the_probabilities_of_many_tests(found: list[float], right: list[float]) -> None:
    assert holm(found) == pytest.approx(right)


@given(st.lists(st.floats(min_value=0, max_value=1), max_size=30))
def test_holm_keeps_the_order_and_raises_each(found: list[float]) -> None:
    adjusted = holm(found)
    assert all(a >= p and a <= 1 for a, p in zip(adjusted, found, strict=True))
    assert sorted(adjusted) == [adjusted[place] for place in sorted(range(len(found)), key=lambda one: found[one])]
