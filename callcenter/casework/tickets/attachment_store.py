"""All SQL of attachments. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.casework.attachments.tables import KeptFile
from callcenter.casework.tickets.attachment_tables import TicketAttachment
from callcenter.errors import NotFoundError


class Attached(NamedTuple):
    """An attachment, its file, and the login name of who attached it."""

    row: TicketAttachment
    file: KeptFile
    by: str


async def add_attachment(
    session: AsyncSession,
    ticket_id: int,
    *,
    sha256: str,
    name: str,
    by: int,
    at: datetime,
    description: str | None = None,
) -> int | None:
    """Its id; None where the ticket has this file already."""
    statement = insert(TicketAttachment).values(
        ticket_id=ticket_id, sha256=sha256, name=name, description=description, attached_by=by, attached_at=at
    )
    added = statement.on_conflict_do_nothing(index_elements=["ticket_id", "sha256"]).returning(TicketAttachment.id)
    return (await session.scalars(added)).one_or_none()


async def list_attachments(session: AsyncSession, ticket_id: int, *, after: int, limit: int) -> Sequence[Attached]:
    """Of a ticket, oldest first; `after` is the id of the last one seen."""
    statement = _attached().where(TicketAttachment.ticket_id == ticket_id, TicketAttachment.id > after)
    rows = await session.execute(statement.order_by(TicketAttachment.id).limit(limit))
    return [Attached(row, file, by) for row, file, by in rows]


async def get_attachment(session: AsyncSession, ticket_id: int, attachment_id: int) -> Attached:
    """Raises NotFoundError."""
    of_ticket = (TicketAttachment.ticket_id == ticket_id, TicketAttachment.id == attachment_id)
    return await _get(session, *of_ticket)


async def get_by_hash(session: AsyncSession, ticket_id: int, sha256: str) -> Attached:
    """Raises NotFoundError."""
    of_ticket = (TicketAttachment.ticket_id == ticket_id, TicketAttachment.sha256 == sha256)
    return await _get(session, *of_ticket)


def _attached() -> Select[TicketAttachment, KeptFile, str]:
    return (
        select(TicketAttachment, KeptFile, User.name)
        .join(KeptFile, KeptFile.sha256 == TicketAttachment.sha256)
        .join(User, User.id == TicketAttachment.attached_by)
    )


async def _get(session: AsyncSession, *conditions: ColumnElement[bool]) -> Attached:
    found = (await session.execute(_attached().where(*conditions))).one_or_none()
    if found is None:
        raise NotFoundError("The ticket has no such attachment.")
    row, file, by = found
    return Attached(row, file, by)
