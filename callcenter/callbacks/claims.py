"""Who works on which caller: taking the next one or this one, giving back, and who may write something down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.callbacks import claim_store, promise_store, store, work_store
from callcenter.callbacks.claim_store import ClaimEnd
from callcenter.callbacks.tables import EpisodeClaim
from callcenter.dialling import gate
from callcenter.dialling.rules import DialPurpose, RefusalReason
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError, Param, RefusedError
from callcenter.settings import Settings

CLAIM_LEASE = timedelta(minutes=30)
"""An agent who has not released an episode by then has forgotten it."""

FREED_AFTER = timedelta(minutes=2)
"""After a dial without a talk: time enough for a note, or to ring once more."""

SAME_CLICK = timedelta(seconds=5)
"""Whoever asks again so soon has clicked twice."""

NO_SKILL = "The caller was lost in a queue that you have no skill for."
ANOTHER_AGENT = "Another agent is working on this caller."


class ClaimLimitError(ConflictError):
    """You have as many callers as an agent may: release one first."""

    default_code = ErrorCode.CLAIM_LIMIT


TURN_SLOTS = (0,)
"""A caller whose turn in a queue came up is one more."""


def describe_claim(claim: EpisodeClaim, name: str) -> dict[str, Param]:
    """Who works on the caller, and until when at most, for the params of an error."""
    return {"user": name, "until": claim.expires_at}


def _claimed_by_other(claim: EpisodeClaim, name: str) -> ConflictError:
    return ConflictError(ANOTHER_AGENT, code=ErrorCode.CLAIMED_BY_OTHER, params=describe_claim(claim, name))


async def end_claims_over(session: AsyncSession, now: datetime, *, user_id: int | None = None) -> None:
    """Free whom nobody works on any more; of `user_id`, who asks for somebody else, all who were rung in vain."""
    await claim_store.end_over(session, now, tried_before=now - FREED_AFTER, user_id=user_id)


async def claim_next(session: AsyncSession, user: SignedIn, settings: Settings, now: datetime) -> int:
    """The episode that this agent is to work on next, theirs from now on.

    A second click, and whoever has as many as they may and has not rung one of them, gets the same again, so that
    nobody is taken from the others. Only callers who may be rung at this moment are given. Raises NotFoundError,
    ClaimLimitError.
    """
    await claim_store.lock_claims_of(session, user.user_id)
    await end_claims_over(session, now, user_id=user.user_id)
    slots = range(1, settings.claims_per_agent + 1)
    is_full = len(await claim_store.list_claims(session, user.user_id)) >= len(slots)
    untried = await claim_store.find_untried(session, user.user_id, claimed_after=None if is_full else now - SAME_CLICK)
    if untried is not None:
        return untried
    if is_full:
        raise ClaimLimitError(params={"limit": settings.claims_per_agent})
    left_out: list[int] = []
    hour = await gate.is_calling_hour(session, settings, now)
    while True:
        found = await claim_store.find_next(session, user.user_id, now, is_calling_hour=hour, left_out=left_out)
        if found is None:
            break
        left_out.append(found.episode_id)
        target = gate.Target(
            number=found.subject,
            episode_id=found.episode_id,
            is_emergency=found.is_emergency,
            named_at=found.named_at,
        )
        verdict = await gate.judge(session, target, DialPurpose.DIAL, settings, now, user_id=user.user_id)
        if verdict.refusal is RefusalReason.TOO_MANY_BY_AGENT:
            break
        if not verdict.is_allowed:
            continue
        # Another may have taken it between their commit and our look.
        until = now + CLAIM_LEASE
        if await claim_store.add_claim(session, found.episode_id, user.user_id, slots=slots, at=now, until=until):
            return found.episode_id
    put_off = await promise_store.count_put_off(session, now)
    more = f" {put_off} wait for a promised time." if put_off else ""
    raise NotFoundError(
        f"Nobody waits now whom you could call.{more}", code=ErrorCode.NOBODY_WAITS, params={"put_off": put_off}
    )


async def claim(
    session: AsyncSession,
    episode_id: int,
    user: SignedIn,
    settings: Settings,
    now: datetime,
    *,
    slots: Sequence[int] | None = None,
) -> None:
    """Take this episode, or hold it for longer.

    Raises NotFoundError, ConflictError where it is closed or another's, ClaimLimitError,
    RefusedError without the skill.
    """
    episode = await store.get_episode(session, episode_id)
    if episode.closed_at is not None:
        raise ConflictError("The episode is closed.", code=ErrorCode.EPISODE_CLOSED)
    if not user.may(Right.LEAD_CALLBACKS) and not await claim_store.is_allowed(session, episode_id, user.user_id):
        raise RefusedError(NO_SKILL, code=ErrorCode.NO_SKILL)
    await claim_store.lock_claims_of(session, user.user_id)
    await end_claims_over(session, now)
    found = await claim_store.find_claim(session, episode_id)
    if found is not None:
        if found[0].user_id != user.user_id:
            raise _claimed_by_other(*found)
        found[0].expires_at = now + CLAIM_LEASE
        await store.notify(session)
        return
    await end_claims_over(session, now, user_id=user.user_id)
    slots = range(1, settings.claims_per_agent + 1) if slots is None else slots
    if await claim_store.add_claim(session, episode_id, user.user_id, slots=slots, at=now, until=now + CLAIM_LEASE):
        return
    found = await claim_store.find_claim(session, episode_id)
    if found is not None:
        raise _claimed_by_other(*found)
    raise ClaimLimitError(params={"limit": settings.claims_per_agent})


async def release(session: AsyncSession, episode_id: int, user: SignedIn, now: datetime) -> None:
    """Give the episode back. Raises NotFoundError where nobody has it, RefusedError where it is another agent's."""
    found = await claim_store.find_claim(session, episode_id)
    if found is None:
        raise NotFoundError("Nobody is working on this episode.", code=ErrorCode.NOT_CLAIMED)
    if found[0].user_id != user.user_id and not user.may(Right.LEAD_CALLBACKS):
        raise RefusedError(ANOTHER_AGENT, code=ErrorCode.CLAIMED_BY_OTHER, params=describe_claim(*found))
    found[0].ended_at, found[0].ended_by = now, ClaimEnd.RELEASED
    await store.notify(session)


