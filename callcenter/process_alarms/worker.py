"""Writing down what failed in this process; while the database is away, it waits."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress

from callcenter.clock import Clock
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.postgres.outages import DATABASE_ERRORS
from callcenter.process_alarms import store
from callcenter.supervision import Supervisor

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

    async def work() -> None:
        nonlocal is_fresh
        async with database.sessions.begin() as session:
            if is_fresh:
                await store.end_incidents_before(session, process, at=clock())
            await store.give_sign(session, process)
            await store.end_incidents_of_the_gone(session, at=clock())
            await store.remove_old(session, now=clock())
        is_fresh = False
        await _save(database, supervisor, host, process)

    try:
        await follow(database, work, task="process alarms", every=SIGN_SECONDS, wake=supervisor.has_news)
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
