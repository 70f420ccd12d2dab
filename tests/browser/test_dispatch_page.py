"""The page of instructions: the board by what is left, one instruction with its steps, and what changes by itself."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.callers import House
from tests.browser.chromium import visitor
from tests.browser.matters import OTHER_UNIT, UNIT, Worker, worker
from tests.browser.pages import row_of, sign_in
from tests.browser.test_ticket_pages import IN_LANGUAGE, agent, clock, fits_a_telephone, look
from tests.integration.fake_ami import message

__all__ = ["agent", "clock"]

INSTRUCTIONS = "/api/v1/instructions"
BY_ITSELF = 10_000
"""Milliseconds in which a page that waited for its next reading, each 15 seconds, would most often show nothing yet."""
AT_ONCE = 1.0
"""Seconds within which a page shows what somebody did elsewhere, where the machine has no other work."""
NO_KEY = message(("Response", "Error"), ("ActionID", "ACTIONID"), ("Message", "Database entry not found"))
READING = """async () => {
    const since = performance.now();
    await (await fetch("/api/v1/dispatch/board")).json();
    return (performance.now() - since) / 1000;
}"""
"""How many seconds the board takes to be read: hundredths of one, where the machine has no other work."""
IS_THE_SAME_PAGE = "window.isTheSamePage === true"


class Leader(Worker):
    """wang, who instructs without a page."""

    async def instruct(self, ticket: str, priority: str = "P2", unit: int = 1) -> dict[str, Any]:
        body = {"ticket": ticket, "unit_id": unit, "priority": priority, "text": "立即下架过期奶粉，电话13900001111"}
        made: dict[str, Any] = await self.ask("POST", INSTRUCTIONS, body)
        return made

    async def put(self, path: str, body: Any, instruction: int = 1, method: str = "POST") -> None:
        """What somebody does with an instruction, as it is now."""
        version = (await self.ask("GET", f"{INSTRUCTIONS}/{instruction}"))["version"]
        await self.ask(method, f"{INSTRUCTIONS}/{instruction}/{path}", body, If_Match=f'"{version}"')

    async def acknowledge(self, instruction: int = 1, name: str = "王强") -> None:
        await self.put("acknowledgement", {"name": name, "how": "电话"}, instruction, "PUT")


@pytest.fixture
async def leader(browser: Browser, house: House) -> AsyncIterator[Leader]:
    """In an office where the phones of the first unit ring and nobody presses a key yet."""
    house.backend.pbx.answers["DBGetTree"] = NO_KEY
    address = str(house.backend.client.base_url)
    async with visitor(browser, address) as admin, visitor(browser, address) as context:
        root = await worker(admin, address, "root")
        for position, number in ((1, "13905190001"), (2, "13905190002")):
            contact = {"person": f"值班员{position}", "number": number, "hours": "always"}
            await root.ask("PUT", f"/api/v1/units/1/contacts/{position}", contact)
        yield Leader((await worker(context, address, "wang"))._request, address)


SMALLEST = """() => {
    const wall = document.querySelector(".wall");
    const unit = Math.min(innerWidth / 100, innerHeight / 56.25);
    const walker = document.createTreeWalker(wall, NodeFilter.SHOW_TEXT);
    const sizes = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const isShown = node.data.trim() && !node.parentElement.closest(".spoken, [role=alert]");
        if (isShown) sizes.push(parseFloat(getComputedStyle(node.parentElement).fontSize) / unit);
    }
    const isWide = (one) => one.scrollWidth > one.clientWidth + 1;
    const isHigh = (one) => one.scrollHeight > one.clientHeight + 1;
    const cut = [...wall.querySelectorAll("header, .left, .marks")].filter(isWide)
        .concat([...wall.querySelectorAll("li")].filter(isHigh)).map((one) => one.innerText);
    const {scrollHeight, scrollWidth} = document.documentElement;
    return {smallest: Math.min(...sizes), cut, scrolls: scrollHeight > innerHeight || scrollWidth > innerWidth};
}"""
"""Of the texts of the wall the size, in percent of the width of a screen of 16:9; as on the wall without a user."""


async def press_key(house: House, key: str) -> None:
    """On the phone that rings: what the dialplan writes into Asterisk's database."""
    ((call_id,),) = await house.rows("SELECT call_id FROM instruction_rings WHERE state = 'ringing'")
    action_id = ("ActionID", "ACTIONID")
    house.backend.pbx.answers["DBGetTree"] = (
        message(("Response", "Success"), action_id, ("EventList", "start"), ("Message", "Result will follow"))
        + message(("Event", "DBGetTreeResponse"), ("Key", f"/instruction/{call_id}"), ("Val", key), action_id)
        + message(("Event", "DBGetTreeComplete"), action_id, ("EventList", "Complete"))
    )


