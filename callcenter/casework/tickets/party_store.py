"""All SQL of the persons in tickets. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.casework.identity import IdType
from callcenter.casework.tickets.rules import Party, PartyRole, TicketKind, TicketState
from callcenter.casework.tickets.tables import TicketParty, TicketRow


async def put_party(session: AsyncSession, ticket_id: int, party: Party) -> None:
    """The one of this role, in place of the one before."""
    values = {"ticket_id": ticket_id, **asdict(party)}
    statement = insert(TicketParty).values(**values)
    keys = ["ticket_id", "role"]
    kept = {name: statement.excluded[name] for name in values if name not in keys}
    await session.execute(statement.on_conflict_do_update(index_elements=keys, set_=kept))


async def list_parties(session: AsyncSession, ticket_ids: Collection[int]) -> dict[int, list[Party]]:
    """Of each of these tickets."""
    found: dict[int, list[Party]] = {ticket_id: [] for ticket_id in ticket_ids}
    statement = select(TicketParty).where(TicketParty.ticket_id.in_(ticket_ids)).order_by(TicketParty.role)
    for row in await session.scalars(statement):
        found[row.ticket_id].append(
            Party(
                role=PartyRole(row.role),
                name=row.name,
                phone=row.phone,
                subject=row.subject,
                address=row.address,
                is_anonymous=row.is_anonymous,
                is_confidential=row.is_confidential,
                may_publish=row.may_publish,
                may_entrust=row.may_entrust,
                id_type=None if row.id_type is None else IdType(row.id_type),
                id_number_masked=row.id_number_masked,
                id_number_sealed=row.id_number_sealed,
            )
        )
    return found


async def list_of_subject(
    session: AsyncSession, subject: str, *conditions: ColumnElement[bool], limit: int
) -> Sequence[tuple[TicketRow, TicketRow, str | None]]:
    """Tickets of the person with this identity key, newest first, each with the name that was given.

    In place of a merged ticket stands the one that it is merged into; the second is the one that the person is in.
    """
    named = aliased(TicketRow)
    statement = (
        select(TicketRow, named, TicketParty.name)
        .join(named, TicketRow.id == func.coalesce(named.merged_into, named.id))
        .join(TicketParty, TicketParty.ticket_id == named.id)
        .where(TicketParty.subject == subject, *conditions)
        .ext(distinct_on(TicketRow.id, TicketParty.name))
        .order_by(TicketRow.id.desc(), TicketParty.name, named.id)
        .limit(limit)
    )
    return [(row, ticket, name) for row, ticket, name in await session.execute(statement)]


async def count_complaints(session: AsyncSession, subjects: Collection[str], since: datetime) -> int:
    """Of the person with these identity keys, received since then; what was merged or voided is none."""
    statement = (
        select(func.count(TicketRow.id.distinct()))
        .join(TicketParty, TicketParty.ticket_id == TicketRow.id)
        .where(
            TicketParty.subject.in_(subjects),
            TicketParty.role == PartyRole.COMPLAINANT.value,
            TicketRow.kind == TicketKind.COMPLAINT.value,
            TicketRow.state.not_in([state.value for state in (TicketState.DRAFT, TicketState.VOID)]),
            ~TicketRow.is_merged,
            TicketRow.received_at >= since,
        )
    )
    return (await session.scalars(statement)).one()
