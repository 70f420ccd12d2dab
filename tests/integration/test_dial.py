"""Click-to-call over HTTP: what is sent, once, and everything that is refused and written down instead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Role
from callcenter.accounts.rules import LOOK_UPS
from callcenter.callbacks.claims import CLAIM_LEASE
from callcenter.dialling import store as dial_store
from callcenter.dialling.rules import DialState
from callcenter.dialling.tables import Dial
from callcenter.json_values import moment_to_json
from callcenter.postgres.database import Database
from tests.integration.callback_examples import LI, MEI, answered, as_ami, lost, outbound, still_up, store
from tests.integration.conftest import NOW, Clock
from tests.integration.dial_examples import Desk, desk_of

MEI_KEY, LI_KEY = "+8613812345678", "+8613900000001"


@pytest.fixture
async def desk(database: Database, as_role: dict[Role, dict[str, str]], clock: Clock) -> AsyncIterator[Desk]:
    async with desk_of(database, as_role, clock) as desk:
        yield desk


async def test_the_agents_phone_is_rung_with_one_fixed_order_and_the_row_knows_its_call(desk: Desk) -> None:
    await desk.given(lost(1, 0))
    answer = await desk.dial({"episode_id": await desk.episode_of(MEI_KEY)})

    assert answer.status_code == 202, answer.text
    (order,) = desk.originates()
    assert {name: value for name, value in order.items() if name != "ActionID"} == {
        "Action": "Originate",
        "Async": "true",
        "CallerID": '"Call to 138****5678" <callback>',
        "Channel": "PJSIP/1001",
        "ChannelId": "pbx1-1795420800.d1",
        "Context": "click-to-call",
        "Exten": "13812345678",
        "Priority": "1",
        "Timeout": "20000",
        "Variable": "PJSIP_HEADER(add,X-Hotline-Call)=pbx1-1795420800.d1",
    }
    assert answer.headers["location"] == "/api/v1/dials/1"
    assert answer.json() == {
        "id": 1,
        "episode_id": await desk.episode_of(MEI_KEY),
        "survey_sample_id": None,
        "number": "138****5678",
        "pbx": "pbx1",
        "call_id": "pbx1-1795420800.d1",
        "requested_at": "2026-11-23T08:00:00.000Z",
        "state": "dialling",
        "outcome": None,
        "hangup_cause": None,
        "talk_seconds": None,
        "is_mailbox_suspected": False,
        "proposed": None,
        "withdrawn_at": None,
        "ended_at": None,
    }


TYPED: list[tuple[Any, str, str, str | None]] = [
    ({"number": "13800000000&PJSIP/1001"}, "typed", "not_a_number", "****"),
    ({"number": "13800000000,30,g"}, "typed", "not_a_number", "****"),
    ({"number": "13800000000|1001"}, "typed", "not_a_number", "****"),
    ({"number": "13800000000\r\nContext: from-internal"}, "typed", "not_a_number", "****"),
    ({"number": "13800000000\x00"}, "typed", "not_a_number", "138****0000"),
    ({"number": "１３８００００００００"}, "typed", "not_a_number", "138****0000"),
    ({"number": "138abc00000"}, "typed", "not_a_number", "****"),
    ({"number": "008613800000000"}, "typed", "typed_not_allowed", "138****0000"),
    ({"number": "0019002345678"}, "typed", "typed_not_allowed", "+190****5678"),
    ({"number": "+19002345678"}, "typed", "typed_not_allowed", "+190****5678"),
    ({"number": "13800000000"}, "typed", "typed_not_allowed", "138****0000"),
    ({"number": "1001"}, "typed", "typed_not_allowed", "1001"),
    ({"number": "12345"}, "typed", "typed_not_allowed", "12345"),
    ({"number": "13800000000", "context": "from-internal"}, "typed", "not_as_described", "138****0000"),
    ({"number": "13800000000", "channel": "PJSIP/1009"}, "typed", "not_as_described", "138****0000"),
    ({"number": "13800000000", "episode_id": 1}, "several", "not_as_described", "138****0000"),
    ({}, "none", "not_as_described", None),
    ({"episode_id": 4711}, "episode", "no_such_target", None),
    ({"call": {"pbx": "pbx1", "call_id": "pbx1-4711.0"}}, "call", "no_such_target", None),
    ({"directory_id": 4711}, "directory", "no_such_target", None),
]


@pytest.mark.parametrize(("body", "target", "reason", "masked"), TYPED)
async def test_a_number_that_nobody_gave_us_is_refused_and_written_down(
    desk: Desk, body: Any, target: str, reason: str, masked: str | None
) -> None:
    answer = await desk.dial(body)

    assert answer.status_code == (404 if reason == "no_such_target" else 403), answer.text
    assert await desk.refusals() == [("mei-agent", target, reason, masked)]
    assert await desk.rows("SELECT * FROM dials") == []
    assert desk.originates() == []


async def test_after_too_many_refused_numbers_nobody_learns_any_more_why_the_next_is_refused(desk: Desk) -> None:
    statuses = [(await desk.dial({"number": f"138000000{guess:02}"})).status_code for guess in range(LOOK_UPS + 1)]
    assert statuses == [403] * LOOK_UPS + [429]
    assert len(await desk.refusals()) == LOOK_UPS + 1


async def test_where_a_setting_allows_a_prefix_numbers_typed_with_others_are_still_refused(
    database: Database, as_role: dict[Role, dict[str, str]], clock: Clock
) -> None:
    async with desk_of(database, as_role, clock, dial_prefixes=("+86519",)) as desk:
        refused = [await desk.dial({"number": number}) for number in ("13800000000", "0019002345678", "86612345x")]
        allowed = await desk.dial({"number": "86612345"})

        assert [answer.status_code for answer in refused] == [403, 403, 403]
        assert allowed.status_code == 202
        assert [order["Exten"] for order in desk.originates()] == ["051986612345"]


@pytest.mark.parametrize(
    ("caller", "reason"),
    [
        (None, "no_number"),
        ("12345", "no_number"),
        ("1064812345678", "no_number"),
        ("+85221234567", "number_not_allowed"),
    ],
)
async def test_a_caller_who_showed_no_number_that_may_be_rung_is_not_rung(
    desk: Desk, caller: str | None, reason: str
) -> None:
    await desk.given(lost(1, 0, caller=caller))
    (episode_id,) = (await desk.rows("SELECT id FROM episodes"))[0]
    answers = [await desk.dial(body) for body in ({"episode_id": episode_id}, {"call": call_of(1)})]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert [refusal[2] for refusal in await desk.refusals()] == [reason, reason]
    assert desk.originates() == []


def call_of(number: int) -> dict[str, str]:
    return {"pbx": "pbx1", "call_id": f"pbx1-{number}.0"}


async def test_whom_somebody_called_or_who_called_can_be_rung_and_a_call_within_the_house_has_nobody(
    desk: Desk,
) -> None:
    await desk.given(answered(1, 0), outbound(2, 100, dialled=LI))
    await desk.dial({"call": call_of(1)})
    await desk.dial({"call": call_of(2)}, role=Role.SUPERVISOR)

    assert [order["Exten"] for order in desk.originates()] == [MEI, LI]


async def test_the_same_request_again_rings_nothing_and_gives_the_same_dial(desk: Desk) -> None:
    await desk.given(lost(1, 0), lost(2, 10, caller=LI))
    body = {"episode_id": await desk.episode_of(MEI_KEY)}
    first = await desk.dial(body, key="the-same-key")
    again = await desk.dial(body, key="the-same-key")
    other = await desk.dial({"episode_id": await desk.episode_of(LI_KEY)}, key="the-same-key")
    others_key = await desk.dial(
        {"episode_id": await desk.episode_of(LI_KEY)}, key="the-same-key", role=Role.SUPERVISOR
    )

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert other.status_code == 409
    assert others_key.status_code == 202
    assert [order["Exten"] for order in desk.originates()] == [MEI, LI]
    assert [refusal[2] for refusal in await desk.refusals()] == ["key_reused"]


async def test_a_request_without_a_key_is_refused(desk: Desk) -> None:
    answer = await desk.ask("POST", "/dials", {"episode_id": 1})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "header.Idempotency-Key")


async def test_many_requests_at_once_ring_one_person_and_one_seat_once(desk: Desk) -> None:
    await desk.given(lost(1, 0), lost(2, 10, caller=LI))
    mei, li = {"episode_id": await desk.episode_of(MEI_KEY)}, {"episode_id": await desk.episode_of(LI_KEY)}
    wanted = [(body, role) for body in (mei, li) for role in (Role.AGENT, Role.SUPERVISOR)] * 3
    answers = await asyncio.gather(*(desk.dial(body, role=role) for body, role in wanted))

    assert {answer.status_code for answer in answers} == {202, 409}
    assert len({order["Exten"] for order in desk.originates()}) == len(desk.originates()) <= 2
    assert len({order["Channel"] for order in desk.originates()}) == len(desk.originates())
    assert {refusal[2] for refusal in await desk.refusals()} <= {
        "claimed_by_other",
        "subject_in_flight",
        "seat_in_flight",
        "claim_limit",
    }


async def test_the_leases_hold_even_where_two_requests_see_nothing_of_each_other(desk: Desk) -> None:
    """The database's own indexes, without anything of ours in front of them."""

    async def add(number: int, **changes: str) -> None:
        values = {"subject": MEI_KEY, "pbx": "pbx1", "interface": "PJSIP/1", "state": "dialling"} | changes
        names = {"id": number, "user_id": 1, "idempotency_key": str(number), "call_id": str(number)}
        rest = {"request_sha256": "", "requested_at": NOW, "is_mailbox_suspected": False}
        async with desk.database.sessions.begin() as session:
            await session.execute(insert(Dial).values(values | names | rest))

    await add(1)
    for number, changes in enumerate(({"subject": LI_KEY}, {"interface": "PJSIP/2"}), 2):
        with pytest.raises(IntegrityError, match="uq_dials_s"):
            await add(number, **changes)
        await add(number, **changes, state="ended")


