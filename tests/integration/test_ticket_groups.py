"""Joint complaints over HTTP: consent of each, two representatives, one group at most for a complaint."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from callcenter.accounts.rights import Role
from callcenter.postgres.database import Database
from tests.integration.test_ticket_merges import make, merge
from tests.integration.test_tickets import COMPLAINT, Desk, Headers, desk, house

__all__ = ["desk", "house"]

GROUPS = "/api/v1/ticket-groups"
CONSENT = {"consented_at": "2026-11-23T07:00:00Z", "consented_by": "call"}


class Groups:
    """Joint complaints as one role works on them."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers) -> None:
        self._client = client
        self._headers = headers

    async def add(self, *tickets: str, role: Role = Role.SUPERVISOR, **consent: str) -> httpx.Response:
        members = [{"ticket": ticket, **CONSENT, **consent} for ticket in tickets]
        body = {"title": "健身房关门", "members": members}
        return await self._client.post(GROUPS, json=body, headers=self._headers[role])

    async def send(
        self, method: str, path: str, body: Any = None, *, version: int, role: Role = Role.DIRECTOR
    ) -> httpx.Response:
        headers = self._headers[role] | {"If-Match": f'"{version}"'}
        return await self._client.request(method, f"{GROUPS}/{path}", json=body, headers=headers)

    async def read(self, group: int = 1, role: Role = Role.AGENT) -> httpx.Response:
        return await self._client.get(f"{GROUPS}/{group}", headers=self._headers[role])

    async def list(self, query: str = "", role: Role = Role.AGENT) -> list[int]:
        answer = await self._client.get(f"{GROUPS}?{query}", headers=self._headers[role])
        return [group["id"] for group in answer.json()["items"]]


@pytest.fixture
def groups(house: httpx.AsyncClient, as_role: Headers) -> Groups:
    return Groups(house, as_role)


def member(ticket: str, *, is_representative: bool = False) -> dict[str, Any]:
    return {
        "ticket": ticket,
        "state": "registered",
        "consented_at": "2026-11-23T07:00:00.000Z",
        "consented_by": "call",
        "is_representative": is_representative,
    }


async def history(desk: Desk, number: str) -> list[tuple[str, dict[str, Any]]]:
    events = (await desk.send("GET", f"{number}/history?limit=200")).json()["items"]
    return [(event["what"], event["body"]) for event in events if event["what"] in ("grouped", "ungrouped")]


async def test_a_joint_complaint_grows_chooses_two_representatives_and_is_dissolved_with_its_history_kept(
    desk: Desk, groups: Groups
) -> None:
    first, second, third = await make(desk, 3)
    made = await groups.add(first, second)
    assert (made.status_code, made.json()) == (
        201,
        {
            "id": 1,
            "version": 1,
            "title": "健身房关门",
            "made_at": "2026-11-23T08:00:00.000Z",
            "dissolved_at": None,
            "size": 2,
            "members": [member(first), member(second)],
        },
    )
    grown = await groups.send("PUT", f"1/members/{third}", CONSENT, version=1)
    assert (grown.json()["version"], grown.json()["size"]) == (2, 3)
    stale = await groups.send("DELETE", f"1/members/{third}", version=1)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    chosen = await groups.send("PUT", "1/representatives", {"tickets": [first, third]}, version=2)
    assert [one["is_representative"] for one in chosen.json()["members"]] == [True, False, True]
    for tickets in ([first], [first, first], [first, "12315-2026-00099"]):
        answer = await groups.send("PUT", "1/representatives", {"tickets": tickets}, version=3)
        assert answer.status_code == 400
    kept = await groups.send("DELETE", f"1/members/{third}", version=3)
    assert (kept.status_code, kept.json()["code"]) == (409, "is_representative")
    left = await groups.send("DELETE", f"1/members/{second}", version=3)
    assert [one["ticket"] for one in left.json()["members"]] == [first, third]
    small = await groups.send("DELETE", f"1/members/{third}", version=4)
    assert (small.status_code, small.json()["code"]) == (409, "group_too_small")
    dissolved = (await groups.send("DELETE", "1", version=4)).json()
    assert (dissolved["dissolved_at"], dissolved["size"]) == ("2026-11-23T08:00:00.000Z", 0)
    again = await groups.send("PUT", f"1/members/{second}", CONSENT, version=5)
    assert (again.status_code, again.json()["code"]) == (409, "group_dissolved")
    assert await history(desk, first) == [("grouped", {"group": 1}), ("ungrouped", {"group": 1})]
    assert (await groups.add(first, second)).json()["id"] == 2
    assert (await groups.list(), await groups.list("open=true"), await groups.list("open=false")) == ([2, 1], [2], [1])
    assert (await groups.list(f"ticket={second}"), await groups.list(f"ticket={third}")) == ([2, 1], [1])


