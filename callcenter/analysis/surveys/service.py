"""What is done with surveys: a frame is frozen, drawn from by lot, and closed. One transaction each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Duty, SignedIn
from callcenter.analysis.periods import Period
from callcenter.analysis.snapshots.rows import FrozenTicket
from callcenter.analysis.snapshots.store import find_snapshot, read_rows
from callcenter.analysis.surveys import people, store
from callcenter.analysis.surveys.draw import allot, draw, make_seed, size_by_margin, size_by_share
from callcenter.analysis.surveys.figures import Share, share
from callcenter.analysis.surveys.frame import ASKED_WITHIN, Completed, Frame, Stratum, build_frame
from callcenter.analysis.surveys.results import Results, reckon
from callcenter.analysis.surveys.rules import (
    SurveyEvent,
    SurveyState,
    check_close,
    check_duty,
    step,
)
from callcenter.analysis.surveys.store import Survey
from callcenter.analysis.surveys.tables import SurveySample
from callcenter.callbacks.tables import DaySheet
from callcenter.casework.metrics.definitions import DECIDED_BY
from callcenter.casework.tickets.clocks import ClockState
from callcenter.casework.tickets.rules import SETTLEMENTS, TicketKind
from callcenter.dialling.rules import DialPurpose, NumberRefused, number_for
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError
from callcenter.hours.service import load_is_workday
from callcenter.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How many are drawn: a share of the frame, or so many that a share is known to a margin. Exactly one."""

    share: Decimal | None = None
    margin: Decimal | None = None

    def of(self, members: int) -> int:
        """How many of so many."""
        if self.share is not None:
            return size_by_share(members, self.share)
        return size_by_margin(members, self.margin or Decimal(1))


async def freeze(
    session: AsyncSession, period: Period, size: Size, *, user: SignedIn | None, settings: Settings, now: datetime
) -> int:
    """The id of a new survey with its frame, of complaints completed in the period; `user` is None for the job.

    Raises RefusedError without the duty, ConflictError for a period that lasts or has a survey, NotFoundError where
    nothing was frozen of it.
    """
    if user is not None:
        check_duty(user, Duty.QUALITY)
    if now.astimezone(settings.timezone).date() <= period.last:
        raise ConflictError("The period is not over.", code=ErrorCode.PERIOD_NOT_OVER)
    snapshot = await find_snapshot(session, period)
    if snapshot is None:
        raise NotFoundError("There is no snapshot of this period.")
    frame = await _build_frame(session, await read_rows(session, snapshot.id), period, settings, now)
    values = {
        "snapshot_id": snapshot.id,
        "state": SurveyState.FROZEN.value,
        "share": size.share,
        "margin": size.margin,
        "frame_sha256": frame.sha256,
        "exclusions": {reason.value: count for reason, count in frame.exclusions.items()},
        "frozen_at": now,
        "frozen_by": None if user is None else user.user_id,
    }
    survey_id = await store.add_survey(session, values, frame)
    if survey_id is None:
        raise ConflictError("There is a survey of this period already.", code=ErrorCode.SURVEY_EXISTS)
    return survey_id


async def draw_sample(session: AsyncSession, survey_id: int, *, user: SignedIn | None, now: datetime) -> None:
    """Everybody's place, by a seed that nobody can choose; `user` is None for the job.

    Raises RefusedError, NotFoundError, ConflictError for what was drawn already, or before the last day has its sheet.
    """
    if user is not None:
        check_duty(user, Duty.QUALITY)
    survey = await store.get_survey(session, survey_id, is_locked=True)
    state = step(SurveyState(survey.row.state), SurveyEvent.DRAW)
    sheet_sha256 = await session.scalar(select(DaySheet.sha256).where(DaySheet.business_date == survey.period.last))
    if sheet_sha256 is None:
        raise ConflictError(
            f"The sheet of {survey.period.last} has not been frozen.",
            code=ErrorCode.DAY_SHEET_MISSING,
            params={"day": survey.period.last.isoformat()},
        )
    frame = await store.read_frame(session, survey_id)
    seed = make_seed(survey.row.frame_sha256, sheet_sha256)
    places = draw(frame, allotted(survey, frame), seed)
    await store.add_samples(session, survey_id, places, at=now)
    values = {
        "state": state.value,
        "sheet_sha256": sheet_sha256,
        "seed": seed,
        "drawn_at": now,
        "drawn_by": None if user is None else user.user_id,
    }
    await store.change_survey(session, survey_id, values)


