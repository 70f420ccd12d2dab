"""What the sides of a mediation said and what came of it, over HTTP."""

from __future__ import annotations

from fastapi import APIRouter

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.http.commands import Pbxs
from callcenter.http.dependencies import Now, OpenDatabase, RowId, Transaction
from callcenter.mediation import agreement as agreements
from callcenter.mediation.consent import note_consent
from callcenter.mediation.dossier import note_particulars
from callcenter.mediation.schemas import Agreement, AgreementAnswer, Consent, NewResult, Particulars

router = APIRouter(tags=["mediations"])


@router.put("/mediations/{mediation_id}/particulars", status_code=204, dependencies=[require(Right.MEDIATE)])
async def put_particulars(
    mediation_id: RowId, particulars: Particulars, user: SignedInUser, session: Transaction, now: Now
) -> None:
    """Who the sides are and what it is about."""
    await note_particulars(session, mediation_id, user=user, now=now, **particulars.model_dump())


@router.put("/mediations/{mediation_id}/legs/{leg_id}/consent", status_code=204, dependencies=[require(Right.MEDIATE)])
async def put_consent(
    mediation_id: RowId,
    leg_id: RowId,
    consent: Consent,
    user: SignedInUser,
    database: OpenDatabase,
    pbxs: Pbxs,
    now: Now,
) -> None:
    """What one who takes part said when asked; its time is now. Whoever refuses is recorded no longer.

    502: it is written down, but a recording is not known to have stopped. A later yes starts no recording.
    """
    await note_consent(database, pbxs, mediation_id, leg_id, user=user, now=now, **consent.model_dump())


@router.put("/mediations/{mediation_id}/agreement", status_code=204, dependencies=[require(Right.MEDIATE)])
async def put_agreement(
    mediation_id: RowId, agreement: Agreement, user: SignedInUser, session: Transaction, now: Now
) -> None:
    """The text to read back; earlier answers were to another text and are void."""
    await agreements.note_agreement(session, mediation_id, user=user, now=now, **agreement.model_dump())


@router.put("/mediations/{mediation_id}/legs/{leg_id}/answer", status_code=204, dependencies=[require(Right.MEDIATE)])
async def put_answer(
    mediation_id: RowId, leg_id: RowId, answer: AgreementAnswer, user: SignedInUser, session: Transaction, now: Now
) -> None:
    """What one who takes part said to the agreement; its time is now."""
    await agreements.note_answer(session, mediation_id, leg_id, user=user, agrees=answer.agrees, now=now)


@router.put("/mediations/{mediation_id}/result", status_code=204, dependencies=[require(Right.MEDIATE)])
async def put_result(
    mediation_id: RowId, result: NewResult, user: SignedInUser, session: Transaction, now: Now
) -> None:
    """What came of it, once."""
    await agreements.note_result(session, mediation_id, user=user, result=result.result, now=now)