async def test_a_dial_in_the_way_that_ends_before_it_is_looked_at_stops_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.given(lost(1, 0))
    body = {"episode_id": await desk.episode_of(MEI_KEY)}
    first = (await desk.dial(body)).json()["id"]
    look = dial_store.list_in_the_way

    async def end_then_look(session: AsyncSession, **where: Any) -> Sequence[Dial]:
        async with desk.database.sessions.begin() as other:
            await dial_store.end_in_flight(other, first, DialState.NOT_SENT, NOW)
        return await look(session, **where)

    monkeypatch.setattr(dial_store, "list_in_the_way", end_then_look)
    second = await desk.dial(body)

    assert (second.status_code, await desk.refusals()) == (202, [])
    assert second.json()["id"] != first


async def test_another_agents_caller_is_not_rung_by_whatever_way(desk: Desk) -> None:
    await desk.given(lost(1, 0))
    episode_id = await desk.episode_of(MEI_KEY)
    assert (await desk.ask("POST", f"/callbacks/{episode_id}/claim", role=Role.SUPERVISOR)).status_code == 200
    answers = [await desk.dial(body) for body in ({"episode_id": episode_id}, {"call": call_of(1)})]

    assert [(answer.status_code, answer.json()["detail"]) for answer in answers] == [
        (409, "Another agent is working on this caller.")
    ] * 2
    until = moment_to_json(NOW + CLAIM_LEASE)
    assert [(answer.json()["code"], answer.json()["params"]) for answer in answers] == [
        ("claimed_by_other", {"user": "mei-supervisor", "until": until})
    ] * 2
    assert await desk.refusals() == [
        ("mei-agent", "call", "claimed_by_other", "138****5678"),
        ("mei-agent", "episode", "claimed_by_other", "138****5678"),
    ]
    assert desk.originates() == []


