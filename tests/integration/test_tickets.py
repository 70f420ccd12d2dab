"""Tickets over HTTP: from a call to a completed matter, and everything that is refused on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from callcenter.accounts.rights import Role
from callcenter.casework.tickets import store
from callcenter.casework.tickets.worker import look_at_clocks
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.callback_examples import answered, store_confirmed
from tests.integration.conftest import NOW, Clock

TICKETS = "/api/v1/tickets"
CALL = {"pbx": "pbx1", "call_id": "pbx1-7.0"}
COMPLAINT: dict[str, Any] = {
    "kind": "complaint",
    "call": CALL,
    "fields": {
        "title": "奶粉过期",
        "facts": "2026年11月20日在苏果超市买的奶粉已过期, 电话13900001111",
        "respondent": "苏果超市武进店",
        "requests": ["refund", "compensate"],
        "goods_code": "general_food",
        "problem_code": "quality",
    },
    "party": {"name": "张三"},
}
WHY = {"reason": "办理需要核对"}
NOTICE = {"to": "complainant", "by": "call", "at": "2026-11-23T08:00:00Z", "call": CALL}

Headers = dict[Role, dict[str, str]]


@pytest.fixture
async def house(database: Database, client: httpx.AsyncClient, as_role: Headers) -> httpx.AsyncClient:
    """An answered call, a unit with the officer in it, and a client that nobody has signed in."""
    await store_confirmed(database, [answered(7, 0)])
    admin = as_role[Role.ADMIN]
    for name in ("武进分局", "新北分局"):
        made = await client.post("/api/v1/units", json={"name": name, "kind": "branch", "regions": []}, headers=admin)
        assert made.status_code == 201
    member = await client.put("/api/v1/units/1/members/mei-officer", headers=admin)
    assert member.status_code == 204, member.text
    return client


class Desk:
    """Somebody who works on tickets, by their role."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers) -> None:
        self._client = client
        self._headers = headers

    async def make(
        self, body: Mapping[str, Any] = COMPLAINT, *, key: str = "key-00000001", role: Role = Role.AGENT
    ) -> httpx.Response:
        headers = self._headers[role] | {"Idempotency-Key": key}
        return await self._client.post(TICKETS, json=dict(body), headers=headers)

    async def read(self, number: str, role: Role = Role.AGENT) -> dict[str, Any]:
        answer = await self._client.get(f"{TICKETS}/{number}", headers=self._headers[role])
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: Role = Role.AGENT,
        version: int | None = None,
        reason: str | None = None,
    ) -> httpx.Response:
        headers = self._headers[role] | ({} if version is None else {"If-Match": f'"{version}"'})
        headers |= {} if reason is None else {"X-Reason": quote(reason)}
        address = f"{TICKETS}/{path}" if path[:1].isdecimal() else TICKETS + path
        return await self._client.request(method, address, json=body, headers=headers)

    async def step(
        self, number: str, step: str, *, role: Role = Role.AGENT, reader: Role = Role.SUPERVISOR, **given: Any
    ) -> dict[str, Any]:
        version = (await self.read(number, reader))["version"]
        answer = await self.send("POST", f"{number}/events/{step}", given, role=role, version=version)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def refused(self, number: str, step: str, *, role: Role = Role.AGENT, **given: Any) -> tuple[int, str]:
        version = (await self.read(number, Role.SUPERVISOR))["version"]
        answer = await self.send("POST", f"{number}/events/{step}", given, role=role, version=version)
        return answer.status_code, answer.json()["code"]

    async def forwarded(self) -> str:
        """The number of a complaint that is with the officer's unit."""
        number: str = (await self.make(COMPLAINT | {"register_now": True})).json()["number"]
        await self.step(number, "forward", unit_id=1)
        return number


@pytest.fixture
def desk(house: httpx.AsyncClient, as_role: Headers) -> Desk:
    return Desk(house, as_role)


def deadlines(ticket: Mapping[str, Any]) -> dict[str, str]:
    return {one["code"]: one["state"] for one in ticket["deadlines"]}


