"""Tickets that are merged: a pointer that moves nothing, what still counts at the target, and taking apart exactly."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from callcenter.accounts.rights import Role
from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.deadlines.store import list_rules
from callcenter.casework.tickets.clocks import choose_rules, list_clocks
from callcenter.casework.tickets.dossier import read_dossier
from callcenter.casework.tickets.tables import TicketRow
from callcenter.casework.tickets.worker import look_at_clocks
from callcenter.hours.store import load_calendar
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.callback_examples import answered, store_confirmed
from tests.integration.conftest import NOW, Clock
from tests.integration.test_case_flags import CASE, FOOD, Flags, flags, settled
from tests.integration.test_tickets import COMPLAINT, NOTICE, Desk, Headers, desk, house

__all__ = ["desk", "flags", "house"]

REGISTERED = COMPLAINT | {"register_now": True}
WHY = "同一人就同一事项重复投诉"


async def merge(desk: Desk, source: str, target: str, *, role: Role = Role.SUPERVISOR) -> httpx.Response:
    version = (await desk.read(source, Role.SUPERVISOR))["version"]
    body = {"into": target, "reason": WHY}
    return await desk.send("POST", f"{source}/merges", body, role=role, version=version)


async def unmerge(desk: Desk, source: str, *, role: Role = Role.SUPERVISOR, why: str | None = None) -> httpx.Response:
    version = (await desk.read(source, Role.SUPERVISOR))["version"]
    return await desk.send("DELETE", f"{source}/merges", role=role, version=version, reason=why)


async def make(desk: Desk, count: int, body: dict[str, Any] = REGISTERED) -> list[str]:
    return [(await desk.make(body, key=f"key-of-{uuid4().hex}")).json()["number"] for _ in range(count)]


async def whole(database: Database) -> dict[str, list[Any]]:
    """All rows of tickets, clocks and flags, and how many there are of everything else, their logs apart."""
    async with database.sessions.begin() as session:
        rows = {
            table: [tuple(row) for row in await session.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2, 3"))]
            for table in ("ticket_deadlines", "case_flags", "ticket_parties", "ticket_links", "ticket_notices")
        }
        states = "SELECT to_jsonb(tickets) - 'version' FROM tickets ORDER BY id"
        return rows | {"tickets": [row[0] for row in await session.execute(text(states))]}


async def test_merged_and_taken_apart_at_once_everything_is_as_it_was_but_for_the_rows_in_the_logs(
    desk: Desk, database: Database
) -> None:
    source, target = await make(desk, 2, FOOD)
    await desk.step(source, "forward", unit_id=1)
    before = await whole(database)
    merged = (await merge(desk, source, target)).json()
    assert {name: merged[name] for name in ("state", "merged_into", "next_due_at", "steps", "open_flags")} == {
        "state": "merged",
        "merged_into": target,
        "next_due_at": None,
        "steps": [],
        "open_flags": 1,
    }
    assert await whole(database) != before
    again = (await unmerge(desk, source, why="不是同一事项")).json()
    assert (again["state"], again["merged_into"], again["closed_at"]) == ("forwarded", None, None)
    assert await whole(database) == before
    logs = {
        number: [
            (event["what"], event["from_state"], event["to_state"], event["body"])
            for event in (await desk.send("GET", f"{number}/history?limit=200")).json()["items"]
        ][-2:]
        for number in (source, target)
    }
    assert logs == {
        source: [
            ("merged", "forwarded", "merged", {"into": target, "reason": WHY}),
            ("unmerged", "merged", "forwarded", {"from": target, "reason": "不是同一事项"}),
        ],
        target: [
            ("merged_here", None, "registered", {"ticket": source}),
            ("unmerged_here", None, "registered", {"ticket": source}),
        ],
    }


async def test_a_merged_ticket_takes_no_step_and_no_change_and_names_the_one_that_stands_for_it(desk: Desk) -> None:
    source, target = await make(desk, 2)
    (link,) = (await desk.read(source))["links"]
    await merge(desk, source, target)
    tries: list[tuple[str, str, Any]] = [
        ("POST", "/events/forward", {"unit_id": 1}),
        ("POST", "/events/void", {"reason": "误登记"}),
        ("PATCH", "", {"title": "奶粉"}),
        ("PUT", "/parties/complainant", {"name": "李四"}),
        ("PUT", "/priority", {"priority": "P1", "reason": "紧急"}),
        ("POST", "/notes", {"note": "已联系"}),
        ("POST", "/notices", NOTICE | {"kind": "result"}),
        ("POST", "/links", {"what": "call", "call": {"pbx": "pbx1", "call_id": "pbx1-7.0"}}),
        ("DELETE", f"/links/{link['id']}", None),
    ]
    version = (await desk.read(source))["version"]
    answers = [
        await desk.send(method, source + rest, body, role=Role.SUPERVISOR, version=version)
        for method, rest, body in tries
    ]
    assert [(answer.status_code, answer.json()["code"], answer.json()["params"]["ticket"]) for answer in answers] == [
        (409, "ticket_merged", target)
    ] * len(tries)
    assert (await desk.read(source))["version"] == version


async def test_supervisors_and_directors_merge_within_a_kind_and_what_cannot_be_is_refused_with_its_reason(
    desk: Desk,
) -> None:
    first, second, third = await make(desk, 3)
    report = (await desk.make(REGISTERED | {"kind": "report"}, key="key-of-a-report")).json()["number"]
    draft = (await desk.make(key="key-of-a-draft")).json()["number"]
    for role in (Role.AGENT, Role.OFFICER, Role.ADMIN):
        assert (await merge(desk, first, second, role=role)).status_code == 403
    assert (await merge(desk, first, second, role=Role.DIRECTOR)).status_code == 201
    stale = await desk.send("POST", f"{third}/merges", {"into": second, "reason": WHY}, role=Role.SUPERVISOR, version=9)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    refused = {
        (source, target): (await merge(desk, source, target)).json()["code"]
        for source, target in [
            (first, third), (third, third), (third, first), (second, third), (third, report), (third, draft),
            (third, "12315-2026-00099"),
        ]
    }  # fmt: skip
    assert list(refused.values()) == [
        "merged_already", "merge_into_itself", "target_is_merged", "others_merged_here", "kinds_differ",
        "target_not_open", "not_found",
    ]  # fmt: skip
    assert (await merge(desk, draft, third)).json()["state"] == "merged"
    for role in (Role.AGENT, Role.OFFICER, Role.ADMIN):
        assert (await unmerge(desk, draft, role=role)).status_code == 403
    assert (await unmerge(desk, draft)).json()["state"] == "draft"
    assert (await unmerge(desk, draft)).status_code == 404


async def test_a_ticket_into_which_others_are_merged_is_not_void_before_they_are_taken_apart(desk: Desk) -> None:
    first, target = await make(desk, 2)
    await merge(desk, first, target)
    assert await desk.refused(target, "void", role=Role.SUPERVISOR, reason="误登记") == (409, "ticket_lacks")
    await unmerge(desk, first)
    assert (await desk.step(target, "void", role=Role.SUPERVISOR, reason="误登记"))["state"] == "void"


async def test_of_two_who_merge_two_tickets_into_each_other_at_once_one_is_refused(
    desk: Desk, database: Database
) -> None:
    numbers = await make(desk, 8)
    pairs = [
        pair for one, other in zip(numbers[::2], numbers[1::2], strict=True) for pair in ((one, other), (other, one))
    ]
    answers = await asyncio.gather(*(merge(desk, source, target) for source, target in pairs))
    statuses = [answer.status_code for answer in answers]
    assert [sorted(statuses[place : place + 2]) for place in range(0, 8, 2)] == [[201, 409]] * 4
    async with database.sessions.begin() as session:
        merged = (await session.scalars(select(TicketRow).where(TicketRow.is_merged))).all()
    assert len(merged) == 4


@pytest.mark.parametrize(("source", "into"), [(2, 1), (3, 1), (2, 3), (4, 3), (3, 3)])
async def test_the_database_knows_no_chain_no_circle_and_no_merge_across_kinds(
    desk: Desk, database: Database, source: int, into: int
) -> None:
    """The first is merged into the second; the fourth is a report."""
    first, second, _ = await make(desk, 3)
    await desk.make(REGISTERED | {"kind": "report"}, key="key-of-a-report")
    await merge(desk, first, second)
    statement = "UPDATE tickets SET state = 'merged', merged_into = :into WHERE id = :source"
    with pytest.raises(IntegrityError, match="fk_tickets_merged_into"):
        async with database.sessions.begin() as session:
            await session.execute(text(statement), {"source": source, "into": into})


async def test_open_flags_of_a_merged_ticket_keep_its_target_open_until_a_director_has_signed(
    desk: Desk, flags: Flags, database: Database
) -> None:
    target = await settled(desk, REGISTERED)
    source = (await desk.make(FOOD, key="key-of-the-source")).json()["number"]
    await merge(desk, source, target)
    view = await desk.read(target, Role.OFFICER)
    (merged,) = view["merged"]
    (flag,) = await flags.of(target)
    assert (view["open_flags"], flag["ticket"], flag["merged_into"]) == (1, source, target)
    assert (merged["number"], merged["flags"]) == (
        source,
        [{"id": flag["id"], "trigger": "food_health", "state": "open"}],
    )
    assert {one["code"]: one["state"] for one in merged["deadlines"]} == {
        "platform_entry": "running",
        "forward": "met",
        "accept": "met",
        "clue_check": "running",
    }
    assert await desk.refused(target, "complete", role=Role.OFFICER, feedback="已退款") == (409, "case_flag_open")
    with pytest.raises(IntegrityError, match="flags_are_decided"):
        async with database.sessions.begin() as session:
            await session.execute(text("UPDATE tickets SET state = 'completed' WHERE NOT is_merged"))
    assert (await flags.put(flag["id"], "proposal", CASE, role=Role.OFFICER)).status_code == 200
    assert (await flags.put(flag["id"], "signature", version=2)).json()["state"] == "filed"
    done = await desk.step(target, "complete", role=Role.OFFICER, feedback="已退款并立案")
    assert (done["state"], done["open_flags"]) == ("completed", 0)
    assert (await unmerge(desk, source)).json()["open_flags"] == 0
    raised = await flags.raise_by_hand(source)
    assert raised.status_code == 201, raised.text


async def test_a_report_is_decided_by_the_last_flag_of_all_that_are_merged_into_it(desk: Desk, flags: Flags) -> None:
    body = REGISTERED | {"kind": "report"}
    target, source = await make(desk, 2, body)
    await desk.step(target, "forward", unit_id=1)
    await desk.step(target, "start_check", role=Role.OFFICER)
    for number in (target, source):
        assert (await flags.raise_by_hand(number)).status_code == 201
    await merge(desk, source, target)
    assert (await flags.raise_by_hand(source, "manual")).json()["code"] == "ticket_closed"
    of_source, of_target = await flags.of(target)
    for flag in (of_target, of_source):
        assert (await desk.read(target))["state"] == "checking"
        await flags.put(flag["id"], "proposal", CASE, role=Role.SUPERVISOR)
        await flags.put(flag["id"], "signature", version=2)
    assert (await desk.read(target))["state"] == "filed"


async def test_clocks_and_warnings_of_a_merged_ticket_have_the_number_of_its_target(
    desk: Desk, database: Database, clock: Clock
) -> None:
    first, target = await make(desk, 2)
    await desk.step(target, "forward", unit_id=1)
    await merge(desk, first, target)
    listed = await desk._client.get("/api/v1/deadlines?code=accept&unit_id=1", headers=desk._headers[Role.OFFICER])
    assert [(one["ticket"], one["merged"], one["unit_id"]) for one in listed.json()["items"]] == [
        (target, first, 1),
        (target, None, 1),
    ]
    clock.now = NOW + timedelta(days=6)
    await look_at_clocks(database, Settings().timezone, lambda: clock.now)
    warned = {
        number: [
            (event["body"].get("ticket"), event["body"]["code"], event["body"]["percent"])
            for event in (await desk.send("GET", f"{number}/history?limit=200")).json()["items"]
            if event["what"] == "warned"
        ]
        for number in (first, target)
    }
    assert warned[first] == []
    assert {one for one in warned[target] if one[1] == "accept"} == {(None, "accept", 50), (first, "accept", 50)}
    due = (await desk.send("GET", "?order=due&open=true")).json()["items"]
    assert [one["number"] for one in due] == [target]


async def test_the_target_is_due_when_the_first_of_all_its_clocks_is(desk: Desk, clock: Clock) -> None:
    early = (await desk.make(REGISTERED, key="key-of-the-early")).json()
    clock.now = NOW + timedelta(days=3)
    late = (await desk.make(REGISTERED | {"received_at": "2026-11-26T08:00:00Z"}, key="key-of-the-late")).json()
    assert early["next_due_at"] < late["next_due_at"]
    await merge(desk, early["number"], late["number"])
    assert (await desk.read(late["number"]))["next_due_at"] == early["next_due_at"]
    await unmerge(desk, early["number"])
    assert (await desk.read(late["number"]))["next_due_at"] == late["next_due_at"]


async def test_whoever_calls_hears_of_the_ticket_that_stands_for_theirs(
    desk: Desk, database: Database, as_role: Headers
) -> None:
    await store_confirmed(database, [answered(9, 5)])
    first, target = await make(desk, 2)
    await merge(desk, first, target)
    answer = await desk._client.get("/api/v1/calls/pbx1/pbx1-7.0/tickets", headers=as_role[Role.AGENT])
    assert answer.status_code == 200, answer.text
    pop = answer.json()
    assert {name: [one["number"] for one in pop[name]] for name in ("linked", "open", "closed")} == {
        "linked": [target],
        "open": [target],
        "closed": [],
    }
    likely = (await desk.send("GET", f"{target}/duplicates")).json()["duplicates"]
    assert likely == []
    words = {"words": "奶粉"}
    search = await desk._client.post("/api/v1/ticket-searches", json=words, headers=as_role[Role.AGENT])
    assert [(one["number"], one["merged_into"]) for one in search.json()["items"]] == [(target, None), (first, target)]
    listed = (await desk.send("GET", "?open=true")).json()["items"]
    assert [one["number"] for one in listed] == [target]


async def test_the_unit_of_the_target_sees_what_is_merged_into_it_and_other_units_do_not(desk: Desk) -> None:
    first, target = await make(desk, 2)
    await desk.step(first, "forward", unit_id=2)
    assert (await desk.send("GET", first, role=Role.OFFICER)).status_code == 404
    await desk.step(target, "forward", unit_id=1)
    await merge(desk, first, target)
    assert (await desk.read(first, Role.OFFICER))["merged_into"] == target
    await unmerge(desk, first)
    assert (await desk.send("GET", first, role=Role.OFFICER)).status_code == 404


async def derived(database: Database, clock: Clock, numbers: list[str]) -> dict[str, Any]:
    """What the logs alone give: the clocks of each ticket, its open flags, and when it is due next."""
    timezone = Settings().timezone
    found: dict[str, Any] = {}
    async with database.sessions.begin() as session:
        rows = (await session.scalars(select(TicketRow).where(TicketRow.number.in_(numbers)))).all()
        clocks = {}
        for row in rows:
            received_on = row.received_at.astimezone(timezone).date()
            rules = [rule for _, _, rule in await list_rules(session, received_on)]
            calendar = await load_calendar(session, received_on - timedelta(days=60), received_on + timedelta(days=800))
            written = (await read_dossier(session, row)).written
            chosen = choose_rules(rules, Priority(row.priority))
            clocks[row.id] = list_clocks(written, chosen, calendar, timezone, clock.now)
        for row in rows:
            counted = [row.id, *(one.id for one in rows if one.merged_into == row.id)]
            due = [
                one.due.target_at
                for number in counted
                for one in clocks[number]
                if one.stopped_at is None and one.state != "paused" and one.due.target_at is not None
            ]
            found[row.number] = (
                sorted((one.code, one.number, one.state.value, one.stopped_at) for one in clocks[row.id]),
                None if row.merged_into is not None else min(due, default=None),
            )
    return found


async def kept(database: Database, numbers: list[str]) -> dict[str, Any]:
    """The same as it is kept."""
    statement = "SELECT number, next_due_at, id FROM tickets WHERE number = ANY(:numbers)"
    clocks = "SELECT code, number, state, stopped_at FROM ticket_deadlines WHERE ticket_id = :id ORDER BY code, number"
    async with database.sessions.begin() as session:
        return {
            row.number: ([tuple(one) for one in await session.execute(text(clocks), {"id": row.id})], row.next_due_at)
            for row in await session.execute(text(statement), {"numbers": numbers})
        }


STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("forward", {"unit_id": 1}),
    ("give_back", {"reason": "不属本辖区"}),
    ("accept", {"notice": NOTICE}),
    ("refuse", {"ground": 1, "reason": "没有证据", "notice": NOTICE}),
    ("settle", {"how_settled": "settled_on_the_spot", "agreement": "退还货款"}),
    ("end", {"ground": 1, "reason": "撤回投诉"}),
    ("pause", {"begins_on": "2026-11-23", "evidence": "送检单"}),
    ("resume", {"ends_on": "2026-11-24", "evidence": "检验报告"}),
    ("complete", {"feedback": "已退款"}),
    ("reopen", {"reason": "当事人反悔"}),
    ("refer", {"authority": "卫生局", "notice": NOTICE}),
)


ACTS = st.tuples(
    st.sampled_from(["merge", "merge", "unmerge", "step", "step", "step"]),
    st.integers(0, 3),
    st.integers(1, 3),
    st.integers(0, 20),
    st.integers(0, 30),
)
"""What is done, with which ticket, with which other one, which of the possible steps, and so many hours later."""


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(ACTS, min_size=5, max_size=25), st.booleans())
async def test_in_any_order_of_steps_and_merges_the_clocks_are_those_that_the_logs_give(
    desk: Desk, database: Database, clock: Clock, acts: list[tuple[str, int, int, int, int]], are_flagged: bool
) -> None:
    clock.now = NOW
    numbers = await make(desk, 4, FOOD if are_flagged else REGISTERED)
    for number in numbers:
        version = (await desk.read(number))["version"]
        await desk.send("PATCH", number, {"unidentified_reason": "摊位已撤"}, version=version)
    for act, place, distance, choice, hours in acts:
        clock.now += timedelta(hours=hours)
        one, other = numbers[place], numbers[(place + distance) % 4]
        if act == "merge":
            answer = await merge(desk, one, other)
        elif act == "unmerge":
            answer = await unmerge(desk, one)
        else:
            ticket = await desk.read(one, Role.SUPERVISOR)
            possible = [named for named in STEPS if named[0] in {step["step"] for step in ticket["steps"]}] or STEPS
            step, given = possible[choice % len(possible)]
            address = f"{one}/events/{step}"
            answer = await desk.send("POST", address, given, role=Role.SUPERVISOR, version=ticket["version"])
        assert answer.status_code in (200, 201, 404, 409), answer.text
        event(f"{act}: {answer.is_success}")
        if choice % 2:
            await look_at_clocks(database, Settings().timezone, lambda: clock.now)
        found, stored = await derived(database, clock, numbers), await kept(database, numbers)
        if choice % 2:
            assert stored == found
        else:
            assert without_time(stored) == without_time(found)


def without_time(found: Mapping[str, Any]) -> dict[str, Any]:
    """What only a log can change."""
    return {number: ([(*one[:2], one[3]) for one in clocks], due) for number, (clocks, due) in found.items()}
