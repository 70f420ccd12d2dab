"""Units over HTTP: versions, closing and opening again, one unit for a user, contacts with masked numbers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from callcenter.accounts.rights import Role
from callcenter.accounts.tables import User
from callcenter.casework.units import store
from callcenter.postgres.database import Database
from tests.integration.conftest import NOW, Clock

UNITS = "/api/v1/units"
WUJIN = {"name": "武进分局", "kind": "branch", "regions": ["武进区"]}
LI = {"person": "李强", "number": "0519-86612345", "hours": "office"}
WHY = {"X-Reason": "test"}


@pytest.fixture
def admin(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> httpx.AsyncClient:
    client.headers.update(as_role[Role.ADMIN])
    return client


@pytest.fixture
async def wujin(admin: httpx.AsyncClient) -> str:
    """The address of a unit."""
    return f"{UNITS}/{(await admin.post(UNITS, json=WUJIN)).json()['id']}"


async def change(client: httpx.AsyncClient, unit: str, version: int, **values: Any) -> httpx.Response:
    return await client.patch(unit, json=values, headers={"If-Match": f'"{version}"'})


async def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    async with database.sessions.begin() as session:
        return [tuple(row) for row in await session.execute(text(query))]


async def test_a_unit_is_changed_closed_and_opened_again_and_every_version_is_kept(
    admin: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    added = await admin.post(UNITS, json=WUJIN)
    unit = f"{UNITS}/{added.json()['id']}"
    first = WUJIN | {"id": 1, "version": 1, "is_active": True, "closed_at": None}
    assert (added.status_code, added.json()) == (201, first)

    renamed = await change(admin, unit, 1, name="武进区分局", regions=["武进区", "经开区"])
    second = first | {"version": 2, "name": "武进区分局", "regions": ["武进区", "经开区"]}
    assert (renamed.status_code, renamed.json()) == (200, second)
    assert (await change(admin, unit, 2, name="武进区分局")).json() == second, "nothing changed"

    clock.now = NOW + timedelta(days=1)
    closed = (await change(admin, unit, 2, is_active=False)).json()
    assert closed == second | {"version": 3, "is_active": False, "closed_at": "2026-11-24T08:00:00.000Z"}
    assert (await admin.get(UNITS, params={"is_active": True})).json()["items"] == []
    assert (await admin.get(UNITS, params={"is_active": False})).json()["items"] == [closed]
    opened = (await change(admin, unit, 3, is_active=True)).json()
    assert opened == second | {"version": 4}
    assert (await admin.get(UNITS)).json() == {"items": [opened], "next": None}

    assert await rows(
        database,
        "SELECT version, unit_versions.name, closed_at IS NULL, users.name, changed_at FROM unit_versions"
        " JOIN users ON users.id = changed_by ORDER BY version",
    ) == [
        (1, "武进分局", True, "mei-admin", NOW),
        (2, "武进区分局", True, "mei-admin", NOW),
        (3, "武进区分局", False, "mei-admin", clock.now),
        (4, "武进区分局", True, "mei-admin", clock.now),
    ]


async def test_of_two_who_change_a_unit_at_once_the_second_is_told_so_and_changes_nothing(
    admin: httpx.AsyncClient, wujin: str
) -> None:
    answers = await asyncio.gather(*(change(admin, wujin, 1, name=f"分局{number}") for number in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    stale = next(answer for answer in answers if answer.status_code == 412)
    assert (stale.json()["code"], stale.json()["params"]) == ("stale_version", {"version": 2})
    assert (await admin.get(UNITS)).json()["items"][0]["version"] == 2


@pytest.mark.parametrize("version", [None, "1", '"0"', '"x"', '"1", "2"', "*"])
async def test_a_change_says_of_which_version_it_is(admin: httpx.AsyncClient, wujin: str, version: str | None) -> None:
    headers = {} if version is None else {"If-Match": version}

    assert (await admin.patch(wujin, json={"name": "别的"}, headers=headers)).status_code == 422


async def test_no_two_units_have_one_name_even_if_one_is_closed(admin: httpx.AsyncClient, wujin: str) -> None:
    await change(admin, wujin, 1, is_active=False)
    again = await admin.post(UNITS, json=WUJIN)
    other = (await admin.post(UNITS, json=WUJIN | {"name": "天宁分局"})).json()
    renamed = await change(admin, f"{UNITS}/{other['id']}", 1, name="武进分局")

    assert (again.status_code, again.json()["code"], again.json()["params"]) == (
        409,
        "unit_exists",
        {"unit": "武进分局"},
    )
    assert (renamed.status_code, renamed.json()["code"]) == (409, "unit_exists")


@pytest.mark.parametrize(
    "bad",
    [{"name": "局"}, {"name": " \u202e武进"}, {"name": "武\n进"}, {"kind": "shop"}, {"regions": ["x"] * 51}, {"id": 5}],
)
async def test_what_is_no_unit_is_refused(admin: httpx.AsyncClient, bad: dict[str, Any]) -> None:
    assert (await admin.post(UNITS, json=WUJIN | bad)).status_code == 422


async def test_a_user_belongs_to_one_unit_at_a_time_and_who_belonged_where_is_kept(
    admin: httpx.AsyncClient, wujin: str, database: Database, clock: Clock
) -> None:
    other = f"{UNITS}/{(await admin.post(UNITS, json=WUJIN | {'name': '天宁分局'})).json()['id']}"
    assert (await admin.put(f"{wujin}/members/mei-officer")).status_code == 204
    assert (await admin.put(f"{wujin}/members/mei-officer")).status_code == 204
    taken = await admin.put(f"{other}/members/mei-officer")
    assert (taken.status_code, taken.json()["code"]) == (409, "member_of_another_unit")
    assert taken.json()["params"] == {"user": "mei-officer", "unit": "武进分局"}
    assert (await admin.get(f"{wujin}/members")).json()["items"] == [
        {
            "user": "mei-officer",
            "display_name": None,
            "added_by": "mei-admin",
            "added_at": "2026-11-23T08:00:00.000Z",
        }
    ]
    clock.now = NOW + timedelta(hours=1)
    assert (await admin.delete(f"{other}/members/mei-officer")).status_code == 404
    assert (await admin.delete(f"{wujin}/members/mei-officer")).status_code == 204
    assert (await admin.delete(f"{wujin}/members/mei-officer")).status_code == 404
    assert (await admin.put(f"{other}/members/mei-officer")).status_code == 204
    assert await rows(database, "SELECT unit_id, added_at, ended_at FROM unit_members ORDER BY id") == [
        (1, NOW, clock.now),
        (2, clock.now, None),
    ]
    async with database.sessions.begin() as session:
        officer, agent = [
            (await session.scalars(select(User.id).where(User.name == name))).one()
            for name in ("mei-officer", "mei-agent")
        ]
        found = await store.find_unit_of(session, officer)
        assert (found and found.name, await store.find_unit_of(session, agent)) == ("天宁分局", None)


async def test_a_user_who_is_put_into_many_units_at_once_belongs_to_one(
    admin: httpx.AsyncClient, database: Database
) -> None:
    ids = [(await admin.post(UNITS, json=WUJIN | {"name": f"分局{number}"})).json()["id"] for number in range(4)]

    answers = await asyncio.gather(*(admin.put(f"{UNITS}/{number}/members/mei-officer") for number in ids))

    assert sorted(answer.status_code for answer in answers) == [204, 409, 409, 409]
    assert len(await rows(database, "SELECT * FROM unit_members")) == 1


async def test_nobody_joins_a_closed_unit_or_one_that_is_not_there_and_no_disabled_user_any(
    admin: httpx.AsyncClient, wujin: str
) -> None:
    await admin.post("/api/v1/users/mei-agent/disable")
    disabled = await admin.put(f"{wujin}/members/mei-agent")
    assert (disabled.status_code, disabled.json()["code"]) == (409, "user_disabled")
    assert (await admin.put(f"{wujin}/members/nobody")).status_code == 404
    await change(admin, wujin, 1, is_active=False)
    for asked in (
        admin.put(f"{wujin}/members/mei-officer"),
        admin.put(f"{wujin}/contacts/1", json=LI),
    ):
        refused = await asked
        assert (refused.status_code, refused.json()["code"]) == (409, "unit_closed")
    assert (await admin.put(f"{UNITS}/99/members/mei-officer")).status_code == 404
    assert (await admin.get(f"{UNITS}/99/members")).status_code == 404
    assert (await admin.get(f"{UNITS}/99/contacts")).status_code == 404
    assert (await admin.delete(f"{UNITS}/99/contacts/1")).status_code == 404


async def test_a_contact_takes_the_place_of_who_stood_there_and_numbers_are_masked(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], database: Database
) -> None:
    admin = as_role[Role.ADMIN]
    await client.post(UNITS, json=WUJIN, headers=admin)
    contacts = f"{UNITS}/1/contacts"
    for position, contact in (
        (2, LI),
        (1, LI | {"person": "王芳", "number": "138 1234 5678"}),
        (2, LI | {"person": "赵"}),
    ):
        assert (await client.put(f"{contacts}/{position}", json=contact, headers=admin)).status_code == 204

    listed = (await client.get(contacts, headers=as_role[Role.OFFICER])).json()
    added = {"hours": "office", "added_by": "mei-admin", "added_at": "2026-11-23T08:00:00.000Z"}
    assert listed == {
        "items": [
            {"position": 1, "person": "王芳", "number": "138****5678", **added},
            {"position": 2, "person": "赵", "number": "0519-****2345", **added},
        ],
        "next": None,
    }
    assert (await client.get(contacts, headers=as_role[Role.OFFICER] | WHY)).status_code == 403
    whole = (await client.get(contacts, headers=as_role[Role.SUPERVISOR] | WHY)).json()["items"]
    assert [item["number"] for item in whole] == ["+8613812345678", "+8651986612345"]
    log = (await client.get("/api/v1/access-log", headers=admin)).json()["items"]
    assert [(entry["user"], entry["what"], entry["subject"]) for entry in log] == [
        ("mei-supervisor", "caller_number (test)", "units/1/contacts")
    ]
    assert (await client.delete(f"{contacts}/2", headers=admin)).status_code == 204
    assert (await client.delete(f"{contacts}/2", headers=admin)).status_code == 404
    assert await rows(database, "SELECT position, person, ended_at FROM unit_contacts ORDER BY id") == [
        (2, "李强", NOW),
        (1, "王芳", None),
        (2, "赵", NOW),
    ]


async def test_many_who_put_a_contact_at_one_position_leave_one_there(
    admin: httpx.AsyncClient, wujin: str, database: Database
) -> None:
    answers = await asyncio.gather(
        *(admin.put(f"{wujin}/contacts/1", json=LI | {"person": f"李{number}"}) for number in range(4))
    )

    assert [answer.status_code for answer in answers] == [204] * 4
    assert await rows(database, "SELECT count(*), count(ended_at) FROM unit_contacts") == [(4, 3)]


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        ({"number": "12345"}, 400),
        ({"number": "001 202 555 0123"}, 400),
        ({"number": "anna"}, 422),
        ({"person": ""}, 422),
        ({"hours": "never"}, 422),
    ],
)
async def test_what_is_no_contact_is_refused(
    admin: httpx.AsyncClient, wujin: str, bad: dict[str, str], status: int
) -> None:
    assert (await admin.put(f"{wujin}/contacts/1", json=LI | bad)).status_code == status
    assert (await admin.put(f"{wujin}/contacts/0", json=LI)).status_code == 422
    assert (await admin.get(f"{wujin}/contacts")).json()["items"] == []
