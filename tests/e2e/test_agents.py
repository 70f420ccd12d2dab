"""Agents on a real Asterisk, over HTTP: they sign on, take calls, wrap up and pause, whatever dies meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from callcenter.audio.rules import AudioKind
from callcenter.recordings.rules import parse_name
from hotline_demo.backend import SUPERVISOR, Backend
from hotline_lab.asterisk import Lab
from hotline_lab.play import Stage, list_channels, play
from hotline_lab.scenario import Scenario, parse_scenario
from hotline_lab.sound import VOICES
from tests.e2e import counting_caller
from tests.e2e.desks import until
from tests.e2e.places import backend_on, fresh_home
from tests.e2e.sound_check import HEARD, height, samples_of, voices_ever_in

NUMBER = 2
LIMIT_SECONDS = 40.0
AGENT = "li.lei"
SEAT = "PJSIP/1008"

PHONES = """
title = "Agents sit at their phones"
[[agents]]
extension = "1008"
calls = ["ring 0.7, answer, speak 60, stay"]
[[agents]]
extension = "1009"
calls = ["ring 0.7, answer, stay"]
[[agents]]
extension = "1010"
voice = "mobile"
calls = ["ring 0.3, answer, speak 20, stay"]
"""


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as folder:
        yield folder


def callers(*lines: tuple[str, str, str], step: float = 0.0) -> Scenario:
    """Callers by number, number dialled and plan, each `step` seconds behind the one before."""
    text = 'title = "Callers"\n'
    for nth, (number, dials, plan) in enumerate(lines):
        text += f'[[callers]]\nnumber = "{number}"\ndials = "{dials}"\nplan = "{plan}"\nat = {nth * step}\n'
    return parse_scenario(text)


@asynccontextmanager
async def centre(tmp_path: Path, home: Path, **settings: str) -> AsyncIterator[tuple[Lab, Backend]]:
    """A PBX whose phones 1008 to 1010 are registered, and a backend with an agent who has a queue."""
    environment = {f"CALLCENTER_{name.upper()}": value for name, value in settings.items()}
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab, backend_on(lab, home, environment) as backend:
        await backend.add_user(AGENT, role="agent")
        async with Stage(parse_scenario(PHONES), lab).ready():
            await must(backend, "PUT", f"/agents/{AGENT}/skills", {"skills": [{"queue": "hotline", "penalty": 1}]})
            yield lab, backend


async def must(backend: Backend, method: str, path: str, body: Any = None, *, user: str = SUPERVISOR) -> Any:
    answer = await backend.ask(method, f"/api/v1{path}", body, user=user)
    assert answer.status in (200, 201, 202, 204), answer
    return answer.body


async def act(backend: Backend, deed: str, body: Any = None) -> None:
    """What the agent does to their own seat."""
    await must(backend, "POST", f"/agents/me/{deed}", body, user=AGENT)


async def seat_of(backend: Backend, name: str = AGENT) -> dict[str, Any] | None:
    agents = (await must(backend, "GET", "/agents"))["items"]
    seat: dict[str, Any] | None = next(agent["seat"] for agent in agents if agent["user"] == name)
    return seat


async def until_seat(backend: Backend, expected: Callable[[dict[str, Any] | None], bool]) -> dict[str, Any]:
    """The agent's seat once it is as expected; what it was at last is in the error."""
    seat = await seat_of(backend)
    deadline = asyncio.get_running_loop().time() + LIMIT_SECONDS
    while not expected(seat):
        if asyncio.get_running_loop().time() > deadline:
            pytest.fail(f"The seat stayed as it is: {seat}")
        await asyncio.sleep(0.05)
        seat = await seat_of(backend)
    return seat or {}


async def until_state(backend: Backend, state: str | None, reason: str | None = None) -> dict[str, Any]:
    def fits(seat: dict[str, Any] | None) -> bool:
        return seat is not None and seat["state"] == state and (reason is None or seat["reason"] == reason)

    return await until_seat(backend, fits)


