"""For what points are taken off, and since when: dated data, each with its source. Pure.

No law and no seed gives a number: all points are proposed until the office decides. A rule that changes in the middle
of a month holds for what happened from that day on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from callcenter.casework.deadlines.rules import Certainty
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError

FULL = Decimal(100)
"""Points of a unit at the begin of each month."""


class QualityBlock(StrEnum):
    """What a rule is about. A closed list."""

    DATA = "data"
    HANDLING = "handling"
    SERVICE = "service"
    INFORMATION = "information"


CAPS: dict[QualityBlock, Decimal] = {
    QualityBlock.DATA: Decimal(40),
    QualityBlock.HANDLING: Decimal(30),
    QualityBlock.SERVICE: Decimal(20),
    QualityBlock.INFORMATION: Decimal(10),
}
"""The points of a block: no block falls below 0."""


class QualityCode(StrEnum):
    """What somebody did wrong. A closed list."""

    OVERDUE_COMPLETION = "overdue_completion"
    FIELD_MISSING = "field_missing"
    WRONG_CATEGORY = "wrong_category"
    """Shown by a later correction."""
    PLATFORM_ENTRY_LATE = "platform_entry_late"
    PLATFORM_ENTRY_MISSING = "platform_entry_missing"
    CALL_WITHOUT_DISPOSITION = "call_without_disposition"
    FEEDBACK_LATE = "feedback_late"
    URGENT_FEEDBACK_LATE = "urgent_feedback_late"
    """What was to be reported back within 24 hours."""
    OFF_SHELF_LATE = "off_shelf_late"
    CASE_MISSED = "case_missed"
    """A matter that must become a case was not flagged, or nobody decided in time."""
    INSTRUCTION_UNACKNOWLEDGED = "instruction_unacknowledged"
    DISSATISFIED = "dissatisfied"
    """Of a survey, and verified."""
    AGREEMENT_NOT_KEPT = "agreement_not_kept"
    """Of a survey, and verified."""
    MONTHLY_CASE_MISSING = "monthly_case_missing"
    MONTHLY_ITEM_MISSING = "monthly_item_missing"
    URGENT_EVENT_LATE = "urgent_event_late"


BLOCKS: dict[QualityCode, QualityBlock] = {
    **dict.fromkeys(
        (
            QualityCode.OVERDUE_COMPLETION,
            QualityCode.FIELD_MISSING,
            QualityCode.WRONG_CATEGORY,
            QualityCode.PLATFORM_ENTRY_LATE,
            QualityCode.PLATFORM_ENTRY_MISSING,
            QualityCode.CALL_WITHOUT_DISPOSITION,
            QualityCode.FEEDBACK_LATE,
        ),
        QualityBlock.DATA,
    ),
    **dict.fromkeys(
        (
            QualityCode.URGENT_FEEDBACK_LATE,
            QualityCode.OFF_SHELF_LATE,
            QualityCode.CASE_MISSED,
            QualityCode.INSTRUCTION_UNACKNOWLEDGED,
        ),
        QualityBlock.HANDLING,
    ),
    **dict.fromkeys((QualityCode.DISSATISFIED, QualityCode.AGREEMENT_NOT_KEPT), QualityBlock.SERVICE),
    **dict.fromkeys(
        (QualityCode.MONTHLY_CASE_MISSING, QualityCode.MONTHLY_ITEM_MISSING, QualityCode.URGENT_EVENT_LATE),
        QualityBlock.INFORMATION,
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class QualityRule:
    """So many points off for each error of a kind that happened from `valid_from` on, until the next of its code.

    `cap` is the most that all errors of the code take off in a month; None for no limit but the block's.
    """

    code: QualityCode
    points: Decimal
    cap: Decimal | None
    valid_from: date
    certainty: Certainty
    source: str

    @property
    def block(self) -> QualityBlock:
        """Where its points are taken off."""
        return BLOCKS[self.code]


def rule_on(known: Iterable[QualityRule], code: QualityCode, day: date) -> QualityRule | None:
    """What holds for what happened that day; None for a day before the first rule of the code."""
    of_code = [rule for rule in known if rule.code is code and rule.valid_from <= day]
    return max(of_code, key=lambda rule: rule.valid_from, default=None)


def check_new(new: QualityRule, today: date) -> None:
    """Raises InputError for what cannot be a rule, or would change what has happened already."""
    if not Decimal(0) <= new.points <= CAPS[new.block]:
        raise InputError("Points are from 0 to those of the block.", code=ErrorCode.OUT_OF_RANGE)
    if new.cap is not None and not new.points <= new.cap <= CAPS[new.block]:
        raise InputError("A cap is from the points of one error to those of the block.", code=ErrorCode.OUT_OF_RANGE)
    if new.valid_from <= today:
        raise InputError("A rule holds from a day on that has not begun.", code=ErrorCode.IN_THE_PAST)
