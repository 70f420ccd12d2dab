"""Flagged matters over HTTP: no route completes one that nobody decided, and nobody signs what they proposed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from callcenter.accounts.rights import Role
from callcenter.casework.tickets.worker import look_at_clocks
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.conftest import NOW, Clock
from tests.integration.test_tickets import COMPLAINT, NOTICE, Desk, Headers, desk, house

__all__ = ["desk", "house"]

FLAGS = "/api/v1/case-flags"
FOOD = COMPLAINT | {"fields": COMPLAINT["fields"] | {"problem_code": "food_safety"}, "register_now": True}
CASE = {"decision": "filed", "case_number": "常市监案〔2026〕7号", "officers": ["王强", "李敏"]}
REFUSAL = {"decision": "refused", "ground": 2, "reason": "违法行为轻微并及时改正"}


class Flags:
    """Flags as one role works on them."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers) -> None:
        self._client = client
        self._headers = headers

    async def of(self, ticket: str, role: Role = Role.DIRECTOR) -> list[dict[str, Any]]:
        answer = await self._client.get(f"{FLAGS}?ticket={ticket}", headers=self._headers[role])
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def find(self, query: str) -> list[dict[str, Any]]:
        answer = await self._client.get(f"{FLAGS}?limit=200&{query}", headers=self._headers[Role.DIRECTOR])
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def account(self) -> dict[str, int]:
        answer = (await self._client.get(f"{FLAGS}?limit=1", headers=self._headers[Role.DIRECTOR])).json()
        names = ("flagged", "filed", "refused", "withdrawn", "open_in_time", "open_overdue")
        return {name: answer[name] for name in names}

    async def put(
        self, flag: int, what: str, body: Any = None, *, role: Role = Role.DIRECTOR, version: int = 1
    ) -> httpx.Response:
        headers = self._headers[role] | {"If-Match": f'"{version}"'}
        return await self._client.put(f"{FLAGS}/{flag}/{what}", json=body, headers=headers)

    async def raise_by_hand(self, ticket: str, trigger: str = "offence_found") -> httpx.Response:
        body = {"ticket": ticket, "trigger": trigger, "discovered_on": "2026-11-23", "remark": "调解中发现线索"}
        return await self._client.post(FLAGS, json=body, headers=self._headers[Role.SUPERVISOR])


@pytest.fixture
def flags(house: httpx.AsyncClient, as_role: Headers) -> Flags:
    return Flags(house, as_role)


async def settled(desk: Desk, body: dict[str, Any] = FOOD, key: str = "key-00000001") -> str:
    """The number of a complaint that lacks nothing but a decision on its flag."""
    number: str = (await desk.make(body, key=key)).json()["number"]
    await desk.step(number, "forward", unit_id=1)
    await desk.step(number, "accept", role=Role.OFFICER, notice=NOTICE)
    ticket = await desk.step(
        number, "settle", role=Role.OFFICER, how_settled="settled_on_the_spot", agreement="退还货款"
    )
    fields = {"unidentified_reason": "摊位已撤"}
    await desk.send("PATCH", number, fields, role=Role.OFFICER, version=ticket["version"])
    return number


