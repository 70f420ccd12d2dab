"""Broadcasts: everybody is rung, two at a time and each call sent once, and no caller waits longer for it."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from callcenter.accounts.rights import Role
from callcenter.calls.blind_times import GapReason
from callcenter.calls.records import Witness
from callcenter.calls.witness_store import close_gap, open_gap
from callcenter.casework.broadcasts.ring_chain import look_at_broadcasts
from callcenter.casework.broadcasts.ring_service import write_next_ring
from callcenter.casework.broadcasts.rules import BroadcastFilter
from callcenter.casework.broadcasts.spoken_files import delete_due
from callcenter.casework.broadcasts.store import get_broadcast
from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.dispatch.ring_chain import look_at_rings
from callcenter.casework.dispatch.rules import spoken_of
from callcenter.casework.key_calls.sound import Sounds, name_sound
from callcenter.postgres.database import Database, connect
from tests.call_examples import ABANDONED
from tests.integration.broadcast_examples import MILK, Suppliers, number
from tests.integration.callback_examples import store
from tests.integration.conftest import NOW, Clock
from tests.integration.dial_examples import desk_of
from tests.integration.fake_ami import message
from tests.integration.test_instructions import VISIT
from tests.unit.test_own_sound import recording


@pytest.fixture(autouse=True)
def spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speaking is the subject of another test."""
    monkeypatch.setattr("callcenter.casework.broadcasts.service.can_speak", lambda: True)
    monkeypatch.setattr("callcenter.casework.key_calls.sound.speak", lambda text, **_: text.encode())


@pytest.fixture
async def suppliers(
    database: Database, as_role: dict[Role, dict[str, str]], clock: Clock, tmp_path: Path
) -> AsyncIterator[Suppliers]:
    async with desk_of(database, as_role, clock, spoken_dir=tmp_path) as desk:
        yield Suppliers(desk)


async def test_of_ten_seven_press_1_one_presses_3_and_two_are_not_reached_in_three_rounds(
    suppliers: Suppliers, tmp_path: Path
) -> None:
    for organisation in range(1, 8):
        await suppliers.add(organisation, ["1"])
    await suppliers.add(8, ["3"])
    await suppliers.add(9, ["busy"], ["silent"])
    await suppliers.add(10, ["no answer"])
    started = await suppliers.start()
    assert started["broadcast"]["standing"] == {
        "targets": 10, "waiting": 10, "ringing": 0, "acknowledged": 0, "refused": 0, "unreachable": 0,
    }  # fmt: skip
    assert (started["shortest_seconds"], started["longest_seconds"]) == (128, 1539)
    for _ in range(12):
        await suppliers.look(seconds=20)
        assert len((await suppliers.send("GET", "/broadcasts/1/targets?state=ringing"))["items"]) <= 2
    assert await suppliers.standing() == {"targets": 10, "acknowledged": 7, "refused": 1, "waiting": 2}
    for _ in range(12):
        await suppliers.look(minutes=3)
    assert await suppliers.standing() == {"targets": 10, "acknowledged": 7, "refused": 1, "unreachable": 2}
    ended = await suppliers.send("GET", "/broadcasts/1")
    assert (ended["stopped_at"], ended["ended_at"] is None) == (None, False)

    rings = await suppliers.rings()
    assert sorted(ring for ring in rings if ring[0].startswith(("Zhou 9", "Zhou 10"))) == [
        *(("Zhou 10.1", round_, "no_answer") for round_ in (1, 2, 3)),
        *(("Zhou 9.1", round_, "busy") for round_ in (1, 2, 3)),
        *(("Zhou 9.2", round_, "no_answer") for round_ in (1, 2, 3)),
    ]
    assert len(rings) == len(suppliers.rung()) == 17
    rounds = await suppliers.desk.rows(
        "SELECT min(requested_at) FROM broadcast_rings WHERE person = 'Zhou 10.1' GROUP BY round ORDER BY round"
    )
    apart = [(later[0] - earlier[0]) for earlier, later in itertools.pairwise(rounds)]
    assert all(timedelta(minutes=10) <= one <= timedelta(minutes=13) for one in apart)
    (sound,) = tmp_path.iterdir()
    assert (sound.stem, sound.read_text()) == (name_sound(MILK["spoken_text"]), MILK["spoken_text"])
    sent = suppliers.desk.originates()[0]
    assert {name: sent[name] for name in ("Context", "Exten", "Timeout", "Async")} == {
        "Context": "broadcast",
        "Exten": "s",
        "Timeout": "25000",
        "Async": "true",
    }
    target = (await suppliers.send("GET", "/broadcasts/1/targets"))["items"][0]
    assert {name: target[name] for name in ("state", "contact", "attempts", "acknowledged_by", "acknowledged_via")} == {
        "state": "acknowledged",
        "contact": "Zhou 1.1",
        "attempts": 1,
        "acknowledged_by": "Zhou 1.1",
        "acknowledged_via": "phone",
    }
    assert target["rings"][0]["number"] == "139****0101"


