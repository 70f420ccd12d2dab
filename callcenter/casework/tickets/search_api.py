"""Looking for tickets over HTTP: by words and numbers, and those that may be the same matter."""

from __future__ import annotations

from fastapi import APIRouter

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.calls.number_access import caller_number, note_search
from callcenter.casework.thresholds.store import read_thresholds
from callcenter.casework.tickets import store
from callcenter.casework.tickets.api import AskedFrom, AskedTicket
from callcenter.casework.tickets.dossier import may_see, open_dossier
from callcenter.casework.tickets.list_schemas import TicketSearch
from callcenter.casework.tickets.search import has_words, is_of_phone, list_duplicates
from callcenter.casework.tickets.tables import TicketRow
from callcenter.casework.tickets.view_schemas import Duplicates, LikelyTicket, TicketPage
from callcenter.casework.tickets.views import summarise
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import Snapshot, Transaction
from callcenter.http.pages import cut_page

router = APIRouter(tags=["tickets"])

_FOUND = value_cursors("ticket-searches", int)


@router.post("/ticket-searches", dependencies=[require(Right.SEE_TICKETS)])
async def search_tickets(
    search: TicketSearch, user: SignedInUser, session: Transaction, viewpoint: AskedFrom
) -> TicketPage:
    """Newest first. Without the right to see whole numbers a number finds the tickets alone that the user made."""
    area_code = viewpoint.place.area_code
    conditions = [await may_see(session, user)]
    if search.words is not None:
        conditions += has_words(search.words)
    if search.phone is not None:
        number = caller_number(search.phone, area_code=area_code)
        if await note_search(session, user, number, viewpoint.now, area_code=area_code):
            conditions.append(TicketRow.created_by == user.user_id)
        conditions += [is_of_phone(number), viewpoint.may_find()]
    if search.kind is not None:
        conditions.append(TicketRow.kind == search.kind)
    if search.open is not None:
        is_closed = TicketRow.closed_at.is_not(None)
        conditions.append(~is_closed if search.open else is_closed)
    before = search.after(_FOUND)
    rows = await store.list_newest_found(session, *conditions, before=before, limit=search.limit + 1)
    page, following = cut_page(rows, search, _FOUND, lambda row: row.id)
    return TicketPage(items=await summarise(session, page, viewpoint), next=following)


@router.get("/tickets/{ticket}/duplicates", dependencies=[require(Right.SEE_TICKETS)])
async def get_duplicates(
    ticket: AskedTicket, user: SignedInUser, session: Snapshot, viewpoint: AskedFrom
) -> Duplicates:
    """Tickets of the same person that may be the same matter."""
    dossier = await open_dossier(session, ticket, user)
    seen = await may_see(session, user)
    thresholds = await read_thresholds(session, viewpoint.now)
    likely = await list_duplicates(session, dossier, thresholds, seen, viewpoint.may_find())
    summaries = await summarise(session, [one.row for one in likely], viewpoint)
    return Duplicates(
        duplicates=[
            LikelyTicket(
                **summary.model_dump(),
                likeness=round(one.likeness, 4),
                has_same_merchant=one.has_same_merchant,
                has_same_goods=one.has_same_goods,
            )
            for summary, one in zip(summaries, likely, strict=True)
        ]
    )