async def test_an_agent_without_a_phone_or_at_another_pbx_rings_nobody(desk: Desk) -> None:
    await desk.given(lost(1, 0))
    body = {"episode_id": await desk.episode_of(MEI_KEY)}
    for change in (
        "SET pbx = 'pbx9'",
        "SET pbx = 'pbx1', interface = 'PJSIP/1001&PJSIP/1002'",
        "SET signed_off_at = now()",
    ):
        await desk.rows(f"UPDATE agent_sign_ons {change} WHERE interface <> 'PJSIP/1002'")
        assert (await desk.dial(body)).status_code == 403
    assert [refusal[2] for refusal in await desk.refusals()] == ["no_seat"] * 3
    assert desk.originates() == []


async def test_a_number_on_the_do_not_call_list_is_not_rung_until_it_is_taken_off(desk: Desk) -> None:
    await desk.given(lost(1, 0))
    body = {"episode_id": await desk.episode_of(MEI_KEY)}
    number = {"number": "13812345678"}
    await desk.ask("POST", "/do-not-call", number | {"reason": "Asked us never to call."}, role=Role.SUPERVISOR)
    listed = (await desk.ask("GET", "/do-not-call", role=Role.SUPERVISOR, reason="test")).json()["items"]
    refused = await desk.dial(body)
    remove = "/do-not-call/removals"
    removed = [(await desk.ask("POST", remove, number, role=Role.SUPERVISOR)).status_code for _ in range(2)]
    allowed = await desk.dial(body)
    past = (await desk.ask("GET", "/do-not-call-history", role=Role.SUPERVISOR, reason="test")).json()

    assert [(entry["number"], entry["added_by"]) for entry in listed] == [(MEI_KEY, "mei-supervisor")]
    assert past == {
        "items": [listed[0] | {"id": 1, "ended_by": "mei-supervisor", "ended_at": listed[0]["added_at"]}],
        "next": None,
    }
    assert (refused.status_code, refused.json()["detail"]) == (403, "The number is on the do-not-call list.")
    assert removed == [204, 404]
    assert allowed.status_code == 202


