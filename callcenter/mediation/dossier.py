"""One mediation with all that belongs to it, for whom it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.audio.store import KeptFile
from callcenter.error_codes import ErrorCode
from callcenter.errors import RefusedError
from callcenter.mediation import store
from callcenter.mediation.recording_intake import call_of
from callcenter.mediation.recording_refusals import Refusals
from callcenter.mediation.rules import HostWord
from callcenter.mediation.tables import Mediation, MediationEvent, MediationLeg


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A mediation with all that belongs to it."""

    mediation: Mediation
    host: str
    """The name the mediator signs in with."""
    host_display_name: str | None
    legs: Sequence[MediationLeg]
    events: Sequence[MediationEvent]
    recordings: Sequence[KeptFile]
    refusals: Refusals


async def get_account(session: AsyncSession, mediation_id: int, user: SignedIn) -> Account:
    """All there is about one. Raises NotFoundError, RefusedError for an agent who is not its host."""
    mediation = await get_own(session, mediation_id, user)
    legs = await store.list_legs(session, mediation_id)
    events = await store.list_events(session, mediation_id)
    host, host_display_name = await store.get_user_names(session, mediation.host_user_id)
    return Account(
        mediation=mediation,
        host=host,
        host_display_name=host_display_name,
        legs=legs,
        events=events,
        recordings=await store.list_recordings(session, mediation, call_of(mediation, legs)),
        refusals=Refusals.of(events),
    )


async def get_own(session: AsyncSession, mediation_id: int, user: SignedIn, *, is_locked: bool = False) -> Mediation:
    """Raises NotFoundError, and RefusedError for an agent who is not its host."""
    mediation = await store.get_mediation(session, mediation_id, is_locked=is_locked)
    if mediation.host_user_id != user.user_id and not user.may(Right.LEAD_MEDIATIONS):
        raise RefusedError("This is another agent's mediation.", code=ErrorCode.ANOTHER_AGENTS_MEDIATION)
    return mediation


async def note_particulars(
    session: AsyncSession,
    mediation_id: int,
    *,
    user: SignedIn,
    consumer_name: str | None,
    merchant_name: str | None,
    consumer_address: str | None,
    merchant_address: str | None,
    mediator_name: str | None,
    matter: str | None,
    now: datetime,
) -> None:
    """Who they are and what it is about, as the record needs it."""
    await get_own(session, mediation_id, user, is_locked=True)
    await store.change_mediation(
        session,
        mediation_id,
        consumer_name=consumer_name,
        merchant_name=merchant_name,
        consumer_address=consumer_address,
        merchant_address=merchant_address,
        mediator_name=mediator_name,
        matter=matter,
    )
    await store.add_event(session, mediation_id, at=now, actor=user.name, what=HostWord.PARTICULARS)
