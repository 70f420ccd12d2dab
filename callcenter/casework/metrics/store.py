"""All SQL of the figures of casework. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from callcenter.casework.dispatch.rules import InstructionState
from callcenter.casework.dispatch.tables import InstructionDeadline, InstructionRow
from callcenter.casework.dispositions.store import count_between
from callcenter.casework.metrics.definitions import (
    ACKNOWLEDGE,
    COMPLETED_BY,
    DECIDED_BY,
    OFF_SHELF,
    CaseworkCounts,
    Kept,
)
from callcenter.casework.tickets.clocks import ClockState
from callcenter.casework.tickets.flag_rules import FlagState
from callcenter.casework.tickets.flag_tables import CaseFlag
from callcenter.casework.tickets.log_tables import TicketDeadline, TicketEvent
from callcenter.casework.tickets.rules import LAWFUL_KINDS, SETTLEMENTS, TicketKind, TicketOutcome, TicketState
from callcenter.casework.tickets.steps import TicketStep
from callcenter.casework.tickets.tables import TicketRow

_COUNTS = TicketRow.state.not_in([TicketState.DRAFT.value, TicketState.VOID.value]) & ~TicketRow.is_merged


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Which time, as days and as the moments [since, until) that these are; of one unit, or of all."""

    first: date
    last: date
    since: datetime
    until: datetime
    unit_id: int | None


async def count_casework(session: AsyncSession, asked: Asked) -> CaseworkCounts:
    """All of it, of one moment where the transaction reads of one."""
    decided = await _count_steps(session, asked)
    flagged, filed = await _count_flags(session, asked)
    calls = None if asked.unit_id is not None else await count_between(session, asked.first, asked.last)
    return CaseworkCounts(
        **await _count_received(session, asked),
        accepted=decided.get(TicketStep.ACCEPT, 0),
        not_accepted=decided.get(TicketStep.REFUSE, 0),
        settled=decided.get(TicketStep.SETTLE, 0),
        ended=decided.get(TicketStep.END, 0),
        recovered_cents=await _sum_recovered(session, asked),
        flagged=flagged,
        filed=filed,
        limits=await _count_limits(session, asked),
        answered_calls=None if calls is None else calls.answered,
        calls_with_account=None if calls is None else calls.answered - calls.missing,
    )


def _of_unit(asked: Asked, column: InstrumentedAttribute[Any] = TicketRow.unit_id) -> ColumnElement[bool]:
    return true() if asked.unit_id is None else column == asked.unit_id


def _within(asked: Asked, moment: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    return and_(moment >= asked.since, moment < asked.until)


async def _count_received(session: AsyncSession, asked: Asked) -> dict[str, int]:
    is_lawful = TicketRow.kind.in_([kind.value for kind in LAWFUL_KINDS])
    is_on_the_spot = func.coalesce(TicketRow.outcome == TicketOutcome.SETTLED_ON_THE_SPOT.value, False)
    is_instructed = exists().where(
        InstructionRow.ticket_id == TicketRow.id, InstructionRow.state != InstructionState.CANCELLED.value
    )
    counted = {
        "received": func.count(),
        "completed": func.count().filter(TicketRow.completed_at.is_not(None)),
        "lawful": func.count().filter(is_lawful),
        "complaints": func.count().filter(TicketRow.kind == TicketKind.COMPLAINT.value),
        "on_the_spot": func.count().filter(is_lawful, is_on_the_spot),
        "rapid": func.count().filter(is_lawful, ~is_on_the_spot, is_instructed),
    }
    statement = select(*counted.values()).where(_COUNTS, _within(asked, TicketRow.received_at), _of_unit(asked))
    return dict(zip(counted, (await session.execute(statement)).one(), strict=True))


async def _count_steps(session: AsyncSession, asked: Asked) -> dict[str, int]:
    """A matter that was decided twice in the time, as one that was opened again, counts once."""
    statement = (
        select(TicketEvent.what, func.count(TicketEvent.ticket_id.distinct()))
        .join(TicketRow, TicketRow.id == TicketEvent.ticket_id)
        .where(_was(TicketStep.ACCEPT, TicketStep.REFUSE, TicketStep.SETTLE, TicketStep.END), _COUNTS)
        .where(_within(asked, TicketEvent.at), _of_unit(asked))
        .group_by(TicketEvent.what)
    )
    return {str(what): count for what, count in await session.execute(statement)}


def _was(*steps: TicketStep) -> ColumnElement[bool]:
    return TicketEvent.what.in_([step.value for step in steps])


async def _sum_recovered(session: AsyncSession, asked: Asked) -> int:
    settled = select(TicketEvent.ticket_id).where(_was(TicketStep.SETTLE), _within(asked, TicketEvent.at))
    statement = select(func.sum(TicketRow.amount_recovered_cents)).where(
        TicketRow.id.in_(settled),
        TicketRow.outcome.in_([outcome.value for outcome in SETTLEMENTS]),
        _COUNTS,
        _of_unit(asked),
    )
    return int(await session.scalar(statement) or 0)


async def _count_flags(session: AsyncSession, asked: Asked) -> tuple[int, int]:
    statement = (
        select(func.count(), func.count().filter(CaseFlag.state == FlagState.FILED.value))
        .join(TicketRow, TicketRow.id == CaseFlag.ticket_id)
        .where(_within(asked, CaseFlag.raised_at), _of_unit(asked))
    )
    flagged, filed = (await session.execute(statement)).one()
    return flagged, filed


async def _count_limits(session: AsyncSession, asked: Asked) -> dict[str, Kept]:
    of_tickets = (
        select(*_kept(TicketDeadline))
        .join(TicketRow, TicketRow.id == TicketDeadline.ticket_id)
        .where(_ended(asked, TicketDeadline, (DECIDED_BY, *COMPLETED_BY)), _of_unit(asked))
    )
    of_instructions = (
        select(*_kept(InstructionDeadline))
        .join(InstructionRow, InstructionRow.id == InstructionDeadline.instruction_id)
        .where(_ended(asked, InstructionDeadline, (OFF_SHELF, ACKNOWLEDGE)), _of_unit(asked, InstructionRow.unit_id))
    )
    rows = [
        row
        for statement, limit in ((of_tickets, TicketDeadline), (of_instructions, InstructionDeadline))
        for row in await session.execute(statement.group_by(limit.code))
    ]
    return {code: Kept(met=met, breached=breached) for code, met, breached in rows}


Limit = type[TicketDeadline] | type[InstructionDeadline]


def _kept(limit: Limit) -> tuple[Any, Any, Any]:
    met = func.count().filter(limit.state == ClockState.MET.value)
    return limit.code, met, func.count().filter(limit.state == ClockState.BREACHED.value)


def _ended(asked: Asked, limit: Limit, codes: Collection[str]) -> ColumnElement[bool]:
    """One that was met ended when it was stopped, one that was breached when it was over."""
    over_at = func.coalesce(limit.legal_due_at, limit.target_due_at)
    met, breached = limit.state == ClockState.MET.value, limit.state == ClockState.BREACHED.value
    ended_at = case((met, limit.stopped_at), (breached, over_at))
    return and_(or_(met, breached), limit.code.in_(codes), _within(asked, ended_at))
