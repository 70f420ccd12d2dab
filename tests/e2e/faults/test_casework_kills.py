"""Matters are worked on while the backend and its database are killed: afterwards the register is whole."""

from __future__ import annotations

from datetime import timedelta

from hotline_soak.casework import play_casework
from tests.e2e.places import TestedBackend, fresh_home

LENGTH = timedelta(seconds=20)
SEED = 20261130


async def test_numbers_log_states_and_clocks_agree_after_kills_and_nothing_that_was_answered_is_missing() -> None:
    with fresh_home() as home:
        verdict, done, kills = await play_casework(home, TestedBackend, LENGTH, SEED)
    assert verdict.lines()[1:] == ["0 faults"]
    assert verdict.is_good
    assert kills >= 2
    assert done.steps.total() > 20