async def test_a_drill_plays_a_recording_of_our_own_that_was_given_once(suppliers: Suppliers, tmp_path: Path) -> None:
    await suppliers.add(1, ["1"])
    as_supervisor = suppliers.desk.as_role[Role.SUPERVISOR]
    named = as_supervisor | {"X-File-Name": "%E5%8F%AC%E5%9B%9E.wav"}
    post = suppliers.desk.client.post
    made = [
        (await post("/api/v1/broadcast-recordings", content=recording(), headers=headers)).json()
        for headers in (named, named | {"X-File-Name": "again.wav"})
    ]
    assert made[0] == made[1]
    assert {name: made[0][name] for name in ("id", "name", "seconds", "added_by")} == {
        "id": 1, "name": "召回.wav", "seconds": 2.0, "added_by": "mei-supervisor",
    }  # fmt: skip
    assert (await suppliers.send("GET", "/broadcast-recordings"))["items"] == [made[0]]
    refused = await post("/api/v1/broadcast-recordings", content=b"%PDF-1.7", headers=named)
    assert (refused.status_code, refused.json()["code"]) == (400, "not_a_recording")

    asked = {"kind": "drill", "subject": "召回演练", "recording_id": 1}
    started = await suppliers.send("POST", "/broadcasts", asked, key="key-00000001")
    assert (started["broadcast"]["spoken_text"], started["broadcast"]["recording"]) == (None, made[0])
    assert started["shortest_seconds"] == 24, "10 until somebody answers, 12 of our own words, 2 of the recording"
    await suppliers.look(seconds=1)
    await suppliers.look(seconds=5)
    assert await suppliers.standing() == {"targets": 1, "acknowledged": 1}
    (played,) = tmp_path.iterdir()
    heard = await suppliers.desk.client.get("/api/v1/broadcast-recordings/1/audio", headers=as_supervisor)
    assert (played.name, played.read_bytes()) == (f"{made[0]['sha256']}.wav", heard.content)

    key = as_supervisor | {"Idempotency-Key": "key-00000002"}
    bodies = (asked | {"spoken_text": "召回"}, asked | {"recording_id": None}, asked | {"recording_id": 9})
    answers = [(await post("/api/v1/broadcasts", json=body, headers=key)).status_code for body in bodies]
    assert answers == [422, 422, 404]


async def test_a_night_deletes_the_sounds_that_no_open_instruction_and_no_broadcast_needs(
    suppliers: Suppliers, tmp_path: Path
) -> None:
    desk = suppliers.desk
    await suppliers.add(1, ["1"])
    await suppliers.start()
    await suppliers.send("POST", "/units", {"name": "武进分局", "kind": "branch", "regions": []}, Role.ADMIN)
    ticket = await suppliers.send("POST", "/tickets", VISIT, Role.AGENT, key="key-00000001")
    wanted = {"ticket": ticket["number"], "unit_id": 1, "priority": "P2", "text": "立即下架"}
    instruction = await suppliers.send("POST", "/instructions", wanted, key="key-00000001")
    needed = {name_sound(MILK["spoken_text"]), name_sound(spoken_of(instruction["number"], Priority.P2))}
    old = (desk.clock.now - timedelta(days=2)).timestamp()
    for name in (*needed, name_sound("一年前的广播")):
        (tmp_path / f"{name}.wav").write_bytes(b"")
        os.utime(tmp_path / f"{name}.wav", (old, old))
    await delete_due(desk.database, desk.settings, desk.clock.now)
    assert {path.stem for path in tmp_path.iterdir()} == needed
    for name in needed:
        os.utime(tmp_path / f"{name}.wav", (old, old))
    await suppliers.look(seconds=1)
    await suppliers.look(seconds=30)
    cancel = {"reason": "误报"}
    path = f"/api/v1/instructions/{instruction['id']}/events/cancel"
    headers = desk.as_role[Role.SUPERVISOR] | {"If-Match": '"1"'}
    assert (await desk.client.post(path, json=cancel, headers=headers)).status_code == 200
    assert await delete_due(desk.database, desk.settings, desk.clock.now) == [], "once a day"
    await delete_due(desk.database, desk.settings, desk.later(days=1))
    assert [path.stem for path in tmp_path.iterdir()] == [name_sound(MILK["spoken_text"])], "used within the day"


