"""Nobody sees a customer's number without asking for it, and whoever asks is written down: on every route there is."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, insert, select

from callcenter.accounts.rights import Role, SignedIn
from callcenter.accounts.rules import LOOK_UPS
from callcenter.accounts.tables import Access, User
from callcenter.app import create_app
from callcenter.callbacks.service import refresh
from callcenter.callbacks.terminal import show_callbacks
from callcenter.calls.records import Witness
from callcenter.calls.witness_store import Oddities, add_counts
from callcenter.casework.groups import store as groups
from callcenter.casework.units import store as units
from callcenter.casework.units.rules import ContactHours, UnitKind
from callcenter.dialling.directory import DirectoryKind, add_entry, delete_do_not_call, put_do_not_call
from callcenter.duty.tables import DutyPerson
from callcenter.http.openapi import describe
from callcenter.mediation.rules import LegRole, MediationState
from callcenter.mediation.store import add_leg, add_mediation
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from callcenter.table_files import Shape
from tests.integration.advisory_examples import add_advisory, add_interview
from tests.integration.analysis_examples import add_analysis
from tests.integration.audio_house import settings_with_folders, sit, take_in_calls, take_in_message
from tests.integration.callback_examples import SETTINGS, answered, as_ami, at, lost, outbound, store, store_confirmed
from tests.integration.casework_examples import (
    add_broadcast,
    add_contact,
    add_import,
    add_inspection,
    add_instruction,
    add_report,
    add_ticket,
)
from tests.integration.conftest import NOW, Clock
from tests.integration.test_http import ROUTES
from tests.report_examples import month

NUMBER = "13900004711"
"""Everybody's, so that one text is looked for in every answer."""
WHY = {"X-Reason": "complaint%2017"}

NAMED = {
    "pbx": "pbx1",
    "call_id": "pbx1-1.0",
    "day": "2026-11-23",
    "name": "mei-agent",
    "language": "en",
    "ticket": "12315-2026-00001",
    "template": "six-checks",
    "table": "kinds",
    "axis": "goods",
    "year": "2026",
}
"""Parameters that are no ids; the ids are 1, but those of sound files."""
NEEDED = {
    "/api/v1/calls/summary": {"day": "2026-11-23"},
    "/api/v1/codes": {"axis": "goods"},
    "/api/v1/rankings/{axis}": {"period": "2026-07"},
    "/api/v1/deadline-rules/{code}/preview": {"start": "2026-11-23T00:00:00Z"},
    "/api/v1/agents/times": {"from": "2026-11-23T00:00:00Z", "to": "2026-11-24T00:00:00Z"},
    "/api/v1/disagreements": {"day": "2026-11-23"},
    "/api/v1/recordings/missing": {"day": "2026-11-23"},
    "/api/v1/mediations/statistics": {"from_day": "2026-11-23", "to_day": "2026-11-23"},
    **{
        f"/api/v1/{path}": {"from_day": "2026-11-23", "to_day": "2026-11-23"}
        for path in (
            *("statistics/calls", "statistics/heat-map", "statistics/agents", "statistics/staffing", "hours"),
            "statistics/casework",
            *("duty/shifts", "duty/coverage", "duty/fairness", "duty/busy"),
        )
    },
}
SOUND = {"recordings": 1, "messages": 4, "mediation-recordings": 5}
UNANSWERED = {"/api/v1/wallboard/events"}
"""Without a live board."""


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    return settings_with_folders(tmp_path)


@pytest.fixture
def app(database: Database, clock: Clock, settings: Settings) -> FastAPI:
    return create_app(database=database, settings=settings, now=lambda: clock.now)


