"""Keeping the clocks of instructions in step with their logs, with the calendar, and with the time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.deadlines.service import AFTER, BEFORE
from callcenter.casework.deadlines.store import list_rules
from callcenter.casework.dispatch import deadline_store, store
from callcenter.casework.dispatch.clocks import list_clocks
from callcenter.casework.dispatch.rules import InstructionEventKind, InstructionState
from callcenter.casework.dispatch.tables import InstructionRow
from callcenter.casework.tickets.clocks import choose_rules, to_columns
from callcenter.casework.tickets.occurrences import Occurrence
from callcenter.hours.store import load_calendar
from callcenter.outbox import store as outbox
from callcenter.outbox.rules import Consumer, Kind

AT_ONCE = 200
"""Instructions that are looked at in one transaction."""


async def refresh_clocks(session: AsyncSession, row: InstructionRow, *, timezone: ZoneInfo, now: datetime) -> None:
    """Derive the clocks anew from what was written down, and warn of those of whose time so much is over.

    The instruction is locked.
    """
    instructed_on = row.instructed_at.astimezone(timezone).date()
    rules = [
        rule for _, _, rule in await list_rules(session, instructed_on) if rule.begins_when == Occurrence.INSTRUCTED
    ]
    calendar = await load_calendar(session, instructed_on - BEFORE, instructed_on + AFTER)
    steps = await store.list_steps(session, row.id)
    chosen = choose_rules(rules, Priority(row.priority))
    clocks = list_clocks(row.instructed_at, steps, chosen, calendar, timezone, now)
    known = {one.code: one.warned for one in await deadline_store.list_deadlines(session, [row.id])}
    running = []
    for clock in clocks:
        before = known.get(clock.code, [])
        columns = {name: value for name, value in to_columns(clock, before, now).items() if name != "number"}
        await deadline_store.put_deadline(session, row.id, columns)
        for percent in sorted(set(columns["warned"]) - set(before)):
            await store.add_event(
                session,
                row.id,
                InstructionEventKind.WARNED,
                state=InstructionState(row.state),
                at=now,
                recorded_at=now,
                by=None,
                body={"code": clock.code, "percent": percent},
            )
        if clock.stopped_at is None and clock.due.target_at is not None:
            running.append(clock.due.target_at)
    await deadline_store.put_due(session, row.id, min(running, default=None))


async def follow_time(session: AsyncSession, *, timezone: ZoneInfo, now: datetime) -> int:
    """Look at the clocks whose warning or end has come; how many instructions. Called until there is none."""
    rows = await deadline_store.claim_due(session, now, AT_ONCE)
    for row in rows:
        await refresh_clocks(session, row, timezone=timezone, now=now)
    return len(rows)


async def follow_calendar(session: AsyncSession, *, timezone: ZoneInfo, now: datetime) -> None:
    """Derive the clocks anew in whose time a day lies about which something else was decided."""
    changes = await outbox.take(session, Consumer.INSTRUCTIONS, Kind.CALENDAR_DAY)
    if not changes:
        return
    days = [date.fromisoformat(change.key) for change in changes]
    first = datetime.combine(min(days), time(), timezone) - BEFORE
    last = datetime.combine(max(days), time(), timezone) + timedelta(days=1)
    for row in await deadline_store.list_running_of_days(session, first, last):
        await refresh_clocks(session, row, timezone=timezone, now=now)
