"""The wallboard on screen equals `GET /wallboard` in every figure, whatever happened to page, backend and clocks.

The browser is in New York, and its clock is seven minutes fast.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from playwright.async_api import Browser, BrowserContext, Page, WebSocketRoute, expect
from sqlalchemy import text

from callcenter.clock import utc_now
from callcenter.postgres.database import Database
from hotline_lab.ports import HTTP_PORTS
from tests.browser.board_day import is_followed
from tests.browser.board_truth import is_true, read_page
from tests.browser.chromium import WRONG_CLOCK, visitor
from tests.browser.pages import sign_in
from tests.browser.random_day import RandomDay
from tests.e2e.places import TestedBackend, fresh_home
from tests.integration.backend import LIMIT, Backend
from tests.integration.fake_ami import FakeAmi

SEED = 12315
EVENTS = 500
HOUR = timedelta(minutes=59)
"""After a whole one without a request a session is over."""
ANSWERED = 5
"""The place of that tile among the eight."""
HEARD = "SELECT coalesce(max(at) > :begin, false) FROM witness_heartbeats WHERE witness = 'ami'"
SETTLED = 10.0
"""Seconds within which everything that was written has come through, on a busy machine."""
AWAKE = 2.0
"""Seconds after which a page that slept is right again."""

KEEP_VALUES = """
window.seen = [];
const keep = () => window.seen.push([...document.querySelectorAll(".figure .value")].map((one) => one.textContent));
new MutationObserver(keep).observe(document.querySelector(".tiles"), {subtree: true, characterData: true});
"""
"""Each state of the tiles that the page painted."""

KEEP_BANNERS = """
window.banners = 0;
new MutationObserver(() => window.banners += document.querySelectorAll(".banner").length)
    .observe(document.body, {subtree: true, childList: true});
"""


class Shifted:
    """The backend's clock, which a test puts forward. It begins behind: no witness is heard ahead of the database's."""

    def __init__(self) -> None:
        self.by = -HOUR

    def __call__(self) -> datetime:
        return utc_now() + self.by


@pytest.fixture
def clock() -> Shifted:
    return Shifted()


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as folder:
        yield folder


async def open_board(context: BrowserContext) -> Page:
    """As the supervisor sees it, on a machine whose clock is wrong."""
    await context.add_init_script(WRONG_CLOCK)
    page = await sign_in(context, "wang")
    await expect(page.locator(".figure")).to_have_count(8)
    return page


async def test_500_random_events_and_a_backend_that_is_killed_leave_every_figure_right(
    browser: Browser, database: Database, database_url: str, users: None, home: Path
) -> None:
    day = RandomDay(database=database, random=Random(SEED), clock=utc_now)
    async with FakeAmi.serving() as pbx:
        environment = {
            "CALLCENTER_PBX": "pbx1",
            "CALLCENTER_AMI_PORT": str(pbx.port),
            "CALLCENTER_AMI_SECRET": pbx.secret,
            "CALLCENTER_CEL_CSV": str(home / "Master.csv"),
            "CALLCENTER_DATA_DIR": str(home / "data"),
            "CALLCENTER_DATABASE_URL": database_url,
            "CALLCENTER_COOKIE_SECURE": "false",
        }
        (home / "Master.csv").touch()
        async with (
            TestedBackend(environment=environment, log=home / "log", http_port=HTTP_PORTS.keep()) as backend,
            visitor(browser, backend.address) as context,
        ):
            await is_followed(database)
            page = await open_board(context)
            await day.events(EVENTS)
            await is_true(page, context.request, utc_now, caller=day.last_caller, within=SETTLED)

            await backend.kill()
            await expect(page.get_by_text(re.compile("连接中断，正在重连"))).to_be_visible()
            await expect(page.locator(".figure.old")).to_have_count(8)
            await day.events(20)
            await backend.restart()
            await is_followed(database)
            await day.events(20)
            await is_true(page, context.request, utc_now, caller=day.last_caller, within=SETTLED)
            await expect(page.get_by_text(re.compile("连接中断"))).to_have_count(0)


async def test_a_change_that_is_missed_and_an_hour_of_standstill_leave_every_figure_right_and_nothing_plays_by(
    context: BrowserContext, backend: Backend, database: Database, clock: Shifted
) -> None:
    await is_heard(database, clock)
    day = RandomDay(database=database, random=Random(SEED), clock=clock)
    await day.events(30)
    page = await open_board(context)
    await is_true(page, context.request, clock, caller=day.last_caller, within=SETTLED)

    missing = await context.new_page()
    sockets = await drop_a_change(missing)
    await missing.goto("/wallboard")
    await expect(missing.locator(".figure")).to_have_count(8)
    await missing.evaluate(KEEP_BANNERS)
    sockets.drops = True
    await day.events(10)
    async with asyncio.timeout(LIMIT):
        while sockets.drops:
            await asyncio.sleep(0.02)
    await day.events(20)
    await is_true(missing, context.request, clock, caller=day.last_caller, within=SETTLED)
    assert (sockets.drops, sockets.opened, await missing.evaluate("window.banners")) == (False, 2, 0)
    await missing.close()

    browser = await context.new_cdp_session(page)
    await page.evaluate(KEEP_VALUES)
    await browser.send("Page.setWebLifecycleState", {"state": "frozen"})
    await day.events(150)
    clock.by += HOUR
    await is_heard(database, clock)
    hour = int(HOUR / timedelta(milliseconds=1))
    await browser.send("Runtime.evaluate", {"expression": f"window.shift += {hour}; window.seen = []"})
    await browser.send("Page.setWebLifecycleState", {"state": "active"})
    await is_true(page, context.request, clock, caller=day.last_caller, within=AWAKE)
    now = (await read_page(page))["tiles"]["接通"][0]
    assert {values[ANSWERED] for values in await page.evaluate("window.seen")} == {now}
    await day.events(20)
    await is_true(page, context.request, clock, caller=day.last_caller, within=SETTLED)


@dataclass
class Sockets:
    """Of the board, as a page opens them; one change is left out where that is wanted."""

    opened: int = 0
    drops: bool = False


async def drop_a_change(page: Page) -> Sockets:
    """Stands between the page and the board from now on."""
    sockets = Sockets()

    def stand_between(socket: WebSocketRoute) -> None:
        sockets.opened += 1

        def carry(message: str | bytes) -> None:
            if sockets.drops and '"delta"' in str(message):
                sockets.drops = False
            else:
                socket.send(message)

        socket.connect_to_server().on_message(carry)

    await page.route_web_socket(re.compile("/wallboard/live"), stand_between)
    return sockets


async def is_heard(database: Database, clock: Shifted) -> None:
    """Wait until the backend goes by the clock as it is now."""
    begin = clock()
    async with asyncio.timeout(LIMIT):
        while True:
            async with database.sessions.begin() as session:
                if await session.scalar(text(HEARD), {"begin": begin}):
                    return
            await asyncio.sleep(0.02)