@pytest.fixture
async def filled(database: Database, as_role: dict[Role, dict[str, str]], settings: Settings) -> None:
    """The number stands wherever one can stand."""
    await sit(database, "mei-agent", since=at(0))
    await take_in_calls(database, settings, [answered(4, 300, caller=NUMBER)])
    await take_in_message(database, settings, 2, 100)
    await store_confirmed(
        database, [lost(1, 0, caller=NUMBER, name=NUMBER), outbound(5, 400, dialled=NUMBER, is_answered=True)]
    )
    await store(database, [as_ami(lost(6, 500, caller=NUMBER)), lost(6, 500.5, caller=NUMBER, seconds=9)])
    await store_confirmed(database, [lost(7, 90_000 - 86_400 * 2, caller=NUMBER)])
    await refresh(database, SETTINGS)
    async with database.sessions.begin() as session:
        user_id = (await session.scalars(select(User.id).where(User.name == "mei-agent"))).one()
        oddities = Oddities(counts={"damaged_row": 2}, samples={"damaged_row": NUMBER})
        await add_counts(session, "pbx1", Witness.LEDGER, oddities, at=NOW)
        await add_entry(session, name="Shop", number="+86" + NUMBER, kind=DirectoryKind.MERCHANT)
        for _ in range(2):
            await put_do_not_call(session, "+86" + NUMBER, reason="Asked us.", added_by=user_id, at=NOW)
        await delete_do_not_call(session, "+86" + NUMBER, ended_by=user_id, at=NOW)
        await put_do_not_call(session, "+86" + NUMBER, reason="Asked us.", added_by=user_id, at=NOW)
        await session.execute(insert(DutyPerson).values(name="Li", number=NUMBER, unit="Centre", user_id=user_id))
        unit = await units.add_unit(session, name="Unit", kind=UnitKind.BRANCH, regions=[], by=user_id, at=NOW)
        always = ContactHours.ALWAYS
        await units.put_contact(session, unit, 1, person="Li", number="+86" + NUMBER, hours=always, by=user_id, at=NOW)
        await add_contact(session, unit.id, user_id, phone="+86" + NUMBER)
        await add_broadcast(session, user_id, "key-00000001", how=f"rang from {NUMBER}")
        agent = SignedIn(user_id=user_id, name="mei-agent", role=Role.AGENT)
        ticket = await add_ticket(session, agent, "ticket-1", phone=NUMBER)
        await add_instruction(session, agent, ticket, unit.id, phone=NUMBER)
        await add_inspection(session, user_id, ticket, unit.id, "patrol-1", phone=NUMBER)
        await add_analysis(session, 1)
        await add_report(session, month(2026, 8))
        await add_advisory(session, user_id, "advisory-1", words=f"ring {NUMBER}")
        await add_interview(session, user_id, "interview-1", words=f"ring {NUMBER}")
        await groups.add_group(session, f"Complaints of {NUMBER}", by=user_id, at=NOW)
        await add_import(session, user_id, facts=NUMBER)
        over = {"state": MediationState.ENDED, "opened_at": NOW, "ended_at": NOW, "created_at": NOW}
        mediation = await add_mediation(session, pbx="pbx1", call_id="pbx1-4.0", host_user_id=user_id, **over)
        await add_leg(session, mediation, LegRole.CONSUMER, number="+86" + NUMBER, joined_at=NOW, left_at=NOW)


def paths() -> list[str]:
    return sorted(path for method, path in ROUTES if method == "GET" and path not in UNANSWERED)


def fill_in(path: str) -> str:
    sound = next((number for name, number in SOUND.items() if path.startswith(f"/api/v1/{name}/")), 1)
    return re.sub(r"\{(\w+)\}", lambda found: NAMED.get(found[1], str(sound)), path)


def unmaskable(app: FastAPI) -> set[str]:
    """Every reading route that takes a reason and gives JSON, by the API's own description."""
    return {
        path
        for path, operations in describe(app)["paths"].items()
        if any(parameter["name"] == "x-reason" for parameter in operations.get("get", {}).get("parameters", ()))
        and not path.endswith(("/audio", "/download"))
    }


async def entries(database: Database) -> int:
    async with database.sessions.begin() as session:
        return (await session.execute(select(func.count()).select_from(Access))).scalar_one()


