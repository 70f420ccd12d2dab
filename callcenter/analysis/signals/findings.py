"""What a rule has found, with every number that it was reckoned from, so that anybody can do it again. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from statistics import NormalDist
from typing import Any

from callcenter.analysis.signals.cells import Cell
from callcenter.analysis.statistics.signals import dispersion, farrington_z, rise

SCATTERED = 1.3
"""A base that scatters more is not taken for Poisson: Farrington's z stands in place of the exact test."""


class SignalRule(StrEnum):
    """Which question a signal answers. A closed list."""

    TOTAL = "total"
    """Did the number of complaints rise?"""
    CATEGORY = "category"
    """Did the share of goods, a service or a problem rise?"""
    MERCHANT = "merchant"
    """Did the share of a merchant rise, by distinct complainants?"""
    WEEKLY = "weekly"
    """Did something rise within the month?"""
    DRIFT = "drift"
    """Does something rise slowly?"""
    PERSISTENCE = "persistence"
    """Is a merchant high in the ranking for months on end?"""
    GROUP = "group"
    """Do many people complain of the same?"""


Flagged = frozenset[tuple[SignalRule, Cell, date]]
"""What was found before and not dismissed, by the first day of its time: such a month is no base for its cell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A rule fires for a cell in a time: `x1` in the exposure `t1`, on `x0` in `t0` of a base of so many times.

    `p` and `bh_rank` are None for rules that test nothing, `limit` for those that have none. `inputs` are the numbers
    behind all that.
    """

    rule: SignalRule
    cell: Cell
    first: date
    last: date
    x1: int
    x0: int
    t1: float
    t0: float
    base: int
    phi: float | None = None
    p: float | None = None
    bh_rank: int | None = None
    limit: float | None = None
    inputs: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """How a count compares with its base."""

    x1: int
    x0: int
    t1: float
    t0: float
    expected: float
    phi: float
    p: float
    selected: float
    """How probable the least count that is tested, or more, was."""

    @property
    def p_if_selected(self) -> float:
        """How probable so many or more are among those that are tested at all."""
        return min(1.0, self.p / self.selected) if self.selected > 0 else 1.0


def judge(
    x1: int,
    t1: float,
    counts: Sequence[int],
    exposures: Sequence[float],
    *,
    least: int = 0,
    is_exact: bool = False,
) -> Verdict:
    """How probable so many or more are if the rate is that of the base: exact where it is Poisson, else by Farrington.

    `least`: smaller counts are not tested. `is_exact`: however much the base scatters.
    """
    x0, t0 = sum(counts), sum(exposures)
    rate = x0 / t0 if t0 else 0.0
    phi = dispersion(counts, [rate * exposure for exposure in exposures]) if x0 else 1.0
    expected = rate * t1

    def tail(count: int) -> float:
        if phi > SCATTERED and not is_exact:
            return 1 - NormalDist().cdf(farrington_z(count, expected, phi, weeks=len(counts)))
        return rise(count, x0, exposure_now=t1, exposure_before=t0)

    selected = tail(least) if least else 1.0
    return Verdict(x1=x1, x0=x0, t1=t1, t0=t0, expected=expected, phi=phi, p=tail(x1), selected=selected)
