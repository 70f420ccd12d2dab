"""What an agent asked for behind a call comes, whatever happens meanwhile: the PBX keeps the wish."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hotline_demo.backend import Backend
from tests.e2e.places import fresh_home
from tests.e2e.test_agents import AGENT, LIMIT_SECONDS, SEAT, act, callers, calling, centre, must, until_state

CALLER = "05198800001"


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as folder:
        yield folder


async def wish(backend: Backend, reason: str | None) -> None:
    await must(backend, "PUT", "/agents/me/next-status", {"reason": reason}, user=AGENT)


async def until_own_seat(backend: Backend, state: str, next_reason: str | None) -> dict[str, Any]:
    """As the agent's desk shows it."""
    seat = None
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                seat = (await must(backend, "GET", "/me", user=AGENT))["document"]["seat"]
                if (seat["state"], seat["next_reason"]) == (state, next_reason):
                    return dict(seat)
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"The seat stayed as it is: {seat}")


async def until_wrap_up_ends(backend: Backend) -> None:
    """End it at once. Between the start of the backend and the PBX's list of members nothing runs that is known."""
    path = "/api/v1/agents/me/wrap-up"
    async with asyncio.timeout(LIMIT_SECONDS):
        while (answer := await backend.ask("POST", path, {"seconds": 0}, user=AGENT)).status == 409:
            assert answer.body["code"] == "no_wrap_up", answer
            await asyncio.sleep(0.1)
    assert answer.status < 300, answer


async def test_a_meal_that_is_asked_for_in_a_call_comes_behind_its_wrap_up_over_the_death_of_the_backend(
    tmp_path: Path, home: Path
) -> None:
    async with centre(tmp_path, home, wrap_up_seconds="5") as (lab, backend):
        await act(backend, "sign-on", {"device": SEAT})
        await until_state(backend, "available")
        async with calling(lab, callers((CALLER, "12315", "talk 14, hang up"))):
            talking = await until_state(backend, "talking")
            await wish(backend, "meal")
            asked = await until_own_seat(backend, "talking", "meal")
            await wish(backend, None)
            await until_own_seat(backend, "talking", None)
            await wish(backend, "meal")
            await until_own_seat(backend, "talking", "meal")
            await backend.kill()
            await backend.restart()
            after_death = await until_own_seat(backend, "talking", "meal")
            wrapping_up = await until_own_seat(backend, "wrap_up", "meal")
        eating = await until_state(backend, "paused", "meal")
        assert asked["since"] == talking["since"], "the wish begins no other state"
        assert after_death["since"] == talking["since"]
        assert eating["since"] >= wrapping_up["wrap_up_ends_at"]

        await act(backend, "resume")
        await until_state(backend, "available")
        async with calling(lab, callers((CALLER, "12315", "talk 4.5, hang up"))):
            await until_state(backend, "wrap_up")
            await wish(backend, "training")
            await until_own_seat(backend, "wrap_up", "training")
            await act(backend, "wrap-up", {"seconds": 600})
            await until_own_seat(backend, "wrap_up", "training")
            await backend.kill()
            await backend.restart()
            await until_own_seat(backend, "wrap_up", "training")
            await until_wrap_up_ends(backend)
            await until_own_seat(backend, "paused", None)
        await until_state(backend, "paused", "training")


async def test_a_call_that_ends_while_the_backend_is_away_is_followed_by_what_was_asked_for(
    tmp_path: Path, home: Path
) -> None:
    async with centre(tmp_path, home, wrap_up_seconds="5") as (lab, backend):
        await act(backend, "sign-on", {"device": SEAT})
        await until_state(backend, "available")
        async with calling(lab, callers((CALLER, "12315", "talk 5, hang up"))):
            await until_state(backend, "talking")
            await wish(backend, "meal")
            await until_own_seat(backend, "talking", "meal")
            await backend.kill()
        await backend.restart()
        await until_state(backend, "paused", "meal")


async def test_a_supervisor_who_pauses_an_agent_in_a_call_has_the_last_word_and_the_agent_sees_it(
    tmp_path: Path, home: Path
) -> None:
    async with centre(tmp_path, home, wrap_up_seconds="5") as (lab, backend):
        await act(backend, "sign-on", {"device": SEAT})
        await until_state(backend, "available")
        async with calling(lab, callers((CALLER, "12315", "talk 7, hang up"))):
            await until_state(backend, "talking")
            await wish(backend, "meal")
            await until_own_seat(backend, "talking", "meal")
            await must(backend, "POST", f"/agents/{AGENT}/pause", {"reason": "meeting"})
            await until_own_seat(backend, "talking", "meeting")
            at_once = await until_own_seat(backend, "paused", None)
        assert at_once["reason"] == "meeting"
        await must(backend, "POST", f"/agents/{AGENT}/resume")
        await until_own_seat(backend, "available", None)
