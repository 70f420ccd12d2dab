"""Changing tickets over HTTP: steps, fields, parties, priority, notes, notices, links."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.casework.tickets import service, step_service
from callcenter.casework.tickets.api import AskedFrom, AskedSeal, AskedTicket
from callcenter.casework.tickets.dossier import open_dossier
from callcenter.casework.tickets.rules import PartyRole
from callcenter.casework.tickets.schemas import (
    NewLink,
    NewNotice,
    NoteBody,
    PartyBody,
    PriorityBody,
    StepBody,
    TicketChange,
)
from callcenter.casework.tickets.steps import SIGNED_STEPS, TicketStep
from callcenter.casework.tickets.view_schemas import TicketView
from callcenter.casework.tickets.views import view_ticket
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError
from callcenter.http.dependencies import RowId, Transaction
from callcenter.http.versions import AskedVersion

router = APIRouter(tags=["tickets"])


@router.post("/tickets/{ticket}/events/{step}", dependencies=[require(Right.SEE_TICKETS)])
async def take_step(
    ticket: AskedTicket,
    step: Annotated[TicketStep, Path()],
    body: StepBody,
    version: AskedVersion,
    user: SignedInUser,
    session: Transaction,
    viewpoint: AskedFrom,
) -> TicketView:
    """Take a step: the ticket says which are possible. What makes it leave the officer's unit is still answered."""
    if step in SIGNED_STEPS:
        raise ConflictError("This is done by a signature under a decision on a flag.", code=ErrorCode.STEP_NOT_ALLOWED)
    given = body.to_given()
    place, now = viewpoint.place, viewpoint.now
    dossier = await step_service.take_step(
        session, ticket, step, given, version=version, user=user, timezone=place.timezone, now=now
    )
    return await view_ticket(session, dossier, viewpoint)


@router.patch("/tickets/{ticket}", dependencies=[require(Right.CHANGE_TICKETS)])
async def change_ticket(
    ticket: AskedTicket,
    change: TicketChange,
    version: AskedVersion,
    user: SignedInUser,
    session: Transaction,
    viewpoint: AskedFrom,
) -> TicketView:
    """Correct what it says, until it is closed."""
    values = change.to_values()
    await service.change(session, ticket, values, version=version, user=user, place=viewpoint.place, now=viewpoint.now)
    return await view_ticket(session, await open_dossier(session, ticket, user), viewpoint)


@router.put("/tickets/{ticket}/parties/{role}", dependencies=[require(Right.CHANGE_TICKETS)])
async def put_party(
    ticket: AskedTicket,
    role: Annotated[PartyRole, Path()],
    body: PartyBody,
    version: AskedVersion,
    user: SignedInUser,
    session: Transaction,
    viewpoint: AskedFrom,
    seal: AskedSeal,
) -> TicketView:
    """Who complains, reports, or acts for somebody: whole, in place of what was known.

    Only the number of an identity document stays where nothing is said of it, since nobody sees it whole to repeat it.
    """
    await service.put_party(
        session,
        ticket,
        body.to_party(role, seal),
        keeps_id_number=body.keeps_id_number,
        version=version,
        user=user,
        place=viewpoint.place,
        now=viewpoint.now,
    )
    return await view_ticket(session, await open_dossier(session, ticket, user), viewpoint)


@router.put("/tickets/{ticket}/priority", dependencies=[require(Right.FORWARD_TICKETS)])
async def put_priority(
    ticket: AskedTicket,
    body: PriorityBody,
    version: AskedVersion,
    user: SignedInUser,
    session: Transaction,
    viewpoint: AskedFrom,
) -> TicketView:
    """Raise it; lowering it needs the right to lead."""
    await service.set_priority(
        session,
        ticket,
        body.priority,
        body.reason,
        version=version,
        user=user,
        place=viewpoint.place,
        now=viewpoint.now,
    )
    return await view_ticket(session, await open_dossier(session, ticket, user), viewpoint)


@router.post("/tickets/{ticket}/notes", status_code=204, dependencies=[require(Right.CHANGE_TICKETS)])
async def add_ticket_note(
    ticket: AskedTicket, body: NoteBody, user: SignedInUser, session: Transaction, viewpoint: AskedFrom
) -> None:
    """Write something down for whoever works on it next."""
    await service.add_note(session, ticket, body.note, user=user, now=viewpoint.now)


@router.post("/tickets/{ticket}/notices", status_code=201, dependencies=[require(Right.CHANGE_TICKETS)])
async def add_notice(
    ticket: AskedTicket, body: NewNotice, user: SignedInUser, session: Transaction, viewpoint: AskedFrom
) -> TicketView:
    """Write down that somebody was told something, and how."""
    await service.add_notice(
        session, ticket, body.kind, body.to_given(), user=user, place=viewpoint.place, now=viewpoint.now
    )
    return await view_ticket(session, await open_dossier(session, ticket, user), viewpoint)


@router.post("/tickets/{ticket}/links", status_code=204, dependencies=[require(Right.CHANGE_TICKETS)])
async def add_link(
    ticket: AskedTicket, link: NewLink, user: SignedInUser, session: Transaction, viewpoint: AskedFrom
) -> None:
    """Link it with a call, a caller of the callback list, a message or a mediation."""
    call = None if link.call is None else (link.call.pbx, link.call.call_id)
    await service.add_link(session, ticket, link.what, call=call, ref_id=link.ref_id, user=user, now=viewpoint.now)


@router.delete("/tickets/{ticket}/links/{link_id}", status_code=204, dependencies=[require(Right.CHANGE_TICKETS)])
async def remove_link(
    ticket: AskedTicket, link_id: RowId, user: SignedInUser, session: Transaction, viewpoint: AskedFrom
) -> None:
    """Take a link back; the log keeps that it was there."""
    await service.remove_link(session, ticket, link_id, user=user, now=viewpoint.now)
