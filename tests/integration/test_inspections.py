"""Patrols over HTTP: begun, answered, finished, corrected; what the database refuses; what a matter learns of them."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from callcenter.accounts.rights import Role
from callcenter.accounts.service import create_token
from callcenter.accounts.store import add_user
from callcenter.app import create_app
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.conftest import NOW, Clock
from tests.integration.test_instructions import Dispatch, dispatch, visited
from tests.integration.test_tickets import Desk, Headers, desk, house
from tests.unit.test_attachment_kinds import JPEG, PDF

__all__ = ["desk", "dispatch", "house"]

INSPECTIONS = "/api/v1/inspections"
NEW: dict[str, Any] = {
    "template": "six-checks",
    "unidentified_reason": "摊位无证照, 电话13900001111",
    "officers": ["mei-officer", "zhou"],
    "place": "湖塘菜场12号摊, 13900001111",
}
ANSWERED: dict[str, Any] = {"result": "pass", "answered_at": "2026-11-23T07:30:00Z"}
FAILED = ANSWERED | {"item": 2, "result": "fail", "note": "进货票据缺失, 店主13900001111"}


@pytest.fixture
def app(database: Database, clock: Clock, tmp_path: Path) -> FastAPI:
    house = Settings(data_dir=tmp_path, cookie_secure=False)
    return create_app(database=database, settings=house, now=lambda: clock.now)


class Patrols:
    """Somebody who goes on patrols, by their role."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers) -> None:
        self.client = client
        self.headers = headers

    async def ask(
        self,
        method: str,
        path: str = "",
        body: Any = None,
        *,
        role: Role = Role.OFFICER,
        key: str | None = None,
        version: int | None = None,
    ) -> httpx.Response:
        headers = self.headers[role] | ({} if key is None else {"Idempotency-Key": key})
        headers |= {} if version is None else {"If-Match": f'"{version}"'}
        return await self.client.request(method, f"{INSPECTIONS}{path}", json=body, headers=headers)

    async def begin(self, key: str = "begin-0001", *, role: Role = Role.OFFICER, **given: Any) -> httpx.Response:
        return await self.ask("POST", "", NEW | given, role=role, key=key)

    async def begun(self, key: str = "begin-0001", **given: Any) -> int:
        made = await self.begin(key, **given)
        assert made.status_code == 201, made.text
        number: int = made.json()["id"]
        return number

    async def answer(self, number: int, key: str, *, role: Role = Role.OFFICER, **given: Any) -> httpx.Response:
        return await self.ask("POST", f"/{number}/answers", ANSWERED | given, role=role, key=key)

    async def answer_all(self, number: int, items: int = 6) -> None:
        for item in range(1, 1 + items):
            assert (await self.answer(number, f"answer-{item:04}", item=item)).status_code == 200

    async def attach(self, number: int, item: int, data: bytes = JPEG, name: str = "photo.jpg") -> httpx.Response:
        path = f"{INSPECTIONS}/{number}/items/{item}/attachments"
        return await self.client.post(path, content=data, headers=self.headers[Role.OFFICER] | {"X-File-Name": name})

    async def finish(
        self, number: int, key: str = "finish-0001", role: Role = Role.OFFICER, **given: Any
    ) -> httpx.Response:
        return await self.ask("POST", f"/{number}/finish", given, role=role, key=key)

    async def correct(self, number: int, key: str = "correct-001", reason: str = "摊位号有误") -> httpx.Response:
        return await self.ask("POST", f"/{number}/correction", {"reason": reason}, key=key)

    async def read(self, number: int, role: Role = Role.OFFICER) -> dict[str, Any]:
        answer = await self.ask("GET", f"/{number}", role=role)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
async def patrols(house: httpx.AsyncClient, database: Database, as_role: Headers) -> Patrols:
    """Two officers of the first unit, and one of the second."""
    async with database.sessions.begin() as session:
        for name in ("zhou", "feng"):
            await add_user(session, name=name, role=Role.OFFICER, password_hash="", at=NOW)
    for unit, name in ((1, "zhou"), (2, "feng")):
        added = await house.put(f"/api/v1/units/{unit}/members/{name}", headers=as_role[Role.ADMIN])
        assert added.status_code == 204
    return Patrols(house, as_role)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def chosen(view: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: view[name] for name in names}