async def test_nobody_is_rung_while_a_caller_waits_or_while_nobody_knows_whether_one_does(
    suppliers: Suppliers, database: Database
) -> None:
    for organisation in range(1, 6):
        await suppliers.add(organisation, ["1"])
    await suppliers.start()
    call = await suppliers.let_wait()
    await suppliers.look(seconds=1)
    assert suppliers.rung() == []
    await store(database, [replace(call, outcome=ABANDONED.outcome, ended_at=suppliers.desk.clock.now)])
    await suppliers.look(seconds=6, hears=False)
    assert suppliers.rung() == [], "the PBX was heard six seconds ago"
    async with database.sessions.begin() as session:
        await open_gap(session, "pbx1", Witness.AMI, from_at=NOW, reason=GapReason.LINK_DOWN)
    await suppliers.look(seconds=1)
    assert suppliers.rung() == [], "events are missing"
    async with database.sessions.begin() as session:
        await close_gap(session, "pbx1", Witness.AMI, to_at=suppliers.desk.clock.now)
    await suppliers.look(seconds=1)
    assert len(suppliers.rung()) == 2
    await suppliers.let_wait("pbx1-901.0")
    for _ in range(3):
        await suppliers.look(seconds=5)
    assert (len(suppliers.rung()), await suppliers.standing()) == (2, {"targets": 5, "acknowledged": 2, "waiting": 3})


async def test_a_ring_that_was_written_down_and_never_sent_is_not_sent_later_nor_is_the_number_rung_again(
    suppliers: Suppliers, database: Database
) -> None:
    await suppliers.add(1, ["1"], ["busy"])
    await suppliers.start()
    await suppliers.hear()
    async with database.sessions.begin() as session:
        broadcast = await get_broadcast(session, 1)
        ring = await write_next_ring(
            session, broadcast, BroadcastFilter(), 1, "pbx1", [1], suppliers.desk.settings, NOW
        )
        assert ring is not None
    await suppliers.look(seconds=119)
    assert (suppliers.rung(), await suppliers.rings()) == ([], [("Zhou 1.1", 1, "ringing")])
    await suppliers.look(seconds=1)
    for _ in range(8):
        await suppliers.look(minutes=5)
    assert suppliers.rung() == [number(1, 2)] * 3
    assert (await suppliers.rings())[:2] == [("Zhou 1.1", 1, "unknown"), ("Zhou 1.2", 1, "busy")]
    assert await suppliers.standing() == {"targets": 1, "unreachable": 1}


async def test_two_processes_ring_each_organisation_once_and_no_more_lines_than_there_are(
    suppliers: Suppliers, database_url: str
) -> None:
    for organisation in range(1, 7):
        await suppliers.add(organisation, ["1"])
    await suppliers.start()
    await suppliers.hear()
    desk = suppliers.desk
    async with connect(database_url) as other:
        for _ in range(3):
            both = (desk.database, other, desk.database, other)
            await asyncio.gather(
                *(look_at_broadcasts(one, desk.pbxs, desk.settings, Sounds(), lambda: desk.clock.now) for one in both)
            )
            lines = await desk.rows("SELECT line FROM broadcast_rings WHERE state = 'ringing'")
            assert len(lines) <= 2
    assert sorted(suppliers.rung()) == [number(1), number(2)]


