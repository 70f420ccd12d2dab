"""What came with a step: whether it is what the table asks for, and whether it can be so. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from callcenter.casework.tickets.rules import (
    END_GROUNDS,
    REFUSAL_GROUNDS,
    NoticeBy,
    NoticeKind,
    NoticeTo,
    Ticket,
    TicketOutcome,
)
from callcenter.casework.tickets.states import Rule
from callcenter.casework.tickets.steps import StepField, TicketStep
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError
from callcenter.json_values import moment_to_json


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeGiven:
    """Somebody was told of a decision; the proof is a call, or what `proof` says."""

    to: NoticeTo
    by: NoticeBy
    at: datetime
    pbx: str | None = None
    call_id: str | None = None
    proof: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StepGiven:
    """Everything that can come with a step, each by the name that `Given` has for it."""

    reason: str | None = None
    feedback: str | None = None
    unit_id: int | None = None
    authority: str | None = None
    notice: NoticeGiven | None = None
    due_on: date | None = None
    ground: int | None = None
    begins_on: date | None = None
    ends_on: date | None = None
    evidence: str | None = None
    how_settled: TicketOutcome | None = None
    agreement: str | None = None
    mediation_id: int | None = None
    amount_recovered_cents: int | None = None

    def to_json(self) -> dict[str, Any]:
        """What the log keeps."""
        return {
            field.name: _to_json(value) for field in fields(self) if (value := getattr(self, field.name)) is not None
        }


NOTICES_OF_STEPS: dict[TicketStep, NoticeKind] = {
    TicketStep.REFER: NoticeKind.REFERRAL,
    TicketStep.ASK: NoticeKind.IDENTITY,
    TicketStep.ACCEPT: NoticeKind.ACCEPTANCE,
    TicketStep.REFUSE: NoticeKind.REFUSAL,
    TicketStep.END: NoticeKind.END,
}
"""What somebody is told of by the notice that comes with a step."""

_GROUNDS = {TicketStep.REFUSE: REFUSAL_GROUNDS, TicketStep.END: END_GROUNDS}


def check_given(rule: Rule, given: StepGiven, ticket: Ticket, *, timezone: ZoneInfo, now: datetime) -> None:
    """Raises InputError for what is missing, what the step does not take, and what cannot be."""
    names = {name.value for name in StepField if getattr(given, name.value) is not None}
    missing = [name for name in rule.needs if name not in names]
    if missing:
        raise InputError(
            f"The step {rule.step} needs: {', '.join(missing)}.",
            code=ErrorCode.STEP_NEEDS,
            params={"step": rule.step, "fields": ",".join(missing)},
        )
    foreign = sorted(names - {*rule.needs, *rule.takes})
    if foreign:
        raise InputError(
            f"The step {rule.step} does not take: {', '.join(foreign)}.",
            code=ErrorCode.STEP_DOES_NOT_TAKE,
            params={"step": rule.step, "fields": ",".join(foreign)},
        )
    if given.ground is not None and given.ground not in _GROUNDS[rule.step]:
        grounds = _GROUNDS[rule.step]
        raise InputError(f"The grounds for {rule.step} are {grounds[0]} to {grounds[-1]}.", code=ErrorCode.OUT_OF_RANGE)
    if rule.step is TicketStep.SETTLE and (given.agreement is None) == (given.mediation_id is None):
        raise InputError("A settlement has the text of its agreement, or the mediation that has it.")
    if rule.step is TicketStep.PAUSE and given.ends_on is None and ticket.is_in_test:
        raise ConflictError(
            "A test lasts already; enter one that has ended with both its days.", code=ErrorCode.TEST_LASTS
        )
    _check_days(rule.step, given, ticket, timezone=timezone, now=now)


def check_notice(at: datetime, received_at: datetime, now: datetime) -> None:
    """Raises InputError: nobody was told later than now, or before the matter was known."""
    if not received_at <= at <= now:
        raise InputError("A notice was given after the matter was received, and not later than now.")


def _check_days(step: TicketStep, given: StepGiven, ticket: Ticket, *, timezone: ZoneInfo, now: datetime) -> None:
    today = now.astimezone(timezone).date()
    received_on = ticket.received_at.astimezone(timezone).date()
    if given.notice is not None:
        check_notice(given.notice.at, ticket.received_at, now)
    if given.due_on is not None and given.due_on < today:
        raise InputError("Nothing is due on a day that is over.", code=ErrorCode.IN_THE_PAST)
    begins_on = given.begins_on
    if step is TicketStep.RESUME:
        begins_on = ticket.test_begins_on
    days = [day for day in (begins_on, given.ends_on) if day is not None]
    if not all(received_on <= day <= today for day in days) or days != sorted(days):
        raise InputError("A test begins and ends after the matter was received, in this order, and not later than now.")


def _to_json(value: Any) -> Any:
    if isinstance(value, NoticeGiven):
        return {field.name: _to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return moment_to_json(value)
    return value.isoformat() if isinstance(value, date) else value
