"""Things break: what a page shows then, what it keeps, and that it comes back by itself."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, WebSocket, expect
from sqlalchemy import text

from callcenter.agents.rules import SeatState
from callcenter.clock import Clock
from callcenter.postgres.database import Database
from callcenter.wallboard import sockets
from tests.browser.board_day import seat, waiting, write_calls
from tests.browser.call_centre import line_to
from tests.browser.callers import TEN_O_CLOCK, House, clock_from, in_queue
from tests.browser.chromium import VISITOR, WRONG_CLOCK, find_barriers, picture
from tests.browser.pages import fill_in, row_of, sign_in
from tests.integration.backend import Backend
from tests.integration.callback_examples import LI, lost
from tests.integration.conftest import PASSWORD
from tests.integration.test_wallboard import connect_elsewhere

CUT = re.compile(r"连接中断，正在重连（\d+ 秒）")
NO_DATABASE = "数据库暂时无法访问，数据停止更新"
HOUR = 3_600_000


@pytest.fixture
def clock() -> Clock:
    return clock_from(TEN_O_CLOCK)


@asynccontextmanager
async def unwatched(browser: Browser, address: str) -> AsyncIterator[BrowserContext]:
    """A browser that may complain in its console: of what the test makes happen."""
    context = await browser.new_context(base_url=address, **VISITOR)
    try:
        yield context
    finally:
        await context.close()


async def test_while_the_backend_is_away_a_page_keeps_what_was_typed_and_it_comes_back_by_itself(
    browser: Browser, house: House, backend: Backend
) -> None:
    await house.given(in_queue(lost(1, 0)))
    async with (
        line_to(str(backend.client.base_url)) as (line, address),
        unwatched(browser, address) as context,
    ):
        page = await sign_in(context, "chen", to="/callbacks")
        await row_of(page, "138****5678").click()
        await page.get_by_label("备注").fill("下午再打")
        line.cut()
        await expect(page.get_by_text(CUT)).to_have_count(1)
        await house.given(in_queue(lost(2, 100, caller=LI)))
        await page.get_by_role("button", name="保存备注").click()
        await expect(page.get_by_text("无法连接服务器，请检查网络后再试。")).to_be_visible()
        # a page that was never opened cannot be loaded now: what is open stays
        await page.get_by_role("link", name="通话", exact=True).click()
        await expect(page.get_by_label("备注")).to_have_value("下午再打")
        await picture(page, "backend-away-callbacks")
        assert await find_barriers(page) == []
        line.mend()
        await expect(page.get_by_text(CUT)).to_have_count(0)
        await expect(row_of(page, "139****0001")).to_be_visible()
        await expect(page.get_by_label("备注")).to_have_value("下午再打")
        await page.get_by_role("link", name="通话", exact=True).click()
        await expect(page.get_by_role("heading", name="通话", exact=True)).to_be_visible()


async def test_a_database_that_is_away_is_said_in_words_of_its_own_and_signs_nobody_out(
    context: BrowserContext, house: House, database: Database, server_url: str
) -> None:
    page = await sign_in(context, "wang", to="/wallboard")
    await expect(page.locator(".figure")).to_have_count(8)
    late = await context.new_page()
    name = database.engine.url.database
    async with connect_elsewhere(server_url) as elsewhere:
        await elsewhere.execute(text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"))
        await elsewhere.execute(
            text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        )
        await expect(page.get_by_text(NO_DATABASE)).to_have_count(1)
        await expect(page.locator(".figure.old")).to_have_count(8)
        await picture(page, "database-away-wallboard")
        assert await find_barriers(page) == []
        await late.goto("/callbacks")
        await expect(late.get_by_role("heading", name="数据库暂时无法访问，请稍后再试。")).to_be_visible()
        await picture(late, "database-away-first-page")
        assert await find_barriers(late) == []
        for shown in (page, late):
            await expect(shown.get_by_role("dialog")).to_have_count(0)
        await elsewhere.execute(text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true"))
    await expect(page.get_by_text(NO_DATABASE)).to_have_count(0)
    await expect(page.locator(".figure.old")).to_have_count(0)
    await expect(late.get_by_role("heading", name="没有人在等回电")).to_be_visible()


async def test_while_nobody_hears_the_pbx_states_are_unknown_and_no_command_is_offered(
    context: BrowserContext, house: House, backend: Backend
) -> None:
    await seat(house.database, "chen", "PJSIP/1001", SeatState.AVAILABLE)
    page = await sign_in(context, "wang", to="/wallboard")
    await expect(page.get_by_role("button", name="陈丽")).to_contain_text("● 空闲")
    backend.pbx.is_mute = True
    for connection in backend.pbx.connections:
        connection.drop()
    await expect(page.get_by_role("button", name="陈丽")).to_have_text(re.compile("陈丽 *▨ *未知 *—"))
    idle = page.get_by_role("group", name="空闲坐席", exact=True)
    await expect(idle.locator(".value")).to_have_text("—未知")
    await expect(page.locator(".data")).to_contain_text("▲ 失联：")
    await page.get_by_role("button", name="陈丽").click()
    dialog = page.get_by_role("dialog", name="陈丽")
    await expect(dialog).to_contain_text("交换机失联，现在不能操作。")
    await expect(dialog.get_by_role("button")).to_have_count(1)
    await picture(page, "pbx-not-heard")
    assert await find_barriers(page) == []
    await page.keyboard.press("Escape")
    backend.pbx.is_mute = False
    # heard again: this PBX has no members in its queues
    await expect(page.get_by_text("没有坐席签入")).to_be_visible()


async def test_a_new_version_is_said_once_and_for_all_and_a_file_that_is_gone_reloads_the_page_once(
    browser: Browser, house: House, backend: Backend
) -> None:
    async with unwatched(browser, str(backend.client.base_url)) as context:
        await context.add_init_script(WRONG_CLOCK)
        page = await sign_in(context, "wang", to="/callbacks")

        async def answer_as_the_next_version(route: Route) -> None:
            answer = await route.fetch()
            await route.fulfill(response=answer, json=await answer.json() | {"version": "99"})

        await page.route("**/api/v1/session", answer_as_the_next_version)
        for _ in range(2):  # the page asks again who is signed in whenever it wakes
            async with page.expect_response("**/api/v1/session"):
                await page.evaluate(f"window.shift += {HOUR}")
        await expect(page.get_by_text("系统已更新，请刷新页面。")).to_be_visible()
        await picture(page, "new-version")
        assert await find_barriers(page) == []

        loaded = 0

        def count(loading: Page) -> None:
            nonlocal loaded
            loaded += 1

        page.on("load", count)
        await context.route("**/assets/CallsPage-*.js", lambda route: route.abort())
        await page.get_by_role("link", name="通话", exact=True).click()
        await expect(page.get_by_role("heading", name="此页加载失败")).to_be_visible()
        assert loaded == 1
        await picture(page, "missing-file")
        assert await find_barriers(page) == []
        await context.unroute("**/assets/CallsPage-*.js")
        await page.get_by_role("link", name="刷新").click()
        await expect(page.get_by_role("heading", name="通话", exact=True)).to_be_visible()
        await expect(page).to_have_url(re.compile("/calls$"))


SEEN = """
window.seen = [];
addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
  for (const word of ["连接中断", "登录已失效"]) if (document.body.innerText.includes(word)) window.seen.push(word);
}).observe(document.body, { subtree: true, childList: true, characterData: true }));
"""
"""For `add_init_script`: what says that a connection was lost, for however short a time."""


async def test_a_socket_that_the_backend_ends_in_time_is_resumed_and_nothing_is_seen(
    context: BrowserContext, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "LONGEST_SECONDS", 7.0)
    await context.add_init_script(SEEN)
    page = await context.new_page()
    opened: list[str] = []
    ended: list[str] = []

    def follow(socket: WebSocket) -> None:
        opened.append(socket.url)
        socket.on("close", lambda closed: ended.append(closed.url))

    page.on("websocket", follow)
    await page.goto("/wallboard")
    await fill_in(page, "wang", PASSWORD)
    await expect(page.locator(".figure")).to_have_count(8)
    await expect(page.get_by_text(CUT)).to_have_count(0)
    await page.evaluate("window.seen.length = 0")  # a busy machine may take its time for the first connection
    for path in ("/wallboard/live", "/me/live"):
        async with asyncio.timeout(40):
            while sum(path in address for address in ended) < 2:
                await page.wait_for_timeout(100)
        again = [address for address in opened if path in address][1:]
        assert all("?after=" in address for address in again), again
    await write_calls(house.database, [waiting(9001)])
    await expect(page.get_by_role("group", name="等待中", exact=True).locator(".value")).to_have_text("1")
    assert await page.evaluate("window.seen") == []


async def test_a_caller_who_is_none_says_so_with_the_list_beside_it(context: BrowserContext, house: House) -> None:
    await house.given(in_queue(lost(1, 0)))
    page = await sign_in(context, "chen", to="/callbacks/999999")
    await expect(page.get_by_text("没有找到。")).to_be_visible()
    await picture(page, "gone-episode")
    assert await find_barriers(page) == []
    await row_of(page, "138****5678").click()
    await expect(page.locator("article h2")).to_contain_text("138****5678")
