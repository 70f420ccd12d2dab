"""All SQL of tickets as they stand: their rows, numbers and links. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, true, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from callcenter.accounts.tables import User
from callcenter.casework.merchants.tables import MerchantRow
from callcenter.casework.tickets.rules import Linked
from callcenter.casework.tickets.tables import TicketLink, TicketNumber, TicketRow
from callcenter.casework.units.tables import UnitRow
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError, StaleVersionError

Condition = ColumnElement[bool]
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""When a ticket is due of which no time limit runs."""

STREAMED_AT_ONCE = 500
"""Rows, of a list that is read whole."""
LOOKED_THROUGH = 5_000
"""Tickets: so many of the newest are looked through before an index is asked."""


async def find_by_key(session: AsyncSession, user_id: int, key: str) -> TicketRow | None:
    """The ticket that the user made with this Idempotency-Key."""
    statement = select(TicketRow).where(TicketRow.created_by == user_id, TicketRow.idempotency_key == key)
    return (await session.scalars(statement)).one_or_none()


async def add_ticket(session: AsyncSession, values: Mapping[str, Any]) -> TicketRow | None:
    """The new ticket; None where the same user has made one with the same key meanwhile."""
    statement = insert(TicketRow).values(**values)
    statement = statement.on_conflict_do_nothing(index_elements=["created_by", "idempotency_key"])
    return (await session.scalars(statement.returning(TicketRow))).one_or_none()


async def add_tickets(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> Sequence[TicketRow]:
    """The new tickets, in the same order; none of them comes of a request with a key."""
    statement = insert(TicketRow).returning(TicketRow, sort_by_parameter_order=True)
    return (await session.scalars(statement, list(rows))).all()


async def take_number(session: AsyncSession, year: int, count: int = 1) -> int:
    """The next number of a year, or the first of several.

    Whoever asks at the same time waits until this transaction has ended.
    """
    statement = insert(TicketNumber).values(year=year, last=count)
    counted = statement.on_conflict_do_update(index_elements=["year"], set_={"last": TicketNumber.last + count})
    return (await session.scalars(counted.returning(TicketNumber.last))).one() - count + 1


async def get_ticket(session: AsyncSession, number: str, *conditions: Condition, is_locked: bool = False) -> TicketRow:
    """Raises NotFoundError, also for one that the conditions leave out."""
    statement = select(TicketRow).where(TicketRow.number == number, *conditions)
    if is_locked:
        statement = statement.with_for_update()
    found = (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()
    if found is None:
        raise NotFoundError(f"There is no ticket {number}.")
    return found


async def get_by_id(session: AsyncSession, ticket_id: int, *, is_locked: bool = False) -> TicketRow:
    """A ticket that there is."""
    statement = select(TicketRow).where(TicketRow.id == ticket_id)
    if is_locked:
        statement = statement.with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).one()


async def list_merged(session: AsyncSession, ticket_id: int) -> Sequence[TicketRow]:
    """The tickets that are merged into this one."""
    statement = select(TicketRow).where(TicketRow.merged_into == ticket_id).order_by(TicketRow.id)
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def numbers_of(session: AsyncSession, ids: Collection[int]) -> dict[int, str]:
    """Of tickets, by id."""
    rows = await session.execute(select(TicketRow.id, TicketRow.number).where(TicketRow.id.in_(ids)))
    return {row.id: row.number for row in rows}


async def change_ticket(session: AsyncSession, ticket_id: int, version: int, values: Mapping[str, Any]) -> None:
    """Raises StaleVersionError where somebody has changed it since that version; nothing is changed then.

    Raises ConflictError where another ticket has its number on the national platform.
    """
    statement = update(TicketRow).where(TicketRow.id == ticket_id, TicketRow.version == version)
    changed = statement.values(**values, version=version + 1).returning(TicketRow.id)
    try:
        async with session.begin_nested():
            found = (await session.execute(changed)).first()
    except IntegrityError as error:
        if "uq_tickets_platform_number" not in str(error.orig):
            raise
        raise ConflictError(
            "Another ticket has this number of the national platform.", code=ErrorCode.PLATFORM_NUMBER_TAKEN
        ) from None
    if found is None:
        raise StaleVersionError


async def put_due(session: AsyncSession, ticket_id: int, next_due_at: datetime | None) -> None:
    """When the ticket is due next, which is derived and no change of it."""
    await session.execute(update(TicketRow).where(TicketRow.id == ticket_id).values(next_due_at=next_due_at))


async def list_tickets(
    session: AsyncSession,
    *conditions: Condition,
    order: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]],
    limit: int,
) -> Sequence[TicketRow]:
    """In that order."""
    return (await session.scalars(select(TicketRow).where(*conditions).order_by(*order).limit(limit))).all()


async def list_newest_found(
    session: AsyncSession, *conditions: Condition, before: int | None, limit: int
) -> Sequence[TicketRow]:
    """The newest that fulfil conditions of which an index finds the rare ones. `before` is an id.

    What many fulfil is found among the newest; only what few fulfil is looked up in the index. The planner, which
    knows no frequency of a word, would look through the whole register for one that nobody wrote.
    """
    if before is None:
        before = (await session.scalar(select(func.max(TicketRow.id))) or 0) + 1
    edge = before - LOOKED_THROUGH
    among = TicketRow.id.between(edge, before - 1)
    rows = [*await list_tickets(session, *conditions, among, order=[TicketRow.id.desc()], limit=limit)]
    if len(rows) < limit:
        by_index = [(TicketRow.id + 0).desc()]  # an order that the primary key does not have
        older = TicketRow.id < edge
        rows += await list_tickets(session, *conditions, older, order=by_index, limit=limit - len(rows))
    return rows