async def test_one_click_makes_a_draft_from_a_call_and_the_same_key_makes_nothing_new(desk: Desk) -> None:
    first, second = await desk.make(), await desk.make()
    made = first.json()
    assert first.status_code == 201, first.text
    assert second.json()["number"] == made["number"]
    assert {name: made[name] for name in ("number", "kind", "state", "channel", "received_at", "priority")} == {
        "number": "12315-2026-00001",
        "kind": "complaint",
        "state": "draft",
        "channel": "call",
        "received_at": "2026-11-23T01:00:00.000Z",
        "priority": "P4",
    }
    (party,) = made["parties"]
    assert (party["role"], party["name"], party["phone"]) == ("complainant", "张**", "138****5678")
    assert [(link["what"], link["call_id"]) for link in made["links"]] == [("call", "pbx1-7.0")]
    assert made["facts"] == "2026年11月20日在苏果超市买的奶粉已过期, 电话139****1111"
    other = await desk.make(COMPLAINT | {"kind": "report"})
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert (await desk.make(key="key-00000002")).json()["number"] == "12315-2026-00002"


async def test_ten_requests_at_once_make_one_ticket_for_a_key_and_numbers_without_a_gap(
    desk: Desk, database: Database
) -> None:
    same = await asyncio.gather(*(desk.make() for _ in range(10)))
    assert {answer.json()["number"] for answer in same} == {"12315-2026-00001"}
    refused = await desk.make(COMPLAINT | {"fields": {"goods_code": "no_such_code"}}, key="key-refused-1")
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown_code")
    others = await asyncio.gather(*(desk.make(key=f"key-0000010{number}") for number in range(10)))
    numbers = sorted(answer.json()["number"] for answer in others)
    assert numbers == [f"12315-2026-{number:05d}" for number in range(2, 12)]


async def test_a_complaint_goes_from_the_call_to_its_end_with_the_clocks_of_the_law(
    desk: Desk, clock: Clock, database: Database
) -> None:
    made = (await desk.make(COMPLAINT | {"register_now": True})).json()
    number = made["number"]
    assert (made["state"], deadlines(made)) == (
        "registered",
        {"platform_entry": "running", "forward": "running", "accept": "running"},
    )
    assert [step["step"] for step in made["steps"]] == ["forward", "refer"]
    forwarded = await desk.step(number, "forward", unit_id=1)
    assert (forwarded["unit"], deadlines(forwarded)["forward"]) == ("武进分局", "met")
    accepted = await desk.step(number, "accept", role=Role.OFFICER, notice=NOTICE)
    assert deadlines(accepted) == {
        "platform_entry": "running",
        "forward": "met",
        "accept": "met",
        "mediate": "running",
    }
    clock.now = NOW + timedelta(days=10)
    settled = await desk.step(
        number,
        "settle",
        role=Role.OFFICER,
        how_settled="mediated",
        agreement="退还货款二百元",
        amount_recovered_cents=20000,
    )
    assert (settled["outcome"], settled["amount_recovered_cents"]) == ("mediated", 20000)
    (complete,) = settled["steps"]
    assert (complete["step"], complete["lacks"]) == ("complete", ["merchant"])
    assert await desk.refused(number, "complete", role=Role.OFFICER, feedback="已退款") == (409, "ticket_lacks")
    fields = {"unidentified_reason": "摊位已撤", "platform_number": "2026112300001"}
    changed = await desk.send("PATCH", number, fields, role=Role.OFFICER, version=settled["version"])
    assert deadlines(changed.json())["platform_entry"] == "breached"
    done = await desk.step(number, "complete", role=Role.OFFICER, feedback="已退款")
    assert (done["state"], done["next_due_at"], done["steps"]) == ("completed", None, [])
    events = (await desk.send("GET", f"{number}/history?limit=200")).json()["items"]
    assert [event["what"] for event in events if event["what"] != "warned"] == [
        *("created", "register", "forward", "accept", "settle", "changed", "complete"),
    ]
    with pytest.raises(DBAPIError, match="to ticket_events rows are only added"):
        async with database.sessions.begin() as session:
            await session.execute(text("DELETE FROM ticket_events"))


async def test_a_number_of_the_national_platform_belongs_to_one_ticket(desk: Desk) -> None:
    for key in ("key-00000001", "key-00000002"):
        made = (await desk.make(key=key)).json()
        answer = await desk.send("PATCH", made["number"], {"platform_number": "2026112300001"}, version=made["version"])
    assert (answer.status_code, answer.json()["code"]) == (409, "platform_number_taken")
    assert (await desk.read(made["number"]))["version"] == 1


