"""Auditing a day: nothing is changed by it but that episodes are brought in step with the calls first."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.audit import store
from callcenter.audit.ledger_count import LedgerCount, count_ledger
from callcenter.audit.rules import AuditReport, FrozenDay, examine
from callcenter.callbacks.day_sheet import find_breaks, hash_list, sum_up
from callcenter.callbacks.frozen import count_inbound, find_frozen_list, list_sheets
from callcenter.callbacks.listing import ListFilter, list_day
from callcenter.callbacks.rules import CallKey
from callcenter.callbacks.service import refresh
from callcenter.database import Database, open_database
from callcenter.errors import InputError
from callcenter.pbx.identity import pbx_of
from callcenter.settings import Settings

MARGIN = timedelta(seconds=2)
"""By how much two witnesses may differ about when a call began."""


async def run_audit(settings: Settings, day: date) -> AuditReport:
    """The audit of a business day, for the command line."""
    url = None if settings.database_url is None else settings.database_url.get_secret_value()
    async with open_database(url, settings.data_dir) as database:
        await database.prepare()
        return await audit_day(database, settings, day, now=datetime.now(UTC))


async def audit_day(database: Database, settings: Settings, day: date, *, now: datetime) -> AuditReport:
    """The audit of a business day as everything stands now. Raises InputError for a day out of all reason."""
    if not 2000 <= day.year <= 2999:
        raise InputError("There are no calls from that year.")
    await refresh(database, settings)
    begin = datetime.combine(day, time(), settings.timezone)
    end = datetime.combine(day + timedelta(days=1), time(), settings.timezone)
    # The file is counted while the database answers.
    counting = asyncio.create_task(_count_ledger(settings, begin - MARGIN, end + MARGIN))
    try:
        async with database.sessions.begin() as session:
            rows = await list_day(session, day, ListFilter(), now=now, after=None, limit=None)
            calls = await store.list_audited_calls(session, day)
            inbound = await count_inbound(session, day)
            gaps = await store.list_gaps_of(session, begin, end)
            frozen = await _frozen_day(session, day)
            ledger = await counting
            born = {} if ledger is None else ledger.inbound
            told = [
                CallKey(pbx_of(uniqueid) or settings.pbx, uniqueid)
                for uniqueid, born_at in born.items()
                if begin <= born_at < end
            ]
            recorded = {call.key: call.direction for call in calls}
            recorded |= await store.find_directions(session, [key for key in told if key not in recorded])
    finally:
        counting.cancel()
    return examine(
        business_date=day,
        made_at=now,
        calls=calls,
        ledger=ledger,
        has_ledger=settings.cel_csv is not None,
        ledger_day=told,
        recorded=recorded,
        pbx=settings.pbx,
        gaps=gaps,
        overdue_episodes=[row["episode_id"] for row in rows if row["is_overdue"]],
        frozen=frozen,
        current_sheet=sum_up(day, rows, inbound=inbound, frozen_at=None, list_sha256=None),
    )


async def _count_ledger(settings: Settings, from_at: datetime, to_at: datetime) -> LedgerCount | None:
    if settings.cel_csv is None:
        return None
    return await asyncio.to_thread(count_ledger, settings.cel_csv, settings.trunks, from_at, to_at)


async def _frozen_day(session: AsyncSession, day: date) -> FrozenDay:
    """The day as it was frozen, and what was changed in it or in any day sheet since."""
    sheets = await list_sheets(session)
    breaks = find_breaks([(row.business_date, row.sheet, row.previous_sha256, row.sha256) for row in sheets])
    breaks += [f"The sheet of {gone} was removed." for gone in await store.list_days_without_sheet(session)]
    sheet = next((row.sheet for row in sheets if row.business_date == day), None)
    frozen = await find_frozen_list(session, day)
    if sheet is not None:
        sha256 = None if frozen is None else hash_list(day, frozen.frozen_at, frozen.rows)
        if frozen is None or {sha256} != {frozen.sha256, sheet.get("list_sha256")}:
            breaks.append(f"The frozen list of {day} was changed or removed.")
    rows = [] if frozen is None else frozen.rows
    calls = frozenset(CallKey(call["pbx"], call["call_id"]) for row in rows for call in row["calls"])
    return FrozenDay(sheet=sheet, calls=calls, breaks=tuple(breaks))
