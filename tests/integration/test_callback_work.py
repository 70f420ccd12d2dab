"""Working the callback list: who gets which caller and when, what is promised, handed over, overdue and shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from prometheus_client import REGISTRY

from callcenter.accounts.rights import Right, Role, list_roles
from callcenter.callbacks.claims import CLAIM_LEASE
from callcenter.callbacks.metrics import measure
from callcenter.calls.records import CallRecord, Outcome
from callcenter.postgres.database import Database
from tests.call_examples import ABANDONED
from tests.integration.callback_examples import LI, MEI, answered, lost, outbound
from tests.integration.conftest import NOW, Clock
from tests.integration.dial_examples import Desk, desk_of

MEI_KEY, LI_KEY, WU_KEY = "+8613812345678", "+8613900000001", "+8613700000002"
WU = "13700000002"
AT_FOUR = (NOW - datetime.fromisoformat("2026-11-23T01:00:00Z")).total_seconds()
"""Seconds from the callers' morning to the first request, at 16:00."""


@pytest.fixture
async def desk(database: Database, as_role: dict[Role, dict[str, str]], clock: Clock) -> AsyncIterator[Desk]:
    async with desk_of(database, as_role, clock) as desk:
        yield desk


def in_queue(record: CallRecord, queue: str) -> CallRecord:
    return replace(record, queue_visits=(replace(ABANDONED.queue_visits[0], queue=queue),))


async def claim(desk: Desk, role: Role = Role.AGENT) -> str | None:
    """The subject of the caller that the agent gets, None for nobody."""
    answer = await desk.ask("POST", "/callbacks/claim", role=role)
    if answer.status_code == 404:
        return None
    rows = await desk.rows("SELECT subject FROM episodes WHERE id = :id", id=answer.json()["episode_id"])
    return str(rows[0][0])


async def claim_and_put_aside(desk: Desk, role: Role = Role.AGENT) -> str | None:
    """The same; the caller is to be tried again tomorrow, and the agent is free for the next."""
    subject = await claim(desk, role)
    if subject is not None:
        path = f"/callbacks/{await desk.episode_of(subject)}/claim"
        assert (await desk.ask("DELETE", path, role=Role.ADMIN)).status_code == 204
        await desk.rows("UPDATE episodes SET next_try_at = now() + interval '9 years' WHERE subject = :s", s=subject)
    return subject


async def skill(desk: Desk, *queues: str, name: str = "mei-agent") -> None:
    for queue in queues:
        await desk.rows(
            "INSERT INTO agent_skills (user_id, queue, penalty) SELECT id, :queue, 0 FROM users WHERE name = :name",
            **{"queue": queue, "name": name},
        )


async def test_the_most_urgent_is_taken_first_and_nobody_twice(desk: Desk) -> None:
    await desk.given(lost(1, 0), lost(2, 100, caller=LI, outcome=Outcome.VOICEMAIL), lost(3, 200, caller=None))
    taken = [await claim(desk, role) for role in (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)]
    assert taken == [LI_KEY, MEI_KEY, None]


async def test_many_who_ask_at_once_get_each_caller_once(desk: Desk) -> None:
    numbers = [f"1380000{number:04}" for number in range(6)]
    await desk.given(*(lost(index, 10 * index, caller=number) for index, number in enumerate(numbers)))
    roles = list_roles(Right.WORK_CALLBACKS)
    answers = await asyncio.gather(*(claim(desk, role) for _ in range(4) for role in roles))
    by_role = {role: set(answers[index :: len(roles)]) for index, role in enumerate(roles)}
    assert [len(subjects) for subjects in by_role.values()] == [1] * len(roles), "each click gave the same caller"
    taken = sorted(subject for subjects in by_role.values() for subject in subjects if subject)
    assert len(set(taken)) == len(taken) == len(roles)
    assert set(taken) <= {f"+86{number}" for number in numbers}
    assert await desk.rows("SELECT count(*) FROM episode_claims") == [(len(roles),)]