async def close(session: AsyncSession, survey_id: int, *, user: SignedIn, timezone: ZoneInfo, now: datetime) -> None:
    """Nobody is asked any more, and the figures stay as they are.

    Raises RefusedError, NotFoundError, ConflictError while somebody waits and there is time.
    """
    check_duty(user, Duty.QUALITY)
    survey = await store.get_survey(session, survey_id, is_locked=True)
    state = step(SurveyState(survey.row.state), SurveyEvent.CLOSE)
    drawn_on = (survey.row.drawn_at or now).astimezone(timezone).date()
    passed = await _count_workdays(session, drawn_on, now.astimezone(timezone).date())
    check_close(await store.list_states(session, survey_id), workdays_since_draw=passed)
    results = await compute_results(session, survey, timezone)
    await store.change_survey(
        session,
        survey_id,
        {"state": state.value, "closed_at": now, "closed_by": user.user_id, "figures": asdict(results)},
    )


async def compute_results(session: AsyncSession, survey: Survey, timezone: ZoneInfo) -> Results:
    """From all that is known now; of one that is closed the stored figures say the same."""
    interviews = await store.list_interviews(session, SurveySample.survey_id == survey.row.id)
    return reckon(
        await store.read_frame(session, survey.row.id),
        await store.list_states(session, survey.row.id),
        [(one.stratum, one.answers) for one in interviews],
        _accepted_in_time(await read_rows(session, survey.row.snapshot_id), survey.period, timezone),
    )


def allotted(survey: Survey, frame: Frame) -> dict[Stratum, int]:
    """How many are drawn of each stratum."""
    sizes = frame.sizes()
    return allot(sizes, Size(share=survey.row.share, margin=survey.row.margin).of(sum(sizes.values())))


async def _build_frame(
    session: AsyncSession, rows: Sequence[FrozenTicket], period: Period, settings: Settings, now: datetime
) -> Frame:
    completed = [row for row in rows if _is_completed(row, period, settings.timezone)]
    complainants = await people.find_complainants(session, [row.number for row in completed])
    phones = {one.phone for one in complainants.values() if one.phone is not None}
    subjects = {phone: _dialable(phone, settings) for phone in phones}
    refused = await people.list_do_not_call(session, {subject for subject in subjects.values() if subject is not None})
    asked = await people.list_asked_since(session, now - ASKED_WITHIN)
    withdrawn = await people.list_withdrawn(session)
    members = []
    for row in completed:
        known = complainants.get(row.number)
        subject = None if known is None or known.phone is None else subjects[known.phone]
        members.append(
            Completed(
                number=row.number,
                stratum=Stratum(unit_id=row.unit_id, is_settled=row.outcome in SETTLEMENTS),
                person=row.complainant_key,
                is_anonymous=known is None or known.is_anonymous,
                has_withdrawn=row.complainant_key in withdrawn,
                is_do_not_call=subject in refused,
                is_dialable=subject is not None,
                was_asked_lately=row.complainant_key in asked,
            )
        )
    return build_frame(members)


def _accepted_in_time(rows: Sequence[FrozenTicket], period: Period, timezone: ZoneInfo) -> Share:
    ended = [
        clock.state
        for row in rows
        if not row.is_merged
        for clock in row.clocks
        if clock.code == DECIDED_BY
        and clock.state in (ClockState.MET, ClockState.BREACHED)
        and _is_within(clock.ended_at, period, timezone)
    ]
    return share(ended.count(ClockState.MET), len(ended))


def _is_completed(row: FrozenTicket, period: Period, timezone: ZoneInfo) -> bool:
    return row.kind is TicketKind.COMPLAINT and not row.is_merged and _is_within(row.completed_at, period, timezone)


def _is_within(at: datetime | None, period: Period, timezone: ZoneInfo) -> bool:
    return at is not None and period.first <= at.astimezone(timezone).date() <= period.last


def _dialable(phone: str, settings: Settings) -> str | None:
    """Whose number it is, as it stands on lists of numbers; None for one that may not be rung."""
    try:
        number = number_for(DialPurpose.SURVEY, phone, area_code=settings.area_code, prefixes=settings.dial_prefixes)
    except NumberRefused:
        return None
    return number.subject.partition(";")[0]


async def _count_workdays(session: AsyncSession, drawn_on: date, today: date) -> int:
    """After the day of the draw, up to today. Raises CalendarMissing."""
    is_workday = await load_is_workday(session)
    return sum(is_workday(drawn_on + timedelta(days=number)) for number in range(1, (today - drawn_on).days + 1))
