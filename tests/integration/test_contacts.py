"""The contact platform: who may see and change it, versions, masked numbers, and whom nobody has verified for long."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.casework.contacts.count import count_due
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.conftest import NOW, Clock

WUJIN = {"name": "武进分局", "kind": "branch", "regions": []}
ZHOU = {
    "unit_id": 1,
    "name": "周敏",
    "role": "officer_in_charge",
    "numbers": ["13905190001", "0519-86612345", "+86 139 0519 0001"],
    "region": "武进区",
    "goods": ["general_food"],
    "brands": ["光明", "光明"],
    "position": 2,
}


class Platform:
    """What each role asks of the contact platform, beside a unit and a merchant."""

    def __init__(self, client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> None:
        self.client = client
        self.as_role = as_role

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: Role = Role.SUPERVISOR,
        version: int | None = None,
        reason: str | None = None,
    ) -> httpx.Response:
        headers = self.as_role[role] | ({} if version is None else {"If-Match": f'"{version}"'})
        headers |= {} if reason is None else {"X-Reason": reason}
        return await self.client.request(method, f"/api/v1{path}", json=body, headers=headers)

    async def names(self, query: str = "", role: Role = Role.SUPERVISOR) -> list[str]:
        """Of the contacts in the list."""
        return [one["name"] for one in (await self.ask("GET", f"/contacts{query}", role=role)).json()["items"]]


@pytest.fixture
async def platform(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> Platform:
    platform = Platform(client, as_role)
    assert (await platform.ask("POST", "/units", WUJIN, role=Role.ADMIN)).status_code == 201
    assert (await platform.ask("POST", "/merchants", {"name": "大润发"})).status_code == 201
    return platform


async def test_a_contact_is_added_verified_changed_and_ended_and_every_version_is_kept(
    platform: Platform, database: Database, clock: Clock
) -> None:
    added = await platform.ask("POST", "/contacts", ZHOU)
    first = {
        "id": 1,
        "version": 1,
        "organisation": {"unit_id": 1, "merchant_id": None, "name": "武进分局"},
        "name": "周敏",
        "role": "officer_in_charge",
        "numbers": ["139****0001", "0519-****2345"],
        "region": "武进区",
        "goods": ["general_food"],
        "brands": ["光明"],
        "position": 2,
        "verified_at": None,
        "verified_by": None,
        "is_stale": True,
        "ended_at": None,
    }
    assert (added.status_code, added.json()) == (201, first)

    verified = (await platform.ask("POST", "/contacts/1/verification", version=1)).json()
    sure = {"version": 2, "verified_at": "2026-11-23T08:00:00.000Z", "verified_by": "mei-supervisor", "is_stale": False}
    assert verified == first | sure
    moved = (await platform.ask("PATCH", "/contacts/1", {"region": None, "position": 1}, version=2)).json()
    assert moved == verified | {"version": 3, "region": None, "position": 1}, "the same person at the same numbers"
    assert (await platform.ask("PATCH", "/contacts/1", {"position": 1}, version=3)).json() == moved, "nothing changed"
    renumbered = (await platform.ask("PATCH", "/contacts/1", {"numbers": ["13905190002"]}, version=3)).json()
    unsure = {"verified_at": None, "verified_by": None, "is_stale": True}
    assert renumbered == moved | unsure | {"version": 4, "numbers": ["139****0002"]}
    ended = (await platform.ask("POST", "/contacts/1/end", version=4)).json()
    assert ended == renumbered | {"version": 5, "ended_at": "2026-11-23T08:00:00.000Z"}
    assert (await platform.names(), await platform.names("?ended=true")) == ([], ["周敏"])
    again = await platform.ask("POST", "/contacts/1/verification", version=5)
    assert (again.status_code, again.json()["code"]) == (409, "contact_ended")

    async with database.sessions.begin() as session:
        kept = await session.execute(
            text(
                "SELECT version, numbers, verified_by, ended_at IS NULL, users.name FROM contact_versions"
                " JOIN users ON users.id = changed_by ORDER BY version"
            )
        )
        both = ["+8613905190001", "+8651986612345"]
        assert [tuple(row) for row in kept] == [
            (1, both, None, True, "mei-supervisor"),
            (2, both, "mei-supervisor", True, "mei-supervisor"),
            (3, both, "mei-supervisor", True, "mei-supervisor"),
            (4, ["+8613905190002"], None, True, "mei-supervisor"),
            (5, ["+8613905190002"], None, False, "mei-supervisor"),
        ]


async def test_of_two_who_change_a_contact_at_once_the_second_is_told_so(platform: Platform) -> None:
    await platform.ask("POST", "/contacts", ZHOU)
    changes = (platform.ask("PATCH", "/contacts/1", {"name": f"周{number}"}, version=1) for number in range(3))
    assert sorted(one.status_code for one in await asyncio.gather(*changes)) == [200, 412, 412]


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        ({"numbers": ["110"]}, 400),
        ({"numbers": ["0044 20 7946 0000"]}, 400),
        ({"goods": ["no_such"]}, 400),
        ({"numbers": []}, 422),
        ({"numbers": ["13905190001"] * 6}, 422),
        ({"merchant_id": 1}, 422),
        ({"unit_id": None}, 422),
        ({"unit_id": 5}, 404),
        ({"unit_id": None, "merchant_id": 5}, 404),
        ({"name": " \u202e周"}, 422),
        ({"verified_at": "2026-11-23T08:00:00Z"}, 422),
    ],
)
async def test_what_is_no_contact_is_refused(platform: Platform, bad: dict[str, Any], status: int) -> None:
    assert (await platform.ask("POST", "/contacts", ZHOU | bad)).status_code == status
    assert await platform.names() == []


async def test_contacts_are_found_by_organisation_role_region_goods_and_brand(platform: Platform) -> None:
    await platform.ask("POST", "/contacts", ZHOU)
    wu = {"unit_id": None, "merchant_id": 1, "name": "吴", "role": "supplier_agent", "goods": [], "brands": ["蒙牛"]}
    await platform.ask("POST", "/contacts", ZHOU | wu | {"region": None})
    found = {
        query: await platform.names(f"?{query}")
        for query in (
            *("unit_id=1", "merchant_id=1", "role=supplier_agent", "role=head", "region=武进区", "goods=general_food"),
            *("brand=蒙牛", "stale=true", "stale=false"),
        )
    }
    assert found == {
        "unit_id=1": ["周敏"],
        "merchant_id=1": ["吴"],
        "role=supplier_agent": ["吴"],
        "role=head": [],
        "region=武进区": ["周敏"],
        "goods=general_food": ["周敏"],
        "brand=蒙牛": ["吴"],
        "stale=true": ["周敏", "吴"],
        "stale=false": [],
    }


async def test_officers_see_the_contacts_of_their_unit_and_no_others(platform: Platform) -> None:
    await platform.ask("POST", "/contacts", ZHOU)
    assert await platform.names(role=Role.OFFICER) == []
    assert (await platform.ask("GET", "/contacts/1", role=Role.OFFICER)).status_code == 404
    await platform.ask("PUT", "/units/1/members/mei-officer", role=Role.ADMIN)
    assert await platform.names(role=Role.OFFICER) == ["周敏"]
    assert await platform.names(role=Role.AGENT) == ["周敏"]


async def test_the_numbers_of_one_contact_are_shown_for_a_reason_which_is_logged(platform: Platform) -> None:
    await platform.ask("POST", "/contacts", ZHOU)
    whole = await platform.ask("GET", "/contacts/1", reason="recall")
    assert whole.json()["numbers"] == ["+8613905190001", "+8651986612345"]
    assert (await platform.ask("GET", "/contacts/1", role=Role.AGENT, reason="recall")).status_code == 403
    (entry,) = (await platform.ask("GET", "/access-log", role=Role.ADMIN)).json()["items"]
    assert (entry["user"], entry["what"], entry["subject"]) == (
        "mei-supervisor",
        "caller_number (recall)",
        "contacts/1",
    )


async def test_whom_nobody_has_verified_for_90_days_is_listed_and_counted_once_a_night(
    platform: Platform, database: Database
) -> None:
    for name in ("周", "吴", "郑"):
        await platform.ask("POST", "/contacts", ZHOU | {"name": name})
    for contact, verified_at in {1: NOW - timedelta(days=90, seconds=1), 2: NOW - timedelta(days=90)}.items():
        async with database.sessions.begin() as session:
            verified = text("UPDATE contacts SET verified_at = :at, verified_by = 'mei-supervisor' WHERE id = :id")
            await session.execute(verified, {"at": verified_at, "id": contact})
    assert (await platform.names("?stale=true"), await platform.names("?stale=false")) == (["周", "郑"], ["吴"])
    views = (await platform.ask("GET", "/contacts")).json()
    assert ([one["is_stale"] for one in views["items"]], views["last_count"]) == ([True, False, True], None)
    assert await count_due(database, Settings(), NOW) == [date(2026, 11, 22)]
    assert await count_due(database, Settings(), NOW) == []
    count = (await platform.ask("GET", "/contacts")).json()["last_count"]
    assert count == {"business_date": "2026-11-22", "contacts": 3, "stale": 2}