async def test_what_a_new_reason_replaces_on_the_do_not_call_list_is_kept(desk: Desk) -> None:
    for reason in ("Asked us never to call.", "Asked again."):
        body = {"number": "13812345678", "reason": reason}
        await desk.ask("POST", "/do-not-call", body, role=Role.SUPERVISOR)
    listed = (await desk.ask("GET", "/do-not-call", role=Role.SUPERVISOR)).json()["items"]
    past = (await desk.ask("GET", "/do-not-call-history", role=Role.SUPERVISOR)).json()["items"]
    assert [(entry["number"], entry["reason"]) for entry in listed] == [("138****5678", "Asked again.")]
    assert [(entry["number"], entry["reason"]) for entry in past] == [("138****5678", "Asked us never to call.")]


async def test_at_night_nobody_is_rung_but_whoever_named_that_time(desk: Desk) -> None:
    await desk.given(lost(1, 0))
    episode_id = await desk.episode_of(MEI_KEY)
    promise = {"at": "2026-11-23T13:00:00Z"}
    path = f"/callbacks/{episode_id}/promise"
    assert (await desk.ask("PUT", path, promise, role=Role.SUPERVISOR)).status_code == 204
    desk.later(hours=4.5)
    at_half_past_eight = await desk.dial({"episode_id": episode_id})
    desk.later(minutes=30)
    at_nine = await desk.dial({"episode_id": episode_id})

    assert (at_half_past_eight.status_code, at_nine.status_code) == (403, 202)
    opens_at = {"retry_at": "2026-11-24T01:00:00.000Z"}
    assert (at_half_past_eight.json()["code"], at_half_past_eight.json()["params"]) == ("outside_hours", opens_at)
    assert [refusal[2] for refusal in await desk.refusals()] == ["outside_hours"]


async def test_a_number_is_rung_three_times_a_day_and_an_agent_rings_so_many(
    database: Database, as_role: dict[Role, dict[str, str]], clock: Clock
) -> None:
    async with desk_of(database, as_role, clock, dials_per_agent=4) as desk:
        await desk.given(lost(1, 0), lost(2, 10, caller=LI))
        mei, li = {"episode_id": await desk.episode_of(MEI_KEY)}, {"episode_id": await desk.episode_of(LI_KEY)}
        answers = []
        for body in (mei, mei, mei, mei, li, li):
            answers.append(await desk.dial(body))
            await desk.rows("UPDATE dials SET state = 'ended', outcome = 'no_answer'")
        desk.later(hours=18)
        answers.append(await desk.dial(mei))

        assert [answer.status_code for answer in answers] == [202, 202, 202, 403, 202, 403, 202]
        midnight = "2026-11-23T16:00:00.000Z"
        assert [(answer.json()["code"], answer.json()["params"]) for answer in (answers[3], answers[5])] == [
            ("too_many_to_number", {"limit": 3, "retry_at": midnight}),
            ("too_many_by_agent", {"limit": 4, "retry_at": midnight}),
        ]
        assert [refusal[2] for refusal in await desk.refusals()] == ["too_many_by_agent", "too_many_to_number"]


