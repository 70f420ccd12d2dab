"""All SQL of signals. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.analysis.signals.cells import Cell, SignalAxis
from callcenter.analysis.signals.findings import Finding, Flagged, SignalRule
from callcenter.analysis.signals.states import SignalEventGiven, SignalEventKind, SignalState
from callcenter.analysis.signals.tables import SignalEvent, SignalRow, SignalRun
from callcenter.casework.merchants.tables import MerchantRow
from callcenter.errors import NotFoundError, StaleVersionError


async def claim_run(session: AsyncSession, snapshot_id: int, found: int, at: datetime) -> bool:
    """False where the rules were applied to this snapshot already."""
    values = {"snapshot_id": snapshot_id, "found": found, "at": at}
    claim = insert_or(SignalRun).values(values).on_conflict_do_nothing().returning(SignalRun.snapshot_id)
    return (await session.scalars(claim)).first() is not None


async def has_run(session: AsyncSession, snapshot_id: int) -> bool:
    """Whether the rules were applied to this snapshot."""
    return await session.get(SignalRun, snapshot_id) is not None


async def add_findings(session: AsyncSession, snapshot_id: int, findings: Iterable[Finding], at: datetime) -> None:
    """As new signals; one that is there for the same rule, cell and time stays as it is."""
    rows = [
        {
            **{name: value for name, value in asdict(one).items() if name not in ("cell", "rule", "inputs")},
            "rule": one.rule.value,
            "axis": one.cell.axis.value,
            "code": one.cell.code,
            "merchant_id": one.cell.merchant_id,
            "inputs": dict(one.inputs),
            "snapshot_id": snapshot_id,
            "found_at": at,
            "state": SignalState.NEW.value,
            "version": 1,
            "reason": None,
        }
        for one in findings
    ]
    if rows:
        await session.execute(insert_or(SignalRow).on_conflict_do_nothing(), rows)


async def list_flagged(session: AsyncSession, first: date, last: date) -> Flagged:
    """What was found for times that begin within these days, and not dismissed."""
    statement = select(SignalRow).where(
        SignalRow.first.between(first, last), SignalRow.state != SignalState.DISMISSED.value
    )
    return frozenset(
        (
            SignalRule(row.rule),
            Cell(axis=SignalAxis(row.axis), code=row.code, merchant_id=row.merchant_id),
            row.first,
        )
        for row in await session.scalars(statement)
    )


async def list_signals(
    session: AsyncSession,
    *,
    states: Sequence[SignalState] = (),
    rule: SignalRule | None = None,
    merchant_id: int | None = None,
    first: date | None = None,
    last: date | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> Sequence[SignalRow]:
    """Newest first: in one of these states, of times that end within these days, with a smaller id than `before`."""
    statement = select(SignalRow).order_by(SignalRow.id.desc()).limit(limit)
    if states:
        statement = statement.where(SignalRow.state.in_([state.value for state in states]))
    if rule is not None:
        statement = statement.where(SignalRow.rule == rule.value)
    if merchant_id is not None:
        statement = statement.where(SignalRow.merchant_id == merchant_id)
    if first is not None:
        statement = statement.where(SignalRow.last >= first)
    if last is not None:
        statement = statement.where(SignalRow.last <= last)
    if before is not None:
        statement = statement.where(SignalRow.id < before)
    return (await session.scalars(statement)).all()


async def get_signal(session: AsyncSession, signal_id: int) -> SignalRow:
    """Raises NotFoundError."""
    found = await session.get(SignalRow, signal_id, populate_existing=True)
    if found is None:
        raise NotFoundError("There is no such signal.")
    return found


async def list_merchant_names(session: AsyncSession, merchant_ids: Collection[int]) -> dict[int, str]:
    """Of these merchants."""
    rows = await session.execute(select(MerchantRow.id, MerchantRow.name).where(MerchantRow.id.in_(merchant_ids)))
    return {row.id: row.name for row in rows}


async def put_state(
    session: AsyncSession, row: SignalRow, state: SignalState, *, version: int, reason: str | None
) -> None:
    """Raises StaleVersionError where somebody has changed it since; nothing is changed then."""
    changed = (
        update(SignalRow)
        .where(SignalRow.id == row.id, SignalRow.version == version)
        .values(state=state.value, version=version + 1, reason=reason or SignalRow.reason)
        .returning(SignalRow.id)
    )
    if (await session.execute(changed)).first() is None:
        raise StaleVersionError


async def add_event(
    session: AsyncSession,
    signal_id: int,
    event: SignalEventKind,
    given: SignalEventGiven,
    *,
    state: SignalState,
    by: int,
    at: datetime,
) -> None:
    """`state` is the one after it."""
    values: dict[str, Any] = {
        "signal_id": signal_id,
        "what": event.value,
        "state": state.value,
        "at": at,
        "by": by,
        "tickets_read": given.tickets_read,
        "reason": given.reason,
        "linked": None if given.linked is None else given.linked.value,
        "linked_id": given.linked_id,
    }
    await session.execute(insert(SignalEvent).values(values))


async def list_events(session: AsyncSession, signal_id: int) -> list[tuple[SignalEvent, str]]:
    """As they came, each with the login name of who did it."""
    statement = (
        select(SignalEvent, User.name)
        .join(User, User.id == SignalEvent.by)
        .where(SignalEvent.signal_id == signal_id)
        .order_by(SignalEvent.id)
    )
    return [(event, name) for event, name in await session.execute(statement)]
