"""The states of a survey and of each person in it, who may ask them, and when trying is enough. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callcenter.accounts.rights import Duty, SignedIn
from callcenter.dialling.rules import DialOutcome, DialState, Judgement
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError, RefusedError

ATTEMPTS = 3
"""So often somebody is tried, in different parts of the day as whoever is called back; then the next reserve opens."""
CLOSED_AFTER_WORKDAYS = 20
"""Counted from the draw; then a survey may be closed though somebody was not asked."""
MARKS = range(1, 6)
MOST_SUGGESTED = 1000
"""Characters of a suggestion."""


class SurveyState(StrEnum):
    """How far a survey has come. A closed list."""

    FROZEN = "frozen"
    DRAWN = "drawn"
    CLOSED = "closed"
    """Its figures are fixed."""


class SurveyEvent(StrEnum):
    """What is done with a survey after its frame was frozen. A closed list."""

    DRAW = "draw"
    CLOSE = "close"


TABLE: dict[tuple[SurveyState, SurveyEvent], SurveyState] = {
    (SurveyState.FROZEN, SurveyEvent.DRAW): SurveyState.DRAWN,
    (SurveyState.DRAWN, SurveyEvent.CLOSE): SurveyState.CLOSED,
}


class SampleState(StrEnum):
    """How somebody of a draw stands. A closed list."""

    RESERVE = "reserve"
    """Not asked as long as the drawn ones can be."""
    OPEN = "open"
    DIALLING = "dialling"
    """Was tried, and is to be tried again."""
    DONE = "done"
    REFUSED = "refused"
    """That is an answer too: no other one is asked in their place."""
    UNREACHABLE = "unreachable"
    EXCLUDED = "excluded"
    """Should not have been in the frame, as was found since."""


WAITING = frozenset({SampleState.OPEN, SampleState.DIALLING})
REPLACED = frozenset({SampleState.UNREACHABLE, SampleState.EXCLUDED})
"""After these the next of the stratum's reserve opens."""


class SampleEnd(StrEnum):
    """How somebody's part in a survey ends. A closed list."""

    INTERVIEWED = "interviewed"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    WRONG_PERSON = "wrong_person"
    """The number is somebody else's."""
    EXCLUDED = "excluded"


ENDS: dict[SampleEnd, SampleState] = {
    SampleEnd.INTERVIEWED: SampleState.DONE,
    SampleEnd.REFUSED: SampleState.REFUSED,
    SampleEnd.UNREACHABLE: SampleState.UNREACHABLE,
    SampleEnd.WRONG_PERSON: SampleState.UNREACHABLE,
    SampleEnd.EXCLUDED: SampleState.EXCLUDED,
}


class LateExclusion(StrEnum):
    """Why somebody who was drawn is left out. A closed list."""

    CONSENT_WITHDRAWN = "consent_withdrawn"
    """They do not want to be asked, this time or again."""
    NO_NUMBER = "no_number"
    """What was their number is none any more."""
    REOPENED = "reopened"
    """Their matter is not completed any more."""
    DIED = "died"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """What somebody said. A question that was not answered is None; `is_kept` too where nothing was agreed."""

    attitude: int | None
    """Of those who mediated, from 1 to 5."""
    result: int | None
    """How content they are with what came of it, from 1 to 5."""
    is_solved: bool | None
    is_kept: bool | None
    """Whether what was agreed was done."""
    suggestion: str | None = None
    wants_call_back: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """A dial to somebody of the draw, as its call record shows it, and what the surveyor heard."""

    at: datetime
    state: DialState
    outcome: DialOutcome | None
    judgement: Judgement | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Hands:
    """Who had a ticket in their hands: registered it, did something with it, or mediated it."""

    users: frozenset[int]


def step(state: SurveyState, event: SurveyEvent) -> SurveyState:
    """What becomes of the survey. Raises ConflictError for what cannot be done with it now."""
    target = TABLE.get((state, event))
    if target is None:
        raise ConflictError(
            f"A survey that is {state} cannot {event}.", code=ErrorCode.SURVEY_STATE, params={"state": state.value}
        )
    return target


def check_close(states: Collection[SampleState], *, workdays_since_draw: int) -> None:
    """Raises ConflictError while somebody waits to be asked and there is still time for it."""
    waiting = sum(state in WAITING for state in states)
    if waiting and workdays_since_draw < CLOSED_AFTER_WORKDAYS:
        raise ConflictError(
            f"{waiting} people are still to be asked.", code=ErrorCode.SURVEY_HAS_OPEN, params={"count": waiting}
        )


def check_duty(user: SignedIn, duty: Duty) -> None:
    """Raises RefusedError without the duty, whatever the role."""
    if duty not in user.duties:
        raise RefusedError(
            f"Only users with the duty {duty} may do this.", code=ErrorCode.DUTY_REQUIRED, params={"duty": duty}
        )


def may_ask(user: SignedIn, hands: Hands) -> bool:
    """Whether this surveyor never had the ticket in hands. The handler's shift partner may ask."""
    return user.user_id not in hands.users


def check_surveyor(user: SignedIn, hands: Hands) -> None:
    """Raises RefusedError for whoever is no surveyor, and for one who registered, handled or mediated the ticket."""
    check_duty(user, Duty.SURVEYOR)
    if not may_ask(user, hands):
        raise RefusedError(
            "You had this matter in your hands: another surveyor asks.", code=ErrorCode.SURVEYOR_INVOLVED
        )


def check_waiting(state: SampleState) -> None:
    """Raises ConflictError for somebody whose part has ended, or has not begun."""
    if state not in WAITING:
        raise ConflictError(
            f"This person is {state} and not to be asked.", code=ErrorCode.SAMPLE_STATE, params={"state": state.value}
        )


def check_end(end: SampleEnd, *, answers: Answers | None, reason: LateExclusion | None) -> None:
    """Raises InputError where an interview has no answers, an exclusion no reason, or another end has either."""
    if (answers is not None) != (end is SampleEnd.INTERVIEWED):
        raise InputError("Answers belong to an interview, and to nothing else.")
    if (reason is not None) != (end is SampleEnd.EXCLUDED):
        raise InputError("A reason belongs to an exclusion, and to nothing else.")
    if answers is not None and answers.attitude is answers.result is answers.is_solved is None:
        raise InputError("Who answered nothing was not interviewed: say that they refused.")


def check_tried(counted: int) -> None:
    """Raises ConflictError for somebody who was not yet tried in enough parts of a day: `counted` as for callbacks."""
    if counted < ATTEMPTS:
        raise ConflictError(
            f"Tried in {counted} parts of a day; {ATTEMPTS} are needed.",
            code=ErrorCode.SURVEY_NOT_TRIED,
            params={"count": counted},
        )


def list_failed(attempts: Iterable[Attempt]) -> list[datetime]:
    """When somebody was tried and not reached, in order: what the rules of calling back take."""
    return sorted(one.at for one in attempts if is_failed(one))


def is_failed(attempt: Attempt) -> bool:
    """Whether the number was rung and the person was not talked to: nobody, a machine, or somebody else.

    A dial of which the result is unknown, or in which the surveyor's own phone was not picked up, is no attempt.
    """
    if attempt.state is not DialState.ENDED:
        return False
    if attempt.outcome is DialOutcome.TALKED:
        return attempt.judgement in (Judgement.MAILBOX, Judgement.NO_ANSWER)
    return attempt.outcome not in (None, DialOutcome.AGENT_NO_ANSWER, DialOutcome.CANCELLED, DialOutcome.FAILED)
