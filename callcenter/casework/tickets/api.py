"""Tickets over HTTP: make them, find them, read them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from sqlalchemy import ColumnElement

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right, SignedIn
from callcenter.accounts.store import log_access
from callcenter.casework.seals import Seal
from callcenter.casework.tickets import creation, store
from callcenter.casework.tickets.creation import NewTicket
from callcenter.casework.tickets.dossier import may_see, open_dossier
from callcenter.casework.tickets.export import TICKETS, stream_rows
from callcenter.casework.tickets.fields import Place
from callcenter.casework.tickets.list_schemas import TicketOrder, TicketsQuery
from callcenter.casework.tickets.origins import Origin
from callcenter.casework.tickets.rules import PartyRole, TicketKind
from callcenter.casework.tickets.schemas import NewTicketBody, TicketNumber, Unmasking
from callcenter.casework.tickets.tables import TicketRow
from callcenter.casework.tickets.view_schemas import HistoryPage, TicketPage, TicketView, WholeField
from callcenter.casework.tickets.views import Viewpoint, list_history, read_whole, summarise, view_ticket
from callcenter.dialling.schemas import IdempotencyKey
from callcenter.http.cursors import pair_cursors, value_cursors
from callcenter.http.dependencies import LoggedSnapshot, Now, Snapshot, Transaction
from callcenter.http.downloads import FILES, answer_file
from callcenter.http.pages import PageQuery, cut_page, cut_whole
from callcenter.table_files import Shape

router = APIRouter(tags=["tickets"])

_NEWEST = value_cursors("tickets", int)
_DUE = pair_cursors("tickets-due", datetime, int)
_HISTORY = value_cursors("ticket-history", str)

_ORDERS: dict[TicketOrder, list[ColumnElement[Any]]] = {
    TicketOrder.NEWEST: [TicketRow.id.desc()],
    TicketOrder.DUE: [TicketRow.next_due_at.asc(), TicketRow.id.asc()],
}

AskedTicket = Annotated[TicketNumber, Path()]


def get_place(request: Request) -> Place:
    """Where the hotline is."""
    return Place.of(request.app.state.settings)


def get_seal(request: Request) -> Seal:
    """Under which numbers of identity documents are kept."""
    return Seal.of(request.app.state.settings)


AskedSeal = Annotated[Seal, Depends(get_seal)]
HotlinePlace = Annotated[Place, Depends(get_place)]


def get_viewpoint(user: SignedInUser, now: Now, place: HotlinePlace) -> Viewpoint:
    """Who asks, where and when."""
    return Viewpoint(user=user, place=place, now=now)


AskedFrom = Annotated[Viewpoint, Depends(get_viewpoint)]


@router.get("/tickets", response_model=TicketPage, responses=FILES, dependencies=[require(Right.SEE_TICKETS)])
async def list_tickets(
    query: Annotated[TicketsQuery, Query()],
    user: SignedInUser,
    session: LoggedSnapshot,
    viewpoint: AskedFrom,
    request: Request,
) -> TicketPage | Response:
    """Officers see those that are with their unit, others all. A file has the platform's headings, and is logged."""
    conditions = [await may_see(session, user), *_conditions(query, user)]
    if query.format is not Shape.JSON:
        await log_access(session, user, "export of tickets", "tickets", viewpoint.now)
        table = stream_rows(
            session, *conditions, order=_ORDERS[query.order], viewpoint=viewpoint, language=query.language
        )
        day = viewpoint.now.astimezone(viewpoint.place.timezone).date()
        return await answer_file(request, TICKETS, table, query, of=day.isoformat())
    if query.order is TicketOrder.NEWEST:
        before = query.after(_NEWEST)
        if before is not None:
            conditions.append(TicketRow.id < before)
        rows = await store.list_tickets(session, *conditions, order=_ORDERS[query.order], limit=query.limit + 1)
        page, following = cut_page(rows, query, _NEWEST, lambda row: row.id)
    else:
        rows = await store.list_by_due(session, *conditions, after=query.after(_DUE), limit=query.limit + 1)
        page, following = cut_page(rows, query, _DUE, store.place_by_due)
    return TicketPage(items=await summarise(session, page, viewpoint), next=following)


