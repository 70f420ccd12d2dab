"""Which number is in force at a moment, and which cannot be decided."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.casework.deadlines.rules import Certainty, Priority
from callcenter.casework.thresholds.rules import (
    LISTS,
    UNITS,
    Threshold,
    ThresholdCode,
    Thresholds,
    check_new,
    thresholds_at,
)
from callcenter.casework.tickets.flag_rules import Trigger, list_triggers
from callcenter.casework.tickets.priorities import Known, propose_priority
from callcenter.casework.tickets.rules import TicketKind
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError
from tests.thresholds import PROPOSED

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
KNOWN = Known(kind=TicketKind.COMPLAINT, goods_code=None, problem_code=None, ill=0, injured=0, endangers_life=False)


def threshold(
    code: ThresholdCode, number: str | None = "1", *, at: datetime = NOW, names: tuple[str, ...] | None = None
) -> Threshold:
    return Threshold(
        code=code,
        valid_from=at,
        number=None if number is None else Decimal(number),
        names=names,
        certainty=Certainty.OFFICE,
        source="the office",
    )


BEFORE = [
    threshold(code, None if unit in LISTS else "1", at=NOW - 9 * DAY, names=("drug",) if unit in LISTS else None)
    for code, unit in UNITS.items()
]
SEVEN, NINE = threshold(ThresholdCode.MANY_ILL, "7"), threshold(ThresholdCode.MANY_ILL, "9", at=NOW + DAY)


def test_each_code_is_a_field_and_has_a_unit() -> None:
    assert [field.name for field in fields(Thresholds)] == [code.value for code in ThresholdCode]
    assert set(UNITS) == set(ThresholdCode)


@given(order=st.permutations([*BEFORE, SEVEN, NINE]))
def test_what_is_in_force_holds_until_the_next_begins_in_whatever_order_they_come(order: list[Threshold]) -> None:
    moments = (NOW - 30 * DAY, NOW - timedelta(seconds=1), NOW, NOW + DAY - timedelta(seconds=1), NOW + DAY)
    assert [thresholds_at(order, moment).many_ill for moment in moments] == [1, 1, 7, 7, 9]


def test_numbers_of_days_and_minutes_are_durations_and_lists_are_sets() -> None:
    found = thresholds_at(BEFORE, NOW)
    assert (found.group_within, found.late_entry, found.same_likeness, found.health_goods) == (
        timedelta(days=1),
        timedelta(minutes=1),
        1.0,
        frozenset({"drug"}),
    )


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (threshold(ThresholdCode.MANY_ILL, "2.5", at=NOW + DAY), ErrorCode.OUT_OF_RANGE),
        (threshold(ThresholdCode.MANY_ILL, "0", at=NOW + DAY), ErrorCode.OUT_OF_RANGE),
        (threshold(ThresholdCode.MANY_ILL, "1001", at=NOW + DAY), ErrorCode.OUT_OF_RANGE),
        (threshold(ThresholdCode.SAME_LIKENESS, "1.01", at=NOW + DAY), ErrorCode.OUT_OF_RANGE),
        (threshold(ThresholdCode.MANY_ILL, "4", at=NOW), ErrorCode.IN_THE_PAST),
        (threshold(ThresholdCode.MANY_ILL, None, at=NOW + DAY, names=("drug",)), ErrorCode.INVALID_INPUT),
        (threshold(ThresholdCode.HEALTH_GOODS, "4", at=NOW + DAY), ErrorCode.INVALID_INPUT),
        (threshold(ThresholdCode.HEALTH_GOODS, "4", at=NOW + DAY, names=("drug",)), ErrorCode.INVALID_INPUT),
    ],
)
def test_what_is_no_threshold_or_would_change_what_was_judged_is_refused(wrong: Threshold, code: ErrorCode) -> None:
    with pytest.raises(InputError) as refused:
        check_new(wrong, NOW)
    assert refused.value.code is code


def test_a_share_and_a_number_from_tomorrow_on_are_accepted() -> None:
    check_new(threshold(ThresholdCode.SAME_LIKENESS, "0.75", at=NOW + DAY), NOW)
    check_new(threshold(ThresholdCode.MANY_ILL, "1000", at=NOW + DAY), NOW)


def test_priorities_and_flags_go_by_what_is_in_force() -> None:
    ill, food = replace(KNOWN, ill=3), replace(KNOWN, goods_code="general_food", problem_code="safety")
    seeds = replace(KNOWN, goods_code="farm_supplies", problem_code="quality")
    stricter = replace(PROPOSED, many_ill=4, health_goods=frozenset[str](), farm_goods=frozenset[str]())
    assert [propose_priority(one, PROPOSED)[0] for one in (ill, food, seeds)] == [
        Priority.P1,
        Priority.P2,
        Priority.P3,
    ]
    assert [propose_priority(one, stricter)[0] for one in (ill, food, seeds)] == [
        Priority.P2,
        Priority.P4,
        Priority.P4,
    ]
    assert [list_triggers(one, PROPOSED) for one in (food, seeds)] == [[Trigger.FOOD_HEALTH], [Trigger.FARM_SUPPLIES]]
    assert [list_triggers(one, stricter) for one in (food, seeds)] == [[], []]
