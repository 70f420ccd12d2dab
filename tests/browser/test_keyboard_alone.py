"""Every action of a call by keyboard alone, on a real PBX; what is being composed triggers nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.call_centre import Centre, call_centre
from tests.browser.chromium import find_barriers, picture
from tests.browser.desk_steps import a_caller, answered, bar_of, comes_to_hear, is_talking
from tests.browser.pages import close_by_escape, press_on
from tests.browser.test_agent_desk import until_keys
from tests.e2e.places import fresh_home

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    folder = tmp_path_factory.mktemp("centre")
    settings = {"CALLCENTER_MEDIATION_RECORDINGS": str(folder / "lab/spool/monitor/mediation")}
    with fresh_home() as home:
        async with call_centre(folder, home, settings=settings) as centre:
            yield centre


async def press_button(page: Page, name: str) -> None:
    await press_on(page, page.get_by_role("button", name=name, exact=True).first)


async def sign_on(page: Page, seat: str) -> None:
    await press_button(page, "下一步：声音检查")
    await press_button(page, "开始检查")
    await expect(page.get_by_text("麦克风正常")).to_be_visible()
    await press_button(page, "播放测试音")
    await press_button(page, "听到了，完成")
    await expect(page.get_by_text(f"本浏览器 · {seat} ● 已注册")).to_be_visible()


async def become(page: Page, *, before: str, choice: str, after: str) -> None:
    """Another state, from the menu of the own one in the top bar."""
    await press_on(page, page.get_by_role("button", name=f"我的状态: {before}"))
    await expect(page.get_by_role("button", name=choice)).to_be_visible()
    assert await find_barriers(page) == []
    await press_button(page, choice)
    await expect(page.get_by_role("button", name=f"我的状态: {after}")).to_be_visible()
    await close_by_escape(page, page.get_by_role("button", name="签退", exact=True))


COMPOSE = """() => {
  for (const target of [document.body, document.querySelector("#call-note")])
    for (const key of ["F2", "F4", "F8", "F9", "Enter", "?", "k"])
      target.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true, isComposing: true}));
}"""


async def compose(page: Page) -> None:
    """An input method has the keys: the call and its note stay as they are."""
    note = page.get_by_label("备注")
    await press_on(page, note, "End")
    typing = await page.context.new_cdp_session(page)
    await typing.send("Input.imeSetComposition", {"text": "bao", "selectionStart": 3, "selectionEnd": 3})
    await page.evaluate(COMPOSE)
    await typing.send("Input.insertText", {"text": "保价"})
    await page.wait_for_timeout(300)
    await is_talking(page)
    await expect(bar_of(page).get_by_text("已静音")).to_be_hidden()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(note).to_have_value("保价")


async def test_a_call_is_worked_by_keyboard_alone_and_its_next_status_is_known_to_every_page(centre: Centre) -> None:
    async with centre.at_desk("chen") as context:
        page = context.pages[0]
        await sign_on(page, "2001")
        bar = bar_of(page)
        async with a_caller(centre) as caller:
            await answered(page)
            await comes_to_hear(caller, _700=True)
            await page.keyboard.press("F9")
            await expect(bar.get_by_text("已静音")).to_be_visible()
            await page.keyboard.press("F9")
            await expect(bar.get_by_text("已静音")).to_be_hidden()
            await page.keyboard.press("F8")
            await expect(bar.get_by_text("❚❚ 保持中")).to_be_visible()
            await page.keyboard.press("F8")
            await is_talking(page)
            await compose(page)
            await press_button(page, "键盘")
            for key in ("1", "#"):
                await press_button(page, key)
            assert await find_barriers(page) == []
            await until_keys(caller.keys, "1#")
            await close_by_escape(page, page.get_by_role("button", name="#", exact=True))

            await become(page, before="通话", choice="示忙：用餐", after="通话")
            await expect(page.get_by_role("button", name="我的状态: 通话")).to_contain_text("之后用餐")
            await picture(page, "next-status")
            other = await context.new_page()
            await other.goto("/callbacks")
            await expect(other.get_by_role("button", name="我的状态: 通话")).to_contain_text("之后用餐")
            await other.close()
            await page.reload()
            await expect(page.get_by_text("请在话机上操作")).to_have_count(0)
            await expect(bar.get_by_role("button", name="挂断")).to_be_visible()
            await is_talking(page)
            await expect(page.get_by_role("button", name="我的状态: 通话")).to_contain_text("之后用餐")
            await page.keyboard.press("F4")
            await expect(bar).to_be_hidden()
        await expect(page.get_by_role("region", name="话后处理")).to_contain_text("用餐")
        await picture(page, "wrap-up-then-meal")
        await press_button(page, "现在用餐")
        await become(page, before="用餐", choice="转为空闲", after="空闲")


async def test_a_caller_is_given_away_in_both_ways_and_brought_into_a_mediation_by_keyboard_alone(
    centre: Centre,
) -> None:
    async with centre.at_desk("chen") as here, centre.at_desk("wang") as there:
        page, other = here.pages[0], there.pages[0]
        await sign_on(page, "2001")
        await sign_on(other, "2002")
        await become(other, before="空闲", choice="示忙：培训", after="培训")  # no queue rings there
        bar = bar_of(page)
        for is_asked_first in (False, True):
            async with a_caller(centre) as caller:
                await answered(page)
                await press_on(page, bar.get_by_role("button", name="转接"))
                dialog = page.get_by_role("dialog", name="转接给同事")
                await press_on(page, dialog.get_by_role("button", name="先询问" if is_asked_first else "直接转接"))
                await answered(other)
                if is_asked_first:
                    await press_on(page, bar.get_by_role("button", name="完成转接"))
                await expect(bar).to_be_hidden()
                await comes_to_hear(caller, _1050=True, _700=False)
                await other.keyboard.press("F4")
                await expect(bar_of(other)).to_be_hidden()
            await press_button(page, "现在可接")
            await expect(page.get_by_role("button", name="我的状态: 空闲")).to_be_visible()
        async with a_caller(centre) as caller:
            await answered(page)
            await press_on(page, bar.get_by_role("button", name="三方调解"))
            await expect(page.get_by_role("heading", name="三方调解 #1")).to_be_visible()
            await comes_to_hear(caller, _700=True)
            await press_button(page, "结束调解")
            await press_button(page, "确认结束")
            await expect(page.get_by_text("调解人结束")).to_be_visible()
