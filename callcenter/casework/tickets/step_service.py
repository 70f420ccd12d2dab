"""Taking a step with a ticket: the table decides, the log keeps it, the clocks follow, all in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.casework.tickets import log_store, store
from callcenter.casework.tickets.clock_service import refresh_clocks
from callcenter.casework.tickets.dossier import Dossier, open_dossier, read_dossier
from callcenter.casework.tickets.fields import known_of_row
from callcenter.casework.tickets.flags import flag_by_rule
from callcenter.casework.tickets.given import NOTICES_OF_STEPS, NoticeGiven, StepGiven, check_given
from callcenter.casework.tickets.rules import (
    CLOSED_STATES,
    SETTLEMENTS,
    Linked,
    Notice,
    NoticeKind,
    Ticket,
    TicketOutcome,
    TicketState,
)
from callcenter.casework.tickets.states import Rule, check_step
from callcenter.casework.tickets.steps import TicketStep
from callcenter.casework.units.store import lock_unit
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError
from callcenter.http.versions import check_version
from callcenter.mediation.rules import Result
from callcenter.mediation.store import get_mediation


async def take_step(
    session: AsyncSession,
    number: str,
    step: TicketStep,
    given: StepGiven,
    *,
    version: int,
    user: SignedIn,
    timezone: ZoneInfo,
    now: datetime,
) -> Dossier:
    """Take the step, if the ticket is still as the user saw it; the ticket after it.

    Raises NotFoundError, RefusedError, StaleVersionError, ConflictError where the table does not allow it or the ticket
    lacks something, InputError for what came with it.
    """
    dossier = await open_dossier(session, number, user, is_locked=True)
    ticket = dossier.ticket
    check_version(version, ticket.version)
    await take_step_locked(session, dossier, step, given, user=user, timezone=timezone, now=now)
    return await read_dossier(session, await store.get_ticket(session, number))


async def take_step_locked(
    session: AsyncSession,
    dossier: Dossier,
    step: TicketStep,
    given: StepGiven,
    *,
    user: SignedIn,
    timezone: ZoneInfo,
    now: datetime,
) -> None:
    """The same with a ticket that this transaction has locked. Raises the same errors."""
    row, ticket = dossier.row, dossier.ticket
    rule = check_step(ticket, step, now)
    user.check(rule.right)
    check_given(rule, given, ticket, timezone=timezone, now=now)
    await _check_unit(session, ticket, given, user)
    values = await _values(session, rule, ticket, given, user=user, now=now)
    state = rule.target or ticket.state
    await store.change_ticket(session, row.id, ticket.version, {**values, "state": state.value})
    await log_store.add_event(
        session, row.id, step, state=state, from_state=ticket.state, by=user.user_id, at=now, body=given.to_json()
    )
    if given.notice is not None:
        await write_notice(session, row.id, NOTICES_OF_STEPS[step], given.notice, by=user.user_id, now=now)
    if step is TicketStep.REGISTER:
        after = await store.get_ticket(session, ticket.number)
        await flag_by_rule(session, after, known_of_row(after), timezone=timezone, now=now)
    if given.mediation_id is not None:
        await store.add_link(session, row.id, Linked.MEDIATION, ref_id=given.mediation_id, by=user.user_id, at=now)
    await refresh_clocks(session, await store.get_ticket(session, ticket.number), timezone=timezone, now=now)


async def write_notice(
    session: AsyncSession, ticket_id: int, kind: NoticeKind, given: NoticeGiven, *, by: int, now: datetime
) -> None:
    """Somebody was told; a call that proves it is linked with the ticket."""
    notice = Notice(kind=kind, to=given.to, by=given.by, at=given.at, recorded_at=now)
    await log_store.add_notice(
        session, ticket_id, notice, by=by, pbx=given.pbx, call_id=given.call_id, proof=given.proof
    )
    if given.pbx is not None and given.call_id is not None:
        await store.add_link(session, ticket_id, Linked.CALL, pbx=given.pbx, call_id=given.call_id, by=by, at=now)


async def _check_unit(session: AsyncSession, ticket: Ticket, given: StepGiven, user: SignedIn) -> None:
    """A closed unit takes nothing; the one that gave the ticket back gets it again from a supervisor only (Art. 41)."""
    if given.unit_id is None:
        return
    unit = await lock_unit(session, given.unit_id)
    if not unit.is_active:
        raise ConflictError("The unit is closed.", code=ErrorCode.UNIT_CLOSED)
    if unit.id == ticket.returned_by:
        user.check(Right.LEAD_TICKETS)


async def _values(
    session: AsyncSession, rule: Rule, ticket: Ticket, given: StepGiven, *, user: SignedIn, now: datetime
) -> Mapping[str, Any]:
    """The columns that the step changes, beside state and version."""
    values: dict[str, Any] = {}
    if given.feedback is not None:
        values["feedback"] = given.feedback
    if given.amount_recovered_cents is not None:
        values["amount_recovered_cents"] = given.amount_recovered_cents
    if rule.target in CLOSED_STATES:
        values["closed_at"] = now
    if rule.target is TicketState.COMPLETED:
        values["completed_at"] = now
    match rule.step:
        case TicketStep.REGISTER:
            values |= {"registered_at": now, "registered_by": user.user_id}
        case TicketStep.ANSWER:
            values["outcome"] = TicketOutcome.ANSWERED.value
        case TicketStep.FORWARD:
            values["unit_id"] = given.unit_id
        case TicketStep.GIVE_BACK:
            values |= {"unit_id": None, "returned_by": ticket.unit_id}
        case TicketStep.REFER:
            values["outcome"] = TicketOutcome.REFERRED.value
        case TicketStep.REFUSE:
            values["outcome"] = TicketOutcome.NOT_ACCEPTED.value
        case TicketStep.SETTLE:
            values |= await _settlement(session, given)
        case TicketStep.END:
            values["outcome"] = TicketOutcome.ENDED.value
        case TicketStep.REOPEN:
            values |= {"closed_at": None, "completed_at": None, "outcome": None}
    return values


async def _settlement(session: AsyncSession, given: StepGiven) -> dict[str, Any]:
    """How it was settled; the amount of the mediation, unless another is given.

    Raises InputError, ConflictError for a mediation whose sides have not both said yes.
    """
    if given.how_settled not in SETTLEMENTS:
        raise InputError("A ticket is settled by mediation, or on the spot.")
    values: dict[str, Any] = {"outcome": given.how_settled.value}
    if given.mediation_id is not None:
        mediation = await get_mediation(session, given.mediation_id)
        if mediation.result != Result.SETTLED:
            raise ConflictError("The mediation was not settled.", code=ErrorCode.MEDIATION_NOT_SETTLED)
        if given.amount_recovered_cents is None:
            values["amount_recovered_cents"] = mediation.amount_cents
    return values
