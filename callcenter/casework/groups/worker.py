"""The part of the backend that looks every night whether many people complain of the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.groups import signal_store
from callcenter.casework.thresholds.store import read_thresholds
from callcenter.casework.tickets.clock_service import refresh_clocks
from callcenter.casework.tickets.flag_rules import Trigger
from callcenter.casework.tickets.flags import raise_flag
from callcenter.casework.tickets.rules import OPEN_STATES, TicketState
from callcenter.casework.tickets.service import mark_group
from callcenter.casework.tickets.signal_rules import VERSION, Signal, count_people, group_voices, is_signal
from callcenter.casework.tickets.store import get_by_id
from callcenter.casework.tickets.tables import TicketRow
from callcenter.clock import Clock, utc_now
from callcenter.jobs.service import last_ended_day, run_due_days
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.settings import Settings

JOB = "group_signals"
POLL_SECONDS = 60.0

log = structlog.stdlib.get_logger(__name__)


async def watch_groups(database: Database, settings: Settings, clock: Clock = utc_now) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""

    async def work() -> None:
        await find_due_signals(database, settings, clock())

    await follow(database, work, task="group signals", every=POLL_SECONDS)


async def find_due_signals(database: Database, settings: Settings, now: datetime) -> list[date]:
    """Look at every day that has ended and was not looked at yet, once; the days."""

    async def find(session: AsyncSession, day: date) -> None:
        await find_signals(session, day, timezone=settings.timezone, now=now)

    last_day = last_ended_day(now, settings.timezone, settings.nightly_at)
    return await run_due_days(database, JOB, first_day=last_day, last_day=last_day, work=find, now=now)


async def find_signals(session: AsyncSession, day: date, *, timezone: ZoneInfo, now: datetime) -> None:
    """Of all that was received in the days that end with this one.

    Every open matter of a group becomes urgent. One of them is flagged, once for the same merchant and goods or service
    as long as the days of both signals overlap: the oldest that is open, else the oldest that was completed.
    """
    thresholds = await read_thresholds(session, datetime.combine(day, time(), timezone))
    first_day = day - thresholds.group_within + timedelta(days=1)
    since, until = (datetime.combine(one, time(), timezone) for one in (first_day, day + timedelta(days=1)))
    known = await signal_store.list_known(session, first_day)
    for subject, voices in group_voices(await signal_store.list_voices(session, since, until)).items():
        people = count_people(voices)
        if not is_signal(people, thresholds):
            continue
        tickets = frozenset(voice.ticket_id for voice in voices)
        signal = Signal(subject=subject, people=people, tickets=tickets, first_day=first_day, last_day=day)
        rows = await signal_store.lock_tickets(session, signal.tickets)
        for row in rows:
            if row.state in OPEN_STATES and not row.is_of_group:
                await mark_group(session, row, timezone=timezone, now=now)
        if subject not in known:
            flagged = await _flag(session, signal, rows, timezone=timezone, now=now)
            await signal_store.add_signal(session, signal, ticket_id=flagged, at=now)
            log.info("group_signal", day=day.isoformat(), people=people.number, ticket_id=flagged)


async def _flag(
    session: AsyncSession, signal: Signal, rows: Sequence[TicketRow], *, timezone: ZoneInfo, now: datetime
) -> int | None:
    """The id of the ticket that is flagged; None where all were closed otherwise."""
    candidates = [row for row in rows if row.state in OPEN_STATES]
    candidates += [row for row in rows if row.state == TicketState.COMPLETED]
    if not candidates:
        return None
    chosen = await get_by_id(session, candidates[0].id)
    await raise_flag(
        session,
        chosen,
        Trigger.GROUP_OR_PUBLIC,
        discovered_on=now.astimezone(timezone).date(),
        by=None,
        now=now,
        rule_version=VERSION,
        found=signal.to_json(),
    )
    await refresh_clocks(session, await get_by_id(session, chosen.id), timezone=timezone, now=now)
    return chosen.id