async def test_of_two_who_take_a_step_at_once_one_learns_that_the_ticket_has_changed(desk: Desk) -> None:
    number = await desk.forwarded()
    version = (await desk.read(number))["version"]
    both = await asyncio.gather(
        *(
            desk.send("POST", f"{number}/events/accept", {}, role=role, version=version)
            for role in (Role.OFFICER, Role.SUPERVISOR)
        )
    )
    assert sorted(answer.status_code for answer in both) == [200, 412]
    assert (await desk.read(number))["state"] == "accepted"


async def test_officers_see_the_matters_of_their_unit_alone_and_lose_sight_of_what_they_give_back(desk: Desk) -> None:
    number = await desk.forwarded()
    await desk.make(key="key-00000002")
    listed = await desk.send("GET", "", role=Role.OFFICER)
    assert [one["number"] for one in listed.json()["items"]] == [number]
    missing = await desk.send("GET", "12315-2026-00002", role=Role.OFFICER)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    given_back = await desk.step(number, "give_back", role=Role.OFFICER, reason="不属本辖区")
    assert (given_back["state"], given_back["unit_id"]) == ("registered", None)
    assert (await desk.send("GET", number, role=Role.OFFICER)).status_code == 404
    assert await desk.refused(number, "forward", unit_id=1) == (403, "right_required")
    again = await desk.step(number, "forward", role=Role.SUPERVISOR, unit_id=1)
    assert (again["state"], deadlines(again)["forward"]) == ("forwarded", "met")


async def test_nothing_is_forwarded_to_a_closed_unit_or_passed_on_by_one(desk: Desk, as_role: Headers) -> None:
    number = await desk.forwarded()
    assert await desk.refused(number, "forward", role=Role.OFFICER, unit_id=2) == (409, "step_not_allowed")
    other = (await desk.make(COMPLAINT | {"register_now": True}, key="key-00000002")).json()["number"]
    closed = await desk._client.patch(
        "/api/v1/units/2", json={"is_active": False}, headers=as_role[Role.ADMIN] | {"If-Match": '"1"'}
    )
    assert closed.status_code == 200
    assert await desk.refused(other, "forward", unit_id=2) == (409, "unit_closed")


@pytest.mark.parametrize(
    ("step", "given", "answer"),
    [
        ("refuse", {"ground": 3, "reason": "无消费关系"}, (400, "step_needs")),
        ("refuse", {"ground": 8, "reason": "无消费关系", "notice": NOTICE}, (400, "out_of_range")),
        ("accept", {"reason": "多余"}, (400, "step_does_not_take")),
        ("accept", {"notice": NOTICE | {"at": "2026-11-24T08:00:00Z"}}, (400, "invalid_input")),
        ("accept", {"notice": NOTICE | {"at": "2026-11-01T08:00:00Z"}}, (400, "invalid_input")),
        ("ask", {"reason": "身份证明", "due_on": "2026-11-01"}, (400, "in_the_past")),
        ("settle", {"how_settled": "mediated", "agreement": "退款"}, (409, "step_not_allowed")),
    ],
)
async def test_what_does_not_fit_a_step_is_refused_and_changes_nothing(
    desk: Desk, step: str, given: dict[str, Any], answer: tuple[int, str]
) -> None:
    number = await desk.forwarded()
    before = await desk.read(number)
    assert await desk.refused(number, step, role=Role.OFFICER, **given) == answer
    assert await desk.read(number) == before


async def test_who_may_not_take_a_step_is_told_so(desk: Desk) -> None:
    number = await desk.forwarded()
    assert await desk.refused(number, "accept", role=Role.AGENT) == (403, "right_required")
    assert await desk.refused(number, "accept", role=Role.DIRECTOR) == (403, "right_required")


