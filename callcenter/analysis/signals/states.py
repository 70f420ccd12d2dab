"""What becomes of a signal: somebody looks at it, and confirms or dismisses it; a confirmed one is acted on. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError
from callcenter.hours.deadlines import IsWorkday, add_workdays
from callcenter.hours.rules import CalendarMissing

WAITING_DAYS = 10
"""Working days."""


class SignalState(StrEnum):
    """How far a signal has come. A closed list."""

    NEW = "new"
    REVIEWING = "reviewing"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    """It was no news, and why."""
    ACTED = "acted"
    """A warning, a letter, an interview or a patrol came of it."""


class SignalEventKind(StrEnum):
    """What somebody does with a signal. A closed list."""

    REVIEW = "review"
    """Begin to look at it."""
    CONFIRM = "confirm"
    DISMISS = "dismiss"
    LINK = "link"
    """Name what came of it."""


class SignalLink(StrEnum):
    """What can come of a signal. A closed list."""

    ADVISORY = "advisory"
    LETTER = "letter"
    INTERVIEW = "interview"
    INSPECTION = "inspection"


NEXT: Mapping[tuple[SignalState, SignalEventKind], SignalState] = {
    (SignalState.NEW, SignalEventKind.REVIEW): SignalState.REVIEWING,
    (SignalState.REVIEWING, SignalEventKind.CONFIRM): SignalState.CONFIRMED,
    (SignalState.REVIEWING, SignalEventKind.DISMISS): SignalState.DISMISSED,
    (SignalState.CONFIRMED, SignalEventKind.LINK): SignalState.ACTED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalEventGiven:
    """What comes with an event: a reason to dismiss it, that the tickets behind it were read, what came of it."""

    reason: str | None = None
    tickets_read: bool = False
    linked: SignalLink | None = None
    linked_id: int | None = None


def list_events(state: SignalState) -> list[SignalEventKind]:
    """What can be done with a signal."""
    return [event for known, event in NEXT if known is state]


def is_waiting(state: SignalState, found_on: date, today: date, is_workday: IsWorkday) -> bool:
    """Whether nobody has looked at it for more than ten working days; False where no calendar says so."""
    try:
        return state is SignalState.NEW and add_workdays(found_on, WAITING_DAYS, is_workday) < today
    except CalendarMissing:
        return False


def next_state(state: SignalState, event: SignalEventKind, given: SignalEventGiven) -> SignalState:
    """Raises ConflictError for an event that does not fit the state, InputError for what is missing with it."""
    following = NEXT.get((state, event))
    if following is None:
        raise ConflictError(
            f"A signal that is {state} cannot have the event {event}.",
            code=ErrorCode.SIGNAL_EVENT_NOT_ALLOWED,
            params={"state": state, "event": event},
        )
    if event in (SignalEventKind.CONFIRM, SignalEventKind.DISMISS) and not given.tickets_read:
        raise InputError("Read the tickets behind a signal first, and say so.", code=ErrorCode.TICKETS_NOT_READ)
    if event is SignalEventKind.DISMISS and given.reason is None:
        raise InputError("Say why it is no news.", code=ErrorCode.REASON_REQUIRED)
    if event is SignalEventKind.LINK and (given.linked is None or given.linked_id is None):
        raise InputError("Name what came of the signal.", code=ErrorCode.SIGNAL_LINK_REQUIRED)
    return following
