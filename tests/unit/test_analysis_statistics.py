"""Intervals, tails and limits against values that were reckoned apart."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.analysis.statistics.intervals import clopper_pearson, poisson_mean, rate_ratio, wilson
from callcenter.analysis.statistics.signals import (
    benjamini_hochberg,
    dispersion,
    ewma,
    farrington_limit,
    farrington_z,
    rise,
)
from callcenter.analysis.statistics.tails import binomial_tail, fisher_two_sided, poisson_limit, poisson_tail


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (38, 42, 0.7793, 0.9623),
        (52, 61, 0.7428, 0.9204),
        (9, 12, 0.4677, 0.9111),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (4990, 5000, 0.9963, 0.9989),
    ],
)
def test_wilsons_interval(successes: int, n: int, low: float, high: float) -> None:
    found = wilson(successes, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_nothing_says_nothing() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high, rate_ratio(0, 0)) == (0.0, 1.0, None)


@pytest.mark.parametrize(
    ("now", "before", "exposures", "right"),
    [
        (20, 10, (22, 22), 0.0494),
        (3, 1, (1, 1), 0.3125),
        (30, 20, (1, 1), 0.1013),
        (15, 60, (22, 244), 0.001105),
        (9, 60, (22, 244), 0.1147),
        (12, 48, (22, 226), 0.005865),
        (30, 150, (400, 4600), 0.000103),
    ],
)
def test_a_rise_is_news_only_where_chance_would_seldom_bring_it(
    now: int, before: int, exposures: tuple[float, float], right: float
) -> None:
    found = rise(now, before, exposure_now=exposures[0], exposure_before=exposures[1])
    digits = len(str(right).partition(".")[2])
    assert round(found, digits) == right


def test_two_units_are_compared_exactly() -> None:
    assert round(fisher_two_sided(38, 42, 30, 42), 4) == 0.0495


def test_the_first_improbable_count_of_a_small_mean() -> None:
    assert [poisson_limit(mean, 0.001) for mean in (0.5, 1, 2, 5, 10, 20)] == [5, 6, 9, 14, 22, 36]


def test_of_many_tests_some_are_false_so_the_limit_is_stricter() -> None:
    first = (0.001, 0.009, 0.02, 0.04, 0.06, 0.2, 0.3, 0.5, 0.7, 0.9)
    assert benjamini_hochberg(first, 0.1) == [True] * 4 + [False] * 6
    assert benjamini_hochberg((0.03, 0.04, 0.045, 0.9, 0.95), 0.1) == [True] * 3 + [False] * 2
    assert benjamini_hochberg((0.9, 0.04, 0.03, 0.95, 0.045), 0.1) == [False, True, True, False, True]
    assert benjamini_hochberg((1.0,) * 200, 0.1) == [False] * 200
    assert benjamini_hochberg((), 0.1) == []


@pytest.mark.parametrize(("mean", "phi", "right"), [(6, 1, 13.47), (6, 1.8, 16.44), (2, 1, 6.69), (12, 1.4, 24.23)])
def test_the_weekly_limit_of_twenty_six_weeks(mean: float, phi: float, right: float) -> None:
    assert round(farrington_limit(mean, phi, weeks=26), 2) == right


def test_how_far_fifteen_lie_above_six() -> None:
    assert [round(farrington_z(15, 6, phi, weeks=26), 3) for phi in (1, 1.8)] == [3.036, 2.263]


def test_what_is_expected_nowhere_scatters_as_little_as_chance_does() -> None:
    assert dispersion([1], [1.0]) == dispersion([0, 0], [0.0, 0.0]) == dispersion([], []) == 1.0
    assert dispersion([3, 0, 3], [3.0, 0.0, 3.0]) == 0.0


def test_a_slow_drift_is_above_its_limit_in_the_eighth_month() -> None:
    steps = ewma((10, 12, 11, 13, 14, 13, 15, 14), 10, math.sqrt(10))
    assert [step.is_above for step in steps] == [False] * 7 + [True]
    assert (round(steps[-1].value, 4), round(steps[-1].limit, 4)) == (12.8098, 12.8057)


def test_counts_of_a_year_scatter_as_poisson_does_or_not() -> None:
    counts = (30, 24, 41, 33, 28, 31, 36, 29, 35, 26, 38, 33)
    days = (21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23)

    def scatter(counted: tuple[int, ...]) -> float:
        centre = sum(counted) / sum(days)
        return round(dispersion(counted, [centre * day for day in days]), 3)

    assert (scatter(counts), scatter((*counts[:2], 80, *counts[3:]))) == (0.312, 4.952)


@pytest.mark.parametrize(
    ("after", "before", "days", "right"),
    [(9, 24, (90, 90), (0.153, 0.836)), (4, 12, (62, 60), (0.076, 1.064))],
)
def test_whether_a_letter_helped_is_known_only_within_an_interval(
    after: int, before: int, days: tuple[float, float], right: tuple[float, float]
) -> None:
    found = rate_ratio(after, before, days_after=days[0], days_before=days[1])
    assert found is not None
    assert (round(found.low, 3), round(found.high, 3)) == right


def test_errors_of_a_hundred_matters() -> None:
    found = [(count, n, poisson_mean(count)) for count, n in ((6, 40), (6, 400), (0, 25))]
    assert [(round(100 * one.low / n, 2), round(100 * one.high / n, 2)) for _, n, one in found] == [
        (5.50, 32.65),
        (0.55, 3.26),
        (0.0, 14.76),
    ]


@given(st.integers(min_value=0, max_value=60), st.integers(min_value=0, max_value=60), st.integers(1, 99))
@settings(max_examples=200)
def test_binomial_tails_are_those_of_exact_fractions(count: int, n: int, percent: int) -> None:
    p = Fraction(percent, 100)
    exact = sum(math.comb(n, number) * p**number * (1 - p) ** (n - number) for number in range(count, n + 1))
    assert binomial_tail(count, n, percent / 100) == pytest.approx(float(exact), rel=1e-9, abs=1e-12)


@given(st.integers(min_value=1, max_value=80), st.integers(min_value=1, max_value=400))
@settings(max_examples=200)
def test_poisson_tails_and_what_is_below_them_make_one(count: int, tenths: int) -> None:
    mean = tenths / 10
    below = sum(math.exp(number * math.log(mean) - mean - math.lgamma(number + 1)) for number in range(count))
    assert poisson_tail(count, mean) == pytest.approx(1 - below, rel=1e-9, abs=1e-12)


@given(st.integers(min_value=0, max_value=40), st.integers(min_value=0, max_value=40))
@settings(max_examples=50, deadline=None)
def test_at_the_ends_of_an_exact_interval_the_tails_are_what_they_should_be(successes: int, failures: int) -> None:
    n = successes + failures
    found = clopper_pearson(successes, n)
    if successes:
        assert binomial_tail(successes, n, found.low) == pytest.approx(0.025, rel=1e-6)
    if failures:
        assert 1 - binomial_tail(successes + 1, n, found.high) == pytest.approx(0.025, rel=1e-6)


def test_tails_hold_for_a_hundred_thousand() -> None:
    assert binomial_tail(50_500, 100_000, 0.5) == pytest.approx(0.000794, abs=1e-5)
    assert binomial_tail(49_500, 100_000, 0.5) == pytest.approx(1 - 0.000777, abs=2e-5)
    assert poisson_tail(100_800, 100_000) == pytest.approx(0.0057, abs=2e-4)