async def take(page: Page, key: str, word: str) -> None:
    """A step that takes nothing but when it was done: by keyboard, now."""
    await page.keyboard.press(key)
    dialog = page.get_by_role("dialog", name=word)
    await expect(dialog.get_by_role("button", name=word)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()


async def test_the_board_changes_within_a_second_of_the_key_on_the_officers_phone_and_of_what_others_do(
    context: BrowserContext, agent: Worker, leader: Leader, house: House
) -> None:
    page = await sign_in(context, "chen", to="/dispatch")
    await expect(page.get_by_role("heading", name="没有未结束的指令")).to_be_visible()
    await look(page, "dispatch-empty")
    await page.evaluate("window.isTheSamePage = true")
    number = await agent.register("key-00000001")
    made = await leader.instruct(number)
    row = row_of(page, made["number"])
    await expect(row).to_contain_text(UNIT, timeout=BY_ITSELF)
    await expect(row).to_contain_text("待签收")
    await expect(row).to_contain_text(re.compile("接令● 剩余 29:"))
    await expect(row.get_by_role("img", name=re.compile("^已过 [0-9]%$"))).to_be_visible()
    await row.click()
    one = page.get_by_role("article", name="指令")
    await expect(one).to_contain_text("正在呼叫", timeout=3_000)
    await look(page, "dispatch-ringing")
    lasted = []

    async def shows(word: str) -> None:
        since = monotonic()
        await expect(row).to_contain_text(word, timeout=BY_ITSELF)
        lasted.append(monotonic() - since)

    await press_key(house, "1")
    await shows("已签收")
    await expect(row).to_contain_text("到达")
    await expect(one.get_by_text("按1签收")).to_be_visible(timeout=BY_ITSELF)
    await expect(one.get_by_role("status", name="期间已被他人修改，现已显示最新内容")).to_contain_text("值班员1")
    await leader.put("events/arrive", {})
    await shows("已到场")
    await leader.put("events/feedback", {"feedback": "已到现场查看"})
    await shows("已反馈")
    # of several the one that other work on this machine held up least, beside what it makes of the reading alone
    reading = await page.evaluate(READING)
    assert min(lasted) < AT_ONCE + reading, (lasted, reading)
    await leader.put("events/cancel", {"reason": "误报"})
    await expect(row).to_be_hidden(timeout=BY_ITSELF)
    await expect(one.get_by_text("已撤销").first).to_be_visible(timeout=BY_ITSELF)
    assert await page.evaluate(IS_THE_SAME_PAGE)


async def test_an_officer_takes_every_step_of_an_instruction_by_keyboard(
    context: BrowserContext, agent: Worker, leader: Leader, house: House
) -> None:
    number = await agent.register("key-00000001")
    await leader.instruct(number)
    await leader.instruct(number, "P3", 2)
    page = await sign_in(context, "zhao", to="/dispatch")
    await expect(page.locator("[data-row]")).to_have_count(1)
    await expect(page.get_by_role("combobox", name="承办单位")).to_have_count(0)
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/dispatch/1$"))
    one = page.get_by_role("article", name="指令")
    steps = one.get_by_role("region", name="可以办理")
    await expect(steps.get_by_role("button")).to_have_text([re.compile("^签收")])
    await page.keyboard.press("1")
    dialog = page.get_by_role("dialog", name="签收")
    await expect(dialog.get_by_label("签收人")).to_be_focused()
    await page.keyboard.type("王强")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_text("必填。")).to_be_visible()
    await expect(dialog.get_by_label("签收方式")).to_be_focused()
    await page.keyboard.type("电话答复")
    await look(page, "dispatch-acknowledge")
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(steps.get_by_role("button")).to_have_text([re.compile("^出发"), re.compile("^到场")])
    await take(page, "1", "出发")
    await expect(steps.get_by_role("button")).to_have_text([re.compile("^到场")])
    patrol = one.get_by_role("link", name="开始巡查")
    await expect(patrol).to_have_attribute("href", f"/inspections/new?ticket={number}&instruction=1")
    await take(page, "1", "到场")
    words = ("商品处置", "反馈", "登记商品批次", "登记检验结果")
    await expect(steps.get_by_role("button")).to_have_text([re.compile(f"^{word}") for word in words])

    await steps.get_by_role("button", name="登记商品批次").press("Enter")
    dialog = page.get_by_role("dialog", name="登记商品批次")
    await expect(dialog.get_by_label("商品名称")).to_be_focused()
    await page.keyboard.type("全脂奶粉")
    await dialog.get_by_label("数量").fill("12箱")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_text("大于零的数，最多三位小数。")).to_be_visible()
    await dialog.get_by_label("数量").fill("12.5")
    await dialog.get_by_label("单位（如箱、千克）").fill("箱")
    await dialog.get_by_role("radio", name="查封").press("Space")
    await look(page, "dispatch-batch")
    await dialog.get_by_label("数量").press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(one.get_by_text("12.5 箱 · 查封").first).to_be_visible()
    await steps.get_by_role("button", name="登记检验结果").press("Enter")
    dialog = page.get_by_role("dialog", name="登记检验结果")
    for label, value in (("检验项目", "奶粉"), ("检验方法", "GB 4789"), ("检验结果", "不合格"), ("依据", "报告7号")):
        await dialog.get_by_label(re.compile(f"^{label}")).fill(value)
    await look(page, "dispatch-test")
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()

    await page.keyboard.press("1")
    dialog = page.get_by_role("dialog", name="商品处置")
    await dialog.get_by_role("radio", name="已下架").press("Space")
    await dialog.get_by_role("button", name="再加一批").press("Enter")
    await dialog.get_by_label("商品名称").fill("婴儿奶粉")
    await dialog.get_by_role("button", name="商品处置").press("Enter")
    await expect(dialog.get_by_text("有一批填写不完整。")).to_be_visible()
    await expect(dialog.get_by_label("数量")).to_be_focused()
    await dialog.get_by_label("数量").fill("3")
    await dialog.get_by_label("单位（如箱、千克）").fill("罐")
    await look(page, "dispatch-off-shelf")
    await dialog.get_by_role("button", name="商品处置").press("Enter")
    await expect(dialog).to_be_hidden()
    await page.keyboard.press("1")
    dialog = page.get_by_role("dialog", name="反馈")
    await dialog.get_by_label("反馈内容").fill("已查封十二箱")
    await dialog.get_by_role("button", name="反馈").press("Enter")
    await expect(dialog).to_be_hidden()
    await look(page, "dispatch-reported")
    await fits_a_telephone(page)
    await page.keyboard.press("2")
    dialog = page.get_by_role("dialog", name="办结")
    await dialog.get_by_label("原因").fill("随后另行巡查")
    await dialog.get_by_role("button", name="办结").press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(steps.get_by_role("button")).to_have_text(["登记检验结果"])
    await expect(page.get_by_text("没有未结束的指令")).to_be_visible()
    found = await agent.ask("GET", f"{INSTRUCTIONS}/1")
    assert [found[name] for name in ("state", "acknowledged_by", "off_shelf_outcome", "feedback", "end_reason")] == [
        "closed",
        "王强",
        "taken_off",
        "已查封十二箱",
        "随后另行巡查",
    ]
    goods = [(batch["name"], batch["quantity"], batch["measured_in"], batch["measure"]) for batch in found["batches"]]
    assert goods == [("全脂奶粉", 12.5, "箱", "sealed"), ("婴儿奶粉", 3.0, "罐", "taken_off")]
    assert [test["result"] for test in found["tests"]] == ["不合格"]
    await look(page, "dispatch-closed")


