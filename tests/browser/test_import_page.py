"""The page of imports: a file is looked at row by row, confirmed by another act, and taken in once."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import BrowserContext, Page, expect

from callcenter.casework.imports.files import LARGEST_FILE
from tests.browser.matters import Worker
from tests.browser.pages import press_on, sign_in
from tests.browser.test_ticket_pages import IN_LANGUAGE, agent, clock, fits_a_telephone, look
from tests.integration.test_ticket_imports import MILK, QUESTION, SHOP, csv_of

__all__ = ["agent", "clock"]

BROKEN = SHOP | {"登记编号": "1320400-009", "类型": "谋杀"}


def file_of(*rows: Any, name: str = "导出.csv") -> Any:
    return {"name": name, "mimeType": "text/csv", "buffer": csv_of(rows)}


async def upload(page: Page, file: Any) -> None:
    form = page.get_by_role("form", name="上传平台导出文件")
    await form.get_by_label("平台导出文件").set_input_files(file)
    await form.get_by_role("button", name="上传并检查").click()


async def test_an_export_is_checked_row_by_row_confirmed_and_taken_in_once(
    context: BrowserContext, agent: Worker
) -> None:
    page = await sign_in(context, "root", to="/imports")
    await expect(page.get_by_role("heading", name="选择一次导入查看每一行。")).to_be_visible()
    await look(page, "imports-none")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    form = page.get_by_role("form", name="上传平台导出文件")
    await form.get_by_role("button", name="上传并检查").click()
    await expect(form.get_by_text("请选择文件。")).to_be_visible()
    await expect(form.get_by_label("平台导出文件")).to_be_focused()
    await upload(page, {"name": "导出.xlsx", "mimeType": "text/plain", "buffer": b"no export"})
    await expect(form.get_by_role("alert").filter(has_text="无法读取该文件")).to_be_visible()
    await form.get_by_label("平台导出文件").set_input_files(
        {"name": "large.csv", "mimeType": "text/csv", "buffer": b"1" * (LARGEST_FILE + 1)}
    )
    await expect(form.get_by_text("文件超过 20 MB。")).to_be_visible()

    await upload(page, file_of(MILK, SHOP, QUESTION, BROKEN))
    await expect(page).to_have_url(re.compile(r"/imports/1$"))
    one = page.get_by_role("article", name="导入 1")
    rows = one.get_by_role("row")
    await expect(rows).to_have_count(5)
    await expect(rows.nth(4)).to_have_text(re.compile(r"5\s*▲ 有误\s*1320400-009\s*类型：类型不明\s*—"))
    await look(page, "imports-checked")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await fits_a_telephone(page)
    await one.get_by_role("radio", name="有误 1").press("Space")
    await expect(page).to_have_url(re.compile(r"/imports/1\?status=error$"))
    await expect(rows).to_have_count(2)
    await one.get_by_role("radio", name="全部 4").press("Space")
    assert (await agent.ask("GET", "/api/v1/tickets"))["items"] == []

    await press_on(page, one.get_by_role("button", name="确认导入"))
    dialog = page.get_by_role("dialog", name="确认导入")
    await expect(dialog.get_by_text("将新增 3 件，更新 0 件；0 行无变化，1 行有误不导入。")).to_be_visible()
    await look(page, "imports-confirm")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await dialog.get_by_role("button", name="确认导入").click()
    await expect(dialog).to_be_hidden()
    await expect(one.get_by_role("status")).to_have_text(re.compile("已导入 3 / 3 行.*已新增 3"))
    await expect(rows.nth(1)).to_contain_text("已新增")
    await look(page, "imports-applied")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    assert len((await agent.ask("GET", "/api/v1/tickets"))["items"]) == 3

    await upload(page, file_of(MILK, SHOP, QUESTION, BROKEN))
    again = page.get_by_role("article", name="导入 2")
    await expect(again.get_by_text("与导入 1 是同一文件")).to_be_visible()
    await expect(again.get_by_text("各行都与登记内容一致，没有要导入的内容。")).to_be_visible()
    await expect(again.get_by_role("button", name="确认导入")).to_have_count(0)
    await look(page, "imports-same")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    await upload(page, file_of(MILK | {"具体问题": "奶粉过期三个月"}, BROKEN))
    third = page.get_by_role("article", name="导入 3")
    await expect(third.get_by_role("row").nth(1)).to_contain_text("更新：标题")


async def test_who_may_not_import_has_neither_the_link_nor_the_page(context: BrowserContext, agent: Worker) -> None:
    page = await sign_in(context, "wang", to="/imports")
    await expect(page.get_by_role("heading", name="没有权限")).to_be_visible()
    await expect(page.get_by_role("navigation", name="页面").get_by_role("link", name="平台导入")).to_have_count(0)
