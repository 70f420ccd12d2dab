"""An agent's phone dies in a call: the caller is kept, by the dialplan alone, and both witnesses tell one story."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from hotline_demo.backend import Backend
from hotline_lab.asterisk import Lab
from hotline_lab.play import list_channels
from tests.e2e.counting_caller import CountingCaller, calling
from tests.e2e.desks import dial, seat, stage, until, waiting
from tests.e2e.page_phone import SipLogin
from tests.e2e.places import backend_on, fresh_home
from tests.e2e.seat_phone import SEATS, SeatPhone, seat_phone

pytestmark = pytest.mark.asyncio(loop_scope="module")

NUMBER = 7
AGENTS = {"li.lei": "2051", "han.mei": "2052"}
CALLER = "13905190009"
SILENCE = 5.0
"""Seconds after which a phone counts as dead."""
BACK = 10.0
"""Seconds for which the caller waits for the seat."""
LIMIT = 40.0


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
        """The record of the one call, once both witnesses have told of its end and agree.

        Where the backend did not hear all of it live, the ledger's word is enough.
        """
        seen: list[Any] = []

        async def find() -> dict[str, Any] | None:
            seen[:] = [call for call in await self.calls() if call["call_id"] not in self.earlier]
            is_told = len(seen) == 1 and (seen[0]["confirmed"] or (not is_heard and seen[0]["ended_at"]))
            return dict(seen[0]) if is_told else None

        try:
            found: dict[str, Any] = await until(find)
        except TimeoutError:
            told = [await self.backend.get(f"/api/v1/calls/{call['pbx']}/{call['call_id']}") for call in seen]
            raise AssertionError(f"The witnesses do not agree: {told}") from None
        assert (found["complete"], found["anomalies"]) == (True, [])
        return found

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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    with fresh_home() as home:
        async with AsyncExitStack() as stack:
            state = tmp_path_factory.mktemp("pbx") / "lab"
            lab = await stack.enter_async_context(Lab(pbx=NUMBER, state=state, more_config=SEATS))
            settings = {
                "CALLCENTER_PHONE_WEBSOCKET": lab.info.websocket,
                "CALLCENTER_DIAL_PREFIXES": "+86139",
            }
            backend = await stack.enter_async_context(backend_on(lab, home, settings))
            await seat(backend, {agent: f"PJSIP/{number}" for agent, number in AGENTS.items()})
            yield Centre(lab=lab, backend=backend)


@pytest_asyncio.fixture(loop_scope="module")
async def hotline(centre: Centre) -> AsyncIterator[Centre]:
    """The same, for one test: nobody is registered."""
    centre.earlier = {call["call_id"] for call in await centre.calls()}
    yield centre
    for agent in AGENTS:
        async with centre.phone(agent) as phone:
            await phone.register(seconds=0)


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


async def test_a_seat_that_is_there_again_gets_its_caller_back_after_the_third_death_as_after_the_first(
    hotline: Centre,
) -> None:
    loop = asyncio.get_running_loop()
    async with calling(hotline.lab.info, number=CALLER) as caller:
        async with hotline.phone("li.lei") as page:
            await talks_to(page)
            assert await hears_something(caller)
            (call_id,) = page.calls
        for _ in range(2):
            died_at = loop.time()
            async with hotline.phone("li.lei") as page:
                assert SILENCE < await talks_to(page) - died_at < SILENCE + BACK
                assert await hears_something(caller)
                assert page.calls == [call_id]
        died_at = loop.time()
        async with hotline.phone("li.lei") as page:
            assert SILENCE < await talks_to(page) - died_at < SILENCE + BACK
            assert await hears_something(caller)
            page.hang_up()
            await hung_up(caller)
        call = await hotline.call()
        assert (call["call_id"], call["outcome"], call["hung_up_by"]) == (call_id, "answered", "callee")
        assert call["hangup_cause"] == 16
        assert partners(call) == ["2051"] * 4
        assert [visit["exit"] for visit in call["queue_visits"]] == ["connected"]
        assert "0 results" in await hotline.lab.cli("database show dead-seat")


async def test_with_the_backend_stopped_the_caller_of_a_seat_that_does_not_come_back_is_the_next_in_line(
    hotline: Centre,
) -> None:
    async with calling(hotline.lab.info, number=CALLER) as caller:
        async with hotline.phone("li.lei") as page:
            await talks_to(page)
            await asyncio.sleep(1)
        async with hotline.phone("han.mei") as second:
            await hotline.backend.stop()
            await talks_to(second)
            assert await hears_something(caller)
            second.hang_up()
            await hung_up(caller)
        await hotline.backend.restart()
        call = await hotline.call(is_heard=False)
        assert (call["outcome"], call["hung_up_by"], call["hangup_cause"]) == ("answered", "callee", 16)
        assert partners(call) == ["2051", "2052"]
        assert [visit["exit"] for visit in call["queue_visits"]] == ["connected", "connected"]


async def test_a_page_that_was_loaded_anew_gets_its_caller_back_at_once_and_it_is_one_talk(
    hotline: Centre,
) -> None:
    loop = asyncio.get_running_loop()
    async with calling(hotline.lab.info, number=CALLER) as caller:
        async with hotline.phone("li.lei") as page:
            await talks_to(page)
            assert await hears_something(caller)
            (call_id,) = page.calls
        left_at = loop.time()
        async with hotline.phone("li.lei") as page:
            lost = {"call": f"{hotline.lab.info.pbx}/{call_id}"}
            answer = await hotline.backend.ask("POST", "/api/v1/phone/reattach", lost, user="li.lei")
            assert answer.status == 202, answer
            await talks_to(page)
            assert page.calls == [call_id]
            assert await hears_something(caller)
            assert caller.heard(left_at, loop.time() - 0.5).longest_gap_seconds < 3.0
            await asyncio.sleep(SILENCE + 1)  # the old leg is no dead phone's
            assert await hears_something(caller)
            page.hang_up()
            await hung_up(caller)
        call = await hotline.call()
        assert (call["call_id"], call["outcome"], call["hung_up_by"]) == (call_id, "answered", "callee")
        assert partners(call) == ["2051"]
        again = await hotline.backend.ask("POST", "/api/v1/phone/reattach", lost, user="li.lei")
        assert (again.status, again.body["code"]) == (409, "call_over")


async def test_a_caller_who_gives_up_while_the_call_is_brought_back_is_to_be_called_back(
    hotline: Centre,
) -> None:
    async with calling(hotline.lab.info, number=CALLER) as caller:
        async with hotline.phone("li.lei") as page:
            await talks_to(page)
        await asyncio.sleep(SILENCE + 3)
        assert caller.hung_up_at is None
    call = await hotline.call()
    assert (call["outcome"], call["lost_after_transfer"], call["hung_up_by"]) == ("answered", True, "caller")
    await waiting(hotline.backend, 1)


@pytest.mark.parametrize("action", ["BlindTransfer", "Atxfer"])
async def test_a_caller_who_was_transferred_is_kept_as_well(hotline: Centre, action: str) -> None:
    async with calling(hotline.lab.info, number=CALLER) as caller:
        async with hotline.phone("li.lei") as first:
            await talks_to(first)
            async with hotline.phone("han.mei") as second:
                await hotline.transfer(action, "2052")
                await talks_to(second)
                if action == "Atxfer":
                    first.hang_up()  # hands the caller over
                await asyncio.sleep(2)
                assert await hears_something(caller)
            async with hotline.phone("han.mei") as second:
                await talks_to(second)
                assert await hears_something(caller)
                second.hang_up()
                await hung_up(caller)
        call = await hotline.call()
        assert (call["outcome"], call["hung_up_by"], call["transferred"]) == ("answered", "callee", True)
        assert partners(call) == ["2051", "2052", "2052"]


async def test_the_far_side_of_a_dialled_call_is_kept_as_well(hotline: Centre) -> None:
    mobiles = {"13905190001": ["ring 1, answer, speak 60, hang up"]}
    async with stage(hotline.lab, agents={}, mobiles=mobiles).ready():
        async with hotline.phone("li.lei") as page:
            answer = await dial(hotline.backend, "li.lei", {"number": "13905190001"})
            assert answer.status == 202, answer
            await talks_to(page)
            await asyncio.sleep(6)  # the notice, and some words
            (call_id,) = page.calls
            assert call_id == answer.body["call_id"]
        async with hotline.phone("li.lei") as page:
            await talks_to(page)
            await asyncio.sleep(1)
            page.hang_up()
            call = await hotline.call()
    assert (call["call_id"], call["outcome"], call["direction"]) == (call_id, "answered", "outbound")
    assert partners(call) == ["2051"] * 2
