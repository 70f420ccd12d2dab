"""Instructions to units over HTTP: who gives them, what is done with them, their clocks, and the board."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from callcenter.accounts.rights import Role
from callcenter.casework.dispatch.worker import look_at_clocks
from callcenter.postgres.database import Database
from tests.integration.conftest import Clock
from tests.integration.test_ticket_merges import merge, unmerge
from tests.integration.test_tickets import COMPLAINT, NOTICE, Desk, Headers, desk, house

__all__ = ["desk", "house"]

INSTRUCTIONS = "/api/v1/instructions"
BOARD = "/api/v1/dispatch/board"
SHANGHAI = ZoneInfo("Asia/Shanghai")
VISIT = COMPLAINT | {"channel": "visit", "party": {"name": "张三", "phone": "13900001111"}, "register_now": True}
del VISIT["call"]
BATCH = {"name": "全脂奶粉", "batch": "20260101", "quantity": 12.5, "measured_in": "箱", "measure": "sealed"}
WHO = {"name": "王强", "how": "电话"}


def local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)


class Dispatch:
    """Instructions as one role works on them."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers) -> None:
        self._client = client
        self._headers = headers

    async def ask(
        self, method: str, path: str, body: Any = None, *, role: Role = Role.OFFICER, version: int | None = None
    ) -> httpx.Response:
        headers = self._headers[role] | ({} if version is None else {"If-Match": f'"{version}"'})
        return await self._client.request(method, f"{INSTRUCTIONS}{path}", json=body, headers=headers)

    async def instruct(
        self, ticket: str, priority: str = "P2", *, unit: int = 1, role: Role = Role.SUPERVISOR
    ) -> httpx.Response:
        body = {"ticket": ticket, "unit_id": unit, "priority": priority, "text": "立即下架, 电话13900001111"}
        return await self.ask("POST", "", body, role=role)

    async def read(self, number: int = 1, role: Role = Role.OFFICER) -> dict[str, Any]:
        found: dict[str, Any] = (await self.ask("GET", f"/{number}", role=role)).json()
        return found

    async def acknowledge(self, number: int = 1, version: int | None = None, **given: str) -> httpx.Response:
        version = version or (await self.read(number))["version"]
        return await self.ask("PUT", f"/{number}/acknowledgement", {**WHO, **given}, version=version)

    async def step(self, step: str, number: int = 1, *, role: Role = Role.OFFICER, **given: Any) -> httpx.Response:
        version = (await self.read(number, Role.SUPERVISOR))["version"]
        return await self.ask("POST", f"/{number}/events/{step}", given, role=role, version=version)

    async def clocks(self, number: int = 1) -> dict[str, str]:
        return {clock["code"]: clock["state"] for clock in (await self.read(number, Role.SUPERVISOR))["clocks"]}

    async def history(self, number: int = 1) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.ask("GET", f"/{number}/history?limit=200")).json()["items"]
        return found

    async def board(self, role: Role = Role.SUPERVISOR, query: str = "") -> list[tuple[int, str | None, int | None]]:
        items = (await self._client.get(f"{BOARD}?{query}", headers=self._headers[role])).json()["items"]
        return [(item["instruction"]["id"], item["next_code"], item["seconds_left"]) for item in items]


@pytest.fixture
def dispatch(house: httpx.AsyncClient, as_role: Headers) -> Dispatch:
    return Dispatch(house, as_role)


async def visited(desk: Desk, key: str = "key-00000001") -> str:
    made = await desk.make(VISIT, key=key)
    assert made.status_code == 201, made.text
    number: str = made.json()["number"]
    return number