@asynccontextmanager
async def calling(lab: Lab, scenario: Scenario) -> AsyncIterator[None]:
    """Callers ring during the block; at its end their calls are waited for."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Stage(scenario, lab).play())
        yield


async def test_an_agent_signs_on_takes_calls_and_each_wrap_up_ends_as_they_want(tmp_path: Path, home: Path) -> None:
    began = datetime.now(UTC)
    async with centre(tmp_path, home, wrap_up_seconds="2") as (lab, backend):
        await act(backend, "sign-on", {"device": SEAT})
        seat = await until_state(backend, "available")
        async with calling(lab, callers(("05198800001", "12315", "talk 5, hang up"))):
            states = [(await until_state(backend, state))["state"] for state in ("ringing", "talking", "wrap_up")]
            by_itself = await until_state(backend, "available")

        async with calling(lab, callers(("05198800001", "12315", "talk 4.5, hang up"))):
            await until_state(backend, "wrap_up")
            await act(backend, "wrap-up", {"seconds": 600})
            extended = await until_seat(backend, lambda seat: ends_after(seat, began + timedelta(seconds=500)))
            await act(backend, "wrap-up", {"seconds": 0})
            await until_state(backend, "available")

        await act(backend, "pause", {"reason": "break"})
        await until_state(backend, "paused", "break")
        await act(backend, "resume")
        await until_state(backend, "available")
        again = await backend.ask("POST", "/api/v1/agents/me/sign-on", {"device": "PJSIP/1009"}, user=AGENT)
        taken = await backend.ask("POST", "/api/v1/agents/me/sign-on", {"device": SEAT}, user=SUPERVISOR)
        await act(backend, "sign-off")
        await until_seat(backend, lambda seat: seat is None)
        members = [member["Location"] for member in await members_of(lab)]
        until = datetime.now(UTC) + timedelta(minutes=1)
        asked = f"/agents/times?from={quote(began.isoformat())}&to={quote(until.isoformat())}"
        times = await must(backend, "GET", asked, user=AGENT)

    assert (seat["interface"], seat["queues"], seat["member_name"]) == (SEAT, ["hotline"], AGENT)
    assert states == ["ringing", "talking", "wrap_up"]
    assert by_itself["wrap_up_ends_at"] is None
    assert extended["state"] == "wrap_up"
    assert again.status == 409
    assert taken.status == 403, "no queue"
    assert SEAT not in members
    (own,) = times["items"]
    spent = {(state["state"], state["reason"]): state["seconds"] for state in own["states"]}
    assert set(spent) >= {("talking", None), ("ringing", None), ("wrap_up", None), ("paused", "break")}
    assert spent["wrap_up", None] >= 2
    assert sum(spent.values()) == pytest.approx(own["signed_on_seconds"], abs=0.5)


def ends_after(seat: dict[str, Any] | None, moment: datetime) -> bool:
    end = None if seat is None else seat["wrap_up_ends_at"]
    return end is not None and datetime.fromisoformat(end) > moment


async def members_of(lab: Lab) -> list[dict[str, str]]:
    client = await lab.ami(commands=True)
    try:
        told = await client.list("QueueStatus", until="QueueStatusComplete")
    finally:
        await client.close()
    return [event for event in told if event["Event"] == "QueueMember"]


async def test_whatever_is_killed_nobody_stays_paused_by_us_and_who_left_the_pbx_is_signed_off(
    tmp_path: Path, home: Path
) -> None:
    async with centre(tmp_path, home, wrap_up_seconds="4") as (lab, backend):
        await act(backend, "sign-on", {"device": SEAT})
        await until_state(backend, "available")
        async with calling(lab, callers(("05198800001", "12315", "talk 4.5, hang up"))):
            wrapping_up = await until_state(backend, "wrap_up")
            await backend.kill()
            await backend.restart()
            after_death_in_wrap_up = await until_state(backend, "available")

        await act(backend, "pause", {"reason": "training"})
        paused = await until_state(backend, "paused", "training")
        await backend.kill()
        await backend.restart()
        after_death_in_pause = await until_state(backend, "paused", "training")

        await until_on_disk(lab, "training")
        await lab.kill()
        while_it_is_dead = await until_state(backend, None)
        refused = await backend.ask("POST", "/api/v1/agents/me/resume", user=AGENT)
        await lab.restart()
        after_its_death = await until_state(backend, "paused", "training")
        await eventually_taken(backend, "resume")
        await until_state(backend, "available")

        client = await lab.ami(commands=True)
        await client.action("QueueRemove", Queue="hotline", Interface=SEAT)
        await client.close()
        await until_seat(backend, lambda seat: seat is None)
        again = await backend.ask("POST", "/api/v1/agents/me/sign-on", {"device": SEAT}, user=AGENT)

    assert after_death_in_wrap_up["since"] >= wrapping_up["wrap_up_ends_at"]
    assert (after_death_in_pause["queues"], while_it_is_dead["interface"]) == (["hotline"], SEAT)
    assert refused.status == 502
    assert after_its_death["queues"] == ["hotline"]
    begun, *later = (datetime.fromisoformat(seat["since"]) for seat in (paused, after_death_in_pause, after_its_death))
    assert all(abs(moment - begun) <= timedelta(seconds=1) for moment in later), "the pause began when it did"
    assert again.status == 202


async def until_on_disk(lab: Lab, word: str) -> None:
    """Asterisk writes its database to disk within a second (db.c, db_sync_thread); what it had not is lost with it."""

    async def is_there() -> bool:
        with closing(sqlite3.connect(f"file:{lab.state}/lib/astdb.sqlite3?mode=ro", uri=True)) as database:
            rows = database.execute("SELECT value FROM astdb WHERE key LIKE '/Queue/PersistentMembers/%'")
            return any(word in str(value) for (value,) in rows)

    await until(is_there)


async def eventually_taken(backend: Backend, deed: str) -> None:
    """The command login needs a moment longer than the PBX to be back."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while (await backend.ask("POST", f"/api/v1/agents/me/{deed}", user=AGENT)).status != 202:
            await asyncio.sleep(0.2)


