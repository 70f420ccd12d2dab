"""The SQL of who works on which episode. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, false, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.agents.tables import AgentSkill
from callcenter.callbacks.promise_store import is_promise_open
from callcenter.callbacks.rules import EpisodeState
from callcenter.callbacks.store import notify
from callcenter.callbacks.tables import EpisodeCall, EpisodeClaim, EpisodePromise, EpisodeRow
from callcenter.calls.tables import Call
from callcenter.dialling.rules import NEVER_RANG, DialOutcome, DialState, Judgement
from callcenter.dialling.tables import Dial, DialJudgement, DoNotCall
from callcenter.hours.calling_hours import PROMISE_WINDOW


class ClaimEnd(StrEnum):
    """Why an episode is no longer an agent's. A closed list."""

    RELEASED = "released"
    HANDED_OVER = "handed_over"
    EXPIRED = "expired"
    TRIED = "tried"
    """The caller was rung and not reached."""
    CLOSED = "closed"
    """The episode is closed."""


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """An episode that might be worked on next, as the gate has to know it."""

    episode_id: int
    subject: str
    is_emergency: bool
    named_at: datetime | None


async def find_next(
    session: AsyncSession, user_id: int, now: datetime, *, is_calling_hour: bool, left_out: Collection[int]
) -> Candidate | None:
    """The most urgent episode that is due and that this agent may take; those that others hold locked are left out.

    Promises that are due go first, by their time; then the list's own order. Outside the hours only emergencies and
    whoever named this time.
    """
    is_promised = is_promise_open()
    may_try = EpisodeRow.is_emergency | EpisodeRow.next_try_at.is_(None) | (EpisodeRow.next_try_at <= now)
    is_due = case(
        (is_promised, (EpisodePromise.promised_at <= now) & (EpisodePromise.opens_hours | may_try)), else_=may_try
    )
    is_named = EpisodePromise.opens_hours & EpisodePromise.promised_at.between(now - PROMISE_WINDOW, now)
    may_ring = true() if is_calling_hour else EpisodeRow.is_emergency | func.coalesce(is_named, false())
    is_claimed = select(EpisodeClaim.id).where(
        EpisodeClaim.episode_id == EpisodeRow.id, EpisodeClaim.ended_at.is_(None)
    )
    is_in_flight = select(Dial.id).where(Dial.subject == EpisodeRow.subject, Dial.state == DialState.DIALLING)
    is_listed = select(DoNotCall.number).where(DoNotCall.number == func.split_part(EpisodeRow.subject, ";", 1))
    statement = (
        select(
            EpisodeRow.id,
            EpisodeRow.subject,
            EpisodeRow.is_emergency,
            case((is_named, EpisodePromise.promised_at)).label("named_at"),
        )
        .outerjoin(EpisodePromise, EpisodePromise.episode_id == EpisodeRow.id)
        .where(
            EpisodeRow.closed_at.is_(None),
            EpisodeRow.caller_number.is_not(None),
            EpisodeRow.state != EpisodeState.WRONG_NUMBER,
            EpisodeRow.id.not_in(left_out),
            is_due,
            may_ring,
            ~is_claimed.exists(),
            ~is_in_flight.exists(),
            ~is_listed.exists(),
            _has_skill(user_id),
        )
        .order_by(case((is_promised, EpisodePromise.promised_at)).nulls_last(), EpisodeRow.priority, EpisodeRow.id)
        .limit(1)
        .with_for_update(of=EpisodeRow, skip_locked=True)
    )
    row = (await session.execute(statement)).first()
    if row is None:
        return None
    return Candidate(episode_id=row.id, subject=row.subject, is_emergency=row.is_emergency, named_at=row.named_at)


async def is_allowed(session: AsyncSession, episode_id: int, user_id: int) -> bool:
    """Whether the agent has the skill for this episode."""
    return (
        await session.scalars(select(EpisodeRow.id).where(EpisodeRow.id == episode_id, _has_skill(user_id)))
    ).first() is not None


async def add_claim(
    session: AsyncSession, episode_id: int, user_id: int, *, slots: Sequence[int], at: datetime, until: datetime
) -> bool:
    """False where somebody has it, or where the agent has as many as there are slots."""
    for slot in slots:
        values = {"episode_id": episode_id, "user_id": user_id, "slot": slot, "claimed_at": at, "expires_at": until}
        statement = insert_or(EpisodeClaim).values(values).on_conflict_do_nothing().returning(EpisodeClaim.id)
        if (await session.execute(statement)).first() is not None:
            await notify(session)
            return True
    return False


