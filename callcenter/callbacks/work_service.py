"""Working the callback list: notes, what was heard, all that is known of a caller, and what is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.callbacks import promise_store, store, work_store
from callcenter.callbacks.claims import check_writer
from callcenter.callbacks.retry_schedule import find_overdue_before, find_possibly_overdue_before
from callcenter.callbacks.rules import FIGURES_REACH, HISTORY, CallKey, Subject, subject_of
from callcenter.callbacks.service import follow_person_in, lock_for_request, rebuild_person
from callcenter.callbacks.tables import EpisodeNote, EpisodeRow, PromiseChange
from callcenter.callbacks.work_store import AlarmCounts
from callcenter.calls.notes import WrittenNote, list_notes
from callcenter.calls.numbers import NumberKind
from callcenter.calls.records import Direction
from callcenter.calls.store import get_call
from callcenter.calls.tables import Call
from callcenter.dialling import store as dials
from callcenter.dialling.rules import Judgement
from callcenter.dialling.tables import Dial, DialJudgement
from callcenter.error_codes import ErrorCode
from callcenter.errors import NotFoundError, RefusedError
from callcenter.hours.calling_hours import CallingHours
from callcenter.hours.service import load_is_workday
from callcenter.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """What is known of one person: newest calls, episodes and dials first, notes oldest first."""

    subject: Subject
    is_whole: bool
    """False where there are more calls or dials than are shown."""
    calls: list[Call]
    episodes: list[EpisodeRow]
    dials: list[tuple[Dial, str, DialJudgement | None]]
    notes: list[tuple[EpisodeNote, str]]
    promises: list[tuple[PromiseChange, str]]
    call_notes: list[WrittenNote]
    """About the calls that are shown, oldest first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """Something that should have happened by `since`."""

    episode_id: int | None
    dial_id: int | None
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarms:
    """What a supervisor has to look after."""

    first_attempts_overdue: list[Alarm]
    first_attempts_unknown: list[Alarm]
    """Nobody can say by when, because the working calendar is missing; `since` the loss."""
    contacts_overdue: list[Alarm]
    contacts_unknown: list[Alarm]
    """Overdue or not, depending on a working calendar that is missing."""
    promises_due: list[Alarm]
    promises_late: list[Alarm]
    dials_unknown: list[Alarm]


async def add_note(session: AsyncSession, episode_id: int, user: SignedIn, note: str, now: datetime) -> None:
    """Raises NotFoundError, RefusedError without the skill, ConflictError while another agent works on it."""
    await check_writer(session, episode_id, user, now, needs_claim=False)
    await work_store.add_notes(session, [episode_id], user_id=user.user_id, at=now, note=note)


async def judge(
    session: AsyncSession,
    dial_id: int,
    user: SignedIn,
    *,
    judgement: Judgement,
    note: str,
    settings: Settings,
    now: datetime,
) -> Dial:
    """What the agent heard; the person's episodes follow in the same transaction.

    Raises NotFoundError, RefusedError for another agent's dial, ListBusyError.
    """
    dial = await dials.get_dial(session, dial_id)
    if dial.user_id != user.user_id and not user.may(Right.LEAD_CALLBACKS):
        raise RefusedError("Only who dialled, or a supervisor, can say what was heard.", code=ErrorCode.NOT_THE_DIALLER)
    values = {"dial_id": dial_id, "user_id": user.user_id, "at": now, "judgement": judgement, "note": note}
    await lock_for_request(session)
    await follow_person_in(session, dial.subject, settings)
    await dials.add_judgement(session, values)
    await rebuild_person(session, dial.subject, CallKey(dial.pbx, dial.call_id), settings)
    return dial


async def get_history_of_episode(session: AsyncSession, episode_id: int) -> History:
    """Raises NotFoundError."""
    episode = await store.get_episode(session, episode_id)
    return await _history(session, Subject(episode.subject, episode.caller_number))


async def get_history_of_call(session: AsyncSession, pbx: str, call_id: str) -> History:
    """Of the person at the other end. Raises NotFoundError, also where the call was one within the house."""
    subject = subject_of_call(await get_call(session, pbx, call_id))
    if subject is None:
        raise NotFoundError("Nobody from outside was in this call.", code=ErrorCode.NO_NUMBER)
    return await _history(session, subject)


def subject_of_call(call: Call) -> Subject | None:
    """The outside party of a stored call."""
    return subject_of(
        key=CallKey(call.pbx, call.call_id),
        direction=Direction(call.direction),
        customer_key=call.customer_key,
        number_kind=NumberKind(call.number_kind),
    )


async def _history(session: AsyncSession, subject: Subject) -> History:
    episodes = list(await work_store.list_episodes_of(session, subject.key))
    calls = await work_store.list_calls_of(session, subject.key, HISTORY + 1)
    dialled = await dials.list_dials(session, Dial.subject == subject.key, limit=HISTORY + 1)
    return History(
        subject=subject,
        is_whole=max(len(calls), len(dialled)) <= HISTORY,
        calls=list(calls[:HISTORY]),
        episodes=episodes,
        dials=list(dialled[:HISTORY]),
        notes=list(await work_store.list_notes(session, [episode.id for episode in episodes])),
        promises=list(await promise_store.list_promise_changes(session, [episode.id for episode in episodes])),
        call_notes=await list_notes(session, [(call.pbx, call.call_id) for call in calls[:HISTORY]]),
    )


async def list_alarms(session: AsyncSession, settings: Settings, now: datetime) -> Alarms:
    """Deadlines that have passed, the oldest first."""
    overdue_before, possibly_before = await _find_overdue_limits(session, settings, now)
    overdue = await work_store.list_opened_between(session, None, overdue_before)
    possibly = await work_store.list_opened_between(session, overdue_before, possibly_before)
    return Alarms(
        first_attempts_overdue=[_alarm(*row) for row in await work_store.list_overdue_attempts(session, now)],
        first_attempts_unknown=[_alarm(*row) for row in await work_store.list_unknown_attempts(session)],
        contacts_overdue=[_alarm(*row) for row in overdue],
        contacts_unknown=[_alarm(*row) for row in possibly],
        promises_due=[_alarm(*row) for row in await promise_store.list_promises_due(session, now)],
        promises_late=[_alarm(*row) for row in await promise_store.list_promises_late(session, overdue_before, now)],
        dials_unknown=[
            Alarm(episode_id=episode_id, dial_id=dial_id, since=at)
            for dial_id, episode_id, at in await work_store.list_unknown_dials(session)
        ],
    )


async def find_median_times(session: AsyncSession, now: datetime) -> tuple[timedelta | None, timedelta | None]:
    """From the loss to the first try and to the talk, of callers lost in the last seven days."""
    return await work_store.find_median_times(session, since=now - FIGURES_REACH)


async def count_alarms(session: AsyncSession, settings: Settings, now: datetime) -> AlarmCounts:
    """The same in figures."""
    overdue_before, possibly_before = await _find_overdue_limits(session, settings, now)
    return await work_store.count_alarms(session, now, overdue_before=overdue_before, possibly_before=possibly_before)


async def _find_overdue_limits(
    session: AsyncSession, settings: Settings, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """Lost before the first: surely not talked to in time; between both: not known without the working calendar."""
    is_workday = await load_is_workday(session)
    return (
        find_overdue_before(now, CallingHours.of(settings), is_workday),
        find_possibly_overdue_before(now, CallingHours.of(settings), is_workday),
    )


def _alarm(episode_id: int, since: datetime) -> Alarm:
    return Alarm(episode_id=episode_id, dial_id=None, since=since)
