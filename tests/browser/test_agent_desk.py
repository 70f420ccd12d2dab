"""The agent desk with its own phone: a real PBX, a real browser for each agent, callers who count their sound."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from hotline_demo.backend import Backend
from hotline_lab.play import Stage
from hotline_lab.scenario import parse_scenario
from hotline_lab.sound import VOICES as PHONE_VOICES
from tests.browser.call_centre import (
    MUSIC_HERTZ,
    SOUND_IN,
    VOICES,
    Centre,
    call_centre,
    keep_sip,
    sign_on,
    tones_in,
)
from tests.browser.chromium import find_barriers, visitor
from tests.browser.desk_steps import (
    CALLER,
    a_caller,
    answered,
    bar_of,
    comes_to_hear,
    comes_true,
    end_wrap_up,
    hears,
    is_talking,
    when_over,
)
from tests.browser.pages import fill_in
from tests.browser.test_sign_in import PAGE_BUDGET, measure_scripts
from tests.e2e.desks import until
from tests.e2e.places import fresh_home

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHEN, WANG = VOICES["chen"], VOICES["wang"]
CALLER_HERTZ, SUPERVISOR_HERTZ = PHONE_VOICES["caller"], PHONE_VOICES["mobile"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    with fresh_home() as home:
        async with call_centre(tmp_path_factory.mktemp("centre"), home) as centre:
            yield centre


async def test_an_agent_signs_on_in_the_page_is_rung_and_notified_and_both_hear_each_other(centre: Centre) -> None:
    async with centre.at_desk("chen") as context:
        page = context.pages[0]
        told = keep_sip(page)
        sizes = measure_scripts(page)
        await page.reload()
        assert await find_barriers(page) == []
        await sign_on(page)
        assert await find_barriers(page) == []

        elsewhere = await context.new_page()  # the agent works in another tab
        await elsewhere.bring_to_front()
        async with a_caller(centre, name='"Wang Fang" ') as caller:
            ring = page.get_by_role("region", name="来电")
            await expect(ring).to_contain_text("139****0009")
            await expect(ring).to_contain_text("hotline")
            await expect(ring).to_contain_text("今天第 1 次")
            await expect(page).to_have_title("☎ 来电 · 坐席台 · 12315 热线")
            rings = "window.rings.filter((one) => one.source.loop).map((one) => one.context.state).join()"
            await comes_true(page, f"{rings} === 'running'")
            await comes_true(page, "window.notices.at(-1)?.body === '139****0009 · hotline'")
            assert await find_barriers(page) == []
            await page.evaluate("window.notices.at(-1).notice.dispatchEvent(new Event('click'))")
            bar = bar_of(page)
            await is_talking(page)
            await comes_true(page, f"{rings} === 'closed'")
            await page.bring_to_front()
            await expect(page.get_by_role("button", name="我的状态: 通话")).to_be_visible()
            assert await find_barriers(page) == []

            loop = asyncio.get_running_loop()
            begin, before = loop.time(), await page.evaluate(SOUND_IN)
            caller.sound.clear()
            assert await tones_in(page, CALLER_HERTZ, CHEN) == [True, False]
            await asyncio.sleep(2)
            heard, after = caller.heard(begin, loop.time()), await page.evaluate(SOUND_IN)
            assert heard.share > 0.95, heard
            assert hears(caller.sound, CHEN)
            assert not hears(caller.sound, CALLER_HERTZ)
            assert after["packets"] - before["packets"] == pytest.approx(50 * heard.seconds, rel=0.05)

            of_the_desk = dict(sizes)  # the wallboard has charts of its own
            await page.get_by_role("link", name="看板").click()
            await expect(bar).to_be_visible()
            await page.get_by_role("link", name="坐席台").click()
            hung_up_at = loop.time()
            caller.hang_up()
            await expect(bar).to_be_hidden()
            assert loop.time() - hung_up_at < 2
        await expect(page.get_by_role("region", name="话后处理")).to_be_visible()
        assert await find_barriers(page) == []
        for of_the_caller in (CALLER, CALLER[1:], "Wang", "Fang"):
            assert of_the_caller not in "".join(told)
        assert any("X-Hotline-Call" in frame for frame in told)
        kept = await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        assert not any(word in kept for word in ("ha1", "login", CALLER)), kept
        assert any("/sip-" in address for address in of_the_desk), "the phone's part is loaded with the first login"
        assert 200_000 < sum([await size for size in of_the_desk.values()]) < PAGE_BUDGET


async def test_what_an_agent_does_to_a_call_is_heard_at_both_ends_and_shown_as_the_pbx_tells_it(centre: Centre) -> None:
    loop = asyncio.get_running_loop()
    async with centre.at_desk("chen") as context:
        page = context.pages[0]
        await sign_on(page)
        bar = bar_of(page)
        async with a_caller(centre) as caller:
            await answered(page)
            await comes_to_hear(caller, _700=True)
            await page.keyboard.press("F9")
            await expect(bar.get_by_text("已静音")).to_be_visible()
            await expect(bar.get_by_text("您已静音，对方听不到")).to_be_visible()
            await comes_to_hear(caller, _700=False)
            await page.keyboard.press("F8")
            await expect(bar.get_by_text("❚❚ 保持中")).to_be_visible()
            await comes_to_hear(caller, _440=True)
            await asyncio.sleep(5.5)  # longer than a dead phone is waited for
            await comes_to_hear(caller, _440=True)
            assert await tones_in(page, CALLER_HERTZ) == [False]
            await page.keyboard.press("F8")
            await is_talking(page)
            await comes_to_hear(caller, _700=False, _440=False)
            await page.keyboard.press("F9")
            await comes_to_hear(caller, _700=True)
            await press_keys(page, "1", "5", "#")
            await until_keys(caller.keys, "15#")
            await change_microphone(page)
            await comes_to_hear(caller, _700=True)
            begin = loop.time()
            await page.keyboard.press("F4")
            await expect(bar).to_be_hidden()
            assert loop.time() - begin < 2
        await end_wrap_up(page)
        await page.get_by_role("button", name="我的状态: 空闲").click()
        await page.get_by_role("button", name="示忙：用餐").click()
        await expect(page.get_by_role("button", name="我的状态: 用餐")).to_be_visible()


async def press_keys(page: Page, *keys: str) -> None:
    await bar_of(page).get_by_role("button", name="键盘").click()
    for key in keys:
        await page.get_by_role("button", name=key, exact=True).click()
    await page.keyboard.press("Escape")


async def until_keys(heard: list[str], keys: str) -> None:
    async def is_so() -> bool:
        return "".join(heard) == keys

    await until(is_so)


IN_USE = "window.connections.at(-1).getSenders()[0].track.label"
UNPLUG = """(label) => {
  const all = MediaDevices.prototype.enumerateDevices;
  navigator.mediaDevices.enumerateDevices = async () =>
    (await all.call(navigator.mediaDevices)).filter((device) => device.label !== label);
  navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
}"""
PLUG_IN = """() => {
  delete navigator.mediaDevices.enumerateDevices;
  navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
}"""


async def change_microphone(page: Page) -> None:
    """Another is chosen in the call, is unplugged, and used again when it returns."""
    await page.get_by_role("button", name="声音设置").click()
    await page.get_by_role("combobox", name="麦克风").press("Enter")
    chosen = page.get_by_role("option").last
    label = await chosen.inner_text()
    await chosen.click()
    await comes_true(page, f"{IN_USE} === {label!r}")
    await page.evaluate(UNPLUG, label)
    await expect(page.get_by_text(f"“{label}”未连接")).to_be_visible()
    await comes_true(page, f"{IN_USE} !== {label!r}")
    await page.evaluate(PLUG_IN)
    await comes_true(page, f"{IN_USE} === {label!r}")
    await expect(page.get_by_text(f"“{label}”未连接")).to_be_hidden()


@pytest.mark.parametrize("is_asked_first", [False, True])
async def test_a_caller_whom_one_ignores_rings_at_a_colleague_who_gives_them_back(
    centre: Centre, is_asked_first: bool
) -> None:
    async with centre.at_desk("chen") as there, centre.at_desk("wang") as here:
        other, page = there.pages[0], here.pages[0]
        await sign_on(other)
        await sign_on(page, "2002")
        bar = bar_of(page)
        async with a_caller(centre) as caller:
            await other.get_by_role("button", name="忽略").first.click()
            await answered(page)
            await bar.get_by_role("button", name="转接").click()
            dialog = page.get_by_role("dialog", name="转接给同事")
            await expect(dialog.get_by_text("● 空闲")).to_be_visible()
            assert await find_barriers(page) == []
            if is_asked_first:
                await dialog.get_by_role("button", name="先询问").click()
                await expect(bar.get_by_text("■ 咨询中")).to_be_visible()
                await answered(other)
                await comes_to_hear(caller, _440=True, _700=False, _1050=False)
                assert await tones_in(other, WANG, CALLER_HERTZ) == [True, False]
                assert await tones_in(page, CHEN, CALLER_HERTZ) == [True, False]
                await bar.get_by_role("button", name="完成转接").click()
            else:
                await dialog.get_by_role("button", name="直接转接").click()
                await answered(other)
            await expect(bar).to_be_hidden()
            await expect(bar_of(other)).to_contain_text("139****0009")
            await comes_to_hear(caller, _700=True, _1050=False, _440=False)
            assert await tones_in(other, CALLER_HERTZ, WANG, MUSIC_HERTZ) == [True, False, False]
            await is_talking(other)
            caller.hang_up()
            await expect(bar_of(other)).to_be_hidden()
        record = await when_over(centre)
        assert (record["outcome"], record["anomalies"]) == ("answered", [])
        assert {talk["with"] for talk in record["talks"]} == {"2001", "2002"}
        (visit,) = record["queue_visits"]
        assert [(ring["agent"], ring["result"]) for ring in visit["rings"]] == [("2001", "busy"), ("2002", "answered")]


SUPERVISOR_PHONE = """
title = "A supervisor's phone"
[[agents]]
extension = "1010"
voice = "mobile"
calls = ["ring 0.3, answer, speak 30, stay", "ring 0.3, answer, speak 30, stay", "ring 0.3, answer, speak 30, stay"]
"""


async def test_a_supervisor_at_the_wallboard_listens_whispers_and_barges_in_as_each_side_hears(centre: Centre) -> None:
    async with (
        Stage(parse_scenario(SUPERVISOR_PHONE), centre.lab).ready(),
        centre.at_desk("chen") as context,
        visitor(centre.browsers["wang"], centre.backend.address) as other,
    ):
        page, board = context.pages[0], await other.new_page()
        await sign_on(page)
        await Backend.add_user(centre.backend, "zhang", role="supervisor")
        await board.goto("/wallboard")
        await fill_in(board, "zhang", centre.backend.password)
        async with a_caller(centre) as caller:
            await answered(page)
            for mode, is_at_agent, is_at_caller in (
                ("监听", False, False),
                ("耳语", True, False),
                ("强插", True, True),
            ):
                await board.get_by_role("button", name="chen 通话").press("Enter")
                dialog = board.get_by_role("dialog", name="chen")
                await dialog.get_by_role("button", name=mode).click()
                await dialog.get_by_role("button", name="确认").click()
                await expect(dialog).to_be_hidden()
                await is_spied_on(centre)
                await comes_to_hear(caller, _700=True, _910=is_at_caller)
                assert await tones_in(page, CALLER_HERTZ, SUPERVISOR_HERTZ) == [True, is_at_agent]
                await stop_spying(centre)


async def spies(centre: Centre) -> list[str]:
    client = await centre.lab.ami(commands=True)
    try:
        found = await client.list("CoreShowChannels", until="CoreShowChannelsComplete")
    finally:
        await client.close()
    return [one["Channel"] for one in found if one.get("Application") == "ChanSpy"]


async def is_spied_on(centre: Centre) -> None:
    async def is_so() -> bool:
        return bool(await spies(centre))

    await until(is_so)


async def stop_spying(centre: Centre) -> None:
    client = await centre.lab.ami(commands=True)
    try:
        while channels := await spies(centre):
            for channel in channels:
                await client.action("Hangup", Channel=channel)
    finally:
        await client.close()
