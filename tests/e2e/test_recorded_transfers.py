"""What a recording has of a caller who is handed on: everybody's voice, from their first word to the last."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hotline_lab.asterisk import Lab
from hotline_lab.play import play
from hotline_lab.scenario import parse_scenario
from tests.e2e.sound_check import seconds_of_each

NUMBER = 8
SPOKEN = 6.0
"""Seconds for which each of them talks to the caller."""
LIMIT = 10.0

HANDED_ON = {
    "blindly": ("speak 6, transfer 1008", "ring 60, busy", "answer, speak 6, hang up"),
    "while the colleague is still rung": (
        "speak 6, consult-ringing 1008, complete",
        "ring 60, busy",
        "ring 1, answer, speak 6, hang up",
    ),
    "in vain, to the next in line": ("speak 6, transfer 1009", "ring 0.5, answer, speak 6, hang up", "busy"),
}


@pytest.mark.parametrize("how", HANDED_ON)
async def test_the_voice_of_whoever_has_the_caller_next_is_recorded_from_its_beginning(
    tmp_path: Path, how: str
) -> None:
    first, second, colleague = HANDED_ON[how]
    plans = {"1001": [f"answer, {first}", "busy"], "1002": [second], "1008": [colleague]}
    lines = [
        f'[[agents]]\nextension = "{number}"\nvoice = "{"agent" if number == "1001" else "mobile"}"\ncalls = {calls}'
        for number, calls in plans.items()
    ]
    caller = '[[callers]]\nnumber = "05198800015"\ndials = "12315"\nplan = "speak 60, stay"'
    scenario = parse_scenario("\n\n".join(['title = "A caller is handed on"', *lines, caller]))
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab:
        await play(scenario, lab)
        folder = Path(lab.info.recordings_dir)
        async with asyncio.timeout(LIMIT):
            while not (files := list(folder.rglob("*-callee.wav"))):
                await asyncio.sleep(0.1)
        (heard,) = files
        spoken = seconds_of_each(heard.read_bytes())
    assert spoken.keys() == {"agent", "mobile"}, spoken
    assert min(spoken.values()) == pytest.approx(SPOKEN, abs=0.5), spoken
    assert max(spoken.values()) == pytest.approx(SPOKEN, abs=0.5), spoken
