"""The record of a patrol as PDF: a draft that says so, the finished one, and the one that takes its place."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest

from callcenter.accounts.rights import Role
from callcenter.accounts.service import create_token
from callcenter.casework.inspections import record_api
from callcenter.casework.inspections.printed_record import Print, Replaced, describe_record, print_record
from callcenter.casework.inspections.printed_record_words import LABELS, RESULTS
from callcenter.casework.inspections.rules import ItemResult
from callcenter.casework.inspections.schemas import InspectionView
from callcenter.languages import Language
from callcenter.mediation.printed_record import find_chinese_font
from callcenter.postgres.database import Database
from tests.integration.conftest import NOW
from tests.integration.test_inspections import FAILED, Patrols, app, patrols, refusal
from tests.integration.test_instructions import dispatch
from tests.integration.test_tickets import desk, house

__all__ = ["app", "desk", "dispatch", "house", "patrols"]

PRINTS = {
    language: Print(
        office="常州市市场监督管理局",
        language=language,
        timezone=ZoneInfo("Asia/Shanghai"),
        font="WenQuanYi Micro Hei",
        at=datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
    )
    for language in Language
}


async def describe(patrols: Patrols, number: int, *replaced: Replaced, language: Language) -> dict[str, Any]:
    return describe_record(InspectionView(**await patrols.read(number)), replaced, PRINTS[language])


async def finished(patrols: Patrols) -> int:
    number = await patrols.begun(started_at="2026-11-23T07:00:00Z")
    await patrols.answer_all(number)
    await patrols.answer(number, "answer-0100", **FAILED | {"answered_at": "2026-11-23T07:31:00Z"})
    assert (await patrols.attach(number, 2, name=quote("票据13900001111.jpg"))).status_code == 201
    assert (await patrols.finish(number)).status_code == 200
    return number


async def test_the_record_says_who_looked_at_what_by_which_template_and_what_was_found(patrols: Patrols) -> None:
    number = await finished(patrols)
    printed = await describe(patrols, number, language=Language.CHINESE)
    assert (printed["title"], printed["mark"], printed["footer"]) == ("巡查记录", "", "巡查记录 1")
    assert printed["facts"] == [
        ["巡查编号", "1"],
        ["检查表", "六查六看（six-checks 第 1 版）"],
        ["承办单位", "武进分局"],
        ["经营者", "未能确认：摊位无证照, 电话139****1111"],
        ["地点", "湖塘菜场12号摊, 139****1111"],
        ["执法人员", "mei-officer、zhou"],
        ["诉求编号", "无"],
        ["指令编号", "无"],
        ["开始时间", "2026-11-23 15:00:00"],
        ["结束时间", "2026-11-23 16:00:00"],
        ["完成", "mei-officer 2026-11-23 16:00:00"],
        ["检查结果", "合格 5 项，不合格 1 项，不适用 0 项，未检查 0 项"],
        ["涉嫌违法情况", "未发现"],
    ]
    (checks,) = printed["parts"]
    assert checks["header"] == ["项", "检查项目", "查看内容", "依据", "结果", "情况与证据"]
    assert checks["rows"][1] == [
        "2",
        "进货票证",
        "来源合法、履行查验",
        "食品安全法第五十三条",
        "不合格",
        "进货票据缺失, 店主139****1111\n附件：票据139****1111.jpg\nmei-officer 2026-11-23 15:31:00",
    ]
    assert [row[4] for row in checks["rows"]] == ["合格", "不合格", "合格", "合格", "合格", "合格"]
    assert printed["signatures"] == ["mei-officer（签名）", "zhou（签名）", "经营者（签名）", "日期"]
    english = await describe(patrols, number, language=Language.ENGLISH)
    assert english["facts"][11] == ["Results", "5 passed, 1 failed, 0 not applicable, 0 not looked at"]
    assert english["times"] == "All times are of Asia/Shanghai"


async def test_a_draft_and_a_replaced_record_bear_a_mark_and_a_correction_names_what_it_replaces(
    patrols: Patrols,
) -> None:
    number = await patrols.begun()
    draft = await describe(patrols, number, language=Language.CHINESE)
    assert (draft["mark"], draft["parts"][0]["rows"][0][4]) == ("草稿", "未检查")
    await patrols.answer_all(number)
    await patrols.finish(number)
    correction = (await patrols.correct(number)).json()["id"]
    assert (await describe(patrols, number, language=Language.CHINESE))["mark"] == ""
    assert (await patrols.finish(correction, "finish-0002")).status_code == 200
    old = await describe(patrols, number, language=Language.ENGLISH)
    assert (old["mark"], old["facts"][-1]) == ("REPLACED", ["Replaced by", "patrol 2"])
    replaced = Replaced(
        id=1, finished_by="mei-officer", finished_at=datetime(2026, 11, 23, 8, 0, tzinfo=UTC), reason="摊位号有误"
    )
    new = await describe(patrols, correction, replaced, language=Language.CHINESE)
    assert (new["mark"], new["parts"][1]) == (
        "",
        {
            "title": "所更正的记录",
            "widths": [2, 5, 8],
            "header": ["巡查编号", "完成", "更正原因"],
            "rows": [["1", "mei-officer 2026-11-23 16:00:00", "摊位号有误"]],
        },
    )


async def test_who_may_read_a_patrol_may_print_it_and_that_is_logged(
    patrols: Patrols, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await finished(patrols)
    first = (await patrols.correct(number, "correct-001", "摊位号有误")).json()["id"]
    await patrols.finish(first, "finish-0002")
    second = (await patrols.correct(first, "correct-002", "店主13900001111 有误")).json()["id"]
    seen: list[list[tuple[int, str]]] = []

    def note(view: InspectionView, replaced: list[Replaced], printed: Print) -> bytes:
        seen.append([(one.id, one.reason) for one in replaced])
        return print_record(view, replaced, printed)

    monkeypatch.setattr(record_api, "print_record", note)
    page = await patrols.ask("GET", f"/{second}/record")
    assert (page.status_code, page.headers["content-type"]) == (200, "application/pdf")
    assert page.headers["content-disposition"] == 'attachment; filename="inspection-3-zh.pdf"'
    assert page.content.startswith(b"%PDF-")
    assert seen == [[(2, "店主139****1111 有误"), (1, "摊位号有误")]]
    await patrols.finish(second, "finish-0003")
    same = [(await patrols.ask("GET", f"/{second}/record?language=en", role=Role.AGENT)).content for _ in range(2)]
    assert same[0] == same[1] != page.content
    token = await create_token(database, user_name="feng", token_name="test", at=NOW)
    other_unit = {"Authorization": f"Bearer {token}"}
    stranger = await patrols.client.get(f"/api/v1/inspections/{second}/record", headers=other_unit)
    assert refusal(stranger) == (404, "not_found")
    assert refusal(await patrols.ask("GET", "/9/record")) == (404, "not_found")
    log = await patrols.client.get("/api/v1/access-log", headers=patrols.headers[Role.ADMIN])
    entries = [(one["user"], one["what"], one["subject"]) for one in log.json()["items"] if "record" in one["what"]]
    assert entries == [
        ("mei-agent", "inspection record (en)", "inspections/3"),
        ("mei-agent", "inspection record (en)", "inspections/3"),
        ("mei-officer", "inspection record (zh)", "inspections/3"),
    ]


async def test_what_is_typed_is_printed_and_never_read_as_part_of_the_page(patrols: Patrols) -> None:
    hostile = "#panic() $x$ *a* \\u{0} <b> [x] `y` ${z} 结束"
    number = await patrols.begun(place=hostile)
    view = InspectionView(**await patrols.read(number))
    content = describe_record(view, (), PRINTS[Language.CHINESE])
    assert hostile in json.dumps(content, ensure_ascii=False).replace("\\\\", "\\")
    assert print_record(view, (), PRINTS[Language.CHINESE], page="png").startswith(b"\x89PNG")
    assert find_chinese_font()


def test_every_word_is_there_in_both_languages() -> None:
    assert all(all(words) for words in (*LABELS.values(), *RESULTS.values()))
    assert set(RESULTS) == set(ItemResult)
