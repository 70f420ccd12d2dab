"""Whether a count is news: exact tests against what was usual, and limits for many tests at once. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from callcenter.analysis.statistics.tails import binomial_tail

WEEKLY = 0.995
"""One-sided level of the weekly limit: z 2.576."""
LAMBDA = 0.2
EWMA_REACH = 2.7


def rise(now: int, before: int, *, exposure_now: float, exposure_before: float) -> float:
    """How probable so many or more now are, given both counts, if the rate has not risen.

    Given their sum, the count of now is binomial with the share of its exposure: working days, or all complaints.
    """
    return binomial_tail(now, now + before, exposure_now / (exposure_now + exposure_before))


def benjamini_hochberg(probabilities: Sequence[float], q: float) -> list[bool]:
    """Which of many tests count, so that of those at most the share `q` is false on average (1995)."""
    ordered = sorted(range(len(probabilities)), key=lambda place: probabilities[place])
    fits = [rank for rank, place in enumerate(ordered, start=1) if probabilities[place] <= q * rank / len(ordered)]
    counted = set(ordered[: max(fits, default=0)])
    return [place in counted for place in range(len(probabilities))]


def dispersion(counts: Sequence[float], expected: Sequence[float]) -> float:
    """Pearson's: about 1 where counts are Poisson, more where they scatter; 1 of fewer than two in which anything is
    expected.
    """
    terms = [(count - mean) ** 2 / mean for count, mean in zip(counts, expected, strict=True) if mean > 0]
    return sum(terms) / (len(terms) - 1) if len(terms) > 1 else 1.0


def farrington_limit(mean: float, phi: float, *, weeks: int, level: float = WEEKLY) -> float:
    """Above this a week is news (Farrington 1996, without a trend): of a base of so many weeks, dispersed by `phi`."""
    spread = math.sqrt(phi * mean + phi * mean / weeks)
    return float(mean * (1 + 2 / 3 * NormalDist().inv_cdf(level) * spread / mean) ** 1.5)


def farrington_z(count: float, mean: float, phi: float, *, weeks: int) -> float:
    """How many standard deviations the count lies above the mean, on the scale on which the limit is normal."""
    spread = math.sqrt(phi * mean + phi * mean / weeks)
    return float(((count / mean) ** (2 / 3) - 1) * 3 / 2 * mean / spread)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One month of a moving average, and above what it would be a drift."""

    value: float
    limit: float

    @property
    def is_above(self) -> bool:
        """Whether it is a drift."""
        return self.value > self.limit


def ewma(counts: Sequence[float], mean: float, deviation: float) -> list[Step]:
    """Exponentially weighted, month by month, from the mean of the base on."""
    value, steps = mean, []
    for number, count in enumerate(counts, start=1):
        value = LAMBDA * count + (1 - LAMBDA) * value
        share = LAMBDA / (2 - LAMBDA) * (1 - (1 - LAMBDA) ** (2 * number))
        steps.append(Step(value=value, limit=mean + EWMA_REACH * deviation * math.sqrt(share)))
    return steps
