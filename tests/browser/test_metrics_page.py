"""The figures of casework: each with what it was made of, of days and a unit that are chosen."""

from __future__ import annotations

import re

from playwright.async_api import BrowserContext, expect

from tests.browser.matters import UNIT, Worker
from tests.browser.pages import press_on, sign_in
from tests.browser.test_ticket_pages import IN_LANGUAGE, agent, clock, fits_a_telephone, look

__all__ = ["agent", "clock"]


async def test_figures_of_casework_say_what_they_are_made_of_and_are_of_the_days_and_the_unit_that_are_chosen(
    context: BrowserContext, agent: Worker
) -> None:
    for place in range(3):
        number = await agent.register(f"key-0000000{place}")
    await agent.step(number, "forward", unit_id=1)
    page = await sign_in(context, "wang")
    await page.get_by_role("button", name="更多").click()
    await page.get_by_role("link", name="业务指标").click()
    figures = page.get_by_role("region", name="业务指标").locator(".figures").get_by_role("group")
    await expect(figures).to_have_count(14)
    completion = page.get_by_role("group", name="办结率", exact=True)
    await expect(completion).to_have_text(re.compile(r"办结率\s*0\.0%\s*0 / 3 件 · 样本少（不足30），仅供参考"))
    await expect(page.get_by_role("group", name="受理率")).to_contain_text("期间内没有可计的件数")
    await look(page, "metrics")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await fits_a_telephone(page)
    await press_on(page, completion, "Shift")
    tip = page.get_by_role("tooltip").filter(has_text="已办结")
    await expect(tip).to_have_text("期间内收到、截止时已办结的 / 期间内收到的 (口径第 1 版)")
    await look(page, "metrics-formula")
    await page.evaluate(IN_LANGUAGE, "zh-CN")

    await page.get_by_role("combobox", name="承办单位").click()
    await page.get_by_role("option", name=UNIT).click()
    await expect(completion).to_contain_text("0 / 1 件")
    await expect(page.get_by_role("group", name="通话处置率")).to_contain_text("不按单位统计")
    await page.get_by_role("button", name="上年").click()
    await expect(page).to_have_url(re.compile(r"\?from=2025-01-01&to=2025-12-31&unit=1$"))
    await expect(page.get_by_role("status").filter(has_text="2025-01-01 至 2025-12-31")).to_be_visible()
    await expect(completion).to_contain_text("期间内没有可计的件数")
    await page.get_by_label("至（含）").fill("2024-01-01")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="显示").click()
    await expect(page.get_by_role("region", name="业务指标")).to_contain_text("结束时间早于开始时间")
