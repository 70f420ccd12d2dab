"""A unit is rung about an instruction on a real Asterisk, one phone after the other, while the backend is killed."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.dispatch.rules import spoken_of
from callcenter.casework.key_calls.rules import RING_FOR
from callcenter.casework.key_calls.sound import name_sound
from hotline_demo.backend import Backend
from hotline_lab.asterisk import Lab
from hotline_lab.play import Stage
from hotline_lab.registry import LabInfo
from hotline_lab.scenario import parse_scenario
from tests.e2e.call_recordings import recordings_of, voices_of
from tests.e2e.desks import until
from tests.e2e.places import backend_on, fresh_home

NUMBER = 9
SETTLE_SECONDS = 60.0
PHONES = f"""
title = "A mailbox, one who does not answer, and one who presses 1"

[[mobiles]]
number = "13905190001"
calls = ["ring 1, answer, speak 60, stay"]

[[mobiles]]
number = "13905190002"
calls = ["busy", "ring {RING_FOR.seconds + 20}, answer, stay"]

[[mobiles]]
number = "13905190003"
calls = ["busy", "busy", "ring 1, answer, speak 6, key 1, stay"]
"""
"""Plans count the calls to all mobiles together."""


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as folder:
        yield folder


def folders(info: LabInfo) -> dict[str, str]:
    return {"CALLCENTER_RECORDINGS_DIR": info.recordings_dir, "CALLCENTER_SPOKEN_DIR": info.spoken_dir}


async def send(backend: Backend, method: str, path: str, body: Any, *, user: str = "demo", **headers: str) -> Any:
    answer = await backend.ask(method, f"/api/v1{path}", body, user=user, headers=headers)
    assert answer.status < 300, answer.body
    return answer.body


async def instruction(backend: Backend, is_wanted: Callable[[Any], bool]) -> Any:
    """The instruction, once it is as wanted."""
    seen: Any = None
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            while not is_wanted(seen := await backend.get("/api/v1/instructions/1")):
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(f"This did not come: {seen}") from None
    return seen


def rung(count: int) -> Callable[[Any], bool]:
    return lambda seen: len(seen["rings"]) == count


async def give(backend: Backend) -> None:
    """A unit with three people, a complaint, and an instruction about it."""
    await backend.add_user("admin", role="admin")
    await send(backend, "POST", "/units", {"name": "Wujin", "kind": "branch", "regions": []}, user="admin")
    for position in range(1, 4):
        contact = {"person": f"Wang {position}", "number": f"1390519000{position}", "hours": "always"}
        await send(backend, "PUT", f"/units/1/contacts/{position}", contact, user="admin")
    fields = {"title": "Bad milk", "facts": "Four are ill.", "respondent": "A shop", "requests": ["refund"]}
    party = {"name": "Zhang", "phone": "13900001111"}
    complaint = {"kind": "complaint", "channel": "visit", "fields": fields, "party": party, "register_now": True}
    ticket = await send(backend, "POST", "/tickets", complaint, **{"Idempotency-Key": "key-00000001"})
    body = {"ticket": ticket["number"], "unit_id": 1, "priority": "P2", "text": "Take it off the shelf."}
    await send(backend, "POST", "/instructions", body)


async def test_the_third_who_is_rung_acknowledges_although_the_backend_is_killed_twice_and_each_answer_is_recorded(
    tmp_path: Path, home: Path
) -> None:
    async with (
        Lab(pbx=NUMBER, state=tmp_path / "lab") as lab,
        backend_on(lab, home, folders(lab.info)) as backend,
    ):
        stage = Stage(parse_scenario(PHONES), lab)
        async with stage.ready():
            await give(backend)
            await instruction(backend, rung(2))
            await backend.kill()
            await backend.restart()
            await instruction(backend, rung(3))
            await backend.kill()
            await asyncio.sleep(9)  # the key is pressed meanwhile
            await backend.restart()
            done = await instruction(backend, lambda seen: seen["state"] != "issued")
        calls = [await instruction_call(backend, ring["pbx"], ring["call_id"]) for ring in done["rings"]]
        for call in (calls[0], calls[2]):
            await until(partial(has_files, backend, call))
        recordings = [await recordings_of(backend, call) for call in calls]
        voices = [await voices_of(backend, recorded) for recorded in recordings]
        history = (await backend.get("/api/v1/instructions/1/history"))["items"]
        heard = [said_in(lab, ring["call_id"]) for ring in done["rings"]]
        number = name_sound(spoken_of(done["number"], Priority.P2))

    assert [(ring["position"], ring["state"]) for ring in done["rings"]] == [
        (1, "no_answer"),
        (2, "no_answer"),
        (3, "acknowledged"),
    ]
    assert (done["acknowledged_by"], done["acknowledged_via"]) == ("Wang 3", "phone")
    assert [one["what"] for one in history if one["what"] != "warned"] == ["issued", "acknowledge"]
    assert [(call["direction"], call["talks"]) for call in calls] == [("outbound", [])] * 3
    asked = [number, "instruction"]
    assert heard == [["recorded", *asked, *asked], [], ["recorded", *asked]], "which one it is, until a key is pressed"
    recorded = {"mixed": {"mobile"}, "callee": {"mobile"}, "caller": set()}
    assert voices == [recorded, {}, recorded], "the mailbox and who pressed a key; the dialplan is no voice"
    assert [told["missing"] for told in recordings] == [None, "never_answered", None]
    assert all(item["notice_at"] for told in recordings for item in told["items"]), "nothing before the announcement"
    assert [(call.number, call.events[-1].name) for call in stage.calls()] == [
        ("13905190001", "ended"),
        ("13905190002", "cancelled"),
        ("13905190003", "ended"),
    ]


async def has_files(backend: Backend, call: dict[str, Any]) -> bool:
    """Whether its recording was taken in: of a call in which nobody talked nobody knows that it has one before."""
    return bool((await recordings_of(backend, call))["items"])


def said_in(lab: Lab, call_id: str) -> list[str]:
    """The names of the sounds with which somebody was asked for a key, in order."""
    with Path(lab.info.cel_csv).open(encoding="utf-8", newline="") as rows:
        told = [row[11] for row in csv.reader(rows) if row[14] == call_id and row[10] == "Read"]
    return [sound.rpartition("/")[2] for data in dict.fromkeys(told) for sound in data.split(",")[1].split("&")]


async def instruction_call(backend: Backend, pbx: str, call_id: str) -> Any:
    """The record of a ring, once the ledger has told it to its end too: the backend was away for some of it."""
    async with asyncio.timeout(SETTLE_SECONDS):
        while True:
            answer = await backend.ask("GET", f"/api/v1/calls/{pbx}/{call_id}")
            call: Any = answer.body["call"] if answer.status == 200 else {"outcome": None}
            if call["outcome"] is not None and "ledger" in call["witnesses"]:
                return call
            await asyncio.sleep(0.2)