async def test_the_reporter_is_known_to_the_unit_to_the_agent_that_day_and_to_nobody_else(
    desk: Desk, clock: Clock
) -> None:
    report = COMPLAINT | {"kind": "report", "register_now": True}
    number = (await desk.make(report)).json()["number"]
    await desk.step(number, "forward", unit_id=1)

    async def name_for(role: Role) -> str | None:
        (party,) = (await desk.read(number, role))["parties"]
        found: str | None = party["name"]
        return found

    assert [await name_for(role) for role in (Role.AGENT, Role.OFFICER, Role.SUPERVISOR)] == ["张**", "张**", None]
    clock.now = NOW + timedelta(days=1)
    assert await name_for(Role.AGENT) is None
    unmasking = {"field": "name", "role": "reporter", **WHY}
    refused = await desk.send("POST", f"{number}/unmasking", unmasking, role=Role.SUPERVISOR)
    assert (refused.status_code, refused.json()["code"]) == (403, "reporter_not_shown")
    whole = await desk.send("POST", f"{number}/unmasking", unmasking, role=Role.OFFICER)
    assert whole.json() == {"value": "张三"}
    pop = await desk._client.get("/api/v1/calls/pbx1/pbx1-7.0/tickets", headers=desk._headers[Role.AGENT])
    assert (pop.json()["open"], pop.json()["linked"]) == ([], [])


async def test_each_unmasking_is_logged_with_its_reason(desk: Desk, database: Database) -> None:
    number = await desk.forwarded()
    for field, value in (("facts", COMPLAINT["fields"]["facts"]), ("phone", "+8613812345678")):
        role = {} if field == "facts" else {"role": "complainant"}
        whole = await desk.send("POST", f"{number}/unmasking", {"field": field, **role, **WHY})
        assert whole.json() == {"value": value}
    async with database.sessions.begin() as session:
        logged = (await session.execute(text("SELECT what, subject FROM access_log ORDER BY id"))).all()
    assert [tuple(row) for row in logged if "ticket" in row.what] == [
        ("ticket facts (办理需要核对)", f"tickets/{number}"),
        ("ticket phone of complainant (办理需要核对)", f"tickets/{number}"),
    ]


async def test_whoever_answers_sees_the_open_matters_of_the_caller_with_the_names_apart(desk: Desk) -> None:
    await desk.make(COMPLAINT | {"register_now": True})
    second = {"kind": "enquiry", "call": CALL, "party": {"name": "李四"}, "fields": {"facts": "三包期限"}}
    enquiry = (await desk.make(second | {"register_now": True}, key="key-00000002")).json()["number"]
    await desk.step(enquiry, "answer", feedback="七日内可退货")
    pop = await desk._client.get("/api/v1/calls/pbx1/pbx1-7.0/tickets", headers=desk._headers[Role.AGENT])
    found = pop.json()
    assert [(one["number"], one["name"]) for one in found["open"]] == [("12315-2026-00001", "张**")]
    assert [(one["number"], one["name"]) for one in found["closed"]] == [(enquiry, "李**")]
    assert [one["number"] for one in found["linked"]] == ["12315-2026-00001", enquiry]


async def test_priority_follows_what_is_known_until_somebody_sets_it_and_only_leads_lower_it(desk: Desk) -> None:
    made = (await desk.make()).json()
    number = made["number"]
    ill = await desk.send("PATCH", number, {"ill": 3}, version=made["version"])
    assert (ill.json()["priority"], ill.json()["priority_reason"]) == ("P1", "priority-3: several_ill")
    lower = {"priority": "P3", "reason": "已就医无大碍"}
    version = ill.json()["version"]
    refused = await desk.send("PUT", f"{number}/priority", lower, version=version)
    assert (refused.status_code, refused.json()["code"]) == (403, "right_required")
    lowered = await desk.send("PUT", f"{number}/priority", lower, role=Role.SUPERVISOR, version=version)
    assert lowered.json()["priority"] == "P3"
    worse = await desk.send("PATCH", number, {"ill": 5}, version=lowered.json()["version"])
    assert worse.json()["priority"] == "P3"


async def test_somebody_is_warned_once_of_each_share_of_a_time_limit_and_a_breach_stays_one(
    desk: Desk, clock: Clock, database: Database
) -> None:
    number = await desk.forwarded()
    timezone = Settings().timezone
    for day in range(1, 12):
        clock.now = NOW + timedelta(days=day)
        for _ in range(2):
            await look_at_clocks(database, timezone, lambda: clock.now)
    ticket = await desk.read(number)
    assert {one["code"]: (one["state"], one["warned"]) for one in ticket["deadlines"]} == {
        "platform_entry": ("breached", [50, 80, 100]),
        "forward": ("met", []),
        "accept": ("breached", [50, 80, 100]),
    }
    events = (await desk.send("GET", f"{number}/history?limit=200")).json()["items"]
    warned = [(event["body"]["code"], event["body"]["percent"]) for event in events if event["what"] == "warned"]
    assert sorted(warned) == [(code, percent) for code in ("accept", "platform_entry") for percent in (50, 80, 100)]


