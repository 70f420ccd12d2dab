"""A matter from the call to its end by keyboard alone, on a real PBX: how many keys that takes, as people type them.

The agent mediates in the call; the officer settles the matter by that mediation.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from hotline_demo.backend import Backend
from tests.browser.call_centre import Centre, call_centre
from tests.browser.chromium import find_barriers, picture, visitor
from tests.browser.desk_steps import a_caller, bar_of, is_talking, newest_call
from tests.browser.matters import TICKETS, UNIT, Worker
from tests.browser.pages import FOCUSED, MOST_STEPS, fill_in
from tests.browser.test_keyboard_alone import sign_on
from tests.browser.test_tickets import agent, home
from tests.e2e.desks import stage

__all__ = ["agent", "home"]

MERCHANT = "13805190052"

KEYS_A_SECOND = 5.0
"""Sixty words a minute: somebody who types every day."""
KEYS_A_CHARACTER = 3
"""Of a Chinese one, with an input method by pinyin that knows words."""
MOST_SECONDS = 90.0


@pytest.fixture
async def centre(tmp_path: Path, home: Path) -> AsyncIterator[Centre]:
    settings = {
        "CALLCENTER_MEDIATION_RECORDINGS": str(tmp_path / "lab/spool/monitor/mediation"),
        "CALLCENTER_DIAL_PREFIXES": "+86",
    }
    async with call_centre(tmp_path, home, settings=settings) as centre:
        await Backend.add_user(centre.backend, "zhao", role="officer")
        await Backend.add_user(centre.backend, "root", role="admin")
        yield centre


@dataclass
class Typist:
    """Somebody without a mouse, and how many keys were pressed."""

    page: Page
    keys: int = 0

    async def press(self, *keys: str) -> None:
        for key in keys:
            self.keys += 1
            await self.page.keyboard.press(key)

    async def write(self, text: str) -> None:
        self.keys += sum(1 if sign.isascii() else KEYS_A_CHARACTER for sign in text)
        await self.page.keyboard.type(text)

    async def go(self, target: Locator, *, back: bool = False) -> None:
        """From one element to the next until this one has the focus, which shows."""
        await expect(target).to_be_enabled()
        passed: list[str] = []
        while not await target.evaluate("(one) => one === document.activeElement && one.matches(':focus-visible')"):
            passed.append(await self.page.evaluate(FOCUSED))
            assert len(passed) < MOST_STEPS, f"No number of Tab leads to {target}; passed: {passed}."
            await self.press("Shift+Tab" if back else "Tab")


async def mediates(typist: Typist) -> None:
    """From the call on: the merchant is rung, both agree to what is read back."""
    page = typist.page
    await typist.go(bar_of(page).get_by_role("button", name="三方调解"))
    await typist.press("Enter")
    await expect(page.get_by_role("listitem", name="消费者").get_by_text("■ 在调解中")).to_be_visible()
    await typist.press("n")
    await expect(page.get_by_role("textbox", name="号码", exact=True)).to_be_focused()
    await typist.write(MERCHANT)
    await typist.press("Enter")
    await expect(page.get_by_role("listitem", name="经营者").get_by_text("■ 在调解中")).to_be_visible()
    ends = page.get_by_role("region", name="协议与结果")
    consents = [ends.get_by_role("group", name=f"{side}：是否同意") for side in ("消费者", "经营者")]
    await expect(consents[1]).to_be_visible()
    await typist.go(consents[0].get_by_role("button", name="同意调解和录音"))
    for consent in consents:
        await expect(consent.get_by_role("button", name="同意调解和录音")).to_be_focused()
        await typist.press("Enter")
    await expect(ends.get_by_label("协议内容")).to_be_focused()
    await typist.write("商家退还货款二百元")
    await typist.go(ends.get_by_label("金额（元）"))
    await typist.write("200")
    await typist.press("Enter")
    for side in ("消费者", "经营者"):
        answer = ends.get_by_role("group", name=f"{side}：对协议的意见")
        await expect(answer.get_by_role("button", name="同意协议", exact=True)).to_be_focused()
        await typist.press("Enter")
    await expect(ends.get_by_role("button", name="达成协议", exact=True)).to_be_focused()
    assert await find_barriers(page) == []
    await picture(page, "mediation-settlement")
    await typist.press("Enter", "Enter")
    await expect(ends.get_by_role("status")).to_contain_text("达成协议")


async def registers(typist: Typist) -> str:
    """While they are still in the room; the number of the matter."""
    page = typist.page
    form = page.get_by_role("form", name="登记")
    await typist.press("r")
    await expect(form.get_by_label("姓名")).to_be_focused()
    await typist.write("张三")
    await typist.go(form.get_by_label("被投诉人（按来电人所述）"))
    await typist.write("苏果超市武进店")
    await typist.go(form.get_by_role("checkbox", name="退款"))
    await typist.press("Space")
    await typist.go(form.get_by_label("事实"))
    await typist.write("在该店购买的奶粉已过期，要求退款")
    await typist.go(form.get_by_role("combobox", name="商品"))
    await typist.write("ybsp")
    await typist.press("Enter")
    await typist.go(form.get_by_role("combobox", name="问题"))
    await typist.write("zl")
    await typist.press("Enter")
    await typist.go(form.get_by_role("button", name="登记事项"))
    await typist.press("Enter")
    made = page.get_by_role("status", name="已登记")
    await expect(made).to_contain_text("12315-")
    return str(await made.get_by_role("link").text_content())


async def forwards(typist: Typist, number: str) -> None:
    """From the wrap-up on."""
    page = typist.page
    await typist.press("Control+k")
    await typist.write("坐席台")
    await typist.press("Enter")
    await expect(page.get_by_role("region", name="这次通话的结果")).to_contain_text(f"本次通话的事项：{number}")
    await typist.press("0")
    await expect(page.get_by_role("button", name="我的状态: 空闲")).to_be_visible()
    await typist.press("Control+k")
    dialog = page.get_by_role("dialog", name="前往页面、通话或号码")
    await expect(dialog.get_by_role("combobox")).to_be_focused()
    await typist.write(number)
    await typist.press("Enter")
    await expect(page.get_by_role("heading", name=number)).to_be_visible()
    await typist.press("1")
    forward = page.get_by_role("dialog", name="分送")
    await expect(forward.get_by_role("combobox", name="承办单位")).to_be_focused()
    await typist.write(UNIT[:2])
    await expect(page.get_by_role("option", name=UNIT)).to_be_visible()
    await typist.press("Enter")
    await typist.go(forward.get_by_role("button", name="分送"))
    await typist.press("Enter")
    await expect(forward).to_be_hidden()


async def completes(typist: Typist, number: str) -> None:
    """The officer: accepts, settles, names the merchant, completes."""
    page = typist.page
    await expect(page.locator("[data-row]")).to_have_count(1)
    await typist.press("j", "Enter")
    await expect(page.get_by_role("heading", name=number)).to_be_visible()
    await typist.press("4")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("checkbox", name="已告知")).to_be_focused()
    await typist.press("Space", "Enter")
    await expect(dialog).to_be_hidden()
    steps = page.get_by_role("region", name="可以办理")
    place = await steps.get_by_role("button").all_text_contents()
    await typist.press(str(next(at for at, text in enumerate(place, start=1) if text.startswith("解决"))))
    await expect(dialog.get_by_role("radio").first).to_be_focused()
    await typist.press("Space")
    await typist.go(dialog.get_by_role("combobox", name="调解"))
    await typist.press("Enter")
    await expect(page.get_by_role("option", name="调解 1")).to_be_visible()
    await typist.press("ArrowDown", "Enter")
    await typist.go(dialog.get_by_role("button", name="解决"))
    await typist.press("Enter")
    await expect(dialog).to_be_hidden()
    await typist.go(page.get_by_role("button", name="经营者（或无法确认的原因）"))
    await typist.press("Enter")
    await expect(dialog.get_by_role("combobox", name="经营者", exact=True)).to_be_focused()
    await typist.write("苏果超市武进店")
    await expect(page.get_by_role("option", name="新增“苏果超市武进店”")).to_be_visible()
    await typist.press("ArrowDown", "Enter")
    await expect(dialog.get_by_text("苏果超市武进店", exact=True)).to_be_visible()
    await typist.go(dialog.get_by_role("button", name="保存"))
    await typist.press("Enter")
    await expect(dialog).to_be_hidden()
    await typist.press("1")
    await expect(dialog.get_by_label("反馈")).to_be_focused()
    await typist.write("商家已退款，来电人满意")
    await typist.go(dialog.get_by_role("button", name="办结"))
    await typist.press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_text("您目前没有可以办理的步骤。")).to_be_visible()


async def test_a_call_that_is_answered_becomes_a_matter_that_is_completed_by_keyboard_alone_in_ninety_seconds_of_typing(
    centre: Centre, agent: Worker
) -> None:
    mobiles = {MERCHANT: ["ring 0.3, answer, speak 60, hang up"]}
    async with centre.at_desk("chen") as context, stage(centre.lab, agents={}, mobiles=mobiles).ready():
        at_desk = Typist(context.pages[0])
        await sign_on(at_desk.page, "2001")
        async with a_caller(centre):
            await expect(bar_of(at_desk.page).get_by_role("button", name="接听")).to_be_visible()
            await at_desk.press("F2")
            await is_talking(at_desk.page)
            await mediates(at_desk)
            number = await registers(at_desk)
            await at_desk.go(at_desk.page.get_by_role("button", name="结束调解"))
            await at_desk.press("Enter", "Enter")
            await expect(bar_of(at_desk.page)).to_be_hidden()
        await forwards(at_desk, number)
    async with visitor(centre.browsers["wang"], centre.backend.address) as context:
        at_unit = Typist(await context.new_page())
        await at_unit.page.goto("/")
        await fill_in(at_unit.page, "zhao", centre.backend.password)
        await completes(at_unit, number)
    done = await agent.ask("GET", f"{TICKETS}/{number}")
    assert {name: done[name] for name in ("state", "outcome", "merchant", "amount_recovered_cents")} == {
        "state": "completed",
        "outcome": "mediated",
        "merchant": "苏果超市武进店",
        "amount_recovered_cents": 20000,
    }
    call = await newest_call(centre)
    assert {(link["what"], link["call_id"] or link["ref_id"]) for link in done["links"]} >= {
        ("call", call["call_id"]),
        ("mediation", 1),
    }
    assert (at_desk.keys + at_unit.keys) / KEYS_A_SECOND < MOST_SECONDS, (at_desk.keys, at_unit.keys)
