"""Migrations run forwards and back on a filled database, once, and give the tables the code describes."""

from __future__ import annotations

import asyncio
import importlib
import json
import pkgutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from ipaddress import IPv4Address
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Double,
    Integer,
    Interval,
    LargeBinary,
    Numeric,
    Text,
    insert,
    inspect,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, INET, JSONB
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.types import TypeEngine

import callcenter
from callcenter.calls.record_json import record_to_json
from callcenter.cli import main
from callcenter.errors import ConflictError, DatabaseError, InputError
from callcenter.outbox.rules import Kind
from callcenter.postgres.database import Base, Database, connect, migrations_folder
from callcenter.postgres.outages import DATABASE_ERRORS, is_outage
from tests.call_examples import ANSWERED

VALUES: dict[type[TypeEngine[Any]], Any] = {
    Text: "x",
    BigInteger: 1,
    Integer: 1,
    Double: 1.0,
    Boolean: False,
    LargeBinary: b"x",
    Date: date(2026, 11, 23),
    TIMESTAMP: datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
    Interval: timedelta(seconds=6),
    Numeric: Decimal(1),
    JSONB: {},
    INET: IPv4Address("10.0.0.1"),
}
FIRST_ALLOWED: dict[str, Any] = {
    "role": "agent",
    "duties": ["privacy"],
    "thresholds.code": "many_ill",
    "authors": [],
}
"""Columns that take words of a list only, or nobody who is named elsewhere."""
NOT_ALONE = {
    *(("tickets", "merged_into"), ("contacts", "merchant_id"), ("broadcast_targets", "merchant_id")),
    *(("thresholds", "names"), ("surveys", "margin"), ("broadcasts", "recording_id")),
    *(("interviews", "proposed_by"), ("interview_commitments", "verified_by")),
}
"""Columns that name another row, where there is one only, or that are empty where others are not."""


def some_value(column: Column[Any]) -> Any:
    for name in (column.name, f"{column.table.name}.{column.name}"):
        if name in FIRST_ALLOWED:
            return FIRST_ALLOWED[name]
    if isinstance(column.type, ARRAY):
        return [VALUES[type(column.type.item_type)]]
    return VALUES[type(column.type)]


def import_tables() -> None:
    for module in pkgutil.walk_packages(callcenter.__path__, "callcenter."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)


async def fill(database: Database) -> None:
    """One row in every table, with a value in every column, and a recording of the mediation."""
    import_tables()
    async with database.engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            given = [column for column in table.columns if column.identity is None and column.computed is None]
            row = {one.name: some_value(one) for one in given if (table.name, one.name) not in NOT_ALONE}
            await connection.execute(insert(table).values(row))
            if table.name == "audio_files":
                await connection.execute(insert(table).values(row | {"kind": "leg", "path": "1/x.wav"}))
            if table.name == "outbox":
                for kind in Kind:
                    await connection.execute(insert(table).values(row | {"kind": kind, "key": "2026-11-23"}))


async def count_rows(database: Database, names: set[str]) -> dict[str, int]:
    async with database.engine.connect() as connection:
        return {name: (await connection.execute(text(f"SELECT count(*) FROM {name}"))).scalar_one() for name in names}


async def table_names(database: Database) -> set[str]:
    async with database.engine.connect() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def test_a_filled_database_goes_back_to_nothing_and_forward_again(database: Database) -> None:
    newest = await table_names(database)
    await fill(database)
    assert min((await count_rows(database, newest)).values()) >= 1
    await database.migrate_back("base")
    assert await table_names(database) == {"alembic_version"}
    await database.migrate()
    assert await table_names(database) == newest


async def test_each_migration_runs_on_the_filled_tables_of_the_one_before(database: Database) -> None:
    newest = await table_names(database)
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    await fill(database)
    for revision in revisions[1:]:
        await database.migrate_back(revision)
        left = await table_names(database)
        assert min((await count_rows(database, left)).values()) >= 1
        await database.migrate()
        assert await table_names(database) == newest


RECORDINGS = "mediation_id, leg_id, file, sha256, size_bytes, duration, stored_at"


async def test_recordings_of_mediations_move_among_the_sound_files_and_back_with_all_that_was_known(
    database: Database,
) -> None:
    await fill(database)
    await database.migrate_back("0010")
    at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    old = [
        (1, 1, "1/x.wav", "aa", 16044, timedelta(seconds=1), at),
        (1, None, "1/room.wav", "bb", 32044, timedelta(seconds=2), at),
        (1, None, "1/torn.wav", "cc", 0, None, at),
    ]
    async with database.engine.begin() as connection:
        await connection.execute(text("DELETE FROM mediation_recordings"))
        for row in old:
            named = dict(zip(RECORDINGS.split(", "), row, strict=True))
            marks = ", ".join(f":{name}" for name in named)
            await connection.execute(text(f"INSERT INTO mediation_recordings ({RECORDINGS}) VALUES ({marks})"), named)
        said = "(1, 1, :at, 'mei', 'consent', 'yes,no')"
        await connection.execute(
            text(f"INSERT INTO mediation_events (mediation_id, leg_id, at, actor, what, detail) VALUES {said}"),
            {"at": at},
        )

    await database.migrate()
    columns = "kind, call_id, path, sha256, size, duration, started_at, taken_in_at, refused_at"
    async with database.engine.connect() as connection:
        found = await connection.execute(text(f"SELECT {columns} FROM audio_files WHERE kind <> 'x' ORDER BY id"))
        begun = VALUES[TIMESTAMP]
        assert [tuple(row) for row in found] == [
            ("leg", "x", "1/x.wav", "aa", 16044, timedelta(seconds=1), begun, at, at),
            ("room", "x", "1/room.wav", "bb", 32044, timedelta(seconds=2), begun, at, at),
            ("leg", "x", "1/torn.wav", "cc", 0, timedelta(), begun, at, at),
        ]

    await database.migrate_back("0010")
    async with database.engine.connect() as connection:
        found = await connection.execute(text(f"SELECT {RECORDINGS} FROM mediation_recordings ORDER BY id"))
        assert [tuple(row) for row in found] == old


