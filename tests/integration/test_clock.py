"""The whole backend at moments when a working calendar is missing or a year has a day more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from sqlalchemy import update

from callcenter.accounts.rights import Duty
from callcenter.accounts.service import create_token
from callcenter.accounts.tables import User
from callcenter.clock import utc_now
from callcenter.postgres.database import Database
from callcenter.supervision import Supervisor
from tests.integration.backend import LIMIT, Backend, serving
from tests.integration.callback_examples import LI, lost, store_confirmed
from tests.integration.fake_ami import FakeAmi
from tests.integration.test_missing_calendar import lost_at

SHANGHAI = ZoneInfo("Asia/Shanghai")

THERE = {
    "{pbx}": "pbx1",
    "{call_id}": "pbx1-1.0",
    "{day}": "2026-12-28",
    "{name}": "mei-agent",
    "{file_id}": "1",
    "{episode_id}": "1",
    "{entry_id}": "1",
    "{mediation_id}": "1",
    "{leg_id}": "1",
    "{dial_id}": "1",
    "{weekday}": "1",
    "{unit_id}": "1",
    "{merchant_id}": "1",
    "{ticket}": "12315-2026-00001",
    "{flag_id}": "1",
    "{group_id}": "1",
    "{attachment_id}": "1",
    "{form}": "1",
    "{import_id}": "1",
    "{instruction_id}": "1",
    "{inspection_id}": "1",
    "{contact_id}": "1",
    "{broadcast_id}": "1",
    "{survey_id}": "1",
    "{finding_id}": "1",
    "{bulletin_id}": "1",
    "{year}": "2026",
    "{advisory_id}": "1",
    "{interview_id}": "1",
    "{target_id}": "1",
    "{code}": "accept",
    "{template}": "six-checks",
    "{template_version}": "1",
    "{report_id}": "1",
    "{table}": "kinds",
    "{snapshot_id}": "1",
    "{signal_id}": "1",
    "{recording_id}": "1",
    "{axis}": "goods",
}
ASKED = {"day": "2026-12-28", "interval": "hour", "axis": "goods", "period": "2026-07"}
"""Values of parameters that a route insists on, beside days."""


@pytest_asyncio.fixture
async def pbx() -> AsyncIterator[FakeAmi]:
    async with FakeAmi.serving() as fake:
        yield fake


def addresses(document: dict[str, Any], today: str) -> list[str]:
    """Every GET route with all that it insists on; streams without end are left out."""
    found = []
    for path, operations in document["paths"].items():
        operation = operations.get("get")
        if operation is None or path.endswith(("/events", "/live")):
            continue
        for name, value in THERE.items():
            path = path.replace(name, value)
        asked = [
            f"{each['name']}={value_of(each, today)}"
            for each in operation.get("parameters", [])
            if each["in"] == "query" and each.get("required")
        ]
        found.append(f"{path}?{'&'.join(asked)}")
    return found


def value_of(parameter: dict[str, Any], today: str) -> str:
    """Days are of today, and a time ends an hour after it begins."""
    name = parameter["name"]
    if parameter["schema"].get("format") == "date-time":
        return f"{today}T0{int(name == 'to')}:00:00Z"
    return ASKED.get(name, today)


async def has_worked(backend: Backend) -> None:
    """Wait until every worker has been through its work more than once."""
    query = "callcenter_callbacks_open 2.0"
    async with asyncio.timeout(LIMIT):
        while query not in (await backend.client.get("/metrics")).text:
            await asyncio.sleep(0.05)
    await asyncio.sleep(2.5)  # the slowest of those that look again and again


@pytest.mark.usefixtures("as_role")
@pytest.mark.parametrize("moment", ["2026-12-30 00:00:05", "2027-01-04 09:30:00", "2028-02-29 12:00:00"])
async def test_every_part_and_every_route_works_at_any_date(
    database: Database, pbx: FakeAmi, tmp_path: Path, moment: str
) -> None:
    begin = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)
    late = begin - utc_now()
    today = f"{begin:%Y-%m-%d}"
    lost_today = f"{begin - timedelta(minutes=1):%Y-%m-%d %H:%M}"
    await store_confirmed(database, [lost(1, 0), lost_at(2, lost_today, LI)])
    async with database.sessions.begin() as session:
        duties = [duty.value for duty in Duty]
        await session.execute(update(User).where(User.name == "mei-admin").values(duties=duties))
    token = await create_token(database, user_name="mei-admin", token_name="clock", at=begin)
    headers = {"Authorization": f"Bearer {token}"}
    supervisor = Supervisor(lambda: utc_now() + late)
    async with serving(database, pbx, tmp_path, supervisor=supervisor, clock=lambda: utc_now() + late) as backend:
        await has_worked(backend)
        document = (await backend.client.get("/api/openapi.json")).json()
        routes = addresses(document, today)
        answers = {address: (await backend.client.get(address, headers=headers)).status_code for address in routes}
        health = (await backend.client.get("/health/ready")).json()
        warnings = (await backend.client.get("/api/v1/alarms", headers=headers)).json()["items"]
    assert len(routes) > 50
    assert {address: status for address, status in answers.items() if status >= 500 or status in (401, 403, 422)} == {}
    assert health == {"status": "ready"}
    assert "calendar_missing" in {warning["kind"] for warning in warnings}
