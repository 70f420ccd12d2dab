"""Of all processes that could record a PBX, one does: the one that holds the PBX's advisory lock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.postgres.database import Database
from callcenter.postgres.outages import Outage
from callcenter.recorder.metrics import IS_LEADING

log = structlog.stdlib.get_logger(__name__)

PATIENCE = 1.0
"""Seconds between two looks at the lock, while standing by and while leading."""


class LeadershipLost(Exception):
    """Another process records this PBX now."""


class Leadership:
    """The lock lives as long as the connection that took it, so the connection is watched."""

    def __init__(self, database: Database, pbx: str) -> None:
        self._database = database
        self._pbx = pbx
        self._connection: AsyncConnection | None = None
        self._outage = Outage(f"leadership of {pbx}")

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Wait until no other process leads, then lead."""
        try:
            while not await self._try():
                await asyncio.sleep(PATIENCE)
            log.info("recording_begun", pbx=self._pbx)
            IS_LEADING.labels(self._pbx).set(1)
            yield
        finally:
            IS_LEADING.labels(self._pbx).set(0)
            await self._let_go()

    async def watch(self) -> None:
        """Keep the lock through outages of the database. Raises LeadershipLost when another process has it."""
        while True:
            await asyncio.sleep(PATIENCE)
            if not await self._is_connected() and await self._try() is False:
                raise LeadershipLost

    async def _is_connected(self) -> bool:
        if self._connection is None:
            return False
        with self._outage.waited_out():
            async with asyncio.timeout(10 * PATIENCE):
                await self._connection.execute(text("SELECT 1"))
            return True
        await self._let_go()
        return False

    async def _try(self) -> bool | None:
        """Whether the lock is ours now; None while the database is away."""
        with self._outage.waited_out():
            if self._connection is None:
                self._connection = await self._database.engine.connect()
                await self._connection.execution_options(isolation_level="AUTOCOMMIT")
            key = func.hashtextextended(f"recorder of {self._pbx}", 0)
            is_ours = (await self._connection.execute(select(func.pg_try_advisory_lock(key)))).scalar_one()
            self._outage.end()
            return bool(is_ours)
        await self._let_go()
        return None

    async def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # The lock goes with the connection, so the connection must not go back to the pool.
            await connection.invalidate()
            await connection.close()