async def test_an_instruction_is_acknowledged_carried_out_and_closed_with_every_clock_met(
    desk: Desk, dispatch: Dispatch, clock: Clock, database: Database
) -> None:
    ticket = await visited(desk)
    made = await dispatch.instruct(ticket)
    assert made.status_code == 201, made.text
    assert {name: made.json()[name] for name in ("id", "number", "ticket", "unit", "text", "state", "version")} == {
        "id": 1,
        "number": "指令2026-0001",
        "ticket": ticket,
        "unit": "武进分局",
        "text": "立即下架, 电话139****1111",
        "state": "issued",
        "version": 1,
    }
    assert (await dispatch.read())["steps"] == [
        {"step": "acknowledge", "needs": ["name", "how"], "takes": [], "lacks": []}
    ]
    clock.now += timedelta(minutes=10)
    acknowledged = (await dispatch.acknowledge()).json()
    assert {name: acknowledged[name] for name in ("state", "acknowledged_by", "acknowledged_how", "version")} == {
        "state": "acknowledged",
        "acknowledged_by": "王强",
        "acknowledged_how": "电话",
        "version": 2,
    }
    assert (await dispatch.step("depart")).json()["departed_at"] == "2026-11-23T08:10:00.000Z"
    clock.now += timedelta(hours=5)
    arrived = (await dispatch.step("arrive", at="2026-11-23T09:00:00Z")).json()
    assert (arrived["state"], arrived["arrived_at"]) == ("on_site", "2026-11-23T09:00:00.000Z")
    taken_off = (await dispatch.step("off_shelf", outcome="taken_off", batches=[BATCH])).json()
    assert taken_off["batches"] == [
        BATCH
        | {"brand": None, "attachment_id": None, "added_by": "mei-officer", "added_at": "2026-11-23T13:10:00.000Z"}
    ]
    assert (await dispatch.step("feedback", feedback="已封存十二箱")).json()["state"] == "reported"
    needed = await dispatch.step("close")
    assert (needed.status_code, needed.json()["code"], needed.json()["params"]["fields"]) == (
        400,
        "step_needs",
        "reason",
    )
    closed = (await dispatch.step("close", reason="随后另行巡查")).json()
    assert (closed["state"], closed["steps"], closed["next_due_at"]) == ("closed", [], None)
    met = dict.fromkeys(("acknowledge", "arrive", "field_feedback", "off_shelf"), "met")
    assert {clock["code"]: clock["state"] for clock in closed["clocks"]} == met
    entries = [(one["what"], one["state"], one["is_late_entry"]) for one in await dispatch.history()]
    assert entries == [
        ("issued", "issued", False),
        ("acknowledge", "acknowledged", False),
        ("depart", "acknowledged", False),
        ("arrive", "on_site", True),
        ("off_shelf", "on_site", False),
        ("feedback", "reported", False),
        ("close", "closed", False),
    ]
    events = (await desk.send("GET", f"{ticket}/history?limit=200")).json()["items"]
    ours = [(one["what"], one["body"]["instruction"]) for one in events if "instruction" in one["body"]]
    assert ours == [("instructed", "指令2026-0001"), ("instruction_ended", "指令2026-0001")]
    with pytest.raises(DBAPIError, match="rows are only added"):
        async with database.sessions.begin() as session:
            await session.execute(text("DELETE FROM instruction_events"))