async def test_a_patrol_is_answered_and_finished_and_then_nobody_changes_it(
    patrols: Patrols, database: Database, clock: Clock
) -> None:
    begun = await patrols.begin(started_at="2026-11-23T07:00:00Z")
    assert begun.status_code == 201, begun.text
    view = begun.json()
    assert chosen(
        view, "id", "version", "state", "template", "template_version", "template_name", "unit", "officers"
    ) == {
        "id": 1,
        "version": 1,
        "state": "draft",
        "template": "six-checks",
        "template_version": 1,
        "template_name": "六查六看",
        "unit": "武进分局",
        "officers": ["mei-officer", "zhou"],
    }
    assert (view["place"], view["unidentified_reason"]) == (
        "湖塘菜场12号摊, 139****1111",
        "摊位无证照, 电话139****1111",
    )
    assert [item["lack"] for item in view["checks"]] == ["answer"] * 6
    assert (view["may_change"], view["may_correct"], view["started_at"]) == (True, False, "2026-11-23T07:00:00.000Z")

    for item in (1, 3, 4, 6):
        assert (await patrols.answer(1, f"answer-{item:04}", item=item)).status_code == 200
    await patrols.answer(1, "answer-0005", item=5, result="na", note="未做广告")
    failed = (await patrols.answer(1, "answer-0002", **FAILED)).json()
    assert failed["checks"][1] == {
        "item": 2,
        "check": "进货票证",
        "look": "来源合法、履行查验",
        "basis": "食品安全法第五十三条",
        "result": "fail",
        "note": "进货票据缺失, 店主139****1111",
        "no_evidence_reason": None,
        "answered_at": "2026-11-23T07:30:00.000Z",
        "answered_by": "mei-officer",
        "attachments": [],
        "lack": "evidence",
    }
    assert refusal(await patrols.finish(1)) == (409, "inspection_lacks")
    file = (await patrols.attach(1, 2)).json()
    assert file == {
        "id": 1,
        "item": 2,
        "name": "photo.jpg",
        "kind": "jpg",
        "bytes": len(JPEG),
        "sha256": hashlib.sha256(JPEG).hexdigest(),
        "attached_at": "2026-11-23T08:00:00.000Z",
        "attached_by": "mei-officer",
    }
    finished = (await patrols.finish(1)).json()
    assert chosen(finished, "state", "ended_at", "finished_by", "offence_found", "flag_id", "may_change") == {
        "state": "finished",
        "ended_at": "2026-11-23T08:00:00.000Z",
        "finished_by": "mei-officer",
        "offence_found": False,
        "flag_id": None,
        "may_change": False,
    }
    assert chosen(finished, "passed", "failed", "not_applicable", "unanswered") == {
        "passed": 4,
        "failed": 1,
        "not_applicable": 1,
        "unanswered": 0,
    }
    assert finished["checks"][1]["attachments"] == [file]
    assert refusal(await patrols.answer(1, "answer-0007", item=1)) == (409, "inspection_finished")
    assert refusal(await patrols.attach(1, 2, PDF)) == (409, "inspection_finished")
    assert refusal(await patrols.ask("PATCH", "/1", {"place": "x"}, version=2)) == (409, "inspection_finished")
    assert refusal(await patrols.finish(1, "finish-0002")) == (409, "inspection_finished")
    for change in (
        "UPDATE inspections SET place = 'x'",
        "DELETE FROM inspections",
        "UPDATE inspection_answers SET result = 'pass'",
        "DELETE FROM inspection_attachments",
        "INSERT INTO inspection_answers (inspection_id, item, result, key, answered_at, answered_by, recorded_at)"
        " SELECT inspection_id, item, 'pass', 'x', answered_at, answered_by, recorded_at FROM inspection_answers",
    ):
        with pytest.raises(DBAPIError, match=r"finished patrol|rows are only added"):
            async with database.sessions.begin() as session:
                await session.execute(text(change))
    assert await patrols.read(1) == finished


