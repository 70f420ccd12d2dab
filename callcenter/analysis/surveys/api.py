"""Surveys over HTTP: frozen, drawn, asked, closed. Quality officers draw, surveyors ask, both and analysts read."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Duty, Right, SignedIn
from callcenter.analysis.snapshots.store import get_snapshot
from callcenter.analysis.surveys import calls, people, service, store
from callcenter.analysis.surveys.draw import DEFAULT_SHARE
from callcenter.analysis.surveys.rules import SampleState, SurveyEvent, check_duty, list_failed, may_ask
from callcenter.analysis.surveys.schemas import (
    DrawnStratum,
    FrameMember,
    FrameMemberPage,
    NewInterview,
    NewSurvey,
    SamplePage,
    SampleView,
    SurveyInterviewPage,
    SurveyInterviewView,
    SurveyPage,
    SurveyResults,
    SurveyView,
    SurveyWithStrata,
)
from callcenter.analysis.surveys.store import Interview, Survey
from callcenter.analysis.surveys.tables import SurveyRow, SurveySample
from callcenter.callbacks.retry_schedule import count_attempts
from callcenter.casework.tickets.api import AskedFrom
from callcenter.casework.tickets.views import Viewpoint
from callcenter.errors import InputError
from callcenter.hours.calling_hours import CallingHours
from callcenter.hours.service import load_is_workday
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import AskedSettings, Now, RowId, Snapshot, Transaction
from callcenter.http.pages import PageQuery, cut_page, cut_whole

router = APIRouter(tags=["surveys"])

_SURVEYS = value_cursors("surveys", int)
_FRAME = value_cursors("survey-frame", str)
_SAMPLE = value_cursors("survey-sample", int)
_INTERVIEWS = value_cursors("survey-interviews", int)
_READERS = frozenset({Duty.QUALITY, Duty.SURVEYOR, Duty.ANALYST})


@router.get("/surveys", dependencies=[require(Right.SEE_TICKETS)])
async def list_surveys(query: Annotated[PageQuery, Query()], user: SignedInUser, session: Snapshot) -> SurveyPage:
    """Newest first."""
    _check_reader(user)
    found = await store.list_surveys(session, before=query.after(_SURVEYS), limit=query.limit + 1)
    page, following = cut_page(found, query, _SURVEYS, lambda one: one.row.id)
    members = await store.count_members(session, [one.row.id for one in page])
    return SurveyPage(items=[_survey_view(one, members[one.row.id]) for one in page], next=following)


@router.post("/surveys", status_code=201, dependencies=[require(Right.SEE_TICKETS)])
async def freeze_survey(
    new: NewSurvey, user: SignedInUser, session: Transaction, settings: AskedSettings, now: Now
) -> SurveyWithStrata:
    """Freeze of whom a survey is drawn: complaints completed in the period of a snapshot."""
    check_duty(user, Duty.QUALITY)
    if new.share is not None and new.margin is not None:
        raise InputError("Give a share or a margin, not both.")
    share = DEFAULT_SHARE if new.margin is None and new.share is None else new.share
    period = (await get_snapshot(session, new.snapshot_id)).period
    size = service.Size(share=share, margin=new.margin)
    survey_id = await service.freeze(session, period, size, user=user, settings=settings, now=now)
    return await _view(session, survey_id)


@router.get("/surveys/{survey_id}", dependencies=[require(Right.SEE_TICKETS)])
async def get_survey(survey_id: RowId, user: SignedInUser, session: Snapshot) -> SurveyWithStrata:
    """One survey with its strata, its hashes and its seed."""
    _check_reader(user)
    return await _view(session, survey_id)


@router.post("/surveys/{survey_id}/events/{event}", dependencies=[require(Right.SEE_TICKETS)])
async def step_survey(
    survey_id: RowId,
    event: Annotated[SurveyEvent, Path()],
    user: SignedInUser,
    session: Transaction,
    settings: AskedSettings,
    now: Now,
) -> SurveyWithStrata:
    """Draw from the frame, or close the survey for good."""
    match event:
        case SurveyEvent.DRAW:
            await service.draw_sample(session, survey_id, user=user, now=now)
        case SurveyEvent.CLOSE:
            await service.close(session, survey_id, user=user, timezone=settings.timezone, now=now)
    return await _view(session, survey_id)


@router.get("/surveys/{survey_id}/frame", dependencies=[require(Right.SEE_TICKETS)])
async def get_survey_frame(
    survey_id: RowId, query: Annotated[PageQuery, Query()], user: SignedInUser, session: Snapshot
) -> FrameMemberPage:
    """The tickets of the frame, by number: what its hash is of."""
    _check_reader(user)
    survey = await store.get_survey(session, survey_id)
    frame = await store.read_frame(session, survey.row.id)
    page, following = cut_whole(frame.members, query, _FRAME, lambda one: one.number)
    return FrameMemberPage(
        items=[FrameMember(number=one.number, **asdict(one.stratum)) for one in page], next=following
    )


@router.get("/surveys/{survey_id}/sample", dependencies=[require(Right.SEE_TICKETS)])
async def get_survey_sample(
    survey_id: RowId,
    query: Annotated[PageQuery, Query()],
    user: SignedInUser,
    session: Snapshot,
    settings: AskedSettings,
) -> SamplePage:
    """Everybody's place in the draw, and how they stand; without the reserve that was not opened yet."""
    _check_reader(user)
    survey = await store.get_survey(session, survey_id)
    opened = SurveySample.state != SampleState.RESERVE.value
    found = await store.list_samples(
        session, survey.row.id, opened, after=query.after(_SAMPLE) or 0, limit=query.limit + 1
    )
    page, following = cut_page(found, query, _SAMPLE, lambda one: one.row.id)
    dialled = await store.list_attempts(session, [one.row.id for one in page])
    hands = await people.list_hands(session, [one.row.number for one in page])
    is_workday, hours = await load_is_workday(session), CallingHours.of(settings)
    items = []
    for one in page:
        attempts = [attempt for _, attempt in dialled[one.row.id]]
        items.append(
            SampleView(
                **asdict(one.stratum),
                id=one.row.id,
                number=one.row.number,
                position=one.row.position,
                is_reserve=one.row.is_reserve,
                state=SampleState(one.row.state),
                ended=one.row.ended,  # type: ignore[arg-type]
                reason=one.row.reason,  # type: ignore[arg-type]
                dials=[dial.id for dial, _ in dialled[one.row.id]],
                attempts=count_attempts(list_failed(attempts), hours),
                next_try_at=calls.next_try(attempts, settings, is_workday),
                may_ask=Duty.SURVEYOR in user.duties and may_ask(user, hands[one.row.number]),
            )
        )
    return SamplePage(items=items, next=following)


