"""Merging tickets over HTTP, and taking them apart."""

from __future__ import annotations

from fastapi import APIRouter

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.casework.tickets import merge_service
from callcenter.casework.tickets.api import AskedFrom, AskedTicket
from callcenter.casework.tickets.dossier import open_dossier
from callcenter.casework.tickets.schemas import NewTicketMerge
from callcenter.casework.tickets.view_schemas import TicketView
from callcenter.casework.tickets.views import view_ticket
from callcenter.http.dependencies import Transaction
from callcenter.http.reasons import PossibleReason
from callcenter.http.versions import AskedVersion

router = APIRouter(tags=["tickets"])


@router.post("/tickets/{ticket}/merges", status_code=201, dependencies=[require(Right.LEAD_TICKETS)])
async def merge_ticket(
    ticket: AskedTicket,
    merge: NewTicketMerge,
    version: AskedVersion,
    user: SignedInUser,
    session: Transaction,
    viewpoint: AskedFrom,
) -> TicketView:
    """Have another ticket stand for this one: a pointer, which moves nothing. It takes no more steps or changes."""
    await merge_service.merge(
        session,
        ticket,
        merge.into,
        merge.reason,
        version=version,
        user=user,
        timezone=viewpoint.place.timezone,
        now=viewpoint.now,
    )
    return await view_ticket(session, await open_dossier(session, ticket, user), viewpoint)


@router.delete("/tickets/{ticket}/merges", dependencies=[require(Right.LEAD_TICKETS)])
async def unmerge_ticket(
    ticket: AskedTicket,
    version: AskedVersion,
    reason: PossibleReason,
    user: SignedInUser,
    session: Transaction,
    viewpoint: AskedFrom,
) -> TicketView:
    """Have a ticket stand for itself again, as it was. A reason stands in its log."""
    await merge_service.unmerge(
        session,
        ticket,
        reason,
        version=version,
        user=user,
        timezone=viewpoint.place.timezone,
        now=viewpoint.now,
    )
    return await view_ticket(session, await open_dossier(session, ticket, user), viewpoint)
