"""The pages of units and of codes: kept by who may, and read by all others."""

from __future__ import annotations

import re

from playwright.async_api import BrowserContext, expect

from tests.browser.callers import House
from tests.browser.matters import UNIT, Worker
from tests.browser.pages import press_on, sign_in
from tests.browser.test_ticket_pages import IN_LANGUAGE, agent, clock, fits_a_telephone, look

__all__ = ["agent", "clock"]


async def test_an_administrator_adds_a_unit_its_members_and_whom_to_ring(
    context: BrowserContext, other: BrowserContext, agent: Worker, house: House
) -> None:
    page = await sign_in(context, "root", to="/units")
    await expect(page.get_by_role("heading", name="选择单位查看成员和联系人")).to_be_visible()
    await look(page, "units")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await press_on(page, page.get_by_role("button", name="新增单位"))
    dialog = page.get_by_role("dialog", name="新增单位")
    await expect(dialog.get_by_label("名称")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_text("2 至 60 个字。")).to_be_visible()
    await page.keyboard.type(UNIT)
    await dialog.get_by_role("radio", name="联络站").press("Space")
    await dialog.get_by_label("管辖区域").fill("湖塘镇、牛塘镇")
    await dialog.get_by_role("button", name="新增单位").click()
    await expect(dialog.get_by_text("已有同名单位：武进分局。")).to_be_visible()
    await dialog.get_by_label("名称").fill("湖塘联络站")
    await look(page, "unit-add")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await dialog.get_by_role("button", name="新增单位").click()
    await expect(dialog).to_be_hidden()
    await expect(page).to_have_url(re.compile(r"/units/\d+$"))
    one = page.get_by_role("article", name="单位")
    await expect(one).to_contain_text(re.compile("湖塘联络站.*联络站.*湖塘镇、牛塘镇"))

    members = page.get_by_role("region", name="成员")
    await members.get_by_role("button", name="增加成员").click()
    dialog = page.get_by_role("dialog", name="增加成员")
    await dialog.get_by_role("combobox", name="用户").click()
    await page.keyboard.type("zhao")
    await page.keyboard.press("Enter")
    await look(page, "unit-member")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await dialog.get_by_role("button", name="增加成员").click()
    await expect(dialog.get_by_text("用户 zhao 已属于武进分局。")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await page.get_by_role("navigation", name="单位").get_by_role("link", name=UNIT).click()
    await members.get_by_role("button", name="移出: zhao", exact=True).click()
    await members.get_by_role("button", name="确认移出: zhao").click()
    await expect(members.get_by_text("没有成员")).to_be_visible()

    contacts = page.get_by_role("region", name="联系人")
    await contacts.get_by_role("button", name="增加联系人").click()
    dialog = page.get_by_role("dialog", name="增加联系人")
    await expect(dialog.get_by_label("姓名")).to_be_focused()
    await page.keyboard.type("李强")
    await dialog.get_by_label("电话").fill("13805190051")
    await dialog.get_by_role("radio", name="全天").press("Space")
    await look(page, "unit-contact")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await dialog.get_by_role("button", name="保存").click()
    await expect(dialog).to_be_hidden()
    row = contacts.get_by_role("listitem")
    await expect(row).to_have_text([re.compile(r"1\s*李强\s*138\*\*\*\*0051\s*全天")])
    await contacts.get_by_role("button", name="显示号码…").click()
    dialog = page.get_by_role("dialog", name="显示号码…")
    await dialog.get_by_label("原因（会记录）").fill("核对联系人")
    await look(page, "unit-numbers")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await dialog.get_by_role("button", name="显示号码…").click()
    await expect(row).to_contain_text(["13805190051"])
    assert ("units/1/contacts",) in await house.rows("SELECT subject FROM access_log")
    await look(page, "unit-open")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await fits_a_telephone(page)

    reader = await sign_in(other, "zhao", to="/units/1")
    await expect(reader.get_by_role("region", name="联系人").get_by_text("138****0051")).to_be_visible()
    await expect(reader.locator("main").get_by_role("button")).to_have_count(0)
    await expect(reader.get_by_role("navigation", name="页面").get_by_role("link", name="承办单位")).to_have_count(0)


async def test_of_two_who_change_a_unit_the_second_sees_what_is_now_and_keeps_what_was_typed(
    context: BrowserContext, other: BrowserContext, agent: Worker
) -> None:
    first = await sign_in(context, "root", to="/units/1")
    second = await sign_in(other, "root", to="/units/1")
    await second.get_by_role("article").get_by_role("button", name="修改").click()
    dialog = second.get_by_role("dialog", name="修改")
    await dialog.get_by_label("名称").fill("武进市场监管分局")
    await first.get_by_role("article").get_by_role("button", name="停用").click()
    closing = first.get_by_role("dialog", name="停用")
    await look(first, "unit-close")
    await first.evaluate(IN_LANGUAGE, "zh-CN")
    await closing.get_by_role("button", name="停用").click()
    await expect(closing).to_be_hidden()
    await expect(first.get_by_role("article").get_by_text("停用于")).to_be_visible()
    await dialog.get_by_role("button", name="保存").click()
    await expect(dialog.get_by_role("status")).to_contain_text(
        "期间已被他人修改，现已显示最新内容，请核对后再提交。 武进分局 · 分局（所） · 已停用"
    )
    await expect(dialog.get_by_label("名称")).to_have_value("武进市场监管分局")
    await look(second, "unit-stale")
    await second.evaluate(IN_LANGUAGE, "zh-CN")
    await dialog.get_by_role("button", name="保存").click()
    await expect(dialog).to_be_hidden()
    units = (await agent.ask("GET", "/api/v1/units"))["items"]
    assert [(unit["name"], unit["is_active"], unit["version"]) for unit in units[:1]] == [
        ("武进市场监管分局", False, 3)
    ]


async def test_a_supervisor_finds_a_code_by_its_initials_adds_one_and_ends_another_with_what_follows_it(
    context: BrowserContext, agent: Worker
) -> None:
    page = await sign_in(context, "wang", to="/codes")
    rows = page.get_by_role("region", name="商品").get_by_role("row")
    await page.get_by_label("查找").fill("ybsp")
    await expect(rows).to_have_text([re.compile("^代码"), re.compile("general_food.*一般食品")])
    await look(page, "codes")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await fits_a_telephone(page)
    await press_on(page, page.get_by_role("button", name="新增代码"))
    dialog = page.get_by_role("dialog", name="新增代码")
    await expect(dialog.get_by_label("名称")).to_be_focused()
    await page.keyboard.type("预制菜")
    await dialog.get_by_role("button", name="新增代码").click()
    await expect(dialog.get_by_text("以字母开头的小写字母")).to_be_visible()
    await dialog.get_by_label("代码", exact=True).fill("ready_meals")
    await dialog.get_by_role("combobox", name="上级").click()
    await page.keyboard.type("ybsp")
    parent = page.get_by_role("option", name="一般食品")
    await expect(parent).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(parent).to_be_hidden()
    await dialog.get_by_label("来源").fill("本局分类表")
    await look(page, "code-add")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await dialog.get_by_role("button", name="新增代码").click()
    await expect(dialog).to_be_hidden()
    await page.get_by_label("查找").fill("yzc")
    await expect(rows.nth(1)).to_have_text(re.compile("ready_meals.*预制菜.*一般食品.*本局分类表"))

    await page.get_by_label("查找").fill("ybsp")
    await page.get_by_role("button", name="停用: 一般食品").click()
    dialog = page.get_by_role("dialog", name="停用 一般食品")
    await dialog.get_by_role("combobox", name="由哪些代码接替").focus()
    await page.keyboard.type("yzc")
    await page.keyboard.press("Enter")
    # several may follow, so the list stays open until one goes on
    await dialog.get_by_role("heading").click()
    await expect(dialog.get_by_role("combobox", name="由哪些代码接替")).to_have_attribute("aria-expanded", "false")
    await expect(page.locator(".el-select-dropdown__wrap").filter(visible=True)).to_have_count(0)
    await look(page, "code-end")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await dialog.get_by_role("button", name="停用", exact=True).click()
    await expect(dialog).to_be_hidden()
    await expect(rows.nth(1)).to_have_text(re.compile("general_food.*预制菜"))
    codes = (await agent.ask("GET", "/api/v1/codes?axis=goods&limit=200"))["items"]
    assert {one["code"]: (one["parent"], one["maps_to"]) for one in codes if one["source"] == "本局分类表"} == {
        "ready_meals": ("general_food", [])
    }
    assert [one["maps_to"] for one in codes if one["code"] == "general_food"] == [["ready_meals"]]


async def test_codes_are_read_by_all_and_kept_by_few(context: BrowserContext, agent: Worker) -> None:
    page = await sign_in(context, "chen", to="/codes?axis=problem&all=1")
    await expect(page.get_by_role("region", name="问题（全国平台）").get_by_role("row").nth(1)).to_be_visible()
    await expect(page.get_by_role("region", name="认定标准").get_by_role("row").nth(1)).to_be_visible()
    await expect(page.locator("main").get_by_role("button")).to_have_count(0)
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("dialog", name="前往页面、通话或号码").get_by_role("combobox")).to_be_focused()
    await page.keyboard.type("承办单位")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("/units$"))


