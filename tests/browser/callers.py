"""Callers who were lost this morning, agents with phones, and what becomes of their dials, for the tests of pages."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from callcenter.calls.records import CallRecord
from callcenter.clock import Clock, utc_now
from callcenter.postgres.database import Database
from tests.call_examples import ABANDONED
from tests.integration.audio_house import sit
from tests.integration.backend import LIMIT, Backend
from tests.integration.callback_examples import as_ami, outbound, still_up, store

TEN_O_CLOCK = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""On a Monday in Shanghai, when people may be called: an hour after the callers of the examples."""


def clock_from(moment: datetime) -> Clock:
    """Runs as any other."""
    shift = moment - utc_now()
    return lambda: utc_now() + shift


def in_queue(record: CallRecord, queue: str = "hotline") -> CallRecord:
    """The caller was lost while waiting there."""
    return replace(record, queue_visits=(replace(ABANDONED.queue_visits[0], queue=queue),))


@dataclass(kw_only=True)
class House:
    """What a test has in hand."""

    backend: Backend
    database: Database
    clock: Clock
    _looked: bool = False

    async def is_open(self) -> None:
        """Wait until the recorder hears the PBX."""
        await self._find_heartbeat(None)

    async def has_looked(self) -> None:
        """Wait until the recorder has stored which calls are up: it ends all others that were stored before.

        The list comes behind the first sign of life, and the sign of life of its batch may have been noted before it.
        """
        await self.backend.is_heard()
        for _ in range(2):
            await self._find_heartbeat(await self._find_heartbeat(None))
        self._looked = True

    async def _find_heartbeat(self, before: datetime | None) -> datetime:
        """The moment until which the PBX was heard, once that is another one."""
        query = "SELECT at FROM witness_heartbeats WHERE witness = 'ami'"
        async with asyncio.timeout(LIMIT):
            while not (found := await self.rows(query)) or found[0][0] == before:
                await asyncio.sleep(0.05)
        moment: datetime = found[0][0]
        return moment

    async def given(self, *calls: CallRecord) -> None:
        """As the recorder stores them; the callback list follows by itself."""
        if not self._looked and any(call.outcome is None for call in calls):
            await self.has_looked()
        await store(self.database, calls)

    async def seat(self, name: str, interface: str = "PJSIP/1001") -> None:
        await sit(self.database, name, interface=interface, since=self.clock())

    async def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        async with self.database.engine.begin() as connection:
            result = await connection.execute(text(query), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    def originates(self) -> list[Mapping[str, str]]:
        """What the PBX was asked to ring; the plan of the hours is told to it by an Originate too."""
        actions = [action for connection in self.backend.pbx.connections for action in connection.actions]
        asked = [action for action in actions if action["Action"] == "Originate"]
        return [action for action in asked if "write-plan" not in action["Channel"]]

    async def dial_is_made(self) -> str:
        """The id of the call that the newest dial leads to."""
        async with asyncio.timeout(LIMIT):
            while not (found := await self.rows("SELECT call_id FROM dials ORDER BY id DESC LIMIT 1")):
                await asyncio.sleep(0.05)
        return str(found[0][0])

    async def rings(self, call_id: str, *, dialled: str) -> CallRecord:
        """The far side rings; the record of the call, to go on with."""
        call = replace(outbound(90, 0, dialled=dialled), call_id=call_id, started_at=self.clock())
        call = replace(call, answered_at=None, talks=(), ended_at=None)
        await self.given(as_ami(still_up(call)))
        return call
