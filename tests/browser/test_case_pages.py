"""The page of the flags: their account, proposals, signatures, and two who work on the same one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.callers import House
from tests.browser.chromium import visitor
from tests.browser.matters import UNIT, Worker, worker
from tests.browser.pages import row_of, sign_in
from tests.browser.test_ticket_pages import agent, clock, fits_a_telephone, look

__all__ = ["agent", "clock"]

FLAGS = "/api/v1/case-flags"
FOOD = {"goods_code": "general_food", "problem_code": "food_safety"}
CASE = {"decision": "filed", "case_number": "常市监案〔2026〕7号", "officers": ["王强", "李敏"]}
REFUSAL = {"decision": "refused", "ground": 1, "reason": "违法行为轻微并及时改正"}


@pytest.fixture
async def supervisor(browser: Browser, house: House) -> AsyncIterator[Worker]:
    """wang, who asks without a page."""
    address = str(house.backend.client.base_url)
    async with visitor(browser, address) as context:
        yield await worker(context, address, "wang")


async def flagged(agent: Worker, key: str = "key-00000001") -> str:
    """The number of a complaint about food that is with zhao's unit."""
    number = await agent.register(key, fields=FOOD)
    await agent.step(number, "forward", unit_id=1)
    return number


async def put(someone: Worker, what: str, body: object, version: int) -> None:
    """What somebody does with the first flag."""
    await someone.ask("PUT", f"{FLAGS}/1/{what}", body, If_Match=f'"{version}"')


async def account_of(page: Page) -> str:
    return " ".join((await page.get_by_role("list", name="标记总账").inner_text()).split())


async def test_an_officer_proposes_and_a_director_signs_exactly_that_by_keyboard(
    context: BrowserContext, other: BrowserContext, agent: Worker
) -> None:
    number = await flagged(agent)
    await agent.register("key-00000002", fields=FOOD)
    officer = await sign_in(context, "zhao", to="/cases")
    await expect(officer.locator("[data-row]")).to_have_count(1)
    await officer.keyboard.press("j")
    await officer.keyboard.press("Enter")
    await expect(officer).to_have_url(re.compile(r"/cases/1$"))
    flag = officer.get_by_role("article", name="诉转案标记")
    await expect(flag.get_by_role("heading", name=f"{number} · 食品等严重影响健康")).to_be_visible()
    await expect(flag.get_by_role("button")).to_have_text([re.compile("提出意见")])
    await officer.keyboard.press("1")
    dialog = officer.get_by_role("dialog", name="提出意见")
    await expect(dialog.get_by_role("radio", name="立案", exact=True)).to_be_focused()
    await officer.keyboard.press("Space")
    await dialog.get_by_label("案件编号").fill("常市监案〔2026〕7号")
    await dialog.get_by_label(re.compile("^办案人员")).fill("王强、王强")
    await officer.keyboard.press("Enter")
    await expect(dialog.get_by_text("至少两名、至多十名不同的办案人员。")).to_be_visible()
    await expect(dialog.get_by_label(re.compile("^办案人员"))).to_be_focused()
    await dialog.get_by_label(re.compile("^办案人员")).fill("王强、李敏")
    await look(officer, "cases-propose")
    await officer.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(flag.get_by_text("您目前没有可以办理的步骤。")).to_be_visible()
    await look(officer, "cases-proposed")

    director = await sign_in(other, "sun", to="/cases")
    await expect(director.locator("[data-row]")).to_have_count(2)
    assert await account_of(director) == "标记 2 = 立案 0 + 不予立案 0 + 已撤销 0 + 未决（期限内） 2 + 未决（逾期） 0"
    await expect(row_of(director, number)).to_contain_text("zhao 提出：立案")
    await look(director, "cases-list")
    await fits_a_telephone(director)
    await director.get_by_role("combobox", name="状态").press("Enter")
    await director.get_by_role("option", name="待签批").click()
    await expect(director).to_have_url(re.compile(r"show=proposed"))
    await expect(director.locator("[data-row]")).to_have_count(1)
    await director.keyboard.press("Escape")
    await director.get_by_role("heading", name="诉转案", exact=True).click()
    for key in ("j", "Enter"):
        await director.keyboard.press(key)
    signed = director.get_by_role("article", name="诉转案标记")
    await expect(signed.get_by_role("button")).to_have_text(
        [re.compile(word) for word in ("签批", "退回", "撤销", "延期")]
    )
    await director.keyboard.press("1")
    dialog = director.get_by_role("dialog", name="签批")
    what = dialog.get_by_role("region", name="签批内容")
    for words in ("立案", "常市监案〔2026〕7号", "王强、李敏", "zhao", number, "食品等严重影响健康", UNIT):
        await expect(what).to_contain_text(words)
    await look(director, "cases-sign")
    await dialog.get_by_role("button", name="签批：立案").press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(signed.get_by_text("立案", exact=True).first).to_be_visible()
    await expect(director.get_by_text("没有符合筛选的标记")).to_be_visible()
    assert await account_of(director) == "标记 2 = 立案 1 + 不予立案 0 + 已撤销 0 + 未决（期限内） 1 + 未决（逾期） 0"
    found = await agent.ask("GET", f"{FLAGS}/1")
    assert [found[name] for name in ("state", "signed_by", "officers")] == ["filed", "sun", ["王强", "李敏"]]

    # the officer's page follows once one comes back to it, and says who signed
    await officer.wait_for_timeout(1_000)
    await officer.evaluate("window.dispatchEvent(new Event('focus'))")
    await expect(flag.get_by_role("status", name="期间已被他人修改，现已显示最新内容")).to_contain_text("签批")
    await officer.keyboard.press("1")
    dialog = officer.get_by_role("dialog", name="登记结果")
    await expect(dialog.get_by_label("案件结果")).to_be_focused()
    await officer.keyboard.type("罚款一万元")
    await look(officer, "cases-result")
    await dialog.get_by_role("button", name="登记结果").click()
    await expect(flag.get_by_text("罚款一万元").first).to_be_visible()
    await look(officer, "cases-filed")
    await flag.get_by_role("link", name=number).click()
    await expect(officer).to_have_url(re.compile(rf"/tickets/{number}$"))
    await expect(officer.get_by_role("region", name="诉转案")).to_contain_text("食品等严重影响健康")
    await officer.get_by_role("region", name="诉转案").get_by_role("link").click()
    await expect(officer).to_have_url(re.compile(r"/cases/1$"))


