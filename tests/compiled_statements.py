"""SQLAlchemy compiles each statement once for all databases of a test process, not once for each."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import create_async_engine

from callcenter.postgres import database


def share_compiled_statements() -> None:
    """For every database that is opened from now on; all are of one server, so that their dialects are equal."""
    dialect: Any = PGDialect_asyncpg
    dialect.__hash__ = lambda self: hash(type(self))
    dialect.__eq__ = lambda self, other: type(self) is type(other)
    opening: Any = database
    opening.create_async_engine = partial(create_async_engine, execution_options={"compiled_cache": {}})