async def test_an_agent_gets_callers_of_their_queues_and_of_none_and_without_skills_any(desk: Desk) -> None:
    await skill(desk, "evening")
    await desk.given(
        in_queue(lost(1, 0), "hotline"), in_queue(lost(2, 100, caller=LI), "evening"), lost(3, 200, caller=WU)
    )
    hotline = await desk.episode_of(MEI_KEY)
    given = await desk.ask("POST", f"/callbacks/{hotline}/claim")
    taken = [await claim_and_put_aside(desk) for _ in range(3)]

    assert (given.status_code, given.json()["detail"]) == (
        403,
        "The caller was lost in a queue that you have no skill for.",
    )
    assert taken == [LI_KEY, WU_KEY, None]
    assert await claim(desk, Role.ADMIN) == MEI_KEY


async def test_who_was_tried_waits_for_another_part_of_the_day(desk: Desk) -> None:
    await desk.given(lost(1, 0), outbound(2, AT_FOUR - 600))
    at_four = await claim(desk)
    desk.later(minutes=60)
    assert (at_four, await claim(desk)) == (None, MEI_KEY)


async def test_a_promised_time_goes_first_and_not_before_it_has_come(desk: Desk) -> None:
    await desk.given(lost(1, 0), lost(2, 100, caller=LI))
    li = await desk.episode_of(LI_KEY)
    at_half_past_four = {"at": "2026-11-23T08:30:00Z"}
    await desk.ask("PUT", f"/callbacks/{li}/promise", at_half_past_four, role=Role.SUPERVISOR)
    before = [await claim_and_put_aside(desk) for _ in range(2)]
    put_off = (await desk.ask("GET", "/callbacks", role=Role.SUPERVISOR)).json()["items"]
    desk.later(minutes=30)
    due = await alarms(desk, "promise_due")
    shown = (await desk.ask("POST", "/callbacks/claim")).json()
    await desk.dial({"episode_id": li})
    kept = await alarms(desk, "promise_due")

    assert before == [MEI_KEY, None]
    assert [(row["id"], row["promised_at"]) for row in put_off if row["is_put_off"]] == [
        (li, "2026-11-23T08:30:00.000Z")
    ]
    assert due == [(li, "2026-11-23T08:30:00.000Z")]
    assert (shown["episode_id"], shown["promised_at"]) == (li, "2026-11-23T08:30:00.000Z")
    assert kept == []


@pytest.mark.parametrize("at", ["2026-11-23T08:00:00Z", "2026-11-22T08:00:00Z", "2027-01-23T08:00:00Z"])
async def test_a_promise_lies_ahead_and_not_too_far(desk: Desk, at: str) -> None:
    await desk.given(lost(1, 0))
    path = f"/callbacks/{await desk.episode_of(MEI_KEY)}/promise"
    answer = await desk.ask("PUT", path, {"at": at}, role=Role.SUPERVISOR)
    assert answer.status_code == 400


async def test_a_claim_is_held_released_and_runs_out(desk: Desk) -> None:
    await desk.given(lost(1, 0))
    path = f"/callbacks/{await desk.episode_of(MEI_KEY)}/claim"
    first = await desk.ask("POST", path)
    others = await desk.ask("POST", path, role=Role.SUPERVISOR)
    desk.later(minutes=20)
    held = await desk.ask("POST", path)
    own = (await desk.ask("GET", "/callbacks/claims")).json()["items"]
    desk.later(seconds=CLAIM_LEASE.total_seconds())
    run_out = await desk.ask("POST", path, role=Role.SUPERVISOR)
    not_theirs = await desk.ask("DELETE", path)
    released = [(await desk.ask("DELETE", path, role=Role.ADMIN)).status_code for _ in range(2)]

    assert (first.status_code, others.status_code, held.status_code, run_out.status_code) == (200, 409, 200, 200)
    assert (first.json()["expires_at"], held.json()["expires_at"]) == (
        "2026-11-23T08:30:00.000Z",
        "2026-11-23T08:50:00.000Z",
    )
    assert [claim["expires_at"] for claim in own] == ["2026-11-23T08:50:00.000Z"]
    assert not_theirs.status_code == 403
    assert released == [204, 404]
    assert [row[0] for row in await desk.rows("SELECT ended_by FROM episode_claims ORDER BY id")] == [
        "expired",
        "released",
    ]


