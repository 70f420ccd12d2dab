"""A caller who presses 1 in the queue is rung back in their turn: before those who joined later, by the next agent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hotline_demo.backend import Backend
from hotline_lab.asterisk import Lab
from hotline_lab.play import Stage
from hotline_lab.scenario import parse_scenario
from tests.e2e.places import backend_on, fresh_home

NUMBER = 2
LIMIT_SECONDS = 40.0
AGENT = "li.lei"
ASKS = "13805190071"

PHONES = f"""
title = "One agent, and the phone of the caller who asks to be rung back"
[[agents]]
extension = "1008"
calls = ["ring 0.5, answer, stay"]
[[mobiles]]
number = "{ASKS}"
calls = ["ring 1, answer, talk 9, hang up"]
"""

CALLERS = f"""
title = "One talks, one asks to be rung back, one waits"
[[callers]]
number = "05198800071"
dials = "12315"
plan = "talk 15, hang up"
[[callers]]
number = "{ASKS}"
dials = "12315"
at = 1.5
plan = "talk 4.5, key 1, stay"
[[callers]]
number = "05198800072"
dials = "12315"
at = 3.0
plan = "talk 30, hang up"
"""

PATIENT = {"extensions.conf": "\n[globals](+)\nQUEUE_SECONDS = 60\n"}


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as folder:
        yield folder


async def list_calls(backend: Backend, *, count: int) -> list[dict[str, Any]]:
    """The calls, oldest first, once so many are over and told by both witnesses."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            calls: list[dict[str, Any]] = (await backend.get("/api/v1/calls", reason="test"))["items"]
            if len(calls) == count and all(call["confirmed"] for call in calls):
                return sorted(calls, key=lambda call: call["started_at"])
            await asyncio.sleep(0.2)


async def test_the_next_agent_rings_the_caller_who_pressed_1_before_the_queue_takes_one_who_joined_later(
    tmp_path: Path, home: Path
) -> None:
    hours = {f"CALLCENTER_CALLING_HOURS_{day}": "00:00-24:00" for day in ("WORKDAY", "DAY_OFF")}
    async with (
        Lab(pbx=NUMBER, state=tmp_path / "lab", more_config=PATIENT) as lab,
        backend_on(lab, home, hours) as backend,
    ):
        await backend.add_user(AGENT, role="agent")
        await backend.ask("PUT", f"/api/v1/agents/{AGENT}/skills", {"skills": [{"queue": "hotline", "penalty": 0}]})
        async with Stage(parse_scenario(PHONES), lab).ready():
            signed_on = await backend.ask("POST", "/api/v1/agents/me/sign-on", {"device": "PJSIP/1008"}, user=AGENT)
            assert signed_on.status == 202
            await Stage(parse_scenario(CALLERS), lab).play()
        talks, asks, rung_back, waits = sorted(
            await list_calls(backend, count=4), key=lambda call: call["answered_at"] or call["ended_at"]
        )[:4]
        episodes = (await backend.get(f"/api/v1/callbacks?day={talks['business_date']}"))["items"]

    told = [
        (call["direction"], call["caller_number"], call["dialled_number"], call["outcome"])
        for call in (talks, asks, rung_back, waits)
    ]
    assert told == [
        ("inbound", "+865198800071", "12315", "answered"),
        ("inbound", f"+86{ASKS}", "12315", "queue_exit_key"),
        ("outbound", "1008", ASKS, "answered"),
        ("inbound", "+865198800072", "12315", "answered"),
    ]
    assert [visit["exit"] for visit in asks["queue_visits"]] == ["callback_requested"]
    assert waits["queue_visits"][0]["joined_at"] > asks["queue_visits"][0]["joined_at"]
    assert talks["ended_at"] < rung_back["started_at"] < rung_back["ended_at"] < waits["answered_at"]
    assert [(row["state"], row["attempts"], row["closed_by"]["call_id"]) for row in episodes] == [
        ("reached", 1, rung_back["call_id"])
    ]


async def test_who_shows_no_number_and_presses_1_is_asked_for_a_message_instead(tmp_path: Path, home: Path) -> None:
    withheld = '[[callers]]\nnumber = ""\ndials = "12315"\nplan = "talk 5, key 1, speak 16, hang up"\n'
    async with (
        Lab(pbx=NUMBER, state=tmp_path / "lab", more_config=PATIENT) as lab,
        backend_on(lab, home) as backend,
    ):
        await Stage(parse_scenario(f'title = "Withheld"\n{withheld}'), lab).play()
        [call] = await list_calls(backend, count=1)

    assert (call["outcome"], call["caller_number"]) == ("voicemail", None)
    assert [visit["exit"] for visit in call["queue_visits"]] == ["exit_key"]