async def test_whatever_is_sent_twice_is_there_once(patrols: Patrols, database: Database) -> None:
    first, second = await asyncio.gather(patrols.begin(), patrols.begin())
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    number = first.json()["id"]
    assert refusal(await patrols.begin(place="另一处")) == (409, "key_reused")
    await asyncio.gather(*(patrols.answer(number, "answer-0001", item=1) for _ in range(3)))
    assert refusal(await patrols.answer(number, "answer-0001", item=1, result="na")) == (409, "key_reused")
    await asyncio.gather(*(patrols.attach(number, 1, name=f"{copy}.jpg") for copy in range(3)))
    for item in range(2, 7):
        await patrols.answer(number, f"answer-{item:04}", item=item)
    finished = await asyncio.gather(*(patrols.finish(number) for _ in range(3)))
    assert [answer.status_code for answer in finished] == [200, 200, 200]
    assert (await patrols.answer(number, "answer-0001", item=1)).status_code == 200
    assert (await patrols.attach(number, 1)).status_code == 201
    async with database.sessions.begin() as session:
        counts = [
            (await session.scalars(text(f"SELECT count(*) FROM {table}"))).one()
            for table in ("inspections", "inspection_answers", "inspection_attachments")
        ]
    assert counts == [1, 6, 1]


async def test_of_what_failed_a_note_and_evidence_are_wanted_or_a_reason_for_none(patrols: Patrols) -> None:
    number = await patrols.begun()
    await patrols.answer_all(number)
    later: dict[str, Any] = {"answered_at": "2026-11-23T07:40:00Z"}
    no_note = await patrols.answer(number, "answer-0010", item=2, result="fail", **later)
    assert refusal(no_note) == (400, "fail_needs_note")
    no_fail = await patrols.answer(number, "answer-0010", item=2, no_evidence_reason="不需要", **later)
    assert refusal(no_fail) == (400, "invalid_input")
    assert refusal(await patrols.answer(number, "answer-0010", item=7)) == (400, "invalid_input")
    future = await patrols.answer(number, "answer-0010", item=2, answered_at="2026-11-23T08:02:01Z")
    assert refusal(future) == (400, "in_the_future")
    await patrols.answer(number, "answer-0011", **FAILED | later)
    refused = await patrols.finish(number)
    assert (refused.json()["code"], refused.json()["params"]) == ("inspection_lacks", {"items": "2"})
    reason: dict[str, Any] = {"no_evidence_reason": "店主不许拍照", "answered_at": "2026-11-23T07:41:00Z"}
    await patrols.answer(number, "answer-0012", **FAILED | reason)
    finished = (await patrols.finish(number)).json()
    assert chosen(finished["checks"][1], "result", "no_evidence_reason", "lack") == {
        "result": "fail",
        "no_evidence_reason": "店主不许拍照",
        "lack": None,
    }
    said = (await patrols.ask("GET", f"/{number}/answers")).json()["items"]
    assert [(one["item"], one["result"]) for one in said if one["item"] == 2] == [
        (2, "pass"),
        (2, "fail"),
        (2, "fail"),
    ]


async def test_who_goes_belongs_to_the_unit_and_they_are_enough(patrols: Patrols) -> None:
    too_few = await patrols.begin(officers=["mei-officer", "mei-officer"])
    assert (refusal(too_few), too_few.json()["params"]) == ((400, "too_few_officers"), {"least": 2})
    foreign = await patrols.begin(officers=["mei-officer", "feng"])
    assert (refusal(foreign), foreign.json()["params"]) == ((400, "not_of_the_unit"), {"user": "feng"})
    assert refusal(await patrols.begin(merchant_id=1)) == (400, "invalid_input")
    assert refusal(await patrols.begin(unidentified_reason=None)) == (400, "invalid_input")
    assert refusal(await patrols.begin(template="eight-checks")) == (404, "not_found")
    assert refusal(await patrols.begin(started_at="2025-12-31T00:00:00Z")) == (404, "not_found")
    assert refusal(await patrols.begin(started_at="2026-11-23T08:03:00Z")) == (400, "in_the_future")
    assert refusal(await patrols.begin(role=Role.SUPERVISOR)) == (400, "invalid_input")
    assert refusal(await patrols.begin(unit_id=2)) == (404, "not_found")
    assert (await patrols.begin(role=Role.SUPERVISOR, unit_id=1)).status_code == 201
    for role in (Role.AGENT, Role.DIRECTOR, Role.ADMIN):
        assert refusal(await patrols.begin(role=role, unit_id=1)) == (403, "right_required")


