"""Two real PBXs on one backend: both are recorded, one audit counts both ledgers, each command reaches its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hotline_demo.backend import SUPERVISOR, Backend
from hotline_lab.asterisk import Lab
from hotline_lab.play import Stage, play
from hotline_lab.scenario import parse_scenario
from tests.e2e.desks import until
from tests.e2e.places import backend_on_several, fresh_home

NUMBERS = (3, 4)
SEAT = "PJSIP/1008"
"""The same on both: a device is known by its PBX too."""
AGENTS = {"pbx3": "li.lei", "pbx4": "han.mei"}
SHANGHAI = ZoneInfo("Asia/Shanghai")

PHONE = """
title = "An agent sits at their phone"
[[agents]]
extension = "1008"
calls = ["ring 0.5, answer, stay"]
"""
CALLER = """
title = "A caller"
[[callers]]
number = "{number}"
dials = "12315"
plan = "talk 5, hang up"
"""


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as folder:
        yield folder


async def must(backend: Backend, method: str, path: str, body: Any = None, *, user: str = SUPERVISOR) -> Any:
    answer = await backend.ask(method, f"/api/v1{path}", body, user=user)
    assert answer.status in (200, 202, 204), answer
    return answer.body


async def members_of(lab: Lab) -> set[tuple[str, str]]:
    """The agents who are members of the queue, each with whether they are paused."""
    client = await lab.ami(commands=True)
    try:
        events = await client.list("QueueStatus", until="QueueStatusComplete")
    finally:
        await client.close()
    members = (event for event in events if event["Event"] == "QueueMember" and event["Queue"] == "hotline")
    return {(event["Name"], event["Paused"]) for event in members if event["Name"] in AGENTS.values()}


async def seats_of(backend: Backend) -> dict[str, Any]:
    return {agent["user"]: agent["seat"] for agent in (await must(backend, "GET", "/agents"))["items"]}


async def test_both_are_recorded_and_counted_and_each_command_reaches_the_pbx_of_its_seat(
    tmp_path: Path, home: Path
) -> None:
    day = datetime.now(SHANGHAI).date().isoformat()
    async with AsyncExitStack() as stack:
        labs = {
            f"pbx{number}": await stack.enter_async_context(Lab(pbx=number, state=tmp_path / f"lab{number}"))
            for number in NUMBERS
        }
        backend = await stack.enter_async_context(backend_on_several([*labs.values()], home))
        for lab in labs.values():
            await stack.enter_async_context(Stage(parse_scenario(PHONE), lab).ready())
        for pbx, name in AGENTS.items():
            await backend.add_user(name, role="agent")
            await must(backend, "PUT", f"/agents/{name}/skills", {"skills": [{"queue": "hotline", "penalty": 0}]})
            await must(backend, "POST", "/agents/me/sign-on", {"device": SEAT, "pbx": pbx}, user=name)

        async def are_seated() -> bool:
            seats = await seats_of(backend)
            return all(seats[name] and seats[name]["state"] == "available" for name in AGENTS.values())

        await until(are_seated)
        signed_on = {pbx: await members_of(lab) for pbx, lab in labs.items()}
        callers = [CALLER.format(number=f"0519880000{number}") for number in NUMBERS]
        await asyncio.gather(
            *(play(parse_scenario(caller), lab) for caller, lab in zip(callers, labs.values(), strict=True))
        )

        async def are_confirmed() -> list[dict[str, Any]] | None:
            page = await backend.get(f"/api/v1/calls?day={day}&direction=inbound", reason="test")
            calls: list[dict[str, Any]] = page["items"]
            return calls if len(calls) == len(NUMBERS) and all(call["confirmed"] for call in calls) else None

        calls = await until(are_confirmed)
        await must(backend, "POST", "/agents/me/pause", {"reason": "break"}, user=AGENTS["pbx4"])

        async def is_paused() -> bool:
            return bool((await seats_of(backend))[AGENTS["pbx4"]]["state"] == "paused")

        await until(is_paused)
        paused = {pbx: await members_of(lab) for pbx, lab in labs.items()}
        audit = json.loads(await backend.run("audit", "--date", day, "--json"))
        board = (await backend.get("/api/v1/wallboard"))["document"]

    assert signed_on == {pbx: {(name, "0")} for pbx, name in AGENTS.items()}
    assert sorted((call["pbx"], call["caller_raw"], call["outcome"], call["talks"][0]["with"]) for call in calls) == [
        (f"pbx{number}", f"0519880000{number}", "answered", "1008") for number in NUMBERS
    ]
    assert all(call["call_id"].startswith(f"{call['pbx']}-") for call in calls)
    assert paused == {"pbx3": {("li.lei", "0")}, "pbx4": {("han.mei", "1")}}
    assert (audit["is_good"], audit["inbound"]["count"], audit["ledger"]["inbound"]["count"]) == (True, 2, 2)
    assert (audit["unexplained"]["count"], audit["differences"]["count"], audit["unconfirmed"]["count"]) == (0, 0, 0)
    assert board["today"]["queues"]["hotline"]["answered"] == 2, "one service on two PBXs"
    assert set(board["witnesses"]) == {f"pbx{number}/{witness}" for number in NUMBERS for witness in ("ami", "ledger")}
