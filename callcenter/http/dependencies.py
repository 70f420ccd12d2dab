"""What every HTTP route may ask for: a transaction, the moment of the request, the id of a row."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from fastapi import Depends, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.postgres.database import Database

T = TypeVar("T")


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


AreaCode = Annotated[str, Depends(get_area_code)]
Timezone = Annotated[ZoneInfo, Depends(get_timezone)]
OpenDatabase = Annotated[Database, Depends(get_database)]
Now = Annotated[datetime, Depends(get_now)]


async def get_session(database: OpenDatabase) -> AsyncIterator[AsyncSession]:
    """One transaction for the route."""
    async with database.sessions.begin() as session:
        yield session


Transaction = Annotated[AsyncSession, Depends(get_session, scope="function")]
"""Committed before the answer is sent, so that nobody is told of what is not kept; undone by an exception."""

LARGEST_ID = 2**63 - 1
"""Of a bigint."""

RowId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
"""The id of a row, in a path."""

Before = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]
"""The id of the last row that the asker has, newest first."""


def page_of(rows: Sequence[T], limit: int) -> tuple[Sequence[T], T | None]:
    """The page from rows of which one more was read, and the row behind which the next begins, None on the last."""
    return rows[:limit], rows[limit - 1] if len(rows) > limit else None
