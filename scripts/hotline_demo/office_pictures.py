"""The pages of matters, each with something to see, for `scripts/screenshots`."""

from __future__ import annotations

import asyncio

from playwright.async_api import Browser, Locator, Page

from hotline_demo.backend import SUPERVISOR, Backend
from hotline_demo.office import (
    ADMIN,
    DIRECTOR,
    DUTY_PHONES,
    EXPORT,
    OFFICERS,
    SUPPLIERS,
    act,
    broadcast,
    open_office,
    work,
)
from hotline_demo.pictures import PAGE, sign_in, take, visitor
from hotline_lab.asterisk import Lab
from hotline_lab.play import Stage
from hotline_lab.scenario import parse_scenario

TELEPHONE = (400, 860)
ANSWERS_SECONDS = 120.0
"""Within this somebody of the unit has pressed a key, and every supplier was rung."""

_MOBILE = """
[[mobiles]]
number = "{number}"
calls = ["{plan}"]
"""
ACCEPTS, REFUSES, SILENT = "ring 1, answer, talk 2, key 1, stay", "ring 1, answer, talk 2, key 3, stay", "busy"


async def of_office(browser: Browser, backend: Backend, lab: Lab, day: str) -> list[tuple[str, int]]:
    """Names and bytes of the pictures."""
    office = await open_office(backend)
    plans = dict.fromkeys([*DUTY_PHONES, *SUPPLIERS], ACCEPTS)
    plans |= dict(zip(list(SUPPLIERS)[-2:], (REFUSES, SILENT), strict=True))
    phones = "".join(_MOBILE.format(number=number, plan=plan) for number, plan in plans.items())
    async with Stage(parse_scenario(f'title = "Phones of the office"\n{phones}'), lab).ready():
        milk = await work(office, day)
        patrol = await act(office, milk)
        async with asyncio.timeout(ANSWERS_SECONDS):
            while (await office.ask("GET", "/instructions/1"))["state"] == "ringing":
                await asyncio.sleep(0.5)
            sent = await broadcast(office)
            while (await office.ask("GET", f"/broadcasts/{sent}"))["standing"]["acknowledged"] < len(SUPPLIERS) - 2:
                await asyncio.sleep(0.5)
        return await _of_supervisor(browser, backend, milk, sent) + await _of_others(browser, backend, patrol, day)


async def _of_supervisor(browser: Browser, backend: Backend, milk: str, sent: int) -> list[tuple[str, int]]:
    shown = (
        ("tickets", "/tickets", "[data-row]"),
        ("ticket", f"/tickets/{milk}", "a:has-text('食品等严重影响健康')"),
        ("dispositions", "/dispositions", ".counts"),
        ("dispatch", "/dispatch/1", "article"),
        ("contacts", "/contacts", "main li"),
        ("broadcast", f"/broadcasts/{sent}", "article li"),
        ("codes", "/codes", "main tbody tr, main li"),
    )
    async with visitor(browser, backend, PAGE) as context:
        page = await context.new_page()
        await page.goto("/tickets")
        await sign_in(page, SUPERVISOR, backend.password)
        return [await _show(page, *one) for one in shown]


async def _of_others(browser: Browser, backend: Backend, patrol: int, day: str) -> list[tuple[str, int]]:
    sizes = []
    async with visitor(browser, backend, PAGE) as context:
        page = await context.new_page()
        await page.goto("/cases")
        await sign_in(page, DIRECTOR, backend.password)
        sizes.append(await _show(page, "cases", "/cases/1", "article"))
    async with visitor(browser, backend, PAGE) as context:
        page = await context.new_page()
        await page.goto("/units")
        await sign_in(page, ADMIN, backend.password)
        sizes.append(await _show(page, "units", "/units/1", "article"))
        await page.goto("/imports")
        await _upload(page.locator("main"), "上传并检查", day)
        await page.locator("article tbody tr").first.wait_for()
        sizes.append(await take(page, "imports"))
        await page.goto("/reconciliations")
        await page.get_by_role("button", name="上传并对账").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("从哪一天起").fill(day)
        await page.keyboard.press("Tab")
        await _upload(dialog, "上传并对账", day)
        await dialog.wait_for(state="hidden")
        await page.locator("main tbody tr").first.wait_for()
        sizes.append(await take(page, "reconciliations"))
    async with visitor(browser, backend, TELEPHONE) as context:
        page = await context.new_page()
        await page.goto("/inspections")
        await sign_in(page, OFFICERS[0], backend.password)
        sizes.append(await _show(page, "inspection", f"/inspections/{patrol}", "main section"))
    return sizes


async def _show(page: Page, name: str, address: str, ready: str) -> tuple[str, int]:
    await page.goto(address)
    await page.locator(ready).first.wait_for()
    await page.wait_for_load_state("networkidle")
    return await take(page, name)


async def _upload(form: Locator, button: str, day: str) -> None:
    export = EXPORT(day=day).encode()
    file = form.get_by_label("平台导出文件", exact=True)
    await file.set_input_files({"name": "平台导出.csv", "mimeType": "text/csv", "buffer": export})
    await form.get_by_role("button", name=button).click()
