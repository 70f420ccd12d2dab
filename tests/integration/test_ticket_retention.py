"""Retention: matters that ended long ago lose their persons, are certified, and count as before."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from callcenter.accounts.rights import Role
from callcenter.app import create_app
from callcenter.casework.attachments import folder as kept
from callcenter.casework.attachments.check import Faults, check_files
from callcenter.casework.retention.worker import archive_due
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.conftest import NOW, Clock
from tests.integration.test_ticket_attachments import Files
from tests.integration.test_ticket_attachments import files as files
from tests.integration.test_ticket_imports import QUESTION, Office, csv_of
from tests.integration.test_ticket_imports import office as office
from tests.integration.test_tickets import Desk, Headers
from tests.integration.test_tickets import desk as desk
from tests.integration.test_tickets import house as house
from tests.unit.test_attachment_kinds import JPEG, PDF

ENQUIRY: dict[str, Any] = {
    "kind": "enquiry",
    "channel": "visit",
    "register_now": True,
    "fields": {"facts": "咨询退货，请回电13900001111", "respondent": "苏果超市武进店", "title": "退货"},
    "party": {"name": "张三", "phone": "13812345678"},
}
REPORT = ENQUIRY | {"kind": "report", "fields": {"facts": "李四举报无照经营"}}
WHY = {"reason": "诉讼未结"}
LONG_AFTER = timedelta(days=3 * 366)
PERSONAL = ("13812345678", "13900001111", "张三", "李四", "已当面答复")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, cookie_secure=False)


@pytest.fixture
def app(database: Database, clock: Clock, settings: Settings) -> FastAPI:
    return create_app(database=database, settings=settings, now=lambda: clock.now)


@pytest.fixture
def folder(settings: Settings) -> Path:
    return kept.kept_folder(settings)


async def completed(desk: Desk, key: str = "key-00000001") -> str:
    """The number of an enquiry that was answered."""
    number: str = (await desk.make(ENQUIRY, key=key)).json()["number"]
    await desk.step(number, "answer", feedback="已当面答复张三")
    return number


async def everything(database: Database) -> str:
    """All that the casework tables say, as one text."""
    async with database.sessions() as session:
        tables = await session.scalars(
            text(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
                " AND (table_name LIKE 'ticket%' OR table_name IN ('platform_records', 'kept_files'))"
            )
        )
        rows = [await session.scalars(text(f"SELECT t::text FROM {name} t")) for name in tables]
        return "\n".join(line for found in rows for line in found)


async def certificates(house: httpx.AsyncClient, headers: Headers) -> dict[str, Any]:
    answer = await house.get("/api/v1/ticket-deletions", headers=headers[Role.SUPERVISOR])
    found: dict[str, Any] = answer.json()
    return found


async def test_a_matter_loses_its_persons_when_its_years_are_over_and_what_is_counted_stays(
    desk: Desk,
    files: Files,
    database: Database,
    settings: Settings,
    folder: Path,
    house: httpx.AsyncClient,
    as_role: Headers,
) -> None:
    number = await completed(desk)
    await desk.send("POST", f"{number}/notes", {"note": "张三再次来电"})
    await files.attach(number, PDF)
    shared = (await desk.make(ENQUIRY, key="key-00000002")).json()["number"]
    for one in (number, shared):
        await files.attach(one, JPEG, "照片.jpg")
    before = await desk.read(number)

    assert await archive_due(database, settings, NOW + timedelta(days=3 * 365)) != []
    assert (await desk.read(number))["state"] == "completed"
    assert await archive_due(database, settings, NOW + LONG_AFTER) != []

    after = await desk.read(number)
    kept_names = ("number", "kind", "channel", "received_at", "respondent", "priority", "merchant", "goods_code")
    assert {name: after[name] for name in kept_names} == {name: before[name] for name in kept_names}
    assert (after["state"], after["parties"], after["facts"], after["feedback"]) == ("archived", [], None, None)
    assert (after["steps"], after["version"]) == ([], before["version"] + 1)
    history = (await desk.send("GET", f"{number}/history")).json()["items"]
    assert [one["what"] for one in history] == ["created", "register", "answer", "attached", "attached", "archived"]
    (certificate,) = (await certificates(house, as_role))["items"]
    assert certificate["tickets"] == [number]
    assert len(certificate["files"]) == 1
    assert {path.read_bytes() for path in folder.glob("*/*")} == {JPEG}
    assert await _check(database, folder) == Faults(missing=(), damaged=(), unknown=())


async def _check(database: Database, folder: Path) -> Faults:
    async with database.sessions.begin() as session:
        return await check_files(session, folder, now=NOW + LONG_AFTER)


async def test_nothing_that_a_person_said_is_left_in_any_table(
    desk: Desk, database: Database, settings: Settings
) -> None:
    number = await completed(desk)
    await desk.send("POST", f"{number}/notes", {"note": "张三再次来电"})
    assert [one for one in PERSONAL if one in await everything(database)] == [*PERSONAL[:3], PERSONAL[4]]
    await archive_due(database, settings, NOW + LONG_AFTER)
    assert [one for one in PERSONAL if one in await everything(database)] == []


async def test_a_report_loses_its_reporter_two_years_before_a_complaint(
    desk: Desk, database: Database, settings: Settings
) -> None:
    report = (await desk.make(REPORT, key="key-00000003")).json()["number"]
    notice = {"to": "complainant", "by": "call", "at": "2026-11-23T08:00:00Z", "proof": "电话告知张三"}
    await desk.step(report, "refer", authority="市住建局", notice=notice)
    enquiry = await completed(desk)
    await archive_due(database, settings, NOW + timedelta(days=367))
    assert ((await desk.read(report))["state"], (await desk.read(enquiry))["state"]) == ("archived", "completed")
    assert "张三" not in str((await desk.send("GET", f"{report}/history")).json())


async def test_a_legal_hold_stops_it_until_it_is_lifted_and_only_leaders_place_one(
    desk: Desk, database: Database, settings: Settings
) -> None:
    number = await completed(desk)
    hold = f"{number}/legal-hold"
    assert (await desk.send("PUT", hold, WHY)).status_code == 403
    assert (await desk.send("PUT", hold, WHY, role=Role.SUPERVISOR)).status_code == 204
    again = await desk.send("PUT", hold, WHY, role=Role.SUPERVISOR)
    assert (again.status_code, again.json()["code"]) == (409, "under_legal_hold")
    assert (await desk.send("GET", hold)).json() == {
        "is_held": True,
        "placed_at": "2026-11-23T08:00:00.000Z",
        "placed_by": "mei-supervisor",
        "reason": "诉讼未结",
    }
    await archive_due(database, settings, NOW + LONG_AFTER)
    assert (await desk.read(number))["state"] == "completed"
    async with database.sessions.begin() as session:
        await session.execute(text("UPDATE ticket_holds SET released_at = now(), released_by = placed_by"))
    await archive_due(database, settings, NOW + LONG_AFTER + timedelta(days=1))
    assert (await desk.read(number))["state"] == "archived"
    refused = await desk.send("PUT", hold, WHY, role=Role.SUPERVISOR)
    assert (refused.status_code, refused.json()["code"]) == (409, "ticket_closed")


async def test_a_matter_that_is_merged_goes_with_its_target_and_a_hold_on_either_keeps_both(
    desk: Desk, database: Database, settings: Settings
) -> None:
    target, source = [(await desk.make(ENQUIRY, key=f"key-0000001{n}")).json()["number"] for n in (1, 2)]
    version = (await desk.read(source))["version"]
    merge = {"into": target, "reason": "同一诉求"}
    merged = await desk.send("POST", f"{source}/merges", merge, role=Role.SUPERVISOR, version=version)
    assert merged.status_code in (200, 201), merged.text
    await desk.step(target, "answer", feedback="已当面答复张三")
    async with database.sessions.begin() as session:
        held = "INSERT INTO ticket_holds (ticket_id, placed_at, placed_by, reason) SELECT id, now(), created_by, '诉讼'"
        await session.execute(text(f"{held} FROM tickets WHERE number = :number"), {"number": source})
    await archive_due(database, settings, NOW + LONG_AFTER)
    assert (await desk.read(target))["state"] == "completed"
    async with database.sessions.begin() as session:
        await session.execute(text("UPDATE ticket_holds SET released_at = now(), released_by = placed_by"))
    await archive_due(database, settings, NOW + LONG_AFTER + timedelta(days=1))
    assert ((await desk.read(target))["state"], (await desk.read(source))["state"]) == ("archived", "merged")
    assert [one for one in PERSONAL if one in await everything(database)] == []


async def test_two_processes_at_once_archive_a_matter_once_and_the_chain_tells_who_changed_it(
    desk: Desk, database: Database, settings: Settings, house: httpx.AsyncClient, as_role: Headers
) -> None:
    for number in range(3):
        await completed(desk, key=f"key-0000002{number}")
    await asyncio.gather(*(archive_due(database, settings, NOW + LONG_AFTER) for _ in range(3)))
    for number in range(2):
        await completed(desk, key=f"key-0000003{number}")
        await archive_due(database, settings, NOW + LONG_AFTER + timedelta(days=number + 1))
    found = await certificates(house, as_role)
    assert [len(one["tickets"]) for one in found["items"]] == [1, 1, 3]
    assert found["breaks"] == []
    async with database.sessions.begin() as session:
        forged = "jsonb_set(certificate, '{tickets}', '[]')"
        await session.execute(text(f"UPDATE ticket_certificates SET certificate = {forged} WHERE id = 1"))
        await session.execute(text("DELETE FROM ticket_certificates WHERE id = 2"))
    assert (await certificates(house, as_role))["breaks"] == [
        "Deletion certificate 1 was changed.",
        "The certificate before deletion certificate 3 was changed or removed.",
    ]


@pytest.mark.parametrize("change", ["body = '{\"a\": 1}'", "body = '{}', what = 'void'", "at = now()"])
async def test_the_log_of_an_archived_matter_is_still_only_added_to(
    desk: Desk, database: Database, settings: Settings, change: str
) -> None:
    await completed(desk)
    forgotten = "UPDATE ticket_events SET body = '{}'"
    with pytest.raises(DBAPIError, match="only added"):
        async with database.sessions.begin() as session:
            await session.execute(text(forgotten))
    await archive_due(database, settings, NOW + LONG_AFTER)
    for statement in (f"UPDATE ticket_events SET {change}", "DELETE FROM ticket_events"):
        with pytest.raises(DBAPIError, match="only added"):
            async with database.sessions.begin() as session:
                await session.execute(text(statement))


async def test_the_rules_of_retention_are_dated_data_with_a_source(desk: Desk) -> None:
    rules = (await desk.send("GET", "/../retention-rules")).json()["rules"]
    assert {(one["kind"], one["years"], one["valid_from"]) for one in rules} == {
        *((kind, 3, "2026-01-01") for kind in ("complaint", "enquiry", "praise", "suggestion")),
        ("report", 1, "2026-01-01"),
    }
    assert all(one["source"].startswith("proposed") for one in rules)


async def test_the_next_export_of_the_platform_gives_an_archived_matter_nothing_back_and_differs_in_nothing(
    desk: Desk, office: Office, database: Database, settings: Settings
) -> None:
    await office.take_in(csv_of([QUESTION]))
    (ticket,) = await office.tickets()
    await desk.step(ticket["number"], "answer", feedback="已当面答复")
    await archive_due(database, settings, NOW + LONG_AFTER)
    archived = await office.ticket(ticket["number"])
    again = csv_of([QUESTION | {"诉求内容": "张三咨询退货", "反馈内容": "已答复张三"}])
    assert (await office.take_in(again))["results"]["same"] == 1
    assert await office.ticket(ticket["number"]) == archived
    assert (archived["state"], archived["facts"]) == ("archived", None)
    async with database.sessions() as session:
        assert await session.scalar(text("SELECT values FROM platform_records")) == {}
    body = {"import_id": 1, "since": "2026-11-16"}
    found = (await office.ask("PUT", "/reconciliations/2026-11-23", json=body)).json()
    assert (found["in_both"], found["differing"], found["only_here"]) == (1, 0, 0)
