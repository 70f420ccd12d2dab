"""`scripts/screenshots`: plays the demo's morning and takes a picture of each page, as the README shows them."""

from __future__ import annotations

import asyncio
import sys

from playwright.async_api import Browser

from hotline_demo.backend import SUPERVISOR, Backend
from hotline_demo.hotline_day import load
from hotline_demo.office_pictures import of_office
from hotline_demo.pictures import FOLDER, MOST_BYTES, PAGE, sign_in, take, visitor
from hotline_demo.place import fresh_home
from hotline_demo.stage import settle, stage_of
from hotline_lab.asterisk import Lab
from hotline_lab.chromium import chromium
from hotline_lab.play import play
from hotline_lab.ports import HTTP_PORTS

AGENT = "chen"
WALL = (1440, 810)
SOUND = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--allow-loopback-in-peer-connection")


def main() -> int:
    """Exit status 1 where a picture is too large."""
    return asyncio.run(_take_all())


async def _take_all() -> int:
    FOLDER.mkdir(exist_ok=True)
    with fresh_home("screenshots") as home:
        async with Lab(pbx=1, state=home / "lab") as lab:
            stage = stage_of(lab)
            environment = {
                **stage.environment,
                "CALLCENTER_DATA_DIR": str(home / "data"),
                "CALLCENTER_COOKIE_SECURE": "false",
            }
            port = HTTP_PORTS.keep()
            async with Backend(environment=environment, log=home / "log", http_port=port) as backend:
                print("The morning is played, which takes about two minutes ...")
                await stage.play(print)
                await settle(backend, stage.day.isoformat())
                await backend.add_user(AGENT, role="agent")
                await backend.ask("PUT", f"/api/v1/agents/{AGENT}/skills", {"skills": [{"queue": "hotline"}]})
                async with chromium(*SOUND) as browser:
                    sizes = await _of_agent(browser, backend)
                    sizes += await _of_boards(browser, backend, lab)
                    sizes += await _of_lists(browser, backend, stage.day.isoformat())
                    sizes += await of_office(browser, backend, lab, stage.day.isoformat())
    for name, size in sizes:
        print(f"{name}: {size / 1000:.0f} KB")
    return int(any(size > MOST_BYTES for _, size in sizes))


async def _of_boards(browser: Browser, backend: Backend, lab: Lab) -> list[tuple[str, int]]:
    """While a caller waits."""
    made = await backend.ask("POST", "/api/v1/screens", {"name": "大厅", "queues": []})
    async with visitor(browser, backend, PAGE) as context, visitor(browser, backend, WALL) as hall:
        page, wall = await context.new_page(), await hall.new_page()
        await page.goto("/sign-in")
        sizes = [await take(page, "sign-in")]
        await sign_in(page, SUPERVISOR, backend.password)
        await wall.goto(f"/wall#{made.body['secret']}")
        for shown in (page, wall):
            await shown.locator(".chart svg text").first.wait_for()
        waiting = asyncio.create_task(play(load("queue_timeout"), lab))
        for shown, name in ((page, "wallboard"), (wall, "wall")):
            await shown.get_by_role("group", name="等待中", exact=True).get_by_text("1", exact=True).first.wait_for()
            sizes.append(await take(shown, name))
        await waiting
    return sizes


async def _of_lists(browser: Browser, backend: Backend, day: str) -> list[tuple[str, int]]:
    sizes = []
    async with visitor(browser, backend, PAGE) as context:
        page = await context.new_page()
        await page.goto("/callbacks")
        await sign_in(page, SUPERVISOR, backend.password)
        await page.locator("[data-row]").first.click()
        await page.locator("article .history").wait_for()
        sizes.append(await take(page, "callbacks"))
        await page.goto(f"/callbacks/day/{day}")
        await page.locator(".verdict").wait_for()
        sizes.append(await take(page, "day-sheet"))
        await page.goto("/calls")
        await page.locator("[data-row]").first.wait_for()
        sizes.append(await take(page, "calls"))
        await page.locator("[data-row]", has_text="转接").last.click()
        await page.locator("article.call").wait_for()
        sizes.append(await take(page, "call"))
    return sizes


async def _of_agent(browser: Browser, backend: Backend) -> list[tuple[str, int]]:
    async with visitor(browser, backend, PAGE, permissions=["microphone", "notifications"]) as context:
        page = await context.new_page()
        await page.goto("/desk")
        await sign_in(page, AGENT, backend.password)
        await page.get_by_role("button", name="下一步：声音检查").click()
        await page.get_by_role("button", name="开始检查").click()
        await page.get_by_role("button", name="播放测试音").click()
        await page.get_by_role("button", name="听到了，完成").click()
        await page.get_by_role("button", name="我的状态: 空闲").wait_for()
        return [await take(page, "desk")]


if __name__ == "__main__":
    sys.exit(main())
