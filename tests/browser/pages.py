"""What people do on any page."""

from __future__ import annotations

from collections.abc import Callable

from playwright.async_api import BrowserContext, Locator, Page, Request, expect

from tests.integration.conftest import PASSWORD

MOST_STEPS = 80
"""From one end of the longest page to the other."""

FOCUSED = "() => (document.activeElement.ariaLabel || document.activeElement.textContent).trim().slice(0, 20)"
"""What has the focus, in a few words."""


async def sign_in(context: BrowserContext, name: str, *, to: str = "/") -> Page:
    """A page of that user, in Chinese, at the address that was asked for."""
    page = await context.new_page()
    await page.goto(to)
    await fill_in(page, name, PASSWORD)
    await expect(page.get_by_role("button", name="账户")).to_be_visible()
    return page


async def fill_in(page: Page, name: str, password: str) -> None:
    """On the Chinese sign-in page, by keyboard alone."""
    await expect(page.get_by_label("用户名")).to_be_focused()
    await page.keyboard.type(name)
    await page.keyboard.press("Tab")
    await page.keyboard.type(password)
    await page.keyboard.press("Enter")


def watch_requests(page: Page, is_meant: Callable[[Request], bool]) -> list[str]:
    """Addresses of the requests that are meant, as the page makes them from now on."""
    made: list[str] = []

    def note(request: Request) -> None:
        if is_meant(request):
            made.append(request.url)

    page.on("request", note)
    return made


def row_of(page: Page, text: str) -> Locator:
    """The row of a list that has this text."""
    return page.locator("[data-row]", has_text=text)


async def press_on(page: Page, target: Locator, key: str = "Enter") -> None:
    """By keyboard alone: go from one element to the next until this one has the focus, which shows, and press."""
    await expect(target).to_be_enabled()
    passed: list[str] = []
    for _ in range(MOST_STEPS):
        if await target.evaluate("(one) => one === document.activeElement && one.matches(':focus-visible')"):
            await page.keyboard.press(key)
            return
        passed.append(await page.evaluate(FOCUSED))
        await page.keyboard.press("Tab")
    raise AssertionError(f"No number of Tab leads to {target}; passed: {passed}.")


async def close_by_escape(page: Page, shown: Locator) -> None:
    """Close what shows this, and wait until it is gone: focus that goes on too early is caught by what still closes."""
    await page.keyboard.press("Escape")
    await expect(shown).to_be_hidden()