@pytest.mark.usefixtures("filled")
async def test_no_route_shows_a_number_to_anybody_who_does_not_ask_for_it(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    shown = set()
    for path in paths():
        for role in Role:
            answer = await client.get(fill_in(path), params=NEEDED.get(path, {}), headers=as_role[role])
            assert answer.status_code < 500, (path, answer.text)
            assert answer.status_code != 422 or "/audio" in path or "/download" in path, (path, answer.text)
            if NUMBER in answer.text or NUMBER[3:] in answer.text:
                shown.add((path, role))
    assert shown == set()


@pytest.mark.usefixtures("filled")
async def test_every_route_that_can_unmask_does_it_for_a_reason_and_leaves_an_entry(
    app: FastAPI, client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], database: Database
) -> None:
    routes = unmaskable(app)
    assert routes == {
        "/api/v1/anomalies",
        "/api/v1/anomalies/counts",
        "/api/v1/callbacks",
        "/api/v1/callbacks/{episode_id}",
        "/api/v1/calls",
        "/api/v1/calls/{pbx}/{call_id}",
        "/api/v1/contacts/{contact_id}",
        "/api/v1/directory",
        "/api/v1/do-not-call",
        "/api/v1/do-not-call-history",
        "/api/v1/duty/people",
        "/api/v1/mediations/{mediation_id}",
        "/api/v1/messages",
        "/api/v1/units/{unit_id}/contacts",
    }
    seen: dict[str, tuple[bool, int, set[int]]] = {}
    for path in sorted(routes):
        before = await entries(database)
        answer = await client.get(fill_in(path), headers=as_role[Role.SUPERVISOR] | WHY)
        assert answer.status_code == 200, (path, answer.text)
        logged = await entries(database) - before
        others = {
            (await client.get(fill_in(path), headers=as_role[Role.AGENT] | WHY)).status_code,
            (await client.get(fill_in(path), headers=as_role[Role.SUPERVISOR] | {"X-Reason": ""})).status_code,
        }
        seen[path] = ("*" not in answer.text, min(logged, 1), others)
    assert seen == {
        path: (True, 1, {200, 400} if path == "/api/v1/callbacks/{episode_id}" else {403, 400}) for path in routes
    }


@pytest.mark.usefixtures("filled")
async def test_empty_lists_that_were_asked_for_unmasked_leave_an_entry_as_well(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], database: Database
) -> None:
    for path in ("callbacks", "messages"):
        before = await entries(database)
        asked = f"/api/v1/{path}?day=1999-01-01"
        assert (await client.get(asked, headers=as_role[Role.SUPERVISOR] | WHY)).status_code == 200
        assert await entries(database) == before + 1, path


@pytest.mark.usefixtures("filled")
async def test_files_are_masked_as_lists_are(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> None:
    for asked, is_shown in (({}, False), (WHY, True)):
        answer = await client.get(
            "/api/v1/callbacks", params={"format": "csv"}, headers=as_role[Role.SUPERVISOR] | asked
        )
        assert (NUMBER in answer.text) is is_shown


@pytest.mark.usefixtures("filled")
async def test_the_command_line_shows_all_and_leaves_an_entry_of_nobody(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], database: Database
) -> None:
    shown = await show_callbacks(database, SETTINGS, None, Shape.JSON, now=NOW)
    assert isinstance(shown, str)
    assert NUMBER in shown
    (entry,) = (await client.get("/api/v1/access-log", headers=as_role[Role.ADMIN])).json()["items"]
    assert (entry["user"], entry["what"]) == (None, "caller_number (command line)")
    assert re.fullmatch(r"callbacks/live: [\d,]+", entry["subject"])


@pytest.mark.usefixtures("filled")
async def test_a_masked_number_cannot_be_guessed_by_appointing_mediations(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    statuses = []
    for guess in range(LOOK_UPS):
        body = {
            "appointed_for": "2026-11-23T10:00:00Z",
            "consumer_number": f"1390000{guess:04}",
            "merchant_number": NUMBER,
        }
        answer = await client.post("/api/v1/mediation-appointments", json=body, headers=as_role[Role.AGENT])
        statuses.append(answer.status_code)
    body["consumer_number"] = NUMBER
    last = await client.post("/api/v1/mediation-appointments", json=body, headers=as_role[Role.AGENT])
    assert (set(statuses), last.status_code) == ({403}, 429)


async def test_lists_that_supervisors_refresh_fill_no_log(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], database: Database, filled: None
) -> None:
    for path in (
        "callbacks",
        "messages",
        "directory",
        "do-not-call",
        "calls",
        "mediations/1",
        "duty/people",
        "units/1/contacts",
    ):
        assert (await client.get(f"/api/v1/{path}", headers=as_role[Role.SUPERVISOR])).status_code == 200
    assert await entries(database) == 0
