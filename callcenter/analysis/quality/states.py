"""The states of a finding and of a bulletin: one table each of what can happen in which, and who may. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from callcenter.accounts.rights import Duty, Right, SignedIn
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, RefusedError
from callcenter.hours.deadlines import IsWorkday, add_workdays

APPEAL_WORKDAYS = 5
RECTIFY_WORKDAYS = 10
"""After the day of publication. Proposed, until the office decides."""


class FindingState(StrEnum):
    """What has become of a finding. A closed list."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DROPPED = "dropped"
    APPEALED = "appealed"
    GRANTED = "granted"
    """The appeal was right: the points come back."""
    UPHELD = "upheld"
    RECTIFIED = "rectified"
    """The unit says so."""
    VERIFIED = "verified"
    UNRECTIFIED = "unrectified"
    """Not in time: the same points are taken off once more."""


class FindingEvent(StrEnum):
    """What is done with a finding. A closed list."""

    CONFIRM = "confirm"
    DROP = "drop"
    APPEAL = "appeal"
    GRANT = "grant"
    UPHOLD = "uphold"
    RECTIFY = "rectify"
    VERIFY = "verify"
    LAPSE = "lapse"
    """The time to rectify is over. The system alone does that."""


FINDINGS: dict[tuple[FindingState, FindingEvent], FindingState] = {
    (FindingState.PROPOSED, FindingEvent.CONFIRM): FindingState.CONFIRMED,
    (FindingState.PROPOSED, FindingEvent.DROP): FindingState.DROPPED,
    (FindingState.CONFIRMED, FindingEvent.APPEAL): FindingState.APPEALED,
    (FindingState.APPEALED, FindingEvent.GRANT): FindingState.GRANTED,
    (FindingState.APPEALED, FindingEvent.UPHOLD): FindingState.UPHELD,
    (FindingState.CONFIRMED, FindingEvent.RECTIFY): FindingState.RECTIFIED,
    (FindingState.UPHELD, FindingEvent.RECTIFY): FindingState.RECTIFIED,
    (FindingState.RECTIFIED, FindingEvent.VERIFY): FindingState.VERIFIED,
    (FindingState.CONFIRMED, FindingEvent.LAPSE): FindingState.UNRECTIFIED,
    (FindingState.UPHELD, FindingEvent.LAPSE): FindingState.UNRECTIFIED,
}

UNCOUNTED = frozenset({FindingState.PROPOSED, FindingState.DROPPED, FindingState.GRANTED})
"""No points are taken off for these."""
UNMENDED = frozenset({FindingState.CONFIRMED, FindingState.UPHELD})
"""These lapse."""


class BulletinState(StrEnum):
    """How far a bulletin has come. A closed list."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    PUBLISHED = "published"


class BulletinEvent(StrEnum):
    """What is done with a bulletin. A closed list."""

    REVIEW = "review"
    SEND_BACK = "send_back"
    APPROVE = "approve"
    PUBLISH = "publish"
    CORRECT = "correct"
    """An appeal was granted, or an error was found: a draft of the next version; the old one stays readable."""


BULLETINS: dict[tuple[BulletinState, BulletinEvent], BulletinState] = {
    (BulletinState.DRAFT, BulletinEvent.REVIEW): BulletinState.REVIEWED,
    (BulletinState.REVIEWED, BulletinEvent.SEND_BACK): BulletinState.DRAFT,
    (BulletinState.APPROVED, BulletinEvent.SEND_BACK): BulletinState.DRAFT,
    (BulletinState.REVIEWED, BulletinEvent.APPROVE): BulletinState.APPROVED,
    (BulletinState.APPROVED, BulletinEvent.PUBLISH): BulletinState.PUBLISHED,
    (BulletinState.PUBLISHED, BulletinEvent.CORRECT): BulletinState.PUBLISHED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Acting:
    """Who wants to do something with a finding, and what that depends on.

    `unit_id` is the unit to which the user belongs. `confirmed_by` confirmed the finding. `published_on` is when the
    bulletin with it was published first, None before.
    """

    user: SignedIn
    unit_id: int | None
    confirmed_by: int | None
    published_on: date | None


def step_finding(state: FindingState, event: FindingEvent) -> FindingState:
    """What becomes of it. Raises ConflictError."""
    target = FINDINGS.get((state, event))
    if target is None:
        raise ConflictError(
            f"A finding that is {state} has no {event}.", code=ErrorCode.FINDING_STATE, params={"state": state.value}
        )
    return target


def step_bulletin(state: BulletinState, event: BulletinEvent) -> BulletinState:
    """What becomes of it; of one that is corrected, the old version. Raises ConflictError."""
    target = BULLETINS.get((state, event))
    if target is None:
        raise ConflictError(
            f"A bulletin that is {state} has no {event}.", code=ErrorCode.BULLETIN_STATE, params={"state": state.value}
        )
    return target


def check_finding_event(event: FindingEvent, acting: Acting, *, unit_id: int) -> None:
    """Raises RefusedError for who may not do this with a finding against that unit."""
    match event:
        case FindingEvent.CONFIRM | FindingEvent.DROP | FindingEvent.VERIFY:
            check_quality(acting.user)
        case FindingEvent.APPEAL | FindingEvent.RECTIFY:
            if acting.unit_id != unit_id:
                raise RefusedError("Only the unit itself may do this.", code=ErrorCode.NOT_OF_THE_UNIT)
        case FindingEvent.GRANT | FindingEvent.UPHOLD:
            if acting.published_on is None:
                check_quality(acting.user)
                if acting.user.user_id == acting.confirmed_by:
                    raise RefusedError("Another quality officer decides.", code=ErrorCode.OTHER_OFFICER_NEEDED)
            else:
                check_signature(acting.user, author=acting.confirmed_by)
        case FindingEvent.LAPSE:
            raise RefusedError("The system alone does this.", code=ErrorCode.FINDING_STATE)


def check_bulletin_event(event: BulletinEvent, user: SignedIn, *, reviewed_by: int | None) -> None:
    """Raises RefusedError: a quality officer reviews, exactly a director signs, and never the reviewer."""
    if event is BulletinEvent.REVIEW:
        check_quality(user)
    else:
        check_signature(user, author=reviewed_by)


def check_quality(user: SignedIn) -> None:
    """Raises RefusedError without the duty, whatever the role."""
    if Duty.QUALITY not in user.duties:
        raise RefusedError(
            f"Only users with the duty {Duty.QUALITY} may do this.",
            code=ErrorCode.DUTY_REQUIRED,
            params={"duty": Duty.QUALITY},
        )


def check_signature(user: SignedIn, *, author: int | None) -> None:
    """Raises RefusedError for whoever is no director, and for the author."""
    user.check(Right.SIGN_BULLETINS)
    if user.user_id == author:
        raise RefusedError("Whoever wrote it does not sign it.", code=ErrorCode.AUTHOR_CANNOT_SIGN)


def last_day_to_appeal(published_on: date, is_workday: IsWorkday) -> date:
    """The fifth working day after that of publication. Raises CalendarMissing."""
    return add_workdays(published_on, APPEAL_WORKDAYS, is_workday)


def last_day_to_rectify(published_on: date, is_workday: IsWorkday) -> date:
    """The tenth working day after that of publication. Raises CalendarMissing."""
    return add_workdays(published_on, RECTIFY_WORKDAYS, is_workday)
