"""The list of tickets as a file: under the platform's headings, as masked as on the page, nothing in it a formula."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
from openpyxl import load_workbook

from callcenter.accounts.rights import Role
from callcenter.casework.tickets import store
from tests.integration.test_ticket_imports import MILK, QUESTION, SHOP, Headers, Office, csv_of
from tests.integration.test_ticket_imports import office as office

EVIL = SHOP | {"登记编号": "13204002026112300017", "诉求内容": "=HYPERLINK(1) 打13900001111", "具体问题": "@sum"}
ROWS = (MILK, EVIL, QUESTION)


async def export(office: Office, shape: str, role: Role = Role.ADMIN, **query: Any) -> httpx.Response:
    answer = await office.ask("GET", "/tickets", role, params={"format": shape} | query)
    assert answer.status_code == 200, answer.text
    return answer


def read_csv(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_both_files_have_the_platforms_headings_and_mask_what_the_page_masks(office: Office) -> None:
    await office.take_in(csv_of(ROWS))
    answer = await export(office, "csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="tickets-2026-11-23.csv"'
    newest, evil, milk = read_csv(answer)
    assert milk == {
        "登记编号": "'1320400-001",
        "工单编号": "12315-2026-00001",
        "类型": "投诉",
        "接收方式": "全国平台",
        "登记时间": "2026-11-20 09:30:00",
        "企业名称": "苏果超市武进店, 武进区湖塘镇",
        "诉求内容": "奶粉过期, 电话139****1111",
        "问题类别": "质量",
        "商品类别": "一般食品",
        "服务类别": "",
        "具体问题": "奶粉过期",
        "初查受理状态": "",
        "处理机构": "",
        "反馈内容": "",
        "状态": "已登记",
        "办理结果": "",
        "优先级": "P4",
        "最近期限": "2026-11-25 00:00:00",
        "时区": "Asia/Shanghai",
    }
    assert (newest["类型"], evil["诉求内容"], evil["具体问题"]) == ("咨询", "'=HYPERLINK(1) 打139****1111", "'@sum")
    sheet: Any = load_workbook(io.BytesIO((await export(office, "xlsx")).content)).active
    headings, *rows = [list(row) for row in sheet.iter_rows()]
    assert [cell.value for cell in headings] == list(milk)
    assert [row[0].value for row in rows] == ["1320400-003", "13204002026112300017", "1320400-001"]
    assert {cell.data_type for row in rows for cell in row} == {"s", "n", "d"}
    assert {cell.value for row in rows for cell in row if cell.data_type == "n"} == {None}


async def test_a_file_takes_the_filters_and_the_order_of_the_list_and_goes_on_behind_a_page(
    office: Office, monkeypatch: Any
) -> None:
    monkeypatch.setattr(store, "STREAMED_AT_ONCE", 2)
    rows = [SHOP | {"登记编号": f"1320400-{number:03d}"} for number in range(5)]
    await office.take_in(csv_of([*rows, QUESTION | {"登记编号": "1320400-100"}]))
    assert len(read_csv(await export(office, "csv", limit=1))) == 6
    reports = read_csv(await export(office, "csv", kind="report", order="due", language="en"))
    assert [row["number"] for row in reports] == [f"12315-2026-0000{number}" for number in (1, 2, 3, 4, 5)]
    assert {(row["kind"], row["state"], row["channel"]) for row in reports} == {("report", "registered", "import")}
    assert read_csv(await export(office, "csv", state="completed")) == []


async def test_officers_export_what_they_see_and_every_file_is_in_the_access_log(
    office: Office, as_role: Headers
) -> None:
    await office.take_in(csv_of(ROWS))
    assert read_csv(await export(office, "csv", Role.OFFICER)) == []
    assert len(read_csv(await export(office, "csv", Role.AGENT))) == 3
    assert (await office.ask("GET", "/tickets", Role.AGENT)).status_code == 200
    log = (await office.ask("GET", "/access-log")).json()["items"]
    assert [(one["user"], one["what"]) for one in reversed(log)][2:] == [
        ("mei-officer", "export of tickets"),
        ("mei-agent", "export of tickets"),
    ]


async def test_our_own_file_read_back_says_the_same_of_numbers_and_of_what_looks_like_a_formula(
    office: Office,
) -> None:
    await office.take_in(csv_of(ROWS))
    found = await office.upload((await export(office, "csv")).content)
    rows = {row["platform_number"]: row["status"] for row in await office.rows(found["id"])}
    assert set(rows) == {"1320400-001", "13204002026112300017", "1320400-003"}
