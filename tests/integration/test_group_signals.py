"""The nightly look for many people about the same, and the hint at one who complains very often."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from callcenter.accounts.rights import Role
from callcenter.casework.groups.tables import GroupSignal
from callcenter.casework.groups.worker import find_due_signals
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.conftest import NOW, Clock
from tests.integration.test_case_flags import Flags, flags
from tests.integration.test_ticket_merges import merge
from tests.integration.test_tickets import COMPLAINT, Desk, Headers, desk, house

__all__ = ["desk", "flags", "house"]

SETTINGS = Settings()


class Callers:
    """People who complain of the same gym."""

    def __init__(self, desk: Desk, client: httpx.AsyncClient, headers: Headers, database: Database) -> None:
        self.desk = desk
        self.client = client
        self.headers = headers
        self.database = database
        self.count = 0

    async def complain(self, phone: str | None, *, name: str = "张三", merchant: int = 1, **more: Any) -> str:
        """The number of the complaint of whoever visited, or withheld their number at a call without one."""
        self.count += 1
        fields = {name: value for name, value in COMPLAINT["fields"].items() if name != "goods_code"}
        party = {"name": name, "address": f"武进区{self.count}号"} | ({} if phone is None else {"phone": phone})
        body = {
            "kind": "complaint",
            "channel": "call",
            "fields": fields | {"service_code": "prepaid_card", "merchant_id": merchant},
            "party": party,
            "register_now": True,
        }
        made = await self.desk.make(body | more, key=f"key-of-caller-{self.count:04}")
        assert made.status_code == 201, made.text
        number: str = made.json()["number"]
        return number

    async def night(self, clock: Clock, days: int = 1) -> list[tuple[int, int, int, int | None]]:
        """What is known of signals after so many days more: merchant, people, complaints, the flagged ticket."""
        clock.now += timedelta(days=days)
        await find_due_signals(self.database, SETTINGS, clock.now)
        async with self.database.sessions.begin() as session:
            rows = (await session.scalars(select(GroupSignal).order_by(GroupSignal.id))).all()
        return [(row.merchant_id, row.people, row.complaints, row.ticket_id) for row in rows]

    async def told_of(self, number: str, role: Role = Role.AGENT) -> Any:
        """What the joint complaints of a matter say of many people who complain of the same."""
        asked = await self.client.get(f"/api/v1/ticket-groups?ticket={number}", headers=self.headers[role])
        assert asked.status_code == 200, asked.text
        return asked.json()["signal"]


@pytest.fixture
async def callers(desk: Desk, house: httpx.AsyncClient, as_role: Headers, database: Database) -> Callers:
    for name in ("乐动健身", "乐动健身武进店", "苏果超市"):
        added = await house.post("/api/v1/merchants", json={"name": name}, headers=as_role[Role.SUPERVISOR])
        assert added.status_code == 201
    return Callers(desk, house, as_role, database)


def phone(number: int) -> str:
    return f"1390000{number:04}"


async def test_five_people_about_one_merchant_and_service_are_a_signal_and_three_with_one_withheld_are_none(
    desk: Desk, callers: Callers, flags: Flags, clock: Clock
) -> None:
    numbers = [
        await callers.complain(phone(who), name=name)
        for who, name in ((1, "张三"), (1, "李四"), (2, "张三"), (3, "王五"))
    ]
    numbers.append(await callers.complain(None))
    assert await callers.night(clock) == []
    assert await callers.told_of(numbers[0]) is None
    assert [(await desk.read(number))["priority"] for number in numbers] == ["P4"] * 5
    numbers += [await callers.complain(phone(who)) for who in (4, 5)]
    assert await callers.night(clock) == [(1, 5, 7, 1)]
    views = [await desk.read(number) for number in numbers]
    assert [(view["priority"], view["priority_reason"], view["is_of_group"]) for view in views] == [
        ("P3", "priority-3: many_people", True)
    ] * 7
    (flag,) = await flags.of(numbers[0])
    assert {name: flag[name] for name in ("trigger", "rule_version", "raised_by", "discovered_on")} == {
        "trigger": "group_or_public",
        "rule_version": "group-2",
        "raised_by": None,
        "discovered_on": "2026-11-25",
    }
    assert [view["open_flags"] for view in views] == [1, *[0] * 6]
    told = {
        "merchant_id": 1,
        "merchant": "乐动健身",
        "axis": "service",
        "code": "prepaid_card",
        "first_day": "2026-10-26",
        "last_day": "2026-11-24",
        "people": 5,
        "several_names": 1,
        "complaints": 7,
    }
    assert [await callers.told_of(number) for number in numbers] == [told] * 7
    assert await callers.told_of(numbers[0], Role.OFFICER) is None, "it is with another unit"
    events = (await desk.send("GET", f"{numbers[0]}/history?limit=200")).json()["items"]
    (flagged,) = [event["body"] for event in events if event["what"] == "flagged"]
    assert flagged == {
        "flag": flag["id"],
        "trigger": "group_or_public",
        "discovered_on": "2026-11-25",
        "people": 5,
        "several_names": 1,
        "complaints": 7,
        "first_day": "2026-10-26",
        "last_day": "2026-11-24",
    }


async def test_a_signal_is_given_once_until_its_days_are_over_and_later_matters_become_urgent_all_the_same(
    desk: Desk, callers: Callers, clock: Clock
) -> None:
    earliest, *_ = [await callers.complain(phone(who)) for who in range(5)]
    first = (1, 5, 5, 1)
    assert await callers.night(clock) == [first]
    assert await callers.night(clock, days=0) == [first]
    late = await callers.complain(phone(6))
    assert await callers.night(clock) == [first]
    assert (await desk.read(late))["priority"] == "P3"
    assert (await callers.told_of(late))["people"] == 5, "as it was found"
    clock.now = NOW + timedelta(days=29)
    for who in range(10, 13):
        await callers.complain(phone(who))
    assert await callers.night(clock) == [first], "the days of both would overlap"
    again = await callers.complain(phone(14))
    assert await callers.night(clock) == [first, (1, 5, 5, 6)]
    assert (await desk.read(again))["is_of_group"]
    days = [(await callers.told_of(number))["last_day"] for number in (earliest, late, again)]
    assert days == ["2026-11-23", "2026-12-23", "2026-12-23"]


async def test_merchants_that_are_one_are_counted_as_one_and_other_merchants_are_none(
    callers: Callers, clock: Clock
) -> None:
    numbers = [await callers.complain(phone(who)) for who in range(4)]
    numbers.append(await callers.complain(phone(4), merchant=2))
    other = await callers.complain(phone(5), merchant=3)
    assert await callers.night(clock) == []
    merged = await callers.client.post(
        "/api/v1/merchants/1/merges", json={"into": 2}, headers=callers.headers[Role.SUPERVISOR]
    )
    assert merged.status_code == 201
    assert await callers.night(clock) == [(2, 5, 5, 1)]
    merchants = [(await callers.told_of(number))["merchant"] for number in numbers]
    assert (merchants, await callers.told_of(other)) == (["乐动健身武进店"] * 5, None)


async def test_merged_and_closed_matters_are_heard_and_the_oldest_open_one_is_flagged(
    desk: Desk, callers: Callers, flags: Flags, clock: Clock
) -> None:
    numbers = [await callers.complain(phone(who)) for who in range(5)]
    await merge(desk, numbers[0], numbers[3])
    notice = {"to": "complainant", "by": "letter", "at": "2026-11-23T08:00:00Z", "proof": "挂号信"}
    await desk.step(numbers[1], "refer", authority="卫生局", notice=notice)
    await callers.complain(phone(9), register_now=False)
    assert await callers.night(clock) == [(1, 5, 5, 3)]
    urgent = [(await desk.read(number))["is_of_group"] for number in numbers]
    assert urgent == [False, False, True, True, True]


async def test_what_somebody_has_set_stays_and_what_makes_it_more_urgent_counts_beside_the_group(
    desk: Desk, callers: Callers, clock: Clock
) -> None:
    numbers = [await callers.complain(phone(who)) for who in range(5)]
    body = {"priority": "P2", "reason": "市领导关注"}
    version = (await desk.read(numbers[0]))["version"]
    await desk.send("PUT", f"{numbers[0]}/priority", body, version=version)
    await callers.night(clock)
    priorities = []
    for ill in (3, 0):
        version = (await desk.read(numbers[1]))["version"]
        changed = await desk.send("PATCH", numbers[1], {"ill": ill}, version=version)
        priorities.append(changed.json()["priority"])
    assert priorities == ["P1", "P3"]
    assert (await desk.read(numbers[0]))["priority"] == "P2"


async def test_more_than_ten_complaints_of_one_person_are_a_hint_to_whoever_handles_them_and_refuse_nothing(
    desk: Desk, callers: Callers, clock: Clock
) -> None:
    old = await callers.complain(phone(1), received_at="2026-08-20T08:00:00Z")
    numbers = [await callers.complain(phone(1)) for _ in range(10)]
    other = await callers.complain(phone(2))
    few = await desk.read(numbers[0], Role.SUPERVISOR)
    assert few["complaints_of_person"] is None, "one is too old, and ten are usual"
    numbers.append(await callers.complain(phone(1)))
    seen = {role: (await desk.read(numbers[0], role))["complaints_of_person"] for role in (Role.SUPERVISOR, Role.AGENT)}
    assert seen == {Role.SUPERVISOR: 11, Role.AGENT: None}
    assert (await desk.read(old, Role.SUPERVISOR))["complaints_of_person"] == 11
    assert (await desk.read(other, Role.SUPERVISOR))["complaints_of_person"] is None
    await merge(desk, numbers[1], numbers[2])
    assert (await desk.read(numbers[0], Role.SUPERVISOR))["complaints_of_person"] is None
    assert await callers.night(clock) == []
