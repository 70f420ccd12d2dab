"""What frozen rows show of errors."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from callcenter.analysis.periods import PeriodKind, whole_months
from callcenter.analysis.quality.proposals import BY_CLOCK, Proposal, propose
from callcenter.analysis.quality.rules import QualityCode
from callcenter.analysis.snapshots.rows import FrozenClock, FrozenTicket
from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.tickets.clocks import ClockState
from callcenter.casework.tickets.rules import IntakeChannel, TicketKind, TicketOutcome, TicketState

ZONE = ZoneInfo("Asia/Shanghai")
MARCH = whole_months(PeriodKind.MONTH, date(2026, 3, 1))
LAST_OF_MARCH = datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC)
APRIL = datetime(2026, 3, 31, 16, tzinfo=UTC)
WHOLE = FrozenTicket(
    number="12315-2026-00101",
    kind=TicketKind.COMPLAINT,
    state=TicketState.COMPLETED,
    channel=IntakeChannel.CALL,
    received_at=datetime(2026, 3, 2, 1, tzinfo=UTC),
    unit_id=3,
    merchant_id=None,
    goods_code="general_food",
    service_code=None,
    problem_code="quality",
    offence_code=None,
    sales_mode_code="shop",
    region=None,
    brand=None,
    amount_in_dispute_cents=None,
    amount_recovered_cents=None,
    accepted_at=None,
    refused_at=None,
    settled_at=None,
    ended_at=None,
    outcome=TicketOutcome.MEDIATED,
    completed_at=LAST_OF_MARCH,
    clocks=(),
    flags=(),
    priority=Priority.P4,
    complainant_key="k",
    is_serial=False,
    group_id=None,
    is_merged=False,
    is_instructed=False,
)


def clock(
    code: str, *, number: int = 1, state: ClockState = ClockState.BREACHED, ended_at: datetime = LAST_OF_MARCH
) -> FrozenClock:
    return FrozenClock(code=code, number=number, state=state, ended_at=ended_at)


def found(*rows: FrozenTicket) -> list[tuple[QualityCode, str]]:
    return [(one.code, one.subject) for one in propose(rows, MARCH, ZONE)]


def test_a_breached_limit_is_proposed_with_its_evidence() -> None:
    row = replace(WHOLE, clocks=(clock("mediate"),))
    assert propose([row], MARCH, ZONE) == [
        Proposal(
            code=QualityCode.OVERDUE_COMPLETION,
            unit_id=3,
            subject_kind="ticket",
            subject="12315-2026-00101",
            occurred_on=date(2026, 3, 31),
            evidence=("12315-2026-00101", "mediate/1"),
        )
    ]


@pytest.mark.parametrize("code", [*BY_CLOCK, "field_feedback"])
def test_only_a_limit_that_was_breached_in_the_month_is_proposed(code: str) -> None:
    assert len(found(replace(WHOLE, clocks=(clock(code),)))) == 1
    others = (
        *(clock(code, state=state) for state in ClockState if state is not ClockState.BREACHED),
        clock(code, ended_at=APRIL),
        clock("accept"),
    )
    assert found(replace(WHOLE, clocks=others)) == []


@pytest.mark.parametrize(
    ("priority", "code"),
    [
        (Priority.P1, QualityCode.URGENT_FEEDBACK_LATE),
        (Priority.P2, QualityCode.URGENT_FEEDBACK_LATE),
        (Priority.P3, QualityCode.FEEDBACK_LATE),
        (Priority.P5, QualityCode.FEEDBACK_LATE),
    ],
)
def test_feedback_is_due_within_a_day_for_urgent_matters(priority: Priority, code: QualityCode) -> None:
    row = replace(WHOLE, priority=priority, clocks=(clock("field_feedback"),))
    assert found(row) == [(code, WHOLE.number)]


def test_the_same_error_of_a_ticket_counts_once_and_two_errors_of_it_both() -> None:
    row = replace(WHOLE, clocks=(clock("mediate"), clock("mediate", number=2), clock("clue_check")))
    assert found(row, row) == [
        (QualityCode.OVERDUE_COMPLETION, WHOLE.number),
        (QualityCode.CASE_MISSED, WHOLE.number),
    ]


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        (WHOLE, []),
        (replace(WHOLE, goods_code=None, service_code="catering"), []),
        (
            replace(WHOLE, goods_code=None, problem_code=None, sales_mode_code=None),
            ["category", "problem", "sales_mode"],
        ),
        (replace(WHOLE, kind=TicketKind.REPORT), ["offence"]),
        (replace(WHOLE, kind=TicketKind.ENQUIRY, goods_code=None, problem_code=None), []),
        (replace(WHOLE, goods_code=None, completed_at=None), []),
        (replace(WHOLE, goods_code=None, completed_at=APRIL), []),
    ],
)
def test_what_is_missing_of_a_completed_matter_is_proposed_field_by_field(
    row: FrozenTicket, missing: list[str]
) -> None:
    assert found(row) == [(QualityCode.FIELD_MISSING, f"{WHOLE.number}:{name}") for name in missing]


def test_nothing_is_proposed_against_nobody_or_for_what_is_merged() -> None:
    row = replace(WHOLE, clocks=(clock("mediate"),), goods_code=None)
    assert found(replace(row, unit_id=None), replace(row, is_merged=True)) == []
    assert len(found(row)) == 2
