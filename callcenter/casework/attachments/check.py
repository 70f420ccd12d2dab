"""Every night the kept files are compared with their rows: what is missing, what is another, what belongs to nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.attachments import store
from callcenter.casework.attachments.folder import kept_folder, list_kept, remove_unfinished
from callcenter.clock import Clock, utc_now
from callcenter.jobs.service import last_ended_day, run_due_days
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.settings import Settings

log = structlog.stdlib.get_logger(__name__)

JOB = "kept_files"
POLL_SECONDS = 300.0
UNDER_WAY = timedelta(hours=1)
"""So long a file may wait for its row: it is written before the row is."""

FAULTS = Gauge("callcenter_attachments_faults", "Kept files that are not as their rows say, last night.", ("what",))


@dataclass(frozen=True, kw_only=True, slots=True)
class Faults:
    """What was found, as hashes."""

    missing: tuple[str, ...]
    """A row whose file is gone."""
    damaged: tuple[str, ...]
    """A row whose file has another size."""
    unknown: tuple[str, ...]
    """A file without a row: its upload did not end. Nothing of it is shown to anybody."""


def compare(sizes: Mapping[str, int], found: Mapping[str, tuple[int, float]], *, settled_before: float) -> Faults:
    """Rows by their size against files by size and time; younger files may wait for their row. Pure."""
    return Faults(
        missing=tuple(sorted(sizes.keys() - found.keys())),
        damaged=tuple(sorted(one for one, size in sizes.items() if one in found and found[one][0] != size)),
        unknown=tuple(sorted(one for one in found.keys() - sizes.keys() if found[one][1] < settled_before)),
    )


async def check_files(session: AsyncSession, folder: Path, *, now: datetime) -> Faults:
    """The faults of now, in the log and as figures."""
    settled_before = (now - UNDER_WAY).timestamp()
    await asyncio.to_thread(remove_unfinished, folder, older_than=settled_before)
    # The rows first: each of them was committed after its file was on the disk.
    sizes = await store.list_sizes(session)
    listed = await asyncio.to_thread(lambda: list(list_kept(folder)))
    faults = compare(sizes, {sha256: (size, at) for sha256, size, at in listed}, settled_before=settled_before)
    for what in ("missing", "damaged", "unknown"):
        hashes: tuple[str, ...] = getattr(faults, what)
        FAULTS.labels(what).set(len(hashes))
        for sha256 in hashes:
            log.error("kept_file_fault", what=what, sha256=sha256)
    return faults


async def check_nightly(database: Database, settings: Settings, clock: Clock = utc_now) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""

    async def work() -> None:
        await check_due(database, kept_folder(settings), settings.timezone, settings.nightly_at, now=clock())

    await follow(database, work, task="kept files", every=POLL_SECONDS)


async def check_due(
    database: Database, folder: Path, timezone: ZoneInfo, nightly_at: time, *, now: datetime
) -> list[date]:
    """Once a day; the days done here."""

    async def check(session: AsyncSession, _day: date) -> None:
        await check_files(session, folder, now=now)

    last_day = last_ended_day(now, timezone, nightly_at)
    return await run_due_days(database, JOB, first_day=last_day, last_day=last_day, work=check, now=now)
