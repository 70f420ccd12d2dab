"""The callback list over HTTP: pages, files, who sees whose number, and the supervisor's signature."""

from __future__ import annotations

import base64
import csv
import io
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.accounts.rules import LOOK_UP_WINDOW, LOOK_UPS
from callcenter.callbacks.claims import CLAIM_LEASE
from callcenter.callbacks.day_lists import freeze_due_days
from callcenter.callbacks.deadlines import describe_deadline
from callcenter.callbacks.rules import PRIORITY_RULE
from callcenter.callbacks.service import refresh
from callcenter.calls.records import CallRecord
from callcenter.hours.calling_hours import CallingHours
from callcenter.postgres.database import Database
from tests.call_examples import ABANDONED
from tests.integration.callback_examples import LI, MEI, SETTINGS, at, lost, outbound, store
from tests.integration.conftest import Clock

CALLBACKS = "/api/v1/callbacks"
TELLINGS: tuple[Any, ...] = ([1], ["a", 1], [2**63, 1], [1.5, 1], [True, 1], {})
REASON = {"X-Reason": "complaint%2017"}
AFTER_MIDNIGHT = at(15 * 3600 + 600)


async def given(database: Database, *calls: CallRecord) -> None:
    await store(database, calls)
    await refresh(database, SETTINGS)


