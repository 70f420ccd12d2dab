"""What belongs to a matter on its page: files, forms, others that may be the same, and the joint complaint."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from playwright.async_api import BrowserContext, Page, expect

from callcenter.casework.groups.worker import find_due_signals
from callcenter.settings import Settings
from tests.browser.callers import House
from tests.browser.matters import TICKETS, Worker, worker
from tests.browser.pages import press_on, sign_in
from tests.browser.test_ticket_pages import IN_LANGUAGE, agent, clock, fits_a_telephone, look
from tests.unit.test_attachment_kinds import PDF

__all__ = ["agent", "clock"]

WHY = "同一人就同一事项重复投诉"


async def back_to_chinese(page: Page) -> None:
    await page.evaluate(IN_LANGUAGE, "zh-CN")


async def test_a_file_is_attached_listed_and_given_back_and_what_is_none_is_refused_with_its_reason(
    context: BrowserContext, agent: Worker, tmp_path: Path
) -> None:
    number = await agent.register("key-00000001")
    page = await sign_in(context, "chen", to=f"/tickets/{number}")
    card = page.get_by_role("region", name="附件")
    await expect(card.get_by_text("没有附件")).to_be_visible()
    await press_on(page, card.get_by_role("button", name="添加附件"))
    dialog = page.get_by_role("dialog", name="添加附件")
    file = dialog.get_by_label("文件", exact=True)
    await expect(file).to_be_focused()
    await dialog.get_by_role("button", name="添加附件").click()
    await expect(dialog.get_by_text("请选择文件。")).to_be_visible()
    await file.set_input_files({"name": "发票.pdf", "mimeType": "application/pdf", "buffer": b"MZ no pdf"})
    await dialog.get_by_label("说明").fill("购物发票，电话13900001111")
    await dialog.get_by_role("button", name="添加附件").click()
    await expect(dialog.get_by_role("alert").filter(has_text="只接收 JPEG、PNG、PDF")).to_be_visible()
    await look(page, "attachment-refused")
    await back_to_chinese(page)
    large = tmp_path / "large.pdf"
    large.write_bytes(PDF + bytes(20 << 20))
    await file.set_input_files(large)
    await expect(dialog.get_by_text("文件超过 20 MB。")).to_be_visible()
    await file.set_input_files({"name": "发票.pdf", "mimeType": "application/pdf", "buffer": PDF})
    await dialog.get_by_role("button", name="添加附件").click()
    await expect(dialog).to_be_hidden()
    await expect(card.get_by_role("listitem")).to_have_text(
        re.compile("发票.pdf.*下载.*购物发票，电话139.*PDF · .* · chen")
    )
    await expect(card.get_by_role("status")).to_have_text("已添加：发票.pdf")
    async with page.expect_download() as loading:
        await card.get_by_role("button", name="下载: 发票.pdf").click()
    got = await loading.value
    assert (got.suggested_filename, (await got.path()).read_bytes()) == ("发票.pdf", PDF)
    await card.get_by_role("button", name="添加附件").click()
    await file.set_input_files({"name": "again.pdf", "mimeType": "application/pdf", "buffer": PDF})
    await dialog.get_by_role("button", name="添加附件").click()
    await expect(card.get_by_role("status")).to_have_text("同一文件此前已添加：发票.pdf")
    await expect(card.get_by_role("listitem")).to_have_count(1)
    await expect(page.get_by_role("region", name="经过").get_by_text("添加附件")).to_have_count(1)


async def test_a_form_waits_for_its_step_is_a_draft_and_is_issued_once_with_its_number(
    context: BrowserContext, agent: Worker
) -> None:
    number = await agent.register("key-00000001")
    await agent.step(number, "forward", unit_id=1)
    page = await sign_in(context, "zhao", to=f"/tickets/{number}")
    card = page.get_by_role("region", name="文书")
    row = card.get_by_role("listitem").filter(has_text="分送通知书").first
    await expect(card.get_by_role("listitem").filter(has_text="受理决定书").first).to_have_text(
        re.compile("文书5　受理决定书.*还须先办理：受理$")
    )
    await expect(row).to_contain_text("草稿，未编号")
    await row.get_by_role("button", name="签发").click()
    dialog = page.get_by_role("dialog", name="签发")
    await expect(dialog.get_by_text("文书3　分送通知书")).to_be_visible()
    await look(page, "form-issue")
    await back_to_chinese(page)
    await dialog.get_by_role("button", name="签发").click()
    await expect(dialog).to_be_hidden()
    issued = card.get_by_role("button", name=re.compile("^下载: .*分〔20.*第1号"))
    await expect(row).to_contain_text(re.compile("已签发 .*第1号"))
    async with page.expect_download() as loading:
        await issued.click()
    got = await loading.value
    assert got.suggested_filename.startswith("form-20")
    assert (await got.path()).read_bytes().startswith(b"%PDF-")
    await look(page, "ticket-forms")
    await fits_a_telephone(page)
    listed = (await agent.ask("GET", f"{TICKETS}/{number}/forms"))["items"]
    assert [(one["form"], one["issued_by"]) for one in listed] == [(3, "zhao")]


async def test_a_matter_is_merged_into_the_one_that_was_suggested_says_where_it_went_and_is_taken_apart(
    context: BrowserContext, other: BrowserContext, agent: Worker
) -> None:
    first, second = [await agent.register(f"key-0000000{place}") for place in (1, 2)]
    plain = await sign_in(other, "zhao", to="/tickets")
    await expect(plain.get_by_role("heading", name="诉求", exact=True)).to_be_visible()
    page = await sign_in(context, "wang", to=f"/tickets/{second}")
    card = page.get_by_role("region", name="重复与合并")
    await expect(card.get_by_role("listitem")).to_contain_text(
        [re.compile(f"{first}.*已登记.*同一人 · 被投诉人相近 · 事实文字相似 100%")]
    )
    await look(page, "ticket-duplicates")
    await back_to_chinese(page)
    await press_on(page, card.get_by_role("button", name=f"合并到… {first}"))
    dialog = page.get_by_role("dialog", name="合并诉求")
    await expect(dialog.get_by_label("合并到的诉求编号")).to_have_value(first)
    await expect(dialog.get_by_label("理由")).to_be_focused()
    await page.keyboard.type(WHY)
    version = (await agent.ask("GET", f"{TICKETS}/{second}"))["version"]
    await agent.ask("PATCH", f"{TICKETS}/{second}", {"title": "奶粉过期三个月"}, If_Match=f'"{version}"')
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_text("期间已被他人修改，现已显示最新内容")).to_be_visible()
    await expect(dialog.get_by_label("理由")).to_have_value(WHY)
    await look(page, "ticket-merge-stale")
    await back_to_chinese(page)
    await dialog.get_by_label("合并到的诉求编号").fill("12315")
    await dialog.get_by_role("button", name="合并").click()
    await expect(dialog.get_by_text("请输入诉求编号")).to_be_visible()
    await dialog.get_by_label("合并到的诉求编号").fill(f"http://hotline/tickets/{first}")
    await dialog.get_by_role("button", name="合并").click()
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_role("article").get_by_role("link", name=first).first).to_be_visible()
    await expect(card).to_contain_text(f"已合并到 {first}")
    await look(page, "ticket-merged")
    await back_to_chinese(page)
    await card.get_by_role("link", name=first).click()
    await expect(page.get_by_role("heading", name=first)).to_be_visible()
    await expect(card.get_by_role("heading", name="已合并到本诉求")).to_be_visible()
    await card.get_by_role("link", name=second).click()
    await card.get_by_role("button", name="拆分").click()
    dialog = page.get_by_role("dialog", name="拆分")
    await dialog.get_by_label("原因（会记录）").fill("不是同一事项")
    await look(page, "ticket-unmerge")
    await back_to_chinese(page)
    await dialog.get_by_role("button", name="拆分").click()
    await expect(dialog).to_be_hidden()
    history = page.get_by_role("region", name="经过")
    await expect(history.get_by_text("不是同一事项")).to_be_visible()
    matter = await agent.ask("GET", f"{TICKETS}/{second}")
    assert (matter["state"], matter["merged_into"]) == ("registered", None)


async def test_who_may_not_merge_sees_what_is_suggested_and_no_button(context: BrowserContext, agent: Worker) -> None:
    first, second = [await agent.register(f"key-0000000{place}") for place in (1, 2)]
    page = await sign_in(context, "chen", to=f"/tickets/{second}")
    card = page.get_by_role("region", name="重复与合并")
    await expect(card.get_by_role("link", name=first)).to_be_visible()
    await expect(card.get_by_text("合并须由主管或负责人办理。")).to_be_visible()
    await expect(card.get_by_role("button")).to_have_count(0)


async def test_a_joint_complaint_is_made_of_two_with_their_consents_grows_and_has_two_representatives(
    context: BrowserContext, other: BrowserContext, agent: Worker, house: House
) -> None:
    numbers = [
        await agent.register(f"key-0000000{place}", party={"name": "李四", "phone": f"1381234000{place}"})
        for place in (1, 2, 3)
    ]
    page = await sign_in(context, "wang", to=f"/tickets/{numbers[0]}")
    card = page.get_by_role("region", name="共同投诉")
    await press_on(page, card.get_by_role("button", name="建立共同投诉"))
    dialog = page.get_by_role("dialog", name="建立共同投诉")
    await expect(dialog.get_by_label("名称")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_text("至少两个字。")).to_be_visible()
    await dialog.get_by_label("名称").fill("奶粉过期共同投诉")
    second = dialog.get_by_role("group", name="投诉编号 2")
    await second.get_by_label("投诉编号").fill(numbers[0])
    await dialog.get_by_role("button", name="建立共同投诉").click()
    await expect(dialog.get_by_text("同一件投诉填写了两次。")).to_be_visible()
    await look(page, "group-make")
    await back_to_chinese(page)
    await second.get_by_label("投诉编号").fill(numbers[1])
    await dialog.get_by_role("button", name="建立共同投诉").click()
    await expect(dialog).to_be_hidden()
    members = card.get_by_role("listitem")
    await expect(members).to_have_text([re.compile(f"{number}.*已登记.*电话同意") for number in numbers[:2]])

    await card.get_by_role("button", name="增加成员").click()
    dialog = page.get_by_role("dialog", name="增加成员")
    await dialog.get_by_role("textbox", name="投诉编号").fill(numbers[2])
    await dialog.get_by_role("button", name="增加成员").click()
    await expect(dialog).to_be_hidden()
    await expect(members).to_have_count(3)
    await card.get_by_role("button", name="推选代表人").click()
    dialog = page.get_by_role("dialog", name="推选代表人")
    await dialog.get_by_role("checkbox", name=numbers[0]).press("Space")
    await dialog.get_by_role("button", name="推选代表人").click()
    await expect(dialog.get_by_text("请选择两件，或者都不选。")).to_be_visible()
    await look(page, "group-representatives")
    await back_to_chinese(page)
    await dialog.get_by_role("checkbox", name=numbers[2]).press("Space")
    lead = await worker(other, str(house.backend.client.base_url), "sun")
    (group,) = (await lead.ask("GET", f"/api/v1/ticket-groups?ticket={numbers[0]}"))["items"]
    path, version = f"/api/v1/ticket-groups/{group['id']}/representatives", f'"{group["version"]}"'
    await lead.ask("PUT", path, {"tickets": numbers[1:]}, If_Match=version)
    await dialog.get_by_role("button", name="推选代表人").click()
    await expect(dialog.get_by_text("期间已被他人修改，现已显示最新内容，请核对后再提交。")).to_be_visible()
    for number, is_chosen in zip(numbers, (True, False, True), strict=True):
        await expect(dialog.get_by_role("checkbox", name=number)).to_be_checked(checked=is_chosen)
    await dialog.get_by_role("button", name="推选代表人").click()
    await expect(dialog).to_be_hidden()
    await expect(card.get_by_text("代表人", exact=True)).to_have_count(2)
    await look(page, "ticket-group")
    await back_to_chinese(page)
    await fits_a_telephone(page)
    await card.get_by_role("button", name=f"移出: {numbers[2]}", exact=True).click()
    await card.get_by_role("button", name=f"确认移出: {numbers[2]}").click()
    await expect(card.get_by_role("alert")).to_contain_text("这是代表人的投诉")
    await card.get_by_role("button", name=f"移出: {numbers[1]}", exact=True).click()
    await card.get_by_role("button", name=f"确认移出: {numbers[1]}").click()
    await expect(members).to_have_count(2)
    (group,) = (await agent.ask("GET", f"/api/v1/ticket-groups?ticket={numbers[0]}"))["items"]
    told = [(one["ticket"], one["consented_by"], one["is_representative"]) for one in group["members"]]
    assert (group["title"], told) == (
        "奶粉过期共同投诉",
        [(numbers[0], "call", True), (numbers[2], "call", True)],
    )
    await card.get_by_role("button", name="解散", exact=True).click()
    await card.get_by_role("button", name="确认解散").click()
    await expect(card.get_by_text("曾属于已解散的共同投诉")).to_be_visible()


async def test_how_many_people_complain_of_the_same_stands_on_the_page_of_each_of_their_matters(
    context: BrowserContext, agent: Worker, house: House
) -> None:
    await agent.ask("POST", "/api/v1/merchants", {"name": "乐动健身"})
    fields = {"service_code": "prepaid_card", "merchant_id": 1}
    people = [
        {"name": name, "phone": f"1381234000{place}", "address": f"湖塘镇{place}号"}
        for place, name in ((1, "张三"), (1, "李四"), (2, "王五"), (3, "赵六"), (4, "孙七"), (5, "周八"))
    ]
    numbers = [
        await agent.register(f"key-0000000{place}", party=party, fields=fields) for place, party in enumerate(people)
    ]
    await find_due_signals(house.database, Settings(), house.clock() + timedelta(days=1))
    page = await sign_in(context, "wang", to=f"/tickets/{numbers[-1]}")
    card = page.get_by_role("region", name="共同投诉")
    said = "30 天内，5 人反映“乐动健身”的“预付卡”，共 6 件。 其中 1 人用过多个姓名。"
    await expect(card).to_contain_text(re.compile(rf"群体性：\d{{4}}-\d\d-\d\d 至 \d{{4}}-\d\d-\d\d 的 {said}"))
    await look(page, "ticket-of-many")
    await back_to_chinese(page)
    await fits_a_telephone(page)
