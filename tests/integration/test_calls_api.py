"""Calls over HTTP: what is listed, what is masked, and who saw more."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.accounts.rules import LOOK_UPS
from callcenter.calls.blind_times import GapReason
from callcenter.calls.merge_witnesses import BOTH
from callcenter.calls.record_json import record_to_json
from callcenter.calls.records import CallRecord, Outcome, Witness
from callcenter.calls.rows import Locality
from callcenter.calls.store import store_reports
from callcenter.calls.witness_store import Oddities, Unusable, add_counts, add_dead_letters, add_gap, open_gap
from callcenter.postgres.database import Database
from tests.call_examples import ABANDONED, ANSWERED, MORNING, OPEN, after, from_ami
from tests.integration.audio_house import sit

LOCALITY = Locality(area_code="0519", timezone=ZoneInfo("Asia/Shanghai"))
MASKED = {"caller_number": "138****5678", "caller_raw": "138****5678", "customer_number": "138****5678"}


async def store(database: Database, *tellings: CallRecord) -> None:
    async with database.sessions.begin() as session:
        await store_reports(session, tellings, locality=LOCALITY, now=MORNING)


@pytest.fixture
def agent(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> httpx.AsyncClient:
    client.headers.update(as_role[Role.AGENT])
    return client


@pytest.fixture
def supervisor(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> httpx.AsyncClient:
    client.headers.update(as_role[Role.SUPERVISOR])
    return client


async def test_a_list_shows_records_in_their_contract_shape_with_the_caller_masked(
    database: Database, agent: httpx.AsyncClient
) -> None:
    await store(database, from_ami(ANSWERED), ANSWERED)
    answer = await agent.get("/api/v1/calls")
    assert answer.status_code == 200
    told = record_to_json(replace(ANSWERED, witnesses=BOTH))
    assert answer.json() == {
        "items": [told | MASKED | {"business_date": "2026-11-23", "confirmed": True}],
        "next": None,
    }
    assert list(answer.json()["items"][0])[: len(told)] == list(told)


async def test_one_call_comes_with_what_each_witness_told(database: Database, agent: httpx.AsyncClient) -> None:
    timeout = from_ami(ABANDONED, outcome=Outcome.QUEUE_TIMEOUT)
    await store(database, timeout, ABANDONED)
    answer = await agent.get(f"/api/v1/calls/pbx1/{ABANDONED.call_id}")
    detail = answer.json()
    assert detail["call"]["anomalies"] == ["witnesses_disagree_outcome"]
    assert detail == {
        "call": detail["call"],
        "told_by_ami": record_to_json(timeout) | MASKED,
        "told_by_ledger": record_to_json(ABANDONED) | MASKED,
        "recorded_at": "2026-11-23T01:00:00.000Z",
        "confirmed_at": None,
        "people": [],
        "notes": [],
    }
    assert (await agent.get("/api/v1/calls/pbx1/nothing")).status_code == 404
    assert (await agent.get("/api/v1/calls/pbx1/%00")).status_code == 400


async def list_accesses(database: Database) -> list[tuple[Any, ...]]:
    async with database.engine.connect() as connection:
        query = "SELECT name, what, subject FROM access_log JOIN users ON users.id = user_id ORDER BY access_log.id"
        return [tuple(row) for row in await connection.execute(text(query))]


async def test_a_supervisor_with_a_reason_sees_the_number_and_each_record_seen_is_logged(
    database: Database, supervisor: httpx.AsyncClient
) -> None:
    await store(database, ANSWERED, replace(ABANDONED, call_id="pbx1-2.0", started_at=after(-1)))
    reason = {"X-Reason": "complaint%2017"}
    page = (await supervisor.get("/api/v1/calls", headers=reason)).json()
    assert [item["caller_raw"] for item in page["items"]] == ["13812345678", "13812345678"]
    detail = (await supervisor.get("/api/v1/calls/pbx1/pbx1-2.0", headers=reason)).json()
    assert detail["told_by_ledger"]["caller_number"] == "+8613812345678"
    assert await list_accesses(database) == [
        ("mei-supervisor", "caller_number (complaint 17)", f"pbx1/{ANSWERED.call_id}"),
        ("mei-supervisor", "caller_number (complaint 17)", "pbx1/pbx1-2.0"),
        ("mei-supervisor", "caller_number (complaint 17)", "pbx1/pbx1-2.0"),
    ]


async def test_nobody_else_sees_it_and_nobody_without_a_good_reason(
    database: Database, client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    await store(database, ANSWERED)
    for path in ("/api/v1/calls", f"/api/v1/calls/pbx1/{ANSWERED.call_id}", "/api/v1/anomalies"):
        statuses = {
            role: (await client.get(path, headers=as_role[role] | {"X-Reason": reason})).status_code
            for role, reason in ((Role.AGENT, "curious"), (Role.SUPERVISOR, ""), (Role.ADMIN, "two%0Alines"))
        }
        assert statuses == {Role.AGENT: 403, Role.SUPERVISOR: 400, Role.ADMIN: 400}
    assert await list_accesses(database) == []


async def test_a_list_can_be_filtered_and_paged(database: Database, agent: httpx.AsyncClient) -> None:
    answered = replace(ANSWERED, call_id="answered")
    abandoned = replace(ABANDONED, call_id="abandoned", caller_raw="051986612345", caller_number="+8651986612345")
    waiting = replace(OPEN, call_id="waiting", started_at=after(3))
    await store(database, answered, from_ami(answered), abandoned, waiting)

    async def names(**wanted: Any) -> list[str]:
        found: list[str] = []
        cursor: str | None = None
        while True:
            params = wanted | ({"cursor": cursor} if cursor else {})
            answer = await agent.get("/api/v1/calls", params=params)
            assert answer.status_code == 200, answer.text
            found += [item["call_id"] for item in answer.json()["items"]]
            cursor = answer.json()["next"]
            if cursor is None:
                return found

    assert await names() == await names(limit=1) == await names(limit=2) == ["waiting", "answered", "abandoned"]
    assert await names(day="2026-11-23", direction="inbound", queue="hotline") == await names()
    assert await names(day="2026-11-24") == []
    assert await names(outcome=["answered", "abandoned_queue"]) == ["answered", "abandoned"]
    assert await names(agent="1001") == ["answered"]
    assert await names(unconfirmed=True) == ["abandoned"]
    assert await names(open=True) == ["waiting"]
    assert await names(**{"from": "2026-11-23T09:00:01+08:00", "to": "2026-11-23T01:00:04.000Z"}) == ["waiting"]


async def test_an_agent_finds_by_number_only_calls_in_which_they_talked_and_some_an_hour(
    database: Database, client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    own = replace(ANSWERED, call_id="own")
    others = replace(ANSWERED, call_id="others", talks=tuple(replace(talk, with_="1002") for talk in ANSWERED.talks))
    await store(database, own, others, replace(ABANDONED, call_id="abandoned"))
    await sit(database, "mei-agent", since=after(-10))

    async def find(number: str, role: Role = Role.AGENT) -> list[str]:
        answer = await client.post("/api/v1/calls/searches", json={"caller": number}, headers=as_role[role])
        assert answer.status_code == 200, answer.text
        return [item["call_id"] for item in answer.json()["items"]]

    assert await find("13812345678") == ["own"]
    assert sorted(await find("13812345678", Role.SUPERVISOR)) == ["abandoned", "others", "own"]
    for last in range(LOOK_UPS - 1):
        assert await find(f"138123456{last:02}") == []
    wanted = {"caller": "13812345678"}
    answer = await client.post("/api/v1/calls/searches", json=wanted, headers=as_role[Role.AGENT])
    assert (answer.status_code, answer.json()["detail"]) == (429, "Too much was asked for; try again later.")
    assert len(await list_accesses(database)) == LOOK_UPS
    assert (await list_accesses(database))[0] == ("mei-agent", "search by number", "138****5678")
    for device in ("1001", "anna"):
        answer = await client.get("/api/v1/calls", params={"agent": device}, headers=as_role[Role.AGENT])
        assert answer.status_code == 200
    asked = {"agent": "13905190001"}
    assert (await client.post("/api/v1/calls/searches", json=asked, headers=as_role[Role.AGENT])).status_code == 403
    assert (
        await client.post("/api/v1/calls/searches", json=asked, headers=as_role[Role.SUPERVISOR])
    ).status_code == 200


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"limit": "201"}, 422),
        ({"limit": "0"}, 422),
        ({"from": "2026-11-23T09:00:01"}, 422),
        ({"outcome": "vanished"}, 422),
        ({"colour": "red"}, 422),
        ({"caller": "13812345678"}, 422),
        ({"agent": "13812345678"}, 400),
        ({"cursor": "x"}, 400),
        ({"cursor": base64.urlsafe_b64encode(b"[]").decode()}, 400),
        ({"cursor": base64.urlsafe_b64encode(b'["2026-11-23T09:00:01", "a", "b"]').decode()}, 400),
        ({"cursor": base64.urlsafe_b64encode(b'["2026-11-23T09:00:01Z", 1, "b"]').decode()}, 400),
        ({"cursor": base64.urlsafe_b64encode(json.dumps(["2026-11-23T09:00:01Z", "\0", ""]).encode()).decode()}, 400),
    ],
)
async def test_a_wrong_question_is_refused(agent: httpx.AsyncClient, params: dict[str, str], status: int) -> None:
    answer = await agent.get("/api/v1/calls", params=params)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_anomalies_are_odd_calls_and_what_belongs_to_no_call(
    database: Database, supervisor: httpx.AsyncClient
) -> None:
    await store(database, from_ami(ANSWERED), replace(ABANDONED, call_id="other"))
    await store(database, ABANDONED)
    async with database.sessions.begin() as session:
        oddities = Oddities(counts={"damaged_row": 2}, samples={"damaged_row": "13812345678"})
        await add_counts(session, "pbx1", Witness.LEDGER, oddities, at=MORNING)
        unusable = Unusable(text="13812345678", told_at=MORNING, reason="a defect")
        await add_dead_letters(session, "pbx1", Witness.LEDGER, [unusable], at=MORNING)
    found = (await supervisor.get("/api/v1/anomalies")).json()
    assert [item["call_id"] for item in found["items"]] == [ANSWERED.call_id]
    count = {
        "pbx": "pbx1",
        "witness": "ledger",
        "name": "damaged_row",
        "count": 2,
        "last_at": "2026-11-23T01:00:00.000Z",
    }
    counts = "/api/v1/anomalies/counts"
    assert (await supervisor.get(counts)).json() == {"items": [count | {"sample": None}], "next": None}
    reason = {"X-Reason": "looking%20for%20the%20fault"}
    unmasked = (await supervisor.get(counts, headers=reason)).json()
    assert unmasked == {"items": [count | {"sample": "13812345678"}], "next": None}
    assert await list_accesses(database) == [
        ("mei-supervisor", "caller_number (looking for the fault)", "anomalies/counts")
    ]
    (letter,) = (await supervisor.get("/api/v1/dead-letters")).json()["items"]
    assert letter == {
        "id": letter["id"],
        "pbx": "pbx1",
        "witness": "ledger",
        "reason": "a defect",
        "told_at": "2026-11-23T01:00:00.000Z",
        "at": "2026-11-23T01:00:00.000Z",
    }
    assert (await supervisor.get("/api/v1/anomalies", params={"anomaly": "pbx_died"})).json()["items"] == []


async def test_gaps_are_listed_by_the_time_they_touch(database: Database, agent: httpx.AsyncClient) -> None:
    async with database.sessions.begin() as session:
        for _ in range(2):
            await add_gap(
                session, "pbx1", Witness.LEDGER, from_at=after(0), to_at=after(60), reason=GapReason.LEDGER_LOST
            )
        await open_gap(session, "pbx1", Witness.AMI, from_at=after(90), reason=GapReason.LINK_DOWN)
    page = (await agent.get("/api/v1/gaps")).json()
    link, ledger = page["items"]
    assert link == {
        "id": link["id"],
        "pbx": "pbx1",
        "witness": "ami",
        "from": "2026-11-23T01:01:30.000Z",
        "to": None,
        "reason": "link_down",
    }
    assert (ledger["from"], ledger["to"]) == ("2026-11-23T01:00:00.000Z", "2026-11-23T01:01:00.000Z")
    assert page["next"] is None

    async def touching(**params: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await agent.get("/api/v1/gaps", params=params)).json()["items"]
        return items

    assert await touching(**{"from": (MORNING + timedelta(seconds=60)).isoformat()}) == [link]
    assert await touching(to="2026-11-23T01:01:30Z") == [ledger]
    assert await touching(pbx="pbx2") == []
    assert await touching(limit="1") == [link]
    following = (await agent.get("/api/v1/gaps", params={"limit": 1})).json()["next"]
    assert await touching(cursor=following) == [ledger]


async def test_a_call_says_who_sat_at_its_devices_while_it_lasted(
    database: Database, agent: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    await store(database, ANSWERED)
    hour = timedelta(hours=1)
    await sit(database, "mei-agent", since=MORNING - hour)
    await sit(database, "mei-supervisor", since=MORNING - 3 * hour, until=MORNING - 2 * hour)
    await sit(database, "mei-supervisor", interface="PJSIP/1009", since=MORNING - hour)
    async with database.sessions.begin() as session:
        await session.execute(text("UPDATE users SET display_name = '陈丽' WHERE name = 'mei-agent'"))
    detail = (await agent.get(f"/api/v1/calls/pbx1/{ANSWERED.call_id}")).json()
    assert detail["people"] == [{"device": "1001", "user": "mei-agent", "display_name": "陈丽"}]


async def test_whoever_was_in_a_call_keeps_one_note_of_it_which_stands_with_the_call_and_the_caller(
    database: Database, client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    waiting = replace(OPEN, call_id="pbx1-9.0")
    await store(database, ANSWERED, waiting)
    await sit(database, "mei-agent", since=MORNING - timedelta(hours=1))
    call = f"/api/v1/calls/pbx1/{ANSWERED.call_id}"
    agent, supervisor = as_role[Role.AGENT], as_role[Role.SUPERVISOR]

    async def put(note: str | None, headers: dict[str, str], of: str = call) -> tuple[int, str | None]:
        answer = await client.put(f"{of}/note", json={"note": note}, headers=headers)
        return answer.status_code, answer.json()["code"] if answer.content else None

    async def notes() -> list[tuple[str, str]]:
        detail = (await client.get(call, headers=agent)).json()
        history = (await client.get(f"{call}/history", headers=agent)).json()
        assert history["call_notes"] == detail["notes"]
        return [(note["user"], note["note"]) for note in detail["notes"]]

    assert await put("要求退款", agent) == (204, None)
    assert await put("要求退款，已转市场监管所", agent) == (204, None)
    assert await notes() == [("mei-agent", "要求退款，已转市场监管所")]
    assert await put("主管的看法", supervisor) == (403, "not_your_call")
    assert await put("还在排队", agent, f"/api/v1/calls/pbx1/{waiting.call_id}") == (403, "not_your_call")
    assert await put("没有", agent, "/api/v1/calls/pbx1/nothing") == (404, "not_found")
    assert await put("短", agent) == (422, "invalid_request")
    assert await put(None, agent) == (204, None)
    assert await notes() == []
