"""Pictures of pages, small enough for the repository: who looks, and what is kept."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page

from hotline_demo.backend import Backend
from hotline_lab.paths import CHECKOUT

FOLDER = CHECKOUT / "callcenter/web/screenshots"
MOST_BYTES = 80_000
QUALITIES = (90, 80, 70, 60, 50)
PAGE = (1280, 800)


@asynccontextmanager
async def visitor(
    browser: Browser, backend: Backend, size: tuple[int, int], *, permissions: list[str] | None = None
) -> AsyncIterator[BrowserContext]:
    """A browser of somebody of their own, with a screen of this size."""
    context = await browser.new_context(
        base_url=backend.address,
        viewport={"width": size[0], "height": size[1]},
        reduced_motion="reduce",
        permissions=permissions or [],
    )
    try:
        yield context
    finally:
        await context.close()


async def sign_in(page: Page, name: str, password: str) -> None:
    """On the Chinese page that asks for it."""
    await page.get_by_label("用户名").fill(name)
    await page.get_by_label("密码").fill(password)
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="账户").wait_for()


async def take(page: Page, name: str) -> tuple[str, int]:
    """The picture as WebP, in the best quality that is small enough; its name and bytes."""
    await page.evaluate("document.fonts.ready")
    session = await page.context.new_cdp_session(page)
    path: Path = FOLDER / f"{name}.webp"
    for quality in QUALITIES:
        taken = await session.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
        path.write_bytes(base64.b64decode(taken["data"]))
        if path.stat().st_size <= MOST_BYTES:
            break
    return path.name, path.stat().st_size
