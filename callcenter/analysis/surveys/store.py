"""All SQL of surveys. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.analysis.periods import Period, PeriodKind
from callcenter.analysis.snapshots.tables import SnapshotHead
from callcenter.analysis.surveys.draw import Place
from callcenter.analysis.surveys.frame import Completed, Frame, Stratum
from callcenter.analysis.surveys.rules import Answers, Attempt, SampleState, SurveyState
from callcenter.analysis.surveys.tables import SurveyAnswer, SurveyMember, SurveyRow, SurveySample
from callcenter.callbacks.tables import DaySheet
from callcenter.dialling import store as dials
from callcenter.dialling.rules import DialOutcome, DialState, Judgement
from callcenter.dialling.tables import Dial
from callcenter.errors import NotFoundError

MOST_DIALS = 1000
"""Of one person; more than a number is ever rung."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """A survey as it stands, and the period that it is of."""

    row: SurveyRow
    period: Period


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """Somebody of a draw, and the stratum that they stand for."""

    row: SurveySample
    stratum: Stratum


@dataclass(frozen=True, kw_only=True, slots=True)
class Interview:
    """What somebody answered, for which stratum, in which call, and whom."""

    id: int
    number: str
    stratum: Stratum
    answers: Answers
    at: datetime
    surveyor: str
    pbx: str
    call_id: str


async def add_survey(session: AsyncSession, values: dict[str, Any], frame: Frame) -> int | None:
    """The id of a new one with its frame; None where the period has one already."""
    statement = insert_or(SurveyRow).values(**values).on_conflict_do_nothing().returning(SurveyRow.id)
    survey_id = (await session.scalars(statement)).one_or_none()
    if survey_id is not None and frame.members:
        rows = [
            {"survey_id": survey_id, "number": one.number, "person": one.person, **asdict(one.stratum)}
            for one in frame.members
        ]
        await session.execute(insert(SurveyMember), rows)
    return survey_id


async def list_surveys(session: AsyncSession, *, before: int | None, limit: int) -> list[Survey]:
    """Newest first."""
    statement = _surveys().order_by(SurveyRow.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(SurveyRow.id < before)
    return [_survey(*row) for row in await session.execute(statement)]


async def get_survey(session: AsyncSession, survey_id: int, *, is_locked: bool = False) -> Survey:
    """Raises NotFoundError. Locked, one event or interview at a time is worked on."""
    statement = _surveys().where(SurveyRow.id == survey_id)
    if is_locked:
        statement = statement.with_for_update(of=SurveyRow)
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such survey.")
    return _survey(*found)


async def change_survey(session: AsyncSession, survey_id: int, values: dict[str, Any]) -> None:
    """What an event changes."""
    await session.execute(update(SurveyRow).where(SurveyRow.id == survey_id).values(**values))


async def read_frame(session: AsyncSession, survey_id: int) -> Frame:
    """As it was frozen, without the counts of those who are not in it."""
    statement = select(SurveyMember).where(SurveyMember.survey_id == survey_id).order_by(SurveyMember.number)
    members = tuple(
        Completed(number=row.number, stratum=_stratum(row), person=row.person)
        for row in await session.scalars(statement)
    )
    return Frame(members=members, exclusions={})


async def add_samples(session: AsyncSession, survey_id: int, places: Sequence[Place], *, at: datetime) -> None:
    """Everybody of the frame: those who were drawn are open, all others the reserve."""
    rows = [
        {
            "survey_id": survey_id,
            "number": place.number,
            "position": place.position,
            "is_reserve": place.is_reserve,
            "state": (SampleState.RESERVE if place.is_reserve else SampleState.OPEN).value,
            "opened_at": None if place.is_reserve else at,
        }
        for place in places
    ]
    if rows:
        await session.execute(insert(SurveySample), rows)


async def list_samples(
    session: AsyncSession, survey_id: int, *conditions: ColumnElement[bool], after: int = 0, limit: int | None = None
) -> list[Sample]:
    """In the order of the draw: by stratum and place."""
    statement = (
        _samples()
        .where(SurveySample.survey_id == survey_id, SurveySample.id > after, *conditions)
        .order_by(SurveySample.id)
        .limit(limit)
    )
    return [Sample(row=row, stratum=_stratum(member)) for row, member in await session.execute(statement)]


async def get_sample(session: AsyncSession, sample_id: int, *, is_locked: bool = False) -> Sample:
    """Raises NotFoundError."""
    statement = _samples().where(SurveySample.id == sample_id)
    if is_locked:
        statement = statement.with_for_update(of=SurveySample)
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such person in a survey.")
    row, member = found
    return Sample(row=row, stratum=_stratum(member))


async def change_sample(session: AsyncSession, sample_id: int, values: dict[str, Any]) -> None:
    """How the person stands now."""
    await session.execute(update(SurveySample).where(SurveySample.id == sample_id).values(**values))


async def open_next_reserve(session: AsyncSession, survey_id: int, stratum: Stratum, *, at: datetime) -> int | None:
    """The id of the next of this stratum's reserve, which is open now; None where there is none left."""
    waiting = (
        select(SurveySample.id)
        .join(SurveyMember, _of_member())
        .where(
            SurveySample.survey_id == survey_id,
            SurveySample.state == SampleState.RESERVE.value,
            SurveyMember.unit_id.is_not_distinct_from(stratum.unit_id),
            SurveyMember.is_settled == stratum.is_settled,
        )
        .order_by(SurveySample.position)
        .limit(1)
    )
    sample_id = (await session.scalars(waiting)).one_or_none()
    if sample_id is not None:
        await change_sample(session, sample_id, {"state": SampleState.OPEN.value, "opened_at": at})
    return sample_id


