"""Asking somebody who was drawn: whom to ring, whether now, and how their part in the survey ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Duty, SignedIn
from callcenter.analysis.surveys import people, store
from callcenter.analysis.surveys.rules import (
    ENDS,
    REPLACED,
    Answers,
    Attempt,
    LateExclusion,
    SampleEnd,
    SampleState,
    SurveyState,
    check_duty,
    check_end,
    check_surveyor,
    check_tried,
    check_waiting,
    list_failed,
)
from callcenter.analysis.surveys.store import Sample
from callcenter.callbacks.retry_schedule import count_attempts, find_next_try_at
from callcenter.casework.tickets.log_store import add_note
from callcenter.dialling.rules import VOIDING, DialOutcome, DialState, Judgement
from callcenter.dialling.tables import Dial
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError
from callcenter.hours.calling_hours import CallingHours
from callcenter.hours.deadlines import IsWorkday
from callcenter.hours.service import load_is_workday
from callcenter.settings import Settings

CALL_BACK_NOTE = "回访时要求回电"
"""What stands in the ticket of somebody who wants to be called back."""


async def find_number(session: AsyncSession, sample_id: int) -> str | None:
    """The complainant's number as it stands in the ticket now; None for none. Raises NotFoundError."""
    sample = await store.get_sample(session, sample_id)
    known = (await people.find_complainants(session, [sample.row.number])).get(sample.row.number)
    return None if known is None else known.phone


async def begin_attempt(
    session: AsyncSession, sample_id: int, *, user: SignedIn, settings: Settings, now: datetime
) -> datetime | None:
    """Let a surveyor ring somebody: None, or the moment before which that person is not to be tried again.

    Raises NotFoundError, RefusedError for who may not ask them, ConflictError for whoever is not to be asked.
    """
    sample = await store.get_sample(session, sample_id, is_locked=True)
    survey = await store.get_survey(session, sample.row.survey_id)
    if survey.row.state != SurveyState.DRAWN:
        raise ConflictError("The survey is closed.", code=ErrorCode.SAMPLE_STATE, params={"state": survey.row.state})
    await _check(session, sample, user)
    attempts = [attempt for _, attempt in (await store.list_attempts(session, [sample_id]))[sample_id]]
    next_try_at = next_try(attempts, settings, await load_is_workday(session))
    if next_try_at is not None and now < next_try_at:
        return next_try_at
    await store.change_sample(session, sample_id, {"state": SampleState.DIALLING.value})
    return None


async def end(
    session: AsyncSession,
    survey_id: int,
    sample_id: int,
    how: SampleEnd,
    *,
    answers: Answers | None,
    reason: LateExclusion | None,
    user: SignedIn,
    settings: Settings,
    now: datetime,
) -> None:
    """Somebody answered, refused, cannot be reached or should not be asked; in the last cases the next reserve opens.

    Raises InputError, NotFoundError, RefusedError, ConflictError for somebody who was not called as it needs, or whose
    part has ended.
    """
    check_end(how, answers=answers, reason=reason)
    survey = await store.get_survey(session, survey_id, is_locked=True)
    sample = await store.get_sample(session, sample_id, is_locked=True)
    if sample.row.survey_id != survey_id:
        raise NotFoundError("There is no such person in this survey.")
    if survey.row.state != SurveyState.DRAWN:
        raise ConflictError("The survey is closed.", code=ErrorCode.SURVEY_STATE, params={"state": survey.row.state})
    await _check(session, sample, user)
    dialled = (await store.list_attempts(session, [sample_id]))[sample_id]
    if how is SampleEnd.UNREACHABLE:
        attempts = [attempt for _, attempt in dialled]
        check_tried(count_attempts(list_failed(attempts), CallingHours.of(settings)))
    elif how is not SampleEnd.EXCLUDED:
        talk = _find_talk(dialled, user, how)
        if answers is not None:
            await store.add_answers(session, sample_id, answers, surveyor_id=user.user_id, at=now, dial_id=talk.id)
            await _note_call_back(session, sample, answers, user=user, now=now)
    state = ENDS[how]
    values = {
        "state": state.value,
        "ended": how.value,
        "reason": None if reason is None else reason.value,
        "ended_at": now,
        "ended_by": user.user_id,
    }
    await store.change_sample(session, sample_id, values)
    if state in REPLACED:
        await store.open_next_reserve(session, survey_id, sample.stratum, at=now)


def next_try(attempts: Sequence[Attempt], settings: Settings, is_workday: IsWorkday) -> datetime | None:
    """When somebody may be rung again, by the rule of calling back; None for at once."""
    return find_next_try_at(list_failed(attempts), CallingHours.of(settings), is_workday)


async def _check(session: AsyncSession, sample: Sample, user: SignedIn) -> None:
    hands = (await people.list_hands(session, [sample.row.number]))[sample.row.number]
    check_duty(user, Duty.SURVEYOR)
    check_waiting(SampleState(sample.row.state))  # first: a note for whoever wants to be called back is by the surveyor
    check_surveyor(user, hands)


def _find_talk(dialled: Sequence[tuple[Dial, Attempt]], user: SignedIn, how: SampleEnd) -> Dial:
    """The surveyor's last call to that person, which may still last. Raises ConflictError where there is none."""
    for dial, attempt in dialled:
        is_talk = attempt.state is DialState.DIALLING or attempt.outcome is DialOutcome.TALKED
        is_void = attempt.judgement in VOIDING and not (
            how is SampleEnd.WRONG_PERSON and attempt.judgement is Judgement.WRONG_PERSON
        )
        if dial.user_id == user.user_id and is_talk and not is_void:
            return dial
    raise ConflictError("You have not talked to this person.", code=ErrorCode.SURVEY_NO_TALK)


async def _note_call_back(
    session: AsyncSession, sample: Sample, answers: Answers, *, user: SignedIn, now: datetime
) -> None:
    if not answers.wants_call_back:
        return
    known = (await people.find_complainants(session, [sample.row.number])).get(sample.row.number)
    if known is not None:
        await add_note(session, known.ticket_id, note=CALL_BACK_NOTE, by=user.user_id, at=now)