async def test_a_member_is_offered_nobody_in_the_second_after_a_call_so_that_a_wrap_up_can_begin(
    tmp_path: Path,
) -> None:
    desk = '[[agents]]\nextension = "1001"\ncalls = ["ring 0.5, answer, stay", "ring 0.5, answer, stay"]\n'
    line = '[[callers]]\nnumber = "{}"\ndials = "12315"\nplan = "{}"\nat = {}\n'
    first, second = line.format("05198800001", "talk 5, hang up", 0), line.format("05198800002", "talk 11, hang up", 1)
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab:
        calls = await play(parse_scenario(f'title = "Two callers, one desk"\n{desk}{first}{second}'), lab)

    rung = [call for call in calls if call.kind == "agent"]
    assert [call.is_answered for call in rung] == [True, True]
    assert rung[1].events[0].at - rung[0].events[-1].at >= timedelta(seconds=1)


async def test_a_supervisor_listens_whispers_and_barges_in_and_an_agent_may_not(tmp_path: Path, home: Path) -> None:
    heard: dict[str, list[str]] = {}
    async with centre(tmp_path, home, supervision_tone="true") as (lab, backend):
        await act(backend, "sign-on", {"device": SEAT})
        await until_state(backend, "available")
        idle = await backend.ask("POST", f"/api/v1/agents/{AGENT}/supervise", LISTEN)
        async with calling(lab, callers(("05198800001", "12315", "talk 9, hang up"))):
            await until_state(backend, "talking")
            refused = await backend.ask("POST", f"/api/v1/agents/{AGENT}/supervise", LISTEN, user=AGENT)
            for mode in ("listen", "whisper", "barge"):
                await must(backend, "POST", f"/agents/{AGENT}/supervise", {**LISTEN, "mode": mode})
                heard[mode] = await spying(lab)
                await stop_spying(lab)
            trunk = {"mode": "listen", "device": "PJSIP/13900000000@trunk-main"}
            fraud = await backend.ask("POST", f"/api/v1/agents/{AGENT}/supervise", trunk)
        await backend.add_user("admin", role="admin")
        log = (await must(backend, "GET", "/access-log", user="admin"))["items"]

    assert (idle.status, refused.status, fraud.status) == (409, 403, 400)
    tone = "ChanSpy(PJSIP/1008-,bqwES)"
    assert heard == {
        "listen": ["ChanSpy(PJSIP/1008-,bqES)", tone],
        "whisper": [tone, tone],
        "barge": ["ChanSpy(PJSIP/1008-,bqBES)", tone],
    }
    assert [(entry["what"], entry["subject"]) for entry in reversed(log) if entry["what"].startswith("call")] == [
        (f"call ({mode})", f"agents/{AGENT} at {SEAT}, from PJSIP/1010") for mode in ("listen", "whisper", "barge")
    ]


async def test_a_supervisor_who_barges_in_is_heard_and_recorded_and_one_who_whispers_is_not(
    tmp_path: Path, home: Path
) -> None:
    heard: dict[str, float] = {}
    async with centre(tmp_path, home) as (lab, backend):
        await act(backend, "sign-on", {"device": SEAT})
        await until_state(backend, "available")
        async with counting_caller.calling(lab.info, number="05198800001") as caller:
            await until_state(backend, "talking")
            for mode in ("whisper", "barge"):
                await must(backend, "POST", f"/agents/{AGENT}/supervise", {**LISTEN, "mode": mode})
                await until_supervised(lab)
                begin = len(caller.sound)
                async with asyncio.timeout(LIMIT_SECONDS):
                    while len(caller.sound) < begin + 16_000:
                        await asyncio.sleep(0.05)
                heard[mode] = height(samples_of(caller.sound[begin + 8_000 : begin + 16_000]), VOICES["mobile"])
                await stop_spying(lab)

        [file] = list(Path(lab.info.recordings_dir).glob("*/*-supervisor*.wav"))
        name = parse_name(file.name)
        others = list(file.parent.glob("*-caller.wav"))

    assert heard["whisper"] < HEARD / 5
    assert heard["barge"] > HEARD
    assert voices_ever_in(file.read_bytes()) == {"mobile"}
    assert name is not None
    assert (name.kind, [name.notice_at is not None]) == (AudioKind.SUPERVISOR, [True])
    assert len(others) == 1, "beside the files of the call"


