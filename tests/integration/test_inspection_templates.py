"""Templates of patrols over HTTP: two come with the schema, versions are added and never changed."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from callcenter.accounts.rights import Role
from callcenter.postgres.database import Database

TEMPLATES = "/api/v1/inspection-templates"
SIX = ["经营资格", "进货票证", "经销食品", "包装标识", "商标广告", "市场开办者"]
NEW: dict[str, Any] = {
    "code": "six-checks",
    "version": 2,
    "name": "六查六看（常州）",
    "valid_from": "2026-12-01",
    "source": "the office, 2026-11-20",
    "least_officers": 2,
    "officers_source": "the office, 2026-11-20",
    "checks": [{"check": "经营资格", "look": "看证照", "basis": None}],
}


@pytest.fixture
def supervisor(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> httpx.AsyncClient:
    client.headers.update(as_role[Role.SUPERVISOR])
    return client


async def listed(client: httpx.AsyncClient, **asked: str) -> list[tuple[str, int]]:
    items = (await client.get(TEMPLATES, params=asked)).json()["items"]
    return [(one["code"], one["version"]) for one in items]


async def test_two_templates_come_with_the_schema_each_with_its_source(supervisor: httpx.AsyncClient) -> None:
    six = (await supervisor.get(f"{TEMPLATES}/six-checks/1")).json()
    seven = (await supervisor.get(f"{TEMPLATES}/seven-checks/1")).json()

    assert [item["check"] for item in six["checks"]] == SIX
    assert [item for item in seven["checks"] if item not in six["checks"]] == [
        {
            "check": "食品贮存",
            "look": "按要求贮存、定期检查、及时清理变质或过期食品",
            "basis": "食品安全法第五十四条",
        }
    ]
    assert len(seven["checks"]) == 7
    assert {"Yulin" in six["source"], "Gansu" in seven["source"], "not checked" in six["officers_source"]} == {True}
    assert (six["least_officers"], six["valid_from"]) == (2, "2026-01-01")
    assert (await supervisor.get(f"{TEMPLATES}/six-checks/2")).status_code == 404


async def test_a_new_version_holds_from_its_day_on_and_older_ones_stay(
    supervisor: httpx.AsyncClient, database: Database
) -> None:
    added = await supervisor.post(TEMPLATES, json=NEW)

    assert (added.status_code, added.json()) == (201, NEW)
    assert await listed(supervisor) == [("seven-checks", 1), ("six-checks", 1), ("six-checks", 2)]
    assert await listed(supervisor, on_day="2026-11-30") == [("seven-checks", 1), ("six-checks", 1)]
    assert await listed(supervisor, on_day="2026-12-01") == [("seven-checks", 1), ("six-checks", 2)]
    assert await listed(supervisor, on_day="2025-12-31") == []
    assert [item["check"] for item in (await supervisor.get(f"{TEMPLATES}/six-checks/1")).json()["checks"]] == SIX
    for change in ("UPDATE inspection_templates SET name = 'x'", "DELETE FROM inspection_templates"):
        with pytest.raises(DBAPIError, match="rows are only added"):
            async with database.sessions.begin() as session:
                await session.execute(text(change))


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"version": 1}, 409, "template_version_taken"),
        ({"version": 3}, 409, "template_version_taken"),
        ({"code": "eight-checks"}, 409, "template_version_taken"),
        ({"valid_from": "2026-11-22"}, 400, "invalid_input"),
        ({"checks": []}, 422, "invalid_request"),
        ({"least_officers": 0}, 422, "invalid_request"),
        ({"code": "Six"}, 422, "invalid_request"),
    ],
)
async def test_what_is_not_the_next_version_is_refused(
    supervisor: httpx.AsyncClient, change: dict[str, Any], status: int, code: str
) -> None:
    refused = await supervisor.post(TEMPLATES, json=NEW | change)

    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert await listed(supervisor) == [("seven-checks", 1), ("six-checks", 1)]


async def test_a_version_begins_not_before_the_last_one(supervisor: httpx.AsyncClient) -> None:
    assert (await supervisor.post(TEMPLATES, json=NEW)).status_code == 201
    early = await supervisor.post(TEMPLATES, json=NEW | {"version": 3, "valid_from": "2026-11-30"})
    assert (early.status_code, early.json()["code"]) == (400, "invalid_input")


async def test_of_two_who_add_the_same_version_at_once_one_is_told(supervisor: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(supervisor.post(TEMPLATES, json=NEW) for _ in range(2)))

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"template_version_taken"}
