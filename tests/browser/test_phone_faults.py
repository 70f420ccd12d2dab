"""What befalls a phone in a page: a lost line, a page that is loaded anew, a second one, a PBX that is killed."""

from __future__ import annotations

import asyncio
import json
import wave
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect

from tests.browser.call_centre import SOUND_IN, VOICES, Centre, call_centre, check_sound, keep_sip, sign_on
from tests.browser.chromium import find_barriers
from tests.browser.desk_steps import (
    a_caller,
    answered,
    bar_of,
    comes_to_hear,
    end_wrap_up,
    is_talking,
    newest_call,
    when_over,
)
from tests.e2e.desks import until
from tests.e2e.places import fresh_home
from tests.e2e.sound_check import HEARD, height

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    with fresh_home() as home:
        async with call_centre(tmp_path_factory.mktemp("centre"), home) as centre:
            yield centre


async def test_a_websocket_that_is_lost_in_a_call_costs_no_sound_and_what_was_asked_meanwhile_is_done(
    centre: Centre,
) -> None:
    loop = asyncio.get_running_loop()
    async with centre.at_desk("chen") as context:
        page = context.pages[0]
        await sign_on(page)
        line = page.get_by_text("电话线路中断，正在重连")
        async with a_caller(centre) as caller:
            await answered(page)
            begin, before = loop.time(), await page.evaluate(SOUND_IN)
            for lost_for in (1, 5, 20):
                centre.line.cut()
                await expect(line).to_be_visible()
                await expect(page.get_by_text("● 已注册")).to_be_hidden()
                await asyncio.sleep(lost_for)
                if lost_for == 20:
                    heard, after = caller.heard(begin, loop.time()), await page.evaluate(SOUND_IN)
                    await page.keyboard.press("F8")
                centre.line.mend()
                mended_at = loop.time()
                await expect(line).to_be_hidden()
                assert loop.time() - mended_at < 4.5
                await expect(page.get_by_text("● 已注册")).to_be_visible()
            assert heard.share == pytest.approx(1, abs=0.02), heard
            assert after["packets"] - before["packets"] == pytest.approx(50 * heard.seconds, rel=0.02)
            await expect(bar_of(page).get_by_text("❚❚ 保持中")).to_be_visible()
            await comes_to_hear(caller, _440=True)
            hung_up_at = loop.time()
            caller.hang_up()
            await expect(bar_of(page)).to_be_hidden()
            assert loop.time() - hung_up_at < 2


