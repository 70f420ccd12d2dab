"""What a day costs: its callback list and its audit, in a process of its own to measure its memory."""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from callcenter.audit.service import audit_day
from callcenter.callbacks.day_list_store import count_inbound
from callcenter.callbacks.day_lists import freeze_day
from callcenter.callbacks.list_store import ListFilter, list_day
from callcenter.callbacks.service import refresh
from callcenter.calls.records import Outcome, Witness
from callcenter.calls.rows import Locality
from callcenter.calls.store import store_reports
from callcenter.casework.dispositions.service import describe_day
from callcenter.pbx_settings import Pbx
from callcenter.postgres.database import Database, connect
from callcenter.settings import Settings
from hotline_bench.call_kinds import examples


@dataclass(frozen=True, kw_only=True, slots=True)
class DayWork:
    """Seconds of each, and the most memory the process had, in bytes."""

    one_more_call: float
    list_: float
    list_without_indexes: float
    audit: float
    unexplained: int
    is_counted: bool
    memory: int


def do_day_work(url: str, day: date, cel_csv: Path) -> DayWork:
    """Freeze the list, then audit the frozen day."""
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as processes:
        return processes.submit(_in_process, url, day, cel_csv).result()


def _in_process(url: str, day: date, cel_csv: Path) -> DayWork:
    return asyncio.run(_work(url, day, Settings(data_dir=cel_csv.parent, pbxs=(Pbx(cel_csv=cel_csv),))))


async def _work(url: str, day: date, settings: Settings) -> DayWork:
    async with connect(url) as database:
        without = await _seconds(lambda: _list_without_indexes(database, day))
        list_ = await _seconds(lambda: _freeze(database, day, settings))
        begin = time.perf_counter()
        report = await audit_day(database, settings, day, now=datetime.now(UTC))
        audit = time.perf_counter() - begin
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        one_more = min([await _one_more(database, settings, day, number) for number in range(5)])
    return DayWork(
        one_more_call=one_more,
        list_=list_,
        list_without_indexes=without,
        audit=audit,
        unexplained=len(report.unexplained),
        is_counted=len(report.ledger_inbound) == len(report.inbound) > 0,
        memory=memory,
    )


async def _seconds(work: Callable[[], Awaitable[object]]) -> float:
    begin = time.perf_counter()
    await work()
    return time.perf_counter() - begin


async def _freeze(database: Database, day: date, settings: Settings) -> None:
    async with database.sessions.begin() as session:
        await freeze_day(session, day, settings, datetime.now(UTC), describe_day)


async def _list_without_indexes(database: Database, day: date) -> None:
    """The same queries without indexes."""
    async with database.sessions.begin() as session:
        for kind in ("indexscan", "indexonlyscan", "bitmapscan"):
            await session.execute(text(f"SET LOCAL enable_{kind} = off"))
        await list_day(session, day, ListFilter(), now=datetime.now(UTC), after=None, limit=None)
        await count_inbound(session, day)


async def _one_more(database: Database, settings: Settings, day: date, number: int) -> float:
    """A caller is lost: seconds until the callback list has it."""
    lost = next(
        example.record for example in examples(variants=1) if example.record.outcome is Outcome.ABANDONED_GREETING
    )
    at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=15, seconds=number)
    over_at = at + timedelta(seconds=9)
    call_id = f"pbx1-{at.timestamp():.0f}.{number}"
    seen = replace(lost, call_id=call_id, witnesses=(Witness.LEDGER,), started_at=at, ended_at=over_at)
    locality = Locality(area_code=settings.area_code, timezone=settings.timezone)
    async with database.sessions.begin() as session:
        await store_reports(session, [seen], locality=locality, now=datetime.now(UTC))
    return await _seconds(lambda: refresh(database, settings))
