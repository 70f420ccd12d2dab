"""Auditing a day: nothing is changed by it but that episodes are brought in step with the calls first."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.audit import store
from callcenter.audit.chain import is_list_whole, list_changed, removed
from callcenter.audit.derivation import compare_day
from callcenter.audit.ledger_count import count_ledger
from callcenter.audit.report import AuditReport, FrozenDay, PbxLedger, Unexplained
from callcenter.audit.rules import OFF_TRUNK, examine
from callcenter.callbacks.day_list_store import count_inbound, find_frozen_list, list_sheets
from callcenter.callbacks.day_sheet import find_breaks, sum_up
from callcenter.callbacks.list_store import ListFilter, list_day
from callcenter.callbacks.rules import CallKey
from callcenter.callbacks.service import refresh
from callcenter.calls.blind_times import find_unknown_times
from callcenter.calls.witness_store import find_first_call_at, find_heard, list_dead_letter_moments, list_gaps_of
from callcenter.casework.dispositions.service import describe_day
from callcenter.casework.dispositions.store import list_accounts
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError
from callcenter.hours.rules import CalendarMissing
from callcenter.hours.service import load_is_workday
from callcenter.pbx.uniqueid import pbx_of
from callcenter.postgres.database import Database, open_database
from callcenter.settings import Settings

MARGIN = timedelta(seconds=2)
"""By how much the witnesses may differ about when a call began."""


async def run_audit(settings: Settings, day: date) -> AuditReport:
    """The audit of a business day, for the command line."""
    url = None if settings.database_url is None else settings.database_url.get_secret_value()
    async with open_database(url, settings.data_dir) as database:
        await database.prepare()
        return await audit_day(database, settings, day, now=datetime.now(UTC))


async def audit_day(
    database: Database, settings: Settings, day: date, *, now: datetime, is_derived: bool = True
) -> AuditReport:
    """The audit of a business day as everything stands now. Raises InputError for a day out of all reason.

    Without `is_derived` the ledger's inbound calls are counted and no call of it is derived anew: that is for the
    wallboard, which audits every minute.
    """
    if not 2000 <= day.year <= 2999:
        raise InputError("There are no calls from that year.", code=ErrorCode.OUT_OF_RANGE)
    async with database.snapshots.begin() as session:
        heard = await find_heard(session)
    await refresh(database, settings)
    begin = datetime.combine(day, time(), settings.timezone)
    end = datetime.combine(day + timedelta(days=1), time(), settings.timezone)
    counting: asyncio.Task[list[PbxLedger]] | None = None
    try:
        async with database.snapshots.begin() as session:
            inbound = await count_inbound(session, day)
            # Counted while the database answers, and after its snapshot: a call that is recorded stands in the ledger.
            counting = asyncio.create_task(_count_ledgers(settings, begin, end))
            rows = await list_day(session, day, ListFilter(), now=now, after=None, limit=None)
            calls = await store.list_audited_calls(session, day)
            off_trunk = await store.list_off_trunk(session, day)
            gaps = await list_gaps_of(session, begin, end)
            accounts = await list_accounts(session, day)
            further = await describe_day(session, day)
            frozen = await _frozen_day(session, day)
            is_workday = await _is_workday(session, day)
            ledgers = await counting
            first_known = [await find_first_call_at(session), *(one.count.kept_since for one in ledgers if one.count)]
            unknown = find_unknown_times(
                pbxs=settings.pbx_names,
                heard=heard,
                gaps=gaps,
                dead_letters=await list_dead_letter_moments(session, begin, end),
                from_at=begin,
                to_at=end,
                now=now,
                first_known_at=min((at for at in first_known if at is not None), default=None),
            )
            comparison = None
            if is_derived and any(ledger.count is not None for ledger in ledgers):
                comparison = await compare_day(
                    session,
                    settings,
                    day,
                    from_at=begin,
                    to_at=end,
                    heard=heard,
                    is_over=end <= now,
                )
        counted = [key for ledger in ledgers for key in ledger.inbound]
        recorded = {call.key: call.direction for call in calls}
        # Asked behind the snapshot: a call that was counted may have been recorded meanwhile.
        async with database.snapshots.begin() as session:
            recorded |= await store.find_directions(session, [key for key in counted if key not in recorded])
    finally:
        if counting is not None:
            counting.cancel()
    return examine(
        business_date=day,
        made_at=now,
        is_over=end <= now,
        unknown=unknown,
        calls=calls,
        suspicious=[Unexplained(call, OFF_TRUNK) for call in off_trunk],
        is_workday=is_workday,
        comparison=comparison,
        ledgers=ledgers,
        recorded=recorded,
        gaps=gaps,
        overdue_episodes=[row["episode_id"] for row in rows if row["is_overdue"]],
        unknown_deadlines=[
            row["episode_id"]
            for row in rows
            if row["is_calendar_missing"] and row["closed_at"] is None and row["first_attempt_at"] is None
        ],
        accounts=accounts,
        frozen=frozen,
        current_sheet=sum_up(
            day, rows, inbound=inbound, unknown=unknown, frozen_at=None, list_sha256=None, further=further
        ),
    )


async def _is_workday(session: AsyncSession, day: date) -> bool | None:
    """None where the calendar is missing."""
    is_workday = await load_is_workday(session)
    try:
        return is_workday(day)
    except CalendarMissing:
        return None


async def _count_ledgers(settings: Settings, begin: datetime, end: datetime) -> list[PbxLedger]:
    """One for each PBX. Counted a little beyond the day, because clocks differ."""
    ledgers = []
    for pbx in settings.pbxs:
        count = None
        if pbx.cel_csv is not None:
            count = await asyncio.to_thread(count_ledger, pbx.cel_csv, pbx.trunks, begin - MARGIN, end + MARGIN)
        born = {} if count is None else count.inbound
        inbound = (
            CallKey(pbx_of(uniqueid, pbx=pbx.name, is_named=pbx.is_named), uniqueid)
            for uniqueid, born_at in born.items()
            if begin <= born_at < end
        )
        ledgers.append(
            PbxLedger(pbx=pbx.name, is_set=pbx.cel_csv is not None, count=count, inbound=tuple(sorted(inbound)))
        )
    return ledgers


async def _frozen_day(session: AsyncSession, day: date) -> FrozenDay:
    """The day as it was frozen, and what was changed in it or in any day sheet since."""
    sheets = await list_sheets(session)
    breaks = find_breaks([(row.business_date, row.sheet, row.previous_sha256, row.sha256) for row in sheets])
    breaks += [removed(gone) for gone in await store.list_days_without_sheet(session)]
    row = next((row for row in sheets if row.business_date == day), None)
    frozen = await find_frozen_list(session, day)
    if row is not None and not is_list_whole(row, frozen):
        breaks.append(list_changed(day))
    rows = [] if frozen is None else frozen.rows
    calls = frozenset(CallKey(call["pbx"], call["call_id"]) for listed in rows for call in listed["calls"])
    return FrozenDay(
        sheet=None if row is None else row.sheet,
        sha256=None if row is None else row.sha256,
        previous_sha256=None if row is None else row.previous_sha256,
        calls=calls,
        breaks=tuple(breaks),
    )