async def test_a_page_that_is_loaded_anew_or_left_in_a_call_has_the_same_caller_again(centre: Centre) -> None:
    loop = asyncio.get_running_loop()
    async with centre.at_desk("chen") as context:
        page = context.pages[0]
        page.on("dialog", lambda dialog: dialog.accept())
        await sign_on(page)
        await page.goto("/callbacks")
        await page.reload()  # a page of its own for "back" to leave
        async with a_caller(centre) as caller:
            await answered(page)
            before = await newest_call(centre)
            for leave in (page.reload, page.reload, page.go_back):
                begin = loop.time()
                await leave()
                await is_talking(page)
                await comes_to_hear(caller, _700=True)
                heard = caller.heard(begin, loop.time())
                assert heard.longest_gap_seconds < 3, heard
            await expect(page.get_by_role("heading", name="坐席台")).to_be_visible()
            await asyncio.sleep(1)
            ended_at = datetime.now(UTC)
            caller.hang_up()
            await expect(bar_of(page)).to_be_hidden()
        record = await when_over(centre)
    assert (record["call_id"], record["outcome"], record["anomalies"]) == (before["call_id"], "answered", [])
    assert [talk["with"] for talk in record["talks"]] == ["2001"]
    folder = Path(centre.lab.info.recordings_dir) / record["call_id"]
    assert len(list(folder.glob("*.wav"))) == 3, "one recording: both sides, and each"
    (said,) = folder.glob("*-callee.wav")
    with wave.open(str(said)) as sound:
        seconds, rate = sound.getnframes() / sound.getframerate(), sound.getframerate()
        sound.setpos(max(0, sound.getnframes() - rate))
        samples = memoryview(sound.readframes(rate)).cast("h").tolist()
    began_at = datetime.fromisoformat(record["talks"][0]["from"])
    assert seconds == pytest.approx((ended_at - began_at).total_seconds(), abs=3)
    tenths = [samples[begin : begin + rate // 10] for begin in range(0, len(samples) - rate // 10, rate // 10)]
    assert any(height(tenth, VOICES["chen"], rate=rate) > HEARD for tenth in tenths), "it goes on to the end"


async def test_who_has_the_phone_is_said_in_every_tab_and_on_every_machine(centre: Centre) -> None:
    async with centre.at_desk("chen") as context:
        first = context.pages[0]
        await sign_on(first)
        second = await context.new_page()
        await second.goto("/desk")
        await expect(second.get_by_role("heading", name="电话在另一个标签页")).to_be_visible()
        assert await find_barriers(second) == []
        async with a_caller(centre):
            await answered(first)
            await expect(second.get_by_role("button", name="接到这里")).to_be_disabled()
            await first.keyboard.press("F4")
            await end_wrap_up(first)
        await second.get_by_role("button", name="接到这里").click()
        await check_sound(second)
        await expect(second.get_by_text("● 已注册")).to_be_visible()
        await expect(first.get_by_role("heading", name="电话在另一个标签页")).to_be_visible()
        async with a_caller(centre):
            await answered(second)
        await end_wrap_up(second)
        await second.close()
        await expect(first.get_by_text("● 已注册")).to_be_visible()

        async with centre.at_desk("chen", on="wang") as machine:
            other = machine.pages[0]
            await expect(other.get_by_role("heading", name="电话在另一台电脑或浏览器")).to_be_visible()
            await other.route("**/api/v1/phone", ends_soon)
            await other.get_by_role("button", name="接到这里").click()
            await check_sound(other)
            await expect(other.get_by_text("● 已注册")).to_be_visible()
            await expect(first.get_by_role("heading", name="电话在另一台电脑或浏览器")).to_be_visible()
            told = keep_sip(other)
            await other.reload()
            await has_another_login(other, told)
            await other.get_by_role("button", name="账户").click()
            await other.get_by_role("button", name="退出").click()
            await expect(first.get_by_role("button", name="启用电话")).to_be_visible()
            await first.get_by_role("button", name="启用电话").click()
            await expect(first.get_by_text("● 已注册")).to_be_visible()


async def ends_soon(route: Route) -> None:
    """A login that is good for as long as any other, and that the page is told to end in half a minute."""
    if route.request.method != "POST":
        await route.continue_()
        return
    answer = await route.fetch()
    body = await answer.json()
    if answer.ok:
        body["expires_at"] = (datetime.now(UTC) + timedelta(seconds=24)).isoformat()
    await route.fulfill(response=answer, body=json.dumps(body))


async def has_another_login(page: Page, told: list[str]) -> None:
    """Half of its time later the page has registered with another one, and nothing was dropped."""
    await expect(page.get_by_text("● 已注册")).to_be_visible()
    async with page.expect_response("**/api/v1/phone", timeout=30_000) as answer:
        pass
    assert (await answer.value).status == 201
    registered = sum("SIP/2.0 200" in frame and "REGISTER" in frame for frame in told)

    async def is_so() -> bool:
        return sum("SIP/2.0 200" in frame and "REGISTER" in frame for frame in told) > registered

    await until(is_so)
    await expect(page.get_by_text("● 已注册")).to_be_visible()


async def test_a_page_of_which_the_pbx_hears_nothing_gets_its_caller_back_and_answers_by_itself(
    centre: Centre,
) -> None:
    loop = asyncio.get_running_loop()
    async with centre.at_desk("chen") as context:
        page = context.pages[0]
        await sign_on(page)
        async with a_caller(centre) as caller:
            await answered(page)
            begin = loop.time()
            await page.evaluate("window.connections.at(-1).close()")
            while await page.evaluate("window.connections.length") < 2:
                assert loop.time() - begin < 15
                await asyncio.sleep(0.2)
            await is_talking(page)
            await comes_to_hear(caller, _700=True)
            assert caller.hung_up_at is None
        await end_wrap_up(page)

        await centre.lab.kill()
        await expect(page.get_by_text("● 已注册")).to_be_hidden()
        await centre.lab.restart()
        begin = loop.time()
        await expect(page.get_by_text("● 已注册")).to_be_visible()
        assert loop.time() - begin < 10