async def test_a_settled_complaint_about_food_is_completed_only_after_a_director_has_signed(
    desk: Desk, flags: Flags, database: Database
) -> None:
    number = await settled(desk)
    (flag,) = await flags.of(number)
    assert {name: flag[name] for name in ("trigger", "rule_version", "raised_by", "state", "events")} == {
        "trigger": "food_health",
        "rule_version": "flags-2",
        "raised_by": None,
        "state": "open",
        "events": ["withdraw", "extend"],
    }
    refused = await desk.refused(number, "complete", role=Role.OFFICER, feedback="已退款")
    assert refused == (409, "case_flag_open")
    with pytest.raises(IntegrityError, match="flags_are_decided"):
        async with database.sessions.begin() as session:
            await session.execute(text("UPDATE tickets SET state = 'completed'"))
    proposed = await flags.put(flag["id"], "proposal", CASE, role=Role.OFFICER)
    assert (proposed.json()["state"], proposed.json()["events"]) == ("proposed", [])
    assert (await desk.refused(number, "complete", role=Role.OFFICER, feedback="已退款"))[0] == 409
    for role in (Role.OFFICER, Role.SUPERVISOR, Role.AGENT, Role.ADMIN):
        assert (await flags.put(flag["id"], "signature", role=role, version=2)).status_code == 403
    signed = await flags.put(flag["id"], "signature", version=2)
    assert (signed.json()["state"], signed.json()["signed_by"]) == ("filed", "mei-director")
    done = await desk.step(number, "complete", role=Role.OFFICER, feedback="已退款并立案")
    clocks = {one["code"]: one["state"] for one in done["deadlines"]}
    assert (done["state"], clocks["clue_check"], clocks["case_decision"]) == ("completed", "met", "running")
    result = await flags.put(flag["id"], "result", {"reason": "罚款一万元"}, role=Role.SUPERVISOR, version=3)
    assert result.json()["result"] == "罚款一万元"
    ticket = await desk.read(number)
    assert {one["code"]: one["state"] for one in ticket["deadlines"]}["case_decision"] == "met"


async def test_the_author_of_a_proposal_does_not_sign_it_whatever_their_role_became(
    desk: Desk, flags: Flags, database: Database
) -> None:
    number = await settled(desk)
    (flag,) = await flags.of(number)
    await flags.put(flag["id"], "proposal", REFUSAL, role=Role.SUPERVISOR)
    async with database.sessions.begin() as session:
        await session.execute(text("UPDATE users SET role = 'director' WHERE name = 'mei-supervisor'"))
    answer = await flags.put(flag["id"], "signature", role=Role.SUPERVISOR, version=2)
    assert (answer.status_code, answer.json()["code"]) == (403, "author_cannot_sign")
    assert (await flags.put(flag["id"], "signature", version=2)).json()["state"] == "refused"


@pytest.mark.parametrize(
    "proposal",
    [
        {"decision": "filed", "case_number": "7号", "officers": ["王强"]},
        {"decision": "filed", "case_number": "7号", "officers": ["王强", "王强"]},
        {"decision": "filed", "officers": ["王强", "李敏"]},
        {"decision": "refused", "ground": 1},
        {"decision": "refused", "reason": "违法行为轻微"},
    ],
)
async def test_a_case_has_its_number_and_two_officers_and_a_refusal_its_ground_and_reason(
    desk: Desk, flags: Flags, proposal: dict[str, Any]
) -> None:
    number = (await desk.make(FOOD)).json()["number"]
    (flag,) = await flags.of(number)
    answer = await flags.put(flag["id"], "proposal", proposal, role=Role.SUPERVISOR)
    assert answer.status_code == 400
    assert (await flags.of(number))[0]["state"] == "open"


async def test_a_report_is_filed_or_not_by_the_signature_under_its_last_flag_and_in_no_other_way(
    desk: Desk, flags: Flags
) -> None:
    body = COMPLAINT | {"kind": "report", "register_now": True}
    number = (await desk.make(body)).json()["number"]
    await desk.step(number, "forward", unit_id=1)
    await desk.step(number, "start_check", role=Role.OFFICER)
    assert (await flags.raise_by_hand(number)).status_code == 201
    again = await flags.raise_by_hand(number)
    assert (again.status_code, again.json()["code"]) == (409, "flagged_already")
    assert (await flags.raise_by_hand(number, "manual")).status_code == 201
    assert await desk.refused(number, "file", role=Role.DIRECTOR) == (409, "step_not_allowed")
    manual, found = await flags.of(number)
    await flags.put(found["id"], "proposal", CASE, role=Role.OFFICER)
    await flags.put(found["id"], "signature", version=2)
    assert (await desk.read(number))["state"] == "checking"
    await flags.put(manual["id"], "proposal", REFUSAL, role=Role.OFFICER)
    await flags.put(manual["id"], "return", {"reason": "理由不足"}, version=2)
    await flags.put(manual["id"], "proposal", REFUSAL, role=Role.OFFICER, version=3)
    await flags.put(manual["id"], "signature", version=4)
    ticket = await desk.read(number)
    clocks = [(one["code"], one["number"], one["state"]) for one in ticket["deadlines"] if one["code"] != "forward"]
    assert ticket["state"] == "filed"
    assert ("report_check", 1, "met") in clocks
    assert ("clue_check", 1, "met") in clocks
    assert ("clue_check", 2, "met") in clocks


