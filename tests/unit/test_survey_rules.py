"""The states of a survey, who may ask whom, and when trying is enough."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from callcenter.accounts.rights import Duty, Role, SignedIn
from callcenter.analysis.surveys.rules import (
    TABLE,
    Answers,
    Attempt,
    Hands,
    LateExclusion,
    SampleEnd,
    SampleState,
    SurveyEvent,
    SurveyState,
    check_close,
    check_end,
    check_surveyor,
    check_tried,
    check_waiting,
    list_failed,
    step,
)
from callcenter.callbacks.retry_schedule import count_attempts
from callcenter.dialling.rules import DialOutcome, DialState, Judgement
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError, RefusedError
from callcenter.hours.calling_hours import CallingHours
from callcenter.time_spans import Span

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = CallingHours(
    workday=(Span.parse("09:00-12:00"), Span.parse("14:00-20:00")), day_off=(Span.parse("10:00-12:00"),), timezone=ZONE
)
NO_HANDS = Hands(users=frozenset())
CONTENT = Answers(attitude=5, result=4, is_solved=True, is_kept=None)


def surveyor(*duties: Duty, user_id: int = 7, role: Role = Role.AGENT) -> SignedIn:
    return SignedIn(name="anna", role=role, user_id=user_id, duties=frozenset(duties))


def tried(
    day: int,
    hour: int,
    outcome: DialOutcome | None = DialOutcome.NO_ANSWER,
    judgement: Judgement | None = None,
    state: DialState = DialState.ENDED,
) -> Attempt:
    at = datetime(2026, 4, day, hour, tzinfo=ZONE)
    return Attempt(at=at, state=state, outcome=outcome, judgement=judgement)


def test_a_survey_is_drawn_once_and_closed_once() -> None:
    assert {(state, event): TABLE.get((state, event)) for state in SurveyState for event in SurveyEvent} == {
        (SurveyState.FROZEN, SurveyEvent.DRAW): SurveyState.DRAWN,
        (SurveyState.FROZEN, SurveyEvent.CLOSE): None,
        (SurveyState.DRAWN, SurveyEvent.DRAW): None,
        (SurveyState.DRAWN, SurveyEvent.CLOSE): SurveyState.CLOSED,
        (SurveyState.CLOSED, SurveyEvent.DRAW): None,
        (SurveyState.CLOSED, SurveyEvent.CLOSE): None,
    }
    assert step(SurveyState.FROZEN, SurveyEvent.DRAW) is SurveyState.DRAWN
    with pytest.raises(ConflictError) as caught:
        step(SurveyState.CLOSED, SurveyEvent.DRAW)
    assert (caught.value.code, caught.value.params) == (ErrorCode.SURVEY_STATE, {"state": "closed"})


@pytest.mark.parametrize(
    ("user", "hands", "code"),
    [
        (surveyor(Duty.SURVEYOR), NO_HANDS, None),
        (surveyor(Duty.SURVEYOR), Hands(users=frozenset({8})), None),
        (surveyor(Duty.SURVEYOR), Hands(users=frozenset({7})), ErrorCode.SURVEYOR_INVOLVED),
        (surveyor(Duty.QUALITY), NO_HANDS, ErrorCode.DUTY_REQUIRED),
        (surveyor(role=Role.DIRECTOR), NO_HANDS, ErrorCode.DUTY_REQUIRED),
        (surveyor(role=Role.ADMIN), NO_HANDS, ErrorCode.DUTY_REQUIRED),
    ],
)
def test_only_a_surveyor_who_never_had_the_matter_asks(user: SignedIn, hands: Hands, code: ErrorCode | None) -> None:
    if code is None:
        check_surveyor(user, hands)
        return
    with pytest.raises(RefusedError) as caught:
        check_surveyor(user, hands)
    assert caught.value.code is code


@pytest.mark.parametrize(
    ("attempt", "is_one"),
    [
        (tried(1, 9, DialOutcome.NO_ANSWER), True),
        (tried(1, 9, DialOutcome.BUSY), True),
        (tried(1, 9, DialOutcome.DECLINED), True),
        (tried(1, 9, DialOutcome.SWITCHED_OFF), True),
        (tried(1, 9, DialOutcome.WRONG_NUMBER), True),
        (tried(1, 9, DialOutcome.TALKED, Judgement.MAILBOX), True),
        (tried(1, 9, DialOutcome.TALKED, Judgement.NO_ANSWER), True),
        (tried(1, 9, DialOutcome.TALKED), False),
        (tried(1, 9, DialOutcome.TALKED, Judgement.TALKED), False),
        (tried(1, 9, DialOutcome.AGENT_NO_ANSWER), False),
        (tried(1, 9, DialOutcome.CANCELLED), False),
        (tried(1, 9, DialOutcome.FAILED), False),
        (tried(1, 9, None, state=DialState.DIALLING), False),
        (tried(1, 9, None, state=DialState.UNKNOWN), False),
        (tried(1, 9, None, state=DialState.NOT_SENT), False),
    ],
)
def test_what_counts_as_an_attempt(attempt: Attempt, is_one: bool) -> None:
    assert list_failed([attempt]) == ([attempt.at] if is_one else [])


@pytest.mark.parametrize(
    ("attempts", "counted"),
    [
        ([tried(1, 9), tried(1, 15), tried(1, 18)], None),
        ([tried(2, 18), tried(1, 9), tried(2, 15)], None),
        ([tried(1, 9), tried(1, 10), tried(2, 9), tried(1, 15)], 2),
        ([tried(1, 9), tried(1, 15), tried(1, 18, DialOutcome.AGENT_NO_ANSWER)], 2),
        ([], 0),
    ],
)
def test_nobody_is_given_up_before_three_parts_of_the_day(attempts: list[Attempt], counted: int | None) -> None:
    if counted is None:
        check_tried(count_attempts(list_failed(attempts), HOURS))
        return
    with pytest.raises(ConflictError) as caught:
        check_tried(count_attempts(list_failed(attempts), HOURS))
    assert (caught.value.code, caught.value.params) == (ErrorCode.SURVEY_NOT_TRIED, {"count": counted})


def test_a_survey_closes_when_nobody_waits_or_its_time_is_over() -> None:
    check_close([SampleState.DONE, SampleState.REFUSED, SampleState.RESERVE], workdays_since_draw=0)
    check_close([SampleState.OPEN, SampleState.DIALLING], workdays_since_draw=20)
    with pytest.raises(ConflictError) as caught:
        check_close([SampleState.OPEN, SampleState.DIALLING, SampleState.DONE], workdays_since_draw=19)
    assert (caught.value.code, caught.value.params) == (ErrorCode.SURVEY_HAS_OPEN, {"count": 2})


@pytest.mark.parametrize("state", SampleState)
def test_only_who_waits_is_asked(state: SampleState) -> None:
    if state in (SampleState.OPEN, SampleState.DIALLING):
        check_waiting(state)
        return
    with pytest.raises(ConflictError):
        check_waiting(state)


@pytest.mark.parametrize(
    ("end", "answers", "reason", "is_right"),
    [
        (SampleEnd.INTERVIEWED, CONTENT, None, True),
        (SampleEnd.INTERVIEWED, None, None, False),
        (SampleEnd.INTERVIEWED, Answers(attitude=None, result=None, is_solved=None, is_kept=True), None, False),
        (SampleEnd.INTERVIEWED, CONTENT, LateExclusion.OTHER, False),
        (SampleEnd.REFUSED, None, None, True),
        (SampleEnd.REFUSED, CONTENT, None, False),
        (SampleEnd.UNREACHABLE, None, None, True),
        (SampleEnd.WRONG_PERSON, None, None, True),
        (SampleEnd.EXCLUDED, None, LateExclusion.DIED, True),
        (SampleEnd.EXCLUDED, None, None, False),
    ],
)
def test_what_comes_with_which_end(
    end: SampleEnd, answers: Answers | None, reason: LateExclusion | None, is_right: bool
) -> None:
    if is_right:
        check_end(end, answers=answers, reason=reason)
        return
    with pytest.raises(InputError):
        check_end(end, answers=answers, reason=reason)
