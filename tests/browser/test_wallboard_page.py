"""The wallboard in front of a supervisor, and the screen on the wall."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect
from sqlalchemy import text

from callcenter.agents.rules import SeatState
from callcenter.calls.records import Outcome
from callcenter.clock import utc_now
from callcenter.postgres.database import Database
from tests.browser.board_day import CALLER, is_followed, seat, talking, waiting, write_calls, write_day
from tests.browser.call_centre import line_to
from tests.browser.chromium import find_barriers, picture, visitor
from tests.browser.pages import sign_in
from tests.browser.test_sign_in import measure_scripts
from tests.integration.backend import Backend

WITHIN_MS = 1_000
"""From the commit of a call to its figure on the page."""
CHART_BUDGET = 550_000
"""Bytes of scripts, compressed."""
FULL_HD, FOUR_K = ViewportSize(width=1920, height=1080), ViewportSize(width=3840, height=2160)
LOST_AT_ONCE = 6_000
"""Milliseconds within which a revoked screen shows nothing more."""

MEASURE = """() => {
    const shareOf = (element) => 100 * parseFloat(getComputedStyle(element).fontSize) / innerWidth;
    const sizes = (selector) => [...document.querySelectorAll(selector)].map(shareOf);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.parentElement;
        if (node.data.trim() && element.closest(".wall") && !element.closest(".spoken, title, style")) {
            texts.push([shareOf(element), node.data.trim()]);
        }
    }
    const cut = [...document.querySelectorAll(".figure > *, .zero-miss, .head")]
        .filter((element) => element.scrollWidth > element.clientWidth + 1).map((element) => element.textContent);
    return {
        values: Math.min(...sizes(".figure .value")),
        names: Math.min(...sizes(".figure .name")),
        smallest: texts.sort((one, other) => one[0] - other[0])[0],
        tiles: document.querySelectorAll(".figure").length,
        cut,
        scrolls: [document.documentElement].some((all) =>
            all.scrollHeight > innerHeight || all.scrollWidth > innerWidth),
        interactive: document.querySelectorAll("button, input, a, [role=dialog], [tabindex]").length,
    };
}"""

CONTRAST = """() => {
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const bytes = (colour) => {
        canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = (colour) => {
        const [red, green, blue] = bytes(colour).map((byte) => byte / 255)
            .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element) => {
        for (let place = element; place; place = place.parentElement) {
            const colour = getComputedStyle(place).backgroundColor;
            if (bytes(colour)[3] === 255) return colour;
        }
        return "white";
    };
    const ratio = (one, other) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const hatch = getComputedStyle(document.querySelector(".wall")).getPropertyValue("--hatch");
    const found = [];
    for (const element of document.querySelectorAll(".wall *")) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (!own || element.closest(".spoken, style")) continue;
        const style = getComputedStyle(element);
        const colour = element instanceof SVGElement ? style.fill : style.color;
        const grounds = [behind(element), ...(element.closest(".old, .unknown") ? [hatch] : [])];
        for (const ground of grounds) found.push([ratio(light(colour), light(ground)), element.textContent.trim()]);
    }
    return found.sort((one, other) => one[0] - other[0])[0];
}"""


@pytest.fixture(autouse=True)
async def followed(backend: Backend, database: Database) -> None:
    await is_followed(database)


def tile(page: Page, name: str) -> Locator:
    """A figure with its own name."""
    return page.get_by_role("group", name=name, exact=True)


async def values(page: Page) -> dict[str, str]:
    """Every tile: name without its mark, and value with unit."""
    found: dict[str, str] = await page.evaluate(
        """Object.fromEntries([...document.querySelectorAll(".figure")].map((tile) => [
            tile.querySelector(".name").textContent.replace(/^[●△▲]\\s*/, "").trim(),
            tile.querySelector(".value").textContent.trim()]))"""
    )
    return found


async def open_board(context: BrowserContext, to: str = "/wallboard") -> Page:
    page = await sign_in(context, "wang", to=to)
    await expect(page.locator(".figure")).to_have_count(8)
    return page


async def make_link(page: Page, name: str, *, language: str = "中文") -> str:
    """A supervisor makes a link and copies it from the dialog."""
    await page.get_by_role("button", name="大屏", exact=True).click()
    dialog = page.get_by_role("dialog", name="大屏链接")
    await dialog.get_by_label("名称").fill(name)
    await dialog.get_by_text(language, exact=True).click()
    await dialog.get_by_role("button", name="新建链接").click()
    await expect(dialog.get_by_text("的链接只显示这一次")).to_be_visible()
    link = await dialog.locator(".made input").input_value()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    return link


async def test_figures_follow_what_is_written_within_a_second(context: BrowserContext, database: Database) -> None:
    await write_day(database)
    page = await open_board(context)
    await expect(page.locator(".value", has_text="62.5%")).to_be_visible()
    before = await values(page)
    assert (before["等待中"], before["通话中"], before["接通"], before["未接"]) == ("0", "0", "5", "3")
    await expect(page.get_by_text("放弃 2 · 超时 1")).to_be_visible()

    await write_calls(database, [waiting(9001, seconds=20)])
    begin = time.monotonic()
    await expect(tile(page, "等待中").locator(".value")).to_have_text("1", timeout=WITHIN_MS)
    await expect(page.get_by_role("button", name=f"hotline 第 1 位，{CALLER}")).to_be_visible(timeout=WITHIN_MS)
    assert time.monotonic() - begin < WITHIN_MS / 1000
    await expect(tile(page, "最长等待").locator(".name")).to_have_text(re.compile("△"))
    await expect(tile(page, "最长等待").locator(".detail")).to_have_text("超过 15 秒")

    now = utc_now()
    lost = replace(waiting(9001, seconds=20), ended_at=now, outcome=Outcome.ABANDONED_QUEUE)
    await write_calls(database, [replace(lost, queue_visits=(replace(lost.queue_visits[0], left_at=now),))])
    await expect(tile(page, "等待中").locator(".value")).to_have_text("0", timeout=WITHIN_MS)
    await expect(tile(page, "未接").locator(".value")).to_have_text("4", timeout=WITHIN_MS)

    await write_calls(database, [talking(9002, "1001")])
    await expect(tile(page, "通话中").locator(".value")).to_have_text("1", timeout=WITHIN_MS)
    await seat(database, "chen", "PJSIP/1001", SeatState.TALKING)
    await seat(database, "1002", "PJSIP/1002", SeatState.AVAILABLE)
    await expect(tile(page, "空闲坐席").locator(".value")).to_have_text("1/2", timeout=WITHIN_MS)
    await expect(page.get_by_role("button", name="陈丽")).to_have_text(re.compile("■.*通话.*01:0"))


async def test_every_figure_is_that_of_the_api(context: BrowserContext, database: Database) -> None:
    await write_day(database)
    await write_calls(database, [waiting(9001, seconds=70), waiting(9002, queue="overflow"), talking(9003, "1001")])
    await seat(database, "chen", "PJSIP/1001", SeatState.TALKING)
    page = await open_board(context)
    await expect(page.locator(".value", has_text="62.5%")).to_be_visible()
    document = (await (await context.request.get("/api/v1/wallboard")).json())["document"]
    total = document["today"]["total"]
    level = total["ratios"]["service_level_15"]
    shown = await values(page)
    assert re.fullmatch(r"01:\d\d", shown.pop("最长等待"))
    assert shown == {
        "等待中": str(len(document["calls"]["waiting"])),
        "通话中": str(sum(bool(call["talking_with"]) for call in document["calls"]["up"].values())),
        "空闲坐席": f"0/{len(document['agents']['seats'])}",
        "15秒接通率": f"{100 * level['numerator'] / level['denominator']:.1f}%",
        "接通": str(total["answered"]),
        "未接": str(total["missed"]),
        "待回拨": str(document["callbacks"]["open"]),
    }


async def test_one_queue_is_chosen_kept_for_the_user_and_named_by_an_address(
    context: BrowserContext, database: Database
) -> None:
    await write_calls(database, [waiting(9001), waiting(9002, queue="overflow"), waiting(9003, queue="overflow")])
    page = await open_board(context, "/wallboard?queue=overflow")
    await expect(tile(page, "等待中").locator(".value")).to_have_text("2")
    await page.goto("/wallboard")
    await expect(tile(page, "等待中").locator(".value")).to_have_text("3")
    await page.locator(".queues").click()
    await page.get_by_role("option", name="hotline").click()
    await expect(tile(page, "等待中").locator(".value")).to_have_text("1")
    await page.keyboard.press("Escape")
    await page.reload()
    await expect(tile(page, "等待中").locator(".value")).to_have_text("1")


async def test_a_wait_changes_its_colour_where_the_user_says(context: BrowserContext, database: Database) -> None:
    await write_calls(database, [waiting(9001, seconds=100)])
    page = await open_board(context)
    await expect(tile(page, "最长等待")).to_have_class(re.compile("alarming"))
    await page.get_by_role("button", name="设置").click()
    await page.get_by_label("变红").fill("10")
    await page.get_by_label("变红").press("Tab")
    await expect(page.get_by_text("变红的秒数必须大于变黄的秒数。")).to_be_visible()
    await page.get_by_label("变红").fill("3000")
    await page.get_by_label("变红").press("Tab")
    await page.get_by_role("button", name="保存").click()
    await expect(tile(page, "最长等待")).to_have_class(re.compile("warning"))
    await expect(tile(page, "最长等待").locator(".detail")).to_have_text("超过 15 秒")


async def test_what_a_figure_means_is_said_on_focus(context: BrowserContext) -> None:
    page = await open_board(context)
    await tile(page, "15秒接通率").focus()
    said = page.get_by_role("tooltip").filter(has_text="进入队列 15 秒内接通")
    await expect(said).to_have_text(re.compile(r"口径第 1 版"))


async def test_a_day_without_a_call_says_how_one_can_know(context: BrowserContext) -> None:
    page = await open_board(context)
    await expect(page.get_by_text("今天还没有来电")).to_be_visible()
    await expect(page.get_by_text(re.compile("证"), exact=False).first).to_be_visible()


async def test_a_supervisor_pauses_an_agent_and_the_log_has_the_name(
    context: BrowserContext, database: Database, backend: Backend
) -> None:
    await seat(database, "chen", "PJSIP/1001", SeatState.AVAILABLE)
    page = await open_board(context)
    await page.get_by_role("button", name="陈丽").press("Enter")
    dialog = page.get_by_role("dialog", name="陈丽")
    await expect(dialog.get_by_role("button", name="监听")).to_be_disabled()
    await dialog.get_by_role("button", name="示忙").click()
    await expect(dialog.get_by_text("此操作以您的名字记入日志。")).to_be_visible()
    assert await find_barriers(page) == []
    await dialog.get_by_role("button", name="确认").click()
    await expect(page.get_by_text("已发出，交换机确认后看板会更新。")).to_be_visible()
    await expect(dialog).to_be_hidden()
    assert any("QueuePause" in action and "PJSIP/1001" in action for action in backend.pbx.raw_actions)
    async with database.sessions.begin() as session:
        log = "SELECT users.name, what, subject FROM access_log JOIN users ON users.id = user_id"
        assert ("wang", "pause (break)", "agents/chen") in [tuple(row) for row in await session.execute(text(log))]


async def test_a_command_that_is_refused_says_so_beside_the_button(context: BrowserContext, database: Database) -> None:
    await write_calls(database, [waiting(9001), waiting(9002)])
    page = await open_board(context)
    await page.get_by_role("button", name="hotline 第 2 位").click()
    dialog = page.get_by_role("dialog", name=f"等待的来电 {CALLER}")
    await dialog.get_by_role("button", name="提到队首").click()
    await dialog.get_by_role("button", name="确认").click()
    await expect(dialog.get_by_role("alert")).to_be_visible()
    await expect(dialog.get_by_role("button", name="确认")).to_be_enabled()


async def test_figures_grow_old_when_the_backend_is_away_and_say_of_when_they_are(
    browser: Browser, database: Database, backend: Backend
) -> None:
    await write_day(database)
    await write_calls(database, [waiting(9001, seconds=20)])
    async with line_to(str(backend.client.base_url)) as (line, address):
        # not watched: what it complains of is what is made to happen
        context = await browser.new_context(base_url=address, viewport=FULL_HD)
        screen = await browser.new_context(base_url=address, viewport=FULL_HD)
        page = await open_board(context)
        await expect(tile(page, "接通").locator(".value")).to_have_text("5")
        wall = await screen.new_page()
        await wall.goto(await make_link(page, "大厅"))
        await expect(wall.locator(".figure")).to_have_count(8)
        await expect(wall.locator(".chart svg")).to_be_visible()
        line.cut()
        for shown in (page, wall):
            await expect(shown.locator(".figure.old")).to_have_count(8)
            await expect(tile(shown, "接通").locator(".value")).to_have_text("5")
            await expect(tile(shown, "接通").locator(".age")).to_have_text(re.compile(r"^截至 \d\d:\d\d:\d\d$"))
        waited = await tile(page, "最长等待").locator(".value").inner_text()
        await expect(page.get_by_text(re.compile("连接中断，正在重连"))).to_have_count(1)
        await expect(wall.get_by_text("连接中断")).to_be_visible()
        await picture(page, "backend-away-wallboard")
        await picture(wall, "backend-away-wall")
        ratio, where = await wall.evaluate(CONTRAST)
        assert ratio >= 7, where
        assert await tile(page, "最长等待").locator(".value").inner_text() == waited, "nobody hears that it goes on"
        line.mend()
        for shown in (page, wall):
            await expect(shown.locator(".figure.old")).to_have_count(0)
            await expect(shown.get_by_text("连接中断")).to_have_count(0)
        await context.close()
        await screen.close()


async def test_a_screen_is_let_in_by_its_link_shows_no_number_and_is_stopped_at_once(
    browser: Browser, context: BrowserContext, backend: Backend, database: Database
) -> None:
    await write_day(database)
    await write_calls(database, [waiting(9001, seconds=20)])
    await seat(database, "Local/13812345678@mobiles", "Local/13812345678@mobiles", SeatState.AVAILABLE)
    page = await open_board(context)
    link = await make_link(page, "大厅")
    async with visitor(browser, str(backend.client.base_url), viewport=FULL_HD) as screen:
        wall = await screen.new_page()
        asked: list[str] = []
        wall.on("request", lambda request: asked.append(request.url))
        await wall.goto(link)
        await expect(tile(wall, "等待中").locator(".value")).to_have_text("1")
        await expect(wall.locator(".chart svg")).to_be_visible()
        await expect(wall).to_have_title("大厅 · 12315 热线")
        secret = link.partition("#")[2]
        assert not [address for address in asked if secret in address.partition("#")[0]]
        everything = await wall.content()
        assert not re.search(r"\d{7}|\*{4}", await wall.inner_text("body"))
        assert "13812345678" not in everything
        assert CALLER not in everything
        await wall.reload()
        await expect(tile(wall, "等待中").locator(".value")).to_have_text("1")
        assert (await screen.request.get("/api/v1/calls")).status == 403

        await page.get_by_role("button", name="大屏", exact=True).click()
        dialog = page.get_by_role("dialog", name="大屏链接")
        await expect(dialog.get_by_text(secret)).to_have_count(0)
        await dialog.get_by_role("button", name="停用 大厅").click()
        await dialog.get_by_role("button", name="确认停用 大厅").click()
        await expect(dialog.get_by_text("还没有大屏链接")).to_be_visible()
        await expect(wall.get_by_text("此屏幕已停用")).to_be_visible(timeout=LOST_AT_ONCE)
        assert await wall.locator(".figure, button, input").count() == 0
        await wall.goto("about:blank")
        await wall.goto(link)
        await expect(wall.get_by_text("此屏幕已停用")).to_be_visible()
        await wall.goto("/wall")
        await expect(wall.get_by_text("链接不完整")).to_be_visible()
        assert await find_barriers(wall) == []


@pytest.mark.parametrize("language", ["中文", "English"])
async def test_the_wall_is_legible_from_afar_on_every_screen(
    browser: Browser, context: BrowserContext, backend: Backend, database: Database, language: str
) -> None:
    await write_day(database)
    await write_calls(database, [waiting(9001, seconds=70), talking(9002, "1001")])
    for number, state in enumerate(SeatState):
        await seat(database, f"agent-{number}", f"PJSIP/10{number:02}", state)
    link = await make_link(await open_board(context), "大厅", language=language)
    measured: list[dict[str, Any]] = []
    for size in (FULL_HD, FOUR_K):
        async with visitor(browser, str(backend.client.base_url), viewport=size) as screen:
            wall = await screen.new_page()
            await wall.goto(link)
            await expect(wall.locator(".chart svg text").first).to_be_attached()
            await expect(wall.locator(".figure")).to_have_count(8)
            assert await wall.evaluate("document.documentElement.lang") == {"中文": "zh-CN", "English": "en"}[language]
            found = await wall.evaluate(MEASURE)
            assert found["values"] >= 7.5
            assert found["names"] >= 2.8
            assert found["smallest"][0] >= 2.1, found["smallest"]
            assert found["tiles"] <= 8
            assert (found["cut"], found["scrolls"], found["interactive"]) == ([], False, 0)
            ratio, where = await wall.evaluate(CONTRAST)
            assert ratio >= 7, where
            assert await find_barriers(wall) == []
            measured.append(found)
    assert [found["values"] for found in measured] == pytest.approx([measured[0]["values"]] * 2, abs=0.01)


SPILLS = """(mayBeCut) => {
    const texts = [];
    const walker = document.createTreeWalker(document.querySelector(".wall"), NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.parentElement;
        if (!node.data.trim() || element.closest(".spoken, title, style, svg")) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        let box = range.getBoundingClientRect();
        let cut = null;
        for (let place = element; place; place = place.parentElement) {
            if (getComputedStyle(place).overflow === "visible") continue;
            const edge = place.getBoundingClientRect();
            if (box.right > edge.right + 1 || box.left < edge.left - 1 || box.bottom > edge.bottom + 2) cut = place;
            box = new DOMRect(Math.max(box.left, edge.left), Math.max(box.top, edge.top),
                Math.min(box.right, edge.right) - Math.max(box.left, edge.left),
                Math.min(box.bottom, edge.bottom) - Math.max(box.top, edge.top));
        }
        const text = node.data.trim();
        const isSigned = cut === null || getComputedStyle(cut).textOverflow === "ellipsis";
        const isCut = cut !== null && !mayBeCut.includes(text);
        texts.push({ text, box, isSigned, isCut, share: box.width / innerWidth });
    }
    const meet = (one, other) => Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1
        && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 0.3 * Math.min(one.height, other.height);
    const overlaps = [];
    texts.forEach((one, place) => texts.slice(place + 1).forEach((other) => {
        if (meet(one.box, other.box)) overlaps.push([one.text, other.text]);
    }));
    return {
        cut: texts.filter((one) => one.isCut || !one.isSigned).map((one) => one.text),
        lost: texts.filter((one) => one.share < 0.006).map((one) => one.text),
        overlaps,
    };
}"""
"""Texts that are cut though they are no long name, cut without a sign, without any room, or on each other."""
SIZES = (ViewportSize(width=1366, height=768), FULL_HD, FOUR_K)
LONG_QUEUES = ("market-supervision-evening-shift", "food-safety-emergency-line")
LONG_NAMES = ("欧阳建国（市场监督管理局值班室）", "Alexander Montgomery-Smith")
PEOPLE = ("欧阳建国", *LONG_NAMES, "陈丽", "司马相如", "王芳")


@pytest.mark.parametrize("language", ["中文", "English"])
async def test_no_text_on_the_wall_is_cut_but_a_long_name_and_none_lies_on_another(
    browser: Browser, context: BrowserContext, backend: Backend, database: Database, language: str
) -> None:
    await write_day(database)
    waits = ("hotline", "hotline", "hotline", *LONG_QUEUES, LONG_QUEUES[0], "overflow")
    calls = [waiting(9001 + number, seconds=70 * number, queue=queue) for number, queue in enumerate(waits)]
    await write_calls(database, [*calls, talking(9100, "1001")])
    states = [state for state in SeatState if state is not SeatState.SIGNED_OFF]
    for number, state in enumerate(states):
        await seat(database, f"agent-{number}", f"PJSIP/10{number:02}", state, reason="after_call_work", seconds=5000)
    async with database.sessions.begin() as session:
        rename = "UPDATE agent_states SET member_name = :name WHERE interface = :interface"
        for number, name in enumerate(PEOPLE):
            await session.execute(text(rename), {"name": name, "interface": f"PJSIP/10{number:02}"})
        await session.execute(text("NOTIFY agents"))
    link = await make_link(await open_board(context), "大厅", language=language)
    async with visitor(browser, str(backend.client.base_url), viewport=FULL_HD) as screen:
        wall = await screen.new_page()
        await wall.goto(link)
        await expect(wall.locator(".chart svg text").first).to_be_attached()
        await expect(wall.locator(".parts li")).to_have_count(3)
        await expect(wall.get_by_text(PEOPLE[0], exact=True)).to_be_attached()
        for size in SIZES:
            await wall.set_viewport_size(size)
            await picture(wall, f"wall-{size['width']}-{language}")
            found = await wall.evaluate(SPILLS, [*LONG_QUEUES, *LONG_NAMES])
            assert found == {"cut": [], "lost": [], "overlaps": []}, size


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_serious_on_the_wallboard_and_its_dialogs(
    browser: Browser, backend: Backend, database: Database, language: str, theme: str
) -> None:
    await write_day(database)
    await write_calls(database, [waiting(9001, seconds=70)])
    await seat(database, "chen", "PJSIP/1001", SeatState.TALKING)
    async with visitor(browser, str(backend.client.base_url), color_scheme=theme, viewport=FULL_HD) as context:
        page = await open_board(context)
        if language == "en":
            await page.get_by_role("button", name="账户").click()
            await page.get_by_text("English").click()
            await expect(page.get_by_role("heading", name="Wallboard")).to_be_visible()
            await page.keyboard.press("Escape")
        await expect(page.locator(".chart svg")).to_be_visible()
        await expect(page.locator("table")).to_be_visible()
        assert await find_barriers(page) == []
        await page.locator(".chart").hover(position={"x": 300, "y": 100})
        await page.get_by_role("button", name=re.compile("^(设置|Settings)$")).click()
        await expect(page.get_by_label(re.compile("变红|red from"))).to_be_visible()
        assert await find_barriers(page) == []
        await page.keyboard.press("Escape")
        for opener in (".seats button", ".callers button", ".head > .el-button:last-child"):
            await page.locator(opener).first.click()
            await expect(page.locator(".el-dialog:visible")).to_be_visible()
            assert await find_barriers(page) == []
            await page.keyboard.press("Escape")
            await expect(page.locator(".el-dialog:visible")).to_have_count(0)


async def test_nothing_is_lost_on_a_narrow_page(browser: Browser, backend: Backend, database: Database) -> None:
    await write_day(database)
    await write_calls(database, [waiting(9001)])
    size = {"width": 400, "height": 800}
    async with visitor(browser, str(backend.client.base_url), viewport=size) as context:
        page = await open_board(context)
        await expect(page.locator(".chart svg")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_scripts_with_charts_stay_within_their_budget(context: BrowserContext, database: Database) -> None:
    await write_day(database)
    page = await sign_in(context, "wang", to="/wallboard")
    sizes = measure_scripts(page)
    await page.reload(wait_until="networkidle")
    await expect(page.locator(".chart svg")).to_be_visible()
    total = sum([await size for size in sizes.values()])
    assert 150_000 < total < CHART_BUDGET
