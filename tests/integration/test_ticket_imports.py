"""Matters of the national platform over HTTP: looked at, confirmed, taken in once, never against what was decided."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.casework.imports import service, taking_in
from callcenter.casework.imports.files import LARGEST_FILE
from callcenter.casework.imports.worker import take_in_all
from callcenter.casework.tickets import bulk_creation
from callcenter.casework.tickets.fields import Place
from callcenter.casework.tickets.worker import look_at_clocks
from callcenter.http.middleware import LARGEST_BODY
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.conftest import NOW, Clock

IMPORTS = "/api/v1/ticket-imports"
PLACE = Place.of(Settings())
Headers = dict[Role, dict[str, str]]

MILK = {
    "登记编号": "1320400-001",
    "类型": "投诉",
    "接收方式": "互联网",
    "企业名称": "苏果超市武进店",
    "企业地址": "武进区湖塘镇",
    "诉求内容": "奶粉过期, 电话13900001111",
    "问题类别": "质量",
    "具体问题": "奶粉过期",
    "初查受理状态": "受理",
    "处理机构": "武进分局",
    "商品类别": "一般食品",
    "登记时间": "2026-11-20 09:30:00",
}
SHOP = {"登记编号": "1320400-002", "类型": "举报", "诉求内容": "无照经营", "登记时间": "2026-11-21 10:00:00"}
QUESTION = {"登记编号": "1320400-003", "类型": "咨询", "诉求内容": "如何退货", "登记时间": "2026-11-22 10:00:00"}
THREE = (MILK, SHOP, QUESTION)


def csv_of(rows: Sequence[Mapping[str, str]], encoding: str = "utf-8") -> bytes:
    """An export with these rows."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode(encoding)


