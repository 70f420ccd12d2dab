"""The loop that does a piece of work whenever the tables it reads have changed, until it is cancelled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from typing import Any

from callcenter.postgres.database import Database
from callcenter.postgres.outages import DATABASE_ERRORS, is_outage

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0
"""A notification is only a hint; without one we look nevertheless."""

PACE_SECONDS = 0.2
"""From one look to the next, at least: where calls change many times a second, they are looked at together."""

OUTAGE_PAUSE_SECONDS = 1.0


async def follow(
    database: Database, work: Callable[[], Awaitable[None]], *, channels: Collection[str], name: str
) -> None:
    """Do the work at the start and after every notification on one of the channels, in whichever process it was sent.

    Name the channel of every table that the work reads: a notification can come before another part has written what
    it derives from the same change. Outages of the database are waited out; other errors are raised.
    """
    while True:
        try:
            async with _listening(database, channels) as (hint, connection):
                while not connection.is_closed():
                    hint.clear()
                    await work()
                    await asyncio.sleep(PACE_SECONDS)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(POLL_SECONDS):
                            await hint.wait()
        except DATABASE_ERRORS as error:
            if not is_outage(error):
                raise
            log.warning("The database is away; %s wait for it.", name)
        await asyncio.sleep(OUTAGE_PAUSE_SECONDS)


@asynccontextmanager
async def _listening(database: Database, channels: Collection[str]) -> AsyncIterator[tuple[asyncio.Event, Any]]:
    """An event that is set by a notification on any of the channels, and the driver's connection that hears of it."""
    hint = asyncio.Event()
    connection = await database.engine.connect()
    try:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        for channel in channels:
            await driver.add_listener(channel, lambda *_: hint.set())
        driver.add_termination_listener(lambda _: hint.set())
        yield hint, driver
    finally:
        # It still listens: it must not go back to the pool.
        await connection.invalidate()
        await connection.close()
