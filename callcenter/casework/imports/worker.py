"""The part of the backend that takes confirmed imports in, and deletes what old ones say."""

from __future__ import annotations

from callcenter.casework.imports import store
from callcenter.casework.imports.taking_in import take_in_some
from callcenter.casework.tickets.fields import Place
from callcenter.clock import Clock, utc_now
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow

POLL_SECONDS = 60.0


async def take_in_imports(database: Database, place: Place, clock: Clock = utc_now) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""

    async def work() -> None:
        await take_in_all(database, place, clock)

    await follow(database, work, task="imports of tickets", every=POLL_SECONDS, channels=[store.CHANNEL])


async def take_in_all(database: Database, place: Place, clock: Clock) -> None:
    """One round: everything that was confirmed."""
    async with database.sessions.begin() as session:
        await store.empty_old(session, clock())
    is_more = True
    while is_more:
        async with database.sessions.begin() as session:
            is_more = await take_in_some(session, place=place, now=clock())
