"""Numbers and lists by which matters are judged, and that no law gives: each is in force from a moment on. Pure.

What was judged before a change stays as it was judged. What was before the first of a kind is judged by that first one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from callcenter.casework.deadlines.rules import Certainty
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError


class ThresholdCode(StrEnum):
    """What is decided. A closed list; the names are the fields of Thresholds."""

    MANY_ILL = "many_ill"
    """So many people ill make a matter a P1."""
    HEALTH_GOODS = "health_goods"
    HEALTH_PROBLEMS = "health_problems"
    """These goods with one of these problems endanger health."""
    FARM_GOODS = "farm_goods"
    SHODDY_PROBLEMS = "shoddy_problems"
    """Farm supplies with one of these problems are flagged."""
    GROUP_PEOPLE = "group_people"
    GROUP_WITHIN = "group_within"
    """So many people who complain of the same within these days are a group."""
    OFTEN_COMPLAINTS = "often_complaints"
    OFTEN_WITHIN = "often_within"
    """More complaints than that of one person within these days are a hint to whoever handles them."""
    SAME_WITHIN = "same_within"
    SAME_LIKENESS = "same_likeness"
    """Matters received within these days of each other, and so much alike, may be the same."""
    REOPENED_WITHIN = "reopened_within"
    LATE_ENTRY = "late_entry"
    """What is entered so long after it happened is marked."""
    RING_ROUNDS = "ring_rounds"
    RING_ROUND_APART = "ring_round_apart"
    """A unit is rung about an instruction in so many rounds, so long from the first ring of one to that of the next."""
    CASE_OFFICERS = "case_officers"
    """A case has so many officers at least."""


class ThresholdUnit(StrEnum):
    """What a number counts. A closed list."""

    PEOPLE = "people"
    TIMES = "times"
    DAYS = "days"
    MINUTES = "minutes"
    SHARE = "share"
    """From 0 to 1."""
    GOODS_CODES = "goods_codes"
    PROBLEM_CODES = "problem_codes"


UNITS: Mapping[ThresholdCode, ThresholdUnit] = {
    ThresholdCode.MANY_ILL: ThresholdUnit.PEOPLE,
    ThresholdCode.HEALTH_GOODS: ThresholdUnit.GOODS_CODES,
    ThresholdCode.HEALTH_PROBLEMS: ThresholdUnit.PROBLEM_CODES,
    ThresholdCode.FARM_GOODS: ThresholdUnit.GOODS_CODES,
    ThresholdCode.SHODDY_PROBLEMS: ThresholdUnit.PROBLEM_CODES,
    ThresholdCode.GROUP_PEOPLE: ThresholdUnit.PEOPLE,
    ThresholdCode.GROUP_WITHIN: ThresholdUnit.DAYS,
    ThresholdCode.OFTEN_COMPLAINTS: ThresholdUnit.TIMES,
    ThresholdCode.OFTEN_WITHIN: ThresholdUnit.DAYS,
    ThresholdCode.SAME_WITHIN: ThresholdUnit.DAYS,
    ThresholdCode.SAME_LIKENESS: ThresholdUnit.SHARE,
    ThresholdCode.REOPENED_WITHIN: ThresholdUnit.DAYS,
    ThresholdCode.LATE_ENTRY: ThresholdUnit.MINUTES,
    ThresholdCode.RING_ROUNDS: ThresholdUnit.TIMES,
    ThresholdCode.RING_ROUND_APART: ThresholdUnit.MINUTES,
    ThresholdCode.CASE_OFFICERS: ThresholdUnit.PEOPLE,
}
LISTS = frozenset({ThresholdUnit.GOODS_CODES, ThresholdUnit.PROBLEM_CODES})
LARGEST = 1000
"""Whatever is counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold:
    """One of them as it is in force from a moment on: a number, or codes."""

    code: ThresholdCode
    valid_from: datetime
    number: Decimal | None
    names: tuple[str, ...] | None
    certainty: Certainty
    source: str

    @property
    def unit(self) -> ThresholdUnit:
        """What the number counts."""
        return UNITS[self.code]

    @property
    def value(self) -> int | float | timedelta | frozenset[str]:
        """As the rules use it."""
        if self.names is not None:
            return frozenset(self.names)
        number = self.number or Decimal()
        match self.unit:
            case ThresholdUnit.DAYS:
                return timedelta(days=int(number))
            case ThresholdUnit.MINUTES:
                return timedelta(minutes=int(number))
            case ThresholdUnit.SHARE:
                return float(number)
            case _:
                return int(number)


@dataclass(frozen=True, kw_only=True, slots=True)
class Thresholds:
    """All that are in force at a moment, named as their codes."""

    many_ill: int
    health_goods: frozenset[str]
    health_problems: frozenset[str]
    farm_goods: frozenset[str]
    shoddy_problems: frozenset[str]
    group_people: int
    group_within: timedelta
    often_complaints: int
    often_within: timedelta
    same_within: timedelta
    same_likeness: float
    reopened_within: timedelta
    late_entry: timedelta
    ring_rounds: int
    ring_round_apart: timedelta
    case_officers: int


def thresholds_at(known: Iterable[Threshold], at: datetime) -> Thresholds:
    """What is in force then. There is one of each code at least."""
    values: dict[str, Any] = {}
    for one in sorted(known, key=lambda one: one.valid_from):
        if one.valid_from <= at or one.code not in values:
            values[one.code.value] = one.value
    return Thresholds(**values)


def check_new(new: Threshold, now: datetime) -> None:
    """Raises InputError for what cannot be a threshold, or would change what was judged already."""
    if (new.names is not None) != (new.unit in LISTS) or (new.number is not None) == (new.unit in LISTS):
        raise InputError(f"{new.code} is {'a list of codes' if new.unit in LISTS else 'a number'}.")
    if new.number is not None:
        is_whole = new.number == new.number.to_integral_value()
        fits = 0 < new.number <= 1 if new.unit is ThresholdUnit.SHARE else is_whole and 0 < new.number <= LARGEST
        if not fits:
            raise InputError(f"{new.number} is no number of {new.unit}.", code=ErrorCode.OUT_OF_RANGE)
    if new.valid_from <= now:
        raise InputError("A threshold is in force from a day on that has not begun.", code=ErrorCode.IN_THE_PAST)
