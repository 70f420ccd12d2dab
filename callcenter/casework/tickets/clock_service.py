"""Keeping the clocks of tickets in step with their logs, with the calendar, and with the time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.deadlines.service import AFTER, BEFORE
from callcenter.casework.deadlines.store import list_rules
from callcenter.casework.tickets import deadline_store, log_store, store
from callcenter.casework.tickets.clocks import choose_rules, list_clocks, to_columns
from callcenter.casework.tickets.dossier import read_dossier
from callcenter.casework.tickets.log_store import TicketEventKind
from callcenter.casework.tickets.occurrences import Written, list_pauses
from callcenter.casework.tickets.rules import LAWFUL_KINDS, TicketKind, TicketState
from callcenter.casework.tickets.tables import TicketRow
from callcenter.hours.store import load_calendar
from callcenter.outbox import store as outbox
from callcenter.outbox.rules import Consumer, Kind

AT_ONCE = 200
"""Tickets that are looked at in one transaction."""


async def refresh_clocks(session: AsyncSession, row: TicketRow, *, timezone: ZoneInfo, now: datetime) -> None:
    """Derive the clocks anew from what was written down, and warn of those of whose time so much is over.

    The ticket is locked and not merged. Those that are merged into it go with it: whoever locks one of them has locked
    this one before.
    """
    if TicketKind(row.kind) not in LAWFUL_KINDS:
        return
    tickets = (row, *await store.list_merged(session, row.id))
    due = [await _refresh(session, one, row, timezone=timezone, now=now) for one in tickets]
    await store.put_due(session, row.id, min((moment for moment in due if moment is not None), default=None))


async def _refresh(
    session: AsyncSession, row: TicketRow, target: TicketRow, *, timezone: ZoneInfo, now: datetime
) -> datetime | None:
    """The first target of its clocks that run. The target's log has the warnings of what is merged into it."""
    dossier = await read_dossier(session, row)
    written = dossier.written
    received_on = row.received_at.astimezone(timezone).date()
    pauses = list_pauses(written, now.astimezone(timezone).date(), timezone)
    last = max([now.astimezone(timezone).date(), *(pause.ends_on for pause in pauses)])
    calendar = await load_calendar(session, received_on - BEFORE, last + AFTER)
    rules = [rule for _, _, rule in await list_rules(session, received_on)]
    clocks = list_clocks(written, choose_rules(rules, Priority(row.priority)), calendar, timezone, now)
    known = {(one.code, one.number): one for one in await deadline_store.list_deadlines(session, row.id)}
    rows = []
    for clock in clocks:
        before = known.get((clock.code, clock.number))
        rows.append(to_columns(clock, () if before is None else before.warned, now))
    await deadline_store.replace_deadlines(session, row.id, rows)
    of_merged = {} if row.id == target.id else {"ticket": row.number}
    for one in rows:
        before = known.get((one["code"], one["number"]))
        for percent in sorted(set(one["warned"]) - set(before.warned if before is not None else ())):
            await log_store.add_event(
                session,
                target.id,
                TicketEventKind.WARNED,
                state=TicketState(target.state),
                by=None,
                at=now,
                body={"code": one["code"], "number": one["number"], "percent": percent, **of_merged},
            )
    return next_due(rows)


async def derive_first(
    session: AsyncSession, begun: Sequence[tuple[Written, Priority]], *, timezone: ZoneInfo, now: datetime
) -> list[list[Mapping[str, Any]]]:
    """The clocks of matters that are just being registered, many at once; nothing was paused yet."""
    lawful = [written.received_at.astimezone(timezone).date() for written, _ in begun if written.kind in LAWFUL_KINDS]
    if not lawful:
        return [[] for _ in begun]
    calendar = await load_calendar(session, min(lawful) - BEFORE, now.astimezone(timezone).date() + AFTER)
    rules = {day: [rule for _, _, rule in await list_rules(session, day)] for day in set(lawful)}

    def derive() -> list[list[Mapping[str, Any]]]:
        derived: list[list[Mapping[str, Any]]] = []
        for written, priority in begun:
            of_day = rules.get(written.received_at.astimezone(timezone).date(), [])
            chosen = choose_rules(of_day, priority) if written.kind in LAWFUL_KINDS else []
            derived.append([to_columns(one, (), now) for one in list_clocks(written, chosen, calendar, timezone, now)])
        return derived

    return await asyncio.to_thread(derive)


def next_due(rows: Sequence[Mapping[str, Any]]) -> datetime | None:
    """Of clocks that run, the first target."""
    running = [one["target_due_at"] for one in rows if one["stopped_at"] is None and one["target_due_at"] is not None]
    return min(running, default=None)


async def follow_time(session: AsyncSession, *, timezone: ZoneInfo, now: datetime) -> int:
    """Look at the clocks whose warning or end has come; how many tickets. Called until there is none."""
    rows = await deadline_store.claim_due(session, now, AT_ONCE)
    for row in rows:
        await refresh_clocks(session, row, timezone=timezone, now=now)
    return len(rows)


async def follow_calendar(session: AsyncSession, *, timezone: ZoneInfo, now: datetime) -> None:
    """Derive the clocks anew in whose time a day lies about which something else was decided."""
    changes = await outbox.take(session, Consumer.TICKETS, Kind.CALENDAR_DAY)
    if not changes:
        return
    days = [date.fromisoformat(change.key) for change in changes]
    # A limit of days that ends before a run of days off can move over it.
    first = datetime.combine(min(days), time(), timezone) - BEFORE
    last = datetime.combine(max(days), time(), timezone) + timedelta(days=1)
    for row in await deadline_store.list_live_of_days(session, first, last):
        await refresh_clocks(session, row, timezone=timezone, now=now)
