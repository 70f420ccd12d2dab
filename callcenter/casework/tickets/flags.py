"""Raising flags: by rule when a matter is registered or corrected, and by anybody by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.thresholds.store import read_thresholds
from callcenter.casework.tickets import log_store, store
from callcenter.casework.tickets.flag_rules import UNDECIDED, VERSION, FlagState, Trigger, list_triggers
from callcenter.casework.tickets.flag_tables import CaseFlag
from callcenter.casework.tickets.log_store import TicketEventKind
from callcenter.casework.tickets.priorities import Known
from callcenter.casework.tickets.rules import CLOSED_STATES, LAWFUL_KINDS, TicketKind, TicketState
from callcenter.casework.tickets.steps import TicketStep
from callcenter.casework.tickets.tables import TicketRow
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError


async def flag_by_rule(
    session: AsyncSession, row: TicketRow, known: Known, *, timezone: ZoneInfo, now: datetime
) -> None:
    """Raise the flags that the rules ask for and the ticket does not have yet; a draft has none."""
    if row.state == TicketState.DRAFT:
        return
    for trigger in list_triggers(known, await read_thresholds(session, now)):
        await raise_flag(session, row, trigger, discovered_on=now.astimezone(timezone).date(), by=None, now=now)


async def raise_flag(
    session: AsyncSession,
    row: TicketRow,
    trigger: Trigger,
    *,
    discovered_on: date,
    by: int | None,
    now: datetime,
    remark: str | None = None,
    rule_version: str = VERSION,
    found: Mapping[str, Any] | None = None,
) -> int | None:
    """The id of the new flag; None where the ticket has one of this trigger, whatever has become of it.

    The ticket is locked by this transaction. `found` is what the rule went by, for the log. A matter that was completed
    is opened again. Raises ConflictError for one that is closed otherwise.
    """
    if row.state in CLOSED_STATES - {TicketState.COMPLETED} or row.kind not in LAWFUL_KINDS:
        raise ConflictError("Only a complaint or a report that is not closed is flagged.", code=ErrorCode.TICKET_CLOSED)
    values: dict[str, Any] = {
        "version": 1,
        "ticket_id": row.id,
        "trigger": trigger.value,
        "rule_version": rule_version if by is None else None,
        "raised_by": by,
        "raised_at": now,
        "discovered_on": discovered_on,
        "remark": remark,
        "state": FlagState.OPEN.value,
        "officers": [],
    }
    statement = insert(CaseFlag).values(**values)
    statement = statement.on_conflict_do_nothing(
        index_elements=["ticket_id", "trigger"], index_where=text("state <> 'withdrawn'")
    )
    flag_id = (await session.scalars(statement.returning(CaseFlag.id))).one_or_none()
    if flag_id is not None:
        if row.state == TicketState.COMPLETED:
            row = await _reopen(session, row, trigger, now)
        await count_undecided(session, row.id)
        body = {
            "flag": flag_id,
            "trigger": trigger.value,
            "discovered_on": discovered_on.isoformat(),
            **(found or {}),
        }
        await log_store.add_event(
            session, row.id, TicketEventKind.FLAGGED, state=TicketState(row.state), by=by, at=now, body=body
        )
    return flag_id


async def _reopen(session: AsyncSession, row: TicketRow, trigger: Trigger, now: datetime) -> TicketRow:
    state = TicketState.ACCEPTED if row.kind == TicketKind.COMPLAINT else TicketState.CHECKING
    values = {"state": state.value, "closed_at": None, "completed_at": None, "outcome": None}
    await store.change_ticket(session, row.id, row.version, values)
    await log_store.add_event(
        session,
        row.id,
        TicketStep.REOPEN,
        state=state,
        from_state=TicketState.COMPLETED,
        by=None,
        at=now,
        body={"reason": trigger.value},
    )
    return await store.get_ticket(session, row.number)


async def count_undecided(session: AsyncSession, ticket_id: int) -> None:
    """Keep with the ticket how many of its flags nobody has decided: with one it cannot be completed.

    Those of the tickets that are merged into it are counted too.
    """
    states = [state.value for state in UNDECIDED]
    undecided = select(CaseFlag.id).where(_counts_at(ticket_id), CaseFlag.state.in_(states))
    number = len((await session.scalars(undecided)).all())
    await session.execute(update(TicketRow).where(TicketRow.id == ticket_id).values(open_flags=number))


async def list_flags(session: AsyncSession, ticket_id: int) -> Sequence[CaseFlag]:
    """The flags of a ticket and of those that are merged into it, oldest first."""
    statement = select(CaseFlag).where(_counts_at(ticket_id)).order_by(CaseFlag.id)
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


def _counts_at(ticket_id: int) -> ColumnElement[bool]:
    merged = select(TicketRow.id).where(TicketRow.merged_into == ticket_id)
    return or_(CaseFlag.ticket_id == ticket_id, CaseFlag.ticket_id.in_(merged))
