"""Points of units, errors per 100 tickets, and the year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.analysis.quality.rules import (
    BLOCKS,
    CAPS,
    FULL,
    QualityBlock,
    QualityCode,
    QualityRule,
    check_new,
    rule_on,
)
from callcenter.analysis.quality.scores import Deduction, UnitScore, error_rate, roll_up, score
from callcenter.casework.deadlines.rules import Certainty
from callcenter.errors import InputError

UNIT = 3
POINTS = {
    QualityCode.OVERDUE_COMPLETION: "2",
    QualityCode.FIELD_MISSING: "0.5",
    QualityCode.CASE_MISSED: "5",
    QualityCode.URGENT_FEEDBACK_LATE: "3",
    QualityCode.DISSATISFIED: "1",
    QualityCode.MONTHLY_CASE_MISSING: "2",
}
VECTOR = {
    QualityCode.OVERDUE_COMPLETION: 4,  # three, and one more for the one that was not rectified
    QualityCode.FIELD_MISSING: 5,
    QualityCode.CASE_MISSED: 1,
    QualityCode.URGENT_FEEDBACK_LATE: 2,
    QualityCode.DISSATISFIED: 9,
    QualityCode.MONTHLY_CASE_MISSING: 1,
}


def errors(counts: dict[QualityCode, int], unit: int = UNIT) -> list[Deduction]:
    return [
        Deduction(unit_id=unit, code=code, points=Decimal(POINTS[code]))
        for code, count in counts.items()
        for _ in range(count)
    ]


def left(found: UnitScore) -> list[str]:
    return [str(block.left) for block in found.blocks]


def test_points_are_taken_off_block_by_block() -> None:
    (found,) = score(errors(VECTOR), {UNIT: 40})
    assert (left(found), str(found.total)) == (["29.5", "19", "11", "8"], "67.5")
    assert [block.errors for block in found.blocks] == [9, 3, 9, 1]


def test_a_granted_appeal_gives_its_points_back() -> None:
    (found,) = score(errors(VECTOR | {QualityCode.OVERDUE_COMPLETION: 3}), {UNIT: 40})
    assert str(found.total) == "69.5"


def test_no_block_falls_below_nothing() -> None:
    (found,) = score(errors({QualityCode.OVERDUE_COMPLETION: 25}), {UNIT: 40})
    assert left(found) == ["0", "30", "20", "10"]
    assert (str(found.total), str(found.blocks[0].taken)) == ("60", "50")


def test_a_code_takes_no_more_off_than_its_cap() -> None:
    one = Deduction(unit_id=UNIT, code=QualityCode.FIELD_MISSING, points=Decimal("0.5"), cap=Decimal(2))
    (found,) = score([one] * 9, {UNIT: 40})
    assert found.blocks[0].taken == 2
    (found,) = score([*[one] * 9, replace(one, cap=None)], {UNIT: 40})
    assert found.blocks[0].taken == 5


def test_units_are_ranked_by_points_from_ten_tickets_on() -> None:
    found = score(
        [
            *errors({QualityCode.DISSATISFIED: 1}, unit=1),
            *errors({QualityCode.DISSATISFIED: 1}, unit=2),
            *errors({QualityCode.DISSATISFIED: 2}, unit=3),
            *errors({QualityCode.DISSATISFIED: 5}, unit=5),
            *errors({QualityCode.DISSATISFIED: 1}, unit=6),
        ],
        {1: 10, 2: 400, 3: 10, 4: 10, 5: 9},
    )
    assert [(one.unit_id, str(one.total), one.rank) for one in found] == [
        (1, "99", 2),
        (2, "99", 2),
        (3, "98", 4),
        (4, "100", 1),
        (5, "95", None),
        (6, "99", None),
    ]


@pytest.mark.parametrize(
    ("count", "tickets", "right"),
    [(6, 40, ("15.00", "5.50", "32.65")), (6, 400, ("1.50", "0.55", "3.26")), (0, 25, ("0.00", "0.00", "14.76"))],
)
def test_errors_are_shown_per_hundred_tickets(count: int, tickets: int, right: tuple[str, str, str]) -> None:
    found = error_rate(count, tickets)
    assert found.interval is not None
    assert (f"{found.rate:.2f}", f"{found.interval.low:.2f}", f"{found.interval.high:.2f}") == right


def test_a_unit_without_tickets_has_no_rate() -> None:
    (found,) = score(errors({QualityCode.DISSATISFIED: 1}), {})
    assert (found.errors.rate, found.errors.interval, found.rank, str(found.total)) == (None, None, None, "99")


@given(st.lists(st.sampled_from(sorted(POINTS)), max_size=200))
def test_a_score_lies_between_nothing_and_full(codes: list[QualityCode]) -> None:
    (found,) = score([Deduction(unit_id=UNIT, code=code, points=Decimal(POINTS[code])) for code in codes], {UNIT: 10})
    assert 0 <= found.total <= FULL == sum(CAPS.values())
    assert found.total == sum(block.left for block in found.blocks)
    assert sum(block.errors for block in found.blocks) == len(codes)


def month_of(total: str) -> UnitScore:
    (whole,) = score([], {UNIT: 40})
    off = FULL - Decimal(total)
    blocks = tuple(replace(one, left=one.left - off) if one.block is QualityBlock.DATA else one for one in whole.blocks)
    return replace(whole, total=Decimal(total), blocks=blocks)


def test_a_year_is_the_mean_of_its_months() -> None:
    months = ["92", "88.5", "67.5", "95", "90", "91", "85", "88", "93", "94", "90", "89"]
    found = roll_up([month_of(total) for total in months])
    assert (found.unit_id, found.months, str(found.total)) == (UNIT, 12, "88.58")
    assert {block: str(mean) for block, mean in found.blocks.items()} == {
        QualityBlock.DATA: "28.58",
        QualityBlock.HANDLING: "30.00",
        QualityBlock.SERVICE: "20.00",
        QualityBlock.INFORMATION: "10.00",
    }
    assert str(roll_up([month_of("67.5")]).total) == "67.50"


def rule(day: int, points: str = "2", cap: str | None = None) -> QualityRule:
    return QualityRule(
        code=QualityCode.OVERDUE_COMPLETION,
        points=Decimal(points),
        cap=None if cap is None else Decimal(cap),
        valid_from=date(2026, 3, day),
        certainty=Certainty.OFFICE,
        source="decided",
    )


def test_the_day_of_the_error_decides_which_rule_holds() -> None:
    known = [rule(16), rule(1), rule(20)]
    assert [rule_on(known, QualityCode.OVERDUE_COMPLETION, date(2026, 3, day)) for day in (1, 15, 16, 19, 31)] == [
        *(known[1], known[1], known[0], known[0], known[2])
    ]
    assert rule_on(known, QualityCode.OVERDUE_COMPLETION, date(2026, 2, 28)) is None
    assert rule_on(known, QualityCode.FIELD_MISSING, date(2026, 3, 31)) is None


@pytest.mark.parametrize(
    ("new", "is_right"),
    [
        (rule(16), True),
        (rule(16, "0"), True),
        (rule(16, "40"), True),
        (rule(16, "40.5"), False),
        (rule(16, "2", "8"), True),
        (rule(16, "2", "1"), False),
        (rule(16, "2", "41"), False),
        (rule(15), False),
    ],
)
def test_a_rule_begins_tomorrow_and_fits_its_block(new: QualityRule, is_right: bool) -> None:
    if is_right:
        check_new(new, date(2026, 3, 15))
        return
    with pytest.raises(InputError):
        check_new(new, date(2026, 3, 15))


def test_every_code_has_a_block() -> None:
    assert set(BLOCKS) == set(QualityCode)
    assert set(BLOCKS.values()) == set(QualityBlock) == set(CAPS)
