"""Hearing what PostgreSQL notifies (LISTEN), on a connection that is used for nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any

from callcenter.postgres.database import Database

Hear = Callable[[str, str], None]
"""Takes the channel of a notification and its payload."""


def _ignore(_channel: str, _payload: str) -> None:
    pass


@asynccontextmanager
async def listening(
    database: Database, channels: Collection[str], wake: asyncio.Event, hear: Hear = _ignore
) -> AsyncIterator[Any]:
    """The driver's connection that listens on the channels; None without a channel.

    `wake` is set by each notification, after `hear` has taken it, and when the connection is lost. Notifications are
    lost with the connection, so after each loss the tables have to be read anew.
    """
    if not channels:
        yield None
        return

    def notified(_driver: object, _pid: int, channel: str, payload: str) -> None:
        hear(channel, payload)
        wake.set()

    connection = await database.engine.connect()
    try:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        for channel in channels:
            await driver.add_listener(channel, notified)
        driver.add_termination_listener(lambda _: wake.set())
        yield driver
    finally:
        # It still listens: it must not go back to the pool.
        await connection.invalidate()
        await connection.close()
