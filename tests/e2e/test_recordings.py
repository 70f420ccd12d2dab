"""Recordings and messages on a real Asterisk: what each phone played is heard again over HTTP."""

from __future__ import annotations

import asyncio
import wave
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hotline_demo.backend import Backend
from hotline_lab.asterisk import Lab
from hotline_lab.play import Stage, play
from hotline_lab.registry import LabInfo
from hotline_lab.scenario import parse_scenario
from hotline_lab.sound import tone
from tests.e2e.call_recordings import recordings_of, voices_of
from tests.e2e.counting_caller import calling
from tests.e2e.desks import ANY_HOUR, dial, ended, seat, stage
from tests.e2e.places import backend_on, fresh_home
from tests.e2e.sound_check import HEARD, height, samples_of, voices_in

NUMBER = 8
SETTLE_SECONDS = 40.0

MORNING = parse_scenario(
    """
title = "A talk, a call back, a line that rings a mobile, a message, and one who gives up"

[[agents]]
extension = "1001"
calls = ["ring 0.5, answer, speak 30, stay"]

[[mobiles]]
number = "13805190028"
calls = ["ring 0.5, answer, speak 30, stay"]

[[mobiles]]
number = "13905190001"
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

[[callers]]
number = "05198800085"
dials = "96309"
plan = "speak 7, hang up"

[[diallers]]
extension = "1008"
dials = "13805190028"
plan = "speak 4, hang up"
"""
)

