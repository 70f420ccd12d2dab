"""The page on which somebody is given what is held of them: for who has the duty, with what was left out in words."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import BrowserContext, expect

from tests.browser.callers import House
from tests.browser.matters import Worker
from tests.browser.pages import sign_in
from tests.browser.test_ticket_pages import IN_LANGUAGE, agent, clock, fits_a_telephone, look

__all__ = ["agent", "clock"]

LOGGED = "personal data given (本人申请查阅; identity: 到场核验居民身份证)"


async def test_who_answers_for_personal_data_gives_a_person_their_document_and_is_told_what_is_not_in_it(
    context: BrowserContext, agent: Worker, house: House
) -> None:
    await house.rows("UPDATE users SET duties = '{privacy}' WHERE name = 'wang'")
    number = await agent.register("key-00000001")
    await agent.register("key-00000002", party={"name": "李四", "phone": "13812345678"})
    page = await sign_in(context, "wang")
    await page.get_by_role("button", name="更多").click()
    await page.get_by_role("link", name="个人信息查询").click()
    form = page.get_by_role("region", name="个人信息查询")
    await form.get_by_role("button", name="生成文书（PDF）").click()
    await expect(form.get_by_text("至少一个、至多十个姓名。")).to_be_visible()
    await expect(form.get_by_label("本人电话号码")).to_be_focused()
    await look(page, "person-request-faults")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await page.keyboard.type("138 1234 5678")
    await form.get_by_label("核验过的姓名").fill("张三")
    await form.get_by_label("身份如何核验").fill("到场核验居民身份证")
    await form.get_by_label("申请事由").fill("本人申请查阅")
    async with page.expect_download() as download:
        await page.keyboard.press("Enter")
    given = await download.value
    assert given.suggested_filename == "personal-data-zh.pdf"
    assert Path(await given.path()).read_bytes().startswith(b"%PDF-")
    await expect(form.get_by_role("status")).to_contain_text("该号码下另有 1 件事项或调解未列入")
    await look(page, "person-request")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await fits_a_telephone(page)
    logged = await house.rows("SELECT subject FROM access_log WHERE what = :what ORDER BY id", what=LOGGED)
    assert logged == [("138****5678",), (f"tickets/{number}",)]
    await form.get_by_label("核验过的姓名").fill("张三、李四")
    async with page.expect_download():
        await form.get_by_role("button", name="生成文书（PDF）").click()
    await expect(form.get_by_role("status")).to_contain_text("没有未列入的记录")
    await form.get_by_role("button", name="清空").click()
    await expect(form.get_by_label("本人电话号码")).to_have_value("")


async def test_without_the_duty_the_page_says_so_and_the_top_bar_has_none(
    context: BrowserContext, agent: Worker
) -> None:
    page = await sign_in(context, "wang", to="/person-requests")
    await expect(page.get_by_role("heading", name="此页需要“个人信息保护”职责")).to_be_visible()
    await page.get_by_role("button", name="更多").click()
    await expect(page.get_by_role("navigation", name="页面").get_by_role("link", name="个人信息查询")).to_have_count(0)
    await look(page, "person-request-no-duty")