async def test_no_number_is_rung_by_two_calls_at_once_whatever_they_are_for(suppliers: Suppliers) -> None:
    await suppliers.add(1, ["ring"], numbers=[number(1)])
    await suppliers.add(2, ["ring"], numbers=[number(1)])
    await suppliers.start()
    await suppliers.look(seconds=1)
    await suppliers.look(seconds=1)
    assert suppliers.rung() == [number(1)], "two organisations have one agent"
    desk = suppliers.desk
    await suppliers.send("POST", "/units", {"name": "武进分局", "kind": "branch", "regions": []}, Role.ADMIN)
    contact = {"person": "Wang", "number": number(1), "hours": "always"}
    await suppliers.send("PUT", "/units/1/contacts/1", contact, Role.ADMIN)
    ticket = await suppliers.send("POST", "/tickets", VISIT, Role.AGENT, key="key-00000002")
    order = {"ticket": ticket["number"], "unit_id": 1, "priority": "P2", "text": "立即下架"}
    await suppliers.send("POST", "/instructions", order)
    await look_at_rings(desk.database, desk.pbxs, desk.settings, Sounds(), lambda: desk.clock.now)
    assert suppliers.rung() == [number(1)], "nor for an instruction"
    ((call_id,),) = await desk.rows("SELECT call_id FROM broadcast_rings")
    await suppliers.do(str(call_id), "busy")
    await suppliers.look(seconds=1)
    await look_at_rings(desk.database, desk.pbxs, desk.settings, Sounds(), lambda: desk.clock.now)
    assert suppliers.rung() == [number(1)] * 2, "one of them, once it is free"
    assert await desk.rows("SELECT count(*) FROM rung_numbers") == [(1,)]


async def test_a_drill_is_held_in_calling_hours_alone_and_waits_for_them(suppliers: Suppliers, clock: Clock) -> None:
    for organisation in range(1, 4):
        await suppliers.add(organisation, ["busy"])
    await suppliers.start(kind="drill")
    await suppliers.look(seconds=1)
    assert len(suppliers.rung()) == 2
    assert "BROADCAST_KIND=drill" in str(suppliers.desk.originates()[0])
    await suppliers.look(hours=5)
    assert len(suppliers.rung()) == 2, "at nine in the evening"
    again = await suppliers.desk.client.post(
        "/api/v1/broadcasts",
        json=MILK | {"kind": "drill"},
        headers=suppliers.desk.as_role[Role.SUPERVISOR] | {"Idempotency-Key": "key-00000002"},
    )
    assert (again.status_code, again.json()["code"]) == (409, "outside_hours")
    await suppliers.start(key="key-00000003")
    await suppliers.look(seconds=1)
    assert len(suppliers.rung()) == 4, "what is meant goes on at any hour"


async def test_whoever_acknowledges_otherwise_is_written_down_but_not_while_they_are_rung(
    suppliers: Suppliers,
) -> None:
    await suppliers.add(1, ["3"])
    await suppliers.add(2, ["ring"])
    await suppliers.add(3, ["1"])
    await suppliers.start()
    await suppliers.look(seconds=1)
    said = {"name": "Wu", "how": "微信回复 13905190001"}

    async def note(target: int, role: Role = Role.SUPERVISOR) -> tuple[int, Any]:
        path = f"/broadcasts/1/targets/{target}/acknowledgement"
        answer = await suppliers.desk.ask("PUT", path, said, role=role)
        return answer.status_code, answer.json()

    assert (await note(2))[1]["params"] == {"state": "ringing", "step": "note"}
    await suppliers.look(seconds=1)
    status, noted = await note(1)
    assert (status, noted["state"], noted["acknowledged_via"], noted["acknowledged_how"]) == (
        200,
        "acknowledged",
        "manual",
        "微信回复 139****0001",
    )
    assert [(await note(1))[0], (await note(9))[0], (await note(3, Role.AGENT))[0]] == [409, 404, 403]
    events = await suppliers.desk.rows(
        "SELECT what, users.name FROM broadcast_events LEFT JOIN users ON users.id = by WHERE target_id = 1"
        " ORDER BY broadcast_events.id"
    )
    assert events == [("refused", None), ("acknowledged", "mei-supervisor")]


