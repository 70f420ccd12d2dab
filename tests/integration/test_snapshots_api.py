"""Periods and snapshots over HTTP: what exists, freezing by hand, and what is refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from callcenter.accounts.rights import Role
from callcenter.analysis.snapshots.canonical import hash_rows
from tests.integration.test_tickets import Headers

SNAPSHOTS = "/api/v1/snapshots"


class Office:
    """A director who freezes periods."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client = client
        self._headers = headers

    async def freeze(self, kind: str, first: str, **more: str) -> tuple[int, Any]:
        body = {"kind": kind, "first": first} | more
        answer = await self._client.post(SNAPSHOTS, json=body, headers=self._headers)
        return answer.status_code, answer.json()

    async def periods(self, query: str) -> Any:
        return (await self._client.get(f"/api/v1/periods?{query}", headers=self._headers)).json()

    async def get(self, path: str) -> Any:
        return (await self._client.get(f"{SNAPSHOTS}{path}", headers=self._headers)).json()


@pytest.fixture
def office(client: httpx.AsyncClient, as_role: Headers) -> Office:
    return Office(client, as_role[Role.DIRECTOR])


async def test_a_period_that_has_ended_is_frozen_by_hand_and_given_again_the_second_time(office: Office) -> None:
    status, made = await office.freeze("month", "2026-10-01")
    assert (status, made | {"code_version": ""}) == (
        201,
        {
            "id": 1,
            "kind": "month",
            "first": "2026-10-01",
            "last": "2026-10-31",
            "name": None,
            "cut_off_at": "2026-11-23T08:00:00.000Z",
            "metric_version": 1,
            "code_version": "",
            "rows": 0,
            "sha256": hash_rows([]),
            "made_by": "mei-director",
        },
    )
    assert (await office.freeze("month", "2026-10-01", last="2026-10-31"))[1] == made
    assert await office.get("/1") == made
    assert await office.get("/1/corrections") == {"items": [], "next": None}
    holiday = (await office.freeze("holiday", "2026-10-01"))[1]
    assert (holiday["last"], holiday["name"]) == ("2026-10-07", "国庆节")
    days = (await office.freeze("custom", "2026-03-09", last="2026-03-15", name="3·15"))[1]
    assert (days["kind"], days["name"]) == ("custom", "3·15")
    assert [one["id"] for one in (await office.get("?kind=month"))["items"]] == [1]
    assert [one["id"] for one in (await office.get(""))["items"]] == [days["id"], holiday["id"], 1]


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"kind": "month", "first": "2026-11-01"}, 409, "period_not_ended"),
        ({"kind": "custom", "first": "2026-11-20", "last": "2026-11-23"}, 409, "period_not_ended"),
        ({"kind": "month", "first": "2026-10-02"}, 400, "no_such_period"),
        ({"kind": "month", "first": "2026-10-01", "last": "2026-10-30"}, 400, "no_such_period"),
        ({"kind": "custom", "first": "2026-10-02"}, 400, "no_such_period"),
        ({"kind": "custom", "first": "2026-10-02", "last": "2026-10-01"}, 400, "no_such_period"),
        ({"kind": "holiday", "first": "2026-10-01", "name": "中秋节"}, 400, "no_such_period"),
        ({"kind": "holiday", "first": "2027-01-01"}, 409, "calendar_not_published"),
        ({"kind": "week", "first": "2026-10-05"}, 422, "invalid_request"),
    ],
)
async def test_what_is_no_period_or_has_not_ended_is_refused(
    office: Office, asked: dict[str, str], status: int, code: str
) -> None:
    answered, said = await office.freeze(**asked)
    assert (answered, said["code"]) == (status, code)


async def test_the_periods_of_a_year_say_how_far_they_are_and_with_what_they_are_compared(office: Office) -> None:
    await office.freeze("month", "2026-09-01")
    months = (await office.periods("kind=month&limit=200"))["items"]
    assert [one["state"] for one in months] == [*["ended"] * 8, "frozen", "ended", "running", "ahead"]
    assert months[8] == {
        "kind": "month",
        "first": "2026-09-01",
        "last": "2026-09-30",
        "name": None,
        "state": "frozen",
        "workdays": 22,
        "before": {"first": "2026-08-01", "last": "2026-08-31"},
        "year_before": {"first": "2025-09-01", "last": "2025-09-30"},
        "snapshot_id": 1,
    }
    holidays = (await office.periods("kind=holiday&year=2026"))["items"]
    assert [(one["name"], one["year_before"]) for one in holidays if one["name"] in ("春节", "中秋节")] == [
        ("春节", {"first": "2025-01-28", "last": "2025-02-04"}),
        ("中秋节", None),
    ]
    assert [one["workdays"] for one in (await office.periods("kind=quarter&year=2027"))["items"]] == [None] * 4
    assert (await office.periods("kind=holiday&year=2027"))["code"] == "calendar_not_published"
    await office.freeze("custom", "2026-03-09", last="2026-03-15")
    assert [one["first"] for one in (await office.periods("kind=custom&year=2026"))["items"]] == ["2026-03-09"]
