"""The SQL of promised times. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.agents.tables import SignOn
from callcenter.callbacks.rules import PROMISE_KEPT_FROM, CallKey
from callcenter.callbacks.store import notify
from callcenter.callbacks.tables import EpisodePromise, EpisodeRow, PromiseChange
from callcenter.calls.tables import Call
from callcenter.dialling.tables import Dial


def is_promise_open() -> ColumnElement[bool]:
    """A time was promised, and nobody has rung the caller around it or since."""
    kept = select(Dial.id).where(
        Dial.subject == EpisodeRow.subject,
        Dial.requested_at >= func.greatest(EpisodePromise.promised_at - PROMISE_KEPT_FROM, EpisodePromise.set_at),
    )
    return EpisodePromise.promised_at.is_not(None) & ~kept.exists()


def is_promise_late(overdue_before: datetime | None, now: datetime) -> ColumnElement[bool]:
    """The time promised is to come, and lies behind the deadline of the first try, or that of the talk has passed."""
    is_late = EpisodeRow.first_attempt_at.is_(None) & (EpisodePromise.promised_at > EpisodeRow.due_at)
    if overdue_before is not None:
        is_late |= EpisodeRow.opened_at < overdue_before
    return (EpisodePromise.promised_at > now) & is_late


async def put_promise(
    session: AsyncSession,
    episode_id: int,
    *,
    promised_at: datetime,
    set_by: int,
    set_at: datetime,
    named_by: str,
    named_in: CallKey | None,
    opens_hours: bool,
) -> None:
    """The promise that counts from now on; what stood there before is kept."""
    before = await find_promise(session, episode_id)
    new: dict[str, Any] = {
        "promised_at": promised_at,
        "set_by": set_by,
        "set_at": set_at,
        "named_by": named_by,
        "named_in_pbx": None if named_in is None else named_in.pbx,
        "named_in_call_id": None if named_in is None else named_in.call_id,
        "opens_hours": opens_hours,
    }
    statement = insert_or(EpisodePromise).values(episode_id=episode_id, **new)
    await session.execute(statement.on_conflict_do_update(index_elements=["episode_id"], set_=new))
    replaced_at = None if before is None else before.promised_at
    await session.execute(insert(PromiseChange).values(episode_id=episode_id, replaced_at=replaced_at, **new))
    await notify(session)


async def find_promise(session: AsyncSession, episode_id: int) -> EpisodePromise | None:
    """The promise of an episode, kept or not; locked."""
    statement = select(EpisodePromise).where(EpisodePromise.episode_id == episode_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()


async def find_due_promise(session: AsyncSession, episode_id: int, now: datetime) -> EpisodePromise | None:
    """The promise whose time has come and that nobody has kept."""
    statement = (
        select(EpisodePromise)
        .join(EpisodeRow, EpisodeRow.id == EpisodePromise.episode_id)
        .where(EpisodePromise.episode_id == episode_id, EpisodePromise.promised_at <= now, is_promise_open())
    )
    return (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()


async def list_promise_changes(
    session: AsyncSession, episode_ids: Sequence[int]
) -> Sequence[tuple[PromiseChange, str]]:
    """Oldest first, each with the name of who made it."""
    statement = select(PromiseChange, User.name).join(User, User.id == PromiseChange.set_by)
    rows = await session.execute(statement.where(PromiseChange.episode_id.in_(episode_ids)).order_by(PromiseChange.id))
    return [(change, name) for change, name in rows]


async def was_named_in(session: AsyncSession, key: CallKey, subject: str, *, user_id: int | None) -> bool:
    """Whether the person talked in this call to an agent, to this one if named, or left a message."""
    device = func.split_part(SignOn.interface, "/", 2)
    sat_there = select(SignOn.id).where(
        SignOn.user_id == user_id,
        SignOn.pbx == Call.pbx,
        func.array_position(Call.agents, device).is_not(None),
        SignOn.signed_on_at <= func.coalesce(Call.ended_at, func.now()),
        or_(SignOn.signed_off_at.is_(None), SignOn.signed_off_at >= Call.started_at),
    )
    talked = func.cardinality(Call.agents) > 0 if user_id is None else sat_there.exists()
    left_message = Call.record["voicemail"].as_string().is_not(None)
    statement = select(Call.call_id).where(
        Call.pbx == key.pbx, Call.call_id == key.call_id, Call.customer_key == subject, or_(talked, left_message)
    )
    return (await session.scalars(statement)).first() is not None


async def list_promises_due(session: AsyncSession, now: datetime) -> Sequence[tuple[int, datetime]]:
    """Open episodes whose caller was promised a call that is due and was not made."""
    return await _list_open(session, EpisodePromise.promised_at <= now)


async def list_promises_late(
    session: AsyncSession, overdue_before: datetime | None, now: datetime
) -> Sequence[tuple[int, datetime]]:
    """Open episodes that are put off behind the deadline of the first try, or while that of the talk has passed."""
    return await _list_open(session, is_promise_late(overdue_before, now))


async def count_put_off(session: AsyncSession, now: datetime) -> int:
    """How many who wait were promised a later time."""
    return len(await _list_open(session, EpisodePromise.promised_at > now))


async def _list_open(session: AsyncSession, wanted: ColumnElement[bool]) -> Sequence[tuple[int, datetime]]:
    statement = (
        select(EpisodeRow.id, EpisodePromise.promised_at)
        .join(EpisodePromise, EpisodePromise.episode_id == EpisodeRow.id)
        .where(EpisodeRow.closed_at.is_(None), wanted, is_promise_open())
        .order_by(EpisodePromise.promised_at, EpisodeRow.id)
    )
    return [(episode_id, promised_at) for episode_id, promised_at in await session.execute(statement)]
