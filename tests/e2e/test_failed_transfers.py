"""A caller is transferred to somebody who does not take the call, and is kept; both witnesses tell one story."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from hotline_lab.play import PhoneCall, play
from hotline_lab.scenario import parse_scenario
from tests.e2e.counting_caller import CountingCaller, calling
from tests.e2e.desks import stage, waiting
from tests.e2e.seat_centre import LIMIT, Centre, hears_something, hung_up, partners, seat_centre, talks_to
from tests.e2e.seat_phone import SeatPhone

pytestmark = pytest.mark.asyncio(loop_scope="module")

NUMBER = 6
CALLER = "13905190019"
COLLEAGUES = {
    "is busy": {"1008": ["busy"]},
    "declines": {"1008": ["ring 0.5, decline"]},
    "does not answer": {"1008": ["ring 60, busy"]},
    "is not there": {},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    async with seat_centre(NUMBER, tmp_path_factory.mktemp("pbx") / "lab") as centre:
        yield centre


@pytest_asyncio.fixture(loop_scope="module")
async def hotline(centre: Centre) -> AsyncIterator[Centre]:
    """The same, for one test; in the end every caller of the day is accounted for."""
    async with centre.fresh():
        yield centre
    today = datetime.now(UTC).astimezone().date()
    audit = await centre.backend.get(f"/api/v1/audit/{today}")
    told = {name: audit[name]["count"] for name in ("unexplained", "differences", "unconfirmed")}
    assert told == {"unexplained": 0, "differences": 0, "unconfirmed": 0}, audit


async def transfer(page: SeatPhone, caller: CountingCaller) -> str:
    """Sends the caller to 1008, from a call that is up; the id of the call."""
    await talks_to(page)
    assert await hears_something(caller)
    assert await page.refer("<sip:1008@hotline>") == 202
    page.hang_up()
    return page.calls[-1]


@pytest.mark.parametrize("colleague", COLLEAGUES)
async def test_a_caller_whom_the_colleague_does_not_take_is_with_the_agent_again(
    hotline: Centre, colleague: str
) -> None:
    async with (
        stage(hotline.lab, agents=COLLEAGUES[colleague], mobiles={}).ready(),
        calling(hotline.lab.info, number=CALLER) as caller,
        hotline.phone("li.lei") as page,
    ):
        call_id = await transfer(page, caller)
        await talks_to(page)
        assert page.calls == [call_id] * 2
        assert await hears_something(caller)
        page.hang_up()
        await hung_up(caller)
    call = await hotline.call()
    assert (call["call_id"], call["outcome"], call["hung_up_by"]) == (call_id, "answered", "callee")
    assert (call["transferred"], call["lost_after_transfer"]) == (True, False)
    assert partners(call) == ["2051", "2051"]


async def test_with_the_backend_stopped_a_caller_is_kept_whom_nobody_takes(hotline: Centre) -> None:
    async with (
        calling(hotline.lab.info, number=CALLER) as caller,
        hotline.phone("li.lei") as page,
    ):
        await talks_to(page)
        await hotline.backend.stop()
        await transfer(page, caller)
        await talks_to(page)
        assert await hears_something(caller)
        page.hang_up()
        await hung_up(caller)
    await hotline.backend.restart()
    call = await hotline.call(is_heard=False)
    assert partners(call) == ["2051", "2051"]


@pytest.mark.parametrize("is_there", [True, False], ids=["does not answer", "is away"])
async def test_where_the_agent_does_not_take_the_caller_back_another_does(hotline: Centre, *, is_there: bool) -> None:
    async with calling(hotline.lab.info, number=CALLER) as caller, hotline.phone("li.lei") as page:
        await transfer(page, caller)
        if not is_there:
            await page.register(seconds=0)
        page.die()
        async with hotline.phone("han.mei") as other:
            await talks_to(other)
            assert await hears_something(caller)
            other.hang_up()
            await hung_up(caller)
    call = await hotline.call()
    assert (call["outcome"], call["lost_after_transfer"]) == ("answered", False)
    assert partners(call) == ["2051", "2052"]
    assert [visit["exit"] for visit in call["queue_visits"]] == ["connected", "connected"]


async def test_a_caller_who_gives_up_on_the_way_back_is_to_be_called_back(hotline: Centre) -> None:
    async with calling(hotline.lab.info, number=CALLER) as caller, hotline.phone("li.lei") as page:
        await transfer(page, caller)
        page.die()
        await asyncio.sleep(4)
        assert caller.hung_up_at is None
    call = await hotline.call()
    assert (call["outcome"], call["lost_after_transfer"], call["hung_up_by"]) == ("answered", True, "caller")
    await waiting(hotline.backend, 1)


AWAY = {
    "a mobile that is busy": ("transfer 13805190028", [("13805190028", "busy")]),
    "a mobile that does not answer": ("transfer 13805190028", [("13805190028", "ring 60, busy")]),
    "a number that may not be dialled": ("transfer 00881612345678", []),
    "a colleague who is still rung": ("consult-ringing 1009, complete", []),
}


@pytest.mark.parametrize("to", AWAY)
async def test_a_desk_phone_has_a_caller_again_whom_it_sent_to(hotline: Centre, to: str) -> None:
    async def ends() -> tuple[PhoneCall, ...]:
        plan, mobiles = AWAY[to]
        lines = [f'[[mobiles]]\nnumber = "{number}"\ncalls = ["{answer}"]' for number, answer in mobiles]
        parts = [
            'title = "A caller is sent away by a desk phone"',
            f'[[agents]]\nextension = "1008"\ncalls = ["answer, talk 5, {plan}", "ring 1, answer, talk 2, hang up"]',
            '[[agents]]\nextension = "1009"\ncalls = ["ring 60, busy"]',
            f'[[callers]]\nnumber = "{CALLER}"\ndials = "96307"\nplan = "stay"',
            *lines,
        ]
        async with asyncio.timeout(LIMIT):
            return await play(parse_scenario("\n\n".join(parts)), hotline.lab)

    calls = await ends()
    caller = next(call for call in calls if call.kind == "caller")
    assert [event.name for event in caller.events] == ["dialled", "answered", "ended"]
    call = await hotline.call()
    assert (call["outcome"], call["hung_up_by"], call["lost_after_transfer"]) == ("answered", "callee", False)
    assert partners(call) == ["1008", "1008"]
