"""How the tables of a report are reckoned, so that their parts add up to what is printed. Pure.

Shares and changes are in percent with two decimals, as published reports have them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

SMALL = 10
"""A figure from fewer cases says so."""
WHOLE = 10_000
"""Hundredths of a percent."""
_HUNDREDTH = Decimal("0.01")


class ChangeKind(StrEnum):
    """What kind of change it is. A closed list."""

    RATIO = "ratio"
    NEW = "new"
    """There is something where there was nothing: 新增."""
    NOTHING = "nothing"
    """Nothing, then and now: —."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A figure against an earlier one; `percent` is None where there was nothing to compare with."""

    kind: ChangeKind
    percent: Decimal | None


def shares(counts: Sequence[int]) -> list[Decimal]:
    """Of the sum of these counts, in percent; they add up to 100.00 exactly, or are all 0 of nothing.

    By largest remainder; of equal ones the earlier row.
    """
    whole = sum(counts)
    if whole == 0:
        return [Decimal("0.00")] * len(counts)
    parts = [WHOLE * count // whole for count in counts]
    by_remainder = sorted(range(len(counts)), key=lambda row: (-(WHOLE * counts[row] % whole), row))
    for row in by_remainder[: WHOLE - sum(parts)]:
        parts[row] += 1
    return [Decimal(part) * _HUNDREDTH for part in parts]


def percent(part: int, whole: int) -> Decimal:
    """One share by itself, rounded half away from zero. Raises ZeroDivisionError."""
    return _round(Decimal(100 * part) / Decimal(whole))


def change(now: int | Decimal, before: int | Decimal) -> Change:
    """(now - before) / before."""
    if before == 0:
        return Change(kind=ChangeKind.NOTHING if now == 0 else ChangeKind.NEW, percent=None)
    return Change(kind=ChangeKind.RATIO, percent=_round(100 * (Decimal(now) - Decimal(before)) / Decimal(before)))


def rate(count: int, days: int) -> Decimal | None:
    """For each working day; None where there was none."""
    return None if days == 0 else _round(Decimal(count) / Decimal(days))


def ranks(counts: Sequence[int]) -> list[int]:
    """Standard competition: 1, 2, 2, 4; the largest is the first."""
    first: dict[int, int] = {}
    for place, count in enumerate(sorted(counts, reverse=True), start=1):
        first.setdefault(count, place)
    return [first[count] for count in counts]


def top(counts: Sequence[int], wanted: int) -> list[int]:
    """The rows whose rank is at most `wanted`, so more than these where ranks are shared; equal ones in their order."""
    found = [(rank, row) for row, rank in enumerate(ranks(counts)) if rank <= wanted]
    return [row for _, row in sorted(found)]


def _round(value: Decimal) -> Decimal:
    return value.quantize(_HUNDREDTH, ROUND_HALF_UP)
