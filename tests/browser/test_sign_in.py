"""Signing in, the frame around all pages, and what the browser is allowed to do."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Awaitable
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Request, Response, expect
from sqlalchemy import text

from callcenter.postgres.database import Database
from tests.browser.chromium import find_barriers, picture, visitor
from tests.browser.pages import fill_in, press_on, sign_in
from tests.browser.test_ticket_pages import IN_LANGUAGE, look
from tests.integration.backend import Backend
from tests.integration.conftest import PASSWORD

SIGN_IN_BUDGET = 150_000
PAGE_BUDGET = 350_000
"""Bytes of scripts, compressed."""
ONE_ROW = 60
"""Pixels that two rows of the top bar need."""
DAILY = ["看板", "待回拨", "通话", "诉求", "指令调度"]
OTHERS = ["坐席台", "通话处置", "诉转案", "巡查", "联络平台", "紧急广播", "业务指标", "分类代码"]
"""Of a supervisor, in sight and in the menu of the top bar."""
SCROLL_POSITIONS = "vue-router:scroll"
"""What the router remembers of each page of the history: two numbers."""


async def test_a_supervisor_signs_in_in_chinese_and_begins_at_the_wallboard(context: BrowserContext) -> None:
    page = await context.new_page()
    await page.goto("/")
    await expect(page).to_have_url(re.compile("/sign-in$"))
    assert await page.evaluate("document.documentElement.lang") == "zh-CN"
    await fill_in(page, "wang", PASSWORD)
    await expect(page).to_have_url(re.compile("/wallboard$"))
    await expect(page).to_have_title("看板 · 12315 热线")
    await expect(page.get_by_role("button", name="账户: 王芳")).to_be_visible()
    await expect(page.get_by_role("heading", name="看板")).to_be_visible()
    await expect(page.get_by_role("group", name="等待中", exact=True).locator(".value")).to_have_text("0")


async def test_an_officer_begins_at_the_matters_and_misses_no_stream(context: BrowserContext) -> None:
    page = await context.new_page()
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    await page.goto("/")
    await fill_in(page, "zhao", PASSWORD)
    await expect(page.get_by_role("heading", name="没有未办结的诉求")).to_be_visible()
    await expect(page.get_by_role("button", name="账户: 赵敏")).to_be_visible()
    await expect(page.get_by_role("navigation").get_by_role("link")).to_have_text(
        ["诉求", "诉转案", "指令调度", "巡查", "联络平台"]
    )
    await page.goto("/wallboard")
    await expect(page.get_by_text("此页需要“查看看板”的权限，您是承办人员。")).to_be_visible()
    assert (await find_barriers(page), sockets) == ([], [])


async def test_a_director_begins_at_the_wallboard_and_sees_callbacks_without_a_seat(context: BrowserContext) -> None:
    page = await sign_in(context, "sun", to="/callbacks")
    pages = page.get_by_role("navigation", name="页面")
    daily = ["看板", "待回拨", "诉求", "诉转案", "指令调度"]
    await expect(pages.get_by_role("link")).to_have_text(daily)
    await pages.get_by_role("button", name="更多").click()
    others = ["通话", "通话处置", "巡查", "联络平台", "紧急广播", "业务指标"]
    await expect(pages.get_by_role("link")).to_have_text([*daily, *others])
    await expect(page.locator(".banner")).to_have_count(0)
    await expect(page.get_by_role("alert")).to_have_text([""])


async def test_signing_in_leads_to_the_address_that_was_asked_for_and_never_to_another_site(
    context: BrowserContext,
) -> None:
    page = await sign_in(context, "chen", to="/wallboard?queue=hotline")
    await expect(page).to_have_url(re.compile(r"/wallboard\?queue=hotline$"))
    await context.clear_cookies()
    for hostile in ("//evil.example/", "/\\evil.example", "https://evil.example/"):
        await page.goto(f"/sign-in?to={hostile}")
        await fill_in(page, "chen", PASSWORD)
        await expect(page.get_by_role("button", name="账户")).to_be_visible()
        assert urlsplit(page.url).hostname == "127.0.0.1"
        await context.clear_cookies()


async def test_a_wrong_password_is_said_in_words_and_a_lock_with_the_time_that_is_left(context: BrowserContext) -> None:
    page = await context.new_page()
    await page.goto("/sign-in")
    alert = page.locator(".complaint")
    await fill_in(page, "chen", "wrong")
    await expect(alert).to_have_text("用户名或密码错误。")
    password = page.get_by_label("密码")
    await expect(password).to_be_focused()
    assert await page.get_by_label("用户名").input_value() == "chen"
    for _ in range(12):
        await password.fill("wrong")
        await password.press("Enter")
        await expect(page.get_by_role("button", name="登录")).not_to_have_class(re.compile("is-loading"))
        if "请等待" in await alert.inner_text():
            break
    await expect(alert).to_have_text(re.compile(r"^尝试次数过多，请等待 \d+秒。$"))
    await expect(page.get_by_role("button", name="登录")).to_be_disabled()
    await expect(alert).to_be_hidden()
    await expect(page.get_by_role("button", name="登录")).to_be_enabled()


def watch_posts(page: Page) -> list[str]:
    """The addresses to which the page sends something, from now on."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            sent.append(request.url)

    page.on("request", note)
    return sent


