"""The time limits of all tickets over HTTP: what runs, what is late, what is not known."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import tuple_

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.casework.tickets import deadline_store
from callcenter.casework.tickets.clocks import ClockState
from callcenter.casework.tickets.dossier import may_see
from callcenter.casework.tickets.log_tables import TicketDeadline
from callcenter.casework.tickets.schemas import AskedId
from callcenter.casework.tickets.view_schemas import DeadlinePage, ListedDeadline
from callcenter.casework.tickets.views import view_deadline
from callcenter.http.cursors import pair_cursors
from callcenter.http.dependencies import Snapshot
from callcenter.http.pages import PageQuery, cut_page

router = APIRouter(tags=["deadlines"])

_DEADLINES = pair_cursors("deadlines", int, str, int)


class DeadlinesQuery(PageQuery):
    """Which time limits are wanted."""

    state: ClockState | None = None
    unit_id: AskedId | None = None
    code: Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9_]+$")] | None = None


@router.get("/deadlines", dependencies=[require(Right.SEE_TICKETS)])
async def list_deadlines(
    query: Annotated[DeadlinesQuery, Query()], user: SignedInUser, session: Snapshot
) -> DeadlinePage:
    """In the order of their tickets; officers see those of their unit. Of a merged ticket they count at its target."""
    conditions = [await may_see(session, user)]
    if query.state is not None:
        conditions.append(TicketDeadline.state == query.state)
    if query.code is not None:
        conditions.append(TicketDeadline.code == query.code)
    after = query.after(_DEADLINES)
    if after is not None:
        place = tuple_(TicketDeadline.ticket_id, TicketDeadline.code, TicketDeadline.number)
        conditions.append(place > tuple_(*after))
    found = await deadline_store.list_clocks(session, *conditions, unit_id=query.unit_id, limit=query.limit + 1)
    page, following = cut_page(found, query, _DEADLINES, lambda one: (one[0].ticket_id, one[0].code, one[0].number))
    items = [
        ListedDeadline(
            **view_deadline(row).model_dump(),
            ticket=counted.number,
            merged=None if ticket.merged_into is None else ticket.number,
            ticket_kind=ticket.kind,  # type: ignore[arg-type]
            priority=ticket.priority,  # type: ignore[arg-type]
            unit_id=counted.unit_id,
        )
        for row, ticket, counted in page
    ]
    return DeadlinePage(items=items, next=following)
