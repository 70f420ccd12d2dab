"""What must hold before anything is asked of the PBX for a mediation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError
from callcenter.mediation.dossier import get_own
from callcenter.mediation.pbx_sync import synchronise
from callcenter.mediation.rules import MediationState
from callcenter.mediation.tables import Mediation
from callcenter.pbx.registry import PbxRegistry
from callcenter.postgres.database import Database


async def refresh(database: Database, pbxs: PbxRegistry, mediation_id: int, user: SignedIn, now: datetime) -> str:
    """Know what the PBX knows before anything is decided; only for who may decide. The PBX of the mediation.

    Raises UnknownPbxError where it is none of the settings, PbxError.
    """
    async with database.sessions.begin() as session:
        mediation = await get_own(session, mediation_id, user)
        pbx, is_on = mediation.pbx, mediation.state in (MediationState.CALLING, MediationState.OPEN)
    if is_on:
        await synchronise(database, pbxs.get(pbx), mediation_id, now)
    return pbx


async def get_open(session: AsyncSession, mediation_id: int, user: SignedIn) -> Mediation:
    """For who may host it, locked. Raises ConflictError unless the host is in the room."""
    mediation = await get_own(session, mediation_id, user, is_locked=True)
    check_is_on(mediation)
    if mediation.state != MediationState.OPEN:
        raise ConflictError("The host is not in the room yet.", code=ErrorCode.MEDIATION_NOT_OPEN)
    return mediation


def check_is_on(mediation: Mediation) -> None:
    """Raises ConflictError before it has begun and once it is over."""
    if mediation.state == MediationState.ENDED:
        raise ConflictError("The mediation is over.", code=ErrorCode.MEDIATION_OVER)
    if mediation.state == MediationState.APPOINTED:
        raise ConflictError("The mediation has not begun.", code=ErrorCode.MEDIATION_NOT_BEGUN)