async def test_a_broadcast_that_somebody_ends_rings_nobody_more_and_a_key_still_counts(suppliers: Suppliers) -> None:
    for organisation in range(1, 5):
        await suppliers.add(organisation, ["ring"])
    await suppliers.start()
    await suppliers.look(seconds=1)
    ended = await suppliers.send("POST", "/broadcasts/1/end")
    assert (ended["standing"]["unreachable"], ended["standing"]["ringing"], ended["ended_at"]) == (2, 2, None)
    rows = await suppliers.desk.rows("SELECT call_id FROM broadcast_rings ORDER BY id")
    first, second = (str(call_id) for (call_id,) in rows)
    suppliers.keys[first] = "1"
    await suppliers.look(seconds=1)
    assert suppliers.hung_up() == [second], "whoever has answered is not hung up"
    await suppliers.do(second, "no answer")
    await suppliers.look(seconds=1)
    await suppliers.look(minutes=11)
    assert (len(suppliers.rung()), await suppliers.standing()) == (
        2,
        {"targets": 4, "acknowledged": 1, "unreachable": 3},
    )
    assert (await suppliers.send("GET", "/broadcasts/1"))["ended_at"] is not None
    again = await suppliers.desk.ask("POST", "/broadcasts/1/end", role=Role.SUPERVISOR)
    assert (again.status_code, again.json()["code"]) == (409, "broadcast_ended")


async def test_a_broadcast_reaches_whom_its_filter_says_and_starts_once_for_a_key(suppliers: Suppliers) -> None:
    await suppliers.add(1, ["1"])
    await suppliers.add(2, ["1"])
    first = await suppliers.start(filter={"merchant_ids": [2]})
    again = await suppliers.start(filter={"merchant_ids": [2]})
    assert (first["broadcast"]["id"], first["broadcast"]["standing"]["targets"]) == (1, 1)
    assert again["broadcast"]["id"] == 1
    headers = suppliers.desk.as_role[Role.SUPERVISOR]
    statuses = {}
    for name, key, body in (
        ("other", "key-00000001", {}),
        ("nobody", "key-00000002", {"filter": {"organisations": "unit"}}),
        ("long", "key-00000003", {"spoken_text": "字" * 201}),
        ("lines", "key-00000004", {"spoken_text": "一\n二"}),
    ):
        answer = await suppliers.desk.client.post(
            "/api/v1/broadcasts", json=MILK | body, headers=headers | {"Idempotency-Key": key}
        )
        statuses[name] = (answer.status_code, answer.json()["code"])
    assert statuses == {
        "other": (409, "key_reused"),
        "nobody": (409, "nobody_reached"),
        "long": (422, "invalid_request"),
        "lines": (422, "invalid_request"),
    }
    assert (await suppliers.send("GET", "/broadcasts?kind=drill"))["items"] == []
    assert len((await suppliers.send("GET", "/broadcasts?open=true"))["items"]) == 1


async def test_the_result_is_a_table_with_the_words_of_the_office(suppliers: Suppliers) -> None:
    await suppliers.add(1, ["1"])
    await suppliers.start()
    for _ in range(3):
        await suppliers.look(seconds=10)
    answer = await suppliers.desk.ask("GET", "/broadcasts/1/targets?format=csv", role=Role.AGENT)
    heading, row = answer.text.removeprefix("\ufeff").splitlines()
    assert heading == "单位名称,状态,呼叫次数,最后呼叫的联系人,确认时间,确认人,确认方式,说明,时区"
    assert row == "商户1,已确认,1,Zhou 1.1,2026-11-23 16:00:20,Zhou 1.1,电话按键,,Asia/Shanghai"
    (entry,) = (await suppliers.send("GET", "/access-log", role=Role.ADMIN))["items"]
    assert (entry["what"], entry["subject"]) == ("export of a broadcast", "broadcasts/1")


