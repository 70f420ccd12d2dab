"""The duty roster over HTTP, and alarms for emergencies that nobody answered."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from callcenter.accounts.rights import Role
from callcenter.accounts.service import create_token
from callcenter.accounts.store import add_user
from callcenter.calls.records import Outcome
from callcenter.duty import service
from callcenter.duty.store import raise_alarms
from callcenter.duty.tables import DutyHandover
from callcenter.hours.service import take_in_published
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.callback_examples import as_ami, at, lost, still_up, store, store_confirmed
from tests.integration.conftest import NOW, Clock

TIMEZONE = Settings().timezone
DAYS = "from_day=2026-10-01&to_day=2026-10-01"


@pytest.fixture
def supervisor(as_role: dict[Role, dict[str, str]]) -> dict[str, str]:
    return as_role[Role.SUPERVISOR]


def moment(day: int, hour: int = 0) -> str:
    return f"2026-10-{day:02}T{hour:02}:00:00+08:00"


@pytest.fixture(autouse=True)
def before_the_shifts(clock: Clock) -> None:
    clock.now = datetime(2026, 9, 30, 8, tzinfo=UTC)


async def add(client: httpx.AsyncClient, headers: dict[str, str], path: str, **body: Any) -> int:
    answer = await client.post(f"/api/v1/duty/{path}", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def add_people(client: httpx.AsyncClient, headers: dict[str, str], count: int) -> list[int]:
    people = [{"name": f"P{number}", "number": f"1390519000{number}", "unit": "Centre"} for number in range(count)]
    return [await add(client, headers, "people", **person) for person in people]


def shift(person: int, begin: str, end: str, *, position: int = 1, role: str = "lead") -> dict[str, Any]:
    return {"person_id": person, "starts_at": begin, "ends_at": end, "position": position, "role": role}


async def refusal(client: httpx.AsyncClient, headers: dict[str, str], path: str, **body: Any) -> tuple[int, str]:
    answer = await client.post(f"/api/v1/duty/{path}", json=body, headers=headers)
    return answer.status_code, answer.json().get("detail", "")


async def test_a_hole_of_one_hour_is_found_on_days_off_only(
    client: httpx.AsyncClient, supervisor: dict[str, str], database: Database
) -> None:
    async with database.sessions.begin() as session:
        await take_in_published(session, date(2026, 10, 1), NOW)
    people = await add_people(client, supervisor, 5)
    for position, (person, role) in enumerate(zip(people, ("lead", "agent", "standby"), strict=False), start=1):
        await add(client, supervisor, "shifts", **shift(person, moment(1), moment(2), position=position, role=role))
    await add(client, supervisor, "shifts", **shift(people[3], moment(1), moment(1, 14), position=4, role="field"))
    await add(client, supervisor, "shifts", **shift(people[4], moment(1, 15), moment(2), position=4, role="field"))

    holes = (await client.get(f"/api/v1/duty/coverage?{DAYS}", headers=supervisor)).json()["items"]
    workday = (
        await client.get("/api/v1/duty/coverage?from_day=2026-10-10&to_day=2026-10-10", headers=supervisor)
    ).json()
    fairness = (await client.get(f"/api/v1/duty/fairness?{DAYS}", headers=supervisor)).json()["items"]
    assert holes == [
        {"starts_at": "2026-10-01T06:00:00.000Z", "ends_at": "2026-10-01T07:00:00.000Z", "missing": ["field"]}
    ]
    assert workday == {"items": [], "next": None, "unknown_days": []}
    assert [(load["person_id"], load["seconds"], load["weighted_seconds"]) for load in fairness][-2:] == [
        (people[3], 14 * 3600, 28 * 3600),
        (people[4], 9 * 3600, 18 * 3600),
    ]


async def test_conflicts_are_refused(client: httpx.AsyncClient, supervisor: dict[str, str]) -> None:
    first, second = await add_people(client, supervisor, 2)
    await add(client, supervisor, "shifts", **shift(first, moment(1, 20), moment(2, 8)))
    await add(
        client, supervisor, "busy", person_id=second, starts_at=moment(1), ends_at=moment(2), what="administrative"
    )

    again = shift(first, moment(2, 7), moment(2, 9), position=2)
    assert await refusal(client, supervisor, "shifts", **again) == (409, "The person is on duty at that time already.")
    night = shift(first, moment(3, 20), moment(4, 8))
    assert (await refusal(client, supervisor, "shifts", **night))[0] == 409
    both = shift(second, moment(1, 8), moment(1, 12))
    assert (await refusal(client, supervisor, "shifts", **both))[1].startswith("The person is on another roster")
    busy = {"person_id": first, "starts_at": moment(2, 7), "ends_at": moment(2, 9), "what": "administrative"}
    assert (await refusal(client, supervisor, "busy", **busy))[0] == 409
    kept = (await client.get("/api/v1/duty/busy?from_day=2026-10-01&to_day=2026-10-03", headers=supervisor)).json()[
        "items"
    ]
    assert [row["person_id"] for row in kept] == [second]


@pytest.fixture
async def third(database: Database, password_hash: str) -> dict[str, str]:
    """Another supervisor beside those of `as_role`."""
    async with database.sessions.begin() as session:
        await add_user(session, name="third", role=Role.SUPERVISOR, password_hash=password_hash, at=NOW)
    return {"Authorization": f"Bearer {await create_token(database, user_name='third', token_name='t', at=NOW)}"}


async def test_a_swap_to_a_person_without_a_user_takes_two_supervisors_in_that_order_and_moves_the_shift(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], third: dict[str, str]
) -> None:
    supervisor, other = as_role[Role.SUPERVISOR], as_role[Role.ADMIN]
    first, second, last = await add_people(client, supervisor, 3)
    shift_id = await add(client, supervisor, "shifts", **shift(first, moment(1, 8), moment(1, 20)))
    swap_id = await add(client, supervisor, "swaps", shift_id=shift_id, to_person_id=second, reason="illness")
    other_id = await add(client, supervisor, "swaps", shift_id=shift_id, to_person_id=last, reason="illness")

    async def step(number: int, name: str, headers: dict[str, str]) -> tuple[int, str]:
        answer = await client.post(f"/api/v1/duty/swaps/{number}/{name}", headers=headers)
        return answer.status_code, answer.json().get("state") or answer.json()["detail"]

    by_another = (403, "A swap is approved by a supervisor who neither asked for it nor takes the shift.")
    assert (await step(swap_id, "approval", third))[0] == 409
    assert await step(swap_id, "acceptance", supervisor) == (403, "Who asked for a swap cannot accept it too.")
    assert (await step(swap_id, "acceptance", as_role[Role.AGENT]))[0] == 403
    assert await step(swap_id, "acceptance", other) == (200, "accepted")
    assert await step(other_id, "acceptance", other) == (200, "accepted")
    assert await step(swap_id, "approval", supervisor) == by_another
    assert (await step(swap_id, "approval", as_role[Role.AGENT]))[0] == 403
    assert await step(swap_id, "approval", other) == (200, "approved")
    assert (await step(swap_id, "approval", third))[0] == 409
    assert (await step(other_id, "approval", third))[0] == 409, "the shift is another's meanwhile"
    assert await step(other_id, "refusal", other) == (200, "refused")
    shifts = (await client.get(f"/api/v1/duty/shifts?{DAYS}", headers=supervisor)).json()["items"]
    assert [(row["id"], row["person_id"]) for row in shifts] == [(shift_id, second)]


async def test_who_is_a_user_accepts_a_shift_in_person_and_nobody_else_for_them(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], third: dict[str, str]
) -> None:
    supervisor, agent = as_role[Role.SUPERVISOR], as_role[Role.AGENT]
    first, second = await add_people(client, supervisor, 2)
    linked = {"name": "P1", "number": "13905190001", "unit": "Centre", "user": "mei-agent"}
    answer = await client.put(f"/api/v1/duty/people/{second}", json=linked, headers=supervisor)
    assert answer.json() == {"id": second, **linked, "may_be_rung": True}
    twice = await client.put(f"/api/v1/duty/people/{first}", json=linked, headers=supervisor)
    assert (twice.status_code, twice.json()["detail"]) == (409, "The user mei-agent is P1 already.")
    unknown = await refusal(client, supervisor, "people", **{**linked, "user": "nobody"})
    assert unknown == (404, "There is no user nobody.")
    shift_ids = [
        await add(client, supervisor, "shifts", **shift(first, moment(day, 8), moment(day, 20))) for day in (1, 2)
    ]
    swap_ids = [
        await add(client, supervisor, "swaps", shift_id=number, to_person_id=second, reason="illness")
        for number in shift_ids
    ]

    async def step(number: int, name: str, headers: dict[str, str]) -> tuple[int, str]:
        answer = await client.post(f"/api/v1/duty/swaps/{number}/{name}", headers=headers)
        return answer.status_code, answer.json().get("state") or answer.json()["detail"]

    in_person = (403, "Only the person who is to take the shift can accept the swap.")
    assert await step(swap_ids[0], "acceptance", third) == in_person
    assert await step(swap_ids[0], "acceptance", agent) == (200, "accepted")
    assert (await step(swap_ids[0], "approval", agent))[0] == 403, "an agent approves nothing"
    assert await step(swap_ids[0], "approval", third) == (200, "approved")
    assert await step(swap_ids[1], "refusal", agent) == (200, "refused")


async def test_an_agent_asks_for_a_swap_of_their_own_shift_and_of_nobody_elses(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    supervisor, agent = as_role[Role.SUPERVISOR], as_role[Role.AGENT]
    first, second, third = await add_people(client, supervisor, 3)
    mei = {"name": "P0", "number": "13905190000", "unit": "Centre", "user": "mei-agent"}
    await client.put(f"/api/v1/duty/people/{first}", json=mei, headers=supervisor)
    own = await add(client, supervisor, "shifts", **shift(first, moment(1, 8), moment(1, 20)))
    other = await add(client, supervisor, "shifts", **shift(second, moment(2, 8), moment(2, 20)))

    not_theirs = await refusal(client, agent, "swaps", shift_id=other, to_person_id=third, reason="illness")
    swap_id = await add(client, agent, "swaps", shift_id=own, to_person_id=second, reason="illness")
    steps = [
        (await client.post(f"/api/v1/duty/swaps/{swap_id}/{name}", headers=headers)).status_code
        for name, headers in (("acceptance", agent), ("acceptance", supervisor), ("approval", supervisor))
    ]
    shifts = (await client.get(f"/api/v1/duty/shifts?{DAYS}", headers=agent)).json()["items"]
    assert not_theirs == (403, "Only a supervisor, or the person who has the shift, can ask for a swap of it.")
    assert steps == [403, 200, 200]
    assert [(row["id"], row["person_id"]) for row in shifts] == [(own, second)]


async def test_of_two_who_accept_and_refuse_at_once_one_is_heard(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], third: dict[str, str]
) -> None:
    supervisor = as_role[Role.SUPERVISOR]
    first, second = await add_people(client, supervisor, 2)
    shift_id = await add(client, supervisor, "shifts", **shift(first, moment(1, 8), moment(1, 20)))
    swap_id = await add(client, supervisor, "swaps", shift_id=shift_id, to_person_id=second, reason="illness")

    answers = await asyncio.gather(
        *(
            client.post(f"/api/v1/duty/swaps/{swap_id}/acceptance", headers=headers)
            for headers in (as_role[Role.ADMIN], third)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_the_pbx_is_told_who_is_on_duty(
    client: httpx.AsyncClient, supervisor: dict[str, str], database: Database
) -> None:
    (person,) = await add_people(client, supervisor, 1)
    shift_id = await add(client, supervisor, "shifts", **shift(person, moment(1, 20), moment(2, 8)))

    async def told() -> dict[str, str]:
        async with database.sessions.begin() as session:
            wanted = await service.list_wanted(session, date(2026, 9, 30), TIMEZONE)
        return {key: value for key, value in wanted.items() if value}

    assert await told() == {"duty/20261001": "2000-2400:13905190000", "duty/20261002": "0000-0800:13905190000"}
    body = {"name": "P", "number": "13905190009", "unit": "Centre"}
    await client.put(f"/api/v1/duty/people/{person}", json=body, headers=supervisor)
    assert (await told())["duty/20261001"] == "2000-2400:13905190009"
    assert (await client.delete(f"/api/v1/duty/shifts/{shift_id}", headers=supervisor)).status_code == 204
    assert await told() == {}


async def test_a_shift_that_is_over_stays_as_it_was(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]], third: dict[str, str], clock: Clock
) -> None:
    supervisor, other = as_role[Role.SUPERVISOR], as_role[Role.ADMIN]
    people = await add_people(client, supervisor, 2)
    shift_id = await add(client, supervisor, "shifts", **shift(people[0], moment(1, 20), moment(2, 8)))
    swap_id = await add(client, supervisor, "swaps", shift_id=shift_id, to_person_id=people[1], reason="ill")
    accepted = await client.post(f"/api/v1/duty/swaps/{swap_id}/acceptance", headers=third)
    clock.now = datetime.fromisoformat(moment(2, 8))
    approved = await client.post(f"/api/v1/duty/swaps/{swap_id}/approval", headers=other)
    deleted = await client.delete(f"/api/v1/duty/shifts/{shift_id}", headers=supervisor)
    (kept,) = (await client.get(f"/api/v1/duty/shifts?{DAYS}", headers=supervisor)).json()["items"]
    assert (accepted.status_code, approved.status_code, deleted.status_code) == (200, 409, 409)
    assert deleted.json()["detail"] == approved.json()["detail"] == "A shift that is over stays as it was."
    assert (kept["id"], kept["person_id"]) == (shift_id, people[0])


@pytest.mark.parametrize("number", ["", "12", "139;x", "+8613905190001", "1390519000&1", "1" * 21])
async def test_a_number_that_the_pbx_cannot_dial_is_refused(
    client: httpx.AsyncClient, supervisor: dict[str, str], number: str
) -> None:
    body = {"name": "P", "number": number, "unit": "Centre"}
    assert (await client.post("/api/v1/duty/people", json=body, headers=supervisor)).status_code == 422


async def test_somebody_on_duty_has_a_number_that_may_be_rung_as_any_other_and_whoever_is_passed_over_shows(
    client: httpx.AsyncClient, supervisor: dict[str, str]
) -> None:
    (person,) = await add_people(client, supervisor, 1)
    wish = {"reason": "the person asked for it"}
    for number in ("13905190000", "13905190007"):
        body = wish | {"number": number}
        assert (await client.post("/api/v1/do-not-call", json=body, headers=supervisor)).status_code == 204
    body = {"name": "P", "number": "13905190007", "unit": "Centre"}
    listed = await refusal(client, supervisor, "people", **body)
    abroad = await refusal(client, supervisor, "people", **{**body, "number": "00870776123456"})
    path = f"/api/v1/duty/people/{person}"
    changed = await client.put(path, json=body, headers=supervisor)
    renamed = await client.put(path, json={**body, "number": "13905190000"}, headers=supervisor)

    assert listed == (403, "The number is on the do-not-call list.")
    assert abroad == (403, "Numbers of this kind may not be rung.")
    assert (changed.status_code, renamed.status_code, renamed.json()["may_be_rung"]) == (403, 200, False)
    removal = {"number": "13905190000"}
    assert (await client.post("/api/v1/do-not-call/removals", json=removal, headers=supervisor)).status_code == 204
    people = (await client.get("/api/v1/duty/people", headers=supervisor)).json()["items"]
    assert [person["may_be_rung"] for person in people] == [True]


async def test_the_roster_has_masked_numbers_unless_a_supervisor_says_why(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    await add_people(client, as_role[Role.SUPERVISOR], 1)
    why = {"X-Reason": "wrong%20number"}
    for role, shown in ((Role.AGENT, None), (Role.SUPERVISOR, "13905190000"), (Role.ADMIN, "13905190000")):
        masked = await client.get("/api/v1/duty/people", headers=as_role[role])
        assert masked.json()["items"][0]["number"] == "139****0000"
        answer = await client.get("/api/v1/duty/people", headers=as_role[role] | why)
        assert answer.status_code == (403 if shown is None else 200)
        assert shown is None or answer.json()["items"][0]["number"] == shown


async def test_hand_overs_are_only_added_to(
    client: httpx.AsyncClient, supervisor: dict[str, str], database: Database
) -> None:
    for note in ("Milk powder off the shelf", "Nothing open"):
        await add(client, supervisor, "handovers", note=note)
    page = (await client.get("/api/v1/duty/handovers?limit=1", headers=supervisor)).json()
    assert [(row["note"], row["written_by"]) for row in page["items"]] == [("Nothing open", "mei-supervisor")]
    rest = await client.get(f"/api/v1/duty/handovers?cursor={page['next']}", headers=supervisor)
    assert [row["note"] for row in rest.json()["items"]] == ["Milk powder off the shelf"]
    for statement in (update(DutyHandover).values(note="x"), delete(DutyHandover)):
        with pytest.raises(DBAPIError, match="to duty_handovers rows are only added"):
            async with database.sessions.begin() as session:
                await session.execute(statement)


async def test_an_emergency_that_nobody_answered_raises_one_alarm_which_somebody_takes_in_hand(
    client: httpx.AsyncClient, supervisor: dict[str, str], database: Database
) -> None:
    await store_confirmed(database, [lost(1, 0), lost(2, 60, outcome=Outcome.EMERGENCY_UNANSWERED)])
    raised = []
    for _ in range(2):
        async with database.sessions.begin() as session:
            raised.append(await raise_alarms(session, NOW))
    assert raised == [[("pbx1", "pbx1-2.0")], []]

    async def open_alarms() -> list[dict[str, Any]]:
        answer = await client.get("/api/v1/alarms?kind=emergency_unanswered&open=true", headers=supervisor)
        return list(answer.json()["items"])

    (alarm,) = await open_alarms()
    assert (alarm["call"]["call_id"], alarm["call"]["caller_number"]) == ("pbx1-2.0", "138****5678")
    assert alarm["acknowledged_by"] is None
    path = f"/api/v1/alarms/{alarm['id']}/acknowledgement"
    taken = await client.post(path, headers=supervisor)
    assert (taken.status_code, taken.json()["acknowledged_by"]) == (200, "mei-supervisor")
    assert (await client.post(path, headers=supervisor)).status_code == 409
    assert await open_alarms() == []
    every = await client.get("/api/v1/alarms?kind=emergency_unanswered", headers=supervisor)
    assert len(every.json()["items"]) == 1


async def test_an_alarm_is_raised_while_the_caller_is_still_there_and_once_however_the_call_ends(
    database: Database,
) -> None:
    async def raised() -> list[tuple[str, str]]:
        async with database.sessions.begin() as session:
            return await raise_alarms(session, NOW)

    emergency = replace(lost(1, 0, outcome=Outcome.EMERGENCY_UNANSWERED), emergency_unanswered_at=at(20))
    died = replace(lost(2, 0, outcome=Outcome.FAILED), emergency_unanswered_at=at(20))
    ringing = lost(3, 0, outcome=Outcome.EMERGENCY_UNANSWERED)
    await store(database, [as_ami(still_up(ringing)), as_ami(still_up(died))])
    assert await raised() == [("pbx1", "pbx1-2.0")]
    await store(database, [still_up(emergency)])
    assert await raised() == [("pbx1", "pbx1-1.0")]
    await store_confirmed(database, [emergency, died])
    assert await raised() == []
    await store_confirmed(database, [ringing])
    assert await raised() == [("pbx1", "pbx1-3.0")], "who gave up while they were rung reached nobody either"