@pytest.fixture
def agent(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> httpx.AsyncClient:
    client.headers.update(as_role[Role.AGENT])
    return client


@pytest.fixture
def supervisor(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> httpx.AsyncClient:
    client.headers.update(as_role[Role.SUPERVISOR])
    return client


async def list_accesses(database: Database) -> list[tuple[Any, ...]]:
    async with database.engine.connect() as connection:
        query = "SELECT name, what, subject FROM access_log JOIN users ON users.id = user_id ORDER BY access_log.id"
        return [tuple(row) for row in await connection.execute(text(query))]


async def test_the_live_list_says_by_which_rules_it_is_sorted_and_dated(
    database: Database, supervisor: httpx.AsyncClient
) -> None:
    await given(database, lost(1, 0, name="张伟"))
    page = (await supervisor.get(CALLBACKS, headers=REASON)).json()
    (item,) = page.pop("items")
    assert page == {
        "next": None,
        "day": None,
        "frozen_at": None,
        "sha256": None,
        "priority_rule": PRIORITY_RULE,
        "deadline_rule": describe_deadline(CallingHours.of(SETTINGS)),
        "hours": ["09:00-12:00", "14:00-20:00"],
    }
    assert item == {
        "id": item["id"],
        "kind": "caller",
        "state": "open",
        "caller_number": "+8613812345678",
        "opened_at": "2026-11-23T01:00:00.000Z",
        "last_lost_at": "2026-11-23T01:00:30.000Z",
        "due_at": "2026-11-23T03:00:00.000Z",
        "is_calendar_missing": False,
        "is_overdue": True,
        "promised_at": None,
        "is_put_off": False,
        "kept_place": None,
        "has_message": False,
        "tries": 1,
        "tries_within_10_minutes": 1,
        "longest_wait_seconds": 30.0,
        "attempts": 0,
        "attempts_counted": 0,
        "is_emergency": False,
        "first_attempt_at": None,
        "closed_at": None,
        "closed_by": None,
        "decision": None,
        "previous_episode_id": None,
        "priority": [0, -1, -30000, 1795395600000],
        "calls": [
            {
                "pbx": "pbx1",
                "call_id": "pbx1-1.0",
                "business_date": "2026-11-23",
                "started_at": "2026-11-23T01:00:00.000Z",
                "ended_at": "2026-11-23T01:00:30.000Z",
                "outcome": "abandoned_queue",
                "short": False,
                "wait_seconds": 30.0,
                "caller_number": "+8613812345678",
                "caller_name": "张伟",
                "kept_place": None,
            }
        ],
        "claim": None,
        "next_try_at": None,
        "queues": [],
    }
    assert (await supervisor.get(f"{CALLBACKS}/{item['id']}", headers=REASON)).json() == item


async def test_supervisors_see_numbers_with_a_reason_and_that_alone_is_logged(
    database: Database, supervisor: httpx.AsyncClient
) -> None:
    await given(database, lost(1, 0), lost(2, 0, caller=LI))
    (first, second) = (await supervisor.get(CALLBACKS)).json()["items"]
    assert [first["caller_number"], second["caller_number"]] == ["138****5678", "139****0001"]
    assert (await supervisor.get(CALLBACKS, headers={"X-Reason": ""})).status_code == 400
    await supervisor.get(f"{CALLBACKS}/{first['id']}")
    assert await list_accesses(database) == []
    page = (await supervisor.get(CALLBACKS, headers=REASON)).json()
    assert [item["caller_number"] for item in page["items"]] == ["+8613812345678", "+8613900000001"]
    wanted = {"day": "2026-11-23", "format": "csv", "caller": LI}
    answer = await supervisor.post(f"{CALLBACKS}/searches", json=wanted, headers=REASON)
    assert "'+8613900000001" in answer.text
    what = "caller_number (complaint 17)"
    search = ("mei-supervisor", "search by number", "139****0001")
    assert [entry for entry in await list_accesses(database) if entry != search] == [
        ("mei-supervisor", what, f"callbacks/live: {first['id']},{second['id']}"),
        ("mei-supervisor", what, f"callbacks/2026-11-23: {second['id']}"),
    ]


async def test_a_list_asked_for_masked_stays_so_whatever_the_reason_and_the_look_is_not_logged(
    database: Database, supervisor: httpx.AsyncClient
) -> None:
    await given(database, lost(1, 0), lost(2, 0, caller=LI))
    page = (await supervisor.get(CALLBACKS, params={"masked": True}, headers=REASON)).json()
    assert [item["caller_number"] for item in page["items"]] == ["138****5678", "139****0001"]
    assert await list_accesses(database) == []


async def test_rows_say_who_works_on_the_caller_when_to_try_again_and_in_which_queues_they_were_lost(
    database: Database, agent: httpx.AsyncClient, clock: Clock
) -> None:
    visits = replace(lost(1, 0), queue_visits=ABANDONED.queue_visits)
    await given(database, visits, lost(2, 0, caller=LI), outbound(3, 600, dialled=LI))
    rows = {item["caller_number"]: item for item in (await agent.get(CALLBACKS)).json()["items"]}
    mei, li = rows["138****5678"], rows["139****0001"]
    assert (mei["claim"], mei["next_try_at"], mei["queues"]) == (None, None, ["hotline"])
    assert (li["claim"], li["next_try_at"], li["queues"]) == (None, "2026-11-23T06:00:00.000Z", [])

    assert (await agent.post(f"{CALLBACKS}/{mei['id']}/claim")).status_code == 200
    claim = {"user": "mei-agent", "expires_at": "2026-11-23T08:30:00.000Z"}
    for day in (None, "2026-11-23"):
        page = await agent.get(CALLBACKS, params={} if day is None else {"day": day})
        assert [item["claim"] for item in page.json()["items"] if item["id"] == mei["id"]] == [claim]
    assert (await agent.get(f"{CALLBACKS}/{mei['id']}")).json()["claim"] == claim
    clock.now += CLAIM_LEASE
    assert (await agent.get(f"{CALLBACKS}/{mei['id']}")).json()["claim"] is None


@pytest.mark.parametrize("shape", ["json", "csv", "xlsx"])
async def test_agents_see_numbers_and_names_masked_in_every_shape(
    database: Database, agent: httpx.AsyncClient, shape: str
) -> None:
    await given(database, lost(1, 0, name="张伟"))
    answer = await agent.get(CALLBACKS, params={"format": shape})
    if shape == "json":
        (item,) = answer.json()["items"]
        assert item["calls"][0]["caller_number"] == item["caller_number"]
        told = [item["caller_number"], item["calls"][0]["caller_name"]]
    elif shape == "csv":
        told = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))[1][:2]
    else:
        sheet = load_workbook(io.BytesIO(answer.content)).active
        assert sheet is not None
        told = [sheet.cell(2, 1).value, sheet.cell(2, 2).value]
    assert [cell.lstrip("'") for cell in told] == ["138****5678", "张*"]
    assert await list_accesses(database) == []