async def test_officers_know_nothing_of_another_unit(patrols: Patrols, database: Database) -> None:
    number = await patrols.begun()
    await patrols.attach(number, 1)
    token = await create_token(database, user_name="feng", token_name="test", at=NOW)
    foreign = Patrols(patrols.client, patrols.headers | {Role.OFFICER: {"Authorization": f"Bearer {token}"}})
    assert (await foreign.ask("GET")).json()["items"] == []
    for answer in (
        await foreign.ask("GET", f"/{number}"),
        await foreign.ask("GET", f"/{number}/answers"),
        await foreign.ask("GET", f"/{number}/attachments/1"),
        await foreign.ask("PATCH", f"/{number}", {"place": "x"}, version=1),
        await foreign.answer(number, "answer-0001", item=1),
        await foreign.attach(number, 1),
        await foreign.finish(number),
        await foreign.correct(number),
    ):
        assert refusal(answer) == (404, "not_found")
    for role in (Role.AGENT, Role.SUPERVISOR, Role.DIRECTOR, Role.ADMIN):
        assert [one["id"] for one in (await patrols.ask("GET", role=role)).json()["items"]] == [number]
    assert (await patrols.answer(number, "answer-0001", item=1, role=Role.SUPERVISOR)).status_code == 200


async def test_a_file_is_a_download_for_the_unit_and_for_who_sees_whole_numbers(patrols: Patrols) -> None:
    number = await patrols.begun()
    await patrols.attach(number, 1)
    path = f"/{number}/attachments/1"
    answer = await patrols.ask("GET", path)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, JPEG, "image/jpeg")
    assert answer.headers["content-disposition"].startswith('attachment; filename="attachment-1.jpg"')
    assert "sandbox" in answer.headers["content-security-policy"]
    assert refusal(await patrols.ask("GET", path, role=Role.AGENT)) == (403, "right_required")
    assert (await patrols.ask("GET", path, role=Role.SUPERVISOR)).status_code == 200
    log = (await patrols.client.get("/api/v1/access-log", headers=patrols.headers[Role.ADMIN])).json()["items"]
    assert [(one["user"], one["subject"]) for one in log if one["what"] == "attachment of a patrol"] == [
        ("mei-supervisor", f"inspections/{number}/attachments/1"),
        ("mei-officer", f"inspections/{number}/attachments/1"),
    ]
    assert refusal(await patrols.attach(number, 7)) == (404, "not_found")
    assert refusal(await patrols.attach(number, 1, b"<html>", "photo.jpg")) == (400, "file_kind_not_taken")


async def test_an_offence_flags_its_ticket_once_and_without_a_ticket_the_patrol_stays_open(
    patrols: Patrols, desk: Desk
) -> None:
    ticket = await desk.forwarded()
    number = await patrols.begun()
    await patrols.answer_all(number)
    assert refusal(await patrols.finish(number, offence="销售过期食品")) == (409, "offence_needs_ticket")
    linked = await patrols.ask("PATCH", f"/{number}", {"ticket": ticket}, version=1)
    assert (linked.status_code, linked.json()["ticket"], linked.json()["version"]) == (200, ticket, 2)
    assert (await patrols.ask("PATCH", f"/{number}", {"ticket": None}, version=1)).status_code == 412
    finished = (await patrols.finish(number, offence="销售过期食品, 13900001111")).json()
    assert chosen(finished, "offence_found", "offence_remark", "flag_id") == {
        "offence_found": True,
        "offence_remark": "销售过期食品, 139****1111",
        "flag_id": 1,
    }
    flags = (await desk.send("GET", "/../case-flags", role=Role.OFFICER)).json()["items"]
    assert [chosen(flag, "ticket", "trigger", "discovered_on", "raised_by", "state") for flag in flags] == [
        {
            "ticket": ticket,
            "trigger": "offence_found",
            "discovered_on": "2026-11-23",
            "raised_by": "mei-officer",
            "state": "open",
        }
    ]
    view = await desk.read(ticket)
    assert (view["open_flags"], {one["code"] for one in view["deadlines"]} >= {"clue_check"}) == (1, True)
    events = [one["what"] for one in (await desk.send("GET", f"{ticket}/history?limit=200")).json()["items"]]
    assert events[-2:] == ["flagged", "patrolled"]
    other = await patrols.begun("begin-0002", ticket=ticket)
    await patrols.answer_all(other)
    assert (await patrols.finish(other, offence="再次发现过期食品")).json()["flag_id"] == 1
    assert [one["id"] for one in (await patrols.ask("GET", "?offence=true")).json()["items"]] == [other, number]
    assert [one["id"] for one in (await patrols.ask("GET", f"?ticket={ticket}&offence=false")).json()["items"]] == []


