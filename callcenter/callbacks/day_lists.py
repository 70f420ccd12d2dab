"""Every night the list and the figures of the day that ended are frozen: once, in order, whatever else happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.callbacks import day_list_store, service
from callcenter.callbacks.day_sheet import hash_list, hash_sheet, sum_up
from callcenter.callbacks.list_store import ListFilter, list_day
from callcenter.calls.blind_times import UnknownTime, find_unknown_times
from callcenter.calls.witness_store import find_first_call_at, find_heard, list_dead_letter_moments, list_gaps_of
from callcenter.clock import Clock, utc_now
from callcenter.jobs.service import last_ended_day, run_due_days
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.settings import Settings

JOB = "callback_list"

LOOK_AGAIN = timedelta(seconds=10)
"""How soon it is noticed that a day is due, and how soon one is tried again that could not be frozen yet."""

FIRST_RUN_REACHES = timedelta(days=366)
"""How far back the first run goes: older lists would help nobody."""

PATIENCE = timedelta(hours=1)
"""How long a day waits for witnesses from whom nothing new is heard: the list must be there in the morning."""

DescribeDay = Callable[[AsyncSession, date], Awaitable[Mapping[str, Any]]]
"""What a room above this one has to say of a business day, in the transaction in which its sheet is frozen."""

log = structlog.stdlib.get_logger(__name__)


class Patience:
    """How long a day is waited for that the witnesses have not reported to its end: `PATIENCE` without anything new."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._heard_until: datetime | None = None

    def is_over(self, heard_until: datetime | None, *, until: datetime, now: float) -> bool:
        """Whether to wait no longer, now that everything is stored that was reported before `heard_until`.

        `now` is in seconds of a clock that cannot be set.
        """
        if heard_until is None or heard_until >= until:
            return True
        if self._since is None or heard_until != self._heard_until:
            self._since, self._heard_until = now, heard_until
        return now - self._since >= PATIENCE.total_seconds()


async def freeze_due_days(
    database: Database, settings: Settings, now: datetime, describe: DescribeDay | None = None
) -> list[date]:
    """Freeze every business day that has ended and is not frozen yet, from that of the first call on; the days.

    A day has ended when the database's clock says so too: a day is frozen for good, and our clock may have jumped.
    """

    await service.refresh(database, settings)
    async with database.sessions.begin() as session:
        now = min(now, await day_list_store.find_database_now(session))
        first_day = await day_list_store.find_first_day(session)
    last_day = _last_day(settings, now)
    if first_day is not None:
        first_day = max(first_day, last_day - FIRST_RUN_REACHES)

    async def freeze(session: AsyncSession, day: date) -> None:
        await freeze_day(session, day, settings, now, describe)

    return await run_due_days(database, JOB, first_day=first_day, last_day=last_day, work=freeze, now=now)


async def freeze_day(
    session: AsyncSession, day: date, settings: Settings, now: datetime, describe: DescribeDay | None
) -> None:
    """Write the list and the sheet of a day, in the caller's transaction."""
    await service.refresh_some(session, settings)
    rows = await list_day(session, day, ListFilter(), now=now, after=None, limit=None)
    list_sha256 = hash_list(day, now, rows)
    inbound = await day_list_store.count_inbound(session, day)
    unknown = await _find_unknown_times(session, day, settings, now)
    further = {} if describe is None else await describe(session, day)
    sheet = sum_up(day, rows, inbound=inbound, unknown=unknown, frozen_at=now, list_sha256=list_sha256, further=further)
    previous = await day_list_store.find_sheet_before(session, day)
    await day_list_store.add_frozen_day(
        session,
        day,
        frozen_at=now,
        rows=rows,
        list_sha256=list_sha256,
        sheet=sheet,
        previous_sha256=previous,
        sha256=hash_sheet(sheet, previous),
    )


async def _find_unknown_times(
    session: AsyncSession, day: date, settings: Settings, now: datetime
) -> tuple[UnknownTime, ...]:
    begin, end = end_of(day - timedelta(days=1), settings), end_of(day, settings)
    return find_unknown_times(
        pbxs=settings.pbx_names,
        heard=await find_heard(session),
        gaps=await list_gaps_of(session, begin, end),
        dead_letters=await list_dead_letter_moments(session, begin, end),
        from_at=begin,
        to_at=end,
        now=now,
        first_known_at=await find_first_call_at(session),
    )


async def run_nightly(
    database: Database, settings: Settings, clock: Clock = utc_now, describe: DescribeDay | None = None
) -> None:
    """Freeze days as they end, until cancelled; at the start whatever became due meanwhile.

    After a time out of service the ledger is read first: a day is frozen when each PBX was heard to its end, or when
    that has been waited for in vain, by a clock that cannot be set. A PBX that is heard and whose own clock says that
    the day is not over is waited for as long as it does. Outages of the database are waited out; any other error is
    raised.
    """
    patience = Patience()

    async def work() -> None:
        nonlocal patience
        now = clock()
        async with database.sessions.begin() as session:
            now = min(now, await day_list_store.find_database_now(session))
            heard_until = await day_list_store.find_heard_until(session)
        end = end_of(_last_day(settings, now), settings)
        if not patience.is_over(heard_until, until=end, now=asyncio.get_running_loop().time()):
            return
        for day in await freeze_due_days(database, settings, now, describe):
            log.info("callback_list_frozen", day=day.isoformat())
        patience = Patience()

    await follow(database, work, task="nightly", every=LOOK_AGAIN.total_seconds())


def _last_day(settings: Settings, now: datetime) -> date:
    return last_ended_day(now, settings.timezone, settings.nightly_at)


def end_of(day: date, settings: Settings) -> datetime:
    """The midnight that ends a business day."""
    return datetime.combine(day + timedelta(days=1), time(), settings.timezone)
