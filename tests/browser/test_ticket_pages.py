"""The pages of matters: the list, one matter with its steps, two who work on the same one, what became of the calls."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from callcenter.clock import Clock
from tests.browser.callers import TEN_O_CLOCK, House, clock_from
from tests.browser.chromium import find_barriers, picture, visitor
from tests.browser.matters import TICKETS, UNIT, Worker, open_units, worker
from tests.browser.pages import row_of, sign_in
from tests.integration.callback_examples import answered


@pytest.fixture
def clock() -> Clock:
    return clock_from(TEN_O_CLOCK)


@pytest.fixture
async def agent(browser: Browser, house: House) -> AsyncIterator[Worker]:
    """An agent who registers, after units were opened; the officer zhao belongs to the first."""
    address = str(house.backend.client.base_url)
    async with visitor(browser, address) as admin, visitor(browser, address) as context:
        await open_units(await worker(admin, address, "root"), "zhao")
        yield await worker(context, address, "chen")


IN_LANGUAGE = """(language) => {
  document.querySelector("#app").__vue_app__.config.globalProperties.$i18n.locale = language;
  document.documentElement.lang = language;
}"""
"""As the choice of the language does, which a dialog that is open covers."""


async def look(page: Page, name: str) -> None:
    """In both themes and both languages: nothing that axe finds serious; pictures where they are wanted."""
    await expect(page.locator("[class*=-leave-active]")).to_have_count(0)  # what closes has gone
    for language, theme in (("zh-CN", "light"), ("en", "dark"), ("en", "light"), ("zh-CN", "dark")):
        await page.evaluate(IN_LANGUAGE, language)
        await page.evaluate("(isDark) => document.documentElement.classList.toggle('dark', isDark)", theme == "dark")
        assert await find_barriers(page) == [], (name, language, theme)
        await picture(page, f"{name}-{language}-{theme}")
    await page.evaluate("document.documentElement.classList.remove('dark')")


BEYOND = """[...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth)
  .map((one) => one.outerHTML.slice(0, 100))"""
"""What reaches over the right edge."""


async def fits_a_telephone(page: Page) -> None:
    """At 400 pixels nothing has to be pushed aside."""
    size = page.viewport_size
    await page.set_viewport_size({"width": 400, "height": 800})
    assert await page.evaluate("document.scrollingElement.scrollWidth") <= 400, await page.evaluate(BEYOND)
    await page.set_viewport_size(size or {"width": 1280, "height": 720})


async def test_the_list_is_filtered_in_the_address_and_walked_by_keys(context: BrowserContext, agent: Worker) -> None:
    page = await sign_in(context, "wang", to="/tickets")
    await expect(page.get_by_role("heading", name="没有未办结的诉求")).to_be_visible()
    await look(page, "tickets-empty")
    numbers = [await agent.register(f"key-0000000{place}") for place in range(3)]
    await agent.step(numbers[1], "forward", unit_id=1)
    await page.reload()
    rows = page.locator("[data-row]")
    await expect(rows).to_have_count(3)
    await expect(row_of(page, numbers[1])).to_contain_text(UNIT)
    await expect(row_of(page, numbers[0])).to_contain_text(re.compile("◆ 将到期|● 剩余"))
    await look(page, "tickets-list")
    await fits_a_telephone(page)
    await page.get_by_role("combobox", name="承办单位").click()
    await page.get_by_role("option", name=UNIT).click()
    await expect(page).to_have_url(re.compile(r"unit=1"))
    await expect(rows).to_have_count(1)
    await page.goto("/tickets?kind=complaint&state=registered&order=newest")
    await expect(rows).to_have_count(2)
    for key in ("j", "j", "Enter"):
        await page.keyboard.press(key)
    await expect(page).to_have_url(re.compile(rf"/tickets/{numbers[0]}$"))
    await page.goto("/tickets?kind=murder")
    await expect(page.get_by_text("网址中有无法识别的筛选")).to_be_visible()


async def test_an_officer_accepts_settles_and_completes_a_matter_by_keyboard(
    context: BrowserContext, agent: Worker
) -> None:
    number = await agent.register("key-00000001")
    await agent.step(number, "forward", unit_id=1)
    page = await sign_in(context, "zhao")
    await expect(page).to_have_url(re.compile(r"/tickets$"))
    await expect(row_of(page, number)).to_be_visible()
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name=number)).to_be_visible()
    steps = page.get_by_role("region", name="可以办理")
    await expect(steps.get_by_role("button")).to_have_text(
        [re.compile(word) for word in ("退回", "限期补充", "记录管辖争议", "受理", "不予受理")]
    )
    await look(page, "ticket-forwarded")
    await fits_a_telephone(page)

    await page.keyboard.press("4")
    dialog = page.get_by_role("dialog", name="受理")
    await expect(dialog.get_by_role("checkbox", name="已告知")).to_be_focused()
    await page.keyboard.press("Space")
    await look(page, "ticket-accept")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("已受理").first).to_be_visible()
    await expect(dialog).to_be_hidden()

    await page.get_by_role("button", name=re.compile("^解决")).click()
    dialog = page.get_by_role("dialog", name="解决")
    await dialog.get_by_role("button", name="解决").click()
    await expect(dialog.get_by_text("必填。")).to_be_visible()
    await dialog.get_by_role("radio", name="调解成功").press("Space")
    await dialog.get_by_label("协议内容").fill("退还货款二百元")
    await dialog.get_by_label("挽回金额").fill("200")
    await look(page, "ticket-settle")
    await dialog.get_by_role("button", name="解决").click()
    await expect(dialog).to_be_hidden()
    await expect(steps.get_by_text("“办结”还缺：")).to_be_visible()
    await expect(steps.get_by_role("button", name=re.compile("^办结"))).to_be_disabled()

    await steps.get_by_role("button", name="经营者（或无法确认的原因）").click()
    edit = page.get_by_role("dialog", name="修改")
    await expect(edit.get_by_label("事实")).to_be_disabled()
    await expect(edit.get_by_label("事实")).to_have_value("11月20日购买的奶粉已过期，联系电话139****1111")
    await edit.get_by_role("combobox", name="经营者", exact=True).fill("苏果超市武进店")
    await page.get_by_role("option", name="新增“苏果超市武进店”").click()
    await edit.get_by_role("combobox", name="商品").click()
    await page.keyboard.type("ybsp")
    await page.keyboard.press("Enter")
    await look(page, "ticket-edit")
    await edit.get_by_role("button", name="保存").click()
    await expect(edit).to_be_hidden()
    await page.keyboard.press("1")
    dialog = page.get_by_role("dialog", name="办结")
    await expect(dialog.get_by_label("反馈")).to_be_focused()
    await page.keyboard.type("商家已退款")
    await dialog.get_by_role("button", name="办结").click()
    await expect(page.get_by_text("您目前没有可以办理的步骤。")).to_be_visible()
    await expect(page.locator(".el-overlay-dialog:visible")).to_have_count(0)
    await look(page, "ticket-completed")
    done = await agent.ask("GET", f"{TICKETS}/{number}")
    assert {name: done[name] for name in ("state", "outcome", "merchant", "amount_recovered_cents")} == {
        "state": "completed",
        "outcome": "mediated",
        "merchant": "苏果超市武进店",
        "amount_recovered_cents": 20000,
    }
    assert done["goods_code"] == "general_food"


async def test_of_two_at_one_matter_the_second_sees_who_did_what_and_keeps_what_was_typed(
    context: BrowserContext, other: BrowserContext, agent: Worker
) -> None:
    number = await agent.register("key-00000001")
    await agent.step(number, "forward", unit_id=1)
    first = await sign_in(context, "zhao", to=f"/tickets/{number}")
    second = await sign_in(other, "wang", to=f"/tickets/{number}")
    await second.get_by_role("button", name=re.compile("^不予受理")).click()
    refusal = second.get_by_role("dialog", name="不予受理")
    await refusal.get_by_role("radio", name=re.compile("（三）不是为生活消费需要")).press("Space")
    await refusal.get_by_label("理由").fill("不是消费者")
    await look(second, "ticket-refuse")
    await first.get_by_role("button", name=re.compile("^受理")).click()
    await first.get_by_role("dialog").get_by_role("button", name="受理").click()
    await expect(first.get_by_role("dialog")).to_be_hidden()
    await refusal.get_by_role("button", name="不予受理").click()
    await expect(refusal.get_by_text("期间已被他人修改，现已显示最新内容")).to_be_visible()
    news = refusal.get_by_role("status", name="期间已被他人修改，现已显示最新内容")
    await expect(news.get_by_role("listitem")).to_contain_text(["受理 → 已受理· zhao"])
    await expect(refusal.get_by_text("现在已不能这样办理")).to_be_visible()
    await expect(refusal.get_by_label("理由")).to_have_value("不是消费者")
    await expect(second.get_by_role("article").get_by_text("已受理").first).to_be_visible()
    await look(second, "ticket-stale")
    assert (await agent.ask("GET", f"{TICKETS}/{number}"))["state"] == "accepted"


async def test_one_field_is_shown_whole_with_a_reason_and_a_note_survives_a_reload(
    context: BrowserContext, agent: Worker, house: House
) -> None:
    number = await agent.register("key-00000001")
    page = await sign_in(context, "wang", to=f"/tickets/{number}")
    parties = page.get_by_role("region", name="当事人")
    await expect(parties).to_contain_text("张**")
    await expect(parties).to_contain_text("138****5678")
    await parties.get_by_role("button", name="显示…: 投诉人 电话").click()
    await page.get_by_label("原因（会记录）").fill("核对联系方式")
    await page.get_by_role("dialog").get_by_role("button", name="显示…").click()
    await expect(parties).to_contain_text("+8613812345678")
    await expect(parties).to_contain_text("张**")
    logged = await house.rows("SELECT what FROM access_log WHERE what LIKE 'ticket %'")
    assert logged == [("ticket phone of complainant (核对联系方式)",)]
    await page.get_by_label("备注（自动保存草稿）").fill("明天再联系商家")
    await page.reload()
    await expect(page.get_by_label("备注（自动保存草稿）")).to_have_value("明天再联系商家")
    await expect(parties).to_contain_text("138****5678")
    await page.get_by_role("button", name="保存备注").click()
    await expect(page.get_by_role("region", name="经过").get_by_text("明天再联系商家")).to_be_visible()
    await expect(page.get_by_label("备注（自动保存草稿）")).to_have_value("")


async def test_the_dialogs_of_a_matter_have_no_barrier(context: BrowserContext, agent: Worker, house: House) -> None:
    number = await agent.register("key-00000001")
    await agent.step(number, "forward", unit_id=1)
    page = await sign_in(context, "zhao", to=f"/tickets/{number}")
    parties = page.get_by_role("region", name="当事人")
    for button, name in (
        (parties.get_by_role("button", name="显示…: 投诉人 电话"), "ticket-unmask"),
        (parties.get_by_role("button", name="登记或修改"), "ticket-party"),
        (page.get_by_role("button", name="登记告知"), "ticket-notice"),
    ):
        await button.click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        await look(page, name)
        await page.evaluate(IN_LANGUAGE, "zh-CN")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.get_by_role("button", name=re.compile("^退回")).click()
    dialog = page.get_by_role("dialog", name="退回")
    await dialog.get_by_label("理由").fill("不属本辖区")
    await dialog.get_by_role("button", name="退回").click()
    await expect(page.get_by_role("heading", name="已不在您的单位")).to_be_visible()
    await look(page, "ticket-gone")


async def test_the_calls_of_a_day_that_became_nothing_are_counted_and_listed(
    context: BrowserContext, agent: Worker, house: House
) -> None:
    page = await sign_in(context, "wang", to="/dispositions")
    await expect(page.get_by_text("这一天没有接通的来电")).to_be_visible()
    await look(page, "dispositions-none")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await house.given(answered(7, 0), answered(8, 100), answered(9, 200))
    await agent.register("key-00000001", call=("pbx1", "pbx1-7.0"))
    await agent.ask("PUT", "/api/v1/calls/pbx1/pbx1-8.0/disposition", {"reason": "wrong_number"})
    await page.reload()
    counts = page.locator(".counts")
    await expect(counts).to_have_text(re.compile(r"接通来电\s*3\s*已登记事项\s*1\s*有原因\s*1\s*未处置\s*▲\s*1"))
    await look(page, "dispositions")
    await fits_a_telephone(page)
    await page.get_by_role("link", name="pbx1-9.0").click()
    await expect(page).to_have_url(re.compile(r"/calls/pbx1/pbx1-9\.0$"))
