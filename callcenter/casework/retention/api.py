"""Retention over HTTP: how long matters keep their persons, which may not lose them, and what was deleted."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.audio.rules import find_breaks
from callcenter.casework.retention import service, store
from callcenter.casework.retention.schemas import (
    NewTicketHold,
    RetentionRules,
    RetentionRuleView,
    TicketCertificatePage,
    TicketCertificateView,
    TicketHoldView,
)
from callcenter.casework.tickets.api import AskedFrom, AskedTicket
from callcenter.casework.tickets.dossier import open_dossier
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import Now, Snapshot, Transaction
from callcenter.http.pages import PageQuery, cut_page
from callcenter.http.reasons import Reason

router = APIRouter(tags=["retention"])

_CERTIFICATES = value_cursors("ticket-certificates", int)


@router.get("/retention-rules", dependencies=[require(Right.SEE_DEADLINES)])
async def get_retention_rules(session: Snapshot) -> RetentionRules:
    """How long each kind of matter keeps its persons, and who says so."""
    return RetentionRules(rules=[RetentionRuleView.model_validate(rule) for rule in await store.list_rules(session)])


@router.get("/ticket-deletions", dependencies=[require(Right.CHECK_RECORDINGS)])
async def get_ticket_deletions(query: Annotated[PageQuery, Query()], session: Snapshot) -> TicketCertificatePage:
    """Certificates of what matters lost when their time was over, and whether anybody has changed them."""
    before = query.after(_CERTIFICATES)
    found = await store.list_certificates(session, before=before, limit=query.limit + 1)
    page, following = cut_page(found, query, _CERTIFICATES, lambda row: row.id)
    chain = [
        (row.id, row.certificate, row.previous_sha256, row.sha256)
        for row in reversed(await store.list_certificates(session))
    ]
    return TicketCertificatePage(
        items=[
            TicketCertificateView(**row.certificate, id=row.id, previous_sha256=row.previous_sha256, sha256=row.sha256)
            for row in page
        ],
        next=following,
        breaks=find_breaks(chain),
    )


@router.get("/tickets/{ticket}/legal-hold", dependencies=[require(Right.SEE_TICKETS)])
async def get_ticket_hold(
    ticket: AskedTicket, user: SignedInUser, session: Snapshot, viewpoint: AskedFrom
) -> TicketHoldView:
    """Whether the matter is protected from losing anything, and why."""
    dossier = await open_dossier(session, ticket, user)
    found = await store.find_hold(session, dossier.row.id)
    if found is None:
        return TicketHoldView(is_held=False, placed_at=None, placed_by=None, reason=None)
    hold, name = found
    return TicketHoldView(is_held=True, placed_at=hold.placed_at, placed_by=name, reason=viewpoint.mask(hold.reason))


@router.put("/tickets/{ticket}/legal-hold", status_code=204, dependencies=[require(Right.HOLD_RECORDINGS)])
async def place_ticket_hold(
    ticket: AskedTicket, hold: NewTicketHold, user: SignedInUser, session: Transaction, now: Now
) -> None:
    """Stop the deletion of anything of the matter, its files included."""
    await service.place_hold(session, ticket, hold.reason, user=user, now=now)


@router.delete("/tickets/{ticket}/legal-hold", status_code=204, dependencies=[require(Right.HOLD_RECORDINGS)])
async def release_ticket_hold(
    ticket: AskedTicket, user: SignedInUser, reason: Reason, session: Transaction, now: Now
) -> None:
    """Let the matter go when its time has come."""
    await service.release_hold(session, ticket, reason, user=user, now=now)
