"""What becomes of a dial: by the record of its call, by what the PBX says, by the lapse of time where neither comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from callcenter.accounts.rights import Role
from callcenter.calls.blind_times import GapReason
from callcenter.calls.records import CallRecord, Direction, HungUpBy, Outcome, Witness
from callcenter.calls.witness_store import open_gap, save_heartbeat
from callcenter.dialling.dial_results import give_way, raise_priorities, settle
from callcenter.dialling.rules import Number
from callcenter.dialling.service import SEND_WITHIN, send
from callcenter.dialling.store import get_dial
from callcenter.postgres.database import Database
from tests.integration.callback_examples import as_ami, lost, outbound, still_up
from tests.integration.conftest import NOW, Clock
from tests.integration.dial_examples import Desk, desk_of
from tests.integration.fake_ami import message

MEI_KEY = "+8613812345678"
SINCE = (NOW - datetime.fromisoformat("2026-11-23T01:00:00Z")).total_seconds()
"""Seconds from the callers' morning to the request."""


@pytest.fixture
async def desk(database: Database, as_role: dict[Role, dict[str, str]], clock: Clock) -> AsyncIterator[Desk]:
    async with desk_of(database, as_role, clock) as desk:
        yield desk


async def dialled(desk: Desk) -> dict[str, Any]:
    """Mei was lost in the morning and is being rung back."""
    await desk.given(lost(1, 0))
    answer = await desk.dial({"episode_id": await desk.episode_of(MEI_KEY)})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def call_of(told: dict[str, Any], record: CallRecord) -> CallRecord:
    return replace(record, call_id=told["call_id"])


async def state_of(desk: Desk, told: dict[str, Any]) -> tuple[str, str | None]:
    found = (await desk.ask("GET", f"/dials/{told['id']}")).json()
    return found["state"], found["outcome"]


async def heard(desk: Desk, until: datetime, witness: Witness = Witness.AMI) -> None:
    async with desk.database.sessions.begin() as session:
        await save_heartbeat(session, "pbx1", witness, until)


async def test_the_record_of_the_call_ends_the_dial_and_frees_person_and_seat(desk: Desk) -> None:
    told = await dialled(desk)
    await desk.given(as_ami(still_up(call_of(told, outbound(9, SINCE)))))
    await settle(desk.database, NOW + timedelta(hours=1))
    while_ringing = await state_of(desk, told)
    await desk.given(call_of(told, outbound(9, SINCE)))
    await settle(desk.database, NOW + timedelta(hours=1))

    desk.later(hours=1)

    assert while_ringing == ("dialling", None)
    assert await state_of(desk, told) == ("ended", "no_answer")
    assert (await desk.dial({"episode_id": told["episode_id"]})).status_code == 202


async def test_a_phone_of_ours_that_was_not_picked_up_is_no_try_at_the_caller(desk: Desk) -> None:
    told = await dialled(desk)
    internal = replace(call_of(told, outbound(9, SINCE)), direction=Direction.INTERNAL)
    await desk.given(internal)
    await settle(desk.database, NOW)
    row = (await desk.ask("GET", f"/callbacks/{told['episode_id']}")).json()

    assert await state_of(desk, told) == ("ended", "agent_no_answer")
    assert (row["attempts"], row["first_attempt_at"]) == (0, None)


async def test_what_the_second_witness_tells_later_corrects_what_the_first_had_seen_of_it(desk: Desk) -> None:
    told = await dialled(desk)
    whole = call_of(told, outbound(9, SINCE, is_answered=True))
    seen = replace(as_ami(whole), direction=Direction.INTERNAL, answered_at=None, talks=(), outcome=Outcome.UNKNOWN)
    outcomes = []
    for record in (seen, whole):
        await desk.given(record)
        await settle(desk.database, NOW)
        outcomes.append(await state_of(desk, told))

    assert outcomes == [("ended", "agent_no_answer"), ("ended", "talked")]


async def test_what_the_pbx_refuses_is_over_at_once(desk: Desk) -> None:
    desk.pbx.answers["Originate"] = message(
        ("Response", "Error"), ("ActionID", "ACTIONID"), ("Message", "Extension does not exist.")
    )
    told = await dialled(desk)
    assert told["state"] == "refused_by_pbx"
    desk.pbx.answers.clear()
    assert (await desk.dial({"episode_id": told["episode_id"]})).json()["state"] == "dialling"


