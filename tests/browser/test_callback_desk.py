"""The callback list in the browser: what it shows and when, drafts, numbers, messages, the day sheet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, WebSocketRoute, expect

from callcenter.calls.records import Outcome
from callcenter.clock import Clock
from callcenter.postgres.database import Database
from tests.browser.callers import TEN_O_CLOCK, House, clock_from, in_queue
from tests.browser.chromium import find_barriers, visitor
from tests.browser.pages import fill_in, row_of, sign_in, watch_requests
from tests.integration.audio_house import take_in_message
from tests.integration.backend import Backend, make_settings
from tests.integration.callback_examples import LI, answered, lost, outbound
from tests.integration.conftest import PASSWORD

WU = "13700000002"
DESK = "/callbacks"


@pytest.fixture
def clock() -> Clock:
    return clock_from(TEN_O_CLOCK)


async def numbers(page: Page) -> list[str]:
    return [text.split()[0] for text in await page.locator("[data-row] .who").all_inner_texts()]


async def test_the_list_is_in_the_backends_order_and_says_why_until_when_and_in_which_queue(
    context: BrowserContext, house: House
) -> None:
    await house.given(
        in_queue(lost(1, 0, caller=LI, name="李娜")),
        in_queue(lost(2, 100, caller=LI)),
        in_queue(lost(3, 200, seconds=95, outcome=Outcome.QUEUE_TIMEOUT), "evening"),
        lost(4, 300, caller=None, outcome=Outcome.AFTER_HOURS),
        lost(5, 400, caller=WU, outcome=Outcome.EMERGENCY_UNANSWERED),
    )
    page = await sign_in(context, "chen", to=DESK)
    await expect(page.get_by_role("heading", name="待回拨 4")).to_be_visible()
    assert await numbers(page) == ["137****0002", "139****0001", "138****5678", "号码隐藏"]
    lines = [" ".join(text.split()) for text in await page.locator("[data-row]").all_inner_texts()]
    assert lines == [
        "! 紧急来电无人接听 137****0002 紧急未接 ×1 等 00:30 ▲ 逾期 09:07",
        "× 10 分钟内多次未接 139****0001 李* 排队时挂断 ×2 10 分钟内 2 次 等 00:30 到期 11:00 hotline",
        "· 按等待时间 138****5678 排队超时 ×1 等 01:35 到期 11:03 evening",
        "· 按等待时间 号码隐藏 非工作时间 ×1 等 00:30 到期 11:05",
    ]
    await page.get_by_role("button", name="顺序与期限").focus()
    await expect(page.get_by_role("tooltip")).to_contain_text("先是紧急来电无人接听的")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("tooltip")).to_be_hidden()
    await page.get_by_role("group", name="筛选").get_by_text("逾期").click()
    await expect(page.locator("[data-row]")).to_have_count(1)
    assert await numbers(page) == ["137****0002"]
    await expect(page).to_have_url(re.compile(r"/callbacks\?overdue=1$"))
    await page.reload()
    await expect(page.locator("[data-row]")).to_have_count(1)
    await page.goto(f"{DESK}?overdue=yes&limit=201")
    await expect(page.get_by_text("网址中有无法识别的筛选，已按默认显示。")).to_be_visible()
    await expect(page.locator("[data-row]")).to_have_count(4)


async def test_who_is_lost_appears_within_two_seconds_and_a_claim_is_seen_by_others_within_one(
    context: BrowserContext, other: BrowserContext, house: House
) -> None:
    await house.given(in_queue(lost(1, 0)))
    chen, wang = await sign_in(context, "chen", to=DESK), await sign_in(other, "wang", to=DESK)
    for page in (chen, wang):
        await expect(row_of(page, "138****5678")).to_be_visible()
    await house.given(in_queue(lost(2, 3600, caller=LI)))
    await expect(row_of(chen, "139****0001")).to_be_visible(timeout=2_000)
    await row_of(chen, "139****0001").focus()
    await chen.keyboard.press("c")
    await expect(row_of(chen, "139****0001")).to_contain_text("我在处理")
    await expect(row_of(wang, "139****0001")).to_contain_text(re.compile(r"chen 处理中 (29:\d\d|30:00)"), timeout=1_000)
    await row_of(wang, "139****0001").click()
    await wang.keyboard.press("c")
    await expect(wang.get_by_role("alert").filter(has_text="已由他人领取。")).to_contain_text(
        "chen 正在处理，最迟到 10:30"
    )
    await expect(chen.locator("article .claim")).to_contain_text("我在处理")
    await chen.get_by_role("button", name="放回").click()
    await expect(row_of(wang, "139****0001")).not_to_contain_text("处理中", timeout=1_000)


async def test_an_input_method_that_composes_triggers_nothing_and_neither_do_letters_in_a_text(
    context: BrowserContext, house: House
) -> None:
    await house.given(in_queue(lost(1, 0)))
    await house.seat("chen")
    page = await sign_in(context, "chen", to=DESK)
    await row_of(page, "138****5678").click()
    note = page.get_by_label("备注")
    await note.focus()
    written = watch_requests(page, lambda request: request.method != "GET")
    typing = await context.new_cdp_session(page)
    await typing.send("Input.imeSetComposition", {"text": "cd", "selectionStart": 2, "selectionEnd": 2})
    for key in ("c", "d", "j", "Enter"):
        await page.keyboard.press(key)
    await typing.send("Input.insertText", {"text": "吃点"})
    # a browser that has no field under the composition sends the keys to the page
    await page.evaluate(
        """() => { document.activeElement.blur(); for (const key of ["c", "d", "Enter"]) document.body.dispatchEvent(
            new KeyboardEvent("keydown", {key, bubbles: true, isComposing: true})); }"""
    )
    await page.wait_for_timeout(300)
    assert written == []
    assert "吃点" in await note.input_value()


async def test_drafts_survive_a_reload_and_are_gone_once_they_are_sent(context: BrowserContext, house: House) -> None:
    await house.given(in_queue(lost(1, 0)))
    page = await sign_in(context, "chen", to=DESK)
    await row_of(page, "138****5678").click()
    await page.get_by_role("button", name="保存备注").click()
    await expect(page.get_by_text("请填写 2 至 500 字。")).to_be_visible()
    await expect(page.get_by_label("备注")).to_be_focused()
    await page.keyboard.type("下午再打")
    await page.reload()
    await expect(page.get_by_label("备注")).to_have_value("下午再打")
    await page.get_by_role("button", name="保存备注").click()
    await expect(page.locator(".history")).to_contain_text("下午再打 (chen)")
    await expect(page.get_by_label("备注")).to_have_value("")
    await page.reload()
    await expect(page.locator(".history")).to_contain_text("下午再打")
    await expect(page.get_by_label("备注")).to_have_value("")


async def test_a_number_is_shown_for_a_reason_that_is_logged_and_kept_nowhere(
    context: BrowserContext, house: House
) -> None:
    await house.given(in_queue(lost(1, 0)), in_queue(lost(2, 100, caller=LI)))
    page = await sign_in(context, "chen", to=DESK)
    await row_of(page, "138****5678").click()
    await page.get_by_role("button", name="显示号码").click()
    dialog = page.get_by_role("dialog", name="显示号码")
    await expect(dialog.get_by_label("原因")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(dialog).to_contain_text("请填写原因，2 至 200 字。")
    assert await house.rows("SELECT 1 FROM access_log WHERE what LIKE 'caller_number%'") == []
    await page.keyboard.type("核对回电号码")
    await page.keyboard.press("Enter")
    await expect(page.locator("article h2")).to_contain_text("138 1234 5678")
    log = "SELECT what, subject FROM access_log WHERE what LIKE 'caller_number%'"
    episode = page.url.rsplit("/", 1)[1]
    assert await house.rows(log) == [("caller_number (核对回电号码)", f"callbacks/{episode}")]
    kept = await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, history.state, location.href])")
    assert "5678" not in kept
    await row_of(page, "139****0001").click()
    await expect(page.locator("article h2")).to_contain_text("139****0001")
    await row_of(page, "138****5678").click()
    await expect(page.locator("article h2")).to_contain_text("138****5678")
    await page.get_by_role("button", name="显示号码").click()
    await expect(dialog.get_by_role("button", name="核对回电号码")).to_be_visible()


async def test_a_list_that_is_read_again_and_again_writes_no_access_log(context: BrowserContext, house: House) -> None:
    await house.given(in_queue(lost(1, 0)))
    page = await sign_in(context, "wang", to=DESK)
    await row_of(page, "138****5678").click()
    await expect(page.locator("article h2")).to_be_visible()
    await house.given(in_queue(lost(2, 100, caller=LI)))
    await expect(page.locator("[data-row]")).to_have_count(2)
    assert await house.rows("SELECT what FROM access_log WHERE what LIKE 'caller_number%'") == []


async def test_enter_takes_the_next_and_an_empty_list_shows_how_the_day_went(
    context: BrowserContext, house: House
) -> None:
    await house.given(in_queue(lost(1, 0)))
    page = await sign_in(context, "chen", to=DESK)
    await expect(page.locator("[data-row]")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator("article .claim")).to_contain_text("我在处理")
    await house.given(outbound(2, 1000, is_answered=True))
    await expect(page.get_by_role("heading", name="没有人在等回电")).to_be_visible()
    await expect(page.locator(".list")).to_contain_text("今天接通 0，未接 1。")
    await expect(page.locator(".list")).to_contain_text("今天未接 1 人：已回电 1，自行打通 0，无法联系 0。")
    await expect(page.locator("article .closed")).to_contain_text("已离开名单：已与对方通话。")


async def test_a_message_is_fetched_once_and_hearing_it_is_written_down_once(
    context: BrowserContext, house: House, database: Database, tmp_path: Path
) -> None:
    await take_in_message(database, make_settings(house.backend.pbx, tmp_path), 1)
    page = await sign_in(context, "chen", to=DESK)
    await row_of(page, "138****5678").click()
    asked = watch_requests(page, lambda request: "/audio" in request.url)
    await page.get_by_role("button", name="听留言").click()
    player = page.get_by_role("group", name="留言")
    await player.get_by_role("button", name="播放").click()
    await player.get_by_label("播放位置").fill("2")
    await player.get_by_text("2 倍", exact=True).click()
    assert await find_barriers(page) == []
    await expect(player).to_contain_text("/ 00:04")
    await expect(page.locator("article")).to_contain_text("chen 已听")
    assert len(asked) == 1
    assert await house.rows("SELECT count(*) FROM audio_listenings") == [(1,)]


async def test_the_day_sheet_adds_up_and_is_saved_with_masked_numbers_or_for_a_reason(
    context: BrowserContext, house: House
) -> None:
    calls = [in_queue(lost(1, 0)), in_queue(lost(2, 100, caller=LI)), outbound(3, 900, is_answered=True)]
    await house.given(*calls, answered(4, 1000, caller=WU))
    page = await sign_in(context, "wang", to=DESK)
    await page.get_by_role("link", name="今日表").click()
    await expect(page).to_have_url(re.compile("/callbacks/day/2026-11-23$"))
    await expect(page.get_by_role("heading", name="2026-11-23 日报")).to_be_visible()
    lost_table = page.get_by_role("table", name="未接")
    await expect(lost_table.get_by_role("row", name="合计")).to_have_text(re.compile(r"合计\s*2\s*2"))
    await expect(lost_table.get_by_role("row", name="已回电")).to_have_text(re.compile(r"已回电\s*1\s*1"))
    talked_table = page.get_by_role("table", name="接通来电的处置")
    await expect(talked_table.get_by_role("row")).to_have_text(
        [re.compile(line) for line in (r"合计\s*1", r"已登记\s*0", r"有原因\s*0", r"未处置\s*1", r"未处置：1001\s*1")]
    )
    await expect(page.locator(".chain")).to_contain_text("此前的哈希链完整")
    files = []
    for reason in (None, "报送上级"):
        await page.get_by_role("button", name="导出名单").click()
        dialog = page.get_by_role("dialog", name="导出")
        await dialog.get_by_text("CSV").click()
        if reason is not None:
            await dialog.get_by_text("含完整号码").click()
            await dialog.get_by_label("原因").fill(reason)
        async with page.expect_download() as download:
            await dialog.get_by_role("button", name="下载").click()
        saved = await download.value
        assert saved.suggested_filename == "callbacks-2026-11-23.csv"
        files.append((await saved.path()).read_text("utf-8"))
        await expect(dialog).to_be_hidden()
    assert ["13812345678" in file for file in files] == [False, True]
    assert "138****5678" in files[0]
    assert await house.rows("SELECT what FROM access_log WHERE what LIKE 'caller_number%'") == [
        ("caller_number (报送上级)",)
    ]


async def test_what_changed_while_the_connection_was_lost_is_shown_once_it_is_back(
    context: BrowserContext, house: House
) -> None:
    page = await context.new_page()
    sockets: list[WebSocketRoute] = []

    async def stand_between(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    await page.route_web_socket(re.compile("/me/live"), stand_between)
    await page.goto(DESK)
    await fill_in(page, "chen", PASSWORD)
    await house.given(in_queue(lost(1, 0)))
    await expect(page.locator("[data-row]")).to_have_count(1)
    await sockets[0].close(code=1011)
    await house.given(in_queue(lost(2, 100, caller=LI)))
    await expect(page.locator("[data-row]")).to_have_count(2)
    assert len(sockets) > 1


@pytest.mark.parametrize("language", ["中文", "English"])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_serious_with_any_dialog_open_in_either_theme_and_language(
    browser: Browser, backend: Backend, house: House, language: str, theme: str
) -> None:
    await house.given(in_queue(lost(1, 0)), in_queue(lost(2, 100, caller=LI)), outbound(3, 200))
    async with visitor(browser, str(backend.client.base_url), color_scheme=theme) as context:
        page = await sign_in(context, "wang", to=DESK)
        await page.get_by_role("button", name="账户").click()
        await page.get_by_text(language).click()
        await page.keyboard.press("Escape")
        await expect(page.locator("[data-row]")).to_have_count(2)
        assert await find_barriers(page) == []
        await page.locator("[data-row]").first.focus()
        await page.keyboard.press("c")
        await expect(page.locator("article .claim")).to_be_visible()
        assert await find_barriers(page) == []
        dialog = page.locator("[role=dialog]:visible")
        for name in ("显示号码|Show number", "约定时间|Promise a time", "移交|Hand over", "无法联系|Unreachable"):
            await page.locator("article").get_by_role("button", name=re.compile(name)).click()
            await expect(dialog).to_be_visible()
            assert (name, await find_barriers(page)) == (name, [])
            await page.keyboard.press("Escape")
            await expect(dialog).to_be_hidden()
        await page.get_by_role("button", name=re.compile("^(导出|Export)$")).click()
        await expect(dialog).to_be_visible()
        assert await find_barriers(page) == []
        await page.goto("/callbacks/day/2026-11-23")
        await expect(page.locator(".verdict")).to_be_visible()
        assert await find_barriers(page) == []