async def test_what_is_not_filled_in_stands_at_its_field_and_nothing_is_sent(context: BrowserContext) -> None:
    page = await context.new_page()
    await page.goto("/sign-in")
    sent = watch_posts(page)
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_text("请输入用户名。")).to_be_visible()
    await expect(page.get_by_text("请输入密码。")).to_be_visible()
    await expect(page.get_by_label("用户名")).to_be_focused()
    await fill_in(page, "陈丽", "x")
    await expect(page.get_by_text("用户名由小写字母、数字、点、横线或下划线组成。")).to_be_visible()
    assert sent == []


async def test_enter_that_ends_a_composition_sends_nothing(context: BrowserContext) -> None:
    page = await context.new_page()
    await page.goto("/sign-in")
    sent = watch_posts(page)
    await page.get_by_label("用户名").fill("chen")
    await page.get_by_label("密码").fill(PASSWORD)
    typing = await context.new_cdp_session(page)
    await page.get_by_label("用户名").focus()
    await typing.send("Input.imeSetComposition", {"text": "ni", "selectionStart": 2, "selectionEnd": 2})
    await page.keyboard.press("Enter")
    await page.wait_for_timeout(300)
    assert sent == []


async def test_a_session_that_ends_is_renewed_over_the_page_and_nothing_typed_is_lost(
    context: BrowserContext, database: Database
) -> None:
    page = await sign_in(context, "wang")
    await page.evaluate("sessionStorage.setItem('draft:note', 'half a sentence')")
    await page.get_by_role("button", name="账户").click()
    async with database.sessions.begin() as session:
        await session.execute(text("DELETE FROM browser_sessions"))
    await page.get_by_text("English").dispatch_event("click")  # the page may have noticed by itself, and be covered
    dialog = page.get_by_role("dialog", name="Your session is over")
    await expect(dialog).to_be_visible()
    assert await find_barriers(page) == []
    await expect(dialog.get_by_label("User name")).to_have_value("wang")
    await expect(dialog.get_by_label("Password")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_visible()
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(page).to_have_url(re.compile("/wallboard$"))
    assert await page.evaluate("sessionStorage.getItem('draft:note')") == "half a sentence"


async def test_signing_out_leaves_nothing_in_the_browser(context: BrowserContext) -> None:
    page = await sign_in(context, "chen")
    await page.evaluate("sessionStorage.setItem('draft:note', 'x'); localStorage.setItem('device', 'y')")
    await page.get_by_role("button", name="账户").click()
    await page.get_by_role("button", name="退出登录").click()
    await expect(page).to_have_url(re.compile("/sign-in$"))
    assert await page.evaluate("[Object.keys(localStorage), Object.keys(sessionStorage)]") == [[], [SCROLL_POSITIONS]]
    await page.goto("/wallboard")
    await expect(page).to_have_url(re.compile(r"/sign-in\?to=/wallboard$"))


async def test_language_and_theme_change_without_a_reload_and_are_kept_for_the_user(
    browser: Browser, backend: Backend
) -> None:
    address = str(backend.client.base_url)
    async with visitor(browser, address) as context:
        page = await sign_in(context, "wang")
        await page.evaluate("window.isSame = true")
        await page.get_by_role("button", name="账户").click()
        await page.get_by_text("English").click()
        await expect(page.get_by_role("heading", name="Wallboard")).to_be_visible()
        await page.get_by_text("dark", exact=True).click()
        await expect(page.locator("html.dark")).to_be_attached()
        assert await page.evaluate("[window.isSame, document.documentElement.lang]") == [True, "en"]
    async with visitor(browser, address) as context:
        page = await context.new_page()
        await page.goto("/")
        await fill_in(page, "wang", PASSWORD)
        await expect(page.get_by_role("heading", name="Wallboard")).to_be_visible()
        await expect(page.locator("html.dark")).to_be_attached()


async def test_a_page_that_is_none_and_one_without_the_right_say_so(context: BrowserContext) -> None:
    page = await sign_in(context, "chen", to="/nowhere/1")
    await expect(page.get_by_text("地址 /nowhere/1 不存在。")).to_be_visible()
    await page.goto("/no-right?right=manage_users")
    await expect(page.get_by_text("此页需要“管理用户”的权限，您是坐席。")).to_be_visible()


async def test_the_keys_are_listed_behind_the_question_mark_but_not_in_a_text_field(context: BrowserContext) -> None:
    page = await sign_in(context, "chen")
    await page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="快捷键")
    await expect(dialog).to_be_visible()
    assert await find_barriers(page) == []
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


