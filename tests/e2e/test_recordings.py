"""Recordings and messages on a real Asterisk: what each phone played is heard again over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hotline_demo.backend import Backend
from hotline_lab.asterisk import Lab, LabInfo
from hotline_lab.play import Stage, play
from hotline_lab.scenario import parse_scenario
from tests.e2e.hearing import voices_in
from tests.e2e.places import backend_on, fresh_home

NUMBER = 8
SETTLE_SECONDS = 40.0

MORNING = parse_scenario(
    """
title = "A talk, a call back, a message, and one who gives up"

[[agents]]
extension = "1001"
calls = ["ring 0.5, answer, speak 30, stay"]

[[mobiles]]
number = "13805190028"
calls = ["ring 0.5, answer, speak 30, stay"]

[[callers]]
number = "05198800081"
dials = "12315"
plan = "speak 8, hang up"

[[callers]]
number = "05198800082"
dials = "96303"
plan = "speak 14, hang up"

[[callers]]
number = "05198800083"
dials = "96304"
plan = "talk 3, hang up"

[[diallers]]
extension = "1008"
dials = "13805190028"
plan = "speak 4, hang up"
"""
)

LONG_TALK = parse_scenario(
    """
title = "A talk that nobody ends"

[[agents]]
extension = "1001"
calls = ["ring 0.5, answer, speak 60, stay"]

[[callers]]
number = "05198800084"
dials = "12315"
plan = "speak 60, hang up"
"""
)


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as folder:
        yield folder


def folders(info: LabInfo) -> dict[str, str]:
    return {"CALLCENTER_RECORDINGS_DIR": info.recordings_dir, "CALLCENTER_VOICEMAIL_DIR": info.voicemail_dir}


async def call_of(backend: Backend, **wanted: str) -> dict[str, Any]:
    """The one call that is over and is like that, with a limit."""
    async with asyncio.timeout(SETTLE_SECONDS):
        while True:
            page = await backend.get("/api/v1/calls?unmask=true&reason=test&limit=200")
            found: list[dict[str, Any]] = [
                call for call in page["items"] if call["outcome"] and wanted.items() <= call.items()
            ]
            if found:
                return found[0]
            await asyncio.sleep(0.1)


async def recordings_of(backend: Backend, call: dict[str, Any]) -> dict[str, Any]:
    """What is told of a call's recording once it was looked for, with a limit."""
    async with asyncio.timeout(SETTLE_SECONDS):
        while True:
            told: dict[str, Any] = await backend.get(f"/api/v1/calls/{call['pbx']}/{call['call_id']}/recordings")
            if told["missing"] not in ("not_looked_yet", "still_up"):
                return told
            await asyncio.sleep(0.1)


async def voices_of(backend: Backend, told: dict[str, Any]) -> dict[str, set[str]]:
    return {
        item["kind"]: voices_in(await backend.content(f"/api/v1/recordings/{item['id']}/audio?reason=complaint"))
        for item in told["items"]
    }


async def test_every_side_is_heard_in_its_own_file_and_a_message_says_what_the_caller_said(
    tmp_path: Path, home: Path
) -> None:
    async with (
        Lab(pbx=NUMBER, state=tmp_path / "lab") as lab,
        backend_on(lab, home, folders(lab.info)) as backend,
    ):
        await backend.add_user("boss", role="admin")
        await play(MORNING, lab)
        talk = await call_of(backend, caller_raw="05198800081")
        recorded = await recordings_of(backend, talk)
        assert await voices_of(backend, recorded) == {
            "mixed": {"caller", "agent"},
            "caller": {"caller"},
            "callee": {"agent"},
        }
        back = await call_of(backend, direction="outbound")
        assert await voices_of(backend, await recordings_of(backend, back)) == {
            "mixed": {"dialler", "mobile"},
            "caller": {"dialler"},
            "callee": {"mobile"},
        }
        given_up = await call_of(backend, caller_raw="05198800083")
        assert (await recordings_of(backend, given_up)) == {"items": [], "missing": "never_answered"}

        await call_of(backend, outcome="voicemail")
        async with asyncio.timeout(SETTLE_SECONDS):
            while not (messages := (await backend.get("/api/v1/messages"))["items"]):
                await asyncio.sleep(0.1)
        (message,) = messages
        said = await backend.content(f"/api/v1/messages/{message['id']}/audio")
        listened = (await backend.ask("GET", "/api/v1/recordings/listenings", user="boss")).body["items"]

    for item in recorded["items"]:
        notice, answered = (datetime.fromisoformat(moment) for moment in (item["notice_at"], talk["answered_at"]))
        assert answered - timedelta(seconds=5) < notice < answered
        assert item["seconds"] == pytest.approx(talk["talk_seconds"], abs=0.5)
        assert not item["is_silent"]
        assert not item["is_mended"]
    assert voices_in(said) == {"caller"}
    assert (message["caller_number"], message["is_silent"]) == ("+865198800082", False)
    assert message["seconds"] > 2
    assert sorted((entry["kind"], entry["user"], entry["reason"]) for entry in listened) == sorted(
        [(kind, "demo", "complaint") for kind in ("mixed", "caller", "callee")] * 2 + [("message", "demo", None)],
        key=str,
    )
    assert all(entry["seconds"] > 1 for entry in listened)


async def test_what_was_said_before_asterisk_was_killed_can_be_heard(tmp_path: Path, home: Path) -> None:
    async with (
        Lab(pbx=NUMBER, state=tmp_path / "lab") as lab,
        backend_on(lab, home, folders(lab.info)) as backend,
    ):
        stage = Stage(LONG_TALK, lab)
        talk = asyncio.create_task(stage.play())
        async with asyncio.timeout(SETTLE_SECONDS):
            while not any(file.stat().st_size > 100_000 for file in Path(lab.info.recordings_dir).glob("*/*.wav")):
                await asyncio.sleep(0.1)
        await lab.kill()
        talk.cancel()
        await asyncio.wait([talk])
        await lab.restart()
        call = await call_of(backend, caller_raw="05198800084")
        recorded = await recordings_of(backend, call)
        voices = await voices_of(backend, recorded)

    assert call["outcome"] == "answered"
    assert voices == {"mixed": {"caller", "agent"}, "caller": {"caller"}, "callee": {"agent"}}
    assert {item["is_mended"] for item in recorded["items"]} == {True}
    assert all(item["seconds"] > 5 for item in recorded["items"])