async def test_an_urgent_instruction_is_closed_with_a_patrol_and_without_a_reason(
    patrols: Patrols, desk: Desk, dispatch: Dispatch
) -> None:
    ticket = await visited(desk)
    assert (await dispatch.instruct(ticket)).status_code == 201
    await dispatch.acknowledge()
    await dispatch.step("arrive")
    await dispatch.step("off_shelf", outcome="nothing_found")
    assert (await dispatch.step("feedback", feedback="未发现过期奶粉")).status_code == 200
    number = await patrols.begun(instruction_id=1)
    view = await patrols.read(number)
    assert chosen(view, "ticket", "instruction", "unit_id") == {
        "ticket": ticket,
        "instruction": "指令2026-0001",
        "unit_id": 1,
    }
    assert refusal(await dispatch.step("close")) == (400, "step_needs")
    await patrols.answer_all(number)
    before = await dispatch.read()
    assert (await patrols.finish(number)).status_code == 200
    after = await dispatch.read()
    assert (before["patrolled_at"], after["patrolled_at"]) == (None, "2026-11-23T08:00:00.000Z")
    assert before["version"] == after["version"]
    needs = {step["step"]: step["needs"] for step in after["steps"]}
    assert needs["close"] == []
    assert (await dispatch.step("close")).json()["state"] == "closed"
    assert [(one["what"], one["body"]) for one in await dispatch.history()][-2:] == [
        ("patrolled", {"inspection": number}),
        ("close", {}),
    ]
    assert refusal(await patrols.begin("begin-0002", instruction_id=1, ticket="12315-2026-00009")) == (
        400,
        "invalid_input",
    )
    assert refusal(await patrols.begin("begin-0002", role=Role.SUPERVISOR, instruction_id=1, unit_id=2)) == (
        400,
        "invalid_input",
    )
    assert refusal(await patrols.begin("begin-0002", instruction_id=2)) == (404, "not_found")


async def test_a_correction_says_all_that_the_first_one_said_and_takes_its_place_once_it_is_finished(
    patrols: Patrols,
) -> None:
    number = await patrols.begun()
    assert refusal(await patrols.correct(number)) == (409, "inspection_not_finished")
    await patrols.answer_all(number)
    await patrols.answer(number, "answer-0009", **FAILED | {"answered_at": "2026-11-23T07:50:00Z"})
    await patrols.attach(number, 2)
    finished = (await patrols.finish(number)).json()
    corrections = await asyncio.gather(*(patrols.correct(number) for _ in range(2)))
    assert {answer.status_code for answer in corrections} == {201}
    draft = corrections[0].json()
    assert draft["id"] == corrections[1].json()["id"]
    assert refusal(await patrols.correct(number, "correct-002")) == (409, "inspection_corrected")
    assert chosen(draft, "state", "corrects", "correction_reason", "place", "officers", "unanswered") == {
        "state": "draft",
        "corrects": number,
        "correction_reason": "摊位号有误",
        "place": finished["place"],
        "officers": finished["officers"],
        "unanswered": 0,
    }
    same = ("result", "note", "answered_at", "answered_by")
    assert [chosen(item, *same) for item in draft["checks"]] == [chosen(item, *same) for item in finished["checks"]]
    assert [one["sha256"] for one in draft["checks"][1]["attachments"]] == [hashlib.sha256(JPEG).hexdigest()]
    assert (await patrols.read(number))["correction"] == {"id": draft["id"], "state": "draft"}
    changed = await patrols.ask(
        "PATCH", f"/{draft['id']}", {"place": "湖塘菜场21号摊", "officers": ["zhou", "mei-officer"]}, version=1
    )
    assert chosen(changed.json(), "place", "officers") == {
        "place": "湖塘菜场21号摊",
        "officers": ["zhou", "mei-officer"],
    }
    await patrols.answer(draft["id"], "answer-0010", item=2, answered_at="2026-11-23T07:55:00Z")
    assert (await patrols.finish(draft["id"])).json()["ended_at"] == finished["ended_at"]
    first = await patrols.read(number)
    assert first == finished | {"may_correct": False, "correction": {"id": draft["id"], "state": "finished"}}
    assert (await patrols.read(draft["id"]))["may_correct"] is True


