"""The demo as a newcomer opens it: the printed password, Enter, and a call in the page that both sides hear."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import APIRequestContext, Page, expect

from hotline_demo.backend import SUPERVISOR
from hotline_lab.paths import CHECKOUT
from hotline_lab.sound import VOICES as PHONE_VOICES
from tests.browser.call_centre import REMEMBER, VOICES, make_voice, sign_on, tones_in
from tests.browser.chromium import chromium, visitor
from tests.browser.desk_steps import answered, bar_of
from tests.browser.pages import fill_in
from tests.e2e.desks import until
from tests.e2e.sound_check import HEARD, height_in

MORNING_SECONDS = 400
END_SECONDS = 60
TALK_SECONDS = 30.0
RINGS_WITHIN = 1.0

PACKETS = """async () => {
  const found = { at: performance.now(), received: 0, sent: 0 };
  (await window.connections.at(-1).getStats()).forEach((report) => {
    if (report.type === "inbound-rtp") found.received += report.packetsReceived;
    if (report.type === "outbound-rtp") found.sent += report.packetsSent;
  });
  return found;
}"""


@asynccontextmanager
async def demo() -> AsyncIterator[tuple[Process, re.Match[str]]]:
    """Once it has printed what can be opened."""
    process = await asyncio.create_subprocess_exec(
        CHECKOUT / "scripts/demo", stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True, env=os.environ
    )
    said = ""
    try:
        assert process.stdout is not None
        async with asyncio.timeout(MORNING_SECONDS):
            while (
                found := re.search(
                    r"Open +(?P<address>\S+)/ +supervisor +\S+ +agent +(?P<agent>\S+) +password +(?P<password>\S+)\n"
                    r"Wall +(?P<wall>\S+)",
                    said,
                )
            ) is None:
                line = await process.stdout.readline()
                assert line, said
                said += line.decode()
        reading = asyncio.create_task(process.stdout.read())  # what is printed later must not fill the pipe
        yield process, found
        reading.cancel()
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(END_SECONDS):
            await process.wait()


async def signed_in(request: APIRequestContext, address: str, password: str) -> None:
    answer = await request.post(
        "/api/v1/session", data={"name": SUPERVISOR, "password": password}, headers={"Origin": address}
    )
    assert answer.ok, await answer.text()


async def newest_call(request: APIRequestContext) -> dict[str, Any]:
    """Once it is over and both witnesses agree."""

    async def find() -> dict[str, Any] | None:
        items = (await (await request.get("/api/v1/calls?limit=200&direction=inbound")).json())["items"]
        newest = max(items, key=lambda call: str(call["started_at"]))
        return dict(newest) if newest["outcome"] is not None and newest["confirmed"] else None

    return dict(await until(find))


async def voices_of(request: APIRequestContext, call: dict[str, Any]) -> dict[str, set[int]]:
    """Which of both tones is in what each side said."""
    tones = (PHONE_VOICES["caller"], VOICES["chen"])

    async def stored() -> list[dict[str, Any]]:
        told = await (await request.get(f"/api/v1/calls/{call['pbx']}/{call['call_id']}/recordings")).json()
        return list(told["items"])

    heard = {}
    for item in await until(stored):
        audio = await request.get(f"/api/v1/recordings/{item['id']}/audio", headers={"X-Reason": "complaint"})
        assert audio.ok, await audio.text()
        content = await audio.body()
        heard[item["kind"]] = {tone for tone in tones if height_in(content, tone) > HEARD}
    return heard


async def talks_without_a_gap(page: Page) -> None:
    """Fifty packets a second, in both directions."""
    before = await page.evaluate(PACKETS)
    await asyncio.sleep(TALK_SECONDS)
    after = await page.evaluate(PACKETS)
    seconds = (after["at"] - before["at"]) / 1000
    for direction in ("received", "sent"):
        rate = (after[direction] - before[direction]) / seconds
        assert rate == pytest.approx(50, rel=0.02), (direction, rate)


async def test_the_printed_address_opens_and_enter_brings_a_caller_whom_the_agent_hears_and_who_hears_the_agent(
    tmp_path: Path,
) -> None:
    said = make_voice(tmp_path / "chen.wav", VOICES["chen"])
    flags = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--allow-loopback-in-peer-connection",
        f"--use-file-for-fake-audio-capture={said}",
    )
    async with demo() as (process, printed), chromium(*flags) as browser:
        address, password = printed["address"], printed["password"]
        async with (
            visitor(browser, address, permissions=["microphone", "notifications"]) as context,
            visitor(browser, address) as television,
            visitor(browser, address) as office,
        ):
            wall = await television.new_page()
            await wall.goto(printed["wall"])
            await expect(wall.get_by_text("等待中").first).to_be_visible()

            await context.add_init_script(REMEMBER)
            page = await context.new_page()
            await page.goto("/")
            await fill_in(page, printed["agent"], password)
            await sign_on(page)
            assert process.stdin is not None
            process.stdin.write(b"\n")
            await expect(bar_of(page).get_by_role("button", name="接听")).to_be_visible()
            shown_at = datetime.now(UTC)
            await answered(page)
            assert await tones_in(page, PHONE_VOICES["caller"], VOICES["chen"]) == [True, False]
            await talks_without_a_gap(page)
            await page.keyboard.press("F4")
            await expect(bar_of(page)).to_be_hidden()

            await signed_in(office.request, address, password)
            call = await newest_call(office.request)
            assert (call["outcome"], [talk["with"] for talk in call["talks"]]) == ("answered", ["2001"])
            rung_at = datetime.fromisoformat(call["queue_visits"][-1]["rings"][-1]["at"])
            assert (shown_at - rung_at).total_seconds() < RINGS_WITHIN
            assert await voices_of(office.request, call) == {
                "mixed": {PHONE_VOICES["caller"], VOICES["chen"]},
                "caller": {PHONE_VOICES["caller"]},
                "callee": {VOICES["chen"]},
            }