async def test_a_ticket_with_an_open_instruction_is_not_completed_referred_or_voided_even_through_a_merge(
    desk: Desk, dispatch: Dispatch, database: Database
) -> None:
    ticket, other = await visited(desk), await visited(desk, "key-00000002")
    await dispatch.instruct(ticket, "P3")
    told = NOTICE | {"call": None, "proof": "短信"}
    assert await desk.refused(ticket, "refer", authority="城管", notice=told) == (409, "ticket_lacks")
    assert await desk.refused(ticket, "void", role=Role.SUPERVISOR, reason="重复登记") == (409, "ticket_lacks")
    assert (await merge(desk, ticket, other)).status_code == 201
    await desk.step(other, "forward", unit_id=1)
    await desk.step(other, "accept", role=Role.OFFICER, notice=NOTICE)
    await desk.step(other, "settle", role=Role.OFFICER, how_settled="settled_on_the_spot", agreement="退还货款")
    version = (await desk.read(other))["version"]
    await desk.send("PATCH", other, {"unidentified_reason": "摊位已撤"}, role=Role.OFFICER, version=version)
    refused = await desk.send(
        "POST",
        f"{other}/events/complete",
        {"feedback": "已退款"},
        role=Role.OFFICER,
        version=(await desk.read(other))["version"],
    )
    assert (refused.status_code, refused.json()["params"]["lacks"]) == (409, "instruction_end")
    assert (await dispatch.instruct(ticket, "P3", unit=2)).json()["code"] == "ticket_merged"
    assert (await unmerge(desk, ticket)).status_code == 200
    with pytest.raises(IntegrityError, match="instructions_have_ended"):
        async with database.sessions.begin() as session:
            await session.execute(text("UPDATE tickets SET state = 'void' WHERE number = :number"), {"number": ticket})
    assert (await merge(desk, ticket, other)).status_code == 201
    assert (await dispatch.step("cancel", role=Role.SUPERVISOR, reason="误报")).json()["state"] == "cancelled"
    assert set((await dispatch.clocks()).values()) == {"cancelled"}
    assert (await desk.step(other, "complete", role=Role.OFFICER, feedback="已退款"))["state"] == "completed"
    assert (await dispatch.instruct(other, "P3")).json()["code"] == "ticket_closed"


async def test_who_instructs_whom_and_who_sees_it(desk: Desk, dispatch: Dispatch, house: httpx.AsyncClient) -> None:
    ticket = await visited(desk)
    for role, priority in ((Role.AGENT, "P2"), (Role.OFFICER, "P4"), (Role.ADMIN, "P4")):
        assert (await dispatch.instruct(ticket, priority, role=role)).status_code == 403
    assert (await dispatch.instruct(ticket, "P5")).status_code == 422
    assert (await dispatch.instruct("12315-2026-00099")).status_code == 404
    assert (await dispatch.instruct(ticket, unit=99)).status_code == 404
    assert (await dispatch.instruct(ticket, "P3", role=Role.AGENT)).status_code == 201
    again = await dispatch.instruct(ticket, "P1", role=Role.DIRECTOR)
    assert (again.status_code, again.json()["code"]) == (409, "instruction_open")
    foreign = (await dispatch.instruct(ticket, "P1", unit=2, role=Role.DIRECTOR)).json()
    assert foreign["number"] == "指令2026-0002", "what was refused leaves no gap"
    path = f"/{foreign['id']}"
    assert (await dispatch.ask("GET", path)).status_code == 404, "it is another unit's"
    assert (await dispatch.ask("GET", f"{path}/history")).status_code == 404
    assert (await dispatch.ask("PUT", f"{path}/acknowledgement", WHO, version=1)).status_code == 404
    listed = {}
    for role in (Role.OFFICER, Role.AGENT):
        answer = await dispatch.ask("GET", f"?ticket={ticket}&open=true", role=role)
        listed[role] = [one["id"] for one in answer.json()["items"]]
    assert listed == {Role.OFFICER: [1], Role.AGENT: [foreign["id"], 1]}
    assert ([one[0] for one in await dispatch.board(Role.OFFICER)], len(await dispatch.board())) == ([1], 2)
    for role in (Role.AGENT, Role.ADMIN, Role.DIRECTOR):
        assert (await dispatch.ask("PUT", "/1/acknowledgement", WHO, role=role, version=1)).status_code == 403
    for role in (Role.OFFICER, Role.AGENT):
        assert (await dispatch.step("cancel", role=role, reason="误报")).status_code == 403
    enquiry = {"kind": "enquiry", "channel": "visit", "fields": {"facts": "营业时间"}, "register_now": True}
    number = (await desk.make(enquiry, key="key-of-an-enquiry")).json()["number"]
    assert (await dispatch.instruct(number)).json()["code"] == "ticket_closed"


