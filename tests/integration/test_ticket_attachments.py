"""Attachments over HTTP: taken by their content, kept once, given to who may see them, and nothing of them runs."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.app import create_app
from callcenter.casework.attachments import folder as kept
from callcenter.casework.attachments.check import Faults, check_due, check_files
from callcenter.casework.attachments.kinds import LARGEST_FILE
from callcenter.http.middleware import LARGEST_BODY
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.conftest import NOW, Clock
from tests.integration.test_tickets import COMPLAINT, Desk, Headers
from tests.integration.test_tickets import desk as desk
from tests.integration.test_tickets import house as house
from tests.unit.test_attachment_kinds import JPEG, PDF, XLSX

REPORT = {
    "kind": "report",
    "channel": "call",
    "register_now": True,
    "fields": {"facts": "无照经营"},
    "party": {"name": "李四", "phone": "13900001111"},
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, cookie_secure=False)


@pytest.fixture
def app(database: Database, clock: Clock, settings: Settings) -> FastAPI:
    return create_app(database=database, settings=settings, now=lambda: clock.now)


@pytest.fixture
def folder(settings: Settings) -> Path:
    return kept.kept_folder(settings)


class Files:
    """Somebody who attaches files, by their role."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers) -> None:
        self._client, self._headers = client, headers

    async def attach(
        self,
        number: str,
        data: bytes = PDF,
        name: str = "发票.pdf",
        role: Role = Role.AGENT,
        description: str | None = None,
    ) -> httpx.Response:
        headers = self._headers[role] | {"X-File-Name": quote(name)}
        if description is not None:
            headers |= {"X-File-Description": quote(description)}
        return await self._client.post(f"/api/v1/tickets/{number}/attachments", content=data, headers=headers)

    async def listed(self, number: str, role: Role = Role.AGENT) -> list[dict[str, Any]]:
        answer = await self._client.get(f"/api/v1/tickets/{number}/attachments", headers=self._headers[role])
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def read(self, number: str, attachment_id: int = 1, role: Role = Role.AGENT) -> httpx.Response:
        path = f"/api/v1/tickets/{number}/attachments/{attachment_id}"
        return await self._client.get(path, headers=self._headers[role])

    async def log(self) -> list[tuple[str, str, str]]:
        answer = await self._client.get("/api/v1/access-log", headers=self._headers[Role.ADMIN])
        items = reversed(answer.json()["items"])
        return [(one["user"], one["what"], one["subject"]) for one in items if "attachment" in one["what"]]


