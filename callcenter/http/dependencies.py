"""What every HTTP route may ask for: a transaction, the moment of the request, the id of a row."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Path, Request
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.http.cursors import LARGEST_ID
from callcenter.postgres.database import Database
from callcenter.settings import Settings


def get_database(request: Request) -> Database:
    """The database that the application was made with."""
    database: Database = request.app.state.database
    return database


def get_now(request: Request) -> datetime:
    """The moment of the request, aware."""
    now: Callable[[], datetime] = request.app.state.now
    return now()


def get_area_code(request: Request) -> str:
    """Where bare local numbers belong."""
    area_code: str = request.app.state.settings.area_code
    return area_code


def get_timezone(request: Request) -> ZoneInfo:
    """Where business days begin."""
    timezone: ZoneInfo = request.app.state.settings.timezone
    return timezone


def get_settings(request: Request) -> Settings:
    """What the installation has set."""
    settings: Settings = request.app.state.settings
    return settings


AskedSettings = Annotated[Settings, Depends(get_settings)]
AreaCode = Annotated[str, Depends(get_area_code)]
Timezone = Annotated[ZoneInfo, Depends(get_timezone)]
OpenDatabase = Annotated[Database, Depends(get_database)]
Now = Annotated[datetime, Depends(get_now)]


async def get_transaction(database: OpenDatabase) -> AsyncIterator[AsyncSession]:
    """One transaction for a route that changes something."""
    async with database.sessions.begin() as session:
        yield session


async def get_snapshot(database: OpenDatabase) -> AsyncIterator[AsyncSession]:
    """One transaction for a route that only reads."""
    async with database.snapshots.begin() as session:
        yield session


async def get_logged_snapshot(database: OpenDatabase) -> AsyncIterator[AsyncSession]:
    """One transaction for a route that reads, and writes down who saw what."""
    async with database.logged_snapshots.begin() as session:
        yield session


Transaction = Annotated[AsyncSession, Depends(get_transaction, scope="function")]
"""Committed before the answer is sent, so that no answer speaks of what was not kept; an exception undoes it."""

Snapshot = Annotated[AsyncSession, Depends(get_snapshot, scope="function")]
"""For every GET: whatever is read for one answer is of one moment. Nothing can be changed."""

LoggedSnapshot = Annotated[AsyncSession, Depends(get_logged_snapshot, scope="function")]
"""For a GET that adds to the access log; a limit of so many an hour needs a transaction of its own."""

RowId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
"""The id of a row, in a path."""
