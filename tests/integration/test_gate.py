"""Whatever rings a number outside asks one gate, at that moment; and who may put off, note or hold a caller."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.accounts.rights import SignedIn as User
from callcenter.calls.records import Outcome, Voicemail
from callcenter.mediation import start
from callcenter.mediation import store as mediations
from callcenter.mediation.appointments import ring_next
from callcenter.mediation.rules import LegRole as Place
from callcenter.mediation.rules import MediationState
from callcenter.postgres.database import Database
from tests.integration.callback_examples import LI, MEI, answered, lost, outbound
from tests.integration.conftest import NOW, Clock
from tests.integration.dial_examples import Desk, desk_of
from tests.integration.test_queue_callback_turns import asked

MEI_KEY, LI_KEY = f"+86{MEI}", f"+86{LI}"
EMERGENCY = lost(1, 0, outcome=Outcome.EMERGENCY_UNANSWERED)
HALF_PAST_NINE_PM, NINE_PM = "2026-11-23T13:30:00Z", "2026-11-23T13:00:00Z"
THIS_AFTERNOON = 7 * 3600 - 300
"""Seconds from 09:00 to five minutes before the requests, which come at 16:00."""


@pytest.fixture
async def desk(database: Database, as_role: dict[Role, dict[str, str]], clock: Clock) -> AsyncIterator[Desk]:
    async with desk_of(database, as_role, clock, claims_per_agent=3) as desk:
        yield desk


async def promise(desk: Desk, episode_id: int, body: dict[str, Any], role: Role = Role.AGENT) -> int:
    return (await desk.ask("PUT", f"/callbacks/{episode_id}/promise", body, role=role)).status_code


async def reasons(desk: Desk) -> list[str]:
    return [refusal[2] for refusal in await desk.refusals()][::-1]


async def grounds(desk: Desk) -> list[tuple[str, str, str | None]]:
    items = (await desk.ask("GET", "/outgoing-legs", role=Role.SUPERVISOR)).json()["items"]
    return [(item["occasion"], item["ground"], item["masked_number"]) for item in items][::-1]


async def test_an_emergency_is_due_at_once_and_may_be_rung_at_any_hour_which_is_written_down(desk: Desk) -> None:
    await desk.given(EMERGENCY, lost(2, 10, caller=LI))
    emergency, other = await desk.episode_of(MEI_KEY), await desk.episode_of(LI_KEY)
    shown = (await desk.ask("GET", f"/callbacks/{emergency}", role=Role.SUPERVISOR)).json()
    desk.later(hours=6.5)
    taken = (await desk.ask("POST", "/callbacks/claim")).json()
    answers = [(await desk.dial({"episode_id": episode})).status_code for episode in (other, emergency)]
    nobody_else = await desk.ask("POST", "/callbacks/claim", role=Role.SUPERVISOR)

    assert (shown["due_at"], shown["is_emergency"]) == ("2026-11-23T01:00:30.000Z", True)
    assert taken["episode_id"] == emergency
    assert answers == [403, 202]
    assert nobody_else.status_code == 404
    assert await reasons(desk) == ["outside_hours"]
    assert await grounds(desk) == [("dial", "emergency", "138****5678")]


async def test_an_episode_that_becomes_an_emergency_is_due_at_once_from_then_on(desk: Desk) -> None:
    await desk.given(lost(2, 9 * 3600))
    await desk.given(lost(1, 9 * 3600 + 60, outcome=Outcome.EMERGENCY_UNANSWERED))
    assert await desk.rows("SELECT due_at = last_lost_at, is_emergency FROM episodes") == [(True, True)]


async def test_a_time_that_an_agent_named_opens_no_hours_and_a_supervisors_only_from_then_on(desk: Desk) -> None:
    await desk.given(lost(1, 0))
    episode = await desk.episode_of(MEI_KEY)
    await desk.ask("POST", f"/callbacks/{episode}/claim")
    assert await promise(desk, episode, {"at": NINE_PM}) == 204
    desk.later(hours=5.1)
    by_agent = await desk.dial({"episode_id": episode})
    assert await promise(desk, episode, {"at": HALF_PAST_NINE_PM}, Role.SUPERVISOR) == 204
    too_early = await desk.dial({"episode_id": episode})
    desk.later(minutes=24)
    by_supervisor = await desk.dial({"episode_id": episode})

    assert [answer.status_code for answer in (by_agent, too_early, by_supervisor)] == [403, 403, 202]
    assert await reasons(desk) == ["outside_hours", "outside_hours"]
    assert await grounds(desk) == [("dial", "named_time", "138****5678")]
    history = (await desk.ask("GET", f"/callbacks/{episode}/history")).json()
    told = ("user", "named_by", "promised_at", "replaced_at", "opens_hours")
    assert [tuple(one[name] for name in told) for one in history["promises"]] == [
        ("mei-agent", "agent", "2026-11-23T13:00:00.000Z", None, False),
        ("mei-supervisor", "supervisor", "2026-11-23T13:30:00.000Z", "2026-11-23T13:00:00.000Z", True),
    ]


async def test_a_time_that_the_caller_named_needs_a_call_in_which_they_could(desk: Desk) -> None:
    message = Voicemail(mailbox="2000", file="msg0000", duration=timedelta(seconds=9))
    await desk.given(
        answered(5, -9000),
        replace(answered(6, -8000), talks=(replace(answered(6, -8000).talks[0], with_="1009"),)),
        answered(7, -7000, caller=LI),
        lost(1, 0),
        replace(lost(2, 60, outcome=Outcome.VOICEMAIL), voicemail=message),
    )
    await desk.rows("UPDATE agent_sign_ons SET signed_on_at = '2026-11-01'")
    episode = await desk.episode_of(MEI_KEY)
    await desk.ask("POST", f"/callbacks/{episode}/claim")

    async def named(call: int | None) -> int:
        where = {} if call is None else {"call": {"pbx": "pbx1", "call_id": f"pbx1-{call}.0"}}
        return await promise(desk, episode, {"at": NINE_PM, "named_by": "caller", **where})

    found = {call: await named(call) for call in (None, 1, 2, 5, 6, 7, 99)}
    assert found == {None: 400, 1: 403, 2: 204, 5: 204, 6: 403, 7: 403, 99: 403}
    assert await promise(desk, episode, {"at": NINE_PM, "named_by": "supervisor"}) == 403
    assert await desk.rows("SELECT named_by, named_in_call_id, opens_hours FROM episode_promises") == [
        ("caller", "pbx1-5.0", True)
    ]


async def test_only_who_works_on_a_caller_or_a_supervisor_puts_them_off(desk: Desk) -> None:
    await desk.rows(
        "INSERT INTO agent_skills (user_id, queue, penalty) SELECT id, 'evening', 0 FROM users WHERE name = 'mei-agent'"
    )
    await desk.given(lost(1, 0), asked(2, 100, caller=LI))
    mei, li = await desk.episode_of(MEI_KEY), await desk.episode_of(LI_KEY)
    tomorrow = {"at": "2026-11-24T02:00:00Z"}
    unclaimed = [await promise(desk, mei, tomorrow), await promise(desk, li, tomorrow)]
    await desk.ask("POST", f"/callbacks/{mei}/claim", role=Role.SUPERVISOR)
    anothers = await promise(desk, mei, tomorrow)
    notes = [
        (await desk.ask("POST", f"/callbacks/{one}/notes", {"note": "再次"}, role=role)).status_code
        for one, role in ((mei, Role.AGENT), (li, Role.AGENT), (li, Role.SUPERVISOR))
    ]
    by_supervisor = await promise(desk, mei, tomorrow, Role.SUPERVISOR)

    assert (unclaimed, anothers, by_supervisor) == ([403, 403], 409, 204)
    assert notes == [409, 403, 204]
    assert await desk.rows("SELECT count(*) FROM promise_changes") == [(1,)]


async def test_callers_who_are_put_off_are_shown_as_waiting_and_an_alarm_behind_their_deadline(desk: Desk) -> None:
    await desk.given(lost(1, 6.5 * 3600), lost(2, 6.5 * 3600, caller=LI))
    mei, li = await desk.episode_of(MEI_KEY), await desk.episode_of(LI_KEY)
    await promise(desk, mei, {"at": "2026-11-25T02:00:00Z"}, Role.SUPERVISOR)
    await promise(desk, li, {"at": "2026-11-23T08:30:00Z"}, Role.SUPERVISOR)
    rows = (await desk.ask("GET", "/callbacks", role=Role.SUPERVISOR)).json()["items"]
    alarms = (await desk.ask("GET", "/alarms?kind=promise_late", role=Role.SUPERVISOR)).json()["items"]
    nobody = await desk.ask("POST", "/callbacks/claim")

    assert sorted((row["id"], row["is_put_off"], row["state"]) for row in rows) == [
        (mei, True, "open"),
        (li, True, "open"),
    ]
    assert [(alarm["episode_id"], alarm["since"]) for alarm in alarms] == [(mei, "2026-11-25T02:00:00.000Z")]
    assert nobody.json()["detail"] == "Nobody waits now whom you could call. 2 wait for a promised time."


async def test_a_caller_is_tried_once_in_a_part_of_the_day_whatever_way_the_dial_comes(desk: Desk) -> None:
    await desk.given(lost(1, 0), outbound(2, THIS_AFTERNOON))
    episode = await desk.episode_of(MEI_KEY)
    targets = ({"episode_id": episode}, {"call": {"pbx": "pbx1", "call_id": "pbx1-1.0"}})
    early = [(await desk.dial(body, role=role)).status_code for body in targets for role in (Role.AGENT, Role.ADMIN)]
    await desk.ask("POST", f"/callbacks/{episode}/claim")
    await promise(desk, episode, {"at": "2026-11-23T08:01:00Z"})
    desk.later(minutes=2)
    by_agent = await desk.dial({"episode_id": episode})
    desk.later(minutes=58)
    in_the_evening = await desk.dial({"episode_id": episode})

    assert early == [403] * 4
    assert (by_agent.status_code, in_the_evening.status_code) == (403, 202)
    assert set(await reasons(desk)) == {"tried_recently"}


async def test_a_number_out_of_service_is_given_to_nobody_and_may_be_signed(desk: Desk) -> None:
    await desk.given(lost(1, 0), replace(outbound(2, 600), hangup_cause=1))
    episode = await desk.episode_of(MEI_KEY)
    given = await desk.ask("POST", "/callbacks/claim")
    dialled = await desk.dial({"episode_id": episode})
    shown = (await desk.ask("GET", "/callbacks?state=wrong_number")).json()["items"]
    signed = await desk.ask("POST", f"/callbacks/{episode}/decision", {"reason": "空号"}, role=Role.SUPERVISOR)

    assert (given.status_code, dialled.status_code, signed.status_code) == (404, 403, 201)
    assert [(row["id"], row["attempts"]) for row in shown] == [(episode, 0)]
    assert await reasons(desk) == ["wrong_number"]


async def test_an_agent_has_so_many_callers_at_once_and_is_free_again_after_a_try_in_vain(
    database: Database, as_role: dict[Role, dict[str, str]], clock: Clock
) -> None:
    async with desk_of(database, as_role, clock) as desk:
        await desk.given(lost(1, 0), lost(2, 10, caller=LI))
        mei, li = await desk.episode_of(MEI_KEY), await desk.episode_of(LI_KEY)
        clicks = await asyncio.gather(*(desk.ask("POST", "/callbacks/claim") for _ in range(5)))
        second = await desk.ask("POST", f"/callbacks/{li}/claim")
        dialled = await desk.dial({"episode_id": mei})
        while_ringing = await desk.ask("POST", "/callbacks/claim")
        refused = await desk.dial({"episode_id": li})
        await desk.rows("UPDATE dials SET state = 'ended', outcome = 'busy', ended_at = :at", at=clock.now)
        others = await desk.ask("POST", f"/callbacks/{mei}/claim", role=Role.SUPERVISOR)
        desk.later(minutes=2)
        own = (await desk.ask("GET", "/callbacks/claims")).json()["items"]
        following = await desk.ask("POST", "/callbacks/claim")

        assert [(click.status_code, click.json()["episode_id"]) for click in clicks] == [(200, mei)] * 5
        assert (dialled.status_code, others.status_code) == (202, 409)
        assert [answer.status_code for answer in (second, while_ringing, refused)] == [409, 409, 409]
        assert second.json()["detail"] == "You have as many callers as an agent may: release one first."
        assert await reasons(desk) == ["seat_in_flight"] or await reasons(desk) == ["claim_limit"]
        assert own == []
        assert (following.status_code, following.json()["episode_id"]) == (200, mei)
        ended = await desk.rows("SELECT ended_by FROM episode_claims WHERE ended_at IS NOT NULL")
        assert ended == [("tried",)]


async def test_who_may_have_several_callers_gets_another_and_not_by_a_second_click(desk: Desk) -> None:
    await desk.given(*(lost(number, 10 * number, caller=f"1380000000{number}") for number in range(5)))
    taken = []
    for _ in range(5):
        clicks = await asyncio.gather(*(desk.ask("POST", "/callbacks/claim") for _ in range(3)))
        (episode,) = {click.json()["episode_id"] for click in clicks}
        taken.append(episode)
        desk.later(seconds=6)
    assert len(set(taken[:3])) == 3
    assert taken[3:] == [taken[2]] * 2, "three are the most"


async def test_only_who_may_be_rung_now_is_given(desk: Desk) -> None:
    await desk.given(lost(1, 0), lost(2, 10, caller=LI), lost(3, 20, caller="+85221234567"))
    await desk.ask("POST", "/do-not-call", {"number": MEI, "reason": "诉讼"}, role=Role.SUPERVISOR)
    given = await desk.ask("POST", "/callbacks/claim")
    none_left = await desk.ask("POST", "/callbacks/claim", role=Role.SUPERVISOR)
    desk.later(hours=4.5)
    at_night = await desk.ask("POST", "/callbacks/claim", role=Role.ADMIN)

    assert given.json()["episode_id"] == await desk.episode_of(LI_KEY)
    assert [answer.status_code for answer in (none_left, at_night)] == [404, 404]


async def test_key_one_shows_in_the_list_as_a_place_that_is_kept_and_which(desk: Desk) -> None:
    call = asked(1, 0)
    await desk.given(replace(call, queue_visits=(replace(call.queue_visits[0], position=3),)), lost(2, 0, caller=LI))
    rows = (await desk.ask("GET", "/callbacks", role=Role.SUPERVISOR, reason="test")).json()["items"]
    by_number = {row["caller_number"]: row for row in rows}
    place = {"queue": "hotline", "position": 3, "joined_at": "2026-11-23T01:00:00.000Z"}

    assert (by_number[MEI_KEY]["kept_place"], by_number[MEI_KEY]["calls"][0]["kept_place"]) == (place, place)
    assert by_number[LI_KEY]["kept_place"] is None
    csv = (await desk.ask("GET", "/callbacks?format=csv&language=en", role=Role.SUPERVISOR)).text
    assert "callback_requested" in csv


async def appointed(desk: Desk, *, number: str = LI) -> int:
    """A mediation whose time has come, its host and consumer in the room."""
    async with desk.database.sessions.begin() as session:
        query = text("SELECT id FROM users WHERE name = 'mei-agent'")
        host = User(user_id=(await session.execute(query)).scalar_one(), name="mei-agent", role=Role.AGENT)
        mediation_id = await start.appoint(
            session,
            desk.settings,
            user=host,
            appointed_for=NOW + timedelta(minutes=1),
            consumer=MEI,
            merchant=number,
            now=NOW,
        )
        await mediations.change_mediation(session, mediation_id, state=MediationState.OPEN)
        for leg in await mediations.list_legs(session, mediation_id):
            if leg.role != Place.MERCHANT:
                await mediations.change_leg(session, leg.id, joined_at=NOW, uniqueid=f"pbx1-{leg.id}.9")
    return mediation_id


@pytest.mark.parametrize("why", ["do_not_call", "outside_hours", "too_many_to_number", "typed_not_allowed", None])
async def test_an_appointed_mediation_asks_again_when_it_rings(desk: Desk, why: str | None) -> None:
    await desk.given(answered(1, 0, caller=MEI), *([] if why == "typed_not_allowed" else [answered(2, 0, caller=LI)]))
    mediation_id = await appointed(desk)
    at = NOW + timedelta(minutes=1)
    if why == "do_not_call":
        await desk.ask("POST", "/do-not-call", {"number": LI, "reason": "诉讼"}, role=Role.SUPERVISOR)
    if why == "outside_hours":
        at = NOW + timedelta(hours=6)
    if why == "too_many_to_number":
        for number in range(3):
            dialled = await desk.dial({"call": {"pbx": "pbx1", "call_id": "pbx1-2.0"}}, key=f"before-{number}")
            assert dialled.status_code == 202
            await desk.rows("UPDATE dials SET state = 'ended', outcome = 'no_answer'")
    before = len(desk.originates())
    await ring_next(desk.database, desk.commands, desk.settings, desk.settings.pbxs[0], mediation_id, at)
    rung = [order["Channel"] for order in desk.originates()[before:]]
    (merchant,) = await desk.rows("SELECT failure, uniqueid IS NULL FROM mediation_legs WHERE role = 'merchant'")

    if why is None:
        assert (rung, tuple(merchant)) == ([f"PJSIP/{LI}@trunk-main"], (None, False))
        assert await grounds(desk) == [("mediation", "calling_hours", "139****0001")]
    else:
        assert (rung, tuple(merchant)) == ([], ("not_allowed", True))
        assert await desk.refusals() == [("mei-agent", "mediation", why, "139****0001")]


async def test_an_appointment_outside_the_hours_is_refused_when_it_is_made(desk: Desk) -> None:
    await desk.given(answered(1, 0, caller=MEI), answered(2, 0, caller=LI))
    body = {"consumer_number": MEI, "merchant_number": LI}
    answers = [
        (await desk.ask("POST", "/mediation-appointments", {**body, "appointed_for": at})).status_code
        for at in (NINE_PM, "2026-11-23T09:00:00Z")
    ]
    assert answers == [403, 201]
    assert await reasons(desk) == ["outside_hours"]
