"""The SQL of working the callback list. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, false, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.callbacks.promise_store import is_promise_late, is_promise_open
from callcenter.callbacks.tables import EpisodeNote, EpisodePromise, EpisodeRow
from callcenter.calls.tables import Call
from callcenter.dialling.rules import DialState
from callcenter.dialling.tables import Dial, DialJudgement


async def add_notes(
    session: AsyncSession, episode_ids: Sequence[int], *, user_id: int, at: datetime, note: str
) -> None:
    if episode_ids:
        rows = [{"episode_id": episode_id, "user_id": user_id, "at": at, "note": note} for episode_id in episode_ids]
        await session.execute(insert(EpisodeNote).values(rows))


async def list_notes(session: AsyncSession, episode_ids: Sequence[int]) -> Sequence[tuple[EpisodeNote, str]]:
    """Oldest first, each with the name of who wrote it."""
    statement = select(EpisodeNote, User.name).join(User, User.id == EpisodeNote.user_id)
    rows = await session.execute(statement.where(EpisodeNote.episode_id.in_(episode_ids)).order_by(EpisodeNote.id))
    return [(note, name) for note, name in rows]


async def list_episodes_of(session: AsyncSession, subject: str) -> Sequence[EpisodeRow]:
    """Newest first."""
    statement = select(EpisodeRow).where(EpisodeRow.subject == subject).order_by(EpisodeRow.id.desc())
    return (await session.scalars(statement)).all()


async def list_calls_of(session: AsyncSession, subject: str, limit: int) -> Sequence[Call]:
    """The person's calls in either direction, newest first; a caller without a number has the one."""
    pbx, slash, call_id = subject.partition("/")
    wanted = (Call.pbx == pbx) & (Call.call_id == call_id) if slash else Call.customer_key == subject
    return (await session.scalars(select(Call).where(wanted).order_by(Call.started_at.desc()).limit(limit))).all()


async def list_overdue_attempts(session: AsyncSession, now: datetime) -> Sequence[tuple[int, datetime]]:
    """Open episodes whose first try is overdue, and since when."""
    statement = (
        select(EpisodeRow.id, EpisodeRow.due_at)
        .where(EpisodeRow.closed_at.is_(None), EpisodeRow.first_attempt_at.is_(None), EpisodeRow.due_at < now)
        .order_by(EpisodeRow.due_at)
    )
    rows = await session.execute(statement)
    return [(episode_id, due_at) for episode_id, due_at in rows if due_at is not None]


async def list_unknown_attempts(session: AsyncSession) -> Sequence[tuple[int, datetime]]:
    """Open episodes that nobody has tried and whose deadline is not known, and when the callers were lost."""
    statement = select(EpisodeRow.id, EpisodeRow.opened_at).where(_is_deadline_unknown()).order_by(EpisodeRow.opened_at)
    return [(episode_id, opened_at) for episode_id, opened_at in await session.execute(statement)]


async def list_opened_between(
    session: AsyncSession, begin: datetime | None, end: datetime | None
) -> Sequence[tuple[int, datetime]]:
    """Open episodes of callers with a number, lost in [begin, end), and when they were.

    No begin is the beginning of all; before no end nobody was lost.
    """
    statement = (
        select(EpisodeRow.id, EpisodeRow.opened_at)
        .where(EpisodeRow.closed_at.is_(None), _is_lost_between(begin, end))
        .order_by(EpisodeRow.opened_at)
    )
    return [(episode_id, opened_at) for episode_id, opened_at in await session.execute(statement)]


def _is_lost_between(begin: datetime | None, end: datetime | None) -> ColumnElement[bool]:
    if end is None:
        return false()
    within = EpisodeRow.caller_number.is_not(None) & (EpisodeRow.opened_at < end)
    return within if begin is None else within & (EpisodeRow.opened_at >= begin)


def _is_deadline_unknown() -> ColumnElement[bool]:
    return EpisodeRow.closed_at.is_(None) & EpisodeRow.first_attempt_at.is_(None) & EpisodeRow.due_at.is_(None)


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmCounts:
    """How many of each alarm there are, those included that a missing working calendar leaves unknown."""

    contacts_overdue: int
    contacts_unknown: int
    attempts_unknown: int
    promises_due: int
    promises_late: int
    dials_unknown: int


async def count_alarms(
    session: AsyncSession, now: datetime, *, overdue_before: datetime | None, possibly_before: datetime | None
) -> AlarmCounts:
    """By the indexes of what is open, as it is asked often."""
    is_open = EpisodeRow.closed_at.is_(None)
    episodes = select(func.count()).select_from(EpisodeRow)
    contacts = episodes.where(is_open, _is_lost_between(None, overdue_before)).scalar_subquery()
    possible = episodes.where(is_open, _is_lost_between(overdue_before, possibly_before)).scalar_subquery()
    attempts = episodes.where(_is_deadline_unknown()).scalar_subquery()
    due = (
        select(func.count())
        .select_from(EpisodePromise)
        .join(EpisodeRow, EpisodeRow.id == EpisodePromise.episode_id)
        .where(is_open, EpisodePromise.promised_at <= now, is_promise_open())
        .scalar_subquery()
    )
    late = (
        select(func.count())
        .select_from(EpisodePromise)
        .join(EpisodeRow, EpisodeRow.id == EpisodePromise.episode_id)
        .where(is_open, is_promise_late(overdue_before, now), is_promise_open())
        .scalar_subquery()
    )
    judged = select(DialJudgement.id).where(DialJudgement.dial_id == Dial.id)
    unknown = select(func.count()).where(Dial.state == DialState.UNKNOWN, ~judged.exists()).scalar_subquery()
    row = (await session.execute(select(contacts, possible, attempts, due, late, unknown))).one()
    return AlarmCounts(
        contacts_overdue=row[0],
        contacts_unknown=row[1],
        attempts_unknown=row[2],
        promises_due=row[3],
        promises_late=row[4],
        dials_unknown=row[5],
    )


async def list_unknown_dials(session: AsyncSession) -> Sequence[tuple[int, int | None, datetime]]:
    """Dials of unknown result that no agent has judged: id, episode, and when."""
    judged = select(DialJudgement.id).where(DialJudgement.dial_id == Dial.id)
    statement = (
        select(Dial.id, Dial.episode_id, Dial.requested_at)
        .where(Dial.state == DialState.UNKNOWN, ~judged.exists())
        .order_by(Dial.id)
    )
    return [(dial_id, episode_id, at) for dial_id, episode_id, at in await session.execute(statement)]


async def find_median_times(session: AsyncSession, *, since: datetime) -> tuple[timedelta | None, timedelta | None]:
    """From the loss to the first try, and to the talk, of the middle one of those lost since."""
    first = func.percentile_disc(0.5).within_group(EpisodeRow.first_attempt_at - EpisodeRow.opened_at)
    contact = func.percentile_disc(0.5).within_group(EpisodeRow.closed_at - EpisodeRow.opened_at)
    statement = select(
        first.filter(EpisodeRow.first_attempt_at.is_not(None)),
        contact.filter(EpisodeRow.closed_by_call_id.is_not(None)),
    ).where(EpisodeRow.opened_at >= since)
    to_attempt, to_contact = (await session.execute(statement)).one()
    return to_attempt, to_contact