async def test_of_two_who_acknowledge_at_once_one_is_written_down(desk: Desk, dispatch: Dispatch) -> None:
    await dispatch.instruct(await visited(desk))
    both = await asyncio.gather(dispatch.acknowledge(version=1), dispatch.acknowledge(version=1, name="李敏"))
    assert sorted(answer.status_code for answer in both) == [200, 412]
    (first,) = [answer.json()["acknowledged_by"] for answer in both if answer.status_code == 200]
    late = await dispatch.acknowledge(name="赵六")
    assert (late.status_code, late.json()["code"]) == (409, "step_not_allowed")
    assert [one["body"]["name"] for one in await dispatch.history() if one["what"] == "acknowledge"] == [first]


@pytest.mark.parametrize(
    ("given", "step"),
    [
        ({"at": "2026-11-23T07:59:59Z"}, "arrive"),
        ({"at": "2026-11-23T08:30:01Z"}, "arrive"),
        ({"at": "2026-11-23T08:09:00Z"}, "arrive"),
        ({"reason": "无"}, "arrive"),
        ({"reason": "路上"}, "arrive"),
        ({"outcome": "taken_off"}, "off_shelf"),
        ({"outcome": "sold_out", "batches": [BATCH]}, "off_shelf"),
        ({"outcome": "taken_off", "batches": [BATCH | {"quantity": 0}]}, "off_shelf"),
        ({"outcome": "taken_off", "batches": [BATCH | {"name": "a\u202eb"}]}, "off_shelf"),
        ({}, "off_shelf"),
        ({}, "feedback"),
        ({"reason": "另行巡查"}, "close"),
        ({}, "acknowledge"),
        ({}, "fly"),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    desk: Desk, dispatch: Dispatch, clock: Clock, given: dict[str, Any], step: str
) -> None:
    await dispatch.instruct(await visited(desk))
    clock.now += timedelta(minutes=10)
    await dispatch.acknowledge()
    clock.now += timedelta(minutes=20)
    if step != "arrive":
        await dispatch.step("arrive")
    before = await dispatch.read()
    answer = await dispatch.step(step, **given)
    assert answer.status_code in (400, 409, 422), answer.text
    assert await dispatch.read() == before


async def test_goods_behind_closed_doors_stay_to_be_dealt_with_before_an_urgent_instruction_is_closed(
    desk: Desk, dispatch: Dispatch
) -> None:
    await dispatch.instruct(await visited(desk))
    await dispatch.acknowledge()
    await dispatch.step("arrive")
    shut = (await dispatch.step("off_shelf", outcome="premises_closed")).json()
    assert (shut["off_shelf_outcome"], shut["off_shelf_at"]) == ("premises_closed", None)
    await dispatch.step("feedback", feedback="店门紧闭")
    refused = await dispatch.step("close", reason="另行巡查")
    assert (refused.status_code, refused.json()["code"]) == (409, "instruction_lacks")
    assert (await dispatch.clocks())["off_shelf"] == "running"
    assert (await dispatch.step("off_shelf", outcome="nothing_found")).status_code == 200
    assert (await dispatch.step("close", reason="另行巡查")).json()["state"] == "closed"


@pytest.mark.parametrize(("off_at", "state"), [("22:00:00", "met"), ("22:00:01", "breached")])
async def test_goods_are_off_the_shelf_within_24_hours_to_the_second_with_a_warning_at_each_mark(
    desk: Desk, dispatch: Dispatch, clock: Clock, database: Database, off_at: str, state: str
) -> None:
    clock.now = local("2026-10-01T22:00:00")
    await dispatch.instruct(await visited(desk))
    warned = []
    for at in (
        "10-02T09:59:59",
        "10-02T10:00:00",
        "10-02T17:11:59",
        "10-02T17:12:00",
        "10-02T21:59:59",
        "10-02T22:00:00",
    ):
        clock.now = local(f"2026-{at}")
        await look_at_clocks(database, SHANGHAI, lambda: clock.now)
        (goods,) = [one for one in (await dispatch.read())["clocks"] if one["code"] == "off_shelf"]
        warned.append(goods["warned"])
    assert warned == [[], [50], [50], [50, 80], [50, 80], [50, 80, 100]]
    clock.now = local("2026-10-02T22:30:00")
    await dispatch.acknowledge(at=local("2026-10-02T20:00:00").isoformat())
    await dispatch.step("arrive", at=local("2026-10-02T21:00:00").isoformat())
    await dispatch.step("off_shelf", outcome="sold_out", at=local(f"2026-10-02T{off_at}").isoformat())
    assert (await dispatch.clocks())["off_shelf"] == state
    warnings = [one["body"]["percent"] for one in await dispatch.history() if one["body"].get("code") == "off_shelf"]
    assert warnings == [50, 80, 100]


@pytest.mark.parametrize(
    ("instructed", "due"),
    [
        ("2026-09-30T16:45:00", "2026-10-08T09:45:00"),
        ("2026-10-03T10:00:00", "2026-10-08T10:30:00"),
        ("2026-02-14T17:00:00", "2026-02-24T10:00:00"),
    ],
)
async def test_at_p3_an_instruction_is_acknowledged_within_two_office_hours(
    desk: Desk, dispatch: Dispatch, clock: Clock, instructed: str, due: str
) -> None:
    clock.now = local(instructed)
    await dispatch.instruct(await visited(desk), "P3")
    (found,) = [one for one in (await dispatch.read())["clocks"] if one["code"] == "acknowledge"]
    assert datetime.fromisoformat(found["target_due_at"]) == local(due)


async def test_a_clock_that_was_over_when_the_instruction_was_called_off_stays_so(
    desk: Desk, dispatch: Dispatch, clock: Clock
) -> None:
    await dispatch.instruct(await visited(desk), "P1")
    clock.now += timedelta(minutes=16)
    await dispatch.step("cancel", role=Role.DIRECTOR, reason="误报")
    assert await dispatch.clocks() == {
        "acknowledge": "breached",
        "arrive": "cancelled",
        "field_feedback": "cancelled",
        "off_shelf": "cancelled",
    }


async def test_the_board_shows_first_of_whose_clock_least_is_left(desk: Desk, dispatch: Dispatch, clock: Clock) -> None:
    first, second, third = [await visited(desk, f"key-0000000{number}") for number in range(3)]
    await dispatch.instruct(first, "P2")
    await dispatch.instruct(second, "P4")
    await dispatch.instruct(third, "P1")
    assert await dispatch.board() == [(3, "acknowledge", 900), (1, "acknowledge", 1800), (2, "acknowledge", 61200)], (
        "until 9:00 of the next day"
    )
    assert await dispatch.board(query="limit=1") == [(3, "acknowledge", 900)]
    clock.now += timedelta(minutes=20)
    await dispatch.acknowledge(1)
    assert [one[:2] for one in await dispatch.board()] == [(3, "acknowledge"), (1, "arrive"), (2, "acknowledge")]
    assert (await dispatch.board())[0][2] == -300
    await dispatch.step("cancel", 3, role=Role.SUPERVISOR, reason="误报")
    assert [one[0] for one in await dispatch.board()] == [1, 2]
    assert await dispatch.board(query="unit_id=2") == []


async def test_a_day_off_that_is_declared_later_moves_a_limit_of_office_hours(
    desk: Desk, dispatch: Dispatch, clock: Clock, house: httpx.AsyncClient, as_role: Headers, database: Database
) -> None:
    clock.now = local("2026-11-23T17:00:00")
    await dispatch.instruct(await visited(desk), "P3")
    body = {"kind": "day_off"}
    declared = await house.put("/api/v1/hours/days/2026-11-24", json=body, headers=as_role[Role.SUPERVISOR])
    assert declared.status_code < 300, declared.text
    await look_at_clocks(database, SHANGHAI, lambda: clock.now)
    (found,) = [one for one in (await dispatch.read())["clocks"] if one["code"] == "acknowledge"]
    assert datetime.fromisoformat(found["target_due_at"]) == local("2026-11-25T10:00:00")
