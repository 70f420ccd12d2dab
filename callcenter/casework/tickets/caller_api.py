"""What is known of whoever is in a call: their open matters, the last closed ones, and whether they wait for a call."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.callbacks.store import find_open_episode
from callcenter.callbacks.work_service import subject_of_call
from callcenter.calls.store import get_call
from callcenter.casework.masks import mask_name
from callcenter.casework.tickets import party_store, store
from callcenter.casework.tickets.api import AskedFrom
from callcenter.casework.tickets.dossier import may_see
from callcenter.casework.tickets.tables import TicketRow
from callcenter.casework.tickets.view_schemas import CallerTicket, CallerTickets
from callcenter.casework.tickets.views import summarise
from callcenter.http.dependencies import Snapshot
from callcenter.http.fields import AskedName

router = APIRouter(tags=["tickets"])

MOST_OPEN = 50
LAST_CLOSED = 5


@router.get("/calls/{pbx}/{call_id:path}/tickets", dependencies=[require(Right.SEE_CALLS)])
async def get_tickets_of_caller(
    pbx: Annotated[AskedName, Path()],
    call_id: Annotated[AskedName, Path()],
    user: SignedInUser,
    session: Snapshot,
    viewpoint: AskedFrom,
) -> CallerTickets:
    """For whoever answers the call. Who withholds the number, or calls through a gateway, is nobody known.

    Reports of the person are shown only to those who may know who reported. In place of a merged ticket stands the one
    that it is merged into.
    """
    call = await get_call(session, pbx, call_id)
    seen = await may_see(session, user)
    linked = [row for row in await store.list_of_call(session, pbx, call_id) if viewpoint.sees_reporter(row)]
    linked = [row for row in await store.list_targets(session, linked) if viewpoint.sees_reporter(row)]
    subject = subject_of_call(call)
    found: list[tuple[TicketRow, TicketRow, str | None]] = []
    closed: list[tuple[TicketRow, TicketRow, str | None]] = []
    episode_id = None
    if subject is not None and subject.number is not None:
        is_closed = TicketRow.closed_at.is_not(None)
        found = list(await party_store.list_of_subject(session, subject.key, seen, ~is_closed, limit=MOST_OPEN))
        closed = list(await party_store.list_of_subject(session, subject.key, seen, is_closed, limit=LAST_CLOSED))
        episode = await find_open_episode(session, subject.key)
        episode_id = None if episode is None else episode.id
    views = []
    for rows in (found, closed):
        known = [
            (row, name) for row, named, name in rows if viewpoint.sees_reporter(row) and viewpoint.sees_reporter(named)
        ]
        summaries = await summarise(session, [row for row, _ in known], viewpoint)
        views.append(
            [
                CallerTicket(**summary.model_dump(), name=mask_name(name))
                for summary, (_, name) in zip(summaries, known, strict=True)
            ]
        )
    return CallerTickets(
        linked=await summarise(session, linked, viewpoint),
        open=views[0],
        closed=views[1],
        open_episode_id=episode_id,
    )
