"""Merchants over HTTP: found by two characters, hinted at, changed by version, merged by a pointer."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Role
from callcenter.casework.merchants import store
from callcenter.casework.merchants.rules import search_keys
from callcenter.casework.merchants.tables import MerchantRow
from callcenter.postgres.database import Database
from tests.integration.conftest import NOW, Clock

MERCHANTS = "/api/v1/merchants"
CODE = "91320400123456789Y"
UNKNOWN: dict[str, Any] = {
    **dict.fromkeys(("uscc", "superior", "superior_address", "platform", "region", "scale", "merged_into")),
    "version": 1,
    "aliases": [],
}


@pytest.fixture
def supervisor(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> httpx.AsyncClient:
    client.headers.update(as_role[Role.SUPERVISOR])
    return client


async def add(client: httpx.AsyncClient, name: str, **known: Any) -> dict[str, Any]:
    answer = await client.post(MERCHANTS, json={"name": name, **known})
    assert answer.status_code == 201, answer.text
    added: dict[str, Any] = answer.json()
    return added


async def find(client: httpx.AsyncClient, q: str) -> list[str]:
    answer = await client.get(MERCHANTS, params={"q": q})
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


async def change(client: httpx.AsyncClient, merchant: int, version: int, **values: Any) -> httpx.Response:
    return await client.patch(f"{MERCHANTS}/{merchant}", json=values, headers={"If-Match": f'"{version}"'})


async def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    async with database.sessions.begin() as session:
        return [tuple(row) for row in await session.execute(text(query))]


async def test_a_merchant_is_found_by_two_characters_of_any_name_and_by_the_credit_code(
    supervisor: httpx.AsyncClient,
) -> None:
    await add(supervisor, "常州大润发商业有限公司武进店", uscc=CODE.lower(), aliases=["RT-Mart 武进", "大润发"])
    await add(supervisor, "苏果超市有限公司")
    await add(supervisor, "润发美容院")

    found = {
        asked: await find(supervisor, asked)
        for asked in ("润发", "大润发", "rt mart", "ｍａｒｔ武进", "果超市有限", CODE, CODE.lower(), "发润", "大 润-发")
    }

    rt_mart = ["常州大润发商业有限公司武进店"]
    assert found == {
        "润发": ["润发美容院", *rt_mart],
        "大润发": rt_mart,
        "rt mart": rt_mart,
        "ｍａｒｔ武进": rt_mart,
        "果超市有限": ["苏果超市有限公司"],
        CODE: rt_mart,
        CODE.lower(): rt_mart,
        "发润": [],
        "大 润-发": rt_mart,
    }


@pytest.mark.parametrize("q", ["奶", "", " 奶 ", "%_", "，", "x" * 101])
async def test_fewer_than_two_characters_are_not_searched_for(supervisor: httpx.AsyncClient, q: str) -> None:
    answer = await supervisor.get(MERCHANTS, params={"q": q})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_new_merchant_comes_back_with_those_that_they_may_be_and_nobody_is_merged(
    supervisor: httpx.AsyncClient,
) -> None:
    first = await add(supervisor, "苏果超市")
    await add(supervisor, "苏宁易购")
    await add(supervisor, "华润万家", aliases=["苏果超市武进店"])

    added = await add(supervisor, " 苏果超市有限公司 ", scale=12.5, region="武进区", superior="华润", platform="京东")

    known = {"scale": 12.5, "region": "武进区", "superior": "华润", "platform": "京东"}
    assert first == {"merchant": UNKNOWN | {"id": 1, "name": "苏果超市", "counted_as": 1}, "likely": []}
    assert added["merchant"] == UNKNOWN | {"id": 4, "name": "苏果超市有限公司", "counted_as": 4} | known
    assert [(hint["merchant"]["name"], hint["likeness"]) for hint in added["likely"]] == [
        ("苏果超市", 1.0),
        ("华润万家", 0.5),
    ]
    assert (await supervisor.get(f"{MERCHANTS}/4")).json() == added["merchant"]
    assert (await supervisor.get(f"{MERCHANTS}/5")).status_code == 404


async def test_a_credit_code_is_one_merchants_however_many_ask_at_once(supervisor: httpx.AsyncClient) -> None:
    new = {"name": "苏果超市", "uscc": CODE}
    answers = await asyncio.gather(*(supervisor.post(MERCHANTS, json=new) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    kept = next(answer.json() for answer in answers if answer.status_code == 201)["merchant"]["id"]
    assert (refused["code"], refused["params"]) == ("merchant_exists", {"merchant_id": kept})

    other = (await add(supervisor, "苏宁易购"))["merchant"]["id"]
    taken = await change(supervisor, other, 1, uscc=CODE)
    assert (taken.status_code, taken.json()["params"]) == (409, {"merchant_id": kept})
    assert (await change(supervisor, kept, 1, uscc=None)).status_code == 200
    assert (await change(supervisor, other, 1, uscc=CODE)).status_code == 200


async def test_what_is_known_of_a_merchant_is_corrected_and_every_version_is_kept(
    supervisor: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    await add(supervisor, "苏果超市", aliases=["苏果"], region="武进区")
    clock.now = NOW + timedelta(hours=1)

    changed = await change(supervisor, 1, 1, name="苏果超级市场", region=None, aliases=["苏果", "苏果", "便利"])
    same = await change(supervisor, 1, 2, name=None, region=None)
    stale = await change(supervisor, 1, 1, name="别的")

    right = UNKNOWN | {"id": 1, "version": 2, "name": "苏果超级市场", "aliases": ["苏果", "便利"], "counted_as": 1}
    assert (changed.status_code, changed.json()) == (200, right)
    assert (same.status_code, same.json()) == (200, right)
    assert (stale.status_code, stale.json()["code"], stale.json()["params"]) == (412, "stale_version", {"version": 2})
    assert (await find(supervisor, "苏果超市"), await find(supervisor, "便利")) == ([], ["苏果超级市场"])
    assert await rows(
        database,
        "SELECT version, merchant_versions.name, region, users.name, changed_at FROM merchant_versions"
        " JOIN users ON users.id = changed_by ORDER BY version",
    ) == [
        (1, "苏果超市", "武进区", "mei-supervisor", NOW),
        (2, "苏果超级市场", None, "mei-supervisor", clock.now),
    ]


async def test_a_merge_is_a_pointer_that_is_taken_back_exactly(supervisor: httpx.AsyncClient) -> None:
    for name in ("苏果", "苏果超市", "苏果超市有限公司"):
        await add(supervisor, name)

    async def pointers() -> dict[int, tuple[int | None, int]]:
        items = (await supervisor.get(MERCHANTS)).json()["items"]
        return {item["id"]: (item["merged_into"], item["counted_as"]) for item in items}

    async def merge(source: int, into: int) -> tuple[int, str | None]:
        answer = await supervisor.post(f"{MERCHANTS}/{source}/merges", json={"into": into})
        return answer.status_code, answer.json().get("code")

    assert await merge(1, 2) == (201, None)
    assert await merge(2, 3) == (201, None)
    assert await pointers() == {1: (2, 3), 2: (3, 3), 3: (None, 3)}
    assert [await merge(*pair) for pair in ((3, 1), (3, 3), (1, 3), (3, 9))] == [
        (409, "target_is_merged"),
        (409, "merge_into_itself"),
        (409, "merged_already"),
        (404, "not_found"),
    ]
    assert (await supervisor.delete(f"{MERCHANTS}/2/merges")).status_code == 204
    assert await pointers() == {1: (2, 2), 2: (None, 2), 3: (None, 3)}
    assert (await supervisor.delete(f"{MERCHANTS}/2/merges")).status_code == 404
    assert await find(supervisor, "苏果超市") == ["苏果超市", "苏果超市有限公司"]


async def test_merchants_who_are_merged_into_each_other_at_once_make_no_circle(supervisor: httpx.AsyncClient) -> None:
    for number in range(4):
        await add(supervisor, f"商店{number}")
    pairs = list(itertools.permutations(range(1, 5), 2))

    answers = await asyncio.gather(
        *(supervisor.post(f"{MERCHANTS}/{one}/merges", json={"into": other}) for one, other in pairs)
    )

    assert sorted({answer.status_code for answer in answers}) == [201, 409]
    items = (await supervisor.get(MERCHANTS)).json()["items"]
    assert len({item["counted_as"] for item in items}) == 1 == sum(item["merged_into"] is None for item in items)


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        ({"uscc": "91320400123456789A"}, 400),
        ({"uscc": "9132"}, 422),
        ({"name": "！！"}, 422),
        ({"name": "苏\u202e果"}, 422),
        ({"name": None}, 422),
        ({"aliases": ["x"] * 21}, 422),
        ({"scale": -1}, 422),
        ({"scale": 1e13}, 422),
        ({"merged_into": 1}, 422),
    ],
)
async def test_what_is_no_merchant_is_refused(supervisor: httpx.AsyncClient, bad: dict[str, Any], status: int) -> None:
    refused = await supervisor.post(MERCHANTS, json={"name": "苏果超市", **bad})

    assert refused.status_code == status
    assert (await supervisor.get(MERCHANTS)).json()["items"] == []


async def test_among_ten_thousand_merchants_a_search_looks_at_few_that_it_does_not_find(database: Database) -> None:
    places, trades = ["常州", "武进", "天宁", "钟楼", "新北"], ["超市", "餐饮", "美容", "服装", "教育"]
    names = [f"{places[number % 5]}{trades[number // 5 % 5]}{number:05}有限公司" for number in range(9_999)] + [
        "金坛奶茶店"
    ]
    keys = [search_keys([name]) for name in names]
    common = {"version": 1, "aliases": []}
    columns = [
        common | {"name": name, "normalised_name": name, "search_text": key.search_text, "grams": list(key.grams)}
        for name, key in zip(names, keys, strict=True)
    ]
    async with database.engine.begin() as connection:
        await connection.execute(insert(MerchantRow), columns)
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM ANALYZE merchants"))

    async def count_read(session: AsyncSession) -> int:
        query = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'merchants'"
        return int((await session.execute(text(query))).scalar_one())

    looked_at = {}
    for asked in ("奶茶", "01234", "武进超市0", "金坛奶茶店"):
        async with database.sessions.begin() as session:
            before = await count_read(session)
            found = await store.list_merchants(session, asked=asked, after=None, limit=2000)
            looked_at[asked] = (len(found), await count_read(session) - before)

    assert {asked: found for asked, (found, _) in looked_at.items()} == {
        "奶茶": 1,
        "01234": 1,
        "武进超市0": 400,
        "金坛奶茶店": 1,
    }
    assert {asked: read for asked, (found, read) in looked_at.items() if read > 2 * found + 50} == {}
    async with database.snapshots.begin() as session:
        assert [one.name for one in await store.list_candidates(session, "金坛奶茶")] == ["金坛奶茶店"]


async def test_what_is_asked_for_is_found_in_pages(supervisor: httpx.AsyncClient) -> None:
    for number in range(5):
        await add(supervisor, f"苏果超市{'店' * number}")
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        asked = {"q": "苏果", "limit": "2"} | ({} if cursor is None else {"cursor": cursor})
        page = (await supervisor.get(MERCHANTS, params=asked)).json()
        seen += [item["name"] for item in page["items"]]
        cursor = page["next"]

    assert cursor is None
    assert seen == [f"苏果超市{'店' * number}" for number in range(5)]
