"""Patrols on a phone: the link is cut in the middle, the page is loaded anew, and each answer is there once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Error, Locator, Page, Route, expect
from sqlalchemy import text

from callcenter.clock import Clock
from callcenter.postgres.database import Database
from tests.browser.callers import TEN_O_CLOCK, House, clock_from
from tests.browser.chromium import visitor
from tests.browser.desk_steps import comes_true
from tests.browser.matters import Worker, open_units, worker
from tests.browser.pages import sign_in
from tests.browser.test_ticket_pages import fits_a_telephone, look
from tests.integration.conftest import PASSWORD
from tests.unit.test_attachment_kinds import JPEG

PHONE: dict[str, Any] = {"viewport": {"width": 400, "height": 800}, "has_touch": True}
INSPECTIONS = "/api/v1/inspections"
PHOTO: Any = {"name": "货架.jpg", "mimeType": "image/jpeg", "buffer": JPEG}
CHECKS = ["经营资格", "进货票证", "经销食品", "包装标识", "商标广告", "市场开办者"]


@pytest.fixture
def clock() -> Clock:
    return clock_from(TEN_O_CLOCK)


@pytest.fixture
async def matter(browser: Browser, house: House) -> AsyncIterator[str]:
    """A complaint that is with the unit of the officers zhao and zhou."""
    address = str(house.backend.client.base_url)
    async with visitor(browser, address) as others, visitor(browser, address) as context:
        admin = await worker(others, address, "root")
        await open_units(admin, "zhao")
        zhou = {"name": "zhou", "display_name": "周强", "role": "officer", "password": PASSWORD}
        await admin.ask("POST", "/api/v1/users", zhou)
        await admin.ask("PUT", "/api/v1/units/1/members/zhou")
        agent = await worker(context, address, "chen")
        number = await agent.register("key-00000001")
        await agent.step(number, "forward", unit_id=1)
        yield number


@pytest.fixture
async def phone(browser: Browser, house: House) -> AsyncIterator[BrowserContext]:
    async with visitor(browser, str(house.backend.client.base_url), **PHONE) as context:
        yield context


@pytest.fixture
async def officer(browser: Browser, house: House, matter: str) -> AsyncIterator[Worker]:
    """The officer zhou, who asks without a page."""
    address = str(house.backend.client.base_url)
    async with visitor(browser, address) as context:
        yield await worker(context, address, "zhou")


def check(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


async def press(page: Page, name: str, result: str) -> None:
    await check(page, name).get_by_role("button", name=result, exact=True).click()


async def stored(database: Database) -> tuple[list[tuple[int, str]], int, int]:
    """Items with their results in the order in which they came, how many files, how many flags."""
    async with database.sessions.begin() as session:
        answers = await session.execute(text("SELECT item, result FROM inspection_answers ORDER BY id"))
        files = await session.scalar(text("SELECT count(*) FROM inspection_attachments"))
        flags = await session.scalar(text("SELECT count(*) FROM case_flags WHERE trigger = 'offence_found'"))
        return [(row.item, row.result) for row in answers], files or 0, flags or 0


async def begin(worker: Worker, key: str = "begin-0001", **given: Any) -> int:
    body = {
        "template": "six-checks",
        "unidentified_reason": "无证摊位",
        "officers": ["zhao", "zhou"],
        "place": "菜场12号",
    }
    made = await worker.ask("POST", INSPECTIONS, body | given, Idempotency_Key=key)
    return int(made["id"])


async def test_a_patrol_goes_on_without_a_link_and_each_answer_is_there_once(
    phone: BrowserContext, matter: str, database: Database
) -> None:
    page = await sign_in(phone, "zhao", to=f"/tickets/{matter}")
    patrols = page.get_by_role("region", name="巡查", exact=True)
    await expect(patrols.get_by_text("没有巡查")).to_be_visible()
    await patrols.get_by_role("link", name="开始巡查").click()
    await expect(page.get_by_label("诉求编号")).to_have_value(matter)
    await expect(page.get_by_role("checkbox", name="赵敏")).to_be_checked()
    await page.get_by_role("button", name="开始巡查").click()
    await expect(page.get_by_text("请填写地点。")).to_be_visible()
    await expect(page.get_by_text("至少选择 2 名执法人员。")).to_be_visible()
    await look(page, "patrol-new")
    await fits_a_telephone(page)
    await page.get_by_label("地点").fill("湖塘菜场12号摊")
    await page.reload()
    await expect(page.get_by_label("地点")).to_have_value("湖塘菜场12号摊")
    await page.get_by_label("无法确认经营者的原因").fill("摊位无证照")
    await page.get_by_text("周强").click()
    await page.get_by_role("button", name="开始巡查").click()
    await expect(page).to_have_url(re.compile(r"/inspections/1$"))
    await expect(page.get_by_role("heading", level=2)).to_have_text(
        [re.compile(f"{place}\\s+{name}") for place, name in enumerate(CHECKS, 1)] + ["完成巡查"]
    )

    sending = page.get_by_role("status", name="发送情况")
    await press(page, "经营资格", "合格")
    await expect(sending).to_contain_text("已全部发送")
    await phone.set_offline(True)
    await press(page, "进货票证", "不合格")
    failed = check(page, "进货票证")
    await failed.get_by_role("button", name="保存").click()
    await expect(failed.get_by_text("不合格须填写情况")).to_be_visible()
    await failed.get_by_label("不合格情况").fill("没有进货票据")
    await failed.get_by_label("照片或文件").set_input_files(PHOTO)
    await failed.get_by_role("button", name="保存").click()
    await press(page, "经销食品", "合格")
    await press(page, "包装标识", "不适用")
    await expect(sending).to_contain_text("4 项未发送")
    await expect(failed.get_by_text("未发送")).to_have_count(2)
    await expect(page.get_by_role("region", name="完成巡查").get_by_role("button", name="5 商标广告")).to_be_visible()
    await expect(page.get_by_role("button", name="完成巡查")).to_be_disabled()
    await look(page, "patrol-offline")
    await fits_a_telephone(page)
    assert (await stored(database))[:2] == ([(1, "pass")], 0)
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        await page.reload()
    await phone.set_offline(False)
    await page.goto("/inspections/1")
    await expect(sending).to_contain_text("已全部发送")
    assert (await stored(database))[:2] == ([(1, "pass"), (2, "fail"), (3, "pass"), (4, "na")], 1)
    await expect(failed.get_by_text("没有进货票据").first).to_be_visible()
    async with page.expect_download() as downloading:
        await failed.get_by_role("link", name="货架.jpg").click()
    assert (await downloading.value).suggested_filename == "货架.jpg"

    lost: list[str] = []

    async def lose_the_answer(route: Route) -> None:
        """The backend has it, and the page does not hear of it."""
        if lost:
            await route.continue_()
            return
        lost.append((await route.fetch()).url)
        await route.abort("connectionreset")

    await page.route("**/answers", lose_the_answer)
    await press(page, "商标广告", "合格")
    await press(page, "市场开办者", "合格")
    await expect(sending).to_contain_text("已全部发送")
    assert len(lost) == 1
    all_answers = [(1, "pass"), (2, "fail"), (3, "pass"), (4, "na"), (5, "pass"), (6, "pass")]
    assert (await stored(database))[:2] == (all_answers, 1)
    await page.get_by_text("发现涉嫌违法线索", exact=True).click()
    await page.get_by_label("涉嫌违法情况").fill("无证经营，进货无票据")
    await look(page, "patrol-offence")
    await page.get_by_role("button", name="完成巡查").click()
    await expect(page.locator("header.card")).to_contain_text("已完成")
    await expect(page.get_by_role("button", name="完成巡查")).to_have_count(0)
    await expect(check(page, "经营资格").get_by_role("button", name="合格", exact=True)).to_be_disabled()
    await look(page, "patrol-finished")
    assert await stored(database) == (all_answers, 1, 1)
    assert await page.evaluate("Object.keys(sessionStorage).filter((name) => name.startsWith('draft:'))") == []
    await page.goto(f"/tickets/{matter}")
    await expect(patrols.get_by_role("link", name="六查六看")).to_be_visible()
    await expect(patrols.get_by_text("合格 4 · 不合格 1 · 未检查 0")).to_be_visible()
    await expect(page.get_by_text("完成巡查").first).to_be_visible()


async def test_what_is_refused_is_said_and_dropped_by_whoever_gave_it(
    phone: BrowserContext, officer: Worker, matter: str
) -> None:
    number = await begin(officer)
    page = await sign_in(phone, "zhao", to=f"/inspections/{number}")
    await expect(check(page, "经营资格")).to_be_visible()
    await page.route("**/answers", lambda route: route.abort())
    await press(page, "经营资格", "不适用")
    sending = page.get_by_role("status", name="发送情况")
    await expect(sending).to_contain_text("1 项未发送")
    await page.get_by_role("link", name="返回列表").click()
    await expect(page.get_by_text("本标签页有未发送的内容：")).to_be_visible()
    for item in range(1, 7):
        answer = {"item": item, "result": "pass", "answered_at": "2026-11-23T01:00:00Z"}
        await officer.ask("POST", f"{INSPECTIONS}/{number}/answers", answer, Idempotency_Key=f"answer-{item:04}")
    await officer.ask("POST", f"{INSPECTIONS}/{number}/finish", {}, Idempotency_Key="finish-0001")
    await page.unroute("**/answers")
    await page.get_by_role("link", name=f"巡查 {number}").click()
    await expect(page.locator("header.card")).to_contain_text("已完成")
    await expect(page.get_by_text("该巡查已完成，不能更改；请作更正。")).to_be_visible()
    await look(page, "patrol-refused")
    await page.get_by_role("button", name="放弃这一项").click()
    await expect(page.get_by_text("该巡查已完成，不能更改；请作更正。")).to_have_count(0)
    await expect(check(page, "经营资格").get_by_role("button", name="合格", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )


async def test_a_finished_patrol_is_corrected_by_another_that_says_the_same_until_it_is_changed(
    phone: BrowserContext, officer: Worker, matter: str, database: Database
) -> None:
    page = await sign_in(phone, "zhao", to="/inspections")
    await expect(page.get_by_role("heading", name="没有巡查记录")).to_be_visible()
    await look(page, "patrols-empty")
    number = await begin(officer)
    for item in range(1, 7):
        answer = {"item": item, "result": "pass", "answered_at": "2026-11-23T01:00:00Z"}
        await officer.ask("POST", f"{INSPECTIONS}/{number}/answers", answer, Idempotency_Key=f"answer-{item:04}")
    await officer.ask("POST", f"{INSPECTIONS}/{number}/finish", {}, Idempotency_Key="finish-0001")
    await page.reload()
    await page.locator("[data-row]").click()
    await page.get_by_role("button", name="更正").click()
    dialog = page.get_by_role("dialog", name="更正")
    await dialog.get_by_label("原因（会记录）").fill("摊位号有误")
    await look(page, "patrol-correct")
    await dialog.get_by_role("button", name="更正").click()
    await expect(page).to_have_url(re.compile(r"/inspections/2$"))
    await expect(page.get_by_text("更正自")).to_be_visible()
    await page.get_by_role("button", name="修改信息").click()
    dialog = page.get_by_role("dialog", name="修改信息")
    await dialog.get_by_label("地点").fill("")
    await dialog.get_by_role("button", name="保存").click()
    await expect(dialog.get_by_text("请填写地点。")).to_be_visible()
    await look(page, "patrol-change")
    await dialog.get_by_label("地点").fill("菜场21号")
    await dialog.get_by_role("button", name="保存").click()
    await expect(page.get_by_text("菜场21号")).to_be_visible()
    await expect(page.get_by_text("赵敏、周强 · 武进分局")).to_be_visible()

    # an offence needs the number of its matter
    await page.get_by_text("发现涉嫌违法线索", exact=True).click()
    await page.get_by_label("涉嫌违法情况").fill("使用不合格计量器具")
    await expect(page.get_by_role("button", name="完成巡查")).to_be_disabled()
    await page.get_by_label("诉求编号").fill("41")
    await page.get_by_role("button", name="关联诉求").click()
    await expect(page.get_by_text("请输入诉求编号，如")).to_be_visible()
    await page.get_by_label("诉求编号").fill(matter)
    await page.get_by_role("button", name="关联诉求").click()
    await page.get_by_role("button", name="完成巡查").click()
    await expect(page.locator("header.card")).to_contain_text("已完成")
    assert (await stored(database))[2] == 1
    await page.goto("/inspections/1")
    await expect(page.get_by_text("已被更正记录取代")).to_be_visible()
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="下载记录（PDF）").click()
    assert (await downloading.value).suggested_filename == "inspection-1.pdf"
    await page.goto("/inspections")
    await expect(page.locator("[data-row]")).to_have_count(2)
    await look(page, "patrols-list")
    await fits_a_telephone(page)
    await page.get_by_role("combobox", name="筛选").press("Enter")
    await page.get_by_role("option", name="发现违法线索").click()
    await expect(page).to_have_url(re.compile("show=offence"))
    await expect(page.locator("[data-row]")).to_have_count(1)


async def test_photos_that_wait_are_gone_at_sign_out(phone: BrowserContext, officer: Worker, matter: str) -> None:
    number = await begin(officer)
    page = await sign_in(phone, "zhao", to=f"/inspections/{number}")
    await page.route("**/attachments", lambda route: route.abort())
    await check(page, "经营资格").get_by_label("照片或文件").set_input_files(PHOTO)
    await expect(check(page, "经营资格").get_by_text("货架.jpg")).to_be_visible()
    await page.reload()
    await expect(check(page, "经营资格").get_by_text("货架.jpg")).to_be_visible()
    await page.get_by_role("button", name="账户").click()
    await page.get_by_role("button", name="退出登录").click()
    await expect(page).to_have_url(re.compile("/sign-in$"))
    await comes_true(page, "indexedDB.databases().then((all) => all.length === 0)")
