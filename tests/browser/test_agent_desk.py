"""The agent desk with its own phone: a real PBX, a real browser, callers who count their sound."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from hotline_lab.sound import VOICES, voice
from tests.browser.call_centre import SOUND_IN, VOICE_HERTZ, Centre, call_centre, check_sound, keep_sip, sign_on
from tests.browser.chromium import find_barriers
from tests.browser.test_sign_in import PAGE_BUDGET, measure_scripts
from tests.e2e.counting_caller import calling
from tests.e2e.desks import until
from tests.e2e.places import fresh_home
from tests.e2e.sound_check import HEARD, height, samples_of

CALLER = "13905190009"
RATE = 8000


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as folder:
        yield folder


@pytest.fixture
async def centre(tmp_path: Path, home: Path) -> AsyncIterator[Centre]:
    async with call_centre(tmp_path, home) as centre:
        yield centre


def hears(sound: bytes | bytearray, hertz: int) -> bool:
    """Whether a tone is anywhere in it."""
    samples = samples_of(sound)
    window = RATE // 10
    pieces = (samples[begin : begin + window] for begin in range(0, len(samples) - window, window))
    return any(height(piece, hertz) > HEARD for piece in pieces)


async def the_call(centre: Centre) -> dict[str, Any]:
    """The record of the only call."""
    items = (await centre.backend.get("/api/v1/calls"))["items"]
    assert len(items) == 1, items
    return dict(items[0])


async def test_an_agent_signs_on_in_the_page_answers_by_a_key_and_both_hear_each_other(centre: Centre) -> None:
    async with centre.at_desk("chen") as context:
        page = context.pages[0]
        told = keep_sip(page)
        sizes = measure_scripts(page)
        await page.reload()
        assert await find_barriers(page) == []
        await sign_on(page)
        assert await find_barriers(page) == []

        async with calling(centre.lab.info, number=CALLER, name='"Wang Fang" ', sound=voice("caller")) as caller:
            ring = page.get_by_role("region", name="来电")
            await expect(ring).to_contain_text("139****0009")
            await expect(ring).to_contain_text("hotline")
            await expect(ring).to_contain_text("今天第 1 次")
            await expect(page).to_have_title("☎ 来电 · 坐席台 · 12315 热线")
            assert await find_barriers(page) == []
            await page.keyboard.press("F2")
            bar = page.get_by_role("region", name="当前通话")
            await expect(bar.get_by_text("■ 通话")).to_be_visible()
            await expect(page.get_by_role("button", name="我的状态: 通话")).to_be_visible()
            assert await find_barriers(page) == []

            loop = asyncio.get_running_loop()
            begin, before = loop.time(), await page.evaluate(SOUND_IN)
            caller.sound.clear()
            await asyncio.sleep(3)
            heard, after = caller.heard(begin, loop.time()), await page.evaluate(SOUND_IN)
            assert heard.share > 0.95, heard
            assert hears(caller.sound, VOICE_HERTZ)
            assert not hears(caller.sound, VOICES["caller"])
            assert 140 <= after["packets"] - before["packets"] <= 165
            assert after["energy"] > before["energy"]

            of_the_desk = dict(sizes)  # the wallboard has charts of its own
            await page.get_by_role("link", name="看板").click()
            await expect(bar).to_be_visible()
            await page.get_by_role("link", name="坐席台").click()
            hung_up_at = loop.time()
            caller.hang_up()
            await expect(bar).to_be_hidden()
            assert loop.time() - hung_up_at < 2
        await expect(page.get_by_role("region", name="话后处理")).to_be_visible()
        assert await find_barriers(page) == []
        for of_the_caller in (CALLER, CALLER[1:], "Wang", "Fang"):
            assert of_the_caller not in "".join(told)
        assert any("X-Hotline-Call" in frame for frame in told)
        assert any("/sip-" in address for address in of_the_desk), "the phone's part is loaded with the first login"
        assert 200_000 < sum([await size for size in of_the_desk.values()]) < PAGE_BUDGET


async def answered(page: Page) -> None:
    """By its key, once it rings."""
    await expect(page.get_by_role("region", name="来电")).to_be_visible()
    await page.keyboard.press("F2")
    await expect(page.get_by_role("region", name="当前通话").get_by_text("■ 通话")).to_be_visible()


async def end_wrap_up(page: Page) -> None:
    """Free for the next call."""
    await page.get_by_role("button", name="现在可接").click()
    await expect(page.get_by_role("button", name="我的状态: 空闲")).to_be_visible()


async def test_a_websocket_that_is_lost_in_a_call_costs_no_sound_and_the_callers_goodbye_arrives(
    centre: Centre,
) -> None:
    loop = asyncio.get_running_loop()
    async with centre.at_desk("chen") as context:
        page = context.pages[0]
        await sign_on(page)
        for lost_for in (1, 5):
            async with calling(centre.lab.info, number=CALLER, sound=voice("caller")) as caller:
                await answered(page)
                begin = loop.time()
                centre.line.cut()
                await expect(page.get_by_text("正在重连")).to_be_visible()
                await asyncio.sleep(lost_for)
                centre.line.mend()
                mended_at = loop.time()
                await expect(page.get_by_text("正在重连")).to_be_hidden()
                assert loop.time() - mended_at < 4.5
                heard = caller.heard(begin, loop.time())
                assert heard.share > 0.95, heard
                await expect(page.get_by_text("● 已注册")).to_be_visible()
                hung_up_at = loop.time()
                caller.hang_up()
                await expect(page.get_by_role("region", name="当前通话")).to_be_hidden()
                assert loop.time() - hung_up_at < 2
            await end_wrap_up(page)


async def test_a_page_that_is_loaded_anew_in_a_call_has_the_same_caller_again(centre: Centre) -> None:
    loop = asyncio.get_running_loop()
    async with centre.at_desk("chen") as context:
        page = context.pages[0]
        page.on("dialog", lambda dialog: dialog.accept())
        await sign_on(page)
        async with calling(centre.lab.info, number=CALLER, sound=voice("caller")) as caller:
            await answered(page)
            before = await the_call(centre)
            for _ in range(2):
                begin = loop.time()
                await page.reload()
                await expect(page.get_by_role("region", name="当前通话").get_by_text("■ 通话")).to_be_visible()
                await asyncio.sleep(2)
                heard = caller.heard(begin, loop.time())
                assert heard.longest_gap_seconds < 3, heard
            caller.sound.clear()
            await asyncio.sleep(1)
            assert hears(caller.sound, VOICE_HERTZ)
            caller.hang_up()
            await expect(page.get_by_role("region", name="当前通话")).to_be_hidden()

        async def is_over() -> bool:
            return (await the_call(centre))["outcome"] is not None

        await until(is_over)
        record = await the_call(centre)
        assert (record["call_id"], record["outcome"]) == (before["call_id"], "answered")
        assert {talk["with"] for talk in record["talks"]} == {"2001"}


async def test_a_second_tab_says_where_the_phone_is_and_takes_it_between_calls(centre: Centre) -> None:
    async with centre.at_desk("chen") as context:
        first = context.pages[0]
        await sign_on(first)
        second = await context.new_page()
        await second.goto("/desk")
        await expect(second.get_by_role("heading", name="电话在另一个标签页")).to_be_visible()
        assert await find_barriers(second) == []
        async with calling(centre.lab.info, number=CALLER):
            await answered(first)
            await expect(second.get_by_role("button", name="接到这里")).to_be_disabled()
            await first.keyboard.press("F4")
            await end_wrap_up(first)
        await second.get_by_role("button", name="接到这里").click()
        await check_sound(second)
        await expect(second.get_by_text("● 已注册")).to_be_visible()
        await expect(first.get_by_role("heading", name="电话在另一个标签页")).to_be_visible()
        async with calling(centre.lab.info, number=CALLER):
            await answered(second)


@pytest.mark.parametrize("is_asked_first", [False, True])
async def test_a_caller_is_given_to_a_colleague_in_another_browser(centre: Centre, is_asked_first: bool) -> None:
    async with centre.at_desk("chen") as here, centre.at_desk("wang") as there:
        page, other = here.pages[0], there.pages[0]
        await sign_on(page)
        async with calling(centre.lab.info, number=CALLER, sound=voice("caller")) as caller:
            await answered(page)
            await sign_on(other, "2002")
            await page.get_by_role("button", name="转接").click()
            dialog = page.get_by_role("dialog", name="转接给同事")
            await expect(dialog.get_by_text("● 空闲")).to_be_visible()
            assert await find_barriers(page) == []
            bar = page.get_by_role("region", name="当前通话")
            if is_asked_first:
                await dialog.get_by_role("button", name="先询问").click()
                await expect(bar.get_by_text("■ 咨询中")).to_be_visible()
                await answered(other)
                await bar.get_by_role("button", name="完成转接").click()
            else:
                await dialog.get_by_role("button", name="直接转接").click()
                await answered(other)
            await expect(bar).to_be_hidden()
            await expect(other.get_by_role("region", name="当前通话")).to_contain_text("139****0009")
            await asyncio.sleep(2)
            caller.sound.clear()
            before = await other.evaluate(SOUND_IN)
            await asyncio.sleep(1)
            assert hears(caller.sound, VOICE_HERTZ)
            after = await other.evaluate(SOUND_IN)
            assert after["packets"] - before["packets"] > 40
            await expect(other.get_by_role("region", name="当前通话").get_by_text("■ 通话")).to_be_visible()
            caller.hang_up()
            await expect(other.get_by_role("region", name="当前通话")).to_be_hidden()

        async def is_over() -> bool:
            return bool((await the_caller(centre))["outcome"] == "answered")

        await until(is_over)
        assert {talk["with"] for talk in (await the_caller(centre))["talks"]} == {"2001", "2002"}


async def the_caller(centre: Centre) -> dict[str, Any]:
    """The record of the one call from outside; a colleague who is asked first makes another."""
    calls = (await centre.backend.get("/api/v1/calls"))["items"]
    (inbound,) = [call for call in calls if call["direction"] == "inbound"]
    return dict(inbound)


async def test_the_agent_holds_mutes_and_pauses_and_the_page_shows_what_the_pbx_has_told(centre: Centre) -> None:
    async with centre.at_desk("chen") as context:
        page = context.pages[0]
        await sign_on(page)
        loop = asyncio.get_running_loop()
        bar = page.get_by_role("region", name="当前通话")
        async with calling(centre.lab.info, number=CALLER, sound=voice("caller")) as caller:
            await answered(page)

            async def is_heard(what: bool) -> None:
                async def is_so() -> bool:
                    caller.sound.clear()
                    await asyncio.sleep(0.5)
                    return hears(caller.sound, VOICE_HERTZ) is what

                await until(is_so)

            await is_heard(True)
            await page.keyboard.press("F9")
            await expect(bar.get_by_text("已静音")).to_be_visible()
            await is_heard(False)
            await page.keyboard.press("F8")
            await expect(bar.get_by_text("❚❚ 保持中")).to_be_visible()
            await page.keyboard.press("F8")
            await expect(bar.get_by_text("■ 通话")).to_be_visible()
            await is_heard(False)
            await page.keyboard.press("F9")
            await is_heard(True)
            begin = loop.time()
            await page.keyboard.press("F4")
            await expect(bar).to_be_hidden()
            assert loop.time() - begin < 2
        await end_wrap_up(page)
        await page.get_by_role("button", name="我的状态: 空闲").click()
        await page.get_by_role("button", name="示忙：用餐").click()
        await expect(page.get_by_role("button", name="我的状态: 用餐")).to_be_visible()