async def test_a_time_limit_follows_the_calendar_when_a_day_to_come_is_closed(desk: Desk, database: Database) -> None:
    number = await desk.forwarded()

    async def accept_due() -> str:
        (due,) = [one["target_due_at"] for one in (await desk.read(number))["deadlines"] if one["code"] == "accept"]
        return str(due)

    assert await accept_due() == "2026-12-02T16:00:00.000Z"
    closed = await desk._client.put(
        "/api/v1/hours/days/2026-11-25", json={"kind": "day_off"}, headers=desk._headers[Role.SUPERVISOR]
    )
    assert closed.status_code == 200, closed.text
    await look_at_clocks(database, Settings().timezone, lambda: NOW)
    assert await accept_due() == "2026-12-03T16:00:00.000Z"


async def test_a_list_is_read_page_by_page_in_both_orders_and_each_filter_finds_its_own(desk: Desk) -> None:
    for number in range(3):
        await desk.make(
            {"kind": "enquiry", "channel": "visit", "fields": {"facts": "三包期限"}}, key=f"key-0000030{number}"
        )
    for number in range(5):
        await desk.make(COMPLAINT | {"register_now": True}, key=f"key-0000020{number}")

    async def walk(query: str, limit: int = 2) -> list[str]:
        found: list[str] = []
        cursor = ""
        while True:
            page = (await desk.send("GET", f"?limit={limit}&{query}{cursor}")).json()
            found += [one["number"][-1] for one in page["items"]]
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"

    assert await walk("") == ["8", "7", "6", "5", "4", "3", "2", "1"]
    for limit in range(1, 10):
        by_due = await walk("order=due", limit)
        assert by_due == ["4", "5", "6", "7", "8", "1", "2", "3"], (limit, "last those without a time limit")
    assert await walk("order=due&kind=enquiry") == ["1", "2", "3"]
    assert await walk("kind=enquiry") == ["3", "2", "1"]
    assert await walk("state=registered&open=true&priority=P4&mine=true") == ["8", "7", "6", "5", "4"]
    assert await walk("open=false") == []


async def test_tickets_are_found_by_two_characters_and_by_a_number_that_is_logged(
    desk: Desk, database: Database
) -> None:
    await desk.make()
    other = {"kind": "enquiry", "channel": "visit", "fields": {"facts": "手机维修 ＡＢ-12 保修100%吗"}}
    await desk.make(other, key="key-00000002")

    async def find(role: Role = Role.AGENT, **search: Any) -> list[str] | int:
        answer = await desk._client.post("/api/v1/ticket-searches", json=search, headers=desk._headers[role])
        return (
            [one["number"][-1] for one in answer.json()["items"]] if answer.status_code == 200 else (answer.status_code)
        )

    assert await find(words="奶粉") == ["1"]
    assert await find(words="ab") == ["2"]
    assert await find(words="苏果 过期") == ["1"]
    assert await find(words="粉奶") == []
    assert await find(words="100%") == ["2"]
    assert await find(words="维修100%") == []
    assert await find(words="奶") == 422
    assert await find() == 422
    assert await find(phone="138 1234 5678") == ["1"]
    assert await find(phone="13812345678", role=Role.SUPERVISOR) == ["1"]
    assert await find(phone="13812345678", role=Role.OFFICER) == 403
    async with database.sessions.begin() as session:
        logged = (await session.execute(text("SELECT what, subject FROM access_log ORDER BY id"))).all()
    assert ("search by number", "138****5678") in [tuple(row) for row in logged]