async def test_more_time_is_given_once_and_before_the_clock_is_over(
    desk: Desk, flags: Flags, clock: Clock, database: Database
) -> None:
    number = (await desk.make(FOOD)).json()["number"]
    (flag,) = await flags.of(number)

    async def clue() -> tuple[str, str | None, int | None]:
        (one,) = [one for one in (await desk.read(number))["deadlines"] if one["code"] == "clue_check"]
        return one["state"], one["target_due_at"], one["missing_year"]

    assert await clue() == ("running", "2026-12-14T16:00:00.000Z", None)
    assert (await flags.put(flag["id"], "extension", {"reason": "案情复杂"})).status_code == 200
    assert await clue() == ("unknown", None, 2027), "thirty workdays reach into a year without a calendar"
    assert (await flags.put(flag["id"], "extension", {"reason": "案情复杂"}, version=2)).status_code == 409
    late = (await desk.make(FOOD, key="key-00000002")).json()["number"]
    clock.now = NOW + timedelta(days=30)
    await look_at_clocks(database, Settings().timezone, lambda: clock.now)
    (overdue,) = await flags.of(late)
    assert overdue["events"] == ["withdraw"]
    assert (await flags.put(overdue["id"], "extension", {"reason": "案情复杂"})).status_code == 409


async def test_a_flag_raised_after_completion_opens_the_matter_again(desk: Desk, flags: Flags) -> None:
    number = await settled(desk, COMPLAINT | {"register_now": True})
    done = await desk.step(number, "complete", role=Role.OFFICER, feedback="已退款")
    assert done["state"] == "completed"
    assert (await flags.raise_by_hand(number)).status_code == 201
    ticket = await desk.read(number)
    assert (ticket["state"], ticket["open_flags"], ticket["closed_at"]) == ("accepted", 1, None)


async def test_the_account_of_flags_adds_up_and_none_of_the_open_ones_can_be_completed(
    desk: Desk, flags: Flags, clock: Clock, database: Database
) -> None:
    decisions = ["filed"] * 9 + ["refused"] * 5 + ["withdrawn"] + ["late"] * 2 + ["open"] * 4
    for position, decision in enumerate(decisions):
        clock.now = NOW + timedelta(days=30 if decision == "open" else 0)
        number = (await desk.make(FOOD, key=f"key-of-flag-{position:03d}")).json()["number"]
        (flag,) = await flags.of(number)
        if decision in ("filed", "refused"):
            body = CASE if decision == "filed" else REFUSAL
            await flags.put(flag["id"], "proposal", body, role=Role.SUPERVISOR)
            signed = await flags.put(flag["id"], "signature", version=2)
            assert signed.json()["state"] == decision
        elif decision == "withdrawn":
            await flags.put(flag["id"], "withdrawal", {"reason": "误报"})
    clock.now = NOW + timedelta(days=30)
    await look_at_clocks(database, Settings().timezone, lambda: clock.now)
    assert await flags.account() == {
        "flagged": 21,
        "filed": 9,
        "refused": 5,
        "withdrawn": 1,
        "open_in_time": 4,
        "open_overdue": 2,
    }
    counted = {
        "undecided=true": 6,
        "undecided=false": 15,
        "overdue=true": 2,
        "state=filed&overdue=true": 0,
        "trigger=food_health": 21,
        "trigger=manual": 0,
        "unit_id=1": 0,
    }
    assert {query: len(await flags.find(query)) for query in counted} == counted
    assert {one["due_at"] for one in await flags.find("undecided=false")} == {None}
    assert {one["due_at"] for one in await flags.find("overdue=true")} == {"2026-12-14T16:00:00.000Z"}
