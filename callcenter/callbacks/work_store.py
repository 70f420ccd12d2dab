"""The SQL of working the callback list. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, case, false, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.agents.tables import AgentSkill
from callcenter.callbacks.tables import EpisodeCall, EpisodeClaim, EpisodeNote, EpisodePromise, EpisodeRow
from callcenter.calls.tables import Call
from callcenter.dialling.rules import DialState
from callcenter.dialling.tables import Dial, DialJudgement

PROMISE_KEPT_FROM = timedelta(minutes=15)
"""A dial so long before the promised time, or later, keeps the promise."""


class ClaimEnd(StrEnum):
    """Why an episode is no longer an agent's. A closed list."""

    RELEASED = "released"
    HANDED_OVER = "handed_over"
    EXPIRED = "expired"


async def end_expired(session: AsyncSession, now: datetime) -> None:
    """Leases that ran out, whoever held them."""
    expired = update(EpisodeClaim).where(EpisodeClaim.ended_at.is_(None), EpisodeClaim.expires_at <= now)
    await session.execute(expired.values(ended_at=EpisodeClaim.expires_at, ended_by=ClaimEnd.EXPIRED))


def _is_promise_open() -> ColumnElement[bool]:
    """A time was promised, and nobody has rung the caller around it or since."""
    kept = select(Dial.id).where(
        Dial.subject == EpisodeRow.subject, Dial.requested_at >= EpisodePromise.promised_at - PROMISE_KEPT_FROM
    )
    return EpisodePromise.promised_at.is_not(None) & ~kept.exists()


def _has_skill(user_id: int) -> ColumnElement[bool]:
    """The caller was lost in a queue that the agent can take, or in none; an agent without skills takes any."""
    skills = select(AgentSkill.queue).where(AgentSkill.user_id == user_id)
    of_episode = (
        select(func.unnest(Call.queues))
        .join(EpisodeCall, (EpisodeCall.pbx == Call.pbx) & (EpisodeCall.call_id == Call.call_id))
        .where(EpisodeCall.episode_id == EpisodeRow.id)
        .correlate(EpisodeRow)
    )
    queues = of_episode.subquery("queues").c[0]
    in_a_queue = select(queues).exists()
    in_one_of_theirs = select(queues).where(queues.in_(skills)).exists()
    return or_(~skills.exists(), ~in_a_queue, in_one_of_theirs)


async def find_next(session: AsyncSession, user_id: int, now: datetime) -> int | None:
    """The most urgent episode that is due and that this agent may take; those that others hold locked are left out.

    Promises that are due go first, by their time; then the list's own order.
    """
    is_promised = _is_promise_open()
    is_due = case(
        (is_promised, EpisodePromise.promised_at <= now),
        else_=EpisodeRow.next_try_at.is_(None) | (EpisodeRow.next_try_at <= now),
    )
    is_claimed = select(EpisodeClaim.id).where(
        EpisodeClaim.episode_id == EpisodeRow.id, EpisodeClaim.ended_at.is_(None)
    )
    is_in_flight = select(Dial.id).where(Dial.subject == EpisodeRow.subject, Dial.state == DialState.DIALLING)
    statement = (
        select(EpisodeRow.id)
        .outerjoin(EpisodePromise, EpisodePromise.episode_id == EpisodeRow.id)
        .where(
            EpisodeRow.closed_at.is_(None),
            EpisodeRow.caller_number.is_not(None),
            is_due,
            ~is_claimed.exists(),
            ~is_in_flight.exists(),
            _has_skill(user_id),
        )
        .order_by(case((is_promised, EpisodePromise.promised_at)).nulls_last(), EpisodeRow.priority, EpisodeRow.id)
        .limit(1)
        .with_for_update(of=EpisodeRow, skip_locked=True)
    )
    return (await session.scalars(statement)).first()


async def is_allowed(session: AsyncSession, episode_id: int, user_id: int) -> bool:
    """Whether the agent has the skill for this episode."""
    return (
        await session.scalars(select(EpisodeRow.id).where(EpisodeRow.id == episode_id, _has_skill(user_id)))
    ).first() is not None


async def add_claim(session: AsyncSession, episode_id: int, user_id: int, *, at: datetime, until: datetime) -> bool:
    """False where somebody has it."""
    values = {"episode_id": episode_id, "user_id": user_id, "claimed_at": at, "expires_at": until}
    statement = insert_or(EpisodeClaim).values(values).on_conflict_do_nothing().returning(EpisodeClaim.id)
    return (await session.execute(statement)).first() is not None


