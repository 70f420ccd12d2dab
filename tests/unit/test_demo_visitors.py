"""Who rings when a key is pressed in the demo."""

from __future__ import annotations

import pytest

from hotline_demo.visitors import QUITS, TALKS, dialled
from hotline_lab.play import PLAY_SECONDS
from hotline_lab.scenario import TALKING_STEPS, parse_plan

SETUP_SECONDS = 15
"""Of a play: phones that start, and a PBX that has no channel left."""


@pytest.mark.parametrize("plan", [TALKS, QUITS])
def test_a_visitor_hangs_up_before_the_play_is_cut_off(plan: str) -> None:
    assert sum(step.seconds for step in parse_plan(plan, TALKING_STEPS)) < PLAY_SECONDS - SETUP_SECONDS


@pytest.mark.parametrize(("listed", "rung"), [("+8613805190041", "13805190041"), ("+865198800012", "05198800012")])
def test_the_phone_of_a_lost_caller_has_the_number_that_the_trunk_is_given(listed: str, rung: str) -> None:
    assert dialled(listed) == rung
