"""Calls under ids that other programs chose: one record of both witnesses, found again whatever stands in the id."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.audit.service import audit_day
from callcenter.callbacks.call_store import load_calls_of
from callcenter.callbacks.service import refresh
from callcenter.callbacks.work_store import list_calls_of
from callcenter.pbx_settings import Pbx
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from callcenter.tracking.replay import replay
from callcenter.tracking.rules import CallRules
from tests.integration.callback_examples import at, lost, store, store_confirmed

CASES = Path(__file__).parents[1] / "cases"
UUID = "0e000000-0000-4000-8000-000000000001"


async def test_a_call_under_a_programs_id_is_one_record_that_both_witnesses_confirm_and_the_audit_accepts(
    database: Database,
) -> None:
    ledger = CASES / "program_chosen_ids.csv"
    named = CallRules(is_pbx_named=True)
    await store(database, replay([CASES / "program_chosen_ids.ami"], is_cel=False, pbx="pbx5", rules=named))
    await store(database, replay([ledger], is_cel=True, pbx="pbx5", rules=named))

    async with database.engine.connect() as connection:
        rows = await connection.execute(text("SELECT pbx, call_id, is_confirmed FROM calls"))
        assert [tuple(row) for row in rows] == [("pbx5", UUID, True)]
    report = await audit_day(
        database, Settings(pbxs=(Pbx(name="pbx5", cel_csv=ledger),)), date(2026, 11, 24), now=at(1800)
    )
    assert (report.unexplained, report.unconfirmed) == ((), ())


async def test_an_inbound_call_under_a_programs_id_is_counted_by_the_audit_under_the_pbx_of_the_settings(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "Master.csv"
    born = (CASES / "trunk_named_by_digits.csv").read_text(encoding="utf-8")
    path.write_text(born.replace("pbx5-1795463000.1", UUID).replace("SIP/5061", "PJSIP/trunk-op"), encoding="utf-8")
    named = CallRules(is_pbx_named=True)
    await store(database, replay([path], is_cel=True, pbx="pbx5", rules=named))

    report = await audit_day(
        database, Settings(pbxs=(Pbx(name="pbx5", cel_csv=path),)), date(2026, 11, 24), now=at(1800)
    )

    assert (len(report.inbound), len(report.ledger_inbound), report.unexplained) == (1, 1, ())


@pytest.mark.parametrize("call_id", ["crm/4711/1", "crm%2F4711%2F1"])
async def test_every_address_of_a_call_can_name_an_id_that_has_slashes(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], database: Database, call_id: str
) -> None:
    await store(database, [replace(lost(1, 0), call_id="crm/4711/1")])
    await refresh(database, Settings())
    headers = as_role[Role.SUPERVISOR]
    path = f"/api/v1/calls/pbx1/{call_id}"
    call = (await client.get(path, headers=headers)).json()["call"]
    history = (await client.get(f"{path}/history", headers=headers)).json()
    recordings = await client.get(f"{path}/recordings", headers=headers)
    unknown = await client.get(f"{path}/2/recordings", headers=headers)
    settled = await client.post(
        f"/api/v1/disagreements/pbx1/{call_id}/settlements", json={"reason": "the PBX was moved"}, headers=headers
    )
    moved = await client.post(f"{path}/move", json={"queue": "hotline"}, headers=headers)

    assert call["call_id"] == "crm/4711/1"
    assert [entry["call_id"] for entry in history["calls"]] == ["crm/4711/1"]
    assert (recordings.status_code, unknown.status_code) == (200, 404)
    assert settled.status_code == 201, settled.text
    assert moved.status_code not in (404, 405), moved.text


async def test_a_caller_without_a_number_is_found_though_the_id_of_the_call_has_a_slash(database: Database) -> None:
    call = replace(lost(1, 0, caller=None), call_id="crm/4711/1")
    await store_confirmed(database, [call])
    await refresh(database, Settings())
    subject = f"{call.pbx}/{call.call_id}"

    async with database.sessions.begin() as session:
        assert [row.call_id for row in await list_calls_of(session, subject, 10)] == ["crm/4711/1"]
        assert [stored.call.key.call_id for stored in await load_calls_of(session, [subject])] == ["crm/4711/1"]
