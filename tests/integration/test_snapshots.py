"""What is read for one answer is of one moment, whatever is committed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from callcenter.accounts.store import log_access
from callcenter.accounts.tables import Access
from callcenter.http.dependencies import get_database, get_transaction
from callcenter.postgres.database import Database
from tests.integration.conftest import NOW


async def count(session: AsyncSession) -> int:
    return (await session.scalars(select(func.count()).select_from(Access))).one()


async def add(database: Database) -> None:
    async with database.sessions.begin() as session:
        await log_access(session, None, "sign-in", "", NOW)


async def isolation(sessions: async_sessionmaker[AsyncSession]) -> tuple[str, str]:
    async with sessions.begin() as session:
        names = ("transaction_isolation", "transaction_read_only")
        found = [(await session.scalars(text(f"SELECT current_setting('{name}')"))).one() for name in names]
        return found[0], found[1]


@pytest.mark.parametrize("kind", ["snapshots", "logged_snapshots"])
async def test_a_snapshot_sees_what_was_there_at_its_first_query_and_nothing_newer(
    database: Database, kind: str
) -> None:
    await add(database)
    async with getattr(database, kind).begin() as session:
        before = await count(session)
        await add(database)
        assert (before, await count(session)) == (1, 1)
    async with database.sessions.begin() as session:
        assert await count(session) == 2


async def test_only_a_logged_snapshot_may_write_and_neither_leaves_its_ways_to_the_next_transaction(
    database: Database,
) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction"):
        async with database.snapshots.begin() as session:
            await log_access(session, None, "sign-in", "", NOW)
    async with database.logged_snapshots.begin() as session:
        await log_access(session, None, "sign-in", "", NOW)
    for _ in range(2):  # over the one connection that is in the pool
        assert await isolation(database.snapshots) == ("repeatable read", "on")
        assert await isolation(database.logged_snapshots) == ("repeatable read", "off")
        assert await isolation(database.sessions) == ("read committed", "off")


WRITING = {
    "/callbacks/claims": "ends claims whose time is over",
}
"""Routes that are asked by GET and change something all the same."""

OPENING = {
    "/audit/{day}": "brings episodes in step with the calls, and reads in a snapshot then",
    "/callbacks/{episode_id:int}": "reads in a snapshot, and then counts who looks numbers up",
    "/devices": "asks the PBXs, and reads in a snapshot then",
    "/health/ready": "makes one query",
    "/hours/now": "reads in a snapshot, and then asks the PBXs",
    "/me": "reads in a snapshot, as the live desks do",
    "/session/tokens": "makes one query",
    "/users": "makes one query",
    "/users/{name}/tokens": "makes one query",
    "/wallboard": "reads in a snapshot, as the live board does",
}
"""Routes that are asked by GET and open their transactions themselves."""


def _routes(routes: list[Any]) -> Iterator[APIRoute]:
    for route in routes:
        included: APIRouter | None = getattr(route, "original_router", None)
        if included is not None:
            yield from _routes(included.routes)
        elif isinstance(route, APIRoute):
            yield route


def _calls(dependant: Any) -> Iterator[Any]:
    for needed in dependant.dependencies:
        yield needed.call
        yield from _calls(needed)


def test_every_get_reads_in_a_snapshot(app: FastAPI) -> None:
    reading = [route for route in _routes(app.routes) if "GET" in (route.methods or ())]
    assert len(reading) > 60
    assert {route.path for route in reading if get_transaction in _calls(route.dependant)} == set(WRITING)
    own = {route.path for route in reading if get_database in [needed.call for needed in route.dependant.dependencies]}
    assert own == set(OPENING)