async def test_a_complaint_belongs_to_one_group_even_where_two_are_made_at_once(desk: Desk, groups: Groups) -> None:
    first, second, third = await make(desk, 3)
    both = await asyncio.gather(groups.add(first, second), groups.add(second, third))
    assert sorted(answer.status_code for answer in both) == [201, 409]
    (refused,) = [answer.json() for answer in both if answer.status_code == 409]
    assert (refused["code"], refused["params"]) == ("grouped_already", {"ticket": second})
    assert len(await groups.list()) == 1, "what is refused leaves no group"


async def test_only_open_complaints_against_one_operator_whose_complainants_agreed_are_joined(
    desk: Desk, groups: Groups, database: Database, house: httpx.AsyncClient, as_role: Headers
) -> None:
    first, second, third = await make(desk, 3)
    report = (await desk.make(COMPLAINT | {"kind": "report", "register_now": True}, key="key-of-a-report")).json()
    draft = (await desk.make(key="key-of-a-draft")).json()
    for number in (report["number"], draft["number"]):
        answer = await groups.add(first, number)
        assert (answer.status_code, answer.json()["code"]) == (409, "no_open_complaint")
    await merge(desk, third, second)
    assert (await groups.add(first, third)).json()["code"] == "no_open_complaint"
    for moment in ("2026-11-23T08:00:01Z", "2026-11-20T08:00:00Z"):
        assert (await groups.add(first, second, consented_at=moment)).status_code == 400
    assert (await groups.add(first)).status_code == 422
    assert (await groups.add(first, first)).status_code == 422
    assert (await groups.add(first, "12315-2026-00099")).status_code == 404
    for name, number in (("苏果超市", first), ("苏宁易购", second)):
        shop = {"name": name}
        added = await house.post("/api/v1/merchants", json=shop, headers=as_role[Role.SUPERVISOR])
        merchant_id = added.json()["merchant"]["id"]
        version = (await desk.read(number))["version"]
        await desk.send("PATCH", number, {"merchant_id": merchant_id}, version=version)
    assert (await groups.add(first, second)).json()["code"] == "operators_differ"
    merged = await house.post("/api/v1/merchants/1/merges", json={"into": 2}, headers=as_role[Role.SUPERVISOR])
    assert merged.status_code == 201
    assert (await groups.add(first, second)).status_code == 201


async def test_officers_see_a_group_by_the_complaints_of_their_unit_and_only_leaders_change_it(
    desk: Desk, groups: Groups
) -> None:
    first, second, third, fourth = await make(desk, 4)
    await desk.step(first, "forward", unit_id=1)
    for role in (Role.AGENT, Role.OFFICER, Role.ADMIN):
        assert (await groups.add(first, second, role=role)).status_code == 403
    await groups.add(first, second)
    await groups.add(third, fourth)
    assert await groups.list(role=Role.OFFICER) == [1]
    seen = (await groups.read(role=Role.OFFICER)).json()
    assert (seen["size"], [one["ticket"] for one in seen["members"]]) == (2, [first])
    assert (await groups.read(2, role=Role.OFFICER)).status_code == 404
    left = await desk._client.delete("/api/v1/units/1/members/mei-officer", headers=desk._headers[Role.ADMIN])
    assert left.status_code == 204
    assert (await groups.list(role=Role.OFFICER), (await groups.read(role=Role.OFFICER)).status_code) == ([], 404)
