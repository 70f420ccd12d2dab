"""Click-to-call: who is meant by an episode, a call, a directory entry or a typed number, and the ring itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rules import SignedIn
from callcenter.callbacks import store, work, work_store
from callcenter.callbacks.service import refresh_in
from callcenter.calls.numbers import normalise
from callcenter.calls.store import get_call
from callcenter.calls.unmasking import note_search
from callcenter.database import Database
from callcenter.dialling import store as dials
from callcenter.dialling.directory import find_entry
from callcenter.dialling.rules import Number, NumberRefused, RefusalReason, check_number, typed_number
from callcenter.dialling.service import DialOrder, DialRefused, find_repeat, note_refusal, send, write_down
from callcenter.dialling.tables import Dial
from callcenter.errors import ConflictError, NotFoundError, RefusedError
from callcenter.pbx.commands import AmiCommands
from callcenter.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class DialTarget:
    """Whom to ring: exactly one of these; `has_more` says that something else was asked for as well."""

    episode_id: int | None = None
    call: tuple[str, str] | None = None
    directory_id: int | None = None
    typed: str | None = None
    has_more: bool = False

    @property
    def kind(self) -> str:
        """As the log of refusals has it."""
        named = {
            "episode": self.episode_id,
            "call": self.call,
            "directory": self.directory_id,
            "typed": self.typed,
        }
        kinds = [kind for kind, told in named.items() if told is not None]
        return kinds[0] if len(kinds) == 1 else "several" if kinds else "none"


async def dial(
    database: Database,
    commands: AmiCommands | None,
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
            # Holding the lock of the episodes, requests stand in line: each sees what the one before it has done.
            await refresh_in(session, settings)
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
    await send(database, commands, written, order.number, settings, since=since)
    async with database.sessions.begin() as session:
        return await dials.get_dial(session, written.id)


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
        if target.typed is not None:
            number = typed_number(target.typed, area_code=settings.area_code, prefixes=settings.dial_prefixes)
        else:
            caller = normalise(shown, area_code=settings.area_code)
            number = check_number(caller, prefixes=settings.dial_prefixes)
    except NumberRefused as refused:
        raise DialRefused(refused.reason, shown) from None
    await work_store.end_expired(session, now)
    if await work_store.find_other_claimant(session, number.subject, user.user_id):
        raise DialRefused(RefusalReason.CLAIMED_BY_OTHER, number.subject)
    promised_at = None
    if target.episode_id is not None:
        await _take(session, target.episode_id, user, number, now)
        promised_at = await work_store.find_promise(session, target.episode_id)
    return DialOrder(
        user=user,
        idempotency_key=key,
        request_sha256=request_sha256,
        number=number,
        episode_id=target.episode_id,
        promised_at=promised_at,
    )


async def _find_number(session: AsyncSession, target: DialTarget) -> str | None:
    """As it stands with the target."""
    try:
        if target.episode_id is not None:
            return (await store.get_episode(session, target.episode_id)).caller_number
        if target.call is not None:
            subject = work.subject_of_call(await get_call(session, *target.call))
            return None if subject is None else subject.number
    except NotFoundError:
        raise DialRefused(RefusalReason.NO_SUCH_TARGET) from None
    if target.directory_id is not None:
        entry = await find_entry(session, target.directory_id)
        if entry is None:
            raise DialRefused(RefusalReason.NO_SUCH_TARGET)
        return entry.number
    return target.typed


async def _take(session: AsyncSession, episode_id: int, user: SignedIn, number: Number, now: datetime) -> None:
    episode = await store.get_episode(session, episode_id)
    if episode.closed_at is not None:
        raise DialRefused(RefusalReason.EPISODE_CLOSED, number.subject)
    try:
        await work.claim(session, episode_id, user, now)
    except ConflictError:
        raise DialRefused(RefusalReason.CLAIMED_BY_OTHER, number.subject) from None
    except RefusedError:
        raise DialRefused(RefusalReason.NO_SKILL, number.subject) from None
