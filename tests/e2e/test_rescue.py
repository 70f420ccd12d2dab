"""An agent's phone dies in a call: the caller is kept, by the dialplan alone, and both witnesses tell one story."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.counting_caller import calling
from tests.e2e.desks import dial, stage, waiting
from tests.e2e.seat_centre import Centre, hears_something, hung_up, partners, seat_centre, talks_to

pytestmark = pytest.mark.asyncio(loop_scope="module")

NUMBER = 7
CALLER = "13905190009"
SILENCE = 5.0
"""Seconds after which a phone counts as dead."""
BACK = 10.0
"""Seconds for which the caller waits for the seat."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    async with seat_centre(NUMBER, tmp_path_factory.mktemp("pbx") / "lab") as centre:
        yield centre


@pytest_asyncio.fixture(loop_scope="module")
async def hotline(centre: Centre) -> AsyncIterator[Centre]:
    """The same, for one test."""
    async with centre.fresh():
        yield centre


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
                    # Asterisk 22 dies of a hang-up in the moment of the answer (bridge_basic.c, blond_nonfinal_enter)
                    await asyncio.sleep(1)
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