@router.post("/tickets", status_code=201, dependencies=[require(Right.REGISTER_TICKETS)])
async def make_ticket(
    body: NewTicketBody,
    key: Annotated[IdempotencyKey, Header(alias="Idempotency-Key")],
    user: SignedInUser,
    session: Transaction,
    viewpoint: AskedFrom,
    seal: AskedSeal,
) -> TicketView:
    """A draft, or at once a registered ticket. The same key again gives the same ticket and makes nothing new."""
    role = PartyRole.REPORTER if body.kind is TicketKind.REPORT else PartyRole.COMPLAINANT
    new = NewTicket(
        kind=body.kind,
        origin=Origin(
            call=None if body.call is None else (body.call.pbx, body.call.call_id),
            message_id=body.message_id,
            episode_id=body.episode_id,
            mediation_id=body.mediation_id,
        ),
        channel=body.channel,
        received_at=body.received_at,
        part_of=body.part_of,
        fields=body.fields.to_values(),
        party=None if body.party is None else body.party.to_party(role, seal),
        is_registered=body.register_now,
        key=key,
        hash=hashlib.sha256(body.model_dump_json(exclude_unset=True).encode()).hexdigest(),
    )
    number = await creation.create(session, new, user=user, place=viewpoint.place, now=viewpoint.now)
    return await view_ticket(session, await open_dossier(session, number, user), viewpoint)


@router.get("/tickets/{ticket}", dependencies=[require(Right.SEE_TICKETS)])
async def get_ticket(ticket: AskedTicket, user: SignedInUser, session: Snapshot, viewpoint: AskedFrom) -> TicketView:
    """One ticket with its clocks, and the steps that the user may take with it now."""
    return await view_ticket(session, await open_dossier(session, ticket, user), viewpoint)


@router.get("/tickets/{ticket}/history", dependencies=[require(Right.SEE_TICKETS)])
async def get_ticket_history(
    ticket: AskedTicket,
    query: Annotated[PageQuery, Query()],
    user: SignedInUser,
    session: Snapshot,
    viewpoint: AskedFrom,
) -> HistoryPage:
    """Everything that happened to it and what was noted, oldest first."""
    entries = await list_history(session, await open_dossier(session, ticket, user), viewpoint)
    page, following = cut_whole(entries, query, _HISTORY, lambda entry: entry[0])
    return HistoryPage(items=[entry for _, entry in page], next=following)


@router.post("/tickets/{ticket}/unmasking", dependencies=[require(Right.SEE_TICKETS)])
async def unmask_field(
    ticket: AskedTicket,
    wanted: Unmasking,
    user: SignedInUser,
    session: Transaction,
    viewpoint: AskedFrom,
    seal: AskedSeal,
) -> WholeField:
    """One field as it is, for who handles or made the ticket or may see whole numbers; the reason is logged."""
    dossier = await open_dossier(session, ticket, user)
    value = read_whole(dossier, wanted.field, wanted.role, viewpoint, seal)
    what = f"ticket {wanted.field.value}{'' if wanted.role is None else f' of {wanted.role.value}'} ({wanted.reason})"
    await log_access(session, user, what, f"tickets/{ticket}", viewpoint.now)
    return WholeField(value=value)


def _conditions(query: TicketsQuery, user: SignedIn) -> Iterator[ColumnElement[bool]]:
    for name in ("kind", "state", "priority", "unit_id", "merchant_id"):
        value = getattr(query, name)
        if value is not None:
            yield getattr(TicketRow, name) == value
    if query.open is not None:
        is_closed = TicketRow.closed_at.is_not(None)
        yield ~is_closed if query.open else is_closed
    if query.mine:
        yield TicketRow.created_by == user.user_id
