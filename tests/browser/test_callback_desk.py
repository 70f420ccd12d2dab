"""Working the callback list in the browser, from the list to the row that leaves it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, WebSocketRoute, expect

from callcenter.calls.records import HungUpBy, Outcome, Talk, TalkKind
from callcenter.clock import Clock
from callcenter.dialling.rules import RefusalReason
from callcenter.postgres.database import Database
from tests.browser.callers import TEN_O_CLOCK, House, clock_from, in_queue
from tests.browser.chromium import find_barriers, visitor
from tests.browser.pages import fill_in, sign_in, watch_requests
from tests.integration.audio_house import take_in_message
from tests.integration.backend import LIMIT, Backend, make_settings
from tests.integration.callback_examples import LI, MEI, as_ami, lost, outbound, still_up
from tests.integration.conftest import PASSWORD

WU = "13700000002"
DESK = "/callbacks"


@pytest.fixture
def clock() -> Clock:
    return clock_from(TEN_O_CLOCK)


@pytest.fixture
def house(backend: Backend, database: Database, clock: Clock) -> House:
    return House(backend=backend, database=database, clock=clock)


@pytest.fixture
async def other(browser: Browser, backend: Backend) -> AsyncIterator[BrowserContext]:
    """The browser of somebody else."""
    async with visitor(browser, str(backend.client.base_url)) as context:
        yield context


def row(page: Page, number: str) -> Locator:
    return page.locator("[data-row]", has_text=number)


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
        await expect(row(page, "138****5678")).to_be_visible()
    await house.given(in_queue(lost(2, 3600, caller=LI)))
    await expect(row(chen, "139****0001")).to_be_visible(timeout=2_000)
    await row(chen, "139****0001").focus()
    await chen.keyboard.press("c")
    await expect(row(chen, "139****0001")).to_contain_text("我在处理")
    await expect(row(wang, "139****0001")).to_contain_text(re.compile(r"chen 处理中 (29:\d\d|30:00)"), timeout=1_000)
    await row(wang, "139****0001").click()
    await wang.keyboard.press("c")
    await expect(wang.get_by_role("alert").filter(has_text="已由他人领取。")).to_contain_text(
        "chen 正在处理，最迟到 10:30"
    )
    await expect(chen.locator("article .claim")).to_contain_text("我在处理")
    await chen.get_by_role("button", name="放回").click()
    await expect(row(wang, "139****0001")).not_to_contain_text("处理中", timeout=1_000)


async def test_a_caller_is_worked_to_the_end_by_keyboard_alone_and_leaves_because_the_record_says_so(
    context: BrowserContext, house: House
) -> None:
    await house.given(in_queue(lost(1, 0)), in_queue(lost(2, 100, caller=LI, seconds=10)))
    await house.seat("chen")
    page = await sign_in(context, "chen", to=DESK)
    await expect(page.locator("[data-row]")).to_have_count(2)
    for key in ("j", "j", "k"):
        await page.keyboard.press(key)
    await expect(row(page, "138****5678")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/callbacks/\d+$"))
    await page.keyboard.press("d")
    steps = page.get_by_role("region", name="拨打")
    await expect(steps.locator("[aria-current=step]")).to_have_text("已请求")
    call = await house.rings(await house.dial_is_made(), dialled=MEI)
    await expect(steps.locator("[aria-current=step]")).to_have_text("对方振铃")
    begin = house.clock()
    talk = Talk(with_="1001", kind=TalkKind.AGENT, from_=begin, to=None)
    talking = replace(call, answered_at=begin, talks=(talk,))
    await house.given(as_ami(still_up(talking)))
    await expect(steps.locator("[aria-current=step]")).to_have_text("通话中")
    await expect(steps.locator("time")).to_have_text(re.compile(r"00:0\d"))
    end = begin + timedelta(seconds=8)
    over = replace(
        talking,
        ended_at=end,
        talks=(replace(talk, to=end),),
        outcome=Outcome.ANSWERED,
        hung_up_by=HungUpBy.CALLEE,
    )
    await house.given(as_ami(over), over)
    await expect(page.get_by_text("结果建议：语音信箱")).to_be_visible()
    await expect(page.get_by_label("语音信箱")).to_be_checked()
    await page.get_by_label("本人").focus()
    await page.keyboard.press("Space")
    await page.get_by_label("通话说明").focus()
    await page.keyboard.type("已说明情况")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("已判断：本人。")).to_be_visible()
    farewell = page.locator(".farewells li")
    await expect(farewell).to_contain_text("138****5678 已离开名单：已与对方通话。")
    await expect(page.locator("[data-row]")).to_have_count(1)
    assert len(house.originates()) == 1
    assert await house.rows("SELECT judgement, note FROM dial_judgements") == [("talked", "已说明情况")]
    await farewell.get_by_role("link", name="查看通话").click()
    await expect(page.get_by_role("heading", name="1001 → 138****5678")).to_be_visible()


async def test_two_browsers_that_dial_the_same_caller_make_one_ring(
    context: BrowserContext, other: BrowserContext, house: House
) -> None:
    await house.given(in_queue(lost(1, 0)))
    await house.seat("chen")
    await house.seat("wang", "PJSIP/1002")
    pages = [await sign_in(context, "chen", to=DESK), await sign_in(other, "wang", to=DESK)]
    for page in pages:
        await row(page, "138****5678").click()
        await expect(page.get_by_role("button", name="拨打")).to_be_visible()
    await asyncio.gather(*(page.keyboard.press("d") for page in pages))
    refused = [page.get_by_role("alert").filter(has_text="已由他人领取。") for page in pages]
    async with asyncio.timeout(LIMIT):
        while sum([await alert.count() for alert in refused]) != 1:
            await asyncio.sleep(0.05)
    assert len(house.originates()) == 1


REFUSALS = {
    RefusalReason.NO_SEAT: "请先签入话机。 到坐席台签入话机后再拨。",
    RefusalReason.CALLER_IS_HERE: "对方正在呼入，请接听。 对方正在呼入，不要回拨。 查看通话",
    RefusalReason.TRIED_RECENTLY: "刚刚拨打过，请稍后再试。 14:00 起再拨，换一个时段更容易找到人。",
    RefusalReason.DO_NOT_CALL: "对方要求不再致电。 不要再拨；如有疑问请找主管。",
    RefusalReason.NO_NUMBER: "来电没有号码，无法回拨。 请听留言，或由主管处理。",
    RefusalReason.CLAIM_LIMIT: "您领取的已达上限，请先处理。 最多领取 1 位：先处理或放回一位。",
}


async def prepare(house: House, reason: RefusalReason) -> None:
    caller = None if reason is RefusalReason.NO_NUMBER else MEI
    await house.given(in_queue(lost(1, 0, caller=caller)))
    if reason is not RefusalReason.NO_SEAT:
        await house.seat("chen")
    match reason:
        case RefusalReason.CALLER_IS_HERE:
            await house.given(as_ami(still_up(in_queue(lost(2, 3590)))))
        case RefusalReason.TRIED_RECENTLY:
            await house.given(outbound(2, 600))
        case RefusalReason.DO_NOT_CALL:
            await house.rows(
                "INSERT INTO do_not_call (number, reason, added_by, added_at)"
                " SELECT '+8613812345678', 'asked for it', id, now() FROM users WHERE name = 'wang'"
            )
        case RefusalReason.CLAIM_LIMIT:
            await house.given(in_queue(lost(2, 100, caller=LI)))


@pytest.mark.parametrize("reason", REFUSALS)
async def test_a_refused_dial_says_why_and_what_to_do(
    context: BrowserContext, house: House, reason: RefusalReason
) -> None:
    await prepare(house, reason)
    page = await sign_in(context, "chen", to=DESK)
    if reason is RefusalReason.CLAIM_LIMIT:
        await row(page, "139****0001").click()
        await page.get_by_role("button", name="拨打").click()
        await house.dial_is_made()
    await row(page, "号码隐藏" if reason is RefusalReason.NO_NUMBER else "138****5678").click()
    await page.get_by_role("button", name="拨打").click()
    alert = page.locator("article .refusal")
    await expect(alert).to_be_visible()
    assert " ".join((await alert.inner_text()).split()) == f"▲ {REFUSALS[reason]}"
    if reason is RefusalReason.CALLER_IS_HERE:
        await alert.get_by_role("link").click()
        await expect(page).to_have_url(re.compile("/calls/pbx1/pbx1-2.0$"))


async def test_a_dial_of_which_nothing_is_known_says_just_that_and_is_not_made_again(
    context: BrowserContext, house: House
) -> None:
    await house.given(in_queue(lost(1, 0)))
    await house.seat("chen")
    page = await sign_in(context, "chen", to=DESK)
    await row(page, "138****5678").click()
    await page.get_by_role("button", name="拨打").click()
    await house.dial_is_made()
    await house.rows("UPDATE dials SET state = 'unknown', ended_at = now()")
    await page.reload()
    await expect(page.get_by_role("region", name="拨打")).to_contain_text("已拨出，结果未知")
    await expect(page.get_by_role("region", name="拨打")).to_contain_text("不会自动重拨")
    assert len(house.originates()) == 1


async def test_an_input_method_that_composes_triggers_nothing_and_neither_do_letters_in_a_text(
    context: BrowserContext, house: House
) -> None:
    await house.given(in_queue(lost(1, 0)))
    await house.seat("chen")
    page = await sign_in(context, "chen", to=DESK)
    await row(page, "138****5678").click()
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
    await row(page, "138****5678").click()
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
    await row(page, "138****5678").click()
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
    await row(page, "139****0001").click()
    await expect(page.locator("article h2")).to_contain_text("139****0001")
    await row(page, "138****5678").click()
    await expect(page.locator("article h2")).to_contain_text("138****5678")
    await page.get_by_role("button", name="显示号码").click()
    await expect(dialog.get_by_role("button", name="核对回电号码")).to_be_visible()


async def test_a_list_that_is_read_again_and_again_writes_no_access_log(context: BrowserContext, house: House) -> None:
    await house.given(in_queue(lost(1, 0)))
    page = await sign_in(context, "wang", to=DESK)
    await row(page, "138****5678").click()
    await expect(page.locator("article h2")).to_be_visible()
    await house.given(in_queue(lost(2, 100, caller=LI)))
    await expect(page.locator("[data-row]")).to_have_count(2)
    assert await house.rows("SELECT what FROM access_log WHERE what LIKE 'caller_number%'") == []


async def test_a_promise_lies_ahead_in_the_hotlines_time_and_shows_in_the_list(
    context: BrowserContext, house: House
) -> None:
    await house.given(in_queue(lost(1, 0)))
    page = await sign_in(context, "chen", to=DESK)
    await row(page, "138****5678").click()
    await page.keyboard.press("c")
    await page.get_by_role("button", name="约定时间").click()
    dialog = page.get_by_role("dialog", name="约定时间")
    when = dialog.get_by_label("什么时候回电")
    await when.fill("2026-11-23T09:30")
    await dialog.get_by_role("button", name="约定", exact=True).click()
    await expect(dialog).to_contain_text("约定时间须在将来 30 天之内。")
    await when.fill("2026-11-23T15:30")
    await dialog.get_by_role("button", name="约定", exact=True).click()
    await expect(dialog).to_be_hidden()
    await expect(row(page, "138****5678")).to_contain_text("约定 15:30")
    assert await house.rows("SELECT promised_at, named_by FROM episode_promises") == [
        (datetime(2026, 11, 23, 7, 30, tzinfo=UTC), "agent")
    ]


async def test_a_supervisor_signs_only_after_enough_tries_and_the_row_says_who_did(
    context: BrowserContext, house: House
) -> None:
    await house.given(in_queue(lost(1, 0)), lost(2, 100, caller=None))
    page = await sign_in(context, "wang", to=DESK)
    await row(page, "138****5678").click()
    await page.get_by_role("button", name="无法联系").click()
    dialog = page.get_by_role("dialog", name="无法联系")
    await expect(dialog).to_contain_text("已在 0 个不同时段拨打，需要 3 个。")
    await dialog.get_by_label("原因").fill("多次无人")
    await page.keyboard.press("Enter")
    await expect(dialog).to_contain_text("只拨打了 0 次，至少需要 3 次。")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await row(page, "号码隐藏").click()
    await page.get_by_role("button", name="无法联系").click()
    await dialog.get_by_label("原因").fill("没有号码")
    await page.keyboard.press("Enter")
    await expect(page.locator("article .closed")).to_contain_text("主管签字无法联系。 没有号码 (wang)")
    await expect(page.locator("[data-row]")).to_have_count(1)


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
    await row(page, "138****5678").click()
    asked = watch_requests(page, lambda request: "/audio" in request.url)
    await page.get_by_role("button", name="听留言").click()
    player = page.get_by_role("group", name="留言")
    await player.get_by_role("button", name="播放").click()
    await player.get_by_label("播放位置").fill("2")
    await player.get_by_text("2 倍", exact=True).click()
    await expect(player).to_contain_text("/ 00:04")
    await expect(page.locator("article")).to_contain_text("chen 已听")
    assert len(asked) == 1
    assert await house.rows("SELECT count(*) FROM audio_listenings") == [(1,)]


async def test_the_day_sheet_adds_up_and_is_saved_with_masked_numbers_or_for_a_reason(
    context: BrowserContext, house: House
) -> None:
    await house.given(in_queue(lost(1, 0)), in_queue(lost(2, 100, caller=LI)), outbound(3, 900, is_answered=True))
    page = await sign_in(context, "wang", to=DESK)
    await page.get_by_role("link", name="今日表").click()
    await expect(page).to_have_url(re.compile("/callbacks/day/2026-11-23$"))
    await expect(page.get_by_role("heading", name="2026-11-23 日报")).to_be_visible()
    lost_table = page.get_by_role("table", name="未接")
    await expect(lost_table.get_by_role("row", name="合计")).to_have_text(re.compile(r"合计\s*2\s*2"))
    await expect(lost_table.get_by_role("row", name="已回电")).to_have_text(re.compile(r"已回电\s*1\s*1"))
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


async def test_everything_that_is_held_is_handed_over_with_a_note(context: BrowserContext, house: House) -> None:
    await house.given(in_queue(lost(1, 0)))
    page = await sign_in(context, "chen", to=DESK)
    await row(page, "138****5678").click()
    await page.keyboard.press("c")
    await page.locator("article").get_by_role("button", name="移交").click()
    dialog = page.get_by_role("dialog", name="移交")
    await expect(dialog).to_contain_text("您领取的 1 位都会放回名单")
    await dialog.get_by_label("备注").fill("下班，请接着打")
    await dialog.get_by_role("button", name="移交").click()
    await expect(page.locator("article .claim")).to_be_hidden()
    await expect(page.locator(".history")).to_contain_text("下班，请接着打 (chen)")


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
