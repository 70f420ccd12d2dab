"""Working on a caller in the browser: dials, their refusals and judgement, promises, and the row that leaves."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import BrowserContext, expect

from callcenter.calls.records import HungUpBy, Outcome, Talk, TalkKind
from callcenter.clock import Clock
from callcenter.dialling.rules import RefusalReason
from tests.browser.callers import TEN_O_CLOCK, House, clock_from, in_queue
from tests.browser.chromium import find_barriers, picture
from tests.browser.pages import press_on, row_of, sign_in
from tests.integration.backend import LIMIT
from tests.integration.callback_examples import LI, MEI, as_ami, lost, outbound, still_up

WU = "13700000002"
DESK = "/callbacks"


@pytest.fixture
def clock() -> Clock:
    return clock_from(TEN_O_CLOCK)


async def test_a_caller_is_worked_to_the_end_by_keyboard_alone_and_leaves_because_the_record_says_so(
    context: BrowserContext, house: House
) -> None:
    await house.given(in_queue(lost(1, 0)), in_queue(lost(2, 100, caller=LI, seconds=10)))
    await house.seat("chen")
    page = await sign_in(context, "chen", to=DESK)
    await expect(page.locator("[data-row]")).to_have_count(2)
    for key in ("j", "j", "k"):
        await page.keyboard.press(key)
    await expect(row_of(page, "138****5678")).to_be_focused()
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
    assert await find_barriers(page) == []
    await page.get_by_label("本人").focus()
    await page.keyboard.press("Space")
    await page.get_by_label("通话说明").focus()
    await page.keyboard.type("已说明情况")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("已判断：本人。")).to_be_visible()
    farewell = page.locator(".farewells li")
    await expect(farewell).to_contain_text("138****5678 已离开名单：已与对方通话。")
    assert await find_barriers(page) == []
    await expect(page.locator("[data-row]")).to_have_count(1)
    assert len(house.originates()) == 1
    assert await house.rows("SELECT judgement, note FROM dial_judgements") == [("talked", "已说明情况")]
    await farewell.get_by_role("link", name="查看通话").click()
    await expect(page.get_by_role("heading", name="1001 → 138****5678")).to_be_visible()


async def test_a_caller_is_claimed_noted_promised_given_back_and_handed_over_by_keyboard_alone(
    context: BrowserContext, house: House
) -> None:
    await house.given(in_queue(lost(1, 0)))
    await house.seat("chen")
    page = await sign_in(context, "chen", to=DESK)
    await expect(page.locator("[data-row]")).to_have_count(1)
    for key in ("j", "Enter", "c"):
        await page.keyboard.press(key)
    panel = page.locator("article")
    await expect(panel.locator(".claim")).to_contain_text("我在处理")
    await press_on(page, page.get_by_label("备注"), "End")
    await page.keyboard.type("下午再打")
    await press_on(page, page.get_by_role("button", name="保存备注"))
    await expect(page.locator(".history")).to_contain_text("下午再打 (chen)")
    await press_on(page, panel.get_by_role("button", name="约定时间"))
    dialog = page.get_by_role("dialog", name="约定时间")
    await expect(dialog.get_by_label("什么时候回电")).to_be_focused()
    await page.keyboard.type("2026-11-23 15:30")
    await page.keyboard.press("Enter")
    await press_on(page, dialog.get_by_role("button", name="约定", exact=True))
    await expect(row_of(page, "138****5678")).to_contain_text("约定 15:30")
    await press_on(page, panel.get_by_role("button", name="放回"))
    await expect(panel.locator(".claim")).to_be_hidden()
    await press_on(page, row_of(page, "138****5678"))
    await page.keyboard.press("c")
    await expect(panel.locator(".claim")).to_contain_text("我在处理")
    await press_on(page, panel.get_by_role("button", name="移交"))
    dialog = page.get_by_role("dialog", name="移交")
    await press_on(page, dialog.get_by_label("备注"), "End")
    await page.keyboard.type("下班，请接着打")
    await press_on(page, dialog.get_by_role("button", name="移交"))
    await expect(page.locator(".history")).to_contain_text("下班，请接着打 (chen)")
    await expect(panel.locator(".claim")).to_be_hidden()


async def test_two_browsers_that_dial_the_same_caller_make_one_ring(
    context: BrowserContext, other: BrowserContext, house: House
) -> None:
    await house.given(in_queue(lost(1, 0)))
    await house.seat("chen")
    await house.seat("wang", "PJSIP/1002")
    pages = [await sign_in(context, "chen", to=DESK), await sign_in(other, "wang", to=DESK)]
    for page in pages:
        await row_of(page, "138****5678").click()
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
        await row_of(page, "139****0001").click()
        await page.get_by_role("button", name="拨打").click()
        await house.dial_is_made()
    await row_of(page, "号码隐藏" if reason is RefusalReason.NO_NUMBER else "138****5678").click()
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
    await row_of(page, "138****5678").click()
    await page.get_by_role("button", name="拨打").click()
    await house.dial_is_made()
    await house.rows("UPDATE dials SET state = 'unknown', ended_at = now()")
    await page.reload()
    await expect(page.get_by_role("region", name="拨打")).to_contain_text("已拨出，结果未知")
    await expect(page.get_by_role("region", name="拨打")).to_contain_text("不会自动重拨")
    assert len(house.originates()) == 1


async def test_a_promise_lies_ahead_in_the_hotlines_time_and_shows_in_the_list(
    context: BrowserContext, house: House
) -> None:
    await house.given(in_queue(lost(1, 0)))
    page = await sign_in(context, "chen", to=DESK)
    await row_of(page, "138****5678").click()
    await page.keyboard.press("c")
    await page.get_by_role("button", name="约定时间").click()
    dialog = page.get_by_role("dialog", name="约定时间")
    when = dialog.get_by_label("什么时候回电")
    await when.fill("2026-11-23 09:30")
    await when.press("Tab")
    await dialog.get_by_role("button", name="约定", exact=True).click()
    await expect(dialog).to_contain_text("约定时间须在将来 30 天之内。")
    await when.fill("2026-11-23 15:30")
    await when.press("Enter")
    await dialog.get_by_role("button", name="约定", exact=True).click()
    await expect(dialog).to_be_hidden()
    await expect(row_of(page, "138****5678")).to_contain_text("约定 15:30")
    assert await house.rows("SELECT promised_at, named_by FROM episode_promises") == [
        (datetime(2026, 11, 23, 7, 30, tzinfo=UTC), "agent")
    ]


async def test_a_supervisor_signs_only_after_enough_tries_and_the_row_says_who_did(
    context: BrowserContext, house: House
) -> None:
    await house.given(in_queue(lost(1, 0)), lost(2, 100, caller=None))
    page = await sign_in(context, "wang", to=DESK)
    await row_of(page, "138****5678").click()
    await page.get_by_role("button", name="无法联系").click()
    dialog = page.get_by_role("dialog", name="无法联系")
    await expect(dialog).to_contain_text("已在 0 个不同时段拨打，需要 3 个。")
    await dialog.get_by_label("原因").fill("多次无人")
    await page.keyboard.press("Enter")
    await expect(dialog).to_contain_text("只拨打了 0 次，至少需要 3 次。")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await row_of(page, "号码隐藏").click()
    await page.get_by_role("button", name="无法联系").click()
    await dialog.get_by_label("原因").fill("没有号码")
    await page.keyboard.press("Enter")
    await expect(page.locator("article .closed")).to_contain_text("主管签字无法联系。 没有号码 (wang)")
    await expect(page.locator("[data-row]")).to_have_count(1)


async def test_of_two_supervisors_who_sign_at_once_the_second_sees_who_was_first_and_what_became_of_the_caller(
    context: BrowserContext, other: BrowserContext, house: House
) -> None:
    await house.given(lost(2, 100, caller=None))
    pages = [await sign_in(context, "wang", to=DESK), await sign_in(other, "root", to=DESK)]
    for page in pages:
        await row_of(page, "号码隐藏").click()
        await page.get_by_role("button", name="无法联系").click()
        await page.get_by_role("dialog", name="无法联系").get_by_label("原因").fill("没有号码")
    for page in pages:
        await page.keyboard.press("Enter")
        await expect(page.locator("article .closed")).to_contain_text("主管签字无法联系。 没有号码 (wang)")
    second = pages[1].get_by_role("dialog", name="无法联系")
    await expect(second).to_contain_text("该来电已处理完毕。")
    await expect(second).to_contain_text("主管签字无法联系。 没有号码 (wang)")
    assert await find_barriers(pages[1]) == []
    await picture(pages[1], "decision-of-another")
    assert await house.rows("SELECT decided_by FROM episode_decisions") == [
        *await house.rows("SELECT id FROM users WHERE name = 'wang'")
    ]


async def test_everything_that_is_held_is_handed_over_with_a_note(context: BrowserContext, house: House) -> None:
    await house.given(in_queue(lost(1, 0)))
    page = await sign_in(context, "chen", to=DESK)
    await row_of(page, "138****5678").click()
    await page.keyboard.press("c")
    await page.locator("article").get_by_role("button", name="移交").click()
    dialog = page.get_by_role("dialog", name="移交")
    await expect(dialog).to_contain_text("您领取的 1 位都会放回名单")
    await dialog.get_by_label("备注").fill("下班，请接着打")
    await dialog.get_by_role("button", name="移交").click()
    await expect(page.locator("article .claim")).to_be_hidden()
    await expect(page.locator(".history")).to_contain_text("下班，请接着打 (chen)")