async def test_an_agent_sees_one_number_with_a_reason_and_that_is_logged(
    database: Database, agent: httpx.AsyncClient
) -> None:
    await given(database, lost(1, 0))
    episode_id = (await agent.get(CALLBACKS)).json()["items"][0]["id"]
    one = f"{CALLBACKS}/{episode_id}"
    assert (await agent.get(one)).json()["caller_number"] == "138****5678"
    assert (await agent.get(one, headers={"X-Reason": ""})).status_code == 400
    assert await list_accesses(database) == []
    seen = await agent.get(one, headers={"X-Reason": "%E5%9B%9E%E7%94%B5"})
    assert seen.json()["caller_number"] == "+8613812345678"
    assert await list_accesses(database) == [("mei-agent", "caller_number (回电)", f"callbacks/{episode_id}")]


async def test_pages_are_followed_by_their_cursor(database: Database, agent: httpx.AsyncClient) -> None:
    await given(database, *(lost(number, number % 3, caller=f"138{number:08}") for number in range(5)))
    seen, cursor = [], None
    for _ in range(3):
        page = (await agent.get(CALLBACKS, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert cursor is None
    everything = (await agent.get(CALLBACKS)).json()
    assert seen == [item["id"] for item in everything["items"]]
    assert len(set(seen)) == 5


async def test_a_cursor_that_no_list_gave_is_refused(agent: httpx.AsyncClient) -> None:
    encoded = [base64.urlsafe_b64encode(json.dumps(told).encode()).decode() for told in TELLINGS]
    for cursor in ("x", "", *encoded):
        answer = await agent.get(CALLBACKS, params={"cursor": cursor})
        assert (answer.status_code, answer.json()["status"]) == (400, 400), cursor


async def test_a_query_that_makes_no_sense_is_refused(agent: httpx.AsyncClient) -> None:
    for query in ({"state": "lost"}, {"day": "yesterday"}, {"limit": 0}, {"format": "pdf"}, {"unknown": "1"}):
        assert (await agent.get(CALLBACKS, params=query)).status_code == 422, query


async def test_filters_go_together(database: Database, agent: httpx.AsyncClient) -> None:
    await given(database, lost(1, 0), lost(2, 0, caller=LI), lost(3, 0, caller=None))

    async def count(**query: Any) -> int:
        return len((await agent.get(CALLBACKS, params=query)).json()["items"])

    assert await count() == 3
    assert await count(overdue=True, state=["open", "unknown"]) == 3
    assert await count(kind="no_number") == 1
    assert (await agent.get(CALLBACKS, params={"caller": LI})).status_code == 422


async def test_an_agent_finds_by_number_only_whom_they_have_claimed_and_some_an_hour(
    database: Database, agent: httpx.AsyncClient, clock: Clock
) -> None:
    await given(database, lost(1, 0), lost(2, 0, caller=LI))
    (first, _) = (await agent.get(CALLBACKS)).json()["items"]
    assert (await agent.post(f"{CALLBACKS}/{first['id']}/claim")).status_code == 200

    async def find(number: str, **query: Any) -> list[int]:
        answer = await agent.post(f"{CALLBACKS}/searches", json={"caller": number} | query)
        assert answer.status_code == 200
        return [item["id"] for item in answer.json()["items"]]

    assert await find(MEI) == await find(MEI, day="2026-11-23") == [first["id"]]
    assert await find(LI) == await find(LI, day="2026-11-23") == []
    await freeze_due_days(database, SETTINGS, AFTER_MIDNIGHT)
    assert (await find(MEI, day="2026-11-23"), await find(LI, day="2026-11-23")) == ([first["id"]], [])
    for _ in range(LOOK_UPS - 6):
        await find(LI)
    refused = await agent.post(f"{CALLBACKS}/searches", json={"caller": LI})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "3600")
    one = f"{CALLBACKS}/{first['id']}"
    assert (await agent.get(one, headers=REASON)).status_code == 429, "seeing and guessing draw on the same allowance"
    clock.now += LOOK_UP_WINDOW
    assert (await agent.get(one, headers=REASON)).status_code == 200
    searches = [entry for entry in await list_accesses(database) if entry[1] == "search by number"]
    assert searches.count(("mei-agent", "search by number", "138****5678")) == 3
    assert len(searches) == LOOK_UPS


async def test_a_day_is_frozen_and_as_it_stands(database: Database, agent: httpx.AsyncClient) -> None:
    await given(database, lost(1, 0))
    day = {"day": "2026-11-23"}
    assert (await agent.get(CALLBACKS, params=day)).json()["frozen_at"] is None
    await freeze_due_days(database, SETTINGS, AFTER_MIDNIGHT)
    await given(database, outbound(2, 90000, is_answered=True))
    frozen = (await agent.get(CALLBACKS, params=day)).json()
    assert (frozen["day"], frozen["frozen_at"]) == ("2026-11-23", "2026-11-23T16:10:00.000Z")
    assert (len(frozen["sha256"]), frozen["items"][0]["state"]) == (64, "open")
    current = (await agent.get(CALLBACKS, params=day | {"current": True})).json()
    assert (current["frozen_at"], current["items"][0]["state"]) == (None, "reached")


async def test_files_hold_the_whole_list_under_a_name_of_their_own(
    database: Database, supervisor: httpx.AsyncClient
) -> None:
    await given(database, *(lost(number, number, caller=f"138{number:08}") for number in range(60)))
    wanted: dict[str, Any] = {"format": "csv", "limit": 1, "language": "en"}
    answer = await supervisor.get(CALLBACKS, params=wanted, headers=REASON)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="callbacks-live.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 60
    assert rows[0]["caller_number"] == "'+8613800000000"
    sheet = await supervisor.get(CALLBACKS, params={"format": "xlsx", "day": "2026-11-23"})
    assert sheet.headers["content-disposition"] == 'attachment; filename="callbacks-2026-11-23.xlsx"'
    active = load_workbook(io.BytesIO(sheet.content)).active
    assert active is not None
    assert active.max_row == 61


async def test_a_supervisor_signs_with_a_reason_after_the_attempts(
    database: Database, supervisor: httpx.AsyncClient
) -> None:
    evening, morning, afternoon = -15 * 3600, 600, 6 * 3600
    await given(database, lost(1, -20 * 3600), outbound(2, evening), *(outbound(5 + n, morning + n) for n in range(3)))
    episode_id = (await supervisor.get(CALLBACKS)).json()["items"][0]["id"]
    decision = f"{CALLBACKS}/{episode_id}/decision"
    for refused in ({}, {"reason": ""}, {"reason": "   "}, {"reason": "a\nb\nc"}, {"reason": "why", "by": "li"}):
        assert (await supervisor.post(decision, json=refused)).status_code == 422
    early = await supervisor.post(decision, json={"reason": "空号，三次"})
    assert (early.status_code, "3 are required" in early.json()["detail"]) == (403, True)
    await given(database, outbound(4, afternoon))
    signed = await supervisor.post(decision, json={"reason": "空号，三次"})
    assert signed.status_code == 201
    assert signed.json()["state"] == "unreachable"
    assert signed.json()["decision"] == {
        "at": "2026-11-23T08:00:00.000Z",
        "user": "mei-supervisor",
        "reason": "空号，三次",
    }
    assert (await supervisor.post(decision, json={"reason": "again"})).status_code == 409
    assert (await supervisor.post(f"{CALLBACKS}/4711/decision", json={"reason": "gone"})).status_code == 404
    assert (await supervisor.get(CALLBACKS)).json()["items"] == []


async def test_agents_do_not_sign(database: Database, agent: httpx.AsyncClient) -> None:
    await given(database, lost(1, 0, caller=None))
    episode_id = (await agent.get(CALLBACKS)).json()["items"][0]["id"]
    answer = await agent.post(f"{CALLBACKS}/{episode_id}/decision", json={"reason": "no number"})
    assert answer.status_code == 403
    assert (await agent.get(f"{CALLBACKS}/{episode_id}")).json()["state"] == "open"


async def test_an_episode_that_does_not_exist_is_not_found_or_no_id(agent: httpx.AsyncClient) -> None:
    for episode_id, status in (("4711", 404), ("0", 422), ("x", 404), (str(2**63), 422)):
        assert (await agent.get(f"{CALLBACKS}/{episode_id}")).status_code == status