async def test_of_two_who_acknowledge_the_second_sees_who_did_it_and_keeps_what_was_typed(
    context: BrowserContext, agent: Worker, leader: Leader, house: House
) -> None:
    await leader.instruct(await agent.register("key-00000001"))
    page = await sign_in(context, "zhao", to="/dispatch/1")
    await page.get_by_role("button", name=re.compile("^签收")).click()
    dialog = page.get_by_role("dialog", name="签收")
    await dialog.get_by_label("签收人").fill("李敏")
    await dialog.get_by_label("签收方式").fill("当面")
    await leader.acknowledge()
    await dialog.get_by_role("button", name="签收").click()
    news = dialog.get_by_role("status", name="期间已被他人修改，现已显示最新内容")
    await expect(news).to_contain_text("王强")
    await expect(news).to_contain_text("wang")
    await expect(dialog.get_by_text("现在已不能这样办理")).to_be_visible()
    await expect(dialog.get_by_label("签收人")).to_have_value("李敏")
    await look(page, "dispatch-stale")
    assert (await agent.ask("GET", f"{INSTRUCTIONS}/1"))["acknowledged_by"] == "王强"


async def test_who_does_not_act_sees_all_instructions_and_no_step_and_a_director_calls_one_off(
    context: BrowserContext, other: BrowserContext, agent: Worker, leader: Leader, house: House
) -> None:
    number = await agent.register("key-00000001")
    await leader.instruct(number, "P3")
    await leader.instruct(number, "P1", 2)
    page = await sign_in(context, "chen", to="/dispatch")
    rows = page.locator("[data-row]")
    await expect(rows).to_have_text([re.compile(OTHER_UNIT), re.compile(UNIT)])
    await look(page, "dispatch-board")
    await fits_a_telephone(page)
    await page.get_by_role("combobox", name="承办单位").click()
    await page.get_by_role("option", name=UNIT, exact=True).click()
    await expect(page).to_have_url(re.compile(r"unit=1"))
    await expect(rows).to_have_count(1)
    await page.goto("/dispatch/1")
    await expect(page.get_by_text("您目前没有可以办理的步骤。")).to_be_visible()
    await expect(page.get_by_role("region", name="指令内容")).to_contain_text("电话139****1111")
    director = await sign_in(other, "sun", to="/dispatch/1")
    await director.get_by_role("button", name=re.compile("^撤销")).click()
    dialog = director.get_by_role("dialog", name="撤销")
    await expect(dialog.get_by_label("原因")).to_be_focused()
    await dialog.get_by_label("原因").fill("误报")
    await look(director, "dispatch-cancel")
    await dialog.get_by_role("button", name="撤销").click()
    await expect(dialog).to_be_hidden()
    await expect(rows).to_have_text([re.compile(OTHER_UNIT)], timeout=BY_ITSELF)


