"""Migrations run forwards and back on a filled database, once, and give the tables the code describes."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

import callcenter
from callcenter.database import Base, Database, connect
from callcenter.errors import DatabaseError

FILL = """
INSERT INTO users (name, role, password_hash, created_at) VALUES ('mei', 'agent', 'x', now());
INSERT INTO browser_sessions SELECT '\\x01', id, now(), now() FROM users;
INSERT INTO tokens SELECT '\\x02', id, 'export', now() FROM users;
INSERT INTO sign_in_attempts (user_name, address, at) VALUES ('mei', '127.0.0.1', now());
INSERT INTO access_log (user_id, what, subject, at) SELECT id, 'caller_number', 'pbx1-1.0', now() FROM users;
"""


async def table_names(database: Database) -> set[str]:
    async with database.engine.connect() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def test_a_filled_database_goes_back_to_nothing_and_forward_again(database: Database) -> None:
    newest = await table_names(database)
    async with database.engine.begin() as connection:
        for statement in FILL.strip().split("\n"):
            await connection.execute(text(statement))
    await database.migrate_back("base")
    assert await table_names(database) == {"alembic_version"}
    await database.migrate()
    assert await table_names(database) == newest


async def test_the_migrations_make_exactly_the_tables_that_the_code_describes(database: Database) -> None:
    for module in pkgutil.walk_packages(callcenter.__path__, "callcenter."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)

    def differences(connection: Connection) -> Any:
        return compare_metadata(MigrationContext.configure(connection), Base.metadata)

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_processes_that_migrate_at_once_do_it_once(empty_database: Database) -> None:
    await asyncio.gather(*(empty_database.migrate() for _ in range(5)))
    async with empty_database.engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM alembic_version"))).scalar_one() == 1


async def test_a_migration_that_fails_leaves_nothing_behind(empty_database: Database) -> None:
    async with empty_database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE access_log (in_the_way int)"))
    with pytest.raises(Exception, match="access_log"):
        await empty_database.migrate()
    assert await table_names(empty_database) == {"access_log"}


async def test_moments_come_back_aware_and_in_utc(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert (await connection.execute(text("SHOW timezone"))).scalar_one() == "UTC"


async def test_a_database_that_does_not_answer_is_one_sentence_without_its_password() -> None:
    with pytest.raises(DatabaseError) as caught:
        async with connect("postgresql+asyncpg://u:hunter2@127.0.0.1:1/x"):
            pass
    assert str(caught.value).startswith("The database cannot be reached: ")
    assert "hunter2" not in str(caught.value)