async def test_a_phone_of_ours_that_was_not_picked_up_is_no_ring_of_the_number(desk: Desk) -> None:
    await desk.given(lost(1, 0))
    for _ in range(4):
        answer = await desk.dial({"episode_id": await desk.episode_of(MEI_KEY)})
        await desk.rows("UPDATE dials SET state = 'ended', outcome = 'agent_no_answer'")
    assert answer.status_code == 202


async def test_a_caller_who_is_calling_us_or_has_got_through_is_not_rung(desk: Desk) -> None:
    await desk.given(lost(1, 0))
    body = {"episode_id": await desk.episode_of(MEI_KEY)}
    again = as_ami(still_up(lost(2, 6 * 3600)))
    await desk.given(again)
    while_calling = await desk.dial(body)
    await desk.given(as_ami(answered(2, 6 * 3600)))
    once_talked_to = await desk.dial(body)

    assert (while_calling.status_code, while_calling.json()["detail"]) == (
        409,
        "The caller is calling us at this moment.",
    )
    assert (while_calling.json()["code"], while_calling.json()["params"]) == ("caller_is_here", call_of(2))
    assert once_talked_to.status_code == 409
    assert [refusal[2] for refusal in await desk.refusals()] == ["episode_closed", "caller_is_here"]
    assert desk.originates() == []
    goes_first = await desk.rows("SELECT call_id, dial_id FROM caller_priorities")
    assert [tuple(row) for row in goes_first] == [(again.call_id, None)]


async def test_a_talk_that_was_recorded_but_not_looked_at_yet_stops_the_dial(desk: Desk) -> None:
    await desk.given(lost(1, 0))
    episode_id = await desk.episode_of(MEI_KEY)
    await store(desk.database, [answered(2, 100)])
    assert (await desk.dial({"episode_id": episode_id})).status_code == 409
    assert desk.originates() == []


async def test_whoever_stands_in_the_directory_can_be_rung_by_id_and_agents_see_the_number_masked(desk: Desk) -> None:
    shop = {"name": "李记饭店", "number": "0519-86612345", "kind": "merchant"}
    added = await desk.ask("POST", "/directory", shop, role=Role.SUPERVISOR)
    again = await desk.ask("POST", "/directory", shop, role=Role.SUPERVISOR)
    service = await desk.ask("POST", "/directory", shop | {"number": "12345"}, role=Role.SUPERVISOR)
    entry_id = added.json()["id"]
    shown = (await desk.ask("GET", "/directory")).json()["items"]
    other = (await desk.ask("POST", "/directory", shop | {"number": MEI}, role=Role.SUPERVISOR)).json()
    taken = await desk.ask("PUT", f"/directory/{other['id']}", shop, role=Role.SUPERVISOR)
    changed = await desk.ask("PUT", f"/directory/{other['id']}", shop | {"number": LI}, role=Role.SUPERVISOR)
    dialled = await desk.dial({"directory_id": entry_id})
    gone = [(await desk.ask("DELETE", f"/directory/{entry_id}", role=Role.SUPERVISOR)).status_code for _ in range(2)]

    assert (added.status_code, again.status_code, service.status_code) == (201, 409, 400)
    assert shown == [{"id": entry_id, "name": "李记饭店", "number": "0519-****2345", "kind": "merchant"}]
    assert (taken.status_code, changed.json()["number"]) == (409, LI_KEY)
    assert dialled.status_code == 202
    assert [order["Exten"] for order in desk.originates()] == ["051986612345"]
    assert gone == [204, 404]