async def test_the_header_of_a_draft_is_changed_by_whoever_saw_it_last(patrols: Patrols, desk: Desk) -> None:
    number = await patrols.begun()
    merchant = await patrols.client.post(
        "/api/v1/merchants", json={"name": "湖塘水产"}, headers=patrols.headers[Role.OFFICER]
    )
    assert merchant.status_code == 201
    changes = {"merchant_id": 1, "started_at": "2026-11-23T06:00:00Z"}
    changed = (await patrols.ask("PATCH", f"/{number}", changes, version=1)).json()
    assert chosen(changed, "merchant", "unidentified_reason", "started_at", "version") == {
        "merchant": "湖塘水产",
        "unidentified_reason": None,
        "started_at": "2026-11-23T06:00:00.000Z",
        "version": 2,
    }
    both = {"merchant_id": 1, "unidentified_reason": "说不清"}
    for change in (both, {"merchant_id": None}, {"started_at": "2026-11-24T06:00:00Z"}, {"officers": ["zhou"]}):
        assert (await patrols.ask("PATCH", f"/{number}", change, version=2)).status_code == 400
    await patrols.answer_all(number)
    assert refusal(await patrols.finish(number, ended_at="2026-11-23T05:59:59Z")) == (400, "invalid_input")
    assert refusal(await patrols.finish(number, ended_at="2026-11-23T08:02:01Z")) == (400, "in_the_future")
    assert (await patrols.finish(number, ended_at="2026-11-23T06:00:00Z")).status_code == 200


NOTES = ("票据不全", "店主不在")
SENT = st.lists(
    st.tuples(
        st.integers(1, 6),
        st.sampled_from(["pass", "fail", "na"]),
        st.sampled_from(NOTES),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=SENT, data=st.data())
async def test_in_whatever_order_and_however_often_answers_come_each_is_there_once_and_the_last_counts(
    patrols: Patrols, database: Database, sent: list[tuple[int, str, str, int]], data: st.DataObject
) -> None:
    bodies: list[tuple[str, dict[str, Any]]] = [
        (
            f"answer-{place:04}",
            {"item": item, "result": result, "note": note, "answered_at": f"2026-11-23T07:3{at}:00Z"},
        )
        for place, (item, result, note, at) in enumerate(sent)
    ]
    arrivals = data.draw(st.permutations(bodies + data.draw(st.lists(st.sampled_from(bodies), max_size=6))))
    made = await patrols.ask(
        "POST", "", NEW | {"place": repr((sent, arrivals))[:200]}, key=f"k{hash(repr(arrivals)):020}"
    )
    number = made.json()["id"]
    for key, body in arrivals:
        assert (await patrols.answer(number, key, **body)).status_code == 200
    last: dict[int, Any] = {}
    for _, body in sorted(bodies, key=lambda one: (one[1]["answered_at"], one[0])):
        last[body["item"]] = (body["result"], body["note"])
    view = await patrols.read(number)
    found = {item["item"]: (item["result"], item["note"]) for item in view["checks"] if item["result"] is not None}
    said = (await patrols.ask("GET", f"/{number}/answers?limit=200")).json()["items"]
    assert (found, len(said)) == (last, len(bodies))


async def test_an_officer_finds_the_own_unit_and_who_goes_with_them(patrols: Patrols) -> None:
    async def own(role: Role) -> list[str]:
        answer = await patrols.client.get("/api/v1/units?mine=true", headers=patrols.headers[role])
        return [unit["name"] for unit in answer.json()["items"]]

    assert (await own(Role.OFFICER), await own(Role.SUPERVISOR)) == (["武进分局"], [])