LISTEN = {"mode": "listen", "device": "PJSIP/1010"}


async def until_supervised(lab: Lab) -> None:
    """Until the supervisor, whose phone speaks at once, has picked up and listens."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while not any(channel["Application"] == "ChanSpy" for channel in await list_channels(lab)):
            await asyncio.sleep(0.05)


async def spying(lab: Lab) -> list[str]:
    """What two spying channels run, the supervisor's first; the other one is gone after a moment."""
    found: dict[str, str] = {}
    async with asyncio.timeout(LIMIT_SECONDS):
        while len(found) < 2:
            for channel in await list_channels(lab):
                if channel["Application"] == "ChanSpy":
                    found[channel["Channel"]] = f"ChanSpy({channel['ApplicationData']})"
    return [found[channel] for channel in sorted(found, key=lambda channel: not channel.startswith("PJSIP/1010-"))]


async def stop_spying(lab: Lab) -> None:
    client = await lab.ami(commands=True)
    async with asyncio.timeout(LIMIT_SECONDS):
        while spies := [told["Channel"] for told in await list_channels(lab) if told["Application"] == "ChanSpy"]:
            for channel in spies:
                await client.action("Hangup", Channel=channel)
    await client.close()


async def test_waiting_callers_are_moved_up_and_into_another_queue_where_they_are_answered(
    tmp_path: Path, home: Path
) -> None:
    async with centre(tmp_path, home) as (lab, backend):
        await must(backend, "PUT", f"/agents/{AGENT}/skills", {"skills": [{"queue": "overflow"}]})
        await act(backend, "sign-on", {"device": SEAT})
        await until_state(backend, "available")
        three = [(f"0519880000{nth}", "12315", "talk 9, hang up") for nth in (1, 2, 3)]
        async with calling(lab, callers(*three, step=0.2)):
            first, second, third = [entry["Uniqueid"] for entry in await waiting(lab, 3)]
            await must(backend, "POST", f"/calls/{lab.name}/{third}/move", {})
            moved_up = [entry["Uniqueid"] for entry in await waiting(lab, 3)]
            nowhere = await backend.ask("POST", f"/api/v1/calls/{lab.name}/{second}/move", {"queue": "nowhere"})
            await must(backend, "POST", f"/calls/{lab.name}/{first}/move", {"queue": "overflow"})
            await until_state(backend, "talking")
            gone = await backend.ask("POST", f"/api/v1/calls/{lab.name}/{first}/move", {})
        call = await settled(backend, lab, first)

    assert moved_up == [third, first, second]
    assert (nowhere.status, gone.status) == (409, 409)
    assert (call["outcome"], call["confirmed"], call["anomalies"]) == ("answered", True, [])
    visits = [(visit["queue"], visit["exit"], visit["agent"]) for visit in call["queue_visits"]]
    assert visits == [("hotline", "withdrawn", None), ("overflow", "connected", "1008")]


async def waiting(lab: Lab, count: int) -> list[dict[str, str]]:
    """The callers of the hotline in the order of their turn, once there are so many."""
    client = await lab.ami(commands=True)
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                told = await client.list("QueueStatus", until="QueueStatusComplete")
                entries = [event for event in told if event["Event"] == "QueueEntry" and event["Queue"] == "hotline"]
                if len(entries) == count:
                    return sorted(entries, key=lambda entry: int(entry["Position"]))
                await asyncio.sleep(0.05)
    finally:
        await client.close()


async def settled(backend: Backend, lab: Lab, call_id: str) -> dict[str, Any]:
    """The call once both witnesses have told all of it."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            answer = await backend.ask("GET", f"/api/v1/calls/{lab.name}/{call_id}")
            if answer.status == 200 and answer.body["call"]["outcome"] and len(answer.body["call"]["witnesses"]) == 2:
                call: dict[str, Any] = answer.body["call"]
                return call
            await asyncio.sleep(0.1)
