"""How probable so much or more is, if nothing has changed. Pure and exact.

Sums of terms from the larger side on, in logarithms, so that they hold for counts of a hundred thousand.
"""

from __future__ import annotations

import math


def binomial_tail(count: int, n: int, p: float) -> float:
    """P(X >= count), X binomial."""
    if count <= 0:
        return 1.0
    if count > n or p <= 0:
        return 0.0
    if p >= 1:
        return 1.0
    if count <= n * p:
        return 1.0 - _binomial_sum(n, 1 - p, n - count + 1)
    return _binomial_sum(n, p, count)


def poisson_tail(count: int, mean: float) -> float:
    """P(X >= count), X Poisson."""
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if count <= mean:
        return 1.0 - _poisson_below(count, mean)
    term = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    total, number = term, count
    while term > total * 1e-17:
        number += 1
        term *= mean / number
        total += term
    return min(1.0, total)


def poisson_limit(mean: float, tail: float) -> int:
    """The first count that is so improbable."""
    count = math.floor(mean) + 1
    while poisson_tail(count, mean) > tail:
        count += 1
    return count


def fisher_two_sided(a: int, n_a: int, b: int, n_b: int) -> float:
    """Fisher's exact test: whether `a` of `n_a` and `b` of `n_b` are of one share. All tables as improbable count."""
    n, successes = n_a + n_b, a + b
    whole = math.lgamma(n + 1) - math.lgamma(successes + 1) - math.lgamma(n - successes + 1)

    def logarithm(number: int) -> float:
        return _log_choose(n_a, number) + _log_choose(n_b, successes - number) - whole

    here = logarithm(a)
    possible = range(max(0, successes - n_b), min(n_a, successes) + 1)
    return min(1.0, sum(math.exp(one) for one in map(logarithm, possible) if one <= here + 1e-7))


def _binomial_sum(n: int, p: float, count: int) -> float:
    """P(X >= count) above the mean, where terms fall."""
    if count > n:
        return 0.0
    term = math.exp(_log_choose(n, count) + count * math.log(p) + (n - count) * math.log1p(-p))
    total, odds = term, p / (1 - p)
    for number in range(count, n):
        term *= (n - number) / (number + 1) * odds
        total += term
        if term <= total * 1e-17:
            break
    return min(1.0, total)


def _poisson_below(count: int, mean: float) -> float:
    """P(X < count) at or below the mean: from the largest term downwards."""
    number = count - 1
    term = math.exp(number * math.log(mean) - mean - math.lgamma(number + 1))
    total = term
    while number > 0 and term > total * 1e-17:
        term *= number / mean
        number -= 1
        total += term
    return min(1.0, total)


def _log_choose(n: int, count: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(count + 1) - math.lgamma(n - count + 1)
