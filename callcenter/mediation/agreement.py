"""Consents, the agreement that is read back, the answers to it, the result: what the host writes down, with its time.

Being over is no hindrance to write down an agreement or a result; consent and answers need somebody who is there.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError
from callcenter.mediation import store
from callcenter.mediation.dossier import get_own
from callcenter.mediation.pbx_sync import place_of
from callcenter.mediation.rules import HostWord, LegRole, Place, Result, Side, check_result
from callcenter.mediation.tables import Mediation


async def write_consent(
    session: AsyncSession,
    mediation_id: int,
    leg_id: int,
    *,
    user: SignedIn,
    takes_part: bool,
    may_be_recorded: bool,
    now: datetime,
) -> None:
    """What one who takes part said when asked, and when."""
    await _get_talking(session, mediation_id, leg_id, user)
    values = {"takes_part": takes_part, "may_be_recorded": may_be_recorded}
    await store.change_leg(session, leg_id, takes_part_at=now, may_be_recorded_at=now, **values)
    said = f"{_yes(takes_part)},{_yes(may_be_recorded)}"
    await store.add_event(
        session, mediation_id, at=now, actor=user.name, what=HostWord.CONSENT, leg_id=leg_id, detail=said
    )


async def note_agreement(
    session: AsyncSession,
    mediation_id: int,
    *,
    user: SignedIn,
    text: str,
    amount_cents: int | None,
    due_on: date | None,
    now: datetime,
) -> None:
    """The text that is read back. Whoever said yes to another text is asked again."""
    mediation = await _get_begun(session, mediation_id, user)
    _check_no_result(mediation)
    values = {"agreement": text, "amount_cents": amount_cents, "due_on": due_on}
    await store.change_mediation(session, mediation_id, **values)
    for leg in await store.list_legs(session, mediation_id):
        await store.change_leg(session, leg.id, agrees=None, agrees_at=None)
    await store.add_event(session, mediation_id, at=now, actor=user.name, what=HostWord.AGREEMENT, detail=text)


async def note_answer(
    session: AsyncSession, mediation_id: int, leg_id: int, *, user: SignedIn, agrees: bool, now: datetime
) -> None:
    """What one who takes part said when the agreement was read back, and when."""
    mediation = await _get_talking(session, mediation_id, leg_id, user)
    if mediation.agreement is None:
        raise ConflictError("There is no agreement to say yes to.", code=ErrorCode.NO_AGREEMENT)
    _check_no_result(mediation)
    await store.change_leg(session, leg_id, agrees=agrees, agrees_at=now)
    await store.add_event(
        session, mediation_id, at=now, actor=user.name, what=HostWord.ANSWER, leg_id=leg_id, detail=_yes(agrees)
    )


async def note_result(
    session: AsyncSession, mediation_id: int, *, user: SignedIn, result: Result, now: datetime
) -> None:
    """What came of it, once. Raises ConflictError where a settlement lacks something."""
    mediation = await _get_begun(session, mediation_id, user)
    _check_no_result(mediation)
    sides = [
        Side(role=LegRole(leg.role), takes_part=leg.takes_part, agrees=leg.agrees)
        for leg in await store.list_legs(session, mediation_id)
    ]
    check_result(
        result,
        sides,
        has_agreement=mediation.agreement is not None,
        amount_cents=mediation.amount_cents,
        due_on=mediation.due_on,
    )
    await store.change_mediation(session, mediation_id, result=result, result_at=now)
    await store.add_event(session, mediation_id, at=now, actor=user.name, what=HostWord.RESULT, detail=result)


async def _get_begun(session: AsyncSession, mediation_id: int, user: SignedIn) -> Mediation:
    mediation = await get_own(session, mediation_id, user, is_locked=True)
    if mediation.opened_at is None:
        raise ConflictError("The mediation has not begun.", code=ErrorCode.MEDIATION_NOT_BEGUN)
    return mediation


async def _get_talking(session: AsyncSession, mediation_id: int, leg_id: int, user: SignedIn) -> Mediation:
    """What somebody says counts while they are there: its time is the time it is written down."""
    mediation = await _get_begun(session, mediation_id, user)
    legs = {leg.id: leg for leg in await store.list_legs(session, mediation_id)}
    if leg_id not in legs:
        raise NotFoundError("There is no such leg.")
    if legs[leg_id].role == LegRole.HOST:
        raise ConflictError("The host is no side of the mediation.", code=ErrorCode.HOST_LEG)
    if place_of(legs[leg_id]) not in (Place.ROOM, Place.HOLD):
        raise ConflictError("This leg is not in the mediation now.", code=ErrorCode.LEG_LEFT)
    return mediation


def _check_no_result(mediation: Mediation) -> None:
    if mediation.result is not None:
        raise ConflictError("The result is written down already.", code=ErrorCode.RESULT_WRITTEN)


def _yes(said: bool) -> str:
    return "yes" if said else "no"
