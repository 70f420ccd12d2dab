"""All SQL of joint complaints. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.groups.rules import Consent
from callcenter.casework.groups.tables import TicketGroup, TicketGroupMember
from callcenter.casework.tickets.tables import TicketRow
from callcenter.errors import NotFoundError, StaleVersionError

_LASTS = TicketGroupMember.ended_at.is_(None)


async def add_group(session: AsyncSession, title: str, *, by: int, at: datetime) -> int:
    """The id of the new group."""
    values = {"version": 1, "title": title, "made_by": by, "made_at": at}
    return (await session.scalars(insert(TicketGroup).values(values).returning(TicketGroup.id))).one()


async def get_group(
    session: AsyncSession, group_id: int, *conditions: ColumnElement[bool], is_locked: bool = False
) -> TicketGroup:
    """Raises NotFoundError, also for one that the conditions leave out."""
    statement = select(TicketGroup).where(TicketGroup.id == group_id, *conditions)
    if is_locked:
        statement = statement.with_for_update()
    found = (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()
    if found is None:
        raise NotFoundError("There is no such joint complaint.")
    return found


async def list_groups(
    session: AsyncSession, *conditions: ColumnElement[bool], before: int | None, limit: int
) -> Sequence[TicketGroup]:
    """Newest first."""
    statement = select(TicketGroup).where(*conditions)
    if before is not None:
        statement = statement.where(TicketGroup.id < before)
    return (await session.scalars(statement.order_by(TicketGroup.id.desc()).limit(limit))).all()


async def change_group(session: AsyncSession, group: TicketGroup, values: Mapping[str, Any]) -> None:
    """Raises StaleVersionError where somebody has changed it since; nothing is changed then."""
    statement = update(TicketGroup).where(TicketGroup.id == group.id, TicketGroup.version == group.version)
    changed = statement.values(**values, version=group.version + 1).returning(TicketGroup.id)
    if (await session.execute(changed)).first() is None:
        raise StaleVersionError


async def add_member(
    session: AsyncSession, group_id: int, ticket_id: int, consent: Consent, *, by: int, at: datetime
) -> bool:
    """False where the complaint belongs to a group already."""
    statement = insert_or(TicketGroupMember).values(
        group_id=group_id,
        ticket_id=ticket_id,
        consented_at=consent.at,
        consented_by=consent.by.value,
        is_representative=False,
        added_by=by,
        added_at=at,
    )
    statement = statement.on_conflict_do_nothing(index_elements=["ticket_id"], index_where=text("ended_at IS NULL"))
    return (await session.scalars(statement.returning(TicketGroupMember.id))).first() is not None


async def end_members(
    session: AsyncSession, group_id: int, *conditions: ColumnElement[bool], by: int, at: datetime
) -> None:
    """They belong to it no more; that they did is kept."""
    statement = update(TicketGroupMember).where(TicketGroupMember.group_id == group_id, _LASTS, *conditions)
    await session.execute(statement.values(ended_by=by, ended_at=at, is_representative=False))


async def put_representatives(session: AsyncSession, group_id: int, ticket_ids: Collection[int]) -> None:
    """These, and no others."""
    statement = update(TicketGroupMember).where(TicketGroupMember.group_id == group_id, _LASTS)
    await session.execute(statement.values(is_representative=TicketGroupMember.ticket_id.in_(ticket_ids)))


async def list_members(
    session: AsyncSession, group_ids: Collection[int], *conditions: ColumnElement[bool]
) -> Sequence[tuple[TicketGroupMember, TicketRow]]:
    """Of all these groups, in the order in which the complaints were made."""
    statement = (
        select(TicketGroupMember, TicketRow)
        .join(TicketRow, TicketRow.id == TicketGroupMember.ticket_id)
        .where(TicketGroupMember.group_id.in_(group_ids), _LASTS, *conditions)
        .order_by(TicketRow.id)
        .execution_options(populate_existing=True)
    )
    return [(member, ticket) for member, ticket in await session.execute(statement)]


def has_member(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Groups to which such a complaint belongs, or belonged."""
    members = select(TicketGroupMember.id).join(TicketRow, TicketRow.id == TicketGroupMember.ticket_id)
    return members.where(TicketGroupMember.group_id == TicketGroup.id, *conditions).exists()