class Office:
    """An administrator who imports, and the backend that takes in what is confirmed."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers, database: Database, clock: Clock) -> None:
        self.client, self.headers, self.database, self._clock = client, headers, database, clock

    async def ask(self, method: str, path: str, role: Role = Role.ADMIN, **more: Any) -> httpx.Response:
        headers = self.headers[role] | more.pop("headers", {})
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **more)

    async def upload(self, data: bytes) -> dict[str, Any]:
        answer = await self.ask("POST", "/ticket-imports", content=data)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def rows(self, import_id: int, **query: Any) -> list[dict[str, Any]]:
        answer = await self.ask("GET", f"/ticket-imports/{import_id}/rows", params=query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def take_in(self, data: bytes) -> dict[str, Any]:
        """Upload it, confirm it, let the backend work; the import after that."""
        import_id = (await self.upload(data))["id"]
        confirmed = await self.ask("POST", f"/ticket-imports/{import_id}/confirmation")
        assert confirmed.status_code == 202, confirmed.text
        await self.work()
        found: dict[str, Any] = (await self.ask("GET", f"/ticket-imports/{import_id}")).json()
        return found

    async def work(self) -> None:
        await take_in_all(self.database, PLACE, lambda: self._clock.now)

    async def tickets(self, **query: Any) -> list[dict[str, Any]]:
        """Oldest first."""
        found = (await self.ask("GET", "/tickets", params=query)).json()["items"]
        return [await self.ticket(one["number"]) for one in reversed(found)]

    async def ticket(self, number: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.ask("GET", f"/tickets/{number}")).json()
        return found

    async def change(self, number: str, **fields: Any) -> None:
        version = (await self.ticket(number))["version"]
        answer = await self.ask(
            "PATCH", f"/tickets/{number}", Role.SUPERVISOR, json=fields, headers={"If-Match": f'"{version}"'}
        )
        assert answer.status_code == 200, answer.text


@pytest.fixture
def office(client: httpx.AsyncClient, as_role: Headers, database: Database, clock: Clock) -> Office:
    return Office(client, as_role, database, clock)


async def test_a_dry_run_changes_nothing_and_says_of_each_row_what_it_would_do(office: Office) -> None:
    bad = {"登记编号": "1320400-009", "类型": "投拆", "诉求内容": "?"}
    again = MILK | {"诉求内容": "another text"}
    found = await office.upload(csv_of([*THREE, bad, again]))
    assert found["rows"] == {"new": 3, "changed": 0, "same": 0, "error": 2}
    assert found["results"] == {"made": 0, "changed": 0, "kept": 0, "same": 0}
    assert (found["state"], found["uploaded_by"], found["confirmed_by"]) == ("checked", "mei-admin", None)
    rows = await office.rows(found["id"])
    assert [(row["line"], row["status"], row["field"], row["problem"]) for row in rows] == [
        (2, "new", None, None),
        (3, "new", None, None),
        (4, "new", None, None),
        (5, "error", "kind", "unknown_kind"),
        (6, "error", "platform_number", "twice"),
    ]
    assert [row["line"] for row in await office.rows(found["id"], status="error")] == [5, 6]
    await office.work()
    assert await office.tickets() == []


async def test_confirmed_rows_are_registered_with_numbers_log_clocks_and_flags(office: Office) -> None:
    danger = MILK | {"登记编号": "1320400-004", "问题类别": "食品安全", "登记时间": "2026-11-23 15:00"}
    found = await office.take_in(csv_of([*THREE, danger]))
    assert (found["state"], found["confirmed_by"]) == ("applied", "mei-admin")
    assert found["results"] == {"made": 4, "changed": 0, "kept": 0, "same": 0}
    milk, shop, question, poison = await office.tickets()
    named = ("number", "kind", "state", "channel", "platform_number", "received_at", "title", "facts", "respondent")
    assert {name: milk[name] for name in (*named, "goods_code", "problem_code", "priority", "parties")} == {
        "number": "12315-2026-00001",
        "kind": "complaint",
        "state": "registered",
        "channel": "import",
        "platform_number": "1320400-001",
        "received_at": "2026-11-20T01:30:00.000Z",
        "title": "奶粉过期",
        "facts": "奶粉过期, 电话139****1111",
        "respondent": "苏果超市武进店, 武进区湖塘镇",
        "goods_code": "general_food",
        "problem_code": "quality",
        "priority": "P4",
        "parties": [],
    }
    clocks = {one["code"]: (one["state"], one["target_due_at"]) for one in milk["deadlines"]}
    assert clocks == {
        "platform_entry": ("met", "2026-11-24T16:00:00.000Z"),
        "forward": ("running", "2026-11-24T16:00:00.000Z"),
        "accept": ("running", "2026-12-01T16:00:00.000Z"),
    }
    assert milk["next_due_at"] == "2026-11-24T16:00:00.000Z"
    assert [one["code"] for one in question["deadlines"]] == []
    assert {one["code"] for one in shop["deadlines"]} == {"platform_entry", "forward", "report_check"}
    assert "clue_check" in {one["code"] for one in poison["deadlines"]}
    (flag,) = (await office.ask("GET", "/case-flags")).json()["items"]
    assert (flag["trigger"], poison["priority"]) == ("food_health", "P2")
    history = (await office.ask("GET", f"/tickets/{milk['number']}/history")).json()["items"]
    assert [(entry["what"], entry["from_state"], entry["to_state"], entry["by"]) for entry in history] == [
        ("created", None, "draft", "mei-admin"),
        ("register", "draft", "registered", "mei-admin"),
    ]


async def test_the_clocks_of_an_imported_ticket_are_those_that_its_log_gives(office: Office) -> None:
    await office.take_in(csv_of([MILK | {"登记时间": "2026-10-09 09:00"}, SHOP]))
    before = await office.tickets()
    async with office.database.sessions.begin() as session:
        await session.execute(text("UPDATE ticket_deadlines SET next_change_at = now() - interval '99 years'"))
    await look_at_clocks(office.database, PLACE.timezone, lambda: NOW)
    after = await office.tickets()
    assert after == before
    assert {one["code"]: one["state"] for one in after[0]["deadlines"]}["accept"] == "breached"
    history = (await office.ask("GET", f"/tickets/{after[0]['number']}/history")).json()["items"]
    assert [entry["body"]["percent"] for entry in history if entry["what"] == "warned"] == [50, 80, 100]


async def test_the_same_file_twice_is_in_the_register_once(office: Office) -> None:
    await office.take_in(csv_of(THREE))
    before = await office.tickets()
    again = await office.take_in(csv_of(THREE, "gb18030"))
    assert again["rows"] == {"new": 0, "changed": 0, "same": 3, "error": 0}
    assert again["results"] == {"made": 0, "changed": 0, "kept": 0, "same": 3}
    assert await office.tickets() == before


async def test_two_files_with_the_same_matters_that_are_confirmed_at_once_make_each_once(office: Office) -> None:
    ids = [(await office.upload(csv_of(THREE)))["id"] for _ in range(2)]
    answers = await asyncio.gather(*(office.ask("POST", f"/ticket-imports/{one}/confirmation") for one in (*ids, *ids)))
    assert sorted(answer.status_code for answer in answers) == [202, 202, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"import_confirmed"}
    await asyncio.gather(office.work(), office.work())
    results = [(await office.ask("GET", f"/ticket-imports/{one}")).json()["results"] for one in ids]
    assert [(one["made"], one["same"]) for one in results] == [(3, 0), (0, 3)]
    assert [one["number"] for one in await office.tickets()] == [f"12315-2026-0000{number}" for number in (1, 2, 3)]


async def test_what_was_decided_here_stays_and_the_rest_follows_the_platform(office: Office) -> None:
    await office.take_in(csv_of([MILK]))
    await office.change("12315-2026-00001", facts="当事人更正: 酸奶过期", problem_code="food_safety")
    says = MILK | {"诉求内容": "奶粉变质", "反馈内容": "已退款", "具体问题": "奶粉变质", "问题类别": "价格"}
    found = await office.upload(csv_of([says]))
    (row,) = await office.rows(found["id"])
    assert (row["status"], row["changes"], row["kept"]) == ("changed", ["feedback", "title"], ["facts", "problem_code"])
    await office.ask("POST", f"/ticket-imports/{found['id']}/confirmation")
    await office.work()
    ticket = await office.ticket("12315-2026-00001")
    assert [ticket[name] for name in ("title", "facts", "problem_code", "feedback")] == [
        "奶粉变质",
        "当事人更正: 酸奶过期",
        "food_safety",
        "已退款",
    ]
    assert (await office.upload(csv_of([says])))["rows"]["same"] == 1


async def test_a_ticket_that_is_closed_here_keeps_all_that_it_says(office: Office) -> None:
    await office.take_in(csv_of([QUESTION]))
    version = (await office.ticket("12315-2026-00001"))["version"]
    answered = await office.ask(
        "POST",
        "/tickets/12315-2026-00001/events/answer",
        Role.SUPERVISOR,
        json={"feedback": "七日内可退"},
        headers={"If-Match": f'"{version}"'},
    )
    assert answered.status_code == 200, answered.text
    before = await office.tickets()
    found = await office.take_in(csv_of([QUESTION | {"反馈内容": "不能退", "诉求内容": "如何换货"}]))
    assert found["results"] == {"made": 0, "changed": 0, "kept": 1, "same": 0}
    assert await office.tickets() == before


async def test_a_ticket_whose_platform_number_was_entered_by_hand_is_known_and_only_its_gaps_are_filled(
    office: Office,
) -> None:
    made = await office.ask(
        "POST",
        "/tickets",
        Role.AGENT,
        json={"kind": "complaint", "channel": "visit", "fields": {"title": "过期奶粉"}},
        headers={"Idempotency-Key": "by-hand-0001"},
    )
    await office.change(made.json()["number"], platform_number="1320400-001")
    found = await office.take_in(csv_of([MILK]))
    assert found["results"] == {"made": 0, "changed": 1, "kept": 0, "same": 0}
    (ticket,) = await office.tickets()
    assert (ticket["title"], ticket["problem_code"], ticket["state"], ticket["channel"]) == (
        "过期奶粉",
        "quality",
        "draft",
        "visit",
    )


async def test_a_category_is_taken_over_if_the_day_of_the_ticket_here_has_it_and_another_kind_is_not(
    office: Office, clock: Clock
) -> None:
    """The platform may say another day than whoever entered the ticket by hand."""
    await office.take_in(csv_of([SHOP]))
    code = {"axis": "problem", "code": "short_weight", "name": "缺斤少两", "source": "here", "valid_from": "2026-11-24"}
    made = await office.ask("POST", "/codes", json=code | {"parent": None})
    assert made.status_code == 201, made.text
    clock.now = NOW + timedelta(days=2)
    says = SHOP | {"类型": "投诉", "问题类别": "缺斤少两", "登记时间": "2026-11-24 10:00", "具体问题": "缺斤少两"}
    found = await office.upload(csv_of([says]))
    (row,) = await office.rows(found["id"])
    assert (row["status"], row["changes"], row["kept"]) == ("changed", ["title"], ["kind"])
    await office.ask("POST", f"/ticket-imports/{found['id']}/confirmation")
    await office.work()
    (ticket,) = await office.tickets()
    assert (ticket["kind"], ticket["problem_code"], ticket["title"]) == ("report", None, "缺斤少两")


async def test_the_one_merchant_of_a_name_is_chosen_and_of_two_none(office: Office) -> None:
    for name in ("苏果超市武进店", "大润发", "大润发"):
        made = await office.ask("POST", "/merchants", json={"name": name})
        assert made.status_code == 201, made.text
    await office.take_in(csv_of([MILK, MILK | {"登记编号": "1320400-002", "企业名称": "大润发"}]))
    assert [one["merchant_id"] for one in await office.tickets()] == [1, None]


async def test_a_backend_that_dies_in_the_middle_goes_on_behind_the_last_rows(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_in, "AT_ONCE", 2)
    monkeypatch.setattr(service, "READ_AT_ONCE", 3)
    rows = [SHOP | {"登记编号": f"1320400-{number:03d}"} for number in range(7)]
    import_id = (await office.upload(csv_of(rows)))["id"]
    await office.ask("POST", f"/ticket-imports/{import_id}/confirmation")
    working = bulk_creation.register_many
    calls = 0

    async def dying(*arguments: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        made = await working(*arguments, **more)
        if calls == 2:
            raise RuntimeError("killed")
        return made

    monkeypatch.setattr(taking_in, "register_many", dying)
    with pytest.raises(RuntimeError, match="killed"):
        await office.work()
    assert len(await office.tickets()) == 2
    await office.work()
    assert [one["number"] for one in await office.tickets()] == [f"12315-2026-{n:05d}" for n in range(1, 8)]
    found = (await office.ask("GET", f"/ticket-imports/{import_id}")).json()
    assert (found["state"], found["results"]["made"]) == ("applied", 7)


async def test_what_rows_say_is_deleted_after_a_week_and_what_was_not_confirmed_can_be_no_more(
    office: Office, clock: Clock
) -> None:
    applied = (await office.take_in(csv_of([MILK])))["id"]
    waiting = (await office.upload(csv_of([SHOP])))["id"]
    clock.now = NOW + timedelta(days=7)
    await office.work()
    states = [(await office.ask("GET", f"/ticket-imports/{one}")).json()["state"] for one in (applied, waiting)]
    assert states == ["applied", "expired"]
    async with office.database.snapshots.begin() as session:
        kept = await session.scalars(text("SELECT count(*) FROM ticket_import_rows WHERE values IS NOT NULL"))
        assert kept.one() == 0
    refused = await office.ask("POST", f"/ticket-imports/{waiting}/confirmation")
    assert (refused.status_code, refused.json()["code"]) == (409, "import_expired")


async def test_only_administrators_import_and_both_requests_are_logged(office: Office) -> None:
    for role in (Role.OFFICER, Role.AGENT, Role.SUPERVISOR, Role.DIRECTOR, Role.SCREEN):
        assert (await office.ask("POST", "/ticket-imports", role, content=csv_of([MILK]))).status_code == 403
    await office.take_in(csv_of([MILK]))
    log = (await office.ask("GET", "/access-log")).json()["items"]
    assert [(one["user"], one["what"], one["subject"]) for one in reversed(log)] == [
        ("mei-admin", "upload of matters", "ticket-imports/1"),
        ("mei-admin", "import of matters", "ticket-imports/1"),
    ]


async def test_the_larger_limit_is_this_routes_alone_and_what_is_refused_leaves_nothing(office: Office) -> None:
    padded = csv_of(THREE) + b"\n" * (LARGEST_BODY + 1)
    assert (await office.upload(padded))["rows"]["new"] == 3
    elsewhere = await office.ask("POST", "/units", content=b" " * (LARGEST_BODY + 1))
    assert elsewhere.status_code == 413
    too_large = await office.ask("POST", "/ticket-imports", content=b"x" * (LARGEST_FILE + 1))
    assert (too_large.status_code, too_large.json()["code"]) == (413, "body_too_large")
    refused = await office.ask("POST", "/ticket-imports", content=b"PK\x03\x04")
    assert (refused.status_code, refused.json()["code"]) == (400, "file_unreadable")
    broken = csv_of(THREE) + b'"never closed' + b"x" * 200_000
    assert (await office.ask("POST", "/ticket-imports", content=broken)).status_code == 400
    assert len((await office.ask("GET", "/ticket-imports")).json()["items"]) == 1