async def test_who_decides_on_rules_says_how_many_are_a_group_from_tomorrow_on(
    context: BrowserContext, agent: Worker
) -> None:
    page = await sign_in(context, "root", to="/codes")
    rows = page.get_by_role("region", name="认定标准").get_by_role("row").filter(has_text="群体性：人数")
    await expect(rows).to_have_text([re.compile("群体性：人数.*5 人.*建议值")])
    await look(page, "thresholds")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await press_on(page, page.get_by_role("button", name="改定: 群体性：人数"))
    dialog = page.get_by_role("dialog", name="改定：群体性：人数")
    await dialog.get_by_label("数值（人）").fill("0")
    await dialog.get_by_role("button", name="改定").click()
    await expect(dialog.get_by_text("1 至 1000 的整数。")).to_be_visible()
    await expect(dialog.get_by_text("请输入明天或以后的日期")).to_be_visible()
    await dialog.get_by_label("数值（人）").fill("8")
    await dialog.get_by_label("生效日（明天或以后）").fill("2099-01-01")
    await page.keyboard.press("Tab")
    await dialog.get_by_label("来源").fill("局务会决定")
    await look(page, "threshold-decide")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await dialog.get_by_role("button", name="改定").click()
    await expect(dialog).to_be_hidden()
    await page.get_by_text("包括以前的和尚未生效的").click()
    await expect(rows).to_have_text([re.compile("尚未生效.*8 人.*本单位规定.*局务会决定"), re.compile("5 人")])
    decided = (await agent.ask("GET", "/api/v1/thresholds?limit=200"))["items"]
    assert [(one["number"], one["valid_from"]) for one in decided if one["certainty"] == "office"] == [
        (8.0, "2098-12-31T16:00:00.000Z")
    ]

    await press_on(page, page.get_by_role("button", name="改定: 农资：商品"))
    dialog = page.get_by_role("dialog", name="改定：农资：商品")
    await look(page, "threshold-codes")
