"""Instructing units and taking steps: the table decides, the log keeps it, the clocks follow, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.dispatch import finding_store, store
from callcenter.casework.dispatch.clock_service import refresh_clocks
from callcenter.casework.dispatch.finding_service import check_files
from callcenter.casework.dispatch.rules import (
    ENDING_OUTCOMES,
    URGENT,
    AcknowledgedVia,
    InstructionEventKind,
    InstructionState,
    InstructionStep,
)
from callcenter.casework.dispatch.states import InstructionGiven, InstructionRule, check_step
from callcenter.casework.dispatch.tables import InstructionRow
from callcenter.casework.tickets import log_store
from callcenter.casework.tickets.dossier import open_dossier
from callcenter.casework.tickets.fields import Place
from callcenter.casework.tickets.log_store import TicketEventKind
from callcenter.casework.tickets.merge_rules import check_not_merged
from callcenter.casework.tickets.rules import LAWFUL_KINDS, OPEN_STATES, TicketState
from callcenter.casework.tickets.store import get_by_id
from callcenter.casework.units.rules import check_active
from callcenter.casework.units.store import lock_unit
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError
from callcenter.http.versions import check_version

PREFIX = "指令"


async def instruct(
    session: AsyncSession,
    ticket: str,
    unit_id: int,
    priority: Priority,
    words: str,
    *,
    user: SignedIn,
    place: Place,
    now: datetime,
) -> int:
    """The id of the new instruction.

    Raises RefusedError, NotFoundError, ConflictError for a closed or merged ticket, a closed unit, or one that has an
    open instruction for this ticket.
    """
    user.check(Right.LEAD_TICKETS if priority in URGENT else Right.FORWARD_TICKETS)
    dossier = await open_dossier(session, ticket, user, is_locked=True)
    check_not_merged(dossier.ticket)
    state = dossier.ticket.state
    if dossier.ticket.kind not in LAWFUL_KINDS or state not in OPEN_STATES - {TicketState.DRAFT}:
        raise ConflictError(
            "Units are instructed about complaints and reports that are registered and open.",
            code=ErrorCode.TICKET_CLOSED,
        )
    unit = await lock_unit(session, unit_id)
    check_active(unit)
    year = now.astimezone(place.timezone).year
    row = await store.add_instruction(
        session,
        {
            "number": f"{PREFIX}{year}-{await store.take_number(session, year):04d}",
            "version": 1,
            "ticket_id": dossier.row.id,
            "unit_id": unit.id,
            "priority": priority.value,
            "text": words,
            "state": InstructionState.ISSUED.value,
            "instructed_by": user.user_id,
            "instructed_at": now,
            "rung_from": now,
        },
    )
    if row is None:
        raise ConflictError(
            f"The unit {unit.name} has an open instruction for this ticket already.",
            code=ErrorCode.INSTRUCTION_OPEN,
            params={"unit": unit.name},
        )
    await store.add_event(
        session,
        row.id,
        InstructionEventKind.ISSUED,
        state=InstructionState.ISSUED,
        at=now,
        recorded_at=now,
        by=user.user_id,
        body={"priority": priority.value, "unit": unit.id},
    )
    await store.count_at_ticket(session, dossier.row.id)
    await log_store.add_event(
        session,
        dossier.row.id,
        TicketEventKind.INSTRUCTED,
        state=state,
        by=user.user_id,
        at=now,
        body={"instruction": row.number, "unit": unit.name, "priority": priority.value},
    )
    await refresh_clocks(session, row, timezone=place.timezone, now=now)
    return row.id


async def take_step(
    session: AsyncSession,
    instruction_id: int,
    step: InstructionStep,
    given: InstructionGiven,
    *,
    version: int,
    user: SignedIn,
    place: Place,
    now: datetime,
) -> None:
    """Take the step, if the instruction is still as the user saw it.

    Raises NotFoundError, RefusedError, StaleVersionError, ConflictError where the table does not allow it or something
    is missing, InputError for what came with it.
    """
    seen = await store.may_see(session, user)
    row = await store.get_instruction(session, instruction_id, seen)
    # Before the instruction, as whoever instructs about the ticket has it locked before.
    ticket = await get_by_id(session, row.ticket_id, is_locked=True)
    row = await store.get_instruction(session, instruction_id, seen, is_locked=True)
    check_version(version, row.version)
    has_batches = await finding_store.has_batches(session, row.id)
    instruction = store.to_instruction(row, await store.list_steps(session, row.id), has_batches=has_batches)
    rule = check_step(instruction, step, given, now)
    user.check(rule.right)
    await check_files(session, row.ticket_id, given.batches)
    at, state = given.at or now, rule.target or instruction.state
    await store.change_instruction(session, row, {**_values(rule, given, row, at), "state": state.value})
    await store.add_event(
        session, row.id, step, state=state, at=at, recorded_at=now, by=user.user_id, body=given.to_json()
    )
    await finding_store.add_batches(session, row.id, given.batches, by=user.user_id, at=now)
    if rule.step in (InstructionStep.CLOSE, InstructionStep.CANCEL):
        await store.count_at_ticket(session, row.ticket_id)
        await log_store.add_event(
            session,
            ticket.id,
            TicketEventKind.INSTRUCTION_ENDED,
            state=TicketState(ticket.state),
            by=user.user_id,
            at=now,
            body={"instruction": row.number, "state": state.value},
        )
    await refresh_clocks(session, await store.get_instruction(session, row.id), timezone=place.timezone, now=now)


async def note_patrol(
    session: AsyncSession, instruction_id: int, inspection_id: int, *, by: int, now: datetime
) -> None:
    """Keep with an instruction that a patrol about it was finished. Its ticket is locked."""
    row = await store.get_instruction(session, instruction_id, is_locked=True)
    await store.put_patrol(session, row.id, now)
    await store.add_event(
        session,
        row.id,
        InstructionEventKind.PATROLLED,
        state=InstructionState(row.state),
        at=now,
        recorded_at=now,
        by=by,
        body={"inspection": inspection_id},
    )


def _values(rule: InstructionRule, given: InstructionGiven, row: InstructionRow, at: datetime) -> Mapping[str, Any]:
    """The columns that the step changes, beside state and version."""
    match rule.step:
        case InstructionStep.ACKNOWLEDGE:
            said = {"acknowledged_by": given.name, "acknowledged_how": given.how}
            return said | {"acknowledged_at": at, "acknowledged_via": AcknowledgedVia.SCREEN, "unanswered_at": None}
        case InstructionStep.RING_AGAIN:
            return {"rung_from": at, "unanswered_at": None}
        case InstructionStep.DEPART:
            return {"departed_at": at}
        case InstructionStep.ARRIVE:
            return {"arrived_at": at}
        case InstructionStep.OFF_SHELF:
            is_over = given.outcome in ENDING_OUTCOMES
            return {"off_shelf_outcome": given.outcome, "off_shelf_at": at if is_over else None}
        case InstructionStep.FEEDBACK:
            return {"feedback": given.feedback, "feedback_at": row.feedback_at or at}
        case InstructionStep.CLOSE | InstructionStep.CANCEL:
            return {"ended_at": at, "end_reason": given.reason, "unanswered_at": None}
