"""Which errors of the database pass by themselves, and how a task waits until they have passed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from callcenter.errors import DatabaseError

log = structlog.stdlib.get_logger(__name__)

DATABASE_ERRORS = (
    OSError,
    TimeoutError,
    PoolTimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    DBAPIError,
    DatabaseError,
)
"""Everything that talking to the database can raise; `is_outage` says which of it will pass."""

_OF_CONNECTION = (
    OSError,
    TimeoutError,
    PoolTimeoutError,
    asyncpg.InterfaceError,
    # the driver lost track of a connection that was ended while it was used
    asyncpg.InternalClientError,
    DatabaseError,
)
"""Another connection will do."""

_PASSING = (
    "08",  # connection
    "25006",  # read-only, as on a standby, or where somebody stopped all writing
    "25P03",  # idle for too long
    "25P04",  # a transaction that took too long
    "40",  # serialization, deadlock
    "53",  # resources: disk full, memory, connections
    "55P03",  # a lock not to be had
    "57",  # operator intervention
    "58",  # the server's own system
)
"""Beginnings of SQLSTATEs that are about the server and not about what was asked of it."""


def is_outage(error: Exception) -> bool:
    """Whether the database is away rather than the question wrong."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, _OF_CONNECTION):
        return True
    return _sqlstate(original).startswith(_PASSING)


def is_text_that_cannot_be_stored(error: Exception) -> bool:
    """Whether somebody sent a NUL, which JSON has and no text of PostgreSQL (character_not_in_repertoire)."""
    return _sqlstate(error.orig if isinstance(error, DBAPIError) else error) == "22021"


def _sqlstate(error: BaseException | None) -> str:
    return str(getattr(error, "sqlstate", None) or "")


def reason_of(error: Exception) -> str:
    """The first line of what the driver said, without SQLAlchemy's wrapping and without any value."""
    original = getattr(error, "orig", None) or error
    original = original.__cause__ or original if isinstance(error, DBAPIError) else original
    lines = str(original).strip().splitlines()
    return (lines[0] if lines else type(original).__name__).rstrip(".")


class Outage:
    """Whether the database is away, as one task sees it. The begin and the end of an outage are logged once each."""

    def __init__(self, task: str) -> None:
        self._task = task
        self.is_on = False

    @contextmanager
    def waited_out(self) -> Iterator[None]:
        """Leave the block when the database is away, without an error. Any other error is raised.

        A task that is cancelled while its connection is lost gets the error of the clean-up in place of the
        cancellation, and is to end all the same.
        """
        try:
            yield
        except DATABASE_ERRORS as error:
            if not is_outage(error):
                raise
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise asyncio.CancelledError from error
            self.begin(error)

    def begin(self, error: Exception) -> None:
        """The database did not answer."""
        if not self.is_on:
            log.warning("database_unavailable", task=self._task, reason=reason_of(error))
        self.is_on = True

    def end(self) -> None:
        """The database has answered."""
        if self.is_on:
            log.info("database_available", task=self._task)
        self.is_on = False