async def find_claim(session: AsyncSession, episode_id: int) -> tuple[EpisodeClaim, str] | None:
    """Who has the episode, with their name; locked."""
    statement = (
        select(EpisodeClaim, User.name)
        .join(User, User.id == EpisodeClaim.user_id)
        .where(EpisodeClaim.episode_id == episode_id, EpisodeClaim.ended_at.is_(None))
        .with_for_update(of=EpisodeClaim)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1])


async def find_other_claimant(session: AsyncSession, subject: str, user_id: int) -> bool:
    """Whether another agent has an episode of this person."""
    statement = (
        select(EpisodeClaim.id)
        .join(EpisodeRow, EpisodeRow.id == EpisodeClaim.episode_id)
        .where(
            EpisodeRow.subject == subject,
            EpisodeRow.closed_at.is_(None),
            EpisodeClaim.ended_at.is_(None),
            EpisodeClaim.user_id != user_id,
        )
    )
    return (await session.scalars(statement)).first() is not None


async def list_claims(session: AsyncSession, user_id: int) -> Sequence[tuple[int, datetime]]:
    """The open episodes that an agent has, and until when."""
    statement = (
        select(EpisodeClaim.episode_id, EpisodeClaim.expires_at)
        .join(EpisodeRow, EpisodeRow.id == EpisodeClaim.episode_id)
        .where(EpisodeClaim.user_id == user_id, EpisodeClaim.ended_at.is_(None), EpisodeRow.closed_at.is_(None))
        .order_by(EpisodeClaim.episode_id)
    )
    return [(episode_id, expires_at) for episode_id, expires_at in await session.execute(statement)]


async def end_claims(session: AsyncSession, user_id: int, *, at: datetime, by: ClaimEnd) -> None:
    """Everything that an agent has."""
    own = update(EpisodeClaim).where(EpisodeClaim.user_id == user_id, EpisodeClaim.ended_at.is_(None))
    await session.execute(own.values(ended_at=at, ended_by=by))


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


async def put_promise(
    session: AsyncSession, episode_id: int, *, promised_at: datetime, set_by: int, at: datetime
) -> None:
    new = {"promised_at": promised_at, "set_by": set_by, "set_at": at}
    statement = insert_or(EpisodePromise).values(episode_id=episode_id, **new)
    await session.execute(statement.on_conflict_do_update(index_elements=["episode_id"], set_=new))


async def find_promise(session: AsyncSession, episode_id: int) -> datetime | None:
    """The time that the caller was promised, kept or not."""
    promise = await session.get(EpisodePromise, episode_id, populate_existing=True)
    return None if promise is None else promise.promised_at


async def list_episodes_of(session: AsyncSession, subject: str) -> Sequence[EpisodeRow]:
    """Newest first."""
    statement = select(EpisodeRow).where(EpisodeRow.subject == subject).order_by(EpisodeRow.id.desc())
    return (await session.scalars(statement)).all()


async def list_calls_of(session: AsyncSession, subject: str, limit: int) -> Sequence[Call]:
    """The person's calls in either direction, newest first; a caller without a number has the one."""
    pbx, slash, call_id = subject.partition("/")
    wanted = (Call.pbx == pbx) & (Call.call_id == call_id) if slash else Call.customer_key == subject
    return (await session.scalars(select(Call).where(wanted).order_by(Call.started_at.desc()).limit(limit))).all()


async def list_promises_due(session: AsyncSession, now: datetime) -> Sequence[tuple[int, datetime]]:
    """Open episodes whose caller was promised a call that is due and was not made."""
    statement = (
        select(EpisodeRow.id, EpisodePromise.promised_at)
        .join(EpisodePromise, EpisodePromise.episode_id == EpisodeRow.id)
        .where(EpisodeRow.closed_at.is_(None), EpisodePromise.promised_at <= now, _is_promise_open())
        .order_by(EpisodePromise.promised_at)
    )
    return [(episode_id, promised_at) for episode_id, promised_at in await session.execute(statement)]


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
        .where(is_open, EpisodePromise.promised_at <= now, _is_promise_open())
        .scalar_subquery()
    )
    judged = select(DialJudgement.id).where(DialJudgement.dial_id == Dial.id)
    unknown = select(func.count()).where(Dial.state == DialState.UNKNOWN, ~judged.exists()).scalar_subquery()
    row = (await session.execute(select(contacts, possible, attempts, due, unknown))).one()
    return AlarmCounts(
        contacts_overdue=row[0],
        contacts_unknown=row[1],
        attempts_unknown=row[2],
        promises_due=row[3],
        dials_unknown=row[4],
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
