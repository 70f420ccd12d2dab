"""The agent desk with its own phone: a real PBX, a real browser, callers who count their sound."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, expect

from hotline_lab.sound import VOICES, voice
from tests.browser.call_centre import SOUND_IN, VOICE_HERTZ, Centre, call_centre, check_sound, keep_sip, sign_on
from tests.browser.chromium import find_barriers
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
