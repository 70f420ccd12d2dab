"""Forms of a matter that are no steps, and matters made out of a message, a caller who waits, and a mediation."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import BrowserContext, expect

from callcenter.mediation.rules import MediationState
from callcenter.mediation.store import add_mediation
from callcenter.postgres.database import Database
from tests.browser.callers import House, in_queue
from tests.browser.matters import TICKETS, Worker
from tests.browser.pages import row_of, sign_in
from tests.browser.test_ticket_pages import agent, clock, fits_a_telephone, look
from tests.integration.audio_house import take_in_message
from tests.integration.backend import make_settings
from tests.integration.callback_examples import LI, answered, lost

__all__ = ["agent", "clock"]


async def test_priority_links_and_flags_have_forms_on_the_page_of_a_matter(
    context: BrowserContext, agent: Worker, house: House
) -> None:
    await house.given(answered(7, 0))
    number = await agent.register("key-00000001")
    page = await sign_in(context, "chen", to=f"/tickets/{number}")
    await page.get_by_role("button", name="调整紧急程度").click()
    dialog = page.get_by_role("dialog", name="调整紧急程度")
    await expect(dialog.get_by_role("radio", name="一般")).to_be_focused()
    await expect(dialog.get_by_role("radio", name="咨询")).to_be_disabled()
    await dialog.get_by_role("radio", name="紧急", exact=True).press("Space")
    await dialog.get_by_label("理由").fill("媒体关注")
    await look(page, "ticket-priority")
    await dialog.get_by_role("button", name="保存").click()
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_text("▲ 紧急")).to_be_visible()

    links = page.get_by_role("region", name="关联")
    await links.get_by_role("button", name="添加关联").click()
    dialog = page.get_by_role("dialog", name="添加关联")
    await expect(dialog.get_by_label("编号")).to_be_focused()
    await page.keyboard.type("第七个")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_text("通话编号或网址，如")).to_be_visible()
    await look(page, "ticket-link")
    await dialog.get_by_label("编号").fill("/calls/pbx1/pbx1-7.0")
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(links.get_by_role("link", name="通话 pbx1-7.0")).to_be_visible()
    await links.get_by_role("button", name="取消关联: 通话 pbx1-7.0", exact=True).click()
    await links.get_by_role("button", name="确认取消关联: 通话 pbx1-7.0").click()
    await expect(links.get_by_text("没有关联")).to_be_visible()

    flags = page.get_by_role("region", name="诉转案")
    await flags.get_by_role("button", name="标记诉转案").click()
    dialog = page.get_by_role("dialog", name="标记诉转案")
    await expect(dialog.get_by_label("说明")).to_be_focused()
    await page.keyboard.type("现场发现过期食品仍在销售")
    await look(page, "ticket-flag")
    await dialog.get_by_role("button", name="标记诉转案").click()
    await expect(dialog).to_be_hidden()
    await expect(flags.get_by_role("link", name="调解或巡查中发现线索")).to_be_visible()
    await expect(page.get_by_text("1 条线索待决定是否立案")).to_be_visible()
    await look(page, "ticket-flagged")
    await fits_a_telephone(page)
    matter = await agent.ask("GET", f"{TICKETS}/{number}")
    assert (matter["priority"], matter["links"], matter["open_flags"]) == ("P2", [], 1)


async def test_the_page_of_a_matter_follows_what_others_do_but_not_while_something_is_typed(
    context: BrowserContext, agent: Worker
) -> None:
    number = await agent.register("key-00000001")
    await agent.step(number, "forward", unit_id=1)
    page = await sign_in(context, "wang", to=f"/tickets/{number}")
    await page.get_by_label("备注（自动保存草稿）").fill("明天再联系商家")
    version = (await agent.ask("GET", f"{TICKETS}/{number}"))["version"]
    change = {"title": "奶粉过期三个月"}
    await agent.ask("PATCH", f"{TICKETS}/{number}", change, If_Match=f'"{version}"')
    # nobody has to do anything
    await expect(page.get_by_text("奶粉过期三个月")).to_be_visible(timeout=20_000)
    news = page.get_by_role("status", name="期间已被他人修改，现已显示最新内容")
    await expect(news).to_contain_text("chen")
    await expect(page.get_by_label("备注（自动保存草稿）")).to_have_value("明天再联系商家")

    await page.keyboard.press("Escape")
    await page.get_by_role("heading", name=number).click()
    await page.keyboard.press("e")
    edit = page.get_by_role("dialog", name="修改")
    await edit.get_by_label("品牌").fill("某品牌")
    await agent.ask("PATCH", f"{TICKETS}/{number}", {"batch": "20261101"}, If_Match=f'"{version + 1}"')
    await page.evaluate("window.dispatchEvent(new Event('focus'))")
    await page.wait_for_timeout(1_000)
    await edit.get_by_role("button", name="保存").click()
    await expect(edit.get_by_text("期间已被他人修改，现已显示最新内容")).to_be_visible()
    await expect(edit.get_by_label("品牌")).to_have_value("某品牌")
    await edit.get_by_role("button", name="保存").click()
    await expect(edit).to_be_hidden()
    matter = await agent.ask("GET", f"{TICKETS}/{number}")
    assert [matter[name] for name in ("title", "brand", "batch")] == ["奶粉过期三个月", "某品牌", "20261101"]


async def test_a_caller_who_waits_and_a_message_become_matters_and_the_draft_survives_a_reload(
    context: BrowserContext, agent: Worker, house: House, database: Database, tmp_path: Path
) -> None:
    await take_in_message(database, make_settings(house.backend.pbx, tmp_path), 1)
    await house.given(in_queue(lost(2, 100, caller=LI)))
    page = await sign_in(context, "chen", to="/callbacks")
    await row_of(page, "139****0001").click()
    await page.get_by_role("article", name="来电人").get_by_role("button", name="登记", exact=True).click()
    form = page.get_by_role("form", name="登记")
    await expect(form.get_by_label("电话", exact=True)).to_have_attribute("placeholder", "沿用来电 139****0001")
    await form.get_by_label("姓名").fill("李四")
    await page.reload()
    await expect(form.get_by_label("姓名")).to_have_value("李四")
    await form.get_by_label("被投诉人（按来电人所述）").fill("苏果超市武进店")
    await form.get_by_label("事实").fill("购买的奶粉已过期")
    await form.get_by_role("checkbox", name="退款").press("Space")
    await look(page, "callback-register")
    await fits_a_telephone(page)
    await form.get_by_role("button", name="登记事项").click()
    await expect(page.get_by_role("status", name="已登记")).to_contain_text("12315-")
    await look(page, "callback-registered")

    await row_of(page, "138****5678").click()
    message = page.locator(".message")
    await message.get_by_role("button", name="登记", exact=True).click()
    await expect(form.get_by_text("时间以留言为准")).to_be_visible()
    await form.get_by_label("事实").fill("要求退还货款")
    await form.get_by_role("button", name="存为草稿").click()
    await expect(page.get_by_role("status", name="已登记")).to_contain_text("12315-")
    found = (await agent.ask("GET", f"{TICKETS}?open=true"))["items"]
    assert [(one["channel"], one["state"]) for one in found] == [("voicemail", "draft"), ("callback", "registered")]


async def test_a_mediation_becomes_a_matter_with_what_was_written_down_in_it(
    context: BrowserContext, agent: Worker, house: House, database: Database
) -> None:
    await house.given(answered(7, 0))
    ((host,),) = await house.rows("SELECT id FROM users WHERE name = 'chen'")
    async with database.sessions.begin() as session:
        await add_mediation(
            session,
            pbx="pbx1",
            call_id="pbx1-7.0",
            host_user_id=host,
            state=MediationState.ENDED,
            created_at=house.clock(),
            consumer_name="李四",
            consumer_address="常州市武进区湖塘镇1号",
            merchant_name="苏果超市武进店",
            matter="要求退还货款",
            amount_cents=20_000,
        )
    page = await sign_in(context, "chen", to="/mediations/1")
    await page.get_by_role("button", name="登记", exact=True).click()
    form = page.get_by_role("form", name="登记")
    await expect(form.get_by_text("未填写的内容沿用调解记录")).to_be_visible()
    await form.get_by_role("checkbox", name="退款").press("Space")
    await look(page, "mediation-register")
    await form.get_by_role("button", name="登记事项").click()
    made = page.get_by_role("status", name="已登记")
    number = str(await made.get_by_role("link").text_content())
    await made.get_by_role("link").click()
    await expect(
        page.get_by_role("region", name="关联").get_by_role("link", name=re.compile("^调解 1"))
    ).to_be_visible()
    matter = await agent.ask("GET", f"{TICKETS}/{number}")
    assert {name: matter[name] for name in ("state", "respondent", "facts", "amount_in_dispute_cents")} == {
        "state": "registered",
        "respondent": "苏果超市武进店",
        "facts": "要求退还货款",
        "amount_in_dispute_cents": 20_000,
    }
    assert matter["parties"][0]["name"].startswith("李*")