@pytest.fixture
def files(house: httpx.AsyncClient, as_role: Headers) -> Files:
    return Files(house, as_role)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def on_disk(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*/*")}


async def test_a_file_is_kept_by_its_hash_and_comes_back_as_a_download_that_runs_nothing(
    desk: Desk, files: Files, folder: Path
) -> None:
    number = await desk.forwarded()
    attached = await files.attach(number, PDF, "a/\u202e电话13900001111.jpg")
    sha256 = hashlib.sha256(PDF).hexdigest()
    view: Mapping[str, Any] = {
        "id": 1,
        "name": "电话139****1111.jpg",
        "description": None,
        "kind": "pdf",
        "bytes": len(PDF),
        "sha256": sha256,
        "attached_at": "2026-11-23T08:00:00.000Z",
        "attached_by": "mei-agent",
    }
    assert (attached.status_code, attached.json()) == (201, view)
    assert await files.listed(number) == [view]
    assert on_disk(folder) == {sha256: PDF}
    answer = await files.read(number)
    assert (answer.status_code, answer.content) == (200, PDF)
    name = quote("电话13900001111.jpg.pdf")
    wanted = {
        "content-type": "application/pdf",
        "content-disposition": f"attachment; filename=\"attachment-1.pdf\"; filename*=UTF-8''{name}",
        "content-length": str(len(PDF)),
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
    assert {name: answer.headers[name] for name in wanted} == wanted
    assert await files.log() == [("mei-agent", "attachment of a ticket", f"tickets/{number}/attachments/1")]
    history = (await desk.send("GET", f"{number}/history")).json()["items"]
    assert [(one["by"], one["body"]) for one in history if one["what"] == "attached"] == [
        ("mei-agent", {"attachment": 1, "kind": "pdf", "sha256": sha256})
    ]


async def test_what_a_file_shows_is_said_in_a_line_masked_and_hidden_with_who_reported(
    desk: Desk, files: Files
) -> None:
    number = await desk.forwarded()
    said = await files.attach(number, description="  发票\n原件，\u202e电话13900001111 ")
    silent = await files.attach(number, XLSX, "清单.xlsx", description=" \u200b ")
    assert [one.json()["description"] for one in (said, silent)] == ["发票 原件，电话139****1111", None]
    assert [one["description"] for one in await files.listed(number)] == ["发票 原件，电话139****1111", None]
    refused = [await files.attach(number, JPEG, description="发" * 501)]
    assert [refusal(one) for one in refused] == [(400, "invalid_input")]
    report: str = (await desk.make(REPORT, key="key-00000003")).json()["number"]
    await files.attach(report, JPEG, "店面.jpg", description="举报人拍的照片")
    (seen,) = await files.listed(report, Role.SUPERVISOR)
    assert (seen["name"], seen["description"], seen["kind"]) == (None, None, "jpg")


async def test_the_same_bytes_are_one_file_however_often_and_wherever_they_are_attached(
    desk: Desk, files: Files, folder: Path
) -> None:
    first = await desk.forwarded()
    second: str = (await desk.make(COMPLAINT | {"register_now": True}, key="key-00000002")).json()["number"]
    answers = await asyncio.gather(*(files.attach(number) for number in (first, first, second, second, first)))
    assert {answer.status_code for answer in answers} == {201}
    again = await files.attach(first, PDF, "another.pdf")
    (view,) = await files.listed(first)
    assert again.json() == view
    assert len(await files.listed(second)) == 1
    assert len(on_disk(folder)) == 1
    history = (await desk.send("GET", f"{first}/history")).json()["items"]
    assert [one["what"] for one in history].count("attached") == 1


async def test_a_kind_that_is_not_taken_a_bad_name_and_too_many_bytes_leave_nothing_behind(
    desk: Desk, files: Files, folder: Path
) -> None:
    number = await desk.forwarded()
    assert refusal(await files.attach(number, b"MZ\x90", "photo.jpg")) == (400, "file_kind_not_taken")
    assert refusal(await files.attach(number, b"", "photo.jpg")) == (400, "file_kind_not_taken")
    assert refusal(await files.attach(number, PDF, "\u202e")) == (400, "invalid_input")
    assert refusal(await files.attach(number, PDF + b"0" * LARGEST_FILE)) == (413, "body_too_large")
    assert on_disk(folder) == {}
    assert (await files.attach(number, PDF + b"0" * (LARGEST_FILE - len(PDF)))).status_code == 201
    note = await desk.send("POST", f"{number}/notes", {"note": "x" * LARGEST_BODY})
    assert refusal(note) == (413, "body_too_large")
    assert refusal(await files.attach("12315-2026-09999")) == (404, "not_found")


async def test_officers_have_those_of_their_unit_and_of_no_other(desk: Desk, files: Files) -> None:
    number = await desk.forwarded()
    assert (await files.attach(number, XLSX, "清单.xlsx", Role.OFFICER)).status_code == 201
    assert (await files.read(number, 1, Role.OFFICER)).content == XLSX
    other: str = (await desk.make(COMPLAINT | {"register_now": True}, key="key-00000002")).json()["number"]
    await desk.step(other, "forward", unit_id=2)
    assert (await files.attach(other)).status_code == 201
    assert refusal(await files.attach(other, role=Role.OFFICER)) == (404, "not_found")
    assert refusal(await files.read(other, 2, Role.OFFICER)) == (404, "not_found")
    assert refusal(await files.read(number, 2, Role.OFFICER)) == (404, "not_found")


async def test_what_is_attached_to_a_report_is_for_who_may_know_who_reported_and_each_reading_is_logged(
    desk: Desk, files: Files, clock: Clock
) -> None:
    number: str = (await desk.make(REPORT)).json()["number"]
    await desk.step(number, "forward", unit_id=1)
    await files.attach(number, JPEG, "李四.jpg", Role.OFFICER)
    assert [one["name"] for one in await files.listed(number, Role.OFFICER)] == ["李四.jpg"]
    assert [one["name"] for one in await files.listed(number, Role.SUPERVISOR)] == [None]
    assert refusal(await files.read(number, 1, Role.SUPERVISOR)) == (403, "reporter_not_shown")
    assert (await files.read(number, 1, Role.AGENT)).content == JPEG
    clock.now += timedelta(days=1)
    assert refusal(await files.read(number, 1, Role.AGENT)) == (403, "reporter_not_shown")
    assert (await files.read(number, 1, Role.OFFICER)).content == JPEG
    what = ("attachment of a ticket", f"tickets/{number}/attachments/1")
    assert await files.log() == [("mei-agent", *what), ("mei-officer", *what)]


async def test_a_completed_ticket_takes_a_late_proof_and_a_void_one_takes_nothing(desk: Desk, files: Files) -> None:
    question = {"kind": "enquiry", "channel": "call", "register_now": True, "fields": {"facts": "如何退货"}}
    number: str = (await desk.make(question)).json()["number"]
    await desk.step(number, "answer", feedback="七日内可以退货")
    assert (await files.attach(number)).status_code == 201
    other: str = (await desk.make(question, key="key-00000002")).json()["number"]
    await desk.step(other, "void", role=Role.SUPERVISOR, reason="重复登记")
    assert refusal(await files.attach(other)) == (409, "ticket_closed")


async def test_a_file_that_is_gone_or_changed_is_never_given_and_is_mended_by_the_same_bytes(
    desk: Desk, files: Files, folder: Path
) -> None:
    number = await desk.forwarded()
    await files.attach(number)
    (path,) = folder.glob("*/*")
    path.write_bytes(b"%PDF-another")
    assert refusal(await files.read(number)) == (404, "file_missing")
    path.unlink()
    assert refusal(await files.read(number)) == (404, "file_missing")
    assert await files.log() == []
    await files.attach(number)
    assert (await files.read(number)).content == PDF


async def test_the_nightly_check_finds_files_without_rows_and_rows_without_files(
    database: Database, desk: Desk, files: Files, folder: Path, clock: Clock, settings: Settings
) -> None:
    number = await desk.forwarded()
    for data in (PDF, JPEG, XLSX):
        await files.attach(number, data)
    gone, damaged = (hashlib.sha256(data).hexdigest() for data in (PDF, JPEG))
    (folder / gone[:2] / gone).unlink()
    (folder / damaged[:2] / damaged).write_bytes(b"short")
    unknown = "ab" * 32
    (folder / "ab").mkdir(exist_ok=True)
    for name in (unknown, ".unfinished-1"):
        (folder / "ab" / name).write_bytes(b"x")
    old = (NOW - timedelta(hours=2)).timestamp()
    for path in (folder / "ab").iterdir():
        os.utime(path, (old, old))
    async with database.sessions.begin() as session:
        faults = await check_files(session, folder, now=NOW)
    assert faults == Faults(missing=(gone,), damaged=(damaged,), unknown=(unknown,))
    assert not (folder / "ab" / ".unfinished-1").exists()
    days = await check_due(database, folder, settings.timezone, settings.nightly_at, now=NOW)
    assert [str(day) for day in days] == ["2026-11-22"]
    assert await check_due(database, folder, settings.timezone, settings.nightly_at, now=NOW) == []


async def test_an_upload_that_ends_before_its_row_leaves_a_file_that_the_next_one_takes(
    database: Database, desk: Desk, files: Files, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await desk.forwarded()
    async with database.sessions.begin() as session:
        await session.execute(text("ALTER TABLE ticket_attachments ADD CONSTRAINT broken CHECK (id < 0)"))
    assert (await files.attach(number)).status_code == 500
    assert len(on_disk(folder)) == 1
    async with database.sessions.begin() as session:
        assert (await session.execute(text("SELECT count(*) FROM kept_files"))).scalar_one() == 0
        await session.execute(text("ALTER TABLE ticket_attachments DROP CONSTRAINT broken"))
    assert (await files.attach(number)).status_code == 201
    assert len(on_disk(folder)) == 1
