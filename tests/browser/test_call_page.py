"""The list of calls and one call: filters, timeline, recording, witnesses, numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from callcenter.calls.records import Outcome, Ring, RingResult, Talk, TalkKind
from callcenter.clock import Clock
from tests.browser.callers import TEN_O_CLOCK, House, clock_from, in_queue
from tests.browser.chromium import find_barriers, picture, visitor
from tests.browser.pages import sign_in, watch_requests
from tests.call_examples import ANSWERED, after
from tests.integration.audio_house import take_in_calls
from tests.integration.backend import Backend, make_settings
from tests.integration.callback_examples import LI, answered, as_ami, lost, outbound, still_up, store_confirmed

TRANSFERRED = replace(
    ANSWERED,
    call_id="pbx1-1795395600.1",
    answered_at=after(38),
    ended_at=after(277),
    transferred=True,
    queue_visits=(
        replace(
            ANSWERED.queue_visits[0],
            joined_at=after(5),
            left_at=after(38),
            connected_at=after(38),
            agent="1002",
            rings=(
                Ring(agent="1001", at=after(8), duration=timedelta(seconds=15), result=RingResult.NO_ANSWER),
                Ring(agent="1002", at=after(24), duration=timedelta(seconds=14), result=RingResult.ANSWERED),
            ),
        ),
    ),
    talks=(
        Talk(with_="1002", kind=TalkKind.AGENT, from_=after(38), to=after(120)),
        Talk(with_="1005", kind=TalkKind.AGENT, from_=after(120), to=after(277)),
    ),
    wait=timedelta(seconds=33),
)
"""Nobody at 1001, then 1002, who hands the caller on to 1005."""
ADDRESS = f"/calls/pbx1/{TRANSFERRED.call_id}"


@pytest.fixture
def clock() -> Clock:
    return clock_from(TEN_O_CLOCK)


@pytest.fixture
async def house(house: House, tmp_path: Path) -> House:
    """With four calls of the morning."""
    settings = make_settings(house.backend.pbx, tmp_path)
    await take_in_calls(house.database, settings, [TRANSFERRED])
    confirmed = [answered(2, 300, caller=LI), outbound(5, 900, dialled=LI, is_answered=True)]
    await store_confirmed(house.database, confirmed)
    told_otherwise = replace(lost(3, 700, caller=LI), outcome=Outcome.QUEUE_TIMEOUT)
    await house.given(as_ami(told_otherwise), lost(3, 700, caller=LI))
    return house


async def ids(page: Page) -> list[str]:
    rows = await page.locator("[data-row]").all()
    return [(await row.get_attribute("data-row") or "").removeprefix("pbx1/pbx1-") for row in rows]


async def test_the_list_is_filtered_by_address_and_a_broken_one_falls_back(
    context: BrowserContext, house: House
) -> None:
    page = await sign_in(context, "chen", to="/calls")
    await expect(page.locator("[data-row]")).to_have_count(4)
    assert await ids(page) == ["5.0", "3.0", "2.0", "1795395600.1"]
    assert " ".join((await page.locator("[data-row]").last.inner_text()).split()) == (
        "↙ 呼入 138****5678 → 12315 11-23 周一 09:00:00 已接听 转接 等 33秒 通 3分59秒 hotline 1002 1005 录音 ✓"
    )
    for query, shown in {
        "direction=outbound": ["5.0"],
        "anomaly=witnesses_disagree_outcome": ["3.0"],
        "unconfirmed=1": ["3.0"],
        "queue=hotline": ["1795395600.1"],
        "from=2026-11-23+09:05&to=2026-11-23+09:12": ["3.0", "2.0"],
        "outcome=answered&outcome=busy&agent=1005": ["1795395600.1"],
    }.items():
        await page.goto(f"/calls?{query}")
        await expect(page.locator("[data-row]")).to_have_count(len(shown))
        assert (query, await ids(page)) == (query, shown)
    await page.goto("/calls?direction=sideways&limit=201")
    await expect(page.get_by_text("网址中有无法识别的条件，已按默认显示。")).to_be_visible()
    await expect(page.locator("[data-row]")).to_have_count(4)


async def test_a_number_that_is_searched_stands_in_no_address(context: BrowserContext, house: House) -> None:
    page = await sign_in(context, "wang", to="/calls")
    asked = watch_requests(page, lambda request: "/calls" in request.url)
    number = page.get_by_label("来电号码")
    await number.fill("12a45")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("请输入电话号码：数字，可带 + 和空格。")).to_be_visible()
    await expect(number).to_be_focused()
    assert asked == []
    await number.fill("139 0000 0001")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-row]")).to_have_count(2)
    assert await ids(page) == ["3.0", "2.0"]
    assert "0001" not in page.url + "".join(asked)
    await page.get_by_role("button", name="清除").click()
    await expect(page.locator("[data-row]")).to_have_count(4)


async def test_a_call_is_opened_and_walked_by_keyboard(context: BrowserContext, house: House) -> None:
    page = await sign_in(context, "chen", to="/calls")
    await expect(page.locator("[data-row]")).to_have_count(4)
    for key in ("j", "j", "j", "j", "Enter"):
        await page.keyboard.press(key)
    await expect(page).to_have_url(re.compile(re.escape(ADDRESS)))
    await expect(page.get_by_role("heading", name="138****5678 → 12315")).to_be_visible()
    await expect(page.locator("article header")).to_contain_text("✓ 双证一致")
    lanes = page.get_by_role("group", name="时间线")
    await lanes.locator("button[tabindex='0']").focus()
    seen = []
    for _ in range(6):
        await page.keyboard.press("ArrowRight")
        seen.append(await page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert seen == [
        "来电方: 排队 hotline → 已接通, 09:00:05, 33秒",
        "1001: 响铃 (无人接听), 09:00:08, 15秒",
        "1002: 响铃 (已接听), 09:00:24, 14秒",
        "1002: 与 1002 通话 → 转接, 09:00:38, 1分22秒",
        "1005: 与 1005 通话, 09:02:00, 2分37秒",
        "1005: 与 1005 通话, 09:02:00, 2分37秒",
    ]
    await page.get_by_text("以表格显示").click()
    await expect(page.locator("details tbody tr")).to_have_count(6)


async def test_a_recording_is_heard_for_a_reason_and_each_side_is_fetched_once(
    context: BrowserContext, house: House
) -> None:
    page = await sign_in(context, "wang", to=ADDRESS)
    fetched = watch_requests(page, lambda request: request.url.endswith("/audio"))
    await page.get_by_role("button", name="说明用途后播放").click()
    dialog = page.get_by_role("dialog", name="说明用途后播放")
    await expect(dialog.get_by_label("原因")).to_be_focused()
    assert fetched == []
    await page.keyboard.type("质检抽查")
    await page.keyboard.press("Enter")
    player = page.get_by_role("group", name="录音")
    await expect(player).to_contain_text("/ 00:02")
    await expect(player.locator("svg")).to_have_count(2)
    await player.get_by_role("button", name="播放").focus()
    await page.keyboard.press("Space")
    await player.get_by_label("播放位置").focus()
    for _ in range(5):
        await page.keyboard.press("ArrowRight")
    assert len(fetched) == 2
    heard = await house.rows("SELECT reason, is_download, first_byte FROM audio_listenings")
    assert heard == [("质检抽查", False, 0)] * 2
    await page.goto("/calls/pbx1/pbx1-3.0")
    await expect(page.get_by_text("没有录音： 未接通")).to_be_visible()


async def test_agents_cannot_hear_the_calls_of_others(context: BrowserContext, house: House) -> None:
    page = await sign_in(context, "chen", to=ADDRESS)
    await expect(page.get_by_text("录音不是您的通话，您不能听。")).to_be_visible()
    await expect(page.get_by_role("button", name="说明用途后播放")).to_have_count(0)
    await expect(page.get_by_role("button", name="显示号码")).to_have_count(0)


async def test_where_the_witnesses_differ_is_marked_in_words(context: BrowserContext, house: House) -> None:
    page = await sign_in(context, "chen", to="/calls/pbx1/pbx1-3.0")
    await expect(page.locator(".anomalies")).to_contain_text("两方记录结果不一致 两方结果不同，以账本为准。")
    table = page.get_by_role("region", name="证词")
    await expect(table.locator("tbody tr")).to_have_count(1)
    cells = await table.locator("tbody td").all_inner_texts()
    assert cells == ["排队超时", "排队时挂断"]
    await page.get_by_text("显示全部项目").click()
    await expect(table).to_contain_text("139****0001")
    assert await table.locator("tbody tr").count() > 10


async def test_a_number_is_unmasked_for_a_reason_that_is_logged(context: BrowserContext, house: House) -> None:
    page = await sign_in(context, "wang", to=ADDRESS)
    await page.get_by_role("button", name="显示号码").click()
    await page.get_by_role("dialog").get_by_label("原因").fill("核对身份")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="138 1234 5678 → 12315")).to_be_visible()
    log = "SELECT what, subject FROM access_log WHERE what LIKE 'caller_number%'"
    assert await house.rows(log) == [("caller_number (核对身份)", f"pbx1/{TRANSFERRED.call_id}")]


async def test_a_call_that_is_up_grows_until_it_is_over(context: BrowserContext, house: House) -> None:
    waiting = in_queue(lost(9, 3595))
    await house.given(as_ami(still_up(waiting)))
    page = await sign_in(context, "chen", to="/calls/pbx1/pbx1-9.0")
    await expect(page.locator("article header")).to_contain_text("进行中")
    await house.given(as_ami(waiting), waiting)
    await expect(page.locator("article header")).to_contain_text("排队时挂断")


async def test_a_call_that_is_none_says_so_with_a_way_back(context: BrowserContext, house: House) -> None:
    page = await sign_in(context, "chen", to="/calls/pbx1/a%2Fb.7")
    await expect(page.get_by_role("heading", name="没有找到。")).to_be_visible()
    await expect(page.locator("main")).to_contain_text("pbx1 a/b.7")
    await page.get_by_role("link", name="返回通话列表").click()
    await expect(page.locator("[data-row]")).to_have_count(4)


@pytest.mark.parametrize("language", ["中文", "English"])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_serious_in_either_theme_and_language(
    browser: Browser, backend: Backend, house: House, language: str, theme: str
) -> None:
    async with visitor(browser, str(backend.client.base_url), color_scheme=theme) as context:
        page = await sign_in(context, "wang", to="/calls")
        await page.get_by_role("button", name="账户").click()
        await page.get_by_text(language).click()
        await page.keyboard.press("Escape")
        await page.locator("main h1").click()
        await expect(page.locator("[data-row]")).to_have_count(4)
        assert await find_barriers(page) == []
        await page.locator("#calls-from").click()
        await expect(page.locator(".el-picker-panel:visible")).to_contain_text(re.compile("11 月|November"))
        assert await find_barriers(page) == []
        await picture(page, f"calendar-{language}-{theme}")
        await page.keyboard.press("Escape")
        await page.locator("[data-row]").last.click()
        await expect(page.locator("article.call")).to_be_visible()
        await page.locator("summary").click()
        await page.get_by_role("button", name=re.compile("说明用途|Say why")).click()
        dialog = page.locator("[role=dialog]:visible")
        await expect(dialog.get_by_role("textbox").first).to_be_focused()
        assert await find_barriers(page) == []
        await page.keyboard.type("quality")
        await page.keyboard.press("Enter")
        await expect(page.locator(".player svg")).to_have_count(2)
        assert await find_barriers(page) == []
        await page.get_by_role("button", name=re.compile("^(下载|Download)")).click()
        await expect(dialog).to_be_visible()
        assert await find_barriers(page) == []
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        await page.get_by_role("button", name=re.compile("显示号码|Show number")).click()
        await expect(dialog).to_be_visible()
        assert await find_barriers(page) == []
        await page.goto("/calls/pbx1/pbx1-3.0")
        await expect(page.locator(".witnesses table")).to_be_visible()
        assert await find_barriers(page) == []
