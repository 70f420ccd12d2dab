"""What an agent does at the desk in the page, and what its caller hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Locator, Page, expect

from hotline_lab.sound import voice
from tests.browser.call_centre import Centre
from tests.e2e.counting_caller import CountingCaller, calling
from tests.e2e.desks import until
from tests.e2e.sound_check import HEARD, height, samples_of

CALLER = "13905190009"
RATE = 8000


def bar_of(page: Page) -> Locator:
    """The call of the moment, on every page."""
    return page.get_by_role("region", name="当前通话")


@asynccontextmanager
async def a_caller(centre: Centre, *, name: str = "") -> AsyncIterator[CountingCaller]:
    """Rings the hotline and says the callers' tone."""
    async with calling(centre.lab.info, number=CALLER, name=name, sound=voice("caller")) as caller:
        yield caller


async def answered(page: Page) -> None:
    """By its key, once it rings."""
    await expect(bar_of(page).get_by_role("button", name="接听")).to_be_visible()
    await page.keyboard.press("F2")
    await is_talking(page)


async def is_talking(page: Page) -> None:
    await expect(bar_of(page).get_by_text("■ 通话")).to_be_visible()


async def end_wrap_up(page: Page) -> None:
    """Free for the next call."""
    await page.get_by_role("button", name="现在可接").click()
    await expect(page.get_by_role("button", name="我的状态: 空闲")).to_be_visible()


def hears(sound: bytes | bytearray, hertz: int) -> bool:
    """Whether a tone is anywhere in it."""
    samples = samples_of(sound)
    window = RATE // 10
    pieces = (samples[begin : begin + window] for begin in range(0, len(samples) - window, window))
    return any(height(piece, hertz) > HEARD for piece in pieces)


async def comes_to_hear(caller: CountingCaller, **tones: bool) -> None:
    """Until half a second of what reaches the caller has these tones, by `_HERTZ`, and lacks those that are False."""

    async def is_so() -> bool:
        caller.sound.clear()
        await asyncio.sleep(0.5)
        return all(hears(caller.sound, int(hertz.removeprefix("_"))) is what for hertz, what in tones.items())

    await until(is_so)


async def comes_true(page: Page, expression: str) -> None:
    """In the page, whose policy lets nobody wait there for a condition in words."""

    async def is_so() -> bool:
        return bool(await page.evaluate(expression))

    await until(is_so)


async def newest_call(centre: Centre) -> dict[str, Any]:
    """The record of the newest call from outside; a colleague who is asked first makes another."""
    calls = (await centre.backend.get("/api/v1/calls"))["items"]
    return dict(
        max((call for call in calls if call["direction"] == "inbound"), key=lambda call: str(call["started_at"]))
    )


async def when_over(centre: Centre) -> dict[str, Any]:
    """The same, once it is over and both witnesses agree."""

    async def find() -> dict[str, Any] | None:
        call = await newest_call(centre)
        return call if call["outcome"] is not None and call["confirmed"] else None

    return dict(await until(find))
