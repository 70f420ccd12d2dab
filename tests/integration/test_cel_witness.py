"""Where a recorder that starts anew goes on in the ledger, so that calls which were up are seen whole."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from callcenter.calls.rows import Locality
from callcenter.pbx.cel_follower import CelFile
from callcenter.postgres.database import Database
from callcenter.recorder import cel_witness
from callcenter.recorder.cel_witness import LedgerReading
from tests.scenarios.captures import FOLDER, RULES

ROWS = (FOLDER / "answered_by_an_agent" / "cel.csv").read_bytes().splitlines(keepends=True)
HALF = next(number for number, row in enumerate(ROWS) if b'"BRIDGE_ENTER"' in row) + 2
"""They have begun to talk."""
LINKEDID = ROWS[0].split(b'","')[15]
OLDEST = b"pbx1-1795000000.1"
"""A call that began before, in a file of its own, and is up all the time."""
LOCALITY = Locality(area_code="0519", timezone=ZoneInfo("Asia/Shanghai"))


@asynccontextmanager
async def recording(database: Database, ledger: Path) -> AsyncIterator[None]:
    """The ledger is read, by a process of its own as it were."""
    follow = LedgerReading(
        database=database,
        file=CelFile(ledger),
        pbx="pbx1",
        rules=RULES,
        locality=LOCALITY,
        clock=lambda: datetime.now(UTC),
    )
    task = asyncio.create_task(follow.read())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def ask(database: Database, query: str, **values: Any) -> Any:
    async with database.engine.connect() as connection:
        return (await connection.execute(text(query), values)).scalar_one_or_none()


async def read_to(database: Database, size: int) -> None:
    async with asyncio.timeout(20):
        while await ask(database, "SELECT (reached->>'offset')::int FROM ledger_positions") != size:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("is_half_seen", [False, True], ids=["whole", "half seen"])
async def test_calls_that_began_later_are_seen_whole_though_the_file_of_the_oldest_that_is_up_is_gone(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_half_seen: bool
) -> None:
    monkeypatch.setattr(cel_witness, "POLL_SECONDS", 0.01)
    ledger, rotated = tmp_path / "Master.csv", tmp_path / "Master.csv.1"
    begin = next(row for row in ROWS if b'"ANSWER"' in row) if is_half_seen else ROWS[0]
    ledger.write_bytes((FOLDER / "queue_full" / "cel.csv").read_bytes())
    async with recording(database, ledger):
        await read_to(database, ledger.stat().st_size)
        with ledger.open("ab") as file:
            file.write(begin.replace(LINKEDID, OLDEST))
        await read_to(database, ledger.stat().st_size)
        ledger.rename(rotated)
        ledger.write_bytes(b"".join(ROWS[:HALF]))
        await read_to(database, ledger.stat().st_size)
    rotated.unlink()
    with ledger.open("ab") as file:
        file.writelines(ROWS[HALF:])
    async with recording(database, ledger):
        await read_to(database, ledger.stat().st_size)

    whole = "SELECT outcome || ' ' || cardinality(anomalies) FROM calls WHERE call_id = :call_id"
    assert await ask(database, whole, call_id=LINKEDID.decode()) == "answered 0"
