"""What the answers say of all complaints of a period, with the interval in which the truth lies. Pure; 95 %.

Satisfied 满意率: 4 or 5 of those who answered. Solved 解决率: yes of those who answered. Responded in time 响应率: time
limits to accept that were met, of those that ended. Response: interviews of those drawn who could be asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from callcenter.analysis.statistics.intervals import Interval, wilson
from callcenter.analysis.statistics.tails import fisher_two_sided
from callcenter.analysis.surveys.frame import Stratum

SATISFIED = 4
DISSATISFIED = 2
"""Marks go from 1 to 5: from here on, and to here."""
RANKED_FROM = 30
"""A unit with fewer interviews is not ranked: months are to be pooled."""
LEVEL = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What somebody answered: True, False, or None where the question had no answer."""

    stratum: Stratum
    answer: bool | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """So many of so many, and between which values the true share lies."""

    count: int
    of: int
    value: float | None
    """None of nothing."""
    interval: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class WeightedShare:
    """Of the whole city: each answer stands for so many complaints of its stratum.

    `plain` is without weights. `silent` is how many complaints lie in strata in which nobody answered: of those
    nothing is known, and the value is that of the others.
    """

    value: float | None
    plain: float | None
    effective_n: float
    interval: Interval
    silent: int


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitShare:
    """One unit's; `rank` is None below RANKED_FROM interviews."""

    unit_id: int | None
    share: Share
    rank: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Two units, by Fisher's exact test; `adjusted` is the probability by Holm over all pairs (1979)."""

    first: int | None
    second: int | None
    p: float
    adjusted: float

    @property
    def is_shown(self) -> bool:
        """Whether the units are known to differ."""
        return self.adjusted <= LEVEL


def share(count: int, of: int) -> Share:
    """With Wilson's interval."""
    return Share(count=count, of=of, value=None if of == 0 else count / of, interval=wilson(count, of))


def weigh(said: Iterable[Said], sizes: dict[Stratum, int]) -> WeightedShare:
    """Each answer with the weight N_h / n_h of its stratum; the effective n is (sum w)^2 / sum w^2."""
    answered = [one for one in said if one.answer is not None]
    whole = spread = yes = 0.0
    silent = 0
    for stratum, size in sizes.items():
        of_stratum = [one.answer for one in answered if one.stratum == stratum]
        if not of_stratum:
            silent += size
            continue
        weight = size / len(of_stratum)
        whole += size
        spread += weight * weight * len(of_stratum)
        yes += weight * sum(map(bool, of_stratum))
    effective_n = 0.0 if spread == 0 else whole * whole / spread
    value = None if whole == 0 else yes / whole
    return WeightedShare(
        value=value,
        plain=share(sum(bool(one.answer) for one in answered), len(answered)).value,
        effective_n=effective_n,
        interval=Interval(low=0.0, high=1.0) if value is None else wilson(value * effective_n, effective_n),
        silent=silent,
    )


def by_unit(said: Iterable[Said]) -> list[UnitShare]:
    """In the order of units; ranked by the share, equal ones share a rank."""
    answered = [one for one in said if one.answer is not None]
    units = sorted({one.stratum.unit_id for one in answered}, key=lambda unit: -1 if unit is None else unit)
    shares = {
        unit: share(
            sum(bool(one.answer) for one in answered if one.stratum.unit_id == unit),
            sum(one.stratum.unit_id == unit for one in answered),
        )
        for unit in units
    }
    ranked = [one.value or 0.0 for one in shares.values() if one.of >= RANKED_FROM]
    return [
        UnitShare(
            unit_id=unit,
            share=one,
            rank=1 + sum(other > (one.value or 0.0) for other in ranked) if one.of >= RANKED_FROM else None,
        )
        for unit, one in shares.items()
    ]


def compare(units: Sequence[UnitShare]) -> list[Difference]:
    """All pairs of units that are ranked; of those with fewer interviews nothing is compared."""
    ranked = [one for one in units if one.rank is not None]
    pairs = list(combinations(ranked, 2))
    found = [fisher_two_sided(a.share.count, a.share.of, b.share.count, b.share.of) for a, b in pairs]
    return [
        Difference(first=a.unit_id, second=b.unit_id, p=p, adjusted=adjusted)
        for (a, b), p, adjusted in zip(pairs, found, holm(found), strict=True)
    ]


def holm(probabilities: Collection[float]) -> list[float]:
    """The probabilities of many tests, so raised that one false one among all is as improbable as each says."""
    values = list(probabilities)
    places = sorted(range(len(values)), key=lambda place: values[place])
    adjusted, highest = [0.0] * len(values), 0.0
    for rank, place in enumerate(places):
        highest = max(highest, min(1.0, (len(values) - rank) * values[place]))
        adjusted[place] = highest
    return adjusted
