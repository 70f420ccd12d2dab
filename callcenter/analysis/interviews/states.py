"""What becomes of an interview: one table of what is done in which state, and what each event needs. Pure.

Food: Food Safety Law, Art. 114: the responsible person is invited, and the result goes into the credit file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from callcenter.accounts.rights import Right, SignedIn
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError, RefusedError
from callcenter.hours.deadlines import IsWorkday
from callcenter.hours.rules import DAY

NOTICE_WORKDAYS = 3
"""Working days between the notice and the interview at least. Proposed, until the office decides."""
LEAST_HOSTS = 2


class InterviewReason(StrEnum):
    """Why somebody is invited. A closed list."""

    OVERDUE_LETTER = "overdue_letter"
    """A letter of advice that nobody replied to."""
    TOP_THREE = "top_three"
    """Among the first three in complaints for two months running."""
    GROUP_COMPLAINT = "group_complaint"
    REFUSED_MEDIATIONS = "refused_mediations"
    """Three mediations refused in 90 days."""
    DIRECTOR = "director"
    """A typical or special situation, as a director sees it."""


class InterviewState(StrEnum):
    """How far it has come. A closed list."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    NOTIFIED = "notified"
    RECTIFYING = "rectifying"
    """It was held; commitments are due."""
    REFUSED = "refused"
    """They would not come, or did not."""
    OVERDUE = "overdue"
    """A commitment was not kept in time."""
    VERIFIED = "verified"
    ESCALATED = "escalated"
    CLOSED = "closed"
    """Its effect was measured."""


class InterviewEvent(StrEnum):
    """What is done with it. A closed list."""

    APPROVE = "approve"
    REJECT = "reject"
    NOTIFY = "notify"
    HOLD = "hold"
    REFUSE = "refuse"
    NOT_APPEAR = "not_appear"
    VERIFY = "verify"
    LAPSE = "lapse"
    """A commitment is due and not done. The system alone does that."""
    ESCALATE = "escalate"
    MEASURE = "measure"


class Escalation(StrEnum):
    """To what. A closed list."""

    CASE_FLAG = "case_flag"
    PATROL = "patrol"
    SUPERIOR_BODY = "superior_body"


_S, _E = InterviewState, InterviewEvent

TABLE: Mapping[tuple[InterviewState, InterviewEvent], InterviewState] = {
    (_S.PROPOSED, _E.APPROVE): _S.APPROVED,
    (_S.PROPOSED, _E.REJECT): _S.REJECTED,
    (_S.APPROVED, _E.NOTIFY): _S.NOTIFIED,
    (_S.NOTIFIED, _E.HOLD): _S.RECTIFYING,
    (_S.NOTIFIED, _E.REFUSE): _S.REFUSED,
    (_S.NOTIFIED, _E.NOT_APPEAR): _S.REFUSED,
    (_S.REFUSED, _E.NOTIFY): _S.NOTIFIED,
    (_S.REFUSED, _E.ESCALATE): _S.ESCALATED,
    (_S.RECTIFYING, _E.VERIFY): _S.VERIFIED,
    (_S.RECTIFYING, _E.LAPSE): _S.OVERDUE,
    (_S.OVERDUE, _E.VERIFY): _S.VERIFIED,
    (_S.OVERDUE, _E.ESCALATE): _S.ESCALATED,
    (_S.VERIFIED, _E.MEASURE): _S.CLOSED,
    (_S.ESCALATED, _E.MEASURE): _S.CLOSED,
}

SIGNED = frozenset({_E.APPROVE, _E.REJECT, _E.ESCALATE})
"""By exactly a director, and never by who proposed it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """When and how they were invited, and what shows it; to when and where, and what to bring."""

    at: datetime
    how: str
    proof: str
    meets_at: datetime
    place: str
    materials: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Attendee:
    """Somebody of the merchant, and by what they may speak for it."""

    name: str
    post: str
    authority: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NewCommitment:
    """What they promised, who of them does it, and by which day."""

    text: str
    owner: str
    due_on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What comes with an event."""

    reason: str | None = None
    notice: Notice | None = None
    held_at: datetime | None = None
    hosts: tuple[str, ...] = ()
    attendees: tuple[Attendee, ...] = ()
    problems: str | None = None
    minutes: str | None = None
    commitments: tuple[NewCommitment, ...] = ()
    proof: str | None = None
    escalates_to: Escalation | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Interview:
    """An interview as its next step sees it. `proposed_by` None for the nightly job."""

    state: InterviewState
    proposed_by: int | None
    meets_at: datetime | None = None
    commitments: int = 0
    checked_commitments: int = 0


def list_allowed(state: InterviewState) -> list[InterviewEvent]:
    """What the state allows, whoever asks."""
    return [event for known, event in TABLE if known is state]


