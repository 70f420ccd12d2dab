"""Work in the database that is not given up: an outage passes, and what was heard meanwhile is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from prometheus_client import Counter, Histogram
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.postgres.database import Database
from callcenter.postgres.outages import Outage

STORE_SECONDS = Histogram("callcenter_store_seconds", "Time to store one batch.", ("pbx", "witness"))
STORE_FAILURES = Counter("callcenter_store_failures", "Batches that had to be tried again.", ("pbx", "witness"))

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
"""Seconds between two tries."""

T = TypeVar("T")


async def persist(database: Database, work: Callable[[AsyncSession], Awaitable[T]], *, pbx: str, witness: str) -> T:
    """Do the work in one transaction, again and again until it is committed. An error that will not pass is raised."""
    pause = FIRST_PAUSE
    outage = Outage(f"{witness} of {pbx}")
    while True:
        with outage.waited_out():
            with STORE_SECONDS.labels(pbx, witness).time():
                async with database.sessions.begin() as session:
                    done = await work(session)
            outage.end()
            return done
        STORE_FAILURES.labels(pbx, witness).inc()
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