async def test_a_closed_episode_cannot_be_taken_or_promised(desk: Desk) -> None:
    await desk.given(lost(1, 0), answered(2, 100))
    path = f"/callbacks/{await desk.episode_of(MEI_KEY)}"
    answers = [
        await desk.ask("POST", f"{path}/claim"),
        await desk.ask("PUT", f"{path}/promise", {"at": "2026-11-23T09:00:00Z"}, role=Role.SUPERVISOR),
    ]
    assert [answer.status_code for answer in answers] == [409, 409]
    assert await claim(desk) is None


async def test_at_the_end_of_a_shift_everything_unfinished_is_handed_over_with_a_note(
    database: Database, as_role: dict[Role, dict[str, str]], clock: Clock
) -> None:
    async with desk_of(database, as_role, clock, claims_per_agent=2) as desk:
        await hand_over_two(desk)


async def hand_over_two(desk: Desk) -> None:
    await desk.given(lost(1, 0), lost(2, 100, caller=LI), lost(3, 200, caller=WU))
    mei, li = await desk.episode_of(MEI_KEY), await desk.episode_of(LI_KEY)
    mine = [(await desk.ask("POST", f"/callbacks/{episode}/claim")).status_code for episode in (mei, li)]
    await claim(desk, Role.SUPERVISOR)
    await desk.given(answered(4, AT_FOUR))
    handed = (await desk.ask("POST", "/callbacks/hand-over", {"note": "Rings back after six."})).json()
    taken = await desk.ask("POST", "/callbacks/claim", role=Role.ADMIN)

    assert mine == [200, 200]
    assert handed == {"episode_ids": [li]}
    assert taken.json()["episode_id"] == li
    assert [(note["user"], note["note"]) for note in taken.json()["history"]["notes"]] == [
        ("mei-agent", "Rings back after six.")
    ]
    assert (await desk.ask("GET", "/callbacks/claims")).json() == {"items": [], "next": None}


async def test_the_history_shows_all_of_one_person_and_no_number(desk: Desk) -> None:
    await desk.given(answered(1, -9000), lost(2, 0), outbound(3, 600), lost(4, 0, caller=LI))
    episode_id = await desk.episode_of(MEI_KEY)
    await desk.ask("POST", f"/callbacks/{episode_id}/notes", {"note": "About a kettle."})
    dial = (await desk.dial({"episode_id": episode_id})).json()
    answer = await desk.ask("GET", f"/callbacks/{episode_id}/history")
    told = answer.json()
    by_call = [(await desk.ask("GET", f"/calls/pbx1/pbx1-{number}.0/history")).json() for number in (1, 2, 3)]

    assert [(call["call_id"], call["direction"], call["outcome"]) for call in told["calls"]] == [
        ("pbx1-3.0", "outbound", "no_answer"),
        ("pbx1-2.0", "inbound", "abandoned_queue"),
        ("pbx1-1.0", "inbound", "answered"),
    ]
    assert told["episodes"] == [
        {
            "id": episode_id,
            "state": "open",
            "opened_at": "2026-11-23T01:00:00.000Z",
            "due_at": "2026-11-23T03:00:00.000Z",
            "closed_at": None,
            "attempts": 1,
            "next_try_at": "2026-11-23T06:00:00.000Z",
        }
    ]
    assert [(one["id"], one["user"], one["judgement"]) for one in told["dials"]] == [(dial["id"], "mei-agent", None)]
    assert [note["note"] for note in told["notes"]] == ["About a kettle."]
    assert told["number"] == "138****5678"
    assert MEI not in answer.text
    assert by_call == [told] * 3


