"""Work in the database that is not given up: an outage passes, and what was heard meanwhile is kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.calls.recorder_metrics import STORE_FAILURES, STORE_SECONDS
from callcenter.calls.records import Witness
from callcenter.database import Database
from callcenter.errors import DatabaseError

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
"""Seconds between two tries."""

_PASSING = ("08", "40", "53", "57", "58")
"""Classes of SQLSTATE that are about the server and not about what was asked of it."""

DATABASE_ERRORS = (
    OSError,
    TimeoutError,
    PoolTimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    DBAPIError,
    DatabaseError,
)
"""Everything that talking to the database can raise; `is_outage` tells which of it will pass."""

T = TypeVar("T")


async def persist(database: Database, work: Callable[[AsyncSession], Awaitable[T]], *, pbx: str, witness: Witness) -> T:
    """Do the work in one transaction, again and again until it is committed. An error that will not pass is raised."""
    pause = FIRST_PAUSE
    while True:
        try:
            with STORE_SECONDS.labels(pbx, witness).time():
                async with database.sessions.begin() as session:
                    return await work(session)
        except DATABASE_ERRORS as error:
            if not is_outage(error):
                raise
            log.warning("The database does not take what the %s of %s tells; trying again.", witness.value, pbx)
            STORE_FAILURES.labels(pbx, witness).inc()
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def is_outage(error: Exception) -> bool:
    """Whether the database is away rather than the question wrong."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, (OSError, TimeoutError, PoolTimeoutError, asyncpg.InterfaceError, DatabaseError)):
        return True
    return str(getattr(original, "sqlstate", None) or "")[:2] in _PASSING
