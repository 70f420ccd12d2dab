"""Forms over HTTP: a draft, or issued once, numbered without a gap, and the same for ever."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from callcenter.accounts.rights import Role
from callcenter.app import create_app
from callcenter.casework.attachments.folder import kept_folder
from callcenter.casework.forms import service
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.conftest import Clock
from tests.integration.test_tickets import COMPLAINT, NOTICE, Desk, Headers
from tests.integration.test_tickets import desk as desk
from tests.integration.test_tickets import house as house


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, cookie_secure=False, form_series="常市监", office_name="武进区市场监督管理局")


@pytest.fixture
def app(database: Database, clock: Clock, settings: Settings) -> FastAPI:
    return create_app(database=database, settings=settings, now=lambda: clock.now)


class Counter:
    """Where forms are asked for."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers) -> None:
        self._client, self._headers = client, headers

    async def issue(self, number: str, form: int, role: Role = Role.OFFICER) -> httpx.Response:
        return await self._client.post(f"/api/v1/tickets/{number}/forms/{form}", headers=self._headers[role])

    async def read(self, number: str, form: int, role: Role = Role.OFFICER, **query: Any) -> httpx.Response:
        path = f"/api/v1/tickets/{number}/forms/{form}"
        return await self._client.get(path, headers=self._headers[role], params=query)

    async def log(self) -> list[str]:
        answer = await self._client.get("/api/v1/access-log", headers=self._headers[Role.ADMIN])
        return [one["what"] for one in reversed(answer.json()["items"]) if "form" in one["what"]]


@pytest.fixture
def counter(house: httpx.AsyncClient, as_role: Headers) -> Counter:
    return Counter(house, as_role)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_draft_becomes_a_numbered_form_that_stays_as_it_was_whatever_is_changed(
    desk: Desk, counter: Counter, settings: Settings
) -> None:
    number = await desk.forwarded()
    assert refusal(await counter.read(number, 5)) == refusal(await counter.issue(number, 5)) == (409, "form_not_due")
    await desk.step(number, "accept", role=Role.OFFICER, notice=NOTICE)
    draft = await counter.read(number, 5)
    assert (draft.status_code, draft.headers["content-type"]) == (200, "application/pdf")
    assert draft.headers["content-disposition"] == f'attachment; filename="form-draft-{number}-5.pdf"'
    issued = await counter.issue(number, 5)
    page = await counter.read(number, 5)
    view = {
        "id": 1,
        "form": 5,
        "number": "常市监受〔2026〕第1号",
        "sha256": hashlib.sha256(page.content).hexdigest(),
        "issued_at": "2026-11-23T08:00:00.000Z",
        "issued_by": "mei-officer",
    }
    assert (issued.status_code, issued.json()) == (201, view)
    assert page.content.startswith(b"%PDF-")
    assert page.content != draft.content
    version = (await desk.read(number, Role.OFFICER))["version"]
    changed = await desk.send("PATCH", number, {"respondent": "另一家超市"}, role=Role.OFFICER, version=version)
    assert changed.status_code == 200, changed.text
    assert (await counter.issue(number, 5)).json() == view
    assert (await counter.read(number, 5)).content == page.content
    assert (await counter.read(number, 5, issued_id=1)).content == page.content
    assert refusal(await counter.read(number, 7, issued_id=1)) == (404, "not_found")
    listed = await desk.send("GET", f"{number}/forms")
    answer = listed.json()
    assert (answer["items"], answer["next"]) == ([view], None)
    assert {one["form"]: (one["steps"], one["is_due"], one["issued_id"]) for one in answer["forms"]} == {
        1: (["register"], True, None),
        3: (["forward"], True, None),
        4: (["ask"], False, None),
        5: (["accept"], True, 1),
        6: (["refuse"], False, None),
        7: (["accept"], True, None),
        8: (["end"], False, None),
        9: (["settle"], False, None),
    }
    assert await counter.log() == [
        "form 5 of a ticket (draft)",
        *["form 5 of a ticket (常市监受〔2026〕第1号)"] * 3,
    ]
    for path in kept_folder(settings).glob("*/*"):
        path.write_bytes(b"%PDF-another")
    assert refusal(await counter.read(number, 5)) == (404, "file_missing")