async def test_a_caller_without_a_number_has_the_history_of_that_call(desk: Desk) -> None:
    await desk.given(lost(1, 0, caller=None), lost(2, 0, caller=None))
    told = (await desk.ask("GET", "/calls/pbx1/pbx1-1.0/history")).json()
    assert (told["number"], [call["call_id"] for call in told["calls"]]) == (None, ["pbx1-1.0"])


async def alarms(desk: Desk, name: str) -> list[tuple[int, str]]:
    """The oldest first."""
    items = (await desk.ask("GET", f"/alarms?kind={name}", role=Role.SUPERVISOR)).json()["items"]
    return [(alarm["episode_id"], alarm["since"]) for alarm in reversed(items)]


async def test_supervisors_see_which_deadlines_have_passed_and_how_long_callers_wait(desk: Desk) -> None:
    await desk.given(
        lost(1, 0), outbound(2, 1800, is_answered=True), lost(3, 60, caller=LI), outbound(4, 660, dialled=LI)
    )
    await desk.given(lost(5, 120, caller=WU))
    li, wu = await desk.episode_of(LI_KEY), await desk.episode_of(WU_KEY)
    told = (await desk.ask("GET", "/callbacks/figures", role=Role.SUPERVISOR)).json()
    first, contact = await alarms(desk, "first_attempt_overdue"), await alarms(desk, "contact_overdue")
    desk.later(hours=52, seconds=1)

    assert first == [(wu, "2026-11-23T03:02:00.000Z")]
    assert contact == []
    assert (told["median_seconds_to_first_attempt"], told["median_seconds_to_contact"]) == (600.0, 1810.0)
    assert await alarms(desk, "contact_overdue") == [
        (li, "2026-11-23T01:01:00.000Z"),
        (wu, "2026-11-23T01:02:00.000Z"),
    ]


async def test_alarms_are_measured(desk: Desk) -> None:
    await desk.given(replace(lost(1, 0), call_id="pbx1-1.0"))
    episode_id = await desk.episode_of(MEI_KEY)
    promise = {"at": "2026-11-23T09:00:00Z"}
    await desk.ask("PUT", f"/callbacks/{episode_id}/promise", promise, role=Role.SUPERVISOR)
    await desk.rows("UPDATE episode_promises SET promised_at = now() - interval '1 minute'")
    await desk.rows("UPDATE episodes SET opened_at = now() - interval '20 days'")
    await measure(desk.database, desk.settings, datetime.now(UTC))

    names = ("callbacks_contact_overdue", "callbacks_promises_due", "dials_unknown")
    assert [REGISTRY.get_sample_value(f"callcenter_{name}") for name in names] == [1, 1, 0]


async def test_a_caller_who_is_put_off_behind_a_deadline_is_measured_as_that(desk: Desk) -> None:
    await desk.given(replace(lost(1, 0), call_id="pbx1-1.0"))
    episode_id = await desk.episode_of(MEI_KEY)
    promise = {"at": "2026-11-24T09:00:00Z"}
    assert (await desk.ask("PUT", f"/callbacks/{episode_id}/promise", promise, role=Role.SUPERVISOR)).is_success
    await measure(desk.database, desk.settings, desk.clock.now)
    names = ("promises_due", "promises_late")
    assert [REGISTRY.get_sample_value(f"callcenter_callbacks_{name}") for name in names] == [0, 1]
    assert len(await alarms(desk, "promise_late")) == 1
    desk.later(hours=72)
    await measure(desk.database, desk.settings, desk.clock.now)
    assert [REGISTRY.get_sample_value(f"callcenter_callbacks_{name}") for name in names] == [1, 0]


async def test_a_person_who_is_being_rung_by_whatever_way_is_given_to_nobody(desk: Desk) -> None:
    await desk.given(lost(1, 0), answered(2, -600))
    await desk.dial({"call": {"pbx": "pbx1", "call_id": "pbx1-2.0"}})
    assert await claim(desk, Role.SUPERVISOR) is None
    await desk.rows("UPDATE dials SET state = 'ended'")
    assert await claim(desk, Role.SUPERVISOR) == MEI_KEY
