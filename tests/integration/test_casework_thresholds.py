"""Thresholds over HTTP: what is in force, who decides the next, and that what was judged stays as it was judged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from callcenter.accounts.rights import Role
from callcenter.casework.thresholds.rules import ThresholdCode
from callcenter.casework.thresholds.store import read_thresholds
from callcenter.postgres.database import Database
from tests.integration.conftest import NOW, Clock
from tests.thresholds import PROPOSED

THRESHOLDS = "/api/v1/thresholds"
FOUR_ILL = {"code": "many_ill", "valid_from": "2026-11-24", "number": 4, "source": "the office, meeting of 2026-11-20"}

COMPLAINT: dict[str, Any] = {
    "kind": "complaint",
    "channel": "visit",
    "fields": {"title": "Milk", "facts": "It is sour.", "respondent": "A shop", "requests": ["refund"], "ill": 3},
    "party": {"name": "Zhang", "phone": "13900001111"},
    "register_now": True,
}


async def listed(client: httpx.AsyncClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    answer = await client.get(THRESHOLDS, headers=headers, params={"limit": 200})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_the_product_brings_one_of_each_with_who_says_so(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], database: Database
) -> None:
    items = await listed(client, as_role[Role.OFFICER])
    async with database.sessions.begin() as session:
        now, long_ago = [await read_thresholds(session, at) for at in (NOW, datetime(2020, 1, 1, tzinfo=UTC))]

    assert sorted(item["code"] for item in items) == sorted(ThresholdCode)
    assert all(item["source"] and item["is_in_force"] for item in items)
    assert {item["certainty"] for item in items} == {"proposed", "unchecked"}
    assert (now, long_ago) == (PROPOSED, PROPOSED)


async def test_a_director_decides_from_tomorrow_on_and_it_holds_from_that_midnight(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], database: Database
) -> None:
    added = await client.post(THRESHOLDS, json=FOUR_ILL, headers=as_role[Role.DIRECTOR])
    again = await client.post(THRESHOLDS, json=FOUR_ILL, headers=as_role[Role.ADMIN])
    items = [item for item in await listed(client, as_role[Role.DIRECTOR]) if item["code"] == "many_ill"]
    midnight = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    async with database.sessions.begin() as session:
        before, after = [
            (await read_thresholds(session, at)).many_ill for at in (midnight - timedelta(microseconds=1), midnight)
        ]

    assert (added.status_code, added.json()) == (
        201,
        {
            "code": "many_ill",
            "valid_from": "2026-11-23T16:00:00.000Z",
            "is_in_force": False,
            "unit": "people",
            "number": 4.0,
            "names": None,
            "certainty": "office",
            "source": FOUR_ILL["source"],
        },
    )
    assert (again.status_code, again.json()["code"]) == (409, "threshold_exists")
    assert [(item["number"], item["is_in_force"]) for item in items] == [(3.0, True), (4.0, False)]
    assert (before, after) == (3, 4)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"valid_from": "2026-11-23"}, 400, "in_the_past"),
        ({"number": 2.5}, 400, "out_of_range"),
        ({"number": 0}, 422, "invalid_request"),
        ({"number": None}, 400, "invalid_input"),
        ({"number": None, "names": ["drug"]}, 400, "invalid_input"),
        ({"code": "health_goods", "number": None, "names": ["no_such_goods"]}, 404, "not_found"),
        ({"source": " "}, 422, "invalid_request"),
    ],
)
async def test_what_cannot_be_decided_is_refused_and_nothing_changes(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], change: dict[str, Any], status: int, code: str
) -> None:
    headers = as_role[Role.DIRECTOR]
    before = await listed(client, headers)
    refused = await client.post(THRESHOLDS, json=FOUR_ILL | change, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert await listed(client, headers) == before


async def test_a_matter_is_as_urgent_as_the_numbers_of_its_moment_make_it(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], clock: Clock
) -> None:
    await client.post(THRESHOLDS, json=FOUR_ILL, headers=as_role[Role.DIRECTOR])

    async def made(key: str) -> dict[str, Any]:
        headers = as_role[Role.SUPERVISOR] | {"Idempotency-Key": key}
        answer = await client.post("/api/v1/tickets", json=COMPLAINT, headers=headers)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    today = await made("key-00000001")
    clock.now = NOW + timedelta(days=1)
    tomorrow = await made("key-00000002")

    assert (today["priority"], tomorrow["priority"]) == ("P1", "P2")


async def test_before_the_first_of_a_kind_that_first_one_is_in_force(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], database: Database
) -> None:
    begin = datetime(2099, 1, 1, tzinfo=UTC)
    async with database.sessions.begin() as session:
        await session.execute(text("ALTER TABLE thresholds DISABLE TRIGGER thresholds_only_added"))
        await session.execute(text("UPDATE thresholds SET valid_from = :begin"), {"begin": begin})
    assert all(item["is_in_force"] for item in await listed(client, as_role[Role.OFFICER]))


async def test_what_was_decided_is_neither_changed_nor_taken_back_in_the_database(database: Database) -> None:
    for change in ("UPDATE thresholds SET number = 9 WHERE code = 'many_ill'", "DELETE FROM thresholds"):
        with pytest.raises(DBAPIError):
            async with database.sessions.begin() as session:
                await session.execute(text(change))
