"""The whole backend on a real Asterisk, killed while calls are up: nobody is lost, nobody is doubled."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hotline_demo.backend import Backend
from hotline_lab.asterisk import Lab
from hotline_lab.play import play
from hotline_lab.scenario import load_scenario
from tests.e2e.places import backend_on, fresh_home

NUMBER = 3
SETTLE_SECONDS = 30.0
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as folder:
        yield folder


async def settled_calls(
    backend: Backend, *, count: int, started: datetime, witnesses: Collection[str]
) -> list[dict[str, Any]]:
    """The inbound calls of the day, once there are so many and these witnesses have told all, with a limit."""
    day = started.astimezone(SHANGHAI).date().isoformat()
    async with asyncio.timeout(SETTLE_SECONDS):
        while True:
            page = await backend.get(f"/api/v1/calls?day={day}&direction=inbound&limit=200", reason="test")
            calls: list[dict[str, Any]] = page["items"]
            told = [call for call in calls if call["outcome"] and set(witnesses) <= set(call["witnesses"])]
            if len(told) == len(calls) == count:
                return calls
            await asyncio.sleep(0.1)


async def test_a_backend_killed_while_callers_wait_and_talk_records_them_all_once_it_is_back(
    tmp_path: Path, home: Path
) -> None:
    started = datetime.now(SHANGHAI)
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab, backend_on(lab, home) as backend:
        talk = asyncio.create_task(play(load_scenario("answered_by_an_agent"), lab))
        full = asyncio.create_task(play(load_scenario("queue_full"), lab))
        await until_up(backend, 3, started)
        await backend.kill()
        await asyncio.gather(talk, full)
        await play(load_scenario("busy_line"), lab)
        await backend.restart()

        calls = await settled_calls(backend, count=4, started=started, witnesses=("ledger",))
        listed = json.loads(await backend.run("callbacks", "--date", started.date().isoformat(), "--json"))["items"]
        gaps = (await backend.get("/api/v1/gaps"))["items"]

    outcomes = sorted((call["caller_raw"], call["outcome"], call["complete"]) for call in calls)
    assert outcomes == [
        ("05198800001", "answered", True),
        ("05198800005", "abandoned_queue", True),
        ("05198800006", "queue_full", True),
        ("05198800007", "busy", True),
    ]
    missed = sorted(call["call_id"] for call in calls if call["outcome"] != "answered")
    assert sorted(call["call_id"] for row in listed for call in row["calls"]) == missed
    assert [gap["witness"] for gap in gaps] == ["ami"]
    assert gaps[0]["to"] is not None


async def test_while_the_database_is_away_calls_are_heard_and_stored_when_it_is_back(
    tmp_path: Path, home: Path
) -> None:
    started = datetime.now(SHANGHAI)
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab, backend_on(lab, home) as backend:
        postmaster = int((home / "data" / "postgresql" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGSTOP)
        try:
            await play(load_scenario("busy_line"), lab)
        finally:
            os.kill(postmaster, signal.SIGCONT)
        calls = await settled_calls(backend, count=1, started=started, witnesses=("ami", "ledger"))

    assert [(call["outcome"], call["confirmed"]) for call in calls] == [("busy", True)]


async def until_up(backend: Backend, count: int, started: datetime) -> None:
    day = started.date().isoformat()
    async with asyncio.timeout(SETTLE_SECONDS):
        while (await backend.get(f"/api/v1/calls/summary?day={day}"))["up"] < count:
            await asyncio.sleep(0.05)