async def list_states(session: AsyncSession, survey_id: int) -> list[SampleState]:
    """Of everybody in the draw."""
    statement = select(SurveySample.state).where(SurveySample.survey_id == survey_id)
    return [SampleState(state) for state in await session.scalars(statement)]


async def list_attempts(session: AsyncSession, sample_ids: Collection[int]) -> dict[int, list[tuple[Dial, Attempt]]]:
    """The dials to each of these, newest first."""
    found: dict[int, list[tuple[Dial, Attempt]]] = {sample_id: [] for sample_id in sample_ids}
    rows = await dials.list_dials(session, Dial.survey_sample_id.in_(sample_ids), limit=MOST_DIALS)
    for dial, _, judged in rows:
        attempt = Attempt(
            at=dial.requested_at,
            state=DialState(dial.state),
            outcome=None if dial.outcome is None else DialOutcome(dial.outcome),
            judgement=None if judged is None else Judgement(judged.judgement),
        )
        found[dial.survey_sample_id or 0].append((dial, attempt))
    return found


async def add_answers(session: AsyncSession, sample_id: int, given: Answers, **with_: Any) -> None:
    """Once for each person: the key sees to it."""
    await session.execute(insert(SurveyAnswer).values(sample_id=sample_id, **asdict(given), **with_))


async def list_interviews(
    session: AsyncSession, *conditions: ColumnElement[bool], after: int = 0, limit: int | None = None
) -> list[Interview]:
    """In the order of the draw: of a survey, or of some days."""
    statement = (
        select(SurveyAnswer, SurveySample.number, SurveyMember, User.name, Dial.pbx, Dial.call_id)
        .join(SurveySample, SurveySample.id == SurveyAnswer.sample_id)
        .join(SurveyMember, _of_member())
        .join(User, User.id == SurveyAnswer.surveyor_id)
        .join(Dial, Dial.id == SurveyAnswer.dial_id)
        .where(SurveyAnswer.sample_id > after, *conditions)
        .order_by(SurveyAnswer.sample_id)
        .limit(limit)
    )
    return [
        Interview(
            id=row.sample_id,
            number=number,
            stratum=_stratum(member),
            answers=Answers(
                attitude=row.attitude,
                result=row.result,
                is_solved=row.is_solved,
                is_kept=row.is_kept,
                suggestion=row.suggestion,
                wants_call_back=row.wants_call_back,
            ),
            at=row.at,
            surveyor=name,
            pbx=pbx,
            call_id=call_id,
        )
        for row, number, member, name, pbx, call_id in await session.execute(statement)
    ]


async def list_without_survey(session: AsyncSession) -> list[Period]:
    """Months that the nightly job has frozen and of which there is no survey, in order."""
    has_survey = select(SurveyRow.id).where(SurveyRow.snapshot_id == SnapshotHead.id).exists()
    statement = (
        select(SnapshotHead)
        .where(SnapshotHead.kind == PeriodKind.MONTH.value, SnapshotHead.made_by.is_(None), ~has_survey)
        .order_by(SnapshotHead.first)
    )
    return [
        Period(kind=PeriodKind.MONTH, first=head.first, last=head.last) for head in await session.scalars(statement)
    ]


async def list_to_draw(session: AsyncSession) -> list[int]:
    """The ids of surveys that the nightly job has frozen, and whose last day has its sheet."""
    statement = (
        select(SurveyRow.id)
        .join(SnapshotHead, SnapshotHead.id == SurveyRow.snapshot_id)
        .join(DaySheet, DaySheet.business_date == SnapshotHead.last)
        .where(SurveyRow.state == SurveyState.FROZEN.value, SurveyRow.frozen_by.is_(None))
        .order_by(SurveyRow.id)
    )
    return list(await session.scalars(statement))


async def count_members(session: AsyncSession, survey_ids: Collection[int]) -> dict[int, int]:
    """How many each frame has."""
    statement = (
        select(SurveyMember.survey_id, func.count())
        .where(SurveyMember.survey_id.in_(survey_ids))
        .group_by(SurveyMember.survey_id)
    )
    return dict.fromkeys(survey_ids, 0) | {of: count for of, count in await session.execute(statement)}  # noqa: C416


def _surveys() -> Any:
    return select(SurveyRow, SnapshotHead).join(SnapshotHead, SnapshotHead.id == SurveyRow.snapshot_id)


def _survey(row: SurveyRow, head: SnapshotHead) -> Survey:
    period = Period(kind=PeriodKind(head.kind), first=head.first, last=head.last, name=head.name)
    return Survey(row=row, period=period)


def _samples() -> Any:
    return select(SurveySample, SurveyMember).join(SurveyMember, _of_member())


def _of_member() -> ColumnElement[bool]:
    return (SurveyMember.survey_id == SurveySample.survey_id) & (SurveyMember.number == SurveySample.number)


def _stratum(member: SurveyMember) -> Stratum:
    return Stratum(unit_id=member.unit_id, is_settled=member.is_settled)
