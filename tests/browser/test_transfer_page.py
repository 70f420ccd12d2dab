"""A caller whom a colleague does not take rings again at the page that sent them away, and waits for a hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from hotline_lab.sound import VOICES as PHONE_VOICES
from tests.browser.call_centre import VOICES, Centre, call_centre, sign_on, tones_in
from tests.browser.desk_steps import a_caller, answered, bar_of, comes_to_hear, is_talking, when_over
from tests.e2e.places import fresh_home

STAYS_SECONDS = 2.0


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    with fresh_home() as home:
        async with call_centre(tmp_path, home, pbx=4) as centre:
            yield centre


async def test_a_caller_whom_the_colleague_ignores_rings_at_the_agent_who_transferred_and_is_answered_there(
    centre: Centre,
) -> None:
    async with centre.at_desk("chen") as here, centre.at_desk("wang") as there:
        page, other = here.pages[0], there.pages[0]
        await sign_on(page)
        await sign_on(other, "2002")
        bar = bar_of(page)
        async with a_caller(centre) as caller:
            await answered(page)
            await comes_to_hear(caller, _700=True)
            await bar.get_by_role("button", name="转接").click()
            dialog = page.get_by_role("dialog", name="转接给同事")
            await dialog.get_by_role("button", name="直接转接").click()
            await other.get_by_role("button", name="忽略").first.click()
            await expect(bar.get_by_role("button", name="接听")).to_be_visible()
            await expect(page.get_by_role("region", name="来电")).to_contain_text("139****0009")
            await asyncio.sleep(STAYS_SECONDS)
            await answered(page)
            await comes_to_hear(caller, _700=True, _440=False)
            assert await tones_in(page, PHONE_VOICES["caller"], VOICES["chen"]) == [True, False]
            await is_talking(page)
            await page.keyboard.press("F4")
            await expect(bar).to_be_hidden()
        record = await when_over(centre)
    assert (record["outcome"], record["hung_up_by"], record["lost_after_transfer"], record["anomalies"]) == (
        "answered",
        "callee",
        False,
        [],
    )
    assert [talk["with"] for talk in record["talks"]] == ["2001", "2001"]