async def test_without_a_connection_nothing_is_sent_and_the_row_says_so(desk: Desk) -> None:
    await desk.commands.close()
    told = await dialled(desk)
    assert (told["state"], desk.originates()) == ("not_sent", [])


async def test_a_backend_that_was_held_up_for_too_long_sends_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callcenter.dialling.service.SEND_WITHIN", -SEND_WITHIN)
    told = await dialled(desk)
    assert (told["state"], desk.originates()) == ("not_sent", [])


async def test_an_order_without_an_answer_stays_in_flight_and_is_never_sent_again(desk: Desk) -> None:
    desk.pbx.answers["Originate"] = None
    told = await dialled(desk)
    again = await desk.dial({"episode_id": told["episode_id"]})
    await heard(desk, NOW + timedelta(hours=1))
    states = []
    for seconds in (59, 60):
        await settle(desk.database, NOW + timedelta(seconds=seconds))
        states.append(await state_of(desk, told))
    alarms = (await desk.ask("GET", "/alarms?kind=dial_unknown", role=Role.SUPERVISOR)).json()["items"]
    await desk.given(call_of(told, outbound(9, SINCE)))
    await settle(desk.database, NOW + timedelta(hours=2))

    assert told["state"] == "dialling"
    assert again.status_code == 409
    assert states == [("dialling", None), ("unknown", None)]
    assert [alarm["dial_id"] for alarm in alarms] == [told["id"]]
    assert len(desk.originates()) == 1
    assert await state_of(desk, told) == ("ended", "no_answer")


@pytest.mark.parametrize("seconds", [179, 180])
async def test_where_the_pbx_was_not_heard_the_lease_ends_after_three_minutes(desk: Desk, seconds: int) -> None:
    told = await dialled(desk)
    async with desk.database.sessions.begin() as session:
        await open_gap(session, "pbx1", Witness.AMI, from_at=NOW, reason=GapReason.LINK_DOWN)
    await heard(desk, NOW + timedelta(hours=1))
    await settle(desk.database, NOW + timedelta(seconds=seconds))

    assert await state_of(desk, told) == ("unknown" if seconds == 180 else "dialling", None)


@pytest.mark.parametrize("witness", list(Witness))
async def test_an_order_that_was_taken_but_made_no_channel_is_over_as_soon_as_that_is_known(
    desk: Desk, witness: Witness
) -> None:
    told = await dialled(desk)
    await desk.rows("UPDATE dials SET answered_at = requested_at")
    states = []
    for heard_until, now in ((9, 30), (10, 30)):
        await heard(desk, NOW + timedelta(seconds=heard_until), witness)
        await settle(desk.database, NOW + timedelta(seconds=now))
        states.append(await state_of(desk, told))

    assert states == [("dialling", None), ("refused_by_pbx", None)]


async def test_whoever_rings_us_while_we_ring_them_is_rung_no_longer_and_goes_before_the_others_once(
    desk: Desk,
) -> None:
    told = await dialled(desk)
    await desk.given(as_ami(still_up(call_of(told, outbound(9, SINCE)))))
    await desk.given(as_ami(still_up(lost(2, SINCE + 5))))
    entry = [("Event", "QueueEntry"), ("ActionID", "ACTIONID"), ("Queue", "hotline"), ("Channel", "PJSIP/trunk-main-2")]
    desk.pbx.answers["QueueStatus"] = b"".join(
        message(*headers)
        for headers in (
            [("Response", "Success"), ("ActionID", "ACTIONID"), ("EventList", "start"), ("Message", "will follow")],
            [*entry, ("Uniqueid", "pbx1-2.0")],
            [*entry, ("Uniqueid", "pbx1-3.0")],
            [("Event", "QueueStatusComplete"), ("ActionID", "ACTIONID"), ("EventList", "Complete")],
        )
    )
    await asyncio.gather(*(give_way(desk.database, desk.pbxs, NOW) for _ in range(5)))
    await asyncio.gather(*(raise_priorities(desk.database, "pbx1", desk.commands, NOW) for _ in range(5)))
    actions = [action for connection in desk.pbx.connections for action in connection.actions]
    by_name = {name: [action for action in actions if action["Action"] == name] for name in desk.pbx.actions}
    await desk.given(call_of(told, replace(outbound(9, SINCE), outcome=Outcome.NO_ANSWER)))
    await settle(desk.database, NOW)

    assert [action["Channel"] for action in by_name["Hangup"]] == [told["call_id"]]
    assert [
        (action["Queue"], action["Caller"], action["Priority"], action["Immediate"])
        for action in by_name["QueueChangePriorityCaller"]
    ] == [("hotline", "PJSIP/trunk-main-2", "1000", "yes")]
    assert await state_of(desk, told) == ("ended", "cancelled")


