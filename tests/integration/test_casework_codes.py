"""Codes over HTTP: dated, added and ended, never given another meaning."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from callcenter.accounts.rights import Role

CODES = "/api/v1/codes"
NEW = {"axis": "goods", "code": "smart_watch", "name": "智能手表", "valid_from": "2026-11-23", "source": "the office"}


@pytest.fixture
def supervisor(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> httpx.AsyncClient:
    client.headers.update(as_role[Role.SUPERVISOR])
    return client


async def listed(client: httpx.AsyncClient, axis: str, **asked: Any) -> dict[str, dict[str, Any]]:
    page = (await client.get(CODES, params={"axis": axis, "limit": 200, **asked})).json()
    return {item["code"]: item for item in page["items"]}


async def test_every_axis_has_the_names_that_are_known_with_their_sources(supervisor: httpx.AsyncClient) -> None:
    counts = {}
    for axis in ("goods", "service", "problem", "association_problem", "offence", "sales_mode"):
        codes = await listed(supervisor, axis)
        assert codes["other"]["name"] == "其他"
        assert all(code["source"] for code in codes.values())
        counts[axis] = len(codes)
    first = (await supervisor.get(CODES, params={"axis": "goods", "limit": 5})).json()
    rest = (await supervisor.get(CODES, params={"axis": "goods", "limit": 200, "cursor": first["next"]})).json()

    assert counts == {
        "goods": 22,
        "service": 21,
        "problem": 18,
        "association_problem": 10,
        "offence": 6,
        "sales_mode": 6,
    }
    assert [code["code"] for code in first["items"] + rest["items"]] == sorted(await listed(supervisor, "goods"))
    assert (await listed(supervisor, "association_problem"))["quality"]["maps_to"] == ["quality"]


async def test_a_code_ends_on_a_day_and_gives_way_to_its_followers(supervisor: httpx.AsyncClient) -> None:
    added = await supervisor.post(CODES, json=NEW)
    ended = await supervisor.post(
        f"{CODES}/goods/computer/end", json={"valid_to": "2026-12-31", "maps_to": ["smart_watch", "appliance"]}
    )
    again = await supervisor.post(f"{CODES}/goods/computer/end", json={"valid_to": "2027-12-31"})
    before = await listed(supervisor, "goods", on_day="2026-12-31")
    after = await listed(supervisor, "goods", on_day="2027-01-01")

    assert (added.status_code, added.json()) == (201, NEW | {"parent": None, "valid_to": None, "maps_to": []})
    assert ended.status_code == 200
    assert (ended.json()["valid_to"], ended.json()["maps_to"]) == ("2026-12-31", ["appliance", "smart_watch"])
    assert (again.status_code, again.json()["code"]) == (409, "code_has_ended")
    assert ("computer" in before, "computer" in after, "smart_watch" in after) == (True, False, True)


async def test_nothing_is_part_of_a_code_that_has_ended_and_no_day_is_without_a_follower(
    supervisor: httpx.AsyncClient,
) -> None:
    await supervisor.post(f"{CODES}/goods/furniture/end", json={"valid_to": "2026-11-23"})
    await supervisor.post(CODES, json=NEW | {"valid_from": "2027-02-01"})

    part = await supervisor.post(CODES, json=NEW | {"code": "chair", "valid_from": "2026-12-01", "parent": "furniture"})
    late = await supervisor.post(
        f"{CODES}/goods/computer/end", json={"valid_to": "2026-12-31", "maps_to": ["smart_watch"]}
    )

    assert (part.status_code, part.json()["detail"]) == (
        400,
        "The code furniture is not valid on 2026-12-01: nothing can be part of it.",
    )
    assert (late.status_code, late.json()["detail"]) == (
        400,
        "The code smart_watch cannot follow: it begins only on 2027-02-01.",
    )


async def test_two_who_end_codes_in_favour_of_each_others_do_not_block_each_other(
    supervisor: httpx.AsyncClient,
) -> None:
    pairs = [("computer", "appliance"), ("appliance", "computer")] * 5

    answers = await asyncio.gather(
        *(
            supervisor.post(f"{CODES}/goods/{code}/end", json={"valid_to": "2026-12-31", "maps_to": [other]})
            for code, other in pairs
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 5, *[409] * 4]


async def test_a_code_that_is_there_is_not_given_another_meaning(supervisor: httpx.AsyncClient) -> None:
    await supervisor.post(f"{CODES}/goods/computer/end", json={"valid_to": "2026-11-23"})

    again = await supervisor.post(CODES, json=NEW | {"code": "computer", "name": "别的"})

    assert (again.status_code, again.json()["code"]) == (409, "code_exists")
    assert (await listed(supervisor, "goods"))["computer"]["name"] == "计算机产品"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"code": "A"}, 422),
        ({"name": " "}, 422),
        ({"name": "a\u0000b"}, 400),
        ({"axis": "colour"}, 422),
        ({"valid_from": "2026-11-22"}, 400),
        ({"parent": "nowhere"}, 404),
        ({"source": "x"}, 422),
    ],
)
async def test_what_is_no_code_is_refused(supervisor: httpx.AsyncClient, change: dict[str, str], status: int) -> None:
    assert (await supervisor.post(CODES, json=NEW | change)).status_code == status


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ({"valid_to": "2026-11-22"}, 400),
        ({"valid_to": "2026-12-31", "maps_to": ["nowhere"]}, 404),
        ({"valid_to": "2026-12-31", "maps_to": ["computer"]}, 400),
        ({"valid_to": "2026-12-31", "maps_to": ["appliance"] * 21}, 422),
    ],
)
async def test_what_is_no_end_of_a_code_is_refused(
    supervisor: httpx.AsyncClient, end: dict[str, Any], status: int
) -> None:
    refused = await supervisor.post(f"{CODES}/goods/computer/end", json=end)

    assert refused.status_code == status
    assert (await listed(supervisor, "goods"))["computer"]["valid_to"] is None