EVERY_WAY = parse_scenario(
    """
title = "A call to the hotline, one to a line that rings a phone, and one that an agent makes"

[[agents]]
extension = "1001"
calls = ["ring 0.5, answer, speak 30, stay"]

[[agents]]
extension = "1008"
calls = ["ring 0.5, answer, speak 30, stay"]

[[mobiles]]
number = "13805190028"
calls = ["ring 0.5, answer, speak 30, stay"]

[[callers]]
number = "05198800086"
dials = "12315"
plan = "speak 4, hang up"

[[callers]]
number = "05198800087"
dials = "96307"
plan = "speak 3, hang up"

[[diallers]]
extension = "1009"
dials = "13805190028"
plan = "speak 3, hang up"
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
            page = await backend.get("/api/v1/calls?limit=200", reason="test")
            found: list[dict[str, Any]] = [
                call for call in page["items"] if call["outcome"] and wanted.items() <= call.items()
            ]
            if found:
                return found[0]
            await asyncio.sleep(0.1)


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
        forwarded = await call_of(backend, caller_raw="05198800085")
        assert await voices_of(backend, await recordings_of(backend, forwarded)) == {
            "mixed": {"caller", "mobile"},
            "caller": {"caller"},
            "callee": {"mobile"},
        }
        all_told = [(call, await recordings_of(backend, call)) for call in (talk, back, forwarded)]
        given_up = await call_of(backend, caller_raw="05198800083")
        assert (await recordings_of(backend, given_up)) == {"items": [], "next": None, "missing": "never_answered"}

        await call_of(backend, outcome="voicemail")
        async with asyncio.timeout(SETTLE_SECONDS):
            while not (messages := (await backend.get("/api/v1/messages", reason="test"))["items"]):
                await asyncio.sleep(0.1)
        (message,) = messages
        said = await backend.content(f"/api/v1/messages/{message['id']}/audio")
        listened = (await backend.ask("GET", "/api/v1/recordings/listenings", user="boss")).body["items"]

    for call, told in all_told:
        for item in told["items"]:
            check_notice(item, call)
            assert item["seconds"] == pytest.approx(call["talk_seconds"], abs=0.5)
            assert not item["is_silent"]
            assert not item["is_mended"]
    assert voices_in(said) == {"caller"}
    assert (message["caller_number"], message["is_silent"]) == ("+865198800082", False)
    assert message["seconds"] > 2
    assert sorted((entry["kind"], entry["user"], entry["reason"]) for entry in listened) == sorted(
        [(kind, "demo", "complaint") for kind in ("mixed", "caller", "callee")] * 3 + [("message", "demo", None)],
        key=str,
    )
    assert all(entry["seconds"] > 1 for entry in listened)


def check_notice(item: dict[str, Any], call: dict[str, Any]) -> None:
    """The notice was given, and before anything was said that is recorded."""
    notice, answered = (datetime.fromisoformat(moment) for moment in (item["notice_at"], call["answered_at"]))
    assert answered - timedelta(seconds=5) < notice <= answered


async def test_a_click_to_call_is_recorded_once_the_one_who_is_rung_has_been_told(tmp_path: Path, home: Path) -> None:
    settings = ANY_HOUR | {"CALLCENTER_DIAL_PREFIXES": "+86138051900"}
    talks, leaves = "13805190051", "13805190052"
    async with (
        Lab(pbx=NUMBER, state=tmp_path / "lab") as lab,
        backend_on(lab, home, settings | folders(lab.info)) as backend,
    ):
        await seat(backend, {"chen": "PJSIP/1008"})
        phones = stage(
            lab,
            agents={"1008": ["ring 0.5, answer, speak 30, stay"]},
            mobiles={
                talks: ["ring 0.5, answer, speak 7, hang up"],
                leaves: ["ring 0.5, answer, talk 1, hang up"],
            },
        )
        async with phones.ready():
            calls = []
            for number, outcome in ((talks, "talked"), (leaves, "no_answer")):
                started = await dial(backend, "chen", {"number": number})
                told = await ended(backend, started.body["id"], outcome)
                calls.append(await call_of(backend, call_id=told["call_id"]))
        recorded = await recordings_of(backend, calls[0])
        voices = await voices_of(backend, recorded)
        unrecorded = await recordings_of(backend, calls[1])
        heard_mobiles = [call.ending for call in phones.calls() if call.kind == "mobile"]

    assert voices == {"mixed": {"agent", "mobile"}, "caller": {"agent"}, "callee": {"mobile"}}
    for item in recorded["items"]:
        check_notice(item, calls[0])
        assert item["seconds"] == pytest.approx(calls[0]["talk_seconds"], abs=0.5)
    assert calls[0]["talk_seconds"] < 6
    assert unrecorded == {"items": [], "next": None, "missing": "never_answered"}
    assert (calls[1]["outcome"], calls[1]["talks"]) == ("no_answer", [])
    assert heard_mobiles == [("ended", "self"), ("ended", "self")]
    assert list(Path(lab.info.recordings_dir).glob(f"{calls[1]['call_id']}/*")) == []


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


OWN_HERTZ = 1300
"""Neither a voice nor the music."""


async def test_an_own_notice_is_heard_from_the_next_call_on_and_without_any_nobody_is_recorded(tmp_path: Path) -> None:
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab:
        sounds = lab.state / "sounds"
        before = await hear_greeting(lab)
        (sounds / "zh_own").mkdir()
        with wave.open(str(sounds / "zh_own" / "recorded.wav"), "wb") as own:
            own.setparams((1, 2, 8000, 0, "NONE", ""))
            own.writeframes(tone(2.5, hertz=OWN_HERTZ))
        after = await hear_greeting(lab)
        await play(EVERY_WAY, lab)
        told = files_by_notice(lab)
        for file in sounds.glob("*/recorded.wav"):
            file.unlink()
        untold = await play(EVERY_WAY, lab)
        untold_files = files_by_notice(lab)

    assert before < HEARD / 5 < HEARD < after
    assert told == {"notice": 6, "noticed": 3}
    assert untold_files == told
    assert [call.is_answered for call in untold] == [True] * 6


async def hear_greeting(lab: Lab) -> float:
    """How high the tone of the own notice is in what a caller hears at first."""
    async with calling(lab.info, number="05198800088") as caller:
        async with asyncio.timeout(SETTLE_SECONDS):
            while len(caller.sound) < 2 * 8000:
                await asyncio.sleep(0.05)
    return height(samples_of(caller.sound[4000:12000]), OWN_HERTZ)


def files_by_notice(lab: Lab) -> Counter[str]:
    """How many files tell the moment of the notice, and how many that it was given on the answer."""
    names = [file.name for file in Path(lab.info.recordings_dir).glob("*/*.wav")]
    return Counter("noticed" if "-noticed" in name else "notice" if "-notice" in name else "none" for name in names)
