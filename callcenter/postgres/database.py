"""The database: engine, sessions, the base of all tables, and migrations."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import asyncpg
from sqlalchemy import TIMESTAMP, URL, Connection, MetaData, event, text
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import ArgumentError, InvalidatePoolError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction
from sqlalchemy.pool import ConnectionPoolEntry

from callcenter.errors import ConflictError, DatabaseError, InputError, SettingsError
from callcenter.open_transactions import transaction_began, transaction_ended
from callcenter.postgres.embedded import embedded_postgres
from callcenter.postgres.outages import reason_of

REACHED_WITHIN_SECONDS = 3.0
"""A server that hangs is as good as none to whoever asks about our health."""

_CLOSED_WITHIN_SECONDS = 10.0
"""Closing waits for the server to hang up, which one that hangs never does."""

_SIGNS_OF_LIFE = {"tcp_keepalives_idle": "3", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3"}
"""A server elsewhere lets go of the locks of a machine that lost its power within 10 s, not after two hours."""

_TRUSTED_SECONDS = 1.0
"""A connection that was used so short a time ago, and was not closed since, is not asked whether it lives."""
_USED_AT = "used at"

_MIGRATION_LOCK = 0x63616C6C
"""Any number will do, as long as nothing else locks it."""


class Base(DeclarativeBase):
    """Base of every table; constraints get names that a migration can rely on."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: TIMESTAMP(timezone=True)}  # noqa: RUF012


@dataclass(frozen=True, kw_only=True, slots=True)
class Database:
    """An open database. `sessions.begin()` is one transaction: committed at its end, undone by an exception."""

    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    """Transactions at READ COMMITTED: each query sees what was committed before it, for work under locks."""
    snapshots: async_sessionmaker[AsyncSession]
    """Transactions that only read, and whose queries all see the database as it was at the first of them."""
    logged_snapshots: async_sessionmaker[AsyncSession]
    """The same for an answer that is written to the access log; they may insert rows, and update none."""

    async def is_reachable(self) -> bool:
        """Whether a query gets an answer, and soon."""
        try:
            async with asyncio.timeout(REACHED_WITHIN_SECONDS), self.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except Exception:  # whatever the reason, the answer is no
            return False
        return True

    async def migrate(self, revision: str = "head") -> None:
        """Bring the schema up to `revision`. All of it or nothing, and by one process at a time."""
        if revision != "head" or not await self.is_newest():
            await _run_migrations(self.engine, "upgrade", revision)

    async def is_newest(self) -> bool:
        """Whether the schema is the one that this version has."""
        return await _find_revision(self.engine) == newest_revision()

    async def migrate_back(self, revision: str) -> None:
        """Take the schema back to `revision`, `base` for an empty one; what it held more is lost.

        Raises ConflictError while somebody else is connected: their process would go on without its tables.
        """
        await _run_migrations(self.engine, "downgrade", revision, must_be_alone=True)

    async def prepare(self) -> None:
        """Make sure that a command finds the schema it knows; only a database without any gets it made here.

        A backend of another version may be running: its schema is changed by `serve` and `migrate` alone.
        Raises InputError.
        """
        current = await _find_revision(self.engine)
        if current is None:
            await self.migrate()
            return
        needed = newest_revision()
        if current != needed:
            raise InputError(
                f"The schema of the database is {current} and this version of callcenter needs {needed}: "
                "use the version that the backend runs, or stop the backend and run `callcenter migrate`."
            )


class _Session(Session):
    """Says which task has a transaction open: from the first query on, which is when it has a connection."""


@event.listens_for(_Session, "after_begin")
def _note_begin(session: Session, _transaction: SessionTransaction, _connection: Connection) -> None:
    if "task" not in session.info:
        session.info["task"] = transaction_began()


@event.listens_for(_Session, "after_transaction_end")
def _note_end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        transaction_ended(session.info.pop("task", None))


def make_database(engine: AsyncEngine) -> Database:
    """Objects stay readable after the commit, so that nothing asks the database again behind our back."""

    def sessions(**options: Any) -> async_sessionmaker[AsyncSession]:
        bind = engine.execution_options(**options)
        return async_sessionmaker(bind, expire_on_commit=False, sync_session_class=_Session)

    return Database(
        engine=engine,
        sessions=sessions(),
        snapshots=sessions(isolation_level="REPEATABLE READ", postgresql_readonly=True),
        logged_snapshots=sessions(isolation_level="REPEATABLE READ"),
    )


