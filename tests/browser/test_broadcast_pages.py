"""The pages of the contact platform and of a broadcast: kept, started, followed while phones ring, and ended."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from tests.browser.callers import House
from tests.browser.chromium import visitor
from tests.browser.matters import UNIT, Worker, open_units, worker
from tests.browser.pages import sign_in
from tests.browser.test_ticket_pages import IN_LANGUAGE, fits_a_telephone, look
from tests.integration.backend import LIMIT
from tests.integration.fake_ami import message
from tests.unit.test_own_sound import recording

SHOPS = ("苏果超市武进店", "大润发", "华润万家", "永辉超市")


@pytest.fixture
async def supervisor(browser: Browser, house: House) -> AsyncIterator[Worker]:
    """wang, who asks without a page."""
    address = str(house.backend.client.base_url)
    async with visitor(browser, address) as context:
        yield await worker(context, address, "wang")


async def add_contacts(supervisor: Worker) -> None:
    for place, shop in enumerate(SHOPS, 1):
        await supervisor.ask("POST", "/api/v1/merchants", {"name": shop})
        contact = {"merchant_id": place, "name": f"周{place}", "role": "supplier_agent", "brands": ["光明"]}
        await supervisor.ask("POST", "/api/v1/contacts", contact | {"numbers": [f"1390519000{place}"]})


async def test_contacts_are_added_verified_and_shown_whole_for_a_reason(
    context: BrowserContext, supervisor: Worker
) -> None:
    page = await sign_in(context, "wang", to="/contacts")
    await expect(page.get_by_role("heading", name="没有符合筛选的联系人")).to_be_visible()
    await look(page, "contacts-empty")
    await add_contacts(supervisor)
    await page.reload()
    lines = page.get_by_role("list").locator("li")
    await expect(lines).to_have_count(4)
    await expect(lines.first).to_contain_text("139****0001")
    await expect(lines.first).to_contain_text("待核实")
    await lines.first.get_by_role("button", name="核实无误").press("Enter")
    await expect(lines.first).to_contain_text("已核实")
    await look(page, "contacts-list")
    await fits_a_telephone(page)

    await lines.first.get_by_role("button", name="显示号码").press("Enter")
    asking = page.get_by_role("dialog", name="查看周1的电话")
    await expect(asking.get_by_role("textbox").first).to_be_focused()
    await look(page, "contacts-unmask")
    await page.keyboard.type("奶粉召回")
    await page.keyboard.press("Enter")
    await expect(lines.first).to_contain_text(re.compile("139 ?0519 ?0001"))

    await page.get_by_role("button", name="新增联系人").press("Enter")
    dialog = page.get_by_role("dialog", name="新增联系人")
    await expect(dialog.get_by_label("姓名")).to_be_focused()
    await look(page, "contacts-add")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_text("请填写姓名和电话。")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await lines.nth(1).get_by_role("button", name="修改").press("Enter")
    dialog = page.get_by_role("dialog", name="修改")
    await dialog.get_by_label("姓名").fill("吴敏")
    goods = dialog.get_by_role("combobox", name="商品类别")
    for initials in ("ybsp", "tssp"):
        await goods.press_sequentially(initials)
        await page.keyboard.press("Enter")
        await expect(goods).to_have_value("")
    await page.keyboard.press("Escape")
    await look(page, "contacts-change")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await dialog.get_by_role("button", name="保存").press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(lines.nth(1)).to_contain_text("吴敏")
    await expect(lines.nth(1)).to_contain_text("第1位")
    await expect(lines.nth(1).get_by_role("button", name="提前呼叫")).to_be_disabled()
    for button, place in (("推后呼叫", 2), ("推后呼叫", 3), ("提前呼叫", 2)):
        await lines.nth(1).get_by_role("button", name=button).press("Enter")
        await expect(lines.nth(1)).to_contain_text(f"第{place}位")
    await look(page, "contacts-order")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await expect(lines.nth(1)).to_contain_text("一般食品 · 特殊食品 · 光明")
    await page.goto("/contacts?show=stale")
    await expect(page.get_by_role("list").locator("li")).to_have_count(3)


async def test_a_broadcast_plays_a_recording_that_is_given_in_the_dialog_and_heard_there(
    context: BrowserContext, supervisor: Worker, house: House
) -> None:
    await add_contacts(supervisor)
    page = await sign_in(context, "wang", to="/broadcasts")
    await page.get_by_role("button", name="发起广播").press("Enter")
    dialog = page.get_by_role("dialog", name="发起广播")
    await dialog.get_by_text("正式", exact=True).click()  # a drill is held in calling hours
    await dialog.get_by_label("主题").fill("召回演练")
    await dialog.get_by_role("radio", name="自备录音").press("Space")
    await dialog.get_by_role("button", name="发起广播").click()
    await expect(dialog.get_by_text("请选择或上传录音。")).to_be_visible()
    field = dialog.get_by_label(re.compile("上传新录音"))
    for content in (b"%PDF-1.7", recording()):
        await field.set_input_files({"name": "召回.wav", "mimeType": "audio/wav", "buffer": content})
        await dialog.get_by_role("button", name="上传", exact=True).click()
        if content.startswith(b"%PDF"):
            await expect(dialog.get_by_role("alert").filter(has_text="单声道16位 WAV 录音")).to_be_visible()
    await expect(dialog.get_by_text("召回.wav（2秒）")).to_be_visible()
    await expect(dialog.get_by_label("试听录音")).to_be_visible()
    await look(page, "broadcasts-recording")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await dialog.get_by_role("button", name="发起广播").click()
    article = page.get_by_role("article", name="召回演练")
    await expect(article.get_by_text("播放录音：召回.wav（2秒）")).to_be_visible()
    ((_, is_spoken),) = await house.rows("SELECT recording_id, spoken_text IS NOT NULL FROM broadcasts")
    assert not is_spoken


async def test_a_broadcast_is_started_followed_and_ended(
    context: BrowserContext, other: BrowserContext, supervisor: Worker, house: House
) -> None:
    await add_contacts(supervisor)
    await open_units(await worker(other, str(house.backend.client.base_url), "root"), "zhao")
    head = {"unit_id": 1, "name": "王强", "role": "head", "brands": ["光明"], "numbers": ["13905190009"]}
    await supervisor.ask("POST", "/api/v1/contacts", head)
    await house.is_open()
    page = await sign_in(context, "wang", to="/broadcasts")
    await expect(page.get_by_role("heading", name="还没有广播")).to_be_visible()
    await look(page, "broadcasts-empty")
    await page.get_by_role("button", name="发起广播").press("Enter")
    dialog = page.get_by_role("dialog", name="发起广播")
    await expect(dialog.get_by_label("主题")).to_be_focused()
    await look(page, "broadcasts-start")
    await dialog.get_by_text("正式", exact=True).click()
    await dialog.get_by_label("主题").fill("问题奶粉下架")
    await dialog.get_by_label("播报内容").fill("请立即下架批号为一二三的光明奶粉。")
    await dialog.get_by_label("品牌").fill("光明")
    await dialog.get_by_role("combobox", name="承办单位").press_sequentially(UNIT[:2])
    await expect(page.get_by_role("option", name=UNIT)).to_be_visible()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    merchants = dialog.get_by_role("combobox", name="经营者")
    for shop in SHOPS[:3]:
        await merchants.press_sequentially(shop[:2])
        await expect(page.get_by_role("option", name=shop)).to_be_visible()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(merchants).to_have_value("")
    await page.keyboard.press("Escape")
    await look(page, "broadcasts-chosen")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await dialog.get_by_role("button", name="发起广播").press("Enter")
    await expect(page).to_have_url(re.compile(r"/broadcasts/1$"))
    await expect(page.get_by_text(re.compile("^预计需要 1 至"))).to_be_visible()

    chosen = (await supervisor.ask("GET", "/api/v1/broadcasts/1"))["filter"]
    assert {name: value for name, value in chosen.items() if value} == {
        "unit_ids": [1],
        "merchant_ids": [1, 2, 3],
        "brands": ["光明"],
    }
    async with asyncio.timeout(LIMIT):
        while len(await house.rows("SELECT 1 FROM broadcast_rings")) < 2:
            await asyncio.sleep(0.1)
    ((call_id,),) = await house.rows("SELECT call_id FROM broadcast_rings ORDER BY id LIMIT 1")
    action_id = ("ActionID", "ACTIONID")
    house.backend.pbx.answers["DBGetTree"] = (
        message(("Response", "Success"), action_id, ("EventList", "start"), ("Message", "Result will follow"))
        + message(("Event", "DBGetTreeResponse"), ("Key", f"/broadcast/{call_id}"), ("Val", "1"), action_id)
        + message(("Event", "DBGetTreeComplete"), action_id, ("EventList", "Complete"))
    )
    async with asyncio.timeout(LIMIT):
        while not await house.rows("SELECT 1 FROM broadcast_targets WHERE state = 'acknowledged'"):
            await asyncio.sleep(0.1)
    article = page.get_by_role("article", name="问题奶粉下架")
    await page.wait_for_timeout(1_000)
    await page.evaluate("window.dispatchEvent(new Event('focus'))")
    counts = article.get_by_role("list", name="各单位情况")
    await expect(counts).to_contain_text(re.compile(r"已确认\s*1"))
    targets = article.get_by_role("list", name="通知单位").locator("> li")
    await expect(targets).to_have_count(4)
    await expect(targets.first).to_contain_text("电话按键")
    await expect(targets.first).to_contain_text("139****0001")
    await expect(targets.first).to_contain_text("按1签收")
    await look(page, "broadcasts-one")
    await fits_a_telephone(page)

    await article.get_by_role("button", name="结束广播").press("Enter")
    await expect(article.get_by_text("不再呼叫其他单位。")).to_be_visible()
    left = article.get_by_role("button", name=re.compile("^登记确认"))
    await expect(left.first).to_be_visible()
    await left.first.press("Enter")
    noting = page.get_by_role("dialog", name=re.compile("^登记确认"))
    await expect(noting.get_by_label("确认人")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(noting.get_by_text("请填写确认人和确认方式。")).to_be_visible()
    await look(page, "broadcasts-acknowledge")
    await page.keyboard.type("吴敏")
    await noting.get_by_label("确认方式").fill("微信回复")
    await page.keyboard.press("Enter")
    await expect(noting).to_be_hidden()
    await expect(counts).to_contain_text(re.compile(r"已确认\s*2"))
