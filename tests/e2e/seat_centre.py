"""A call centre whose agents sit at seats of pages, with phones that can die: one PBX, one backend, many tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hotline_demo.backend import Backend
from hotline_lab.asterisk import Lab
from hotline_lab.play import list_channels
from tests.e2e.counting_caller import CountingCaller
from tests.e2e.desks import seat, until
from tests.e2e.page_phone import SipLogin
from tests.e2e.places import backend_on, fresh_home
from tests.e2e.seat_phone import SEATS, SeatPhone, seat_phone

AGENTS = {"li.lei": "2051", "han.mei": "2052"}
LIMIT = 40.0
"""Seconds after which what a caller or a phone was to hear has not come."""


@dataclass(kw_only=True)
class Centre:
    """A PBX with a seat of a page for each agent, and a backend."""

    lab: Lab
    backend: Backend
    earlier: set[str] = field(default_factory=set)
    """Calls of tests before this one."""

    @asynccontextmanager
    async def phone(self, agent: str) -> AsyncIterator[SeatPhone]:
        """The agent's page, loaded anew: it takes the phone and registers."""
        answer = await self.backend.ask("POST", "/api/v1/phone", {}, user=agent)
        assert answer.status == 201, answer
        login = SipLogin(seat=AGENTS[agent], login=answer.body["login"], ha1=answer.body["ha1"])
        async with seat_phone(self.lab.info, login) as phone:
            yield phone

    async def call(self, *, is_heard: bool = True) -> dict[str, Any]:
        """The record of the one call from or to outside, once both witnesses have told of its end and agree.

        A colleague who is asked first makes another. Where the backend did not hear all of it live, the word of the
        ledger is enough.
        """
        seen: list[Any] = []

        async def find() -> dict[str, Any] | None:
            outside = [call for call in await self.calls() if call["direction"] != "internal"]
            seen[:] = [call for call in outside if call["call_id"] not in self.earlier]
            is_told = len(seen) == 1 and (seen[0]["confirmed"] or (not is_heard and seen[0]["ended_at"]))
            return dict(seen[0]) if is_told else None

        try:
            found: dict[str, Any] = await until(find)
        except TimeoutError:
            told = [await self.backend.get(f"/api/v1/calls/{call['pbx']}/{call['call_id']}") for call in seen]
            raise AssertionError(f"The witnesses do not agree: {told}") from None
        assert (found["complete"], found["anomalies"]) == (True, [])
        return found

    @asynccontextmanager
    async def fresh(self) -> AsyncIterator[None]:
        """For one test: earlier calls are not its own, and nobody is registered behind it."""
        self.earlier = {call["call_id"] for call in await self.calls()}
        yield
        for agent in AGENTS:
            async with self.phone(agent) as phone:
                await phone.register(seconds=0)

    async def calls(self) -> list[dict[str, Any]]:
        return list((await self.backend.get("/api/v1/calls"))["items"])

    async def transfer(self, action: str, number: str) -> None:
        """What an agent at 2051 does to the caller, by AMI."""
        name = next(
            channel["Channel"]
            for channel in await list_channels(self.lab)
            if channel["Channel"].startswith("PJSIP/2051-") and channel["BridgeId"]
        )
        client = await self.lab.ami(commands=True)
        try:
            answer = await client.action(action, Channel=name, Context="from-web", Exten=number)
        finally:
            await client.close()
        assert answer["Response"] == "Success", answer


@asynccontextmanager
async def seat_centre(number: int, state: Path) -> AsyncIterator[Centre]:
    """On the PBX of this number; both agents are signed on and nobody is registered."""
    with fresh_home() as home:
        async with AsyncExitStack() as stack:
            lab = await stack.enter_async_context(Lab(pbx=number, state=state, more_config=SEATS))
            settings = {
                "CALLCENTER_PHONE_WEBSOCKET": lab.info.websocket,
                "CALLCENTER_RECORDINGS_DIR": lab.info.recordings_dir,
                "CALLCENTER_DIAL_PREFIXES": "+86139",
            }
            backend = await stack.enter_async_context(backend_on(lab, home, settings))
            await seat(backend, {agent: f"PJSIP/{number}" for agent, number in AGENTS.items()})
            yield Centre(lab=lab, backend=backend)


async def talks_to(phone: SeatPhone) -> float:
    """Waits until it talks; the moment by the loop's clock."""
    async with asyncio.timeout(LIMIT):
        await phone.is_talking.wait()
    return phone.answered_at[-1]


async def hears_something(caller: CountingCaller) -> bool:
    """Whether unbroken sound reaches the caller; after a transfer it may begin a moment later."""
    loop = asyncio.get_running_loop()
    until = loop.time() + 5.0
    while loop.time() < until:
        since = loop.time()
        await asyncio.sleep(1.0)
        if caller.heard(since, since + 1.0).share > 0.8:
            return True
    return False


async def hung_up(caller: CountingCaller) -> None:
    """Waits until the PBX has hung up on the caller."""
    async with asyncio.timeout(LIMIT):
        while caller.hung_up_at is None:
            await asyncio.sleep(0.02)


def partners(call: dict[str, Any]) -> list[str]:
    return [talk["with"] for talk in call["talks"]]