def create_engine(url: str | URL, *, connections: int = 20) -> AsyncEngine:
    """An engine for a `postgresql+asyncpg://` address, that opens so many connections at most.

    Values stay out of errors: they may be telephone numbers.
    """
    try:
        engine = create_async_engine(
            url,
            hide_parameters=True,
            pool_size=connections // 2,
            max_overflow=connections - connections // 2,
            # The server keeps what it has parsed for each connection: the one that was used last knows most.
            pool_use_lifo=True,
            connect_args={
                "async_creator_fn": _connect,
                # Compiling takes longer than any query of ours; a bad estimate would have a page of calls wait for it.
                "server_settings": {"application_name": "callcenter", "timezone": "UTC", "jit": "off"} | _SIGNS_OF_LIFE,
                "timeout": 10,
            },
        )
    except ArgumentError:
        raise SettingsError("The setting CALLCENTER_DATABASE_URL is not the address of a database.") from None
    event.listen(engine.sync_engine, "checkout", _look_whether_it_lives)
    event.listen(engine.sync_engine, "checkin", _note_when_used)
    return engine


def _note_when_used(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info[_USED_AT] = time.monotonic()


def _look_whether_it_lives(connection: Any, record: ConnectionPoolEntry, _: object) -> None:
    """Before a connection of the pool is used again; a dead one is replaced.

    SQLAlchemy's own `pool_pre_ping` asks the server three times before every transaction.
    """
    used_at = record.info.get(_USED_AT)
    if used_at is None:
        return  # it was just opened
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError
    if time.monotonic() - used_at > _TRUSTED_SECONDS:
        try:
            connection.ping()
        except AsyncAdapt_asyncpg_dbapi.Error as error:
            raise InvalidatePoolError from error


async def _connect(**arguments: Any) -> asyncpg.Connection:
    """Without this, a server that is away would show as one of a dozen kinds of OSError."""
    try:
        return await asyncpg.connect(**arguments)
    except (OSError, TimeoutError, asyncpg.ObjectNotInPrerequisiteStateError) as error:
        # The last is what a server says while this database takes no connections (ALLOW_CONNECTIONS, postinit.c).
        raise DatabaseError(f"The database cannot be reached: {reason_of(error)}.") from None


@asynccontextmanager
async def open_database(url: str | None, data_dir: Path) -> AsyncIterator[Database]:
    """The database at `url`, or without one the embedded server in `data_dir`. Raises DatabaseError.

    The schema is left as it is: whoever needs tables calls `migrate` or `prepare` first.
    """
    if url is None:
        async with embedded_postgres(data_dir) as embedded_url, connect(embedded_url) as database:
            yield database
    else:
        async with connect(url) as database:
            yield database


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Database]:
    """A database whose server is somebody else's business. Raises DatabaseError when it does not answer."""
    engine = create_engine(url)
    try:
        try:
            async with engine.connect():
                pass
        except (SQLAlchemyError, asyncpg.PostgresError) as error:
            raise DatabaseError(f"The database cannot be reached: {reason_of(error)}.") from None
        yield make_database(engine)
    finally:
        await _close(engine)


@asynccontextmanager
async def own_pool(database: Database, *, connections: int) -> AsyncIterator[Database]:
    """The same database over connections of its own, that nobody else can use up."""
    engine = create_engine(database.engine.url, connections=connections)
    try:
        yield make_database(engine)
    finally:
        await _close(engine)


async def _close(engine: AsyncEngine) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_CLOSED_WITHIN_SECONDS):
            await engine.dispose()


_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


async def _find_revision(engine: AsyncEngine) -> str | None:
    """Of the schema; None where there is none."""
    async with engine.connect() as connection:
        if (await connection.execute(text("SELECT to_regclass('alembic_version')"))).scalar_one() is None:
            return None
        return (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalars().first()


async def _run_migrations(
    engine: AsyncEngine, direction: Literal["upgrade", "downgrade"], revision: str, *, must_be_alone: bool = False
) -> None:
    # 10 MB that a process needs only where there is something to migrate
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    run = command.upgrade if direction == "upgrade" else command.downgrade

    def migrate(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
        config.attributes["connection"] = connection
        try:
            run(config, revision)
        except CommandError as error:
            raise InputError(f"The schema cannot be brought to {revision}: {str(error).rstrip('.')}.") from None

    async with engine.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        if must_be_alone and (others := (await connection.execute(_OTHERS)).scalar_one()):
            raise ConflictError(f"Others use the database ({others} connections): stop every backend first.")
        await connection.run_sync(migrate)


def newest_revision() -> str:
    """By the names of the files, which begin with their revision."""
    return max(path.name.partition("_")[0] for path in (migrations_folder() / "versions").glob("[0-9]*_*.py"))


def migrations_folder() -> Path:
    """Inside the package where it was installed from a wheel, beside it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"