async def test_a_dial_that_was_withdrawn_before_it_was_sent_is_hung_up_once_there_is_a_call(desk: Desk) -> None:
    told = await dialled(desk)
    await desk.rows("UPDATE dials SET answered_at = NULL, withdrawn_at = now()")
    async with desk.database.sessions.begin() as session:
        dial = await get_dial(session, told["id"])
    number = Number(subject=MEI_KEY, digits="13812345678")
    since = asyncio.get_running_loop().time()
    await send(desk.database, desk.commands, dial, number, desk.settings, since=since)
    assert desk.pbx.actions.count("Hangup") == 1


async def test_whom_we_are_talking_to_is_not_hung_up_on(desk: Desk) -> None:
    told = await dialled(desk)
    await desk.given(as_ami(still_up(call_of(told, outbound(9, SINCE, is_answered=True)))))
    await desk.given(as_ami(still_up(lost(2, SINCE + 5))))
    await give_way(desk.database, desk.pbxs, NOW)
    assert "Hangup" not in desk.pbx.actions


async def test_a_hang_up_that_the_pbx_refuses_is_told_and_not_tried_again(desk: Desk) -> None:
    await dialled(desk)
    await desk.given(as_ami(still_up(lost(2, SINCE + 5))))
    desk.pbx.answers["Hangup"] = message(
        ("Response", "Error"), ("ActionID", "ACTIONID"), ("Message", "No such channel")
    )
    for _ in range(2):
        await give_way(desk.database, desk.pbxs, NOW)
    assert desk.pbx.actions.count("Hangup") == 1


@pytest.mark.parametrize(
    ("judgement", "state", "attempts"),
    [
        ("talked", "reached", 1),
        ("refused", "reached", 1),
        ("mailbox", "open", 1),
        ("wrong_person", "wrong_number", 0),
        ("no_answer", "open", 1),
    ],
)
async def test_a_talk_that_was_none_with_the_caller_closes_no_episode_and_one_at_a_wrong_number_is_no_attempt(
    desk: Desk, judgement: str, state: str, attempts: int
) -> None:
    told = await dialled(desk)
    call = call_of(told, outbound(9, SINCE, is_answered=True))
    talk = replace(call.talks[0], to=call.talks[0].from_ + timedelta(seconds=15))
    await desk.given(replace(call, talks=(talk,), ended_at=talk.to, hung_up_by=HungUpBy.CALLEE))
    await settle(desk.database, NOW)
    path = f"/dials/{told['id']}/judgements"
    judged = await desk.ask("POST", path, {"judgement": judgement, "note": "As I heard it."})
    row = (await desk.ask("GET", f"/callbacks/{told['episode_id']}")).json()

    assert judged.status_code == 201, judged.text
    shown = judged.json()
    assert (shown["outcome"], shown["is_mailbox_suspected"], shown["proposed"]) == ("talked", True, "mailbox")
    assert judged.json()["judgement"]["judgement"] == judgement
    assert (row["state"], row["attempts"]) == (state, attempts)


async def test_the_latest_judgement_counts_and_only_who_dialled_or_a_supervisor_can_judge(desk: Desk) -> None:
    await desk.given(lost(1, 0))
    body = {"episode_id": await desk.episode_of(MEI_KEY)}
    told = (await desk.dial(body, role=Role.SUPERVISOR)).json()
    await desk.given(call_of(told, outbound(9, SINCE, is_answered=True)))
    path = f"/dials/{told['id']}/judgements"
    states = []
    for judgement, role in (("mailbox", Role.AGENT), ("mailbox", Role.SUPERVISOR), ("talked", Role.ADMIN)):
        answer = await desk.ask("POST", path, {"judgement": judgement, "note": "As heard."}, role=role)
        row = (await desk.ask("GET", f"/callbacks/{body['episode_id']}")).json()
        states.append((answer.status_code, row["state"]))

    assert states == [(403, "reached"), (201, "open"), (201, "reached")]
    assert (await desk.rows("SELECT count(*) FROM dial_judgements"))[0] == (2,)
