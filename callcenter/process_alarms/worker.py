"""Writing down what failed in this process; while the database is away, it waits."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from contextlib import suppress

from callcenter.clock import Clock
from callcenter.postgres.database import Database
from callcenter.postgres.outages import DATABASE_ERRORS, is_outage
from callcenter.process_alarms import store
from callcenter.supervision import Supervisor

log = logging.getLogger(__name__)

OUTAGE_PAUSE_SECONDS = 1.0
SIGN_SECONDS = 20.0
"""How often a process says that it is there, and looks for those that are not."""
FAREWELL_SECONDS = 5.0
"""How long a process that ends tries to write down why."""


async def save_alarms(database: Database, supervisor: Supervisor, clock: Clock) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised.

    A process that becomes a fresh one keeps its number, so that both have one name; two on one host have two.
    """
    host = socket.gethostname()
    process = f"{host}:{os.getpid()}"
    is_fresh = True
    try:
        while True:
            try:
                async with database.sessions.begin() as session:
                    if is_fresh:
                        await store.end_incidents_before(session, process, at=clock())
                    await store.give_sign(session, process)
                    await store.end_incidents_of_the_gone(session, at=clock())
                    await store.remove_old(session, now=clock())
                is_fresh = False
                await _save(database, supervisor, host, process)
            except DATABASE_ERRORS as error:
                if not is_outage(error):
                    raise
                log.warning("The database is away; alarms of the process wait for it.")
                await asyncio.sleep(OUTAGE_PAUSE_SECONDS)
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(SIGN_SECONDS):
                        await supervisor.has_news.wait()
    finally:
        with suppress(*DATABASE_ERRORS):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await _save(database, supervisor, host, process)


async def _save(database: Database, supervisor: Supervisor, host: str, process: str) -> None:
    incidents = supervisor.take_incidents()
    try:
        async with database.sessions.begin() as session:
            await store.save_incidents(session, incidents, host=host, process=process)
    except BaseException:
        supervisor.put_back(incidents)
        raise
