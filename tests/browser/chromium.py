"""Debian's Chromium, driven by Playwright. Every page is watched: what it complains of fails the test."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect

import callcenter
from hotline_lab.chromium import chromium

__all__ = ["chromium", "find_barriers", "picture", "visitor"]

AXE = Path(callcenter.__file__).parent / "web/ui/node_modules/axe-core/axe.min.js"
SERIOUS = ("serious", "critical")
EXPECTED = (
    "Failed to load resource",
    "WebSocket connection to",
    "Error with Permissions-Policy header: Unrecognized feature: 'speaker-selection'",
)
"""What Chromium says in the console where nothing is wrong: that something was refused, as tests make it happen,
and that it asks nobody which speaker a page may use, as Firefox does."""
VISITOR: dict[str, Any] = {"timezone_id": "America/New_York", "locale": "de-DE", "reduced_motion": "reduce"}
"""Neither the hotline's zone nor a language of ours: pages must not go by the browser's. Nothing is half faded in."""
WRONG_CLOCK = """
window.shift = 7 * 60_000;
const Real = Date;
const now = Real.now;
window.Date = class extends Real {
  constructor(...given) { if (given.length === 0) super(now() + window.shift); else super(...given); }
  static now() { return now() + window.shift; }
};
"""
"""For `add_init_script`: the machine's clock is seven minutes fast, and a test can move it on by `window.shift`."""
PATIENCE = 15_000
"""Milliseconds after which something that a page should show has failed, on a busy machine."""

PICTURES = os.environ.get("CALLCENTER_TEST_PICTURES")
"""A folder, if somebody wants to look at what the tests see."""

expect.set_options(timeout=PATIENCE)


@dataclass
class Watched:
    """What pages complained of."""

    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """From now on."""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(EXPECTED):
            self.complaints.append(f"{message.type}: {message.text}")


@asynccontextmanager
async def visitor(browser: Browser, address: str, **options: Any) -> AsyncIterator[BrowserContext]:
    """A browser of somebody else each time, whose pages must have nothing to complain of."""
    watched = Watched()
    context = await browser.new_context(base_url=address, **(VISITOR | options))
    context.set_default_timeout(PATIENCE)
    context.on("page", watched.watch)
    try:
        yield context
    finally:
        await context.close()
    assert not watched.complaints, watched.complaints


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


async def find_barriers(page: Page) -> list[str]:
    """What axe finds serious on the page as it is now: rule, elements and what is wrong."""
    await page.evaluate(_axe())
    found = await page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{violation['id']}: " + json.dumps([[node["html"], node["failureSummary"]] for node in violation["nodes"]])
        for violation in found["violations"]
        if violation["impact"] in SERIOUS
    ]


async def picture(page: Page, name: str) -> None:
    """Of the page as it is now, where pictures are wanted."""
    if PICTURES is not None:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png")
