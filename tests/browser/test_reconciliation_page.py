"""The page of comparisons with the national platform."""

from __future__ import annotations

import re

from playwright.async_api import BrowserContext, expect

from tests.browser.matters import TICKETS, Worker
from tests.browser.pages import press_on, sign_in
from tests.browser.test_import_page import file_of
from tests.browser.test_ticket_pages import IN_LANGUAGE, agent, clock, fits_a_telephone, look
from tests.integration.test_ticket_imports import MILK, SHOP

__all__ = ["agent", "clock"]


async def test_the_register_is_compared_with_an_export_and_what_differs_is_listed_by_day(
    context: BrowserContext, other: BrowserContext, agent: Worker
) -> None:
    number = await agent.register("key-00000001")
    version = (await agent.ask("GET", f"{TICKETS}/{number}"))["version"]
    known = {"platform_number": MILK["登记编号"]}
    await agent.ask("PATCH", f"{TICKETS}/{number}", known, If_Match=f'"{version}"')
    only_here = await agent.register("key-00000002", party={"name": "李四", "phone": "13912340001"})
    page = await sign_in(context, "root", to="/reconciliations")
    await expect(page.get_by_text("还没有对账")).to_be_visible()
    await look(page, "reconciliations-none")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await press_on(page, page.get_by_role("button", name="上传并对账"))
    dialog = page.get_by_role("dialog", name="上传并对账")
    await expect(dialog.get_by_label("平台导出文件")).to_be_focused()
    await dialog.get_by_role("button", name="上传并对账").click()
    await expect(dialog.get_by_text("请选择文件。")).to_be_visible()
    await dialog.get_by_label("平台导出文件").set_input_files(file_of(MILK, SHOP))
    await dialog.get_by_label("从哪一天起").fill("2026-11-16")
    await page.keyboard.press("Tab")
    await look(page, "reconciliation-compare")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await dialog.get_by_role("button", name="上传并对账").click()
    await expect(dialog).to_be_hidden()
    await expect(page).to_have_url(re.compile(r"/reconciliations/\d{4}-\d\d-\d\d$"))
    rows = page.get_by_role("region", name="差异").get_by_role("row")
    await expect(rows).to_have_text(
        [
            re.compile("^差异"),
            re.compile(f"内容不一致.*{MILK['登记编号']}.*{number}"),
            re.compile(f"仅平台有.*{SHOP['登记编号']}"),
            re.compile(f"仅本地有.*—.*{only_here}"),
        ]
    )
    await look(page, "reconciliation")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await fits_a_telephone(page)
    await page.get_by_role("radio", name="仅平台有").press("Space")
    await expect(page).to_have_url(re.compile(r"\?what=only_there$"))
    await expect(rows).to_have_count(2)

    reader = await sign_in(other, "sun", to="/reconciliations")
    await reader.get_by_role("link", name=re.compile(r"^\d{4}-\d\d-\d\d$")).click()
    await expect(reader.get_by_role("region", name="差异").get_by_role("row")).to_have_count(4)
    await expect(reader.get_by_role("button", name="上传并对账")).to_have_count(0)
