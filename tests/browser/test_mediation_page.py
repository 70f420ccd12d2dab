"""A mediation from the button of the agent's call bar: a real PBX, a real browser, sound at every leg."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, Route, expect

from hotline_demo.backend import Backend
from hotline_lab.sound import VOICES, voice
from tests.browser.call_centre import MUSIC_HERTZ, SOUND_IN, Centre, call_centre, sign_on
from tests.browser.call_centre import VOICES as AGENTS
from tests.browser.chromium import find_barriers, picture, visitor
from tests.browser.pages import fill_in
from tests.e2e.counting_caller import CountingCaller, calling
from tests.e2e.desks import stage, until
from tests.e2e.places import fresh_home
from tests.e2e.sound_check import HEARD, height, samples_of, voices_ever_in

CALLER, MERCHANT = "13905190019", "13805190052"
MEDIATION = re.compile(r"/api/v1/mediations/1$")
NOTE = "要求退款，商家已到场"
RATE = 8000
HOST = AGENTS["chen"]


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as folder:
        yield folder


@pytest.fixture
async def centre(tmp_path: Path, home: Path) -> AsyncIterator[Centre]:
    settings = {
        "CALLCENTER_MEDIATION_RECORDINGS": str(tmp_path / "lab/spool/monitor/mediation"),
        "CALLCENTER_DIAL_PREFIXES": "+86",
    }
    async with call_centre(tmp_path, home, settings=settings) as centre:
        yield centre


async def hears_only(caller: CountingCaller, *wanted: int) -> None:
    """Half a second of these tones and of no other, with a limit."""
    tones = {HOST, VOICES["mobile"], MUSIC_HERTZ}

    async def is_so() -> bool:
        caller.sound.clear()
        await asyncio.sleep(0.6)
        samples = samples_of(caller.sound)
        window = RATE // 10
        pieces = [samples[begin : begin + window] for begin in range(0, len(samples) - window, window)]
        return {tone for tone in tones if any(height(piece, tone) > HEARD for piece in pieces)} == set(wanted)

    await until(is_so)


async def leg(page: Page, role: str, place: str) -> Locator:
    """The line of that role, once it says so."""
    line = page.get_by_role("listitem", name=role)
    await expect(line.get_by_text(place)).to_be_visible()
    return line


async def test_the_button_brings_caller_and_agent_into_a_room_where_a_third_is_rung_held_and_let_go(
    centre: Centre,
) -> None:
    mobiles = {MERCHANT: ["ring 0.3, answer, speak 60, hang up"]}
    async with centre.at_desk("chen") as context, stage(centre.lab, agents={}, mobiles=mobiles).ready():
        page = context.pages[0]
        await sign_on(page)
        async with calling(centre.lab.info, number=CALLER, sound=voice("caller")) as caller:
            await expect(page.get_by_role("region", name="来电")).to_contain_text("移动号段")
            await page.keyboard.press("F2")
            bar = page.get_by_role("region", name="当前通话")
            await expect(bar.get_by_text("■ 通话")).to_be_visible()
            await page.get_by_label("备注").fill(NOTE)
            await expect(page.get_by_text("已保存")).to_be_visible()
            await bar.get_by_role("button", name="三方调解").click()
            await expect(page.get_by_role("heading", name="三方调解 #1")).to_be_visible()
            await leg(page, "调解人", "■ 在调解中")
            consumer = await leg(page, "消费者", "■ 在调解中")
            await expect(consumer).to_contain_text("139****0019")
            await expect(bar.get_by_role("link", name="打开调解")).to_be_visible()
            assert await find_barriers(page) == []
            await hears_only(caller, HOST)

            # nobody else is in the room, and the agent's phone stays in it
            await consumer.get_by_role("button", name="请其等候").click()
            await leg(page, "消费者", "❚❚ 等候")
            await hears_only(caller, MUSIC_HERTZ)
            await asyncio.sleep(2)
            await expect(bar.get_by_text("■ 通话")).to_be_visible()

            number = page.get_by_role("textbox", name="号码", exact=True)
            await number.fill("12a45")
            await number.press("Enter")
            await expect(page.get_by_text("请输入电话号码")).to_be_visible()
            await number.fill(MERCHANT)
            await number.press("Enter")
            merchant = await leg(page, "经营者", "■ 在调解中")
            await expect(merchant).to_contain_text("138****0052")
            await consumer.get_by_role("button", name="请其返回").click()
            await leg(page, "消费者", "■ 在调解中")
            await hears_only(caller, HOST, VOICES["mobile"])
            assert await find_barriers(page) == []
            before = await page.evaluate(SOUND_IN)
            await asyncio.sleep(1)
            after = await page.evaluate(SOUND_IN)
            assert after["packets"] - before["packets"] > 40
            assert after["energy"] > before["energy"]

            await merchant.get_by_role("button", name="静音", exact=True).click()
            await expect(merchant.get_by_text("已静音")).to_be_visible()
            await hears_only(caller, HOST)
            await merchant.get_by_role("button", name="取消静音").click()
            await hears_only(caller, HOST, VOICES["mobile"])
            async with supervisor_at(centre, page.url) as other:
                late = await asks_to_remove(other)
                await merchant.get_by_role("button", name="请其离开").click()
                await merchant.get_by_role("button", name="确认请其离开").click()
                await leg(page, "经营者", "已离开")
                await sees_who_was_first(other, late)
            await hears_only(caller, HOST)
            await page.get_by_role("button", name="结束调解").click()
            await page.get_by_role("button", name="确认结束").click()
            await expect(page.get_by_text("调解人结束")).to_be_visible()
            await expect(bar).to_be_hidden()
            await page.get_by_role("link", name="坐席台").click()
            await expect(page.get_by_role("region", name="话后处理")).to_be_visible()
            await expect(page.get_by_label("备注")).to_have_value(NOTE)
            assert await find_barriers(page) == []
        await check_records(centre)
        await check_recordings(centre)


@asynccontextmanager
async def supervisor_at(centre: Centre, address: str) -> AsyncIterator[Page]:
    """A supervisor opens the same mediation in a browser of their own."""
    await Backend.add_user(centre.backend, "zhang", role="supervisor")
    async with visitor(centre.browsers["wang"], centre.backend.address) as context:
        page = await context.new_page()
        await page.goto(address)
        await fill_in(page, "zhang", centre.backend.password)
        await leg(page, "经营者", "■ 在调解中")
        yield page


async def asks_to_remove(page: Page) -> Locator:
    """What the page knows is from before, from now on: it is a moment late."""
    async with page.expect_response(MEDIATION) as answer:
        pass
    body = await (await answer.value).text()

    async def answer_late(route: Route) -> None:
        await route.fulfill(body=body, content_type="application/json")

    await page.route(MEDIATION, answer_late)
    line = page.get_by_role("listitem", name="经营者")
    await line.get_by_role("button", name="请其离开").click()
    return line


async def sees_who_was_first(page: Page, line: Locator) -> None:
    """The refusal, the thing as it is now, and whose deed that was."""
    await line.get_by_role("button", name="确认请其离开").click()
    await expect(line.get_by_role("alert")).to_contain_text("该方现在不在会议室。")
    await page.unroute(MEDIATION)
    await expect(line).to_contain_text("最近由 chen 操作：请其离开")
    await leg(page, "经营者", "已离开")
    assert await find_barriers(page) == []
    await picture(page, "mediation-of-two")


async def check_records(centre: Centre) -> None:
    """Both calls as they were, and nothing that the audit cannot explain."""

    async def are_over() -> list[dict[str, Any]] | None:
        calls = [dict(call) for call in (await centre.backend.get("/api/v1/calls"))["items"]]
        return calls if all(call["outcome"] is not None and call["confirmed"] for call in calls) else None

    calls = {call["direction"]: call for call in await until(are_over)}
    assert [call["outcome"] for call in calls.values()] == ["answered", "answered"]
    assert {talk["with"] for talk in calls["inbound"]["talks"]} == {"2001", "138****0052"}
    assert calls["outbound"]["joined"] == calls["inbound"]["call_id"]
    whole = await centre.backend.get(f"/api/v1/calls/{calls['inbound']['pbx']}/{calls['inbound']['call_id']}")
    assert [(note["user"], note["note"]) for note in whole["notes"]] == [("chen", NOTE)]
    assert [(one["device"], one["user"]) for one in whole["people"]] == [("2001", "chen")]
    audit = await centre.backend.get(f"/api/v1/audit/{datetime.now(UTC).astimezone().date()}")
    assert audit["unexplained"]["count"] == 0, audit


async def check_recordings(centre: Centre) -> None:
    """Each leg's file holds what that leg said, and the room's all of it."""

    async def stored() -> dict[str, Any] | None:
        found = dict(await centre.backend.get("/api/v1/mediations/1"))
        return found if found["recordings_stored_at"] is not None else None

    told = await until(stored)
    assert (told["state"], told["end_reason"]) == ("ended", "by_host")
    roles = {one["id"]: one["role"] for one in told["legs"]}
    folder = centre.lab.state / "spool/monitor/mediation"
    heard = {}
    for file in told["recordings"]:
        content = await asyncio.to_thread((folder / file["file"]).read_bytes)
        heard[roles.get(file["leg_id"], "room")] = voices_ever_in(content)
    assert heard["consumer"] == {"caller"}
    assert heard["merchant"] == {"mobile"}
    assert heard["room"] >= {"caller", "mobile"}
    assert "host" in heard