@router.post("/surveys/{survey_id}/interviews", status_code=204, dependencies=[require(Right.DIAL)])
async def end_interview(
    survey_id: RowId, new: NewInterview, user: SignedInUser, session: Transaction, settings: AskedSettings, now: Now
) -> None:
    """What somebody answered, or why they did not: once for each person."""
    await calls.end(
        session,
        survey_id,
        new.sample_id,
        new.end,
        answers=new.to_answers(),
        reason=new.reason,
        user=user,
        settings=settings,
        now=now,
    )


@router.get("/surveys/{survey_id}/interviews", dependencies=[require(Right.SEE_TICKETS)])
async def list_survey_interviews(
    survey_id: RowId,
    query: Annotated[PageQuery, Query()],
    user: SignedInUser,
    session: Snapshot,
    viewpoint: AskedFrom,
) -> SurveyInterviewPage:
    """What was answered, in the order of the draw; suggestions are masked."""
    _check_reader(user)
    survey = await store.get_survey(session, survey_id)
    found = await store.list_interviews(
        session, SurveySample.survey_id == survey.row.id, after=query.after(_INTERVIEWS) or 0, limit=query.limit + 1
    )
    page, following = cut_page(found, query, _INTERVIEWS, lambda one: one.id)
    return SurveyInterviewPage(items=[_interview_view(one, viewpoint) for one in page], next=following)


@router.get("/surveys/{survey_id}/results", dependencies=[require(Right.SEE_TICKETS)])
async def get_survey_results(
    survey_id: RowId, user: SignedInUser, session: Snapshot, settings: AskedSettings
) -> SurveyResults:
    """The figures, each with what it was made of: as they were when the survey was closed, or as they are now."""
    _check_reader(user)
    survey = await store.get_survey(session, survey_id)
    figures = survey.row.figures
    now = figures or asdict(await service.compute_results(session, survey, settings.timezone))
    return SurveyResults.model_validate(now | {"is_final": figures is not None})


def _check_reader(user: SignedIn) -> None:
    """Raises RefusedError for who neither sees statistics nor has a duty for it."""
    if not user.duties & _READERS:
        user.check(Right.SEE_STATISTICS)


async def _view(session: AsyncSession, survey_id: int) -> SurveyWithStrata:
    survey = await store.get_survey(session, survey_id)
    frame = await store.read_frame(session, survey_id)
    drawn = service.allotted(survey, frame)
    strata = [
        DrawnStratum(**asdict(stratum), members=size, drawn=drawn.get(stratum, 0))
        for stratum, size in frame.sizes().items()
    ]
    return SurveyWithStrata(**_survey_view(survey, len(frame.members)).model_dump(), strata=strata)


def _survey_view(survey: Survey, members: int) -> SurveyView:
    row, period = survey.row, survey.period
    return SurveyView.model_validate(
        {
            **{name: getattr(row, name) for name in SurveyView.model_fields if name in SurveyRow.__table__.columns},
            "kind": period.kind,
            "first": period.first,
            "last": period.last,
            "name": period.name,
            "members": members,
        }
    )


def _interview_view(one: Interview, viewpoint: Viewpoint) -> SurveyInterviewView:
    answers = asdict(one.answers) | {"suggestion": viewpoint.mask(one.answers.suggestion)}
    return SurveyInterviewView(
        **asdict(one.stratum),
        **answers,
        sample_id=one.id,
        number=one.number,
        at=one.at,
        surveyor=one.surveyor,
        pbx=one.pbx,
        call_id=one.call_id,
    )
