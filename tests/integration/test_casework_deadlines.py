"""The rules of time limits over HTTP: which of them hold when, and what each would make due."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from callcenter.accounts.rights import Role

RULES = "/api/v1/deadline-rules"


@pytest.fixture
def agent(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> httpx.AsyncClient:
    client.headers.update(as_role[Role.AGENT])
    return client


async def preview(client: httpx.AsyncClient, code: str, start: str, **asked: Any) -> dict[str, Any]:
    answer = await client.get(f"{RULES}/{code}/preview", params={"start": start, **asked})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_rules_of_the_day_have_their_sources_and_come_page_by_page(agent: httpx.AsyncClient) -> None:
    whole = (await agent.get(RULES, params={"limit": 200})).json()
    first = (await agent.get(RULES, params={"limit": 5})).json()
    rest = (await agent.get(RULES, params={"limit": 200, "cursor": first["next"]})).json()

    assert first["items"] + rest["items"] == whole["items"]
    assert (whole["next"], rest["next"]) == (None, None)
    assert [rule for rule in whole["items"] if rule["code"] == "mediate"] == [
        {
            "ruleset": "order_121",
            "code": "mediate",
            "priority": None,
            "counted_in": "calendar_days",
            "days": 60,
            "seconds": None,
            "extended_by": None,
            "begins_when": "accepted",
            "ends_when": "settled_or_ended",
            "paused_by": "test",
            "rolls_over_weekends": False,
            "certainty": "published",
            "source": "SAMR Order 121 (2025), 市场监督管理投诉举报处理办法, Art. 22 and 23",
            "ruleset_name": "SAMR Order 121 (2025), 市场监督管理投诉举报处理办法",
            "valid_from": "2026-04-15",
            "valid_to": None,
        }
    ]
    assert all(len(rule["source"]) > 10 for rule in whole["items"])


async def test_what_was_received_before_the_order_of_2026_goes_by_the_one_before(agent: httpx.AsyncClient) -> None:
    before = (await agent.get(RULES, params={"received_on": "2026-04-14", "limit": 200})).json()["items"]
    due = await preview(agent, "mediate", "2026-04-14T10:00:00+08:00")
    later = await preview(agent, "mediate", "2026-04-20T10:00:00+08:00", received_on="2026-04-14")

    assert {rule["ruleset"] for rule in before} == {"order_20", "office", "food_recall"}
    assert (due["rule"]["ruleset"], due["rule"]["days"], due["rule"]["counted_in"]) == ("order_20", 45, "workdays")
    assert due["legal_due_at"] == "2026-06-18T16:00:00.000Z"
    assert later["rule"]["ruleset"] == "order_20"


async def test_a_preview_tells_both_dates_the_days_and_the_warnings(agent: httpx.AsyncClient) -> None:
    accept = await preview(agent, "accept", "2026-09-30T08:00:00Z")
    mediate = await preview(agent, "mediate", "2026-08-05T02:00:00Z")
    tested = await preview(agent, "mediate", "2026-06-01T02:00:00Z", paused_from="2026-06-10", paused_to="2026-06-25")

    assert (accept["target_due_at"], accept["legal_due_at"]) == ("2026-10-15T16:00:00.000Z",) * 2
    assert accept["counted_days"] == [f"2026-10-{day:02}" for day in (8, 9, 10, 12, 13, 14, 15)]
    assert accept["warnings"] == [
        {"percent": 50, "at": "2026-10-12T16:00:00.000Z"},
        {"percent": 80, "at": "2026-10-14T16:00:00.000Z"},
        {"percent": 100, "at": "2026-10-15T16:00:00.000Z"},
    ]
    assert (mediate["target_due_at"], mediate["legal_due_at"]) == (
        "2026-10-04T16:00:00.000Z",
        "2026-10-08T16:00:00.000Z",
    )
    assert tested["target_due_at"] == "2026-08-15T16:00:00.000Z"


async def test_a_year_without_a_calendar_is_named_and_nothing_is_guessed(agent: httpx.AsyncClient) -> None:
    due = await preview(agent, "accept", "2026-12-23T02:00:00Z")

    assert (due["target_due_at"], due["legal_due_at"], due["missing_year"]) == (None, None, 2027)
    assert due["counted_days"][-1] == "2026-12-31"


async def test_how_soon_an_instruction_is_acknowledged_depends_on_its_priority(agent: httpx.AsyncClient) -> None:
    start = "2026-10-01T14:00:00Z"
    found = {
        priority: (await preview(agent, "acknowledge", start, priority=priority))["legal_due_at"]
        for priority in ("P1", "P2", "P3")
    }
    without = await agent.get(f"{RULES}/acknowledge/preview", params={"start": start})
    unset = await agent.get(f"{RULES}/acknowledge/preview", params={"start": start, "priority": "P5"})
    off_shelf = await preview(agent, "off_shelf", start, priority="P2")

    assert found == {
        "P1": "2026-10-01T14:15:00.000Z",
        "P2": "2026-10-01T14:30:00.000Z",
        "P3": "2026-10-08T02:30:00.000Z",
    }
    assert (without.status_code, without.json()["detail"]) == (
        400,
        "The limit acknowledge depends on the priority: give one of P1, P2, P3, P4.",
    )
    assert (unset.status_code, unset.json()["detail"]) == (
        404,
        "The limit acknowledge is set for P1, P2, P3, P4, not for P5.",
    )
    assert [warning["at"] for warning in off_shelf["warnings"]] == [
        "2026-10-02T02:00:00.000Z",
        "2026-10-02T09:12:00.000Z",
        "2026-10-02T14:00:00.000Z",
    ]


@pytest.mark.parametrize(
    "asked",
    [
        {"start": "2026-10-01"},
        {"start": "2026-10-01T14:00:00"},
        {"start": "2026-10-01T14:00:00Z", "paused_from": "2026-10-02"},
        {"start": "2026-10-01T14:00:00Z", "paused_from": "2026-10-02", "paused_to": "2026-10-01"},
        {"start": "2026-10-01T14:00:00Z", "paused_from": "2026-10-02", "paused_to": "2028-10-01"},
        {"start": "2026-10-01T14:00:00Z", "priority": "P9"},
        {"start": "9999-12-31T23:59:59Z"},
        {"start": "0001-01-01T00:00:00Z"},
    ],
)
async def test_what_is_no_limit_is_refused(agent: httpx.AsyncClient, asked: dict[str, str]) -> None:
    assert (await agent.get(f"{RULES}/mediate/preview", params=asked)).status_code == 422
