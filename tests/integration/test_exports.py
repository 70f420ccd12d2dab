"""Calls, the audit and the statistics as files: what their JSON shows, as masked as that, and as much logged."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.callbacks.service import refresh
from callcenter.calls import api as calls_api
from callcenter.calls.records import Outcome, QueueExit
from callcenter.cli import main
from callcenter.http.downloads import FILES_AT_ONCE
from callcenter.postgres.database import Database
from tests.call_examples import ABANDONED
from tests.integration.callback_examples import LI, SETTINGS, answered, lost, outbound, store_confirmed
from tests.integration.conftest import NOW
from tests.integration.test_statistics import calls as calls

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REASON = {"X-Reason": "complaint%2017"}


@pytest.fixture
def agent(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> httpx.AsyncClient:
    client.headers.update(as_role[Role.AGENT])
    return client


@pytest.fixture
def supervisor(client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]) -> httpx.AsyncClient:
    client.headers.update(as_role[Role.SUPERVISOR])
    return client


async def get(
    client: httpx.AsyncClient, path: str, shape: str, *, headers: dict[str, str] | None = None, **query: Any
) -> httpx.Response:
    answer = await client.get(f"/api/v1/{path}", params={"format": shape} | query, headers=headers)
    return check_file(answer, shape)


def check_file(answer: httpx.Response, shape: str) -> httpx.Response:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == ("text/csv; charset=utf-8" if shape == "csv" else XLSX)
    assert int(answer.headers["content-length"]) == len(answer.content)
    return answer


def name_of(answer: httpx.Response) -> str:
    return answer.headers["content-disposition"].partition("filename=")[2].strip('"')


def in_csv(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def in_xlsx(answer: httpx.Response) -> list[dict[Any, Any]]:
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    heading, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(heading, row, strict=True)) for row in rows]


async def list_accesses(database: Database) -> list[tuple[Any, ...]]:
    statement = text("SELECT name, what, subject FROM access_log LEFT JOIN users ON users.id = user_id ORDER BY 3")
    async with database.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(statement)]


async def test_a_call_is_a_row_in_the_words_of_the_office(database: Database, agent: httpx.AsyncClient) -> None:
    await store_confirmed(database, [answered(1, 0)])
    answer = await get(agent, "calls", "xlsx", day="2026-11-23")
    assert name_of(answer) == "calls-2026-11-23.xlsx"
    assert in_xlsx(answer) == [
        {
            "业务日": datetime.fromisoformat("2026-11-23"),
            "开始时间": datetime.fromisoformat("2026-11-23 09:00:00"),
            "方向": "呼入",
            "主叫号码": "138****5678",
            "主叫姓名": None,
            "客户号码": "138****5678",
            "被叫号码": "12315",
            "结果": "已接听",
            "接听时间": datetime.fromisoformat("2026-11-23 09:00:10"),
            "结束时间": datetime.fromisoformat("2026-11-23 09:01:10"),
            "等待时长": timedelta(0),
            "通话时长": timedelta(seconds=60),
            "队列": None,
            "离队原因": None,
            "通话对象": "1001",
            "短呼叫": False,
            "曾转接": False,
            "转接后丢失": False,
            "紧急来电无人接听时间": None,
            "挂断方": "主叫",
            "挂断原因码": 16,
            "有留言": False,
            "留言时长": None,
            "录音数": 0,
            "两方记录一致": True,
            "记录来源": "实时（AMI） 账本（CEL）",
            "异常": None,
            "交换机": "pbx1",
            "来电编号": "pbx1-1.0",
            "并入来电": None,
            "时区": "Asia/Shanghai",
        }
    ]


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
async def test_a_file_of_calls_has_the_calls_that_json_lists_for_the_same_filters(
    database: Database, supervisor: httpx.AsyncClient, shape: str
) -> None:
    await store_confirmed(database, [lost(1, 0), lost(2, 60, caller=LI), outbound(3, 120), answered(4, 90_000)])
    for query in (
        {},
        {"day": "2026-11-23"},
        {"day": "2026-11-23", "direction": "inbound"},
        {"outcome": ["answered", "abandoned_queue"]},
        {"agent": "1001"},
        {"from": "2026-11-23T01:01:00Z", "to": "2026-11-23T01:02:00Z"},
        {"unconfirmed": True},
    ):
        listed = (await supervisor.get("/api/v1/calls", params=query)).json()["items"]
        answer = await get(supervisor, "calls", shape, language="en", limit=1, **query)
        rows = in_csv(answer) if shape == "csv" else in_xlsx(answer)
        assert [row["call_id"] for row in rows] == [call["call_id"] for call in listed], query
        assert [(row["outcome"], row["direction"]) for row in rows] == [
            (call["outcome"], call["direction"]) for call in listed
        ]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"day": "2026-11-23"}, "calls-2026-11-23.csv"),
        ({}, "calls-all.csv"),
        ({"from": "2026-11-23T09:00:00+08:00"}, "calls-2026-11-23T010000Z-to-now.csv"),
        (
            {"from": "2026-11-23T01:00:00Z", "to": "2026-11-24T01:00:00Z"},
            "calls-2026-11-23T010000Z-to-2026-11-24T010000Z.csv",
        ),
    ],
)
async def test_the_name_of_a_file_of_calls_says_of_when_they_are(
    agent: httpx.AsyncClient, query: dict[str, Any], name: str
) -> None:
    assert name_of(await get(agent, "calls", "csv", **query)) == name


async def test_no_caller_writes_a_formula_into_the_list_of_calls(
    database: Database, supervisor: httpx.AsyncClient
) -> None:
    await store_confirmed(database, [lost(1, 0, name="=1+1")])
    asked: dict[str, Any] = {"headers": REASON, "language": "en"}
    (row,) = in_csv(await get(supervisor, "calls", "csv", **asked))
    assert (row["caller_name"], row["caller_number"]) == ("'=1+1", "'+8613812345678")
    sheet = load_workbook(io.BytesIO((await get(supervisor, "calls", "xlsx", **asked)).content)).active
    assert sheet is not None
    assert {cell.data_type for cell in sheet[2]} <= {"s", "n", "d", "b"}
    assert sheet.cell(2, 5).value == "'=1+1"


async def test_a_caller_who_asked_for_a_call_back_is_told_from_one_who_left_by_another_key(
    database: Database, agent: httpx.AsyncClient
) -> None:
    (visit,) = ABANDONED.queue_visits
    for number, left in enumerate((QueueExit.CALLBACK_REQUESTED, QueueExit.EXIT_KEY), start=1):
        call = lost(number, number, outcome=Outcome.QUEUE_EXIT_KEY)
        await store_confirmed(database, [replace(call, queue_visits=(replace(visit, exit=left),))])
    rows = in_csv(await get(agent, "calls", "csv"))
    assert [(row["结果"], row["离队原因"]) for row in rows] == [
        ("按键离开队列", "按键离开"),
        ("按键离开队列", "按1要求回电"),
    ]
    await refresh(database, SETTINGS)
    rows = in_csv(await get(agent, "callbacks", "csv", day="2026-11-23"))
    assert [row["未接原因"] for row in rows] == ["按1要求回电 按键离开队列"]


async def test_a_file_is_masked_as_json_is_and_each_unmasked_call_is_logged(
    database: Database, client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    await store_confirmed(database, [lost(1, 0, name="张伟"), lost(2, 60, caller=LI)])
    for role in (Role.AGENT, Role.SUPERVISOR):
        client.headers.update(as_role[role])
        rows = in_csv(await get(client, "calls", "csv", language="en"))
        assert [row["caller_number"] for row in rows] == ["'139****0001", "'138****5678"]
        assert [row["caller_name"] for row in rows] == ["", "张*"]
    assert await list_accesses(database) == []
    without_reason = await client.get("/api/v1/calls", params={"format": "csv"}, headers={"X-Reason": ""})
    assert (without_reason.status_code, await list_accesses(database)) == (400, [])
    rows = in_csv(await get(client, "calls", "csv", language="en", headers=REASON))
    assert [(row["caller_number"], row["caller_name"]) for row in rows] == [
        ("'+8613900000001", ""),
        ("'+8613812345678", "张伟"),
    ]
    what = "caller_number (complaint 17)"
    assert await list_accesses(database) == [
        ("mei-supervisor", what, "pbx1/pbx1-1.0"),
        ("mei-supervisor", what, "pbx1/pbx1-2.0"),
    ]
    client.headers.update(as_role[Role.AGENT])
    refused = await client.get("/api/v1/calls", params={"format": "csv"}, headers=REASON)
    assert (refused.status_code, len(await list_accesses(database))) == (403, 2)
    wanted = {"format": "csv", "language": "en", "caller": LI}
    found = in_csv(check_file(await client.post("/api/v1/calls/searches", json=wanted), "csv"))
    assert found == [], "an agent finds by number only calls in which they talked, in a file too"


async def test_a_file_of_more_calls_than_are_read_at_once_has_each_of_them_once(
    database: Database, supervisor: httpx.AsyncClient
) -> None:
    await store_confirmed(database, [lost(number, number) for number in range(1203)])
    rows = in_csv(await get(supervisor, "calls", "csv", language="en", headers=REASON))
    assert [row["call_id"] for row in rows] == [f"pbx1-{number}.0" for number in reversed(range(1203))]
    assert len(await list_accesses(database)) == 1203


async def test_too_many_calls_for_one_file_are_refused_and_nothing_is_logged(
    database: Database, supervisor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callcenter.http.downloads.MOST_ROWS", 2)
    monkeypatch.setattr(calls_api, "MOST_ROWS", 2)
    await store_confirmed(database, [lost(1, 0), lost(2, 60)])
    assert len(in_csv(await get(supervisor, "calls", "csv"))) == 2
    await store_confirmed(database, [lost(3, 120)])
    for shape in ("csv", "xlsx"):
        answer = await supervisor.get("/api/v1/calls", params={"format": shape}, headers=REASON)
        assert (answer.status_code, answer.json()["detail"]) == (
            400,
            "A file has at most 2 rows; ask for fewer days, or filter further.",
        )
    assert await list_accesses(database) == []
    # A refused file gives its place back.
    for _ in range(FILES_AT_ONCE + 1):
        await get(supervisor, "calls", "csv", direction="outbound")


async def test_the_audit_is_a_file_with_a_row_for_each_call_behind_a_figure(
    database: Database, supervisor: httpx.AsyncClient
) -> None:
    await store_confirmed(database, [answered(1, 0), lost(2, 60, caller=LI)])
    answer = await get(supervisor, "audit/2026-11-23", "csv", language="en")
    assert name_of(answer) == "audit-2026-11-23.csv"
    rows = in_csv(answer)
    report = (await supervisor.get("/api/v1/audit/2026-11-23")).json()
    assert (rows[0]["figure"], rows[0]["kind"], rows[0]["note"]) == ("answer", report["answer"], report["sentence"])
    for figure in ("inbound", "answered", "still_open", "unexplained", "unconfirmed", "settled"):
        counted, *calls_behind = [row for row in rows if row["figure"] == figure]
        assert int(counted["count"]) == report[figure]["count"] == len(calls_behind)
        assert [row["call_id"] for row in calls_behind] == [call["call_id"] for call in report[figure]["calls"]]
    missed = [(row["kind"], row["count"], row["call_id"]) for row in rows if row["figure"] == "missed"]
    assert missed == [("", "1", ""), ("abandoned_queue", "1", ""), ("abandoned_queue", "", "pbx1-2.0")]
    sheet = in_xlsx(await get(supervisor, "audit/2026-11-23", "xlsx"))
    assert len(sheet) == len(rows)
    made = next(row for row in sheet if row["项目"] == "制表时间")
    assert made["起"] == NOW.replace(microsecond=0, tzinfo=None) + timedelta(hours=8)


async def test_the_audit_as_a_file_is_for_supervisors(agent: httpx.AsyncClient) -> None:
    answer = await agent.get("/api/v1/audit/2026-11-23", params={"format": "csv"})
    assert answer.status_code == 403


@pytest.mark.usefixtures("calls")
async def test_statistics_are_files_with_the_figures_of_their_json(supervisor: httpx.AsyncClient) -> None:
    days: dict[str, Any] = {"from_day": "2026-11-22", "to_day": "2026-11-23"}
    answer = await get(supervisor, "statistics/calls", "csv", language="en", **days)
    assert name_of(answer) == "statistics-calls-2026-11-22-to-2026-11-23.csv"
    rows = in_csv(answer)
    shown = (await supervisor.get("/api/v1/statistics/calls", params=days)).json()
    assert [row["interval"] for row in rows] == ["day", "day", "total"]
    for row, item in zip(rows, [*shown["intervals"], shown["total"]], strict=True):
        figures = item["figures"]
        for name in ("offered", "answered", "missed", "short", "handled"):
            assert row[name] == str(figures[name])
        assert row["missed_abandoned_queue"] == str(figures["missed_by_kind"].get("abandoned_queue", 0))
        rate = figures["ratios"]["connect_rate"]["value"]
        assert row["connect_rate"] == ("" if rate is None else str(rate))
    sheet = in_xlsx(await get(supervisor, "statistics/calls", "xlsx", **days))
    assert [row["起"] for row in sheet] == [
        datetime.fromisoformat("2026-11-22"),
        datetime.fromisoformat("2026-11-23"),
        datetime.fromisoformat("2026-11-22"),
    ]
    assert sheet[1]["平均通话时长"] == timedelta(seconds=60)

    heat = in_csv(await get(supervisor, "statistics/heat-map", "csv", **days))
    assert len(heat) == 168
    assert next(row for row in heat if row["呼入量"] == "3")["星期"] == "星期一"
    seats = in_csv(await get(supervisor, "statistics/agents", "csv", language="en", **days))
    assert [(row["device"], row["calls"], row["talked_seconds"], row["talking_seconds"]) for row in seats] == [
        ("1001", "2", "120.0", ""),
    ]
    load: dict[str, Any] = {"calls_an_hour": 200, "aht_seconds": 180}
    answer = await get(supervisor, "statistics/staffing", "xlsx", **days, **load)
    assert name_of(answer) == "statistics-staffing-2026-11-22-to-2026-11-23.xlsx"
    advice = (await supervisor.get("/api/v1/statistics/staffing", params=days | load)).json()
    forecasts = in_xlsx(answer)
    assert [row["坐席数"] for row in forecasts] == [one["seats"] for one in advice["forecasts"]]
    assert [row["坐席数"] for row in forecasts if row["建议"]] == [advice["seats"]]


def test_the_audit_command_writes_a_file_too(
    database: Database, database_url: str, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", database_url)
    main(["audit", "--date", "2026-11-23", "--csv"])
    assert capfdbinary.readouterr().out.startswith(b"\xef\xbb\xbffigure,kind,count,pbx,call_id")
    main(["audit", "--date", "2026-11-23", "--xlsx", "--language", "zh"])
    assert capfdbinary.readouterr().out[:2] == b"PK"
    assert main(["audit", "--verify-chain", "2026-11-23", "2026-11-23", "--csv"]) == 2