@pytest.mark.parametrize("looked_through", [1, 2, 3, 5_000])
async def test_a_search_gives_all_of_what_it_finds_page_by_page_newest_first(
    desk: Desk, looked_through: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "LOOKED_THROUGH", looked_through)
    for number, facts in enumerate(("奶粉过期", "三包期限", "奶粉结块", "奶粉涨价", "保修多久", "奶粉缺货")):
        enquiry = {"kind": "enquiry", "channel": "visit", "fields": {"facts": facts}}
        await desk.make(enquiry, key=f"key-0000040{number}")

    async def walk(limit: int, **search: Any) -> list[str]:
        found: list[str] = []
        after: dict[str, str] = {}
        while True:
            sent = search | {"limit": limit} | after
            answer = await desk._client.post("/api/v1/ticket-searches", json=sent, headers=desk._headers[Role.AGENT])
            page = answer.json()
            found += [one["number"][-1] for one in page["items"]]
            if page["next"] is None:
                return found
            after = {"cursor": page["next"]}

    for limit in (1, 2, 3, 10):
        assert await walk(limit, words="奶粉") == ["6", "4", "3", "1"], limit
        assert await walk(limit, words="奶粉", kind="complaint") == [], limit


async def test_matters_of_one_person_that_may_be_the_same_are_suggested(desk: Desk) -> None:
    first = (await desk.make()).json()["number"]
    again = COMPLAINT | {"fields": COMPLAINT["fields"] | {"respondent": "苏果超市(武进店)"}}
    await desk.make(again, key="key-00000002")
    elsewhere = COMPLAINT | {"fields": COMPLAINT["fields"] | {"respondent": "永辉超市新北店"}}
    await desk.make(elsewhere, key="key-00000003")
    found = (await desk.send("GET", f"{first}/duplicates")).json()["duplicates"]
    seen = ("number", "likeness", "has_same_merchant", "has_same_goods")
    assert [tuple(one[name] for name in seen) for one in found] == [("12315-2026-00002", 1.0, False, True)]
    headers = desk._headers[Role.AGENT]
    made = await desk._client.post("/api/v1/merchants", json={"name": "永辉超市新北店"}, headers=headers)
    assert made.status_code == 201, made.text
    goods = {"merchant_id": 1, "goods_code": "general_food", "facts": "别的说法"}
    for number in (first, "12315-2026-00003"):
        version = (await desk.read(number))["version"]
        assert (await desk.send("PATCH", number, goods, version=version)).status_code == 200
    found = (await desk.send("GET", f"{first}/duplicates")).json()["duplicates"]
    assert [tuple(one[name] for name in seen) for one in found] == [
        ("12315-2026-00003", 1.0, True, True),
        ("12315-2026-00002", 0.0, False, True),
    ]


async def test_each_answered_call_is_a_ticket_or_has_a_reason_or_is_missing(desk: Desk, database: Database) -> None:
    await store_confirmed(database, [answered(8, 100), answered(9, 200)])

    async def missing() -> dict[str, Any]:
        answer = await desk._client.get(
            "/api/v1/dispositions/missing?day=2026-11-23", headers=desk._headers[Role.SUPERVISOR]
        )
        found: dict[str, Any] = answer.json()
        return found

    first = await missing()
    assert [one["call_id"] for one in first["items"]] == ["pbx1-7.0", "pbx1-8.0", "pbx1-9.0"]
    number = (await desk.make()).json()["number"]
    for call, body in (("pbx1-8.0", {"reason": "silent"}), ("pbx1-9.0", {"tickets": [number]})):
        said = await desk._client.put(
            f"/api/v1/calls/pbx1/{call}/disposition", json=body, headers=desk._headers[Role.AGENT]
        )
        assert said.status_code == 200, said.text
    assert said.json()["tickets"] == [number]
    counts = {name: value for name, value in (await missing()).items() if name not in ("items", "next")}
    assert counts == {"day": "2026-11-23", "answered": 3, "with_ticket": 2, "with_reason": 1, "missing": 0}
    remark = {"reason": "other", "remark": "转告 13900001111"}
    said = await desk._client.put(
        "/api/v1/calls/pbx1/pbx1-8.0/disposition", json=remark, headers=desk._headers[Role.AGENT]
    )
    assert said.json()["remark"] == "转告 139****1111"
    both = await desk._client.put(
        "/api/v1/calls/pbx1/pbx1-8.0/disposition", json={"reason": "other"}, headers=desk._headers[Role.AGENT]
    )
    assert both.status_code == 422