async def test_who_proposed_cannot_sign_and_the_button_says_why(
    context: BrowserContext, agent: Worker, supervisor: Worker, house: House
) -> None:
    await flagged(agent)
    await put(supervisor, "proposal", REFUSAL, 1)
    await house.rows("UPDATE users SET role = 'director' WHERE name = 'wang'")
    page = await sign_in(context, "wang", to="/cases/1")
    flag = page.get_by_role("article", name="诉转案标记")
    button = flag.get_by_role("button", name=re.compile("^签批"))
    await expect(button).to_be_disabled()
    await expect(button).to_have_accessible_description(re.compile("意见由您提出，不能由您签批"))
    await page.keyboard.press("1")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await look(page, "cases-author")
    await fits_a_telephone(page)
    await page.keyboard.press("3")
    dialog = page.get_by_role("dialog", name="撤销")
    await dialog.get_by_label("理由").fill("误报")
    await look(page, "cases-withdraw")
    await dialog.get_by_role("button", name="撤销").click()
    await expect(flag.get_by_text("已撤销").first).to_be_visible()
    await look(page, "cases-withdrawn")


async def test_of_two_at_one_flag_the_second_sees_who_did_what_and_signs_nothing_unseen(
    context: BrowserContext, other: BrowserContext, agent: Worker, supervisor: Worker, house: House
) -> None:
    await flagged(agent)
    officer = await sign_in(context, "zhao", to="/cases/1")
    await officer.get_by_role("button", name=re.compile("^提出意见")).click()
    dialog = officer.get_by_role("dialog", name="提出意见")
    await dialog.get_by_role("radio", name="不予立案").press("Space")
    await dialog.get_by_role("radio", name=re.compile("（二）初次违法")).press("Space")
    await dialog.get_by_label(re.compile("^理由")).fill("首次违法，已经改正")
    await put(supervisor, "proposal", CASE, 1)
    await dialog.get_by_role("button", name="提出意见").click()
    news = dialog.get_by_role("status", name="期间已被他人修改，现已显示最新内容")
    await expect(news).to_contain_text("wang")
    await expect(news).to_contain_text("立案")
    await expect(dialog.get_by_text("现在已不能这样办理")).to_be_visible()
    await expect(dialog.get_by_label(re.compile("^理由"))).to_have_value("首次违法，已经改正")
    await look(officer, "cases-stale")

    director = await sign_in(other, "sun", to="/cases/1")
    await director.get_by_role("button", name=re.compile("^签批")).click()
    signature = director.get_by_role("dialog", name="签批")
    await expect(signature).to_contain_text("常市监案〔2026〕7号")
    await house.rows("UPDATE users SET role = 'director' WHERE name = 'wang'")
    await put(supervisor, "return", {"reason": "应不予立案"}, 2)
    await house.rows("UPDATE users SET role = 'supervisor' WHERE name = 'wang'")
    await put(supervisor, "proposal", REFUSAL, 3)
    await signature.get_by_role("button", name="签批：立案").click()
    news = signature.get_by_role("status", name="期间已被他人修改，现已显示最新内容")
    await expect(news).to_contain_text("退回意见")
    await expect(news).to_contain_text("应不予立案")
    await expect(signature.get_by_role("region", name="签批内容")).to_contain_text("（一）违法行为轻微并及时改正")
    await expect(signature.get_by_role("region", name="签批内容")).not_to_contain_text("常市监案")
    await look(director, "cases-sign-stale")
    assert (await agent.ask("GET", f"{FLAGS}/1"))["state"] == "proposed"
    await signature.get_by_role("button", name="签批：不予立案").click()
    await expect(signature).to_be_hidden()
    assert (await agent.ask("GET", f"{FLAGS}/1"))["state"] == "refused"


async def test_who_does_not_act_sees_the_flags_and_no_step_and_the_address_holds_the_filter(
    context: BrowserContext, agent: Worker
) -> None:
    page = await sign_in(context, "root", to="/cases")
    await expect(page.get_by_role("heading", name="没有未决的诉转案标记")).to_be_visible()
    await look(page, "cases-empty")
    number = await flagged(agent)
    await page.goto("/cases/1?show=open&unit=1&trigger=food_health")
    await expect(row_of(page, number)).to_be_visible()
    await expect(page.get_by_text("您目前没有可以办理的步骤。")).to_be_visible()
    await page.goto("/cases?unit=2")
    await expect(page.get_by_role("heading", name="没有符合筛选的标记")).to_be_visible()
    await page.goto("/cases?show=some")
    await expect(page.get_by_text("网址中有无法识别的筛选，已按默认显示。")).to_be_visible()
    await expect(row_of(page, number)).to_be_visible()
    await page.get_by_role("link", name="立案", exact=True).click()
    await expect(page).to_have_url(re.compile(r"/cases\?show=filed$"))