def place_by_due(row: TicketRow) -> tuple[datetime, int]:
    """Where it stands in the list of what is due next."""
    return row.next_due_at or NEVER, row.id


async def list_by_due(
    session: AsyncSession, *conditions: Condition, after: tuple[datetime, int] | None, limit: int
) -> Sequence[TicketRow]:
    """What is due next first, behind that place; last of all those of which no time limit runs, the oldest first."""
    due_at, last_id = after or (None, None)
    rows: list[TicketRow] = []
    if due_at != NEVER:
        place = (TicketRow.next_due_at, TicketRow.id)
        is_due = TicketRow.next_due_at.is_not(None)
        behind = true() if after is None else tuple_(*place) > tuple_(*after)
        rows += await list_tickets(session, *conditions, is_due, behind, order=place, limit=limit)
    if len(rows) < limit:
        behind = true() if due_at != NEVER else TicketRow.id > last_id
        without = TicketRow.next_due_at.is_(None)
        rows += await list_tickets(session, *conditions, without, behind, order=[TicketRow.id], limit=limit - len(rows))
    return rows


async def stream_tickets(
    session: AsyncSession, *conditions: Condition, order: Sequence[ColumnElement[Any]], limit: int
) -> AsyncIterator[Sequence[TicketRow]]:
    """The same, some at a time."""
    statement = select(TicketRow).where(*conditions).order_by(*order).limit(limit)
    found = await session.stream_scalars(statement.execution_options(yield_per=STREAMED_AT_ONCE))
    async for part in found.partitions(STREAMED_AT_ONCE):
        yield part


async def add_link(
    session: AsyncSession,
    ticket_id: int,
    what: Linked,
    *,
    pbx: str | None = None,
    call_id: str | None = None,
    ref_id: int | None = None,
    by: int,
    at: datetime,
) -> bool:
    """Whether it is new."""
    statement = insert(TicketLink).values(
        ticket_id=ticket_id, what=what.value, pbx=pbx, call_id=call_id, ref_id=ref_id, added_by=by, added_at=at
    )
    added = statement.on_conflict_do_nothing().returning(TicketLink.id)
    return (await session.execute(added)).first() is not None


async def list_links(session: AsyncSession, ticket_id: int) -> Sequence[TicketLink]:
    """In the order in which they were made."""
    statement = select(TicketLink).where(TicketLink.ticket_id == ticket_id).order_by(TicketLink.id)
    return (await session.scalars(statement)).all()


async def delete_link(session: AsyncSession, ticket_id: int, link_id: int) -> None:
    """Raises NotFoundError."""
    statement = delete(TicketLink).where(TicketLink.ticket_id == ticket_id, TicketLink.id == link_id)
    if (await session.execute(statement.returning(TicketLink.id))).first() is None:
        raise NotFoundError("The ticket has no such link.")


async def list_of_call(session: AsyncSession, pbx: str, call_id: str) -> Sequence[TicketRow]:
    """The tickets that are linked with a call, oldest first."""
    statement = (
        select(TicketRow)
        .join(TicketLink, TicketLink.ticket_id == TicketRow.id)
        .where(TicketLink.what == Linked.CALL, TicketLink.pbx == pbx, TicketLink.call_id == call_id)
        .order_by(TicketRow.id)
    )
    return (await session.scalars(statement)).all()


async def list_targets(session: AsyncSession, rows: Sequence[TicketRow]) -> list[TicketRow]:
    """The same, with the ticket that each merged one is merged into in its place; each once."""
    ids = {row.merged_into or row.id: None for row in rows}
    found = {row.id: row for row in await session.scalars(select(TicketRow).where(TicketRow.id.in_(ids)))}
    return [found[ticket_id] for ticket_id in ids]


async def names_of_merchants(session: AsyncSession, ids: Collection[int]) -> dict[int, str]:
    """By id."""
    rows = await session.execute(select(MerchantRow.id, MerchantRow.name).where(MerchantRow.id.in_(ids)))
    return {row.id: row.name for row in rows}


async def names_of_units(session: AsyncSession, ids: Collection[int]) -> dict[int, str]:
    """By id."""
    rows = await session.execute(select(UnitRow.id, UnitRow.name).where(UnitRow.id.in_(ids)))
    return {row.id: row.name for row in rows}


async def get_user_name(session: AsyncSession, user_id: int) -> str:
    """The login name."""
    return (await session.scalars(select(User.name).where(User.id == user_id))).one()


async def list_submission(session: AsyncSession, row: TicketRow) -> list[str]:
    """The numbers of the other tickets of the same submission."""
    first = row.submission_id or row.id
    others = or_(TicketRow.id == first, TicketRow.submission_id == first)
    statement = select(TicketRow.number).where(others, TicketRow.id != row.id).order_by(TicketRow.id)
    return list((await session.scalars(statement)).all())
