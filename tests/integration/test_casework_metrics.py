"""The figures of casework over HTTP: each matter counts where its definition says, and in no other place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from callcenter.accounts.rights import Role
from callcenter.casework.tickets.worker import look_at_clocks
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.conftest import NOW, Clock
from tests.integration.test_case_flags import CASE, Flags, flags, settled
from tests.integration.test_tickets import COMPLAINT, NOTICE, Desk, Headers, desk, house

__all__ = ["desk", "flags", "house"]

NOVEMBER = {"from_day": "2026-11-01", "to_day": "2026-11-30"}
REGISTERED = COMPLAINT | {"register_now": True}


async def figures(client: httpx.AsyncClient, headers: Headers, **asked: Any) -> dict[str, Any]:
    answer = await client.get("/api/v1/statistics/casework", params=NOVEMBER | asked, headers=headers[Role.DIRECTOR])
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def a_november(desk: Desk, flags: Flags, database: Database, clock: Clock) -> None:
    """Five complaints, an enquiry, a draft and a void one; one call that became a matter."""
    on_the_spot = await settled(desk)
    (flag,) = await flags.of(on_the_spot)
    await flags.put(flag["id"], "proposal", CASE, role=Role.OFFICER)
    await flags.put(flag["id"], "signature", version=2)
    await desk.step(on_the_spot, "complete", role=Role.OFFICER, feedback="已退款")

    mediated = (await desk.make(REGISTERED, key="key-00000002")).json()["number"]
    await desk.step(mediated, "forward", unit_id=1)
    await desk.step(mediated, "accept", role=Role.OFFICER, notice=NOTICE)
    await desk.step(
        mediated,
        "settle",
        role=Role.OFFICER,
        how_settled="mediated",
        agreement="退还货款二百元",
        amount_recovered_cents=20000,
    )
    ended = (await desk.make(REGISTERED, key="key-00000003")).json()["number"]
    await desk.step(ended, "forward", unit_id=1)
    await desk.step(ended, "accept", role=Role.OFFICER, notice=NOTICE)
    await desk.step(ended, "end", role=Role.OFFICER, ground=1, reason="投诉人撤回")
    refused = (await desk.make(REGISTERED, key="key-00000004")).json()["number"]
    await desk.step(refused, "forward", unit_id=2)
    await desk.step(refused, "refuse", role=Role.SUPERVISOR, ground=1, reason="不属于消费争议", notice=NOTICE)
    late = (await desk.make(REGISTERED, key="key-00000005")).json()["number"]
    await desk.step(late, "forward", unit_id=1)
    instruction = {"ticket": late, "unit_id": 1, "priority": "P2", "text": "请立即下架。"}
    assert (await desk.send("POST", "/../instructions", instruction, role=Role.SUPERVISOR)).status_code == 201

    enquiry = {"kind": "enquiry", "channel": "visit", "fields": {"title": "咨询", "facts": "如何退货"}}
    asked = (await desk.make(enquiry | {"register_now": True}, key="key-00000006")).json()["number"]
    await desk.step(asked, "answer", feedback="七日内可无理由退货")
    await desk.make(key="key-00000007")
    void = (await desk.make(REGISTERED, key="key-00000008")).json()["number"]
    await desk.step(void, "void", role=Role.SUPERVISOR, reason="重复登记")
    clock.now = NOW + timedelta(days=3)
    await look_at_clocks(database, Settings().timezone, lambda: clock.now)


async def test_a_month_is_counted_as_the_definitions_say(
    desk: Desk, flags: Flags, house: httpx.AsyncClient, as_role: Headers, database: Database, clock: Clock
) -> None:
    await a_november(desk, flags, database, clock)
    told = await figures(house, as_role)
    of_first, of_second = [await figures(house, as_role, unit_id=unit) for unit in (1, 2)]
    december = await figures(house, as_role, from_day="2026-12-01", to_day="2026-12-31")

    assert told["counts"] == {
        "received": 6,
        "completed": 2,
        "lawful": 5,
        "complaints": 5,
        "on_the_spot": 1,
        "rapid": 1,
        "accepted": 3,
        "not_accepted": 1,
        "settled": 2,
        "ended": 1,
        "recovered_cents": 20000,
        "flagged": 1,
        "filed": 1,
        "limits": {
            "accept": {"met": 4, "breached": 0},
            "mediate": {"met": 3, "breached": 0},
        },
        "answered_calls": 1,
        "calls_with_account": 1,
    }
    assert told["ratios"]["rapid_and_three_way_share"] == {"numerator": 2.0, "denominator": 5.0, "value": 0.4}
    assert [definition["name"] for definition in told["definitions"]] == list(told["ratios"])
    assert (told["metrics_version"], told["cut_off"]) == (1, "2026-11-26T08:00:00.000Z")
    counted = ("received", "lawful", "accepted", "not_accepted", "answered_calls")
    assert [of_first["counts"][name] for name in counted] == [4, 4, 3, 0, None]
    assert [of_second["counts"][name] for name in counted] == [1, 1, 0, 1, None]
    assert of_second["ratios"]["disposition"] is None
    assert {count for count in december["counts"].values() if isinstance(count, int)} == {0}


async def test_a_limit_counts_in_the_time_in_which_it_was_over(
    desk: Desk, house: httpx.AsyncClient, as_role: Headers, database: Database, clock: Clock
) -> None:
    await desk.forwarded()
    clock.now = NOW + timedelta(days=30)
    await look_at_clocks(database, Settings().timezone, lambda: clock.now)
    november = await figures(house, as_role)
    december = await figures(house, as_role, from_day="2026-12-01", to_day="2026-12-31")

    assert november["counts"]["limits"] == {}, "seven workdays from 23 November are over on 2 December"
    assert december["counts"]["limits"] == {"accept": {"met": 0, "breached": 1}}
    assert december["ratios"]["decided_in_time"] == {"numerator": 0.0, "denominator": 1.0, "value": 0.0}


async def test_what_cannot_be_asked_is_refused(house: httpx.AsyncClient, as_role: Headers) -> None:
    async def asked(**changed: Any) -> tuple[int, str]:
        answer = await house.get(
            "/api/v1/statistics/casework", params=NOVEMBER | changed, headers=as_role[Role.SUPERVISOR]
        )
        return answer.status_code, answer.json()["code"]

    assert await asked(to_day="2026-10-31") == (400, "range_too_long")
    assert await asked(unit_id=99) == (404, "not_found")
    assert await asked(unit_id=0) == (422, "invalid_request")
