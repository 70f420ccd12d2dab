"""Real captures, stored: the customer of each call is found, and whoever was talked to waits for no call back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import httpx
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.callbacks.service import refresh
from callcenter.calls.records import CallRecord, Witness
from callcenter.calls.store import get_call
from callcenter.calls.tables import Call
from callcenter.pbx.cel_follower import read_cel_rows
from callcenter.postgres.database import Database
from tests.integration.callback_examples import SETTINGS, lost, store
from tests.scenarios.captures import ami_facts, cel_facts, messages, records_of

CAPTURES = Path(__file__).parents[1] / "unit" / "captures"
SHOWN = "05100000001"
"""The caller's number in the captures, which nobody has."""

MISSED = -86_400.0
"""A day before the captures."""


def by_both(name: str, *, caller: str = "") -> Iterable[CallRecord]:
    """What both witnesses say, with another caller in place of the capture's."""
    told = (CAPTURES / f"{name}.ami").read_bytes().replace(SHOWN.encode(), (caller or SHOWN).encode())
    rows = ([field.replace(SHOWN, caller or SHOWN) for field in row] for row in read_cel_rows(CAPTURES / f"{name}.csv"))
    yield from (replace(record, pbx="pbx5") for record in records_of(ami_facts(messages(told)), Witness.AMI))
    yield from (replace(record, pbx="pbx5") for record in records_of(cel_facts(rows), Witness.LEDGER))


async def episodes(database: Database) -> list[tuple[str, str, int, str | None]]:
    async with database.engine.connect() as connection:
        query = "SELECT subject, state, attempts, closed_by_call_id FROM episodes ORDER BY opened_at"
        return [tuple(row) for row in await connection.execute(text(query))]


async def find_call(database: Database, call_id: str) -> Call:
    async with database.sessions.begin() as session:
        return await get_call(session, "pbx5", call_id)


async def test_a_callback_dialled_with_a_prefix_for_the_outside_line_closes_the_episode(database: Database) -> None:
    await store(database, [lost(1, MISSED, caller="13900000002")])
    await refresh(database, SETTINGS)
    before = await episodes(database)
    await store(database, by_both("outside_line_prefix"))
    await refresh(database, SETTINGS)

    call = await find_call(database, "pbx5-1795463000.1")
    assert (call.dialled_number, call.customer_number, call.customer_key, call.is_confirmed) == (
        "913900000002",
        "+8613900000002",
        "+8613900000002",
        True,
    )
    assert before == [("+8613900000002", "open", 0, None)]
    assert await episodes(database) == [("+8613900000002", "reached", 1, "pbx5-1795463000.1")]


async def test_a_caller_who_is_put_through_to_an_agent_of_a_pool_waits_no_longer_and_the_agent_has_the_call(
    database: Database, client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    await store(database, [lost(1, MISSED, caller="05198800001")])
    await refresh(database, SETTINGS)
    before = await episodes(database)
    await store(database, by_both("agent_pool", caller="05198800001"))
    await refresh(database, SETTINGS)

    call = await find_call(database, "1795463030.2")
    assert (call.direction, call.outcome, call.agents, call.joined, call.is_confirmed) == (
        "inbound",
        "answered",
        ["1001"],
        "1795463000.1",
        True,
    )
    assert before == [("+865198800001", "open", 0, None)]
    assert await episodes(database) == [("+865198800001", "self_recovered", 0, "1795463030.2")]
    asked = "/api/v1/statistics/agents?from_day=2026-11-24&to_day=2026-11-24"
    (agent,) = (await client.get(asked, headers=as_role[Role.SUPERVISOR])).json()["seats"]
    assert {name: agent[name] for name in ("device", "calls", "talked_seconds", "rings", "rings_unanswered")} == {
        "device": "1001",
        "calls": 1,
        "talked_seconds": 10.858,
        "rings": 1,
        "rings_unanswered": 0,
    }
    day = (await client.get("/api/v1/calls/summary?day=2026-11-24", headers=as_role[Role.SUPERVISOR])).json()
    assert (day["answered"], day["missed"]) == (1, 0)