async def test_a_page_a_call_and_a_number_are_found_without_the_mouse(context: BrowserContext) -> None:
    page = await sign_in(context, "wang")
    dialog = page.get_by_role("dialog", name="前往页面、通话或号码")
    field = dialog.get_by_role("combobox")

    async def go_to(what: str) -> None:
        await page.keyboard.press("Control+k")
        await expect(field).to_be_focused()
        await page.keyboard.type(what)
        assert await find_barriers(page) == []
        await page.keyboard.press("Enter")
        await expect(dialog).to_be_hidden()

    await go_to("待回拨")
    await expect(page).to_have_url(re.compile("/callbacks$"))
    await go_to("pbx1-1795395600.0")
    await expect(page).to_have_url(re.compile("/calls/pbx1/pbx1-1795395600.0$"))
    await expect(page.get_by_role("heading", name="没有找到。")).to_be_visible()
    await go_to("138 1234 5678")
    await expect(page).to_have_url(re.compile("/calls$"))
    await expect(page.get_by_label("来电号码")).to_have_value("138 1234 5678")

    await page.keyboard.press("Control+k")
    await expect(field).to_be_focused()
    typing = await context.new_cdp_session(page)
    await typing.send("Input.imeSetComposition", {"text": "kan", "selectionStart": 3, "selectionEnd": 3})
    await page.keyboard.press("Enter")
    await expect(field).to_have_value("kan")
    await expect(page).to_have_url(re.compile("/calls$"))


@pytest.mark.parametrize("language", ["中文", "English"])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_serious_in_either_theme_and_language(
    browser: Browser, backend: Backend, language: str, theme: str
) -> None:
    async with visitor(browser, str(backend.client.base_url), color_scheme=theme) as context:
        page = await context.new_page()
        await page.goto("/sign-in")
        await page.get_by_text(language).click()
        assert await find_barriers(page) == []
        await page.locator("button[type=submit]").click()
        await expect(page.locator(".el-form-item__error").first).to_be_visible()
        assert await find_barriers(page) == []
        await page.locator("[name=name]").fill("wang")
        await page.locator("[name=password]").fill("wrong")
        await page.locator("[name=password]").press("Enter")
        await expect(page.locator(".complaint")).to_be_visible()
        assert await find_barriers(page) == []
        await page.locator("[name=password]").fill(PASSWORD)
        await page.locator("[name=password]").press("Enter")
        await expect(page).to_have_url(re.compile("/wallboard$"))
        await expect(page.locator("main h1")).to_be_visible()
        assert await find_barriers(page) == []
        await page.locator("button.account").click()
        await expect(page.locator(".own")).to_be_visible()
        assert await find_barriers(page) == []