async def test_a_unit_is_instructed_from_the_page_of_a_matter(
    context: BrowserContext, other: BrowserContext, agent: Worker, leader: Leader
) -> None:
    number = await agent.register("key-00000001")
    page = await sign_in(context, "wang", to=f"/tickets/{number}")
    section = page.get_by_role("region", name="指令调度")
    await expect(section).to_contain_text("没有指令")
    await section.get_by_role("button", name="下达指令").press("Enter")
    dialog = page.get_by_role("dialog", name="下达指令")
    await expect(dialog.get_by_role("combobox", name="承办单位")).to_be_focused()
    await page.keyboard.type("武进")
    await page.keyboard.press("Enter")
    await dialog.get_by_role("radio", name="紧急", exact=True).press("Space")
    await dialog.get_by_role("button", name="下达指令").press("Enter")
    await expect(dialog.get_by_text("至少两个字。")).to_be_visible()
    await expect(dialog.get_by_label("指令内容")).to_be_focused()
    await page.keyboard.type("立即下架过期奶粉")
    await look(page, "ticket-instruct")
    await dialog.get_by_role("button", name="下达指令").press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(section).to_contain_text(UNIT)
    await expect(section).to_contain_text("待签收")
    await leader.acknowledge()
    await expect(section).to_contain_text("已签收", timeout=BY_ITSELF)
    await look(page, "ticket-instructed")
    await section.get_by_role("link").click()
    await expect(page).to_have_url(re.compile(r"/dispatch/1$"))

    colleague = await sign_in(other, "chen", to=f"/tickets/{number}")
    await colleague.get_by_role("button", name="下达指令").click()
    dialog = colleague.get_by_role("dialog", name="下达指令")
    await expect(dialog.get_by_text("特急和紧急指令由主管或负责人下达。")).to_be_visible()
    await expect(dialog.get_by_role("radio", name="紧急", exact=True)).to_be_disabled()


async def test_the_wall_of_instructions_is_legible_from_afar_and_changes_by_itself(
    context: BrowserContext, agent: Worker, leader: Leader, house: House
) -> None:
    page = await sign_in(context, "chen", to="/dispatch")
    await page.set_viewport_size({"width": 1920, "height": 1080})
    await page.get_by_role("link", name="指令大屏").press("Enter")
    wall = page.get_by_role("region", name="指令大屏")
    await expect(wall).to_contain_text("没有未结束的指令")
    for place in range(8):
        await leader.instruct(await agent.register(f"key-0000000{place}"), "P3" if place < 6 else "P1", 1 + place % 2)
    rows = wall.get_by_role("listitem")
    await expect(rows).to_have_count(6)
    await expect(wall).to_contain_text("未结束 8 条")
    await expect(wall).to_contain_text("还有 2 条未显示")
    await expect(rows.first).to_contain_text(re.compile("接令.*剩余 14:.*特急"))
    for language in ("zh-CN", "en"):
        await page.evaluate(IN_LANGUAGE, language)
        found = await page.evaluate(SMALLEST)
        assert found["smallest"] >= 2.1
        assert (found["cut"], found["scrolls"]) == ([], False)
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await look(page, "dispatch-wall")
    await leader.put("events/cancel", {"reason": "误报"}, 7)
    await expect(wall).to_contain_text("未结束 7 条", timeout=BY_ITSELF)
