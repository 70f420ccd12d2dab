"""Making joint complaints, and changing who belongs to them: each function in its caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.casework.groups import store
from callcenter.casework.groups.rules import (
    Complaint,
    Consent,
    Member,
    check_consent,
    check_leave,
    check_operator,
    check_representatives,
)
from callcenter.casework.groups.tables import TicketGroup, TicketGroupMember
from callcenter.casework.merchants.store import find_last_targets
from callcenter.casework.tickets import log_store
from callcenter.casework.tickets.dossier import may_see
from callcenter.casework.tickets.log_store import TicketEventKind
from callcenter.casework.tickets.rules import NoticeBy, TicketKind, TicketState
from callcenter.casework.tickets.store import get_ticket
from callcenter.casework.tickets.tables import TicketRow
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError
from callcenter.http.versions import check_version


async def add_group(
    session: AsyncSession, title: str, consents: Sequence[Consent], *, user: SignedIn, now: datetime
) -> int:
    """The id of the new group. Raises RefusedError, NotFoundError, ConflictError, InputError for a consent."""
    user.check(Right.LEAD_TICKETS)
    group_id = await store.add_group(session, title, by=user.user_id, at=now)
    # In one order, so that two groups with the same complaints wait for each other and do not block each other.
    for consent in sorted(consents, key=lambda consent: consent.ticket):
        await _add(session, group_id, consent, user=user, now=now)
    check_operator([member.complaint for member in await list_members(session, group_id)])
    return group_id


async def add_member(
    session: AsyncSession, group_id: int, consent: Consent, *, version: int, user: SignedIn, now: datetime
) -> None:
    """Raises the same errors, and StaleVersionError."""
    group = await _open_to_change(session, group_id, version, user)
    await _add(session, group_id, consent, user=user, now=now)
    check_operator([member.complaint for member in await list_members(session, group_id)])
    await store.change_group(session, group, {})


async def remove_member(
    session: AsyncSession, group_id: int, number: str, *, version: int, user: SignedIn, now: datetime
) -> None:
    """Raises RefusedError, NotFoundError, StaleVersionError, ConflictError where two must stay."""
    group = await _open_to_change(session, group_id, version, user)
    members = await list_members(session, group_id)
    if number not in {member.complaint.number for member in members}:
        raise NotFoundError("The complaint does not belong to this group.")
    check_leave(members, number)
    ticket = await get_ticket(session, number)
    await store.end_members(session, group_id, TicketGroupMember.ticket_id == ticket.id, by=user.user_id, at=now)
    await _log(session, ticket, TicketEventKind.UNGROUPED, group_id, user=user, now=now)
    await store.change_group(session, group, {})


async def put_representatives(
    session: AsyncSession, group_id: int, tickets: Sequence[str], *, version: int, user: SignedIn
) -> None:
    """Raises RefusedError, NotFoundError, StaleVersionError, InputError for others than two members."""
    group = await _open_to_change(session, group_id, version, user)
    check_representatives(await list_members(session, group_id), tickets)
    rows = [ticket for _, ticket in await store.list_members(session, [group_id]) if ticket.number in tickets]
    await store.put_representatives(session, group_id, {row.id for row in rows})
    await store.change_group(session, group, {})


async def dissolve(session: AsyncSession, group_id: int, *, version: int, user: SignedIn, now: datetime) -> None:
    """Each complaint stands alone again. Raises RefusedError, NotFoundError, StaleVersionError."""
    group = await _open_to_change(session, group_id, version, user)
    for _, ticket in await store.list_members(session, [group_id]):
        await _log(session, ticket, TicketEventKind.UNGROUPED, group_id, user=user, now=now)
    await store.end_members(session, group_id, by=user.user_id, at=now)
    await store.change_group(session, group, {"dissolved_by": user.user_id, "dissolved_at": now})


async def list_members(session: AsyncSession, group_id: int) -> list[Member]:
    """As the rules see them."""
    found = await store.list_members(session, [group_id])
    merchants = {ticket.merchant_id for _, ticket in found if ticket.merchant_id is not None}
    standing = await find_last_targets(session, merchants) if merchants else {}
    return [
        Member(
            complaint=_complaint(ticket, standing.get(ticket.merchant_id or 0, ticket.merchant_id)),
            consented_at=member.consented_at,
            consented_by=NoticeBy(member.consented_by),
            is_representative=member.is_representative,
        )
        for member, ticket in found
    ]


async def _open_to_change(session: AsyncSession, group_id: int, version: int, user: SignedIn) -> TicketGroup:
    user.check(Right.LEAD_TICKETS)
    group = await store.get_group(session, group_id, is_locked=True)
    check_version(version, group.version)
    if group.dissolved_at is not None:
        raise ConflictError("The joint complaint was dissolved.", code=ErrorCode.GROUP_DISSOLVED)
    return group


async def _add(session: AsyncSession, group_id: int, consent: Consent, *, user: SignedIn, now: datetime) -> None:
    ticket = await get_ticket(session, consent.ticket, await may_see(session, user), is_locked=True)
    check_consent(_complaint(ticket, ticket.merchant_id), consent, now)
    if not await store.add_member(session, group_id, ticket.id, consent, by=user.user_id, at=now):
        raise ConflictError(
            f"The ticket {consent.ticket} belongs to a joint complaint already.",
            code=ErrorCode.GROUPED_ALREADY,
            params={"ticket": consent.ticket},
        )
    await _log(session, ticket, TicketEventKind.GROUPED, group_id, user=user, now=now)


async def _log(
    session: AsyncSession, ticket: TicketRow, what: TicketEventKind, group_id: int, *, user: SignedIn, now: datetime
) -> None:
    state = TicketState(ticket.state)
    await log_store.add_event(session, ticket.id, what, state=state, by=user.user_id, at=now, body={"group": group_id})


def _complaint(ticket: TicketRow, merchant_id: int | None) -> Complaint:
    return Complaint(
        number=ticket.number,
        kind=TicketKind(ticket.kind),
        state=TicketState(ticket.state),
        received_at=ticket.received_at,
        merchant_id=merchant_id,
    )