async def test_pages_that_are_not_of_every_day_stand_in_one_menu_that_goes_by_keyboard_and_says_which_is_open(
    context: BrowserContext,
) -> None:
    page = await sign_in(context, "wang")
    pages = page.get_by_role("navigation", name="页面")
    links, more = pages.get_by_role("link"), pages.get_by_role("button", name="更多")
    await expect(links).to_have_text(DAILY)
    await expect(pages.locator("[aria-current]")).to_have_text(["看板"])
    await press_on(page, more)
    await expect(links).to_have_text([*DAILY, *OTHERS])
    await look(page, "more-pages")
    await page.evaluate(IN_LANGUAGE, "zh-CN")
    for key, name in (("ArrowDown", OTHERS[0]), ("ArrowUp", OTHERS[-1]), ("ArrowDown", OTHERS[0]), ("Tab", OTHERS[1])):
        await page.keyboard.press(key)
        await expect(pages.get_by_role("link", name=name, exact=True)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(links).to_have_text(DAILY)
    await expect(more).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(links.last).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(links).to_have_text(DAILY)

    await more.click()
    await page.get_by_role("heading", name="看板").click()
    await expect(links).to_have_text(DAILY)
    await press_on(page, more)
    await press_on(page, pages.get_by_role("link", name="巡查"))
    await expect(page).to_have_url(re.compile("/inspections$"))
    await expect(links).to_have_text(DAILY)
    await expect(more).to_have_text("更多：巡查")
    await page.goto("/units/1")
    await expect(more).to_have_text("更多")
    await page.goto("/cases/7")
    await expect(more).to_have_text("更多：诉转案")
    await more.click()
    await expect(pages.locator("[aria-current]")).to_have_text(["诉转案"])
    await look(page, "more-pages-here")


@pytest.mark.parametrize("width", [400, 640, 1024, 1280, 1920])
async def test_nothing_is_lost_at_any_width(browser: Browser, backend: Backend, width: int) -> None:
    """640 pixels are those of a page of 1280 at 200 %."""
    async with visitor(browser, str(backend.client.base_url), viewport={"width": width, "height": 800}) as context:
        page = await sign_in(context, "wang")
        pages = page.get_by_role("navigation")
        for language, more in (("en", "More"), ("zh-CN", "更多")):
            await page.evaluate(IN_LANGUAGE, language)
            await pages.get_by_role("button", name=more).click()
            links = pages.get_by_role("link")
            await expect(links).to_have_count(len(DAILY) + len(OTHERS))
            for link in await links.all():
                await expect(link).to_be_in_viewport(ratio=1)
            assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            await picture(page, f"more-{width}-{language}")
            await page.keyboard.press("Escape")
            height = await page.evaluate("document.querySelector('header.bar').offsetHeight")
            assert height < ONE_ROW or width < 1280, "where there is room, it is one row"
        await expect(page.get_by_role("button", name="账户")).to_be_in_viewport()


def measure_scripts(page: Page) -> dict[str, Awaitable[int]]:
    """By address, how many bytes of each script the page loads, compressed."""
    sizes: dict[str, Awaitable[int]] = {}

    def note(response: Response) -> None:
        if response.request.resource_type == "script":
            sizes[response.url] = asyncio.ensure_future(_compressed_size(response))

    page.on("response", note)
    return sizes


async def _compressed_size(response: Response) -> int:
    return len(gzip.compress(await response.body()))


@pytest.mark.parametrize(
    ("address", "heading"),
    [("/wallboard", "看板"), ("/callbacks", "没有人在等回电"), ("/calls", "通话"), ("/tickets", "诉求")],
)
async def test_scripts_stay_within_their_budgets(context: BrowserContext, address: str, heading: str) -> None:
    page = await context.new_page()
    sizes = measure_scripts(page)
    await page.goto(f"/sign-in?to={address}", wait_until="networkidle")
    at_sign_in = sum([await size for size in sizes.values()])
    await fill_in(page, "wang", PASSWORD)
    await expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    await page.wait_for_load_state("networkidle")
    on_the_page = sum([await size for size in sizes.values()])
    assert 50_000 < at_sign_in < SIGN_IN_BUDGET
    assert at_sign_in < on_the_page < PAGE_BUDGET


async def test_the_policy_of_the_page_stops_what_is_inline(browser: Browser, backend: Backend) -> None:
    page = await browser.new_page()
    await page.goto(f"{backend.client.base_url}/sign-in")
    stopped = await page.evaluate(
        """async () => {
            const seen = [];
            addEventListener("securitypolicyviolation", (event) => seen.push(event.effectiveDirective));
            document.body.insertAdjacentHTML("beforeend", "<p style='color: red'></p>");
            await fetch("https://example.com/").catch(() => undefined);
            await new Promise((resolve) => setTimeout(resolve, 100));
            return seen;
        }"""
    )
    assert stopped == ["style-src-attr", "connect-src"]
