"""The backend is killed: the phone in the page goes on, and the page says what is so."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from hotline_demo.backend import Backend
from hotline_lab.sound import VOICES as PHONE_VOICES
from tests.browser.call_centre import SOUND_IN, VOICES, Centre, call_centre, sign_on, tones_in
from tests.browser.chromium import find_barriers
from tests.browser.desk_steps import a_caller, answered, bar_of, comes_to_hear, is_talking, newest_call
from tests.e2e.counting_caller import CountingCaller
from tests.e2e.desks import until
from tests.e2e.places import fresh_home

pytestmark = pytest.mark.asyncio(loop_scope="module")

CUT = re.compile(r"连接中断，正在重连（\d+ 秒）")
HEARD_SECONDS = 10.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    with fresh_home() as home:
        async with call_centre(tmp_path_factory.mktemp("centre"), home, pbx=4) as centre:
            yield centre


@asynccontextmanager
async def killed(backend: Backend) -> AsyncIterator[None]:
    """From the beginning of the block on; it is there again behind it."""
    await backend.kill()
    try:
        yield
    finally:
        await backend.restart()


async def ended_call(centre: Centre) -> dict[str, Any]:
    """The record of the newest call; what was not heard live the ledger tells."""

    async def find() -> dict[str, Any] | None:
        call = await newest_call(centre)
        return call if call["outcome"] is not None and "ledger" in call["witnesses"] else None

    return dict(await until(find))


async def test_a_call_goes_on_ends_and_the_next_is_rung_and_answered_while_the_backend_is_away(
    centre: Centre,
) -> None:
    async with centre.at_desk("chen") as context, AsyncExitStack() as calls:
        page = context.pages[0]
        await sign_on(page)
        bar, cut = bar_of(page), page.get_by_text(CUT)
        first = await calls.enter_async_context(a_caller(centre))
        await answered(page)
        await comes_to_hear(first, _700=True)
        async with killed(centre.backend):
            await expect(cut).to_be_visible()
            await hear_each_other(page, first)
            assert await find_barriers(page) == []
            await page.keyboard.press("F4")
            await expect(bar).to_be_hidden()
            async with asyncio.timeout(2):
                while first.hung_up_at is None:
                    await asyncio.sleep(0.05)
            second = await calls.enter_async_context(a_caller(centre))
            await answered(page)
            await expect(cut).to_be_visible()
            await hear_each_other(page, second)
        await expect(cut).to_be_hidden()
        await is_talking(page)
        await comes_to_hear(second, _700=True)
        await expect(page.get_by_text("本浏览器 · 2001 ● 已注册")).to_be_visible()
        await expect(page.get_by_role("button", name="我的状态: 通话")).to_be_visible()
        await expect(bar).to_contain_text("139****0009")
        second.hang_up()
        await expect(bar).to_be_hidden()
        record = await ended_call(centre)
        assert (record["outcome"], record["anomalies"], [talk["with"] for talk in record["talks"]]) == (
            "answered",
            [],
            ["2001"],
        )


async def hear_each_other(page: Page, caller: CountingCaller) -> None:
    """Each hears the other's tone and not its own, fifty packets a second, and the page says that they talk."""
    assert await tones_in(page, PHONE_VOICES["caller"], VOICES["chen"]) == [True, False]
    await comes_to_hear(caller, _700=True, _520=False)
    loop = asyncio.get_running_loop()
    begin, before = loop.time(), await page.evaluate(SOUND_IN)
    await asyncio.sleep(HEARD_SECONDS)
    heard, after = caller.heard(begin, loop.time()), await page.evaluate(SOUND_IN)
    assert heard.share == pytest.approx(1, abs=0.02), heard
    assert heard.longest_gap_seconds < 0.25, heard
    assert after["packets"] - before["packets"] == pytest.approx(50 * heard.seconds, rel=0.02)
    await is_talking(page)
