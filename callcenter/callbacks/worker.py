"""Keeping the episodes in step with the calls, moments after each of them ends."""

from __future__ import annotations

from callcenter.callbacks.metrics import measure
from callcenter.callbacks.service import refresh
from callcenter.calls.store import CHANNEL as CALLS_CHANNEL
from callcenter.clock import Clock, utc_now
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow as follow_changes
from callcenter.settings import Settings

POLL_SECONDS = 2.0


async def follow(database: Database, settings: Settings, clock: Clock = utc_now) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""

    async def work() -> None:
        await refresh(database, settings)
        await measure(database, settings, clock())

    await follow_changes(database, work, task="callbacks", every=POLL_SECONDS, channels=(CALLS_CHANNEL,))
