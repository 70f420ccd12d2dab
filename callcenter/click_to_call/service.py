"""Click-to-call: who is meant by an episode, a call, a directory entry, a survey or a typed number, and the ring."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.analysis.surveys import calls as survey_calls
from callcenter.callbacks import claim_store, claims, promise_store, store, work_service
from callcenter.callbacks.rules import EpisodeState
from callcenter.callbacks.service import follow_person
from callcenter.callbacks.tables import EpisodeRow
from callcenter.calls.number_access import note_search
from callcenter.calls.store import get_call
from callcenter.dialling import store as dials
from callcenter.dialling.directory import find_entry
from callcenter.dialling.rules import DialPurpose, Number, NumberRefused, RefusalReason, number_for
from callcenter.dialling.service import DialOrder, DialRefused, find_repeat, note_refusal, send, write_down
from callcenter.dialling.tables import Dial
from callcenter.errors import ConflictError, NotFoundError, RefusedError
from callcenter.pbx.registry import PbxRegistry
from callcenter.postgres.database import Database
from callcenter.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class DialTarget:
    """Whom to ring: exactly one of these; `has_more` says that something else was asked for as well.

    `is_turn` says that the turn of a caller came up who kept the place in a queue.
    """

    episode_id: int | None = None
    call: tuple[str, str] | None = None
    directory_id: int | None = None
    survey_sample_id: int | None = None
    typed: str | None = None
    has_more: bool = False
    is_turn: bool = False

    @property
    def kind(self) -> str:
        """As the log of refusals has it."""
        named = {
            "episode": self.episode_id,
            "call": self.call,
            "directory": self.directory_id,
            "survey": self.survey_sample_id,
            "typed": self.typed,
        }
        kinds = [kind for kind, value in named.items() if value is not None]
        return kinds[0] if len(kinds) == 1 else "several" if kinds else "none"

    @property
    def purpose(self) -> DialPurpose:
        if self.typed is not None:
            return DialPurpose.TYPED
        if self.survey_sample_id is not None:
            return DialPurpose.SURVEY
        return DialPurpose.QUEUE_CALLBACK if self.is_turn else DialPurpose.DIAL


async def dial(
    database: Database,
    pbxs: PbxRegistry,
    settings: Settings,
    *,
    user: SignedIn,
    target: DialTarget,
    key: str,
    request_sha256: str,
    now: datetime,
) -> Dial:
    """Ring the agent's phone, then the number, once; the same request again gives the same dial and rings nothing.

    The row is committed before anything is sent. Raises what DialRefused says, after writing it down.
    """
    since = asyncio.get_running_loop().time()
    try:
        async with database.sessions.begin() as session:
            subject = await _find_subject(session, settings, target)
        if subject is not None:
            await follow_person(database, subject, settings)
        async with database.sessions.begin() as session:
            # One after the other an agent's requests, and those about a person: each sees what the one before has done.
            await dials.lock_dials(session, user.user_id, subject)
            repeated = await find_repeat(session, user_id=user.user_id, key=key, request_sha256=request_sha256)
            if repeated is not None:
                return repeated
            order = await _order(session, settings, user, target, key, request_sha256, now)
            written = await write_down(session, order, settings, now)
    except DialRefused as refused:
        await note_refusal(
            database,
            refused,
            user=user,
            target=target.kind,
            episode_id=target.episode_id,
            settings=settings,
            now=now,
        )
        if target.typed is not None:
            # Why it is refused says whether the number is known here.
            async with database.sessions.begin() as session:
                await note_search(session, user, target.typed, now, area_code=settings.area_code)
        raise refused.to_error() from None
    await send(database, pbxs.find(written.pbx), written, order.number, settings, since=since)
    async with database.sessions.begin() as session:
        return await dials.get_dial(session, written.id)


async def _find_subject(session: AsyncSession, settings: Settings, target: DialTarget) -> str | None:
    """Who is meant, where that is known; whatever is wrong with it is refused later."""
    try:
        return _number_for(target, await _find_number(session, target), settings).subject
    except (DialRefused, NumberRefused):
        return None


async def _order(
    session: AsyncSession,
    settings: Settings,
    user: SignedIn,
    target: DialTarget,
    key: str,
    request_sha256: str,
    now: datetime,
) -> DialOrder:
    if target.has_more or target.kind in ("several", "none"):
        raise DialRefused(RefusalReason.NOT_AS_DESCRIBED, target.typed)
    shown = await _find_number(session, target)
    try:
        number = _number_for(target, shown, settings)
    except NumberRefused as refused:
        raise DialRefused(refused.reason, shown, refused.params) from None
    await claims.end_claims_over(session, now)
    other = await claim_store.find_other_claim(session, number.subject, user.user_id)
    if other is not None:
        raise DialRefused(RefusalReason.CLAIMED_BY_OTHER, number.subject, claims.describe_claim(*other))
    if target.episode_id is not None:
        await _take(session, settings, target, user, number, now)
    if target.survey_sample_id is not None:
        await _check_survey(session, settings, target.survey_sample_id, user, number, now)
    episode = await store.find_open_episode(session, number.subject)
    named_at = None if episode is None else await _check_ladder(session, episode, user, number, now)
    return DialOrder(
        user=user,
        idempotency_key=key,
        request_sha256=request_sha256,
        number=number,
        purpose=target.purpose,
        episode_id=target.episode_id,
        survey_sample_id=target.survey_sample_id,
        named_at=named_at,
        is_emergency=episode is not None and episode.is_emergency,
    )


def _number_for(target: DialTarget, shown: str | None, settings: Settings) -> Number:
    return number_for(target.purpose, shown, area_code=settings.area_code, prefixes=settings.dial_prefixes)


async def _find_number(session: AsyncSession, target: DialTarget) -> str | None:
    """As it stands with the target."""
    try:
        if target.episode_id is not None:
            return (await store.get_episode(session, target.episode_id)).caller_number
        if target.call is not None:
            subject = work_service.subject_of_call(await get_call(session, *target.call))
            return None if subject is None else subject.number
        if target.survey_sample_id is not None:
            return await survey_calls.find_number(session, target.survey_sample_id)
    except NotFoundError:
        raise DialRefused(RefusalReason.NO_SUCH_TARGET) from None
    if target.directory_id is not None:
        entry = await find_entry(session, target.directory_id)
        if entry is None:
            raise DialRefused(RefusalReason.NO_SUCH_TARGET)
        return entry.number
    return target.typed


async def _check_ladder(
    session: AsyncSession, episode: EpisodeRow, user: SignedIn, number: Number, now: datetime
) -> datetime | None:
    """Whether this caller is to be tried now, whatever way the dial came; the time that they named, if it has come."""
    promise = await promise_store.find_due_promise(session, episode.id, now)
    named_at = promise.promised_at if promise is not None and promise.opens_hours else None
    if episode.state == EpisodeState.WRONG_NUMBER and not user.may(Right.LEAD_CALLBACKS):
        raise DialRefused(RefusalReason.WRONG_NUMBER, number.subject)
    is_free = named_at is not None or episode.is_emergency
    if episode.next_try_at is not None and now < episode.next_try_at and not is_free:
        call = await dials.find_call_to_us(session, number.subject, now)
        if call is not None:
            raise DialRefused(RefusalReason.CALLER_IS_HERE, number.subject, call)
        raise DialRefused(RefusalReason.TRIED_RECENTLY, number.subject, {"retry_at": episode.next_try_at})
    return named_at


async def _check_survey(
    session: AsyncSession, settings: Settings, sample_id: int, user: SignedIn, number: Number, now: datetime
) -> None:
    """Whether this surveyor may ask that person now, who is locked, so that two surveyors do not ring them at once."""
    try:
        retry_at = await survey_calls.begin_attempt(session, sample_id, user=user, settings=settings, now=now)
    except (ConflictError, RefusedError) as error:
        raise DialRefused(RefusalReason(error.code.value), number.subject, error.params) from None
    if retry_at is not None:
        raise DialRefused(RefusalReason.TRIED_RECENTLY, number.subject, {"retry_at": retry_at})


async def _take(
    session: AsyncSession, settings: Settings, target: DialTarget, user: SignedIn, number: Number, now: datetime
) -> None:
    if target.episode_id is None:
        return
    episode = await store.get_episode(session, target.episode_id)
    if episode.closed_at is not None:
        raise DialRefused(RefusalReason.EPISODE_CLOSED, number.subject)
    slots = claims.TURN_SLOTS if target.is_turn else None
    try:
        await claims.claim(session, target.episode_id, user, settings, now, slots=slots)
    except (ConflictError, RefusedError) as error:
        raise DialRefused(RefusalReason(error.code.value), number.subject, error.params) from None
