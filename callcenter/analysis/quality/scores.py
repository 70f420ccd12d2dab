"""The points of units in a month, from findings alone, and the year's from the months. Pure.

Each unit begins a month with 100 points, so many in each block; errors take points off, and no block falls below 0.
Beside the points stand errors per 100 tickets, so that a unit with much work is not punished for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from callcenter.analysis.quality.rules import BLOCKS, CAPS, QualityBlock, QualityCode
from callcenter.analysis.statistics.intervals import Interval, poisson_mean

RANKED_FROM = 10
"""A unit with fewer tickets is shown and not ranked. Proposed."""
PER = 100
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, kw_only=True, slots=True)
class Deduction:
    """A finding that counts: so many points, and the most that its code may take off in a month."""

    unit_id: int
    code: QualityCode
    points: Decimal
    cap: Decimal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockScore:
    """What is left of a block; `taken` is what all its errors together would take off."""

    block: QualityBlock
    errors: int
    taken: Decimal
    left: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorRate:
    """Errors per 100 tickets, with the exact Poisson interval; None of no tickets."""

    errors: int
    tickets: int
    rate: float | None
    interval: Interval | None


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitScore:
    """A unit's month. `rank` is None for too few tickets; equal points share it."""

    unit_id: int
    blocks: tuple[BlockScore, ...]
    total: Decimal
    errors: ErrorRate
    rank: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class YearScore:
    """A unit's year 年终考核: the mean of the months that were assessed, as published last."""

    unit_id: int
    months: int
    total: Decimal
    blocks: Mapping[QualityBlock, Decimal]


def score(deductions: Iterable[Deduction], tickets: Mapping[int, int]) -> list[UnitScore]:
    """Of every unit that has tickets or errors, by unit."""
    of_unit: dict[int, list[Deduction]] = {unit: [] for unit in tickets}
    for one in deductions:
        of_unit.setdefault(one.unit_id, []).append(one)
    blocks = {unit: _score_blocks(found) for unit, found in of_unit.items()}
    totals = {unit: sum((block.left for block in of), Decimal()) for unit, of in blocks.items()}
    ranked = [totals[unit] for unit in totals if tickets.get(unit, 0) >= RANKED_FROM]
    return [
        UnitScore(
            unit_id=unit,
            blocks=blocks[unit],
            total=totals[unit],
            errors=error_rate(len(of_unit[unit]), tickets.get(unit, 0)),
            rank=1 + sum(other > totals[unit] for other in ranked) if tickets.get(unit, 0) >= RANKED_FROM else None,
        )
        for unit in sorted(of_unit)
    ]


def error_rate(errors: int, tickets: int) -> ErrorRate:
    """Per 100 tickets; exact for a count of rare errors (Garwood 1936)."""
    if tickets == 0:
        return ErrorRate(errors=errors, tickets=0, rate=None, interval=None)
    mean, scale = poisson_mean(errors), PER / tickets
    return ErrorRate(
        errors=errors,
        tickets=tickets,
        rate=errors * scale,
        interval=Interval(low=mean.low * scale, high=mean.high * scale),
    )


def roll_up(months: Sequence[UnitScore]) -> YearScore:
    """One unit's months, at least one; a month without an assessment is none."""
    return YearScore(
        unit_id=months[0].unit_id,
        months=len(months),
        total=_mean([month.total for month in months]),
        blocks={
            block: _mean([one.left for month in months for one in month.blocks if one.block is block])
            for block in QualityBlock
        },
    )


def _score_blocks(found: Sequence[Deduction]) -> tuple[BlockScore, ...]:
    of_code: dict[QualityCode, list[Deduction]] = defaultdict(list)
    for one in found:
        of_code[one.code].append(one)
    scores = []
    for block in QualityBlock:
        codes = [code for code in of_code if BLOCKS[code] is block]
        taken = sum((_take(of_code[code]) for code in codes), Decimal())
        scores.append(
            BlockScore(
                block=block,
                errors=sum(len(of_code[code]) for code in codes),
                taken=taken,
                left=max(Decimal(), CAPS[block] - taken),
            )
        )
    return tuple(scores)


def _take(of_code: Sequence[Deduction]) -> Decimal:
    """What all errors of a code take off, at most its cap; where that changed in the month, the larger one."""
    points = sum((one.points for one in of_code), Decimal())
    caps = [one.cap for one in of_code if one.cap is not None]
    return min(points, max(caps)) if len(caps) == len(of_code) else points


def _mean(values: Sequence[Decimal]) -> Decimal:
    return (sum(values, Decimal()) / len(values)).quantize(_HUNDREDTH, ROUND_HALF_UP)
