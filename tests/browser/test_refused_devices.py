"""The browser refuses, or has, no microphone, or no notifications: what the desk says, and what goes on working."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.call_centre import Centre, call_centre, sign_on
from tests.browser.chromium import chromium, find_barriers, picture
from tests.browser.desk_steps import a_caller, bar_of, comes_true
from tests.e2e.places import fresh_home

pytestmark = pytest.mark.asyncio(loop_scope="module")

FAKE_DEVICES = "--use-fake-device-for-media-stream"
NEXT_STEP = {
    "refused": "浏览器不允许使用麦克风。请点击地址栏左侧的图标，允许麦克风，然后再试。",
    "none": "没有找到麦克风。请插好耳麦，然后再试。",
    "busy": "麦克风被其他程序占用。请关闭那个程序，然后再试。",
}
HOW = {
    "refused": ([FAKE_DEVICES], ["notifications"]),
    "none": ([], ["microphone", "notifications"]),
    "busy": (["--alsa-input-device=taken"], ["microphone", "notifications"]),
}
"""Arguments of a Chromium that asks for nothing and answers nothing by itself, and what a page in it may use: a device
that is there and cannot be opened is what a page sees of one that another program has."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    with fresh_home() as home:
        async with call_centre(tmp_path_factory.mktemp("centre"), home) as centre:
            yield centre


async def lists_are_usable(page: Page) -> None:
    await page.get_by_role("link", name="待回拨").click()
    await expect(page.get_by_role("heading", name="没有人在等回电")).to_be_visible()
    await page.get_by_role("link", name="通话", exact=True).click()
    await expect(page.get_by_role("heading", name="通话", exact=True)).to_be_visible()
    await page.get_by_role("link", name="坐席台").click()


@pytest.mark.parametrize("case", HOW)
async def test_without_a_microphone_the_desk_says_the_one_next_step_and_the_lists_stay_usable(
    centre: Centre, case: str
) -> None:
    arguments, permissions = HOW[case]
    async with (
        chromium(*arguments) as browser,
        replace(centre, browsers={"chen": browser}).at_desk("chen", permissions=permissions) as context,
    ):
        page = context.pages[0]
        await page.get_by_role("button", name="下一步：声音检查").click()
        await page.get_by_role("button", name="开始检查").click()
        card = page.get_by_role("region", name="声音检查")
        await expect(card.get_by_role("alert")).to_have_text(f"▲ {NEXT_STEP[case]}")
        await expect(card.get_by_role("button")).to_have_text(["再试一次"])
        await expect(card.get_by_role("img", name="浏览器地址栏")).to_have_count(1 if case == "refused" else 0)
        assert await find_barriers(page) == []
        await picture(page, f"microphone-{case}")
        await lists_are_usable(page)
        if case == "refused":
            await context.grant_permissions(["microphone", "notifications"])
            await sign_on(page)
            await is_refused_later(page)


async def is_refused_later(page: Page) -> None:
    """A page that is loaded anew has the phone no more, and says so in its card."""
    await page.context.clear_permissions()
    await page.context.grant_permissions(["notifications"])
    await page.reload()
    card = page.get_by_role("region", name="选择电话")
    await expect(card.get_by_text("▲ 电话不可用")).to_be_visible()
    await expect(card.get_by_role("alert")).to_have_text(f"▲ {NEXT_STEP['refused']}")
    await expect(card.get_by_role("img", name="浏览器地址栏")).to_be_visible()
    assert await find_barriers(page) == []
    await picture(page, "microphone-refused-later")
    await lists_are_usable(page)
    await page.context.grant_permissions(["microphone", "notifications"])
    await card.get_by_role("button", name="再试一次").click()
    await expect(page.get_by_text("● 已注册")).to_be_visible()


async def test_without_notifications_that_is_said_once_and_the_title_and_the_ringing_stay(centre: Centre) -> None:
    async with centre.at_desk("chen", permissions=["microphone"]) as context:
        page = context.pages[0]
        await sign_on(page)
        notice = page.get_by_text("浏览器不允许通知。来电时请看标签页标题、听铃声。")
        await expect(notice).to_be_visible()
        assert await find_barriers(page) == []
        await picture(page, "notifications-refused")
        await page.get_by_role("button", name="知道了").click()
        await expect(notice).to_be_hidden()
        await page.reload()
        await expect(page.get_by_text("● 已注册")).to_be_visible()
        async with a_caller(centre):
            await expect(page).to_have_title("☎ 来电 · 坐席台 · 12315 热线")
            await expect(bar_of(page).get_by_role("button", name="接听")).to_be_visible()
            rings = "window.rings.filter((one) => one.source.loop).map((one) => one.context.state).join()"
            await comes_true(page, f"{rings} === 'running'")
            assert await page.evaluate("window.notices") == []
            await expect(notice).to_have_count(0)