async def test_a_pbx_that_refuses_leads_to_the_next_and_what_cannot_be_spoken_rings_nobody(
    suppliers: Suppliers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callcenter.casework.key_calls.sound.AGAIN_SECONDS", 0.0)
    await suppliers.add(1, ["1"], ["1"])
    await suppliers.start()

    def fail(*_: Any, **__: Any) -> bytes:
        raise OSError("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr("callcenter.casework.key_calls.sound.speak", fail)
        await suppliers.look(seconds=1)
    assert suppliers.rung() == []
    suppliers.desk.pbx.answers["Originate"] = message(
        ("Response", "Error"), ("ActionID", "ACTIONID"), ("Message", "no")
    )
    await suppliers.look(seconds=1)
    await suppliers.look(seconds=1)
    assert await suppliers.rings() == [("Zhou 1.1", 1, "refused_by_pbx"), ("Zhou 1.2", 1, "refused_by_pbx")]
    assert await suppliers.standing() == {"targets": 1, "waiting": 1}


DEEDS = st.sampled_from(["1", "3", "busy", "no answer", "silent", "ring"])
ACTS = st.sampled_from(["look", "look", "look", "crash", "wait", "note", "later", "end"])


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    plans=st.lists(st.lists(DEEDS, min_size=1, max_size=3), min_size=3, max_size=4),
    acts=st.lists(ACTS, min_size=4, max_size=14),
)
async def test_in_any_order_of_results_and_crashes_every_organisation_is_counted_once_and_all_ends(
    suppliers: Suppliers, database: Database, clock: Clock, plans: list[list[str]], acts: list[str]
) -> None:
    for table in ("broadcast_events", "broadcast_rings", "broadcast_targets", "broadcasts", "contacts", "rung_numbers"):
        await suppliers.execute(f"TRUNCATE {table} RESTART IDENTITY CASCADE")
    await suppliers.execute("TRUNCATE calls, merchants RESTART IDENTITY CASCADE")
    clock.now = NOW
    before = len(suppliers.rung())
    for organisation, plan in enumerate(plans, 1):
        await suppliers.add(organisation, plan)
    await suppliers.start()
    is_ended = False
    for act in acts:
        match act:
            case "crash":  # between writing a ring down and sending it
                await suppliers.hear()
                async with database.sessions.begin() as session:
                    broadcast = await get_broadcast(session, 1)
                    await write_next_ring(
                        session, broadcast, BroadcastFilter(), 1, "pbx1", [1, 2], suppliers.desk.settings, clock.now
                    )
            case "wait":
                await suppliers.let_wait()
            case "note":
                said = {"name": "Wu", "how": "WeChat"}
                answer = await suppliers.desk.ask(
                    "PUT", "/broadcasts/1/targets/2/acknowledgement", said, role=Role.SUPERVISOR
                )
                assert answer.status_code in (200, 409)
            case "later":
                await suppliers.look(minutes=11)
            case "end" if not is_ended:
                is_ended = (
                    await suppliers.desk.ask("POST", "/broadcasts/1/end", role=Role.SUPERVISOR)
                ).status_code == 200
            case _:
                await suppliers.look(seconds=7)
        assert (await suppliers.standing())["targets"] == len(plans)
    await suppliers.execute("TRUNCATE calls")
    for _ in range(24):
        await suppliers.look(minutes=3)
    standing = await suppliers.standing()
    assert {"waiting", "ringing"} & set(standing) == set()
    assert sum(count for state, count in standing.items() if state != "targets") == len(plans)
    assert (await suppliers.send("GET", "/broadcasts/1"))["ended_at"] is not None
    rows = await suppliers.desk.rows("SELECT count(*), count(DISTINCT call_id) FROM broadcast_rings")
    sent = suppliers.desk.originates()[before:]
    assert len({one["ChannelId"] for one in sent}) == len(sent) <= rows[0][0]
    assert await suppliers.desk.rows("SELECT count(*) FROM rung_numbers") == [(0,)]


async def test_a_quarter_that_nears_its_end_without_a_drill_is_an_alarm_until_one_is_held(suppliers: Suppliers) -> None:
    alarms = "/alarms?kind=drill_due&open=true"
    suppliers.desk.later(days=10)  # the 3rd of December
    assert (await suppliers.send("GET", alarms))["items"] == [], "there is nobody to be reached"
    await suppliers.add(1, ["1"])
    await suppliers.start("key-00000001")
    (alarm,) = (await suppliers.send("GET", alarms))["items"]
    assert {name: alarm[name] for name in ("id", "since", "message", "acknowledged_at")} == {
        "id": "drill_due-2026Q4",
        "since": "2026-11-30T16:00:00.000Z",
        "message": "No drill was held in quarter 4 of 2026.",
        "acknowledged_at": None,
    }
    await suppliers.start("key-00000002", kind="drill")
    assert (await suppliers.send("GET", alarms))["items"] == []