async def test_the_migrations_make_exactly_the_tables_that_the_code_describes(database: Database) -> None:
    import_tables()

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


async def test_a_schema_from_a_newer_version_or_an_unknown_one_is_refused_in_one_sentence(database: Database) -> None:
    with pytest.raises(InputError, match=r"^The schema cannot be brought to nonsense: .*'nonsense'\.$"):
        await database.migrate_back("nonsense")
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match=r"^The schema cannot be brought to head: .*'9999'\.$"):
        await database.migrate()


async def test_nothing_is_taken_back_while_others_are_connected(database: Database, database_url: str) -> None:
    newest = await table_names(database)
    async with connect(database_url) as other, other.engine.connect():
        with pytest.raises(ConflictError, match=r"^Others use the database \(1 connections\): stop every"):
            await database.migrate_back("base")
        assert await table_names(database) == newest
    await database.migrate_back("base")
    assert await table_names(database) == {"alembic_version"}


async def test_a_command_makes_a_new_schema_but_changes_none_that_is_older_or_newer(empty_database: Database) -> None:
    await empty_database.prepare()
    await empty_database.prepare()
    newest = await table_names(empty_database)
    await empty_database.migrate_back("0012")
    older = await table_names(empty_database)
    with pytest.raises(InputError, match=r"^The schema of the database is 00\d\d and this version .* needs 00\d\d: "):
        await empty_database.prepare()
    assert await table_names(empty_database) == older != newest
    async with empty_database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match=r"^The schema of the database is 9999 and "):
        await empty_database.prepare()


def test_going_back_has_to_be_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "--to", "base"]) == 2
    told = "callcenter: Taking the schema back deletes data: make a dump first, then say --yes.\n"
    assert capsys.readouterr().err == told


async def test_moments_come_back_aware_and_in_utc(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert (await connection.execute(text("SHOW timezone"))).scalar_one() == "UTC"


async def test_a_database_that_does_not_answer_is_one_sentence_without_its_password() -> None:
    with pytest.raises(DatabaseError) as caught:
        async with connect("postgresql+asyncpg://u:hunter2@127.0.0.1:1/x"):
            pass
    assert str(caught.value).startswith("The database cannot be reached: ")
    assert "hunter2" not in str(caught.value)


async def test_a_database_that_takes_no_connections_for_a_while_is_away(
    empty_database: Database, server_url: str
) -> None:
    name = empty_database.engine.url.database
    await empty_database.engine.dispose()
    elsewhere = create_async_engine(server_url, isolation_level="AUTOCOMMIT")
    async with elsewhere.connect() as connection:
        await connection.execute(text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"))
        with pytest.raises(DATABASE_ERRORS) as caught:
            async with empty_database.sessions.begin() as session:
                await session.execute(text("SELECT 1"))
        await connection.execute(text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true"))
    await elsewhere.dispose()
    assert is_outage(caught.value)
    async with empty_database.sessions.begin() as session:
        assert (await session.execute(text("SELECT 1"))).scalar_one() == 1


async def test_stored_calls_get_the_customers_number_from_what_they_have_and_lose_it_again(database: Database) -> None:
    inbound = record_to_json(ANSWERED)
    outbound = inbound | {"call_id": "out", "direction": "outbound", "caller_number": "1001"}
    internal = inbound | {"call_id": "house", "direction": "internal", "caller_number": "1001"}
    keys = {ANSWERED.call_id: "+8613812345678", "out": "+8651986612345;ext=8001", "house": None}
    await fill(database)
    async with database.engine.begin() as connection:
        await connection.execute(text("DELETE FROM outbox"))
        (row,) = (await connection.execute(text("SELECT to_jsonb(calls) FROM calls"))).scalars()
        for record in (inbound, outbound, internal):
            columns = {"call_id": record["call_id"], "customer_key": keys[record["call_id"]], "told_by_ami": None}
            told = {"direction": record["direction"], "record": record, "told_by_ledger": record}
            statement = "INSERT INTO calls SELECT * FROM jsonb_populate_record(NULL::calls, CAST(:row AS jsonb))"
            await connection.execute(text(statement), {"row": json.dumps(row | columns | told)})
    await database.migrate_back("0012")
    async with database.engine.connect() as connection:
        told = (await connection.execute(text("SELECT record FROM calls WHERE call_id = 'out'"))).scalar_one()
        assert told == {name: value for name, value in outbound.items() if name != "customer_number"}
    await database.migrate()
    async with database.engine.connect() as connection:
        query = "SELECT call_id, customer_number, record, told_by_ami, told_by_ledger FROM calls WHERE call_id <> 'x'"
        found = {row.call_id: row for row in await connection.execute(text(query))}
        changed = (await connection.execute(text("SELECT count(*) FROM outbox"))).scalar_one()
    numbers = {ANSWERED.call_id: "+8613812345678", "out": "+8651986612345", "house": None}
    assert {call_id: row.customer_number for call_id, row in found.items()} == numbers
    assert {call_id: row.record["customer_number"] for call_id, row in found.items()} == numbers
    assert {call_id: row.told_by_ledger["customer_number"] for call_id, row in found.items()} == numbers
    assert [row.told_by_ami for row in found.values()] == [None, None, None]
    assert changed == 0
