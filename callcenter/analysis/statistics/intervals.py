"""Between which values a true rate lies, given what was counted. Pure; two-sided, 95 %."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

from callcenter.analysis.statistics.tails import binomial_tail, poisson_tail

Z = NormalDist().inv_cdf(0.975)
"""1.959964."""
TAIL = 0.025
STEPS = 200
"""Halvings of an interval: more than a float can tell apart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """Both ends included."""

    low: float
    high: float


def wilson(successes: float, n: float) -> Interval:
    """Of a share: Wilson's score interval (1927). `n` may be an effective number. The whole of 0..1 of nothing."""
    if n == 0:
        return Interval(low=0.0, high=1.0)
    share, weight = successes / n, Z * Z / n
    middle = (share + weight / 2) / (1 + weight)
    reach = Z / (1 + weight) * math.sqrt(share * (1 - share) / n + weight / (4 * n))
    low = 0.0 if successes == 0 else middle - reach
    return Interval(low=low, high=1.0 if successes == n else middle + reach)


def clopper_pearson(successes: int, n: int) -> Interval:
    """Of a share, exact (1934): the tails of both ends are 2.5 % each at most. The whole of 0..1 of nothing."""
    low = 0.0 if successes == 0 else _solve(lambda p: binomial_tail(successes, n, p) - TAIL)
    high = 1.0 if successes == n else _solve(lambda p: TAIL - (1 - binomial_tail(successes + 1, n, p)))
    return Interval(low=low, high=high)


@lru_cache(maxsize=4096)
def poisson_mean(count: int) -> Interval:
    """Of the mean of a count, exact (Garwood 1936)."""
    most = count + 10 * math.sqrt(count + 1) + 10
    low = 0.0 if count == 0 else _solve(lambda mean: poisson_tail(count, mean) - TAIL, most)
    high = _solve(lambda mean: TAIL - (1 - poisson_tail(count + 1, mean)), most)
    return Interval(low=low, high=high)


def rate_ratio(after: int, before: int, *, days_after: float = 1, days_before: float = 1) -> Interval | None:
    """Of the rate after to the rate before, exact given the sum; None of nothing. `high` may be infinite."""
    n = after + before
    if n == 0:
        return None
    share = clopper_pearson(after, n)
    return Interval(low=_odds(share.low) * days_before / days_after, high=_odds(share.high) * days_before / days_after)


def _odds(share: float) -> float:
    return math.inf if share >= 1 else share / (1 - share)


def _solve(rises: Callable[[float], float], most: float = 1.0) -> float:
    """Where a function that rises from below 0 is 0, between 0 and `most`."""
    low, high = 0.0, most
    for _ in range(STEPS):
        middle = (low + high) / 2
        if rises(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
