"""All SQL of the decisions on flags. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.casework.cases.rules import Flag
from callcenter.casework.tickets.clocks import ClockState
from callcenter.casework.tickets.flag_rules import UNDECIDED, FlagState, Trigger
from callcenter.casework.tickets.flag_tables import CaseFlag
from callcenter.casework.tickets.flags import list_flags as list_flags_of_ticket
from callcenter.casework.tickets.log_tables import TicketDeadline
from callcenter.casework.tickets.tables import TicketRow
from callcenter.errors import NotFoundError, StaleVersionError


async def get_flag(session: AsyncSession, flag_id: int, *conditions: ColumnElement[bool]) -> tuple[CaseFlag, TicketRow]:
    """With its ticket. Raises NotFoundError, also for one that the conditions leave out."""
    statement = select(CaseFlag, TicketRow).join(TicketRow, TicketRow.id == CaseFlag.ticket_id)
    asked = statement.where(CaseFlag.id == flag_id, *conditions).execution_options(populate_existing=True)
    found = (await session.execute(asked)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such flag.")
    return found[0], found[1]


async def change_flag(session: AsyncSession, flag: Flag, values: Mapping[str, Any]) -> None:
    """Raises StaleVersionError where somebody has changed it since; nothing is changed then."""
    statement = update(CaseFlag).where(CaseFlag.id == flag.id, CaseFlag.version == flag.version)
    changed = statement.values(**values, version=flag.version + 1).returning(CaseFlag.id)
    if (await session.execute(changed)).first() is None:
        raise StaleVersionError


async def list_flags(
    session: AsyncSession, *conditions: ColumnElement[bool], before: int | None, limit: int
) -> Sequence[tuple[CaseFlag, TicketRow]]:
    """Newest first."""
    statement = select(CaseFlag, TicketRow).join(TicketRow, TicketRow.id == CaseFlag.ticket_id).where(*conditions)
    if before is not None:
        statement = statement.where(CaseFlag.id < before)
    rows = await session.execute(statement.order_by(CaseFlag.id.desc()).limit(limit))
    return [(flag, ticket) for flag, ticket in rows]


def counts_at(number: str) -> ColumnElement[bool]:
    """Flags of this ticket, and of those that are merged into it."""
    target = select(TicketRow.id).where(TicketRow.number == number).scalar_subquery()
    return or_(TicketRow.id == target, TicketRow.merged_into == target)


async def list_states_of_ticket(session: AsyncSession, ticket_id: int) -> list[FlagState]:
    """Of all its flags, and of those of the tickets that are merged into it."""
    return [FlagState(flag.state) for flag in await list_flags_of_ticket(session, ticket_id)]


async def count_states(session: AsyncSession, *conditions: ColumnElement[bool]) -> dict[FlagState, int]:
    """Of the flags of the tickets that the conditions name."""
    statement = (
        select(CaseFlag.state, func.count())
        .join(TicketRow, TicketRow.id == CaseFlag.ticket_id)
        .where(*conditions)
        .group_by(CaseFlag.state)
    )
    return {FlagState(state): number for state, number in await session.execute(statement)}


def is_overdue() -> ColumnElement[bool]:
    """Nobody has decided, and the time for it is over."""
    numbered = _numbered().subquery()
    late = select(numbered.c.id).join(TicketDeadline, _is_clock_of(numbered))
    late = late.where(TicketDeadline.state == ClockState.BREACHED.value)
    return CaseFlag.state.in_([state.value for state in UNDECIDED]) & CaseFlag.id.in_(late)


async def count_overdue(session: AsyncSession, *conditions: ColumnElement[bool]) -> int:
    """Of the flags of the tickets that the conditions name."""
    statement = select(func.count()).select_from(CaseFlag).join(TicketRow, TicketRow.id == CaseFlag.ticket_id)
    return (await session.scalars(statement.where(is_overdue(), *conditions))).one()


async def list_clocks(session: AsyncSession, rows: Collection[CaseFlag]) -> dict[int, TicketDeadline]:
    """Of each of these flags the clock of its own decision, by the id of the flag."""
    numbered = _numbered(CaseFlag.ticket_id.in_({row.ticket_id for row in rows})).subquery()
    statement = select(numbered.c.id, TicketDeadline).join(TicketDeadline, _is_clock_of(numbered))
    asked = statement.where(numbered.c.id.in_([row.id for row in rows])).execution_options(populate_existing=True)
    return {row[0]: row[1] for row in await session.execute(asked)}


def _numbered(*conditions: ColumnElement[bool]) -> Select[tuple[int, int, int]]:
    """Flags with their place among all of their ticket."""
    place = func.row_number().over(partition_by=CaseFlag.ticket_id, order_by=CaseFlag.id).label("number")
    return select(CaseFlag.id, CaseFlag.ticket_id, place).where(*conditions)


def _is_clock_of(numbered: Subquery) -> ColumnElement[bool]:
    """The n-th flag of a ticket has the n-th run."""
    return (
        (TicketDeadline.code == "clue_check")
        & (TicketDeadline.ticket_id == numbered.c.ticket_id)
        & (TicketDeadline.number == numbered.c.number)
    )


async def names_of(session: AsyncSession, ids: set[int]) -> dict[int, str]:
    """Login names by id."""
    rows = await session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}


def to_flag(row: CaseFlag, clock: TicketDeadline | None) -> Flag:
    """As the rules see it, with the clock of its decision."""
    return Flag(
        id=row.id,
        version=row.version,
        ticket_id=row.ticket_id,
        trigger=Trigger(row.trigger),
        state=FlagState(row.state),
        discovered_on=row.discovered_on,
        proposes=None if row.proposes is None else FlagState(row.proposes),
        proposed_by=row.proposed_by,
        is_late=clock is not None and clock.state == ClockState.BREACHED,
        extended_at=row.extended_at,
        result_at=row.result_at,
    )
