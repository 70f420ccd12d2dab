"""Who sits where and for how long, in the database and over HTTP, on a PBX that takes what it is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from callcenter.accounts.rights import Right, Role, list_roles
from callcenter.agents import seat_worker, state_store, store
from callcenter.agents.rules import Seat, SeatState, wrap_up_reason
from callcenter.agents.seat_worker import SeatWatch
from callcenter.agents.seats import SeatChanged, SeatNow
from callcenter.calls import witness_store
from callcenter.calls.blind_times import GapReason
from callcenter.calls.records import Witness
from callcenter.errors import ActionRefused
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.event_link import LinkDown, LinkUp, RawMessage
from callcenter.pbx.session import Answer, Headers
from callcenter.pbx_settings import Pbx as PbxSettings
from callcenter.postgres.database import Database, create_engine, make_database
from tests.integration.conftest import NOW, Clock, command
from tests.unit.test_seats import TOLD, changed, completed, list_end, listed

SEAT = Seat(pbx="pbx1", interface="PJSIP/1008")


class Pbx(AmiCommands):
    """Takes commands, writes them down, and refuses as told; whether a real one does so is shown by the lab."""

    def __init__(self) -> None:
        super().__init__(host="127.0.0.1", port=1, username="nobody", secret="")
        self.asked: list[str] = []
        self.refused: dict[str, str] = {}
        self.queues: list[str] | None = None
        """None for a PBX that does not say."""
        self.devices: list[str] | None = None
        self.states: dict[str, str] = {}

    async def _send(self, action: Mapping[str, str | Sequence[str]]) -> Answer:
        match action["Action"]:
            case "QueueSummary":
                return listing("QueueSummary", "Queue", self.queues)
            case "DeviceStateList":
                answer = listing("DeviceStateChange", "Device", self.devices, last="DeviceStateListComplete")
                states = [event | {"State": self.states.get(str(event.get("Device")), "")} for event in answer.events]
                return Answer(response=answer.response, events=states)
            case "Getvar":
                device = str(action["Variable"]).removeprefix("DEVICE_STATE(").removesuffix(")")
                is_known = self.devices is None or device in self.devices
                return Answer(response={"Response": "Success", "Value": "UNAVAILABLE" if is_known else "INVALID"})
        what = " ".join(str(action[name]) for name in ("Action", "Queue", "Interface", "Reason") if name in action)
        self.asked.append(what)
        for beginning, reason in self.refused.items():
            if what.startswith(beginning):
                raise ActionRefused(f"The PBX refused {action['Action']}: {reason}.")
        return Answer(response={"Response": "Success"})


def listing(event: str, header: str, names: list[str] | None, *, last: str | None = None) -> Answer:
    if names is None:
        raise ActionRefused("The PBX refused: Permission denied.")
    events: list[Headers] = [{"Event": event, header: name} for name in names]
    return Answer(response={"Response": "Success"}, events=[*events, {"Event": last or f"{event}Complete"}])


@pytest.fixture
def pbx(app: FastAPI) -> Pbx:
    commands = Pbx()
    command(app, commands)
    return commands


@pytest.fixture
async def agent(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> dict[str, str]:
    """The headers of an agent who has two queues."""
    skills = {"skills": [{"queue": "overflow", "penalty": 5}, {"queue": "hotline", "penalty": 1}]}
    answer = await client.put("/api/v1/agents/mei-agent/skills", json=skills, headers=as_role[Role.SUPERVISOR])
    assert answer.status_code == 204, answer.text
    return as_role[Role.AGENT]


async def sign_on(client: httpx.AsyncClient, headers: dict[str, str], device: str = SEAT.interface) -> httpx.Response:
    return await client.post("/api/v1/agents/me/sign-on", json={"device": device}, headers=headers)


async def agent_view(client: httpx.AsyncClient, headers: dict[str, str]) -> dict[str, Any]:
    agents = (await client.get("/api/v1/agents", headers=headers)).json()["items"]
    (view,) = [view for view in agents if view["user"] == "mei-agent"]
    return dict(view)


async def test_an_agent_joins_the_queues_of_their_skills_best_first_and_leaves_them(
    client: httpx.AsyncClient, agent: dict[str, str], pbx: Pbx
) -> None:
    assert (await sign_on(client, agent)).status_code == 202
    view = await agent_view(client, agent)
    left = await client.post("/api/v1/agents/me/sign-off", headers=agent)

    assert pbx.asked == [
        "QueueAdd hotline PJSIP/1008",
        "QueueAdd overflow PJSIP/1008",
        "QueueRemove hotline PJSIP/1008",
        "QueueRemove overflow PJSIP/1008",
    ]
    assert (view["seat"]["interface"], view["seat"]["state"]) == ("PJSIP/1008", None), "the PBX has told nothing yet"
    assert left.status_code == 202
    assert (await agent_view(client, agent))["seat"] is None


async def test_what_the_pbx_refuses_is_undone_and_nobody_is_signed_on(
    client: httpx.AsyncClient, agent: dict[str, str], pbx: Pbx
) -> None:
    pbx.refused = {"QueueAdd overflow": "Unable to add interface to queue: No such queue"}
    answer = await sign_on(client, agent)

    assert answer.status_code == 502
    assert pbx.asked[-1] == "QueueRemove hotline PJSIP/1008"
    assert (await agent_view(client, agent))["seat"] is None


async def test_the_list_of_devices_says_which_are_browsers_which_can_be_rung_and_who_sits_there(
    app: FastAPI, client: httpx.AsyncClient, agent: dict[str, str], pbx: Pbx
) -> None:
    with_phones = PbxSettings(phone_websocket="wss://hotline.example/ws")
    app.state.settings = app.state.settings.model_copy(update={"pbxs": (with_phones,)})
    pbx.states = {
        "PJSIP/1008": "INUSE",
        "PJSIP/1009": "UNAVAILABLE",
        "PJSIP/2001": "NOT_INUSE",
        "PJSIP/2002": "UNKNOWN",
    }
    pbx.devices = [*pbx.states, "PJSIP/2003"]
    assert (await sign_on(client, agent)).status_code == 202
    shown = (await client.get("/api/v1/devices", headers=agent)).json()["items"]

    rows = [(row["name"], row["kind"], row["is_registered"], row["taken_by"]) for row in shown]
    assert rows == [
        ("PJSIP/1008", "desk", True, "mei-agent"),
        ("PJSIP/1009", "desk", False, None),
        ("PJSIP/2001", "browser", True, None),
        ("PJSIP/2002", "browser", None, None),
        ("PJSIP/2003", "browser", None, None),
    ]


async def test_names_that_the_pbx_does_not_know_are_refused_at_once_and_what_it_knows_is_told(
    client: httpx.AsyncClient, agent: dict[str, str], as_role: dict[Role, dict[str, str]], pbx: Pbx, clock: Clock
) -> None:
    async def give(*queues: str) -> httpx.Response:
        skills = {"skills": [{"queue": queue} for queue in queues]}
        return await client.put("/api/v1/agents/mei-agent/skills", json=skills, headers=as_role[Role.SUPERVISOR])

    unheard = await client.get("/api/v1/queues", headers=agent)
    pbx.queues = ["overflow", "hotline"]
    pbx.devices = ["PJSIP/1008", "PJSIP/trunk-main", "Local/1@x", "Queue:hotline_avail"]
    unknown, known = await give("hotline", "nowhere"), await give("hotline")
    pbx.queues.append("new")
    added = await give("hotline", "new")
    queues = await client.get("/api/v1/queues", headers=agent)
    devices = await client.get("/api/v1/devices", headers=agent)
    nowhere = await sign_on(client, agent, "PJSIP/9999")
    pbx.queues.remove("new")
    clock.now += timedelta(seconds=60)
    seated = await sign_on(client, agent)
    pbx.queues, pbx.devices = None, None
    later = await client.get("/api/v1/queues", headers=agent)

    assert unheard.json() == {"items": [], "next": None, "known_at": None}
    assert (unknown.status_code, unknown.json()["detail"]) == (400, "The PBX has no queue nowhere.")
    assert (known.status_code, added.status_code) == (204, 204)
    names = ["hotline", "new", "overflow"]
    assert queues.json() == {
        "items": [{"pbx": "pbx1", "name": name} for name in names],
        "next": None,
        "known_at": queues.json()["known_at"],
    }
    assert queues.json()["known_at"] is not None
    assert [device["name"] for device in devices.json()["items"]] == ["PJSIP/1008"]
    assert (nowhere.status_code, nowhere.json()["detail"]) == (404, "The PBX knows no device PJSIP/9999.")
    assert seated.status_code == 202, "a queue that is gone keeps nobody out of the others"
    assert pbx.asked == ["QueueAdd hotline PJSIP/1008"]
    assert [queue["name"] for queue in later.json()["items"]] == ["hotline", "overflow"], "as the PBX told last"


async def test_a_member_that_is_there_already_is_no_reason_to_fail(
    client: httpx.AsyncClient, agent: dict[str, str], pbx: Pbx
) -> None:
    pbx.refused = {"QueueAdd": "Unable to add interface: Already there", "QueueRemove": "Member not dynamic"}
    assert (await sign_on(client, agent)).status_code == 202
    assert (await client.post("/api/v1/agents/me/sign-off", headers=agent)).status_code == 202


@pytest.mark.parametrize(
    ("device", "status"),
    [
        ("PJSIP/13900000000@trunk-main", 400),
        ("PJSIP/trunk-main", 403),
        ("PJSIP/trunk-main/sip:13900000000@evil", 400),
        ("PJSIP/1001&PJSIP/13900000000@trunk-main", 400),
        ("Local/13900000000@to-trunk/n", 400),
        ("Local/1007@agent-phone", 400),
        ("PJSIP/1001/sip:x", 400),
        ("PJSIP/1001\r\nPenalty: 0", 400),
        ("PJSIP/1001\n", 400),
        ("PJSIP/\uff11\uff10\uff10\uff11", 400),
        ("pjsip/1001", 400),
        ("SIP/1001", 403),
        ("PJSIP/reception", 403),
        ("", 400),
    ],
)
async def test_nobody_sits_at_a_trunk_or_anything_else_that_is_no_agents_device(
    client: httpx.AsyncClient, agent: dict[str, str], pbx: Pbx, device: str, status: int
) -> None:
    assert (await sign_on(client, agent, device)).status_code == status
    assert pbx.asked == []


async def test_of_many_who_want_one_seat_one_gets_it(
    client: httpx.AsyncClient, agent: dict[str, str], as_role: dict[Role, dict[str, str]], pbx: Pbx
) -> None:
    skills = {"skills": [{"queue": "hotline"}]}
    for name in ("mei-supervisor", "mei-admin"):
        await client.put(f"/api/v1/agents/{name}/skills", json=skills, headers=as_role[Role.ADMIN])
    people = [as_role[role] for role in list_roles(Right.TAKE_CALLS)]
    answers = await asyncio.gather(*(sign_on(client, headers) for headers in [*people, agent]))

    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]


async def test_new_skills_count_at_once_for_one_who_is_signed_on(
    client: httpx.AsyncClient, agent: dict[str, str], as_role: dict[Role, dict[str, str]], pbx: Pbx
) -> None:
    await sign_on(client, agent)
    pbx.asked.clear()
    skills = {"skills": [{"queue": "evening", "penalty": 2}]}
    answer = await client.put("/api/v1/agents/mei-agent/skills", json=skills, headers=as_role[Role.SUPERVISOR])

    assert answer.status_code == 204
    assert pbx.asked == [
        "QueueAdd evening PJSIP/1008",
        "QueuePenalty evening PJSIP/1008",
        "QueueRemove hotline PJSIP/1008",
        "QueueRemove overflow PJSIP/1008",
    ]


async def test_a_supervisor_pauses_and_signs_off_others_and_that_is_written_down(
    client: httpx.AsyncClient, agent: dict[str, str], as_role: dict[Role, dict[str, str]], pbx: Pbx
) -> None:
    await sign_on(client, agent)
    pbx.asked.clear()
    supervisor = as_role[Role.SUPERVISOR]
    for deed, body in (("pause", {"reason": "meeting"}), ("resume", None), ("sign-off", None)):
        answer = await client.post(f"/api/v1/agents/mei-agent/{deed}", json=body, headers=supervisor)
        assert (answer.status_code, answer.headers["location"]) == (202, "/api/v1/agents"), answer.text
    log = (await client.get("/api/v1/access-log", headers=as_role[Role.ADMIN])).json()["items"]

    assert pbx.asked[:2] == ["QueuePause PJSIP/1008 meeting", "QueuePause PJSIP/1008"]
    assert [(entry["user"], entry["what"], entry["subject"]) for entry in reversed(log)] == [
        ("mei-supervisor", what, "agents/mei-agent") for what in ("pause (meeting)", "resume", "sign-off")
    ]


async def test_only_a_wrap_up_that_runs_can_be_made_longer(
    client: httpx.AsyncClient, agent: dict[str, str], pbx: Pbx
) -> None:
    await sign_on(client, agent)
    answer = await client.post("/api/v1/agents/me/wrap-up", json={"seconds": 60}, headers=agent)
    assert answer.status_code == 409


SOON = wrap_up_reason(NOW + timedelta(seconds=30))


@pytest.mark.parametrize(
    ("state", "reason", "next_reason", "wish", "asked"),
    [
        (SeatState.TALKING, None, None, "meal", ["QueuePause PJSIP/1008 then meal"]),
        (SeatState.TALKING, None, "meeting", None, ["QueuePause PJSIP/1008"]),
        (SeatState.WRAP_UP, SOON, None, "meal", [f"QueuePause PJSIP/1008 {SOON} then meal"]),
        (SeatState.WRAP_UP, f"{SOON} then meal", "meal", None, [f"QueuePause PJSIP/1008 {SOON}"]),
        (SeatState.AVAILABLE, None, None, "meal", ["QueuePause PJSIP/1008 meal"]),
        (SeatState.AVAILABLE, None, None, None, []),
        (SeatState.PAUSED, "meeting", None, None, []),
    ],
)
async def test_what_comes_next_is_asked_of_the_pbx_behind_what_goes_on_and_else_at_once(
    client: httpx.AsyncClient,
    database: Database,
    agent: dict[str, str],
    pbx: Pbx,
    state: SeatState,
    reason: str | None,
    next_reason: str | None,
    wish: str | None,
    asked: list[str],
) -> None:
    await sign_on(client, agent)
    now = replace(now_in(state, reason), next_reason=next_reason)
    await save(database, SeatChanged(at=NOW, interface=SEAT.interface, now=now))
    pbx.asked.clear()
    answer = await client.put("/api/v1/agents/me/next-status", json={"reason": wish}, headers=agent)
    assert (answer.status_code, answer.headers["location"], pbx.asked) == (202, "/api/v1/me", asked)


async def test_a_wrap_up_that_is_changed_keeps_what_comes_behind_it_and_its_end_begins_that(
    client: httpx.AsyncClient, database: Database, agent: dict[str, str], pbx: Pbx
) -> None:
    await sign_on(client, agent)
    now = replace(now_in(SeatState.WRAP_UP, f"{SOON} then meal"), next_reason="meal")
    await save(database, SeatChanged(at=NOW, interface=SEAT.interface, now=now))
    pbx.asked.clear()
    for seconds in (60, 0):
        answer = await client.post("/api/v1/agents/me/wrap-up", json={"seconds": seconds}, headers=agent)
        assert answer.status_code == 202, answer.text
    later = wrap_up_reason(NOW + timedelta(seconds=60))
    assert pbx.asked == [f"QueuePause PJSIP/1008 {later} then meal", "QueuePause PJSIP/1008 meal"]


def now_in(state: SeatState, reason: str | None = None) -> SeatNow:
    return SeatNow(member_name="mei-agent", queues=("hotline",), state=state, reason=reason)


async def save(database: Database, *changes: SeatChanged) -> None:
    async with database.sessions.begin() as session:
        await state_store.lock_states(session, SEAT.pbx)
        for change in changes:
            await state_store.save_change(session, SEAT.pbx, change)


def at(seconds: float, state: SeatState | None, reason: str | None = None) -> SeatChanged:
    now = None if state is None else now_in(state, reason)
    return SeatChanged(at=NOW + timedelta(seconds=seconds), interface=SEAT.interface, now=now)


async def hear_until(database: Database, seconds: float) -> None:
    async with database.sessions.begin() as session:
        until = NOW + timedelta(seconds=seconds)
        await witness_store.save_heartbeat(session, SEAT.pbx, Witness.AMI, until)


async def times(client: httpx.AsyncClient, headers: dict[str, str], begin: float, end: float) -> Any:
    moments = {name: (NOW + timedelta(seconds=seconds)).isoformat() for name, seconds in (("from", begin), ("to", end))}
    return (await client.get("/api/v1/agents/times", params=moments, headers=headers)).json()["items"]


async def test_times_are_cut_to_what_was_asked_and_to_what_was_heard(
    client: httpx.AsyncClient,
    database: Database,
    agent: dict[str, str],
    as_role: dict[Role, dict[str, str]],
    pbx: Pbx,
    clock: Clock,
) -> None:
    await sign_on(client, agent)
    await save(
        database,
        at(0, SeatState.AVAILABLE),
        at(10, SeatState.TALKING),
        at(30, SeatState.WRAP_UP, "wrap-up until 1"),
        at(40, SeatState.WRAP_UP, "wrap-up until 2"),
        at(50, SeatState.PAUSED, "break"),
        at(60, SeatState.AVAILABLE),
    )
    await hear_until(database, 90)
    clock.now = NOW + timedelta(seconds=100)

    whole = await times(client, agent, 0, 1000)
    part = await times(client, agent, 20, 35)
    others = await times(client, as_role[Role.SUPERVISOR], 0, 1000)
    before = await times(client, agent, -100, 0)

    assert whole == [
        {
            "user": "mei-agent",
            "signed_on_seconds": 100.0,
            "states": [
                {"state": "available", "reason": None, "seconds": 40.0},
                {"state": "paused", "reason": "break", "seconds": 10.0},
                {"state": "talking", "reason": None, "seconds": 20.0},
                {"state": "wrap_up", "reason": None, "seconds": 20.0},
                {"state": "not_known", "reason": None, "seconds": 10.0},
            ],
        }
    ]
    assert part[0]["signed_on_seconds"] == 15.0
    assert {told["state"]: told["seconds"] for told in part[0]["states"]} == {"talking": 10.0, "wrap_up": 5.0}
    assert others == whole
    assert before == []


async def test_an_agent_sees_nobody_elses_time(
    client: httpx.AsyncClient, agent: dict[str, str], as_role: dict[Role, dict[str, str]], pbx: Pbx, clock: Clock
) -> None:
    skills = {"skills": [{"queue": "hotline"}]}
    await client.put("/api/v1/agents/mei-supervisor/skills", json=skills, headers=as_role[Role.ADMIN])
    await sign_on(client, as_role[Role.SUPERVISOR])
    clock.now = NOW + timedelta(seconds=100)

    assert await times(client, agent, 0, 1000) == []


async def test_time_at_a_seat_that_was_there_before_belongs_to_who_sits_there(
    client: httpx.AsyncClient, database: Database, agent: dict[str, str], pbx: Pbx, clock: Clock
) -> None:
    await save(database, at(0, SeatState.AVAILABLE))
    clock.now = NOW + timedelta(seconds=10)
    await sign_on(client, agent)
    clock.now = NOW + timedelta(seconds=30)
    await client.post("/api/v1/agents/me/sign-off", headers=agent)
    await hear_until(database, 60)

    (own,) = await times(client, agent, 0, 1000)
    assert own["states"] == [{"state": "available", "reason": None, "seconds": 20.0}]
    assert own["signed_on_seconds"] == 20.0


async def test_a_state_that_is_told_anew_after_a_blind_time_began_when_it_did_unless_the_pbx_knows_better(
    client: httpx.AsyncClient, database: Database, agent: dict[str, str], pbx: Pbx, clock: Clock
) -> None:
    async def since(*changes: SeatChanged) -> float:
        await save(database, *changes)
        async with database.sessions.begin() as session:
            (present,) = await store.list_present(session)
        return (present.began_at - NOW).total_seconds()

    await sign_on(client, agent)
    break_ = at(10, SeatState.PAUSED, "break")
    assert await since(at(0, SeatState.AVAILABLE), break_) == 10
    assert await since(at(20, None), replace(break_, at=NOW + timedelta(seconds=30))) == 10
    moment = NOW + timedelta(seconds=35)
    assert await since(at(40, None), replace(break_, at=NOW + timedelta(seconds=50), paused_at=moment)) == 35
    assert await since(at(60, SeatState.AVAILABLE)) == 60
    assert await since(at(70, None), at(80, SeatState.AVAILABLE)) == 60
    later = replace(at(100, SeatState.AVAILABLE), stirred_at=NOW + timedelta(seconds=95))
    assert await since(at(90, None), later) == 100, "a call ended meanwhile"
    await client.post("/api/v1/agents/me/sign-off", headers=agent)
    clock.now = NOW + timedelta(seconds=105)
    await sign_on(client, agent)
    assert await since(at(104, None), at(106, SeatState.AVAILABLE)) == 105, "since they sat down again"


async def test_no_time_is_negative_where_the_pbx_was_last_heard_before_the_state_began(
    client: httpx.AsyncClient, database: Database, agent: dict[str, str], pbx: Pbx, clock: Clock
) -> None:
    await sign_on(client, agent)
    await hear_until(database, 5)
    await save(database, at(10, SeatState.AVAILABLE))
    clock.now = NOW + timedelta(seconds=20)
    (own,) = await times(client, agent, 0, 1000)
    assert own["states"] == [{"state": "not_known", "reason": None, "seconds": 20.0}]


async def test_a_wrap_up_shows_nothing_of_how_it_is_kept(
    client: httpx.AsyncClient, database: Database, agent: dict[str, str], pbx: Pbx
) -> None:
    await sign_on(client, agent)
    await save(database, at(0, SeatState.WRAP_UP, wrap_up_reason(NOW + timedelta(seconds=30))))
    await hear_until(database, 1)
    seat = (await agent_view(client, agent))["seat"]
    assert (seat["state"], seat["reason"]) == ("wrap_up", None)
    assert seat["wrap_up_ends_at"] is not None


async def test_while_the_pbx_is_not_heard_no_state_is_shown(
    client: httpx.AsyncClient, database: Database, agent: dict[str, str], pbx: Pbx, clock: Clock
) -> None:
    await sign_on(client, agent)
    await save(database, at(0, SeatState.AVAILABLE))
    await hear_until(database, 1)
    heard = await agent_view(client, agent)
    clock.now = NOW + timedelta(seconds=60)
    unheard = await agent_view(client, agent)
    pbxs = (await client.get("/api/v1/agents", headers=agent)).json()["pbxs"]

    assert (heard["seat"]["state"], unheard["seat"]["state"], unheard["seat"]["since"]) == ("available", None, None)
    assert [(told["pbx"], told["is_heard"]) for told in pbxs] == [("pbx1", False)]


async def test_states_that_nobody_ended_end_when_the_pbx_was_last_heard(database: Database) -> None:
    await save(database, at(0, SeatState.AVAILABLE))
    async with database.sessions.begin() as session:
        heard_until = NOW + timedelta(seconds=20)
        await witness_store.open_gap(
            session, SEAT.pbx, Witness.AMI, from_at=heard_until, reason=GapReason.RECORDER_DOWN
        )
        await state_store.close_left(session, SEAT.pbx)
        assert await store.list_present(session) == []
        assert await store.list_queues(session, SEAT) == {"hotline"}


@asynccontextmanager
async def watch_seats(database: Database, commands: AmiCommands | None, *, wrap_up: float) -> AsyncIterator[SeatWatch]:
    watch = SeatWatch(
        database=database, pbx=SEAT.pbx, wrap_up=timedelta(seconds=wrap_up), commands=commands, clock=lambda: NOW
    )
    task = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def hear(watch: SeatWatch, *messages: bytes) -> None:
    for message in messages:
        watch.hear(RawMessage(at=NOW, raw=message))


async def until_asked(pbx: Pbx, times: int = 1) -> None:
    async with asyncio.timeout(5):
        while len(pbx.asked) < times:
            await asyncio.sleep(0.01)


async def test_a_wrap_up_that_is_over_is_ended_whoever_began_it_and_a_pause_is_not(database: Database) -> None:
    pbx = Pbx()
    over, running = int(NOW.timestamp()) - 5, int(NOW.timestamp()) + 500
    async with watch_seats(database, pbx, wrap_up=0) as watch:
        watch.hear(LinkUp(at=NOW))
        hear(watch, list_end(), changed("Pause", paused="1", reason="break"))
        hear(watch, changed("Pause", paused="1", reason=f"wrap-up until {running}"))
        await asyncio.sleep(0.1)
        assert pbx.asked == []
        hear(watch, changed("Pause", paused="1", reason=f"wrap-up until {over}"))
        await until_asked(pbx)
        hear(watch, changed("Pause"))
        assert set(pbx.asked) == {"QueuePause PJSIP/1008"}
        pbx.asked.clear()
        hear(watch, changed("Pause", paused="1", reason=f"wrap-up until {over} then meal"))
        await until_asked(pbx)
    assert set(pbx.asked) == {"QueuePause PJSIP/1008 meal"}


async def test_a_sign_on_that_the_pbx_does_not_know_is_ended_by_the_pbx(
    client: httpx.AsyncClient,
    database: Database,
    agent: dict[str, str],
    pbx: Pbx,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seat_worker, "LOOK_SECONDS", 0.05)
    await sign_on(client, agent)
    async with watch_seats(database, pbx, wrap_up=0) as watch:
        watch.hear(LinkUp(at=NOW))
        hear(watch, list_end())
        await asyncio.sleep(0.3)
        assert (await agent_view(client, agent))["seat"] is not None, "the PBX may not have been asked yet"
        monkeypatch.setattr(seat_worker, "SIGN_ON_TAKES", timedelta())
        hear(watch, listed(), list_end())
        await asyncio.sleep(0.3)
        assert (await agent_view(client, agent))["seat"] is not None
        watch.hear(LinkDown(at=NOW, reason="gone"))
        await asyncio.sleep(0.3)
        assert (await agent_view(client, agent))["seat"] is not None, "nobody knows while the link is down"
        watch.hear(LinkUp(at=NOW))
        hear(watch, list_end())
        async with asyncio.timeout(5):
            while (await agent_view(client, agent))["seat"] is not None:
                await asyncio.sleep(0.01)
    async with database.engine.connect() as connection:
        rows = (await connection.exec_driver_sql("SELECT ended_by FROM agent_sign_ons")).all()
    assert [tuple(row) for row in rows] == [("pbx",)]


async def test_the_end_of_a_queue_call_begins_a_wrap_up_for_one_who_is_signed_on_and_takes_calls(
    client: httpx.AsyncClient, database: Database, agent: dict[str, str], pbx: Pbx
) -> None:
    async with watch_seats(database, pbx, wrap_up=30) as watch:
        watch.hear(LinkUp(at=NOW))
        hear(watch, listed(), list_end(), completed())
        await asyncio.sleep(0.1)
        assert pbx.asked == [], "nobody of ours sits there"
        await sign_on(client, agent)
        pbx.asked.clear()
        hear(watch, changed("Pause", paused="1", reason="meeting"), completed())
        await asyncio.sleep(0.1)
        assert pbx.asked == []
        hear(watch, changed("Pause"), completed())
        await until_asked(pbx)
        hear(watch, changed("Pause", paused="1", reason="then meal"), completed())
        await until_asked(pbx, times=2)
    wrap_up = f"QueuePause PJSIP/1008 {wrap_up_reason(TOLD + timedelta(seconds=30))}"
    assert pbx.asked == [wrap_up, f"{wrap_up} then meal"]


async def test_a_wrap_up_that_could_not_be_ended_is_tried_again(database: Database) -> None:
    pbx = Pbx()
    pbx.refused = {"QueuePause": "There is no connection"}
    async with watch_seats(database, pbx, wrap_up=0) as watch:
        watch.hear(LinkUp(at=NOW))
        hear(watch, list_end(), changed("Pause", paused="1", reason="wrap-up until 1"))
        await until_asked(pbx, times=2)


async def test_while_the_database_is_away_a_wrap_up_ends_nevertheless() -> None:
    pbx = Pbx()
    nothing = make_database(create_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing"))
    async with watch_seats(nothing, pbx, wrap_up=0) as watch:
        watch.hear(LinkUp(at=NOW))
        hear(watch, list_end(), changed("Pause", paused="1", reason="wrap-up until 1"))
        await until_asked(pbx)
    assert set(pbx.asked) == {"QueuePause PJSIP/1008"}


async def test_states_that_another_process_took_for_ended_are_stored_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seat_worker, "LOOK_SECONDS", 0.05)

    async def until_present(expected: list[str]) -> None:
        async with asyncio.timeout(5):
            found = ["not asked yet"]
            while found != expected:
                await asyncio.sleep(0.01)
                async with database.sessions.begin() as session:
                    found = [told.interface for told in await store.list_present(session)]

    async with watch_seats(database, None, wrap_up=0) as watch:
        watch.hear(LinkUp(at=NOW))
        hear(watch, listed(), list_end())
        await until_present([SEAT.interface])
        await save(database, at(0, None))
        await until_present([SEAT.interface])
