"""All SQL of instructions to units. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, text, true, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Role, SignedIn
from callcenter.accounts.tables import User
from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.dispatch.clocks import InstructionStepTaken
from callcenter.casework.dispatch.rules import (
    Instruction,
    InstructionEventKind,
    InstructionState,
    InstructionStep,
    OffShelfOutcome,
)
from callcenter.casework.dispatch.tables import InstructionEvent, InstructionNumber, InstructionRow
from callcenter.casework.tickets.tables import TicketRow
from callcenter.casework.units.store import find_unit_of
from callcenter.casework.units.tables import UnitRow
from callcenter.errors import NotFoundError, StaleVersionError

Condition = ColumnElement[bool]

IS_OPEN = InstructionRow.ended_at.is_(None)

CHANNEL = "instructions"


async def notify(session: AsyncSession) -> None:
    """Say on CHANNEL, once this is committed, that an instruction has changed, or a ring about one, or a clock."""
    await session.execute(select(func.pg_notify(CHANNEL, "")))


async def may_see(session: AsyncSession, user: SignedIn) -> Condition:
    """Which instructions the user sees: officers those to their unit, all others all."""
    if user.role is not Role.OFFICER:
        return true()
    unit = await find_unit_of(session, user.user_id)
    return InstructionRow.unit_id == (None if unit is None else unit.id)


async def take_number(session: AsyncSession, year: int) -> int:
    """The next number of a year. Whoever asks at the same time waits until this transaction has ended."""
    statement = insert_or(InstructionNumber).values(year=year, last=1)
    counted = statement.on_conflict_do_update(index_elements=["year"], set_={"last": InstructionNumber.last + 1})
    return (await session.scalars(counted.returning(InstructionNumber.last))).one()


async def add_instruction(session: AsyncSession, values: Mapping[str, Any]) -> InstructionRow | None:
    """The new instruction; None where the unit has one for this ticket that is open."""
    statement = insert_or(InstructionRow).values(**values)
    added = statement.on_conflict_do_nothing(
        index_elements=["ticket_id", "unit_id"], index_where=text("ended_at IS NULL")
    )
    return (await session.scalars(added.returning(InstructionRow))).one_or_none()


async def get_instruction(
    session: AsyncSession, instruction_id: int, *conditions: Condition, is_locked: bool = False
) -> InstructionRow:
    """Raises NotFoundError, also for one that the conditions leave out."""
    statement = select(InstructionRow).where(InstructionRow.id == instruction_id, *conditions)
    if is_locked:
        statement = statement.with_for_update()
    found = (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()
    if found is None:
        raise NotFoundError("There is no such instruction.")
    return found


async def change_instruction(session: AsyncSession, row: InstructionRow, values: Mapping[str, Any]) -> None:
    """Raises StaleVersionError where somebody has changed it since; nothing is changed then."""
    statement = update(InstructionRow).where(InstructionRow.id == row.id, InstructionRow.version == row.version)
    changed = statement.values(**values, version=row.version + 1).returning(InstructionRow.id)
    if (await session.execute(changed)).first() is None:
        raise StaleVersionError


async def put_patrol(session: AsyncSession, instruction_id: int, at: datetime) -> None:
    """A patrol about it was finished: the first counts. Whoever has the instruction open is not disturbed."""
    first = func.coalesce(InstructionRow.patrolled_at, at)
    await session.execute(update(InstructionRow).where(InstructionRow.id == instruction_id).values(patrolled_at=first))


async def list_instructions(
    session: AsyncSession, *conditions: Condition, order: Sequence[ColumnElement[Any]], limit: int | None = None
) -> Sequence[tuple[InstructionRow, TicketRow]]:
    """With their tickets, in that order."""
    statement = (
        select(InstructionRow, TicketRow)
        .join(TicketRow, TicketRow.id == InstructionRow.ticket_id)
        .where(*conditions)
        .order_by(*order)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [(row, ticket) for row, ticket in await session.execute(statement)]


async def count_at_ticket(session: AsyncSession, ticket_id: int) -> None:
    """Keep with the ticket, which is locked, how many of its instructions have not ended."""
    counted = select(func.count()).where(InstructionRow.ticket_id == ticket_id, IS_OPEN).scalar_subquery()
    await session.execute(update(TicketRow).where(TicketRow.id == ticket_id).values(open_instructions=counted))


async def add_event(
    session: AsyncSession,
    instruction_id: int,
    what: InstructionStep | InstructionEventKind,
    *,
    state: InstructionState,
    at: datetime,
    recorded_at: datetime,
    by: int | None,
    body: Mapping[str, Any],
) -> None:
    """`state` is the one after it. Said on CHANNEL."""
    await session.execute(
        insert(InstructionEvent).values(
            instruction_id=instruction_id,
            what=what.value,
            state=state.value,
            at=at,
            recorded_at=recorded_at,
            by=by,
            body=dict(body),
        )
    )
    await notify(session)


async def list_events(
    session: AsyncSession, instruction_id: int, *, after: int | None, limit: int
) -> Sequence[tuple[InstructionEvent, str | None]]:
    """As they were written down, each with the login name of who did it."""
    statement = (
        select(InstructionEvent, User.name)
        .outerjoin(User, User.id == InstructionEvent.by)
        .where(InstructionEvent.instruction_id == instruction_id)
        .order_by(InstructionEvent.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(InstructionEvent.id > after)
    return [(event, name) for event, name in await session.execute(statement)]


async def list_steps(session: AsyncSession, instruction_id: int) -> list[InstructionStepTaken]:
    """The steps that were taken, in order."""
    is_step = InstructionEvent.what.in_([step.value for step in InstructionStep])
    statement = select(InstructionEvent).where(InstructionEvent.instruction_id == instruction_id, is_step)
    return [
        InstructionStepTaken(
            step=InstructionStep(event.what),
            at=event.at,
            outcome=OffShelfOutcome(event.body["outcome"]) if "outcome" in event.body else None,
        )
        for event in await session.scalars(statement.order_by(InstructionEvent.id))
    ]


async def list_unanswered(session: AsyncSession) -> Sequence[tuple[InstructionRow, str]]:
    """Instructions that nobody acknowledges, each with the name of its unit."""
    statement = (
        select(InstructionRow, UnitRow.name)
        .join(UnitRow, UnitRow.id == InstructionRow.unit_id)
        .where(InstructionRow.state == InstructionState.UNANSWERED.value)
        .order_by(InstructionRow.id)
    )
    return [(row, name) for row, name in await session.execute(statement)]


async def names_of(session: AsyncSession, ids: Collection[int]) -> dict[int, str]:
    """Login names by id."""
    rows = await session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}


def to_instruction(
    row: InstructionRow, steps: Sequence[InstructionStepTaken], *, has_batches: bool = False
) -> Instruction:
    """As the rules see it."""
    return Instruction(
        id=row.id,
        version=row.version,
        state=InstructionState(row.state),
        priority=Priority(row.priority),
        instructed_at=row.instructed_at,
        last_at=steps[-1].at if steps else row.instructed_at,
        has_departed=row.departed_at is not None,
        has_batches=has_batches,
        are_goods_dealt_with=row.off_shelf_at is not None,
        has_patrol=row.patrolled_at is not None,
    )
