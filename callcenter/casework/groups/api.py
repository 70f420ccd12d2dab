"""Joint complaints over HTTP: who works on tickets sees them, supervisors and directors make and change them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right, Role
from callcenter.casework.classification.rules import Axis
from callcenter.casework.groups import service, signal_store, store
from callcenter.casework.groups.schemas import (
    ConsentBody,
    GroupMemberView,
    GroupPage,
    GroupSignalView,
    GroupsQuery,
    GroupView,
    NewGroup,
    Representatives,
)
from callcenter.casework.groups.tables import TicketGroup
from callcenter.casework.tickets.api import AskedFrom, AskedTicket
from callcenter.casework.tickets.dossier import may_see
from callcenter.casework.tickets.store import names_of_merchants
from callcenter.casework.tickets.tables import TicketRow
from callcenter.casework.tickets.views import Viewpoint
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import RowId, Snapshot, Transaction
from callcenter.http.pages import cut_page
from callcenter.http.versions import AskedVersion

router = APIRouter(tags=["ticket groups"])

_GROUPS = value_cursors("ticket-groups", int)


@router.get("/ticket-groups", dependencies=[require(Right.SEE_TICKETS)])
async def list_groups(query: Annotated[GroupsQuery, Query()], session: Snapshot, viewpoint: AskedFrom) -> GroupPage:
    """Newest first; officers see those to which a complaint of their unit belongs."""
    conditions = await _seen(session, viewpoint)
    if query.ticket is not None:
        conditions.append(store.has_member(TicketRow.number == query.ticket))
    if query.open is not None:
        is_open = TicketGroup.dissolved_at.is_(None)
        conditions.append(is_open if query.open else ~is_open)
    found = await store.list_groups(session, *conditions, before=query.after(_GROUPS), limit=query.limit + 1)
    page, following = cut_page(found, query, _GROUPS, lambda group: group.id)
    signal = None if query.ticket is None else await _signal(session, query.ticket, viewpoint)
    return GroupPage(items=await _views(session, page, viewpoint), next=following, signal=signal)


@router.post("/ticket-groups", status_code=201, dependencies=[require(Right.LEAD_TICKETS)])
async def add_group(new: NewGroup, user: SignedInUser, session: Transaction, viewpoint: AskedFrom) -> GroupView:
    """Handle complaints of several people against one operator as one: each of them has agreed."""
    consents = [member.to_consent(member.ticket) for member in new.members]
    group_id = await service.add_group(session, new.title, consents, user=user, now=viewpoint.now)
    return await _view(session, group_id, viewpoint)


@router.get("/ticket-groups/{group_id}", dependencies=[require(Right.SEE_TICKETS)])
async def get_group(group_id: RowId, session: Snapshot, viewpoint: AskedFrom) -> GroupView:
    """One joint complaint."""
    return await _view(session, group_id, viewpoint)


@router.delete("/ticket-groups/{group_id}", dependencies=[require(Right.LEAD_TICKETS)])
async def dissolve_group(
    group_id: RowId, version: AskedVersion, user: SignedInUser, session: Transaction, viewpoint: AskedFrom
) -> GroupView:
    """Let each complaint stand alone again; that they were one is kept."""
    await service.dissolve(session, group_id, version=version, user=user, now=viewpoint.now)
    return await _view(session, group_id, viewpoint)


@router.put("/ticket-groups/{group_id}/members/{ticket}", dependencies=[require(Right.LEAD_TICKETS)])
async def add_group_member(
    group_id: RowId,
    ticket: AskedTicket,
    consent: ConsentBody,
    version: AskedVersion,
    user: SignedInUser,
    session: Transaction,
    viewpoint: AskedFrom,
) -> GroupView:
    """One more complaint, whose complainant has agreed."""
    await service.add_member(
        session, group_id, consent.to_consent(ticket), version=version, user=user, now=viewpoint.now
    )
    return await _view(session, group_id, viewpoint)


@router.delete("/ticket-groups/{group_id}/members/{ticket}", dependencies=[require(Right.LEAD_TICKETS)])
async def remove_group_member(
    group_id: RowId,
    ticket: AskedTicket,
    version: AskedVersion,
    user: SignedInUser,
    session: Transaction,
    viewpoint: AskedFrom,
) -> GroupView:
    """A complaint stands alone again."""
    await service.remove_member(session, group_id, ticket, version=version, user=user, now=viewpoint.now)
    return await _view(session, group_id, viewpoint)


@router.put("/ticket-groups/{group_id}/representatives", dependencies=[require(Right.LEAD_TICKETS)])
async def put_representatives(
    group_id: RowId,
    chosen: Representatives,
    version: AskedVersion,
    user: SignedInUser,
    session: Transaction,
    viewpoint: AskedFrom,
) -> GroupView:
    """Who speaks for all: the complainants of two of its complaints."""
    await service.put_representatives(session, group_id, chosen.tickets, version=version, user=user)
    return await _view(session, group_id, viewpoint)


async def _view(session: AsyncSession, group_id: int, viewpoint: Viewpoint) -> GroupView:
    found = await store.get_group(session, group_id, *await _seen(session, viewpoint))
    (view,) = await _views(session, [found], viewpoint)
    return view


async def _signal(session: AsyncSession, number: str, viewpoint: Viewpoint) -> GroupSignalView | None:
    """For whoever may see the ticket."""
    seen = await may_see(session, viewpoint.user)
    found = await signal_store.find_signal(session, number, seen, timezone=viewpoint.place.timezone)
    if found is None:
        return None
    merchants = await names_of_merchants(session, [found.merchant_id])
    return GroupSignalView(
        merchant_id=found.merchant_id,
        merchant=merchants[found.merchant_id],
        axis=Axis(found.axis),
        code=found.code,
        first_day=found.first_day,
        last_day=found.last_day,
        people=found.people,
        several_names=found.several_names,
        complaints=found.complaints,
    )


async def _seen(session: AsyncSession, viewpoint: Viewpoint) -> list[ColumnElement[bool]]:
    """Which groups the user sees: officers those with a ticket that they see."""
    if viewpoint.user.role is not Role.OFFICER:
        return []
    return [store.has_member(await may_see(session, viewpoint.user))]


async def _views(session: AsyncSession, groups: Sequence[TicketGroup], viewpoint: Viewpoint) -> list[GroupView]:
    ids = [group.id for group in groups]
    members = await store.list_members(session, ids)
    seen = await store.list_members(session, ids, await may_see(session, viewpoint.user))
    return [
        GroupView(
            id=group.id,
            version=group.version,
            title=viewpoint.mask(group.title) or "",
            made_at=group.made_at,
            dissolved_at=group.dissolved_at,
            size=sum(member.group_id == group.id for member, _ in members),
            members=[
                GroupMemberView(
                    ticket=ticket.number,
                    state=ticket.state,  # type: ignore[arg-type]
                    consented_at=member.consented_at,
                    consented_by=member.consented_by,  # type: ignore[arg-type]
                    is_representative=member.is_representative,
                )
                for member, ticket in seen
                if member.group_id == group.id
            ],
        )
        for group in groups
    ]
