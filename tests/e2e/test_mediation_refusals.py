"""Mediations on a real Asterisk in which somebody does not want to be recorded: the voice is in no file any more."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hotline_lab.asterisk import Lab
from hotline_lab.sound import voice
from tests.e2e.counting_caller import calling
from tests.e2e.mediation_room import (
    Centre,
    Desk,
    bridged,
    check_sound,
    clock,
    files_of,
    hang_up,
    has_answered,
    line,
    open_centre,
    phones,
    until,
)
from tests.e2e.sound_check import voices_ever_in

NUMBER = 1
TALK_SECONDS = 4.0
AT_ONCE_SECONDS = 0.5

MERCHANT = "13805190051"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    async with open_centre(tmp_path_factory.mktemp("lab"), NUMBER) as centre:
        yield centre


REASON = {"X-Reason": "appeal"}


async def test_a_consumer_who_refuses_is_recorded_no_longer_not_even_by_the_next_agent(centre: Centre) -> None:
    desk = Desk(centre)
    agents = (
        line("1001", "ring 0.2, answer, speak 90, hang up", "ring 9, busy"),
        line("1002", "ring 0.2, answer, speak 90, hang up"),
    )
    mobiles = (line(MERCHANT, "ring 0.2, answer, speak 90, hang up"),)
    await centre.sit_down("mei", "1001")
    async with phones(centre, agents=agents, mobiles=mobiles) as stage:
        async with calling(centre.lab.info, number="05198800058", sound=voice("caller")) as caller:
            since = clock()
            await until(lambda: bridged(centre.lab))
            await asyncio.sleep(TALK_SECONDS)
            await desk.start()
            await desk.ring(MERCHANT)
            await desk.until_in("merchant", "room")
            await asyncio.sleep(TALK_SECONDS)
            consumer = await desk.leg("consumer")
            await desk.do("PUT", f"/legs/{consumer['id']}/consent", {"takes_part": True, "may_be_recorded": False})
            refused = time.time()
            await asyncio.sleep(TALK_SECONDS)
            await hang_up(centre.lab, "1001")
            await until(lambda: has_answered(stage, "1002"))
            await asyncio.sleep(TALK_SECONDS)
            await centre.sit_down("mei", "1002")
            again = Desk(centre)
            await again.start()
            await asyncio.sleep(TALK_SECONDS)
            check_sound(caller, since)
        await again.do("POST", "/end")
        told = await desk.until(lambda told: told["recordings_stored_at"] is not None)
        after = await again.until(lambda told: told["recordings_stored_at"] is not None)

    assert [leg["may_be_recorded"] for leg in after["legs"]] == [None, False]
    folder = Path(centre.lab.info.recordings_dir) / "mediation" / str(after["id"])
    assert [voices_ever_in(file.read_bytes()) for file in folder.iterdir()] == [{"agent"}], "a second time neither"
    heard = await asyncio.to_thread(hear_all, centre.lab, told)
    assert heard["room"].voices == {"caller", "agent", "mobile"}
    assert heard["consumer"].voices == {"caller"}
    assert heard["host"].voices == {"agent"}
    assert heard["merchant"].voices == {"mobile"}
    assert heard["call before"].voices == {"caller", "agent"}
    assert "call again" not in heard
    last = {name: file.written_until - refused for name, file in heard.items()}
    assert all(last[name] < AT_ONCE_SECONDS for name, file in heard.items() if "caller" in file.voices), last
    assert last["host"] > TALK_SECONDS - 1
    assert last["merchant"] > TALK_SECONDS - 1

    stopped = [event["leg_id"] for event in told["events"] if event["what"] == "recording_stopped"]
    assert stopped == [None, consumer["id"]]
    for file in told["recordings"]:
        is_theirs = file["leg_id"] in (None, consumer["id"])
        assert (file["refused_at"] is not None, file["stopped_at"] is not None) == (is_theirs, is_theirs)
        path = f"/api/v1/mediation-recordings/{file['id']}/audio"
        assert hashlib.sha256(await centre.backend.content(path, headers=REASON)).hexdigest() == file["sha256"]
        if is_theirs:
            assert (await centre.backend.ask("GET", path, user="mei", headers=REASON)).status == 404
        else:
            assert (
                hashlib.sha256(await centre.backend.content(path, user="mei", headers=REASON)).hexdigest()
                == file["sha256"]
            )


async def test_a_merchant_who_refuses_is_in_no_file_and_the_consumer_is_recorded_on_and_with_the_next_agent(
    centre: Centre,
) -> None:
    desk = Desk(centre)
    agents = (
        line("1001", "ring 0.2, answer, speak 90, hang up", "ring 9, busy"),
        line("1002", "ring 0.2, answer, speak 90, hang up"),
    )
    mobiles = (line(MERCHANT, "ring 0.2, answer, speak 90, hang up"),)
    await centre.sit_down("mei", "1001")
    async with phones(centre, agents=agents, mobiles=mobiles) as stage:
        async with calling(centre.lab.info, number="05198800059", sound=voice("caller")) as caller:
            since = clock()
            await until(lambda: bridged(centre.lab))
            await asyncio.sleep(TALK_SECONDS)
            await desk.start()
            await desk.ring(MERCHANT)
            await desk.until_in("merchant", "room")
            await asyncio.sleep(TALK_SECONDS)
            merchant = await desk.leg("merchant")
            await desk.do("PUT", f"/legs/{merchant['id']}/consent", {"takes_part": False, "may_be_recorded": False})
            refused = time.time()
            await asyncio.sleep(TALK_SECONDS)
            await hang_up(centre.lab, "1001")
            await until(lambda: has_answered(stage, "1002"))
            await asyncio.sleep(TALK_SECONDS)
            check_sound(caller, since)
        told = await desk.until(lambda told: told["recordings_stored_at"] is not None)

    heard = await asyncio.to_thread(hear_all, centre.lab, told)
    assert heard["merchant"].voices == {"mobile"}
    assert heard["room"].voices == {"caller", "agent", "mobile"}
    assert heard["consumer"].voices == {"caller"}
    assert heard["call again"].voices == {"caller", "agent"}
    last = {name: file.written_until - refused for name, file in heard.items()}
    assert all(last[name] < AT_ONCE_SECONDS for name, file in heard.items() if "mobile" in file.voices), last
    assert last["consumer"] > TALK_SECONDS - 1
    call = f"/api/v1/calls/{told['pbx']}/{told['call_id']}/recordings"
    kept = await until(lambda: files_of(centre, call))
    assert sum(file["kind"] == "mixed" for file in kept) == 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """A file on the PBX's disk: who speaks anywhere in it, and when it was written last."""

    voices: set[str]
    written_until: float


def hear_all(lab: Lab, told: dict[str, Any]) -> dict[str, Recorded]:
    """Every file of a mediation by role, and those of both sides of the consumer's call before and after it."""
    roles = {f"{leg['call_id']}.wav": leg["role"] for leg in told["legs"]}
    monitor = Path(lab.info.recordings_dir)
    found = {}
    for path in (*(monitor / "mediation" / str(told["id"])).iterdir(), *(monitor / told["call_id"]).iterdir()):
        if path.name.endswith(("-caller.wav", "-callee.wav")):
            continue
        of_call = "call again" if "-again" in path.name else "call before"
        name = of_call if path.parent.name == told["call_id"] else roles.get(path.name, path.stem)
        found[name] = Recorded(voices=voices_ever_in(path.read_bytes()), written_until=path.stat().st_mtime)
    return found