async def check_writer(
    session: AsyncSession, episode_id: int, user: SignedIn, now: datetime, *, needs_claim: bool
) -> None:
    """Whether this user may write something about an episode: a supervisor, or an agent with the skill while no other
    agent works on it; where it changes when the caller is rung, only the agent who works on it.

    Raises NotFoundError, RefusedError, ConflictError.
    """
    await store.get_episode(session, episode_id)
    if user.may(Right.LEAD_CALLBACKS):
        return
    if not await claim_store.is_allowed(session, episode_id, user.user_id):
        raise RefusedError(NO_SKILL, code=ErrorCode.NO_SKILL)
    await end_claims_over(session, now)
    found = await claim_store.find_claim(session, episode_id)
    if found is not None and found[0].user_id != user.user_id:
        raise _claimed_by_other(*found)
    if needs_claim and found is None:
        raise RefusedError(
            "Take this caller first: only who works on them, or a supervisor, can do that.", code=ErrorCode.NOT_CLAIMED
        )


async def hand_over(session: AsyncSession, user: SignedIn, note: str, now: datetime) -> list[int]:
    """At the end of a shift: give back what is unfinished, the note staying with each episode; which they were."""
    await end_claims_over(session, now)
    episode_ids = [episode_id for episode_id, _ in await claim_store.list_claims(session, user.user_id)]
    await work_store.add_notes(session, episode_ids, user_id=user.user_id, at=now, note=note)
    await claim_store.end_claims(session, user.user_id, at=now, by=ClaimEnd.HANDED_OVER)
    return episode_ids
