"""Agents at their desks, for tests: who sits where, and what they ask of the backend."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from hotline_demo.backend import SUPERVISOR, Answer, Backend
from hotline_lab.asterisk import Lab
from hotline_lab.play import PhoneCall, Stage, play
from hotline_lab.scenario import parse_scenario

ANY_HOUR = {
    "CALLCENTER_CALLING_HOURS_WORKDAY": "00:00-24:00",
    "CALLCENTER_CALLING_HOURS_DAY_OFF": "00:00-24:00",
    "CALLCENTER_CLOSING_TALK_SECONDS": "2",
}
"""Tests run at any hour, and their callers do not talk for long."""

LIMIT = 30.0
"""Seconds after which a condition that was waited for has failed."""


async def seat(backend: Backend, agents: dict[str, str]) -> None:
    """Add the agents and sign them on for the hotline: interface by name."""
    for name, interface in agents.items():
        await backend.add_user(name, role="agent")
        skills = {"skills": [{"queue": "hotline", "penalty": 0}]}
        for method, path, body, user in (
            ("PUT", f"/api/v1/agents/{name}/skills", skills, SUPERVISOR),
            ("POST", "/api/v1/agents/me/sign-on", {"device": interface}, name),
        ):
            answer = await backend.ask(method, path, body, user=user)
            assert answer.status in (200, 201, 202, 204), answer


def stage(lab: Lab, *, agents: dict[str, list[str]], mobiles: dict[str, list[str]]) -> Stage:
    """Phones that can be rung, each with a plan for every call."""
    parts = ['title = "Phones that are rung by the backend"']
    parts += [f'[[agents]]\nextension = "{number}"\ncalls = {plans}' for number, plans in agents.items()]
    parts += [f'[[mobiles]]\nnumber = "{number}"\ncalls = {plans}' for number, plans in mobiles.items()]
    return Stage(parse_scenario("\n\n".join(parts)), lab)


async def ring_in(lab: Lab, *numbers: str, plan: str = "talk 1, hang up") -> tuple[PhoneCall, ...]:
    """Callers who ring the hotline, by default to hang up while they are greeted."""
    parts = ['title = "Callers"']
    parts += [f'[[callers]]\nnumber = "{number}"\ndials = "12315"\nplan = "{plan}"' for number in numbers]
    return await play(parse_scenario("\n\n".join(parts)), lab)


async def dial(backend: Backend, user: str, body: Any, *, key: str | None = None) -> Answer:
    """Click to call."""
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return await backend.ask("POST", "/api/v1/dials", body, user=user, headers=headers)


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
    """What the condition gives as soon as it gives anything, with a limit."""
    async with asyncio.timeout(LIMIT):
        while not (found := await condition()):
            await asyncio.sleep(0.1)
    return found


async def waiting(backend: Backend, count: int) -> dict[str, int]:
    """The episodes of everybody who waits for a call back, by number, once there are so many."""

    async def find() -> dict[str, int] | None:
        items = (await backend.get("/api/v1/callbacks", reason="test"))["items"]
        if len(items) != count:
            return None
        return {str(item["caller_number"]): item["id"] for item in items}

    return dict(await until(find) if count else {})


async def ended(backend: Backend, dial_id: int, outcome: str) -> dict[str, Any]:
    """The dial, once it has ended so: the witnesses may tell one after the other."""

    told: dict[str, Any] = {}

    async def has_ended() -> bool:
        told.update(await backend.get(f"/api/v1/dials/{dial_id}"))
        return bool(told["outcome"] == outcome)

    try:
        await until(has_ended)
    except TimeoutError:
        raise AssertionError(f"The dial has not ended as {outcome}: {told}") from None
    return told


async def closed_by(backend: Backend, episode_id: int) -> tuple[str, str]:
    """How the episode closed and the call that closed it, once one has."""

    async def find() -> tuple[str, str] | None:
        told = await backend.get(f"/api/v1/callbacks/{episode_id}")
        return (told["state"], told["closed_by"]["call_id"]) if told["closed_by"] else None

    state, call_id = await until(find)
    return state, call_id
