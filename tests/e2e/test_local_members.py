"""Seats behind Local members, as FreePBX writes its queues: states, rings and calls stand under the same device."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hotline_demo.backend import Backend
from hotline_lab.asterisk import Lab
from hotline_lab.play import play
from hotline_lab.scenario import parse_scenario
from tests.e2e.desks import until
from tests.e2e.places import backend_on, fresh_home

MEMBERS = {"1008": "Local/1008@from-queue/n", "1009": "Local/1009@from-queue/n"}
QUEUE = "\n[q600]\nstrategy = ringall\ntimeout = 15\n" + "".join(
    f"member => {interface},0,Agent {device},hint:{device}@ext-local\n" for device, interface in MEMBERS.items()
)
DIALPLAN = """
[from-trunk](+)
exten => 600,1,Answer()
 same => n,Queue(q600,t,,,20)
 same => n,Hangup()

[from-queue]
exten => _10XX,1,Dial(PJSIP/${EXTEN},15,tr)

[ext-local]
exten => 1008,hint,PJSIP/1008
exten => 1009,hint,PJSIP/1009
"""
CALL = """
title = "One of two phones behind Local members answers"
[[agents]]
extension = "1008"
calls = ["ring 1, answer, stay"]
[[agents]]
extension = "1009"
calls = ["ring 15, answer, stay"]
[[callers]]
number = "05198800001"
dials = "600"
plan = "talk 6, hang up"
"""


async def seats(backend: Backend) -> dict[str, dict[str, Any]]:
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    found = await backend.get(f"/api/v1/statistics/agents?from_day={today}&to_day={today}")
    return {seat["device"]: seat for seat in found["seats"]}


async def test_states_rings_and_calls_of_a_local_member_stand_under_the_phone_behind_it(tmp_path: Path) -> None:
    config = {"queues.conf": QUEUE, "extensions.conf": DIALPLAN}
    with fresh_home() as home:
        async with Lab(pbx=5, state=tmp_path / "lab", more_config=config) as lab, backend_on(lab, home) as backend:
            await play(parse_scenario(CALL), lab)

            async def told() -> dict[str, dict[str, Any]] | None:
                found = await seats(backend)
                return found if found.get("1008", {}).get("calls") == 1 else None

            found = await until(told)

    assert [(device, found[device]["interface"]) for device in ("1008", "1009")] == list(MEMBERS.items())
    assert [(found[device]["calls"], found[device]["rings"]) for device in ("1008", "1009")] == [(1, 1), (0, 1)]
    assert found["1008"]["talked_seconds"] > 1
    assert found["1009"]["rings_unanswered"] == 0  # called off, because the colleague had answered
    assert "talking" in found["1008"]["state_seconds"]
    assert "n" not in found
