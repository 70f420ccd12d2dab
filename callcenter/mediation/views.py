"""What a mediation looks like over HTTP, for whom it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.audio.store import KeptFile
from callcenter.calls.numbers import mask
from callcenter.mediation.dossier import Account, get_account
from callcenter.mediation.pbx_sync import place_of
from callcenter.mediation.recording_intake import leg_of, stop_of
from callcenter.mediation.recording_refusals import ROOM, Refusals
from callcenter.mediation.rules import RoomWord
from callcenter.mediation.schemas import MediationView
from callcenter.mediation.tables import Mediation, MediationLeg
from callcenter.postgres.database import Database


async def view_mediation(
    session: AsyncSession, mediation_id: int, user: SignedIn, area_code: str | None
) -> MediationView:
    """One mediation with all that belongs to it; numbers are masked where an area code is given.

    Raises NotFoundError, RefusedError.
    """
    return MediationView.model_validate(_described(await get_account(session, mediation_id, user), area_code))


async def view_anew(database: Database, mediation_id: int, user: SignedIn, area_code: str) -> MediationView:
    """The same once all that was done to it is committed, masked."""
    async with database.sessions.begin() as session:
        return await view_mediation(session, mediation_id, user, area_code)


def _described(account: Account, area_code: str | None) -> Mapping[str, Any]:
    """Numbers are masked where an area code is given."""
    mediation = account.mediation
    names = (
        *("consumer_name", "merchant_name", "consumer_address", "merchant_address", "mediator_name"),
        *("record_year", "record_number", "matter", "agreement", "amount_cents", "due_on", "result_at"),
    )
    return {
        **summarise(mediation, account.host),
        **{name: getattr(mediation, name) for name in (*names, "recordings_stored_at")},
        "legs": [_leg(leg, account.refusals, area_code) for leg in account.legs],
        "events": [
            {"at": event.at, "actor": event.actor, "what": event.what, "leg_id": event.leg_id, "detail": event.detail}
            for event in account.events
        ],
        "room_recording_stopped_at": account.refusals.stopped_at.get(ROOM),
        "recordings": [_recording(kept, account) for kept in account.recordings],
    }


def summarise(mediation: Mediation, host: str) -> dict[str, Any]:
    """The keys of a MediationSummary."""
    names = ("id", "pbx", "call_id", "state", "created_at", "appointed_for", "opened_at", "ended_at")
    return {name: getattr(mediation, name) for name in (*names, "end_reason", "result")} | {"host": host}


def _leg(leg: MediationLeg, refusals: Refusals, area_code: str | None) -> dict[str, Any]:
    names = ("id", "role", "interface", "called_at", "joined_at", "left_at", "failure")
    said = ("takes_part", "takes_part_at", "may_be_recorded", "may_be_recorded_at", "agrees", "agrees_at")
    return {name: getattr(leg, name) for name in (*names, *said)} | {
        "place": place_of(leg),
        "number": leg.number if area_code is None else mask(leg.number, area_code=area_code),
        "call_id": leg.uniqueid,
        "recording_stopped_at": refusals.stopped_at.get(leg.id),
        "is_sent_back": leg.last_word == RoomWord.QUEUED,
    }


def _recording(kept: KeptFile, account: Account) -> dict[str, Any]:
    file, leg = kept.file, leg_of(kept.file.path, account.legs)
    names = ("id", "kind", "sha256", "is_silent", "is_mended", "refused_at", "certificate_id")
    return {name: getattr(file, name) for name in names} | {
        "leg_id": None if leg is None else leg.id,
        "file": file.path,
        "size_bytes": file.size,
        "seconds": file.duration.total_seconds(),
        "stored_at": file.taken_in_at,
        "is_held": kept.is_held,
        "stopped_at": stop_of(file, leg, account.refusals),
    }