async def lock_claims_of(session: AsyncSession, user_id: int) -> None:
    """Let no other request take callers for this agent until this transaction ends."""
    name = func.hashtextextended(f"claims of {user_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(name)))


async def find_untried(session: AsyncSession, user_id: int, *, claimed_after: datetime | None) -> int | None:
    """The open episode that the agent took last, after that moment if one is named, and has not rung since."""
    rung = select(Dial.id).where(
        Dial.episode_id == EpisodeClaim.episode_id,
        Dial.user_id == EpisodeClaim.user_id,
        Dial.requested_at >= EpisodeClaim.claimed_at,
        Dial.state.not_in(NEVER_RANG),
        Dial.outcome.is_distinct_from(DialOutcome.AGENT_NO_ANSWER.value),
    )
    statement = (
        select(EpisodeClaim.episode_id)
        .join(EpisodeRow, EpisodeRow.id == EpisodeClaim.episode_id)
        .where(
            EpisodeClaim.user_id == user_id,
            EpisodeClaim.ended_at.is_(None),
            EpisodeRow.closed_at.is_(None),
            ~rung.exists(),
        )
        .order_by(EpisodeClaim.id.desc())
        .limit(1)
    )
    if claimed_after is not None:
        statement = statement.where(EpisodeClaim.claimed_at > claimed_after)
    return (await session.scalars(statement)).first()


async def end_over(session: AsyncSession, now: datetime, *, tried_before: datetime, user_id: int | None = None) -> None:
    """Claims that are over, whoever held them: run out, of closed episodes, and of callers who were rung in vain; one
    of a turn in a queue with its one dial.

    The last from a moment on; of `user_id` all of them, since that agent asks for somebody else.
    """
    await _end(session, EpisodeClaim.expires_at <= now, ended_at=EpisodeClaim.expires_at, ended_by=ClaimEnd.EXPIRED)
    closed = select(EpisodeRow.id).where(EpisodeRow.id == EpisodeClaim.episode_id, EpisodeRow.closed_at.is_not(None))
    await _end(session, closed.exists(), ended_at=now, ended_by=ClaimEnd.CLOSED)
    of_claim = (
        (Dial.episode_id == EpisodeClaim.episode_id)
        & (Dial.user_id == EpisodeClaim.user_id)
        & (Dial.requested_at >= EpisodeClaim.claimed_at)
    )
    judged = select(DialJudgement.id).where(
        DialJudgement.dial_id == Dial.id, DialJudgement.judgement != Judgement.TALKED
    )
    is_in_vain = Dial.outcome.not_in([DialOutcome.TALKED, DialOutcome.AGENT_NO_ANSWER]) | judged.exists()
    is_turn = EpisodeClaim.slot == 0
    in_vain = select(Dial.id).where(
        of_claim,
        or_(is_turn & (Dial.state != DialState.DIALLING), (Dial.state == DialState.ENDED) & is_in_vain),
        (Dial.ended_at <= tried_before) | (Dial.user_id == user_id),
    )
    in_flight = select(Dial.id).where(of_claim, Dial.state == DialState.DIALLING)
    await _end(session, in_vain.exists() & ~in_flight.exists(), ended_at=now, ended_by=ClaimEnd.TRIED)


async def _end(session: AsyncSession, over: ColumnElement[bool], **values: Any) -> None:
    """What another request ends at this moment is left to it, so that none waits for the other."""
    ids = select(EpisodeClaim.id).where(EpisodeClaim.ended_at.is_(None), over).with_for_update(skip_locked=True)
    end = update(EpisodeClaim).where(EpisodeClaim.id.in_(ids)).values(**values).returning(EpisodeClaim.id)
    ended = await session.execute(end.execution_options(synchronize_session=False))
    if ended.all():
        await notify(session)


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


async def find_other_claim(session: AsyncSession, subject: str, user_id: int) -> tuple[EpisodeClaim, str] | None:
    """The claim of another agent to an episode of this person, with that agent's name."""
    statement = (
        select(EpisodeClaim, User.name)
        .join(User, User.id == EpisodeClaim.user_id)
        .join(EpisodeRow, EpisodeRow.id == EpisodeClaim.episode_id)
        .where(
            EpisodeRow.subject == subject,
            EpisodeRow.closed_at.is_(None),
            EpisodeClaim.ended_at.is_(None),
            EpisodeClaim.user_id != user_id,
        )
    )
    row = (await session.execute(statement)).first()
    return None if row is None else (row[0], row[1])


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
    await notify(session)
