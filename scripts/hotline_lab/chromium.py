"""Debian's Chromium, driven by Playwright, without a window."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright


@asynccontextmanager
async def chromium(*arguments: str) -> AsyncIterator[Browser]:
    """A browser with these arguments. Raises FileNotFoundError with what to install."""
    program = shutil.which("chromium")
    if program is None:
        raise FileNotFoundError("Chromium is missing; ask root to run: apt-get install -y chromium")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=[*sandbox, *arguments])
        try:
            yield browser
        finally:
            await browser.close()
