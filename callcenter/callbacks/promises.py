"""Promised times: who named them, whether they open the hours, and what had been promised before."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.callbacks import promise_store, store
from callcenter.callbacks.claims import check_writer
from callcenter.callbacks.rules import CallKey
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError, RefusedError

LONGEST_PROMISE = timedelta(days=30)

PROMISE_RULE = (
    "A time that the caller named, in a talk with the agent or in a message that was left, or that a supervisor "
    "answers for, goes before the hours in which people may be called, for an hour from then on and not before. One "
    "that an agent named says when to ring, within these hours and not earlier than the next try."
)


class NamedBy(StrEnum):
    """Who named the time of a promise. A closed list."""

    CALLER = "caller"
    AGENT = "agent"
    SUPERVISOR = "supervisor"


async def promise(
    session: AsyncSession,
    episode_id: int,
    user: SignedIn,
    promised_at: datetime,
    *,
    named_by: NamedBy | None,
    named_in: CallKey | None,
    now: datetime,
) -> None:
    """Put down that the caller was promised a call then; `named_in` is the call in which the caller named the time.

    Raises NotFoundError, ConflictError for a closed episode, RefusedError for who does not have the caller or was in no
    such call, InputError.
    """
    await check_writer(session, episode_id, user, now, needs_claim=True)
    episode = await store.get_episode(session, episode_id)
    if episode.closed_at is not None:
        raise ConflictError("The episode is closed.", code=ErrorCode.EPISODE_CLOSED)
    if not now < promised_at <= now + LONGEST_PROMISE:
        raise InputError("A promised time lies ahead, and within 30 days.", code=ErrorCode.OUT_OF_RANGE)
    leads = user.may(Right.LEAD_CALLBACKS)
    if named_by is None:
        named_by = NamedBy.SUPERVISOR if leads else NamedBy.AGENT
    if named_by is NamedBy.SUPERVISOR and not leads:
        raise RefusedError(
            "Only a supervisor can name a time as a supervisor.",
            code=ErrorCode.RIGHT_REQUIRED,
            params={"right": Right.LEAD_CALLBACKS},
        )
    if (named_by is NamedBy.CALLER) != (named_in is not None):
        raise InputError(
            "Name the call in which the caller named the time, and no other.", code=ErrorCode.PROMISE_NEEDS_CALL
        )
    if named_in is not None and not await promise_store.was_named_in(
        session, named_in, episode.subject, user_id=None if leads else user.user_id
    ):
        raise RefusedError(
            "In this call the caller neither talked to you nor left a message.", code=ErrorCode.PROMISE_CALL_UNFIT
        )
    await promise_store.put_promise(
        session,
        episode_id,
        promised_at=promised_at,
        set_by=user.user_id,
        set_at=now,
        named_by=named_by,
        named_in=named_in,
        opens_hours=named_by is not NamedBy.AGENT,
    )


async def keep_turn(session: AsyncSession, episode_id: int, asked_in: CallKey, *, user_id: int, now: datetime) -> None:
    """A caller who kept the place in a queue asked to be rung when the turn comes, whatever hour that is."""
    await promise_store.put_promise(
        session,
        episode_id,
        promised_at=now,
        set_by=user_id,
        set_at=now,
        named_by=NamedBy.CALLER,
        named_in=asked_in,
        opens_hours=True,
    )