async def test_numbers_have_no_gap_and_come_once_however_many_ask_at_once(
    desk: Desk, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = []
    for count in range(4):
        made = await desk.make(COMPLAINT | {"register_now": True}, key=f"key-0000000{count}")
        numbers.append(made.json()["number"])
    answers = await asyncio.gather(*(counter.issue(number, 1, Role.AGENT) for number in numbers * 2))
    assert {answer.status_code for answer in answers} == {201}
    assert sorted({answer.json()["number"] for answer in answers}) == [
        f"常市监投登〔2026〕第{count}号" for count in (1, 2, 3, 4)
    ]
    made = await desk.make(COMPLAINT | {"register_now": True}, key="key-00000009")
    last = made.json()["number"]

    def fail(*_: Any, **__: Any) -> bytes:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(service, "print_form", fail)
        assert (await counter.issue(last, 1, Role.AGENT)).status_code == 500
    assert (await counter.issue(last, 1, Role.AGENT)).json()["number"] == "常市监投登〔2026〕第5号"


async def test_the_database_lets_nobody_change_what_was_issued(
    desk: Desk, counter: Counter, database: Database
) -> None:
    number = await desk.forwarded()
    assert (await counter.issue(number, 3)).status_code == 201
    for statement in ("UPDATE issued_forms SET number = 9", "DELETE FROM issued_forms"):
        with pytest.raises(DBAPIError):
            async with database.sessions.begin() as session:
                await session.execute(text(statement))


async def test_a_form_is_for_who_may_see_the_ticket_whole(desk: Desk, counter: Counter, clock: Clock) -> None:
    other: str = (await desk.make(COMPLAINT | {"register_now": True})).json()["number"]
    assert refusal(await counter.read(other, 1)) == refusal(await counter.issue(other, 1)) == (404, "not_found")
    assert (await counter.read(other, 1, Role.AGENT)).status_code == 200
    report = {"kind": "report", "channel": "call", "register_now": True, "fields": {"facts": "无照经营"}}
    number: str = (await desk.make(report, key="key-00000002", role=Role.SUPERVISOR)).json()["number"]
    assert refusal(await counter.read(number, 2, Role.AGENT)) == (403, "right_required")
    assert refusal(await counter.issue(number, 2, Role.DIRECTOR)) == (403, "reporter_not_shown")
    assert (await counter.issue(number, 2, Role.SUPERVISOR)).status_code == 201
    assert refusal(await counter.read(number, 1, Role.SUPERVISOR)) == (409, "form_not_due")


async def test_a_matter_sent_to_a_second_unit_gets_a_second_form_and_the_first_stays(
    desk: Desk, counter: Counter
) -> None:
    number = await desk.forwarded()
    first = (await counter.issue(number, 3, Role.AGENT)).json()
    await desk.step(number, "give_back", role=Role.OFFICER, reason="不归我们管")
    await desk.step(number, "forward", unit_id=2)
    second = (await counter.issue(number, 3, Role.AGENT)).json()
    assert [one["number"] for one in (first, second)] == ["常市监分〔2026〕第1号", "常市监分〔2026〕第2号"]
    pages = [await counter.read(number, 3, Role.AGENT, issued_id=one["id"]) for one in (first, second)]
    assert [hashlib.sha256(page.content).hexdigest() for page in pages] == [first["sha256"], second["sha256"]]
    assert (await counter.read(number, 3, Role.AGENT)).content == pages[1].content
    await desk.step(number, "give_back", role=Role.SUPERVISOR, reason="不归我们管")
    await desk.step(number, "forward", role=Role.SUPERVISOR, unit_id=1)
    listed = (await desk.send("GET", f"{number}/forms")).json()
    assert [one["issued_id"] for one in listed["forms"] if one["form"] == 3] == [None]
    assert [one["number"] for one in listed["items"]] == [first["number"], second["number"]]
