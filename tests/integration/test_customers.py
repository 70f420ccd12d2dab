"""Real captures, stored: the customer of each call is found, and whoever was talked to waits for no call back."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import text

from callcenter.callbacks.service import refresh
from callcenter.calls.records import CallRecord, Witness
from callcenter.calls.store import get_call
from callcenter.calls.tables import Call
from callcenter.database import Database
from callcenter.pbx.ledger import read_cel_rows
from tests.integration.callback_examples import SETTINGS, lost, store
from tests.scenarios.captures import ami_facts, cel_facts, messages, records_of

CAPTURES = Path(__file__).parents[1] / "unit" / "captures"
MISSED = -86_400.0
"""A day before the captures."""


def by_both(name: str) -> Iterable[CallRecord]:
    yield from records_of(ami_facts(messages((CAPTURES / f"{name}.ami").read_bytes())), Witness.AMI)
    yield from records_of(cel_facts(read_cel_rows(CAPTURES / f"{name}.csv")), Witness.LEDGER)


async def episodes(database: Database) -> list[tuple[str, str, int, str | None]]:
    async with database.engine.connect() as connection:
        query = "SELECT subject, state, attempts, closed_by_call_id FROM episodes ORDER BY opened_at"
        return [tuple(row) for row in await connection.execute(text(query))]


async def find_call(database: Database, call_id: str, pbx: str = "pbx1") -> Call:
    async with database.sessions.begin() as session:
        return await get_call(session, pbx, call_id)


async def test_a_callback_dialled_with_a_prefix_for_the_outside_line_closes_the_episode(database: Database) -> None:
    await store(database, [lost(1, MISSED, caller="13900000002")])
    await refresh(database, SETTINGS)
    before = await episodes(database)
    await store(database, by_both("outside_line_prefix"))
    await refresh(database, SETTINGS)

    call = await find_call(database, "pbx5-1795463000.1", "pbx5")
    assert (call.dialled_number, call.customer_number, call.customer_key, call.is_confirmed) == (
        "913900000002",
        "+8613900000002",
        "+8613900000002",
        True,
    )
    assert before == [("+8613900000002", "open", 0, None)]
    assert await episodes(database) == [("+8613900000002", "reached", 1, "pbx5-1795463000.1")]
