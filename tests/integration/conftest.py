"""One embedded PostgreSQL for the test run; every test that asks gets a database of its own."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx
import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from callcenter.accounts import passwords
from callcenter.accounts.passwords import KNOWN
from callcenter.accounts.rights import Role, SignedIn
from callcenter.accounts.screens import make_screen
from callcenter.accounts.service import create_token
from callcenter.accounts.store import add_user, get_user
from callcenter.agents.inventory import PbxInventory
from callcenter.app import create_app
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.registry import PbxRegistry
from callcenter.postgres.database import Database, connect
from callcenter.postgres.embedded import embedded_postgres
from callcenter.settings import Settings
from tests.compiled_statements import share_compiled_statements
from tests.fast_folder import make_fast_folder

share_compiled_statements()

PRODUCT_HASHER = passwords._hasher
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
"""A password costs a tenth of a second of a processor where somebody may want to guess it."""

TEMPLATE = "migrated"
STATEMENT_SECONDS = 60
"""A database that is not made or dropped by then never will be."""
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """Not pytest's own temporary folder: the system user of root's server may not enter that."""
    folder = make_fast_folder("callcenter-test-")
    yield folder
    shutil.rmtree(folder)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server_url(server_folder: Path) -> AsyncIterator[str]:
    """Address of the running server, whose database TEMPLATE has the newest schema."""
    async with embedded_postgres(server_folder) as url:
        await _run(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        await _run(url, f"CREATE DATABASE {TEMPLATE}")
        async with connect(_address(url, TEMPLATE)) as database:
            await database.migrate()
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(server_url: str) -> AsyncIterator[asyncpg.Connection]:
    """The connection that makes and drops databases: opening one for each would take as long as the work."""
    connection = await asyncpg.connect(
        server_url.replace("+asyncpg", ""), server_settings={"statement_timeout": f"{STATEMENT_SECONDS}s"}
    )
    yield connection
    await connection.close()


@pytest_asyncio.fixture(loop_scope="session")
async def empty_database_url(server_url: str, server: asyncpg.Connection) -> AsyncIterator[str]:
    """Address of a database without any table."""
    async with _copy_of("template1", server) as name:
        yield _address(server_url, name)


@pytest.fixture
async def empty_database(empty_database_url: str) -> AsyncIterator[Database]:
    """A database without any table."""
    async with connect(empty_database_url) as database:
        yield database


@pytest_asyncio.fixture(loop_scope="session")
async def database_url(server_url: str, server: asyncpg.Connection) -> AsyncIterator[str]:
    """Address of a database with the newest schema and no rows."""
    async with _copy_of(TEMPLATE, server) as name:
        yield _address(server_url, name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with the newest schema and no rows."""
    async with connect(database_url) as database:
        yield database


@asynccontextmanager
async def _copy_of(template: str, server: asyncpg.Connection) -> AsyncIterator[str]:
    name = f"test_{next(_numbers)}"
    await server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield name
    try:
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    except asyncpg.QueryCanceledError:
        # PostgreSQL waits here until every process of it has taken a signal, and one that was just starting can miss
        # it (ProcSignalInit against EmitProcSignalBarrier, procsignal.c). It takes the next one.
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def _run(server_url: str, *statements: str) -> None:
    """Each statement in a transaction of its own."""
    engine = create_async_engine(server_url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()


def _address(server_url: str, database: str) -> str:
    return make_url(server_url).set(database=database).render_as_string(hide_password=False)


NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
PEOPLE = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN, Role.OFFICER, Role.DIRECTOR)
"""Roles of users."""


@dataclass
class Clock:
    """The moment at which requests arrive; a test moves it."""

    now: datetime = NOW


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(database: Database, clock: Clock) -> FastAPI:
    return create_app(
        database=database, settings=Settings(data_dir=Path("/nowhere"), cookie_secure=False), now=lambda: clock.now
    )


def command(app: FastAPI, commands: AmiCommands, name: str = "pbx1") -> None:
    """The application commands this PBX from now on."""
    pbxs: PbxRegistry = app.state.pbxs
    app.state.pbxs = PbxRegistry({one: pbxs.find(one) for one in pbxs.names} | {name: commands})
    app.state.inventories[name] = PbxInventory(commands)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is not signed in; an error nobody foresaw comes back as an answer, as in a real server."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://callcenter.test") as client:
        yield client


@pytest.fixture
def product_hasher(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed as in the product, not in the cheapest way."""
    monkeypatch.setattr(passwords, "_hasher", PRODUCT_HASHER)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def password_hash() -> str:
    """Of PASSWORD."""
    return await KNOWN.hash_password(PASSWORD)


@pytest.fixture
async def as_role(database: Database, password_hash: str) -> dict[Role, dict[str, str]]:
    """For each role, the headers of a script of a user `mei-ROLE` who has it, or of a screen's browser."""
    headers = {}
    for role in PEOPLE:
        name = f"mei-{role}"
        async with database.sessions.begin() as session:
            await add_user(session, name=name, role=role, password_hash=password_hash, at=NOW)
        token = await create_token(database, user_name=name, token_name="test", at=NOW)
        headers[role] = {"Authorization": f"Bearer {token}"}
    async with database.sessions.begin() as session:
        admin = SignedIn(user_id=(await get_user(session, f"mei-{Role.ADMIN}")).id, name="", role=Role.ADMIN)
        made = await make_screen(session, name="hall", queues=[], user=admin, at=NOW)
        headers[Role.SCREEN] = {"Cookie": f"callcenter_screen={made.secret}", "Origin": "http://callcenter.test"}
        # What a test does is all that it finds there.
        await session.execute(text("TRUNCATE access_log RESTART IDENTITY"))
    return headers