def list_possible(interview: Interview, user: SignedIn) -> list[InterviewEvent]:
    """What this user may do with it now."""
    found = []
    for event in list_allowed(interview.state):
        try:
            check_may(interview, event, user)
        except RefusedError:
            continue
        found.append(event)
    return found


def check_may(interview: Interview, event: InterviewEvent, user: SignedIn) -> None:
    """Raises RefusedError for who may not do this, or would sign what they proposed."""
    if event is _E.LAPSE:
        raise RefusedError("The system alone does this.", code=ErrorCode.STEP_NOT_ALLOWED)
    if event not in SIGNED:
        user.check(Right.WRITE_ADVISORIES)
        return
    user.check(Right.SIGN_ADVISORIES)
    if user.user_id == interview.proposed_by:
        raise RefusedError("Nobody signs what they proposed.", code=ErrorCode.AUTHOR_CANNOT_SIGN)


def step(
    interview: Interview, event: InterviewEvent, given: Given, *, is_workday: IsWorkday, now: datetime
) -> InterviewState:
    """What becomes of it; `now` and moments of notices are local.

    Raises ConflictError for what cannot be done now, InputError for what is missing, CalendarMissing.
    """
    if event not in list_allowed(interview.state):
        raise ConflictError(
            f"An interview that is {interview.state} has no {event}.",
            code=ErrorCode.STEP_NOT_ALLOWED,
            params={
                "step": event,
                "state": interview.state,
                "allowed": ",".join(list_allowed(interview.state)),
            },
        )
    match event:
        case _E.REJECT if given.reason is None:
            raise InputError("Say why it is rejected.")
        case _E.NOTIFY:
            _check_notice(given.notice, is_workday, now)
        case _E.HOLD:
            _check_held(interview, given, now)
        case _E.REFUSE | _E.NOT_APPEAR if given.proof is None:
            raise InputError("Say what shows it.")
        case _E.NOT_APPEAR if interview.meets_at is not None and now < interview.meets_at:
            raise InputError("Nobody is missing before it begins.", code=ErrorCode.IN_THE_FUTURE)
        case _E.ESCALATE if given.escalates_to is None or given.reason is None:
            raise InputError("Say to what it is escalated, and why.")
        case _E.VERIFY if interview.checked_commitments < interview.commitments:
            raise ConflictError(
                "Every commitment is done and checked by another person first.", code=ErrorCode.COMMITMENTS_OPEN
            )
    return TABLE[interview.state, event]


def last_day_of_notice(meets_on: date, is_workday: IsWorkday) -> date:
    """The third working day before that of the interview. Raises CalendarMissing."""
    day, left = meets_on, NOTICE_WORKDAYS
    while left:
        day -= DAY
        left -= is_workday(day)
    return day


def check_checker(*, done_by: int | None, user_id: int) -> None:
    """Raises RefusedError for whoever wrote down that it was done, ConflictError for what is not done."""
    if done_by is None:
        raise ConflictError("Only what is done is checked.", code=ErrorCode.COMMITMENTS_OPEN)
    if done_by == user_id:
        raise RefusedError("Another person checks it.", code=ErrorCode.OTHER_PERSON_CHECKS)


def _check_notice(notice: Notice | None, is_workday: IsWorkday, now: datetime) -> None:
    if notice is None:
        raise InputError("Say when and how they were invited, to when and where.")
    if notice.at > now:
        raise InputError("Nobody was invited in the time to come.", code=ErrorCode.IN_THE_FUTURE)
    last = last_day_of_notice(notice.meets_at.date(), is_workday)
    if notice.at.date() > last:
        raise ConflictError(
            f"They are invited by {last} at the latest.", code=ErrorCode.NOTICE_TOO_LATE, params={"day": str(last)}
        )


def _check_held(interview: Interview, given: Given, now: datetime) -> None:
    if given.held_at is None or given.minutes is None or not given.attendees:
        raise InputError("Say when it was held, who was there, and what was said.")
    if given.held_at > now:
        raise InputError("It has not been held yet.", code=ErrorCode.IN_THE_FUTURE)
    if interview.meets_at is not None and given.held_at.date() < interview.meets_at.date():
        raise InputError("It is held on the day of the notice, or later.")
    if len(set(given.hosts)) < LEAST_HOSTS:
        raise InputError(f"At least {LEAST_HOSTS} of the office hold it.", code=ErrorCode.TOO_FEW_HOSTS)
    if not given.commitments and given.reason is None:
        raise InputError("Write down a commitment, or why there is none.")
    if any(one.due_on < given.held_at.date() for one in given.commitments):
        raise InputError("A commitment is due after the interview.")
