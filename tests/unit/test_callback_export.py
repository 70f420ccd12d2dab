"""Exports of the callback list: whole, in local time, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from callcenter.callbacks.export import CALLBACKS, rows_of
from callcenter.callbacks.list_store import CallbackRow, LostCall
from callcenter.callbacks.terminal import render_table
from callcenter.languages import Language
from callcenter.safe_text import json_text, printable
from callcenter.table_files import Shape, Style, as_text, table_bytes

SHANGHAI = ZoneInfo("Asia/Shanghai")


def a_call(**changes: Any) -> LostCall:
    call: dict[str, Any] = {
        "pbx": "pbx1",
        "call_id": "pbx1-1.0",
        "business_date": "2026-11-23",
        "started_at": "2026-11-23T01:00:00.000Z",
        "ended_at": "2026-11-23T01:00:30.000Z",
        "outcome": "abandoned_queue",
        "short": False,
        "wait_seconds": 30.0,
        "caller_number": "+8613812345678",
        "caller_name": "张伟",
        "kept_place": None,
    }
    return call | changes  # type: ignore[return-value]


def a_row(**changes: Any) -> CallbackRow:
    row: dict[str, Any] = {
        "episode_id": 7,
        "kind": "caller",
        "state": "open",
        "caller_number": "+8613812345678",
        "opened_at": "2026-11-23T01:00:00.000Z",
        "last_lost_at": "2026-11-23T01:00:30.000Z",
        "due_at": "2026-11-23T03:00:00.000Z",
        "is_calendar_missing": False,
        "is_overdue": False,
        "promised_at": None,
        "is_put_off": False,
        "kept_place": None,
        "has_message": True,
        "tries": 2,
        "tries_within_10_minutes": 2,
        "longest_wait_seconds": 30.0,
        "attempts": 3,
        "attempts_counted": 3,
        "is_emergency": False,
        "first_attempt_at": None,
        "closed_at": None,
        "closed_by": None,
        "decision": {"at": "2026-11-23T03:00:00.000Z", "by": "wang", "reason": "空号"},
        "reopens": None,
        "priority": [0, -2, -30000, 1795395600000],
        "calls": [a_call(), a_call(call_id="pbx1-2.0", started_at="2026-11-23T18:00:00.000Z", outcome="voicemail")],
    }
    return row | changes  # type: ignore[return-value]


def to_file(rows: Sequence[CallbackRow], shape: Shape, language: Language) -> bytes:
    style = Style(shape=shape, language=language, timezone=SHANGHAI)
    return table_bytes(CALLBACKS, rows_of(rows, language), style)


def to_csv(rows: Sequence[CallbackRow], language: Language = Language.ENGLISH) -> str:
    return to_file(rows, Shape.CSV, language).decode()


def to_xlsx(rows: Sequence[CallbackRow], language: Language = Language.ENGLISH) -> bytes:
    return to_file(rows, Shape.XLSX, language)


def read_csv(text: str) -> list[list[str]]:
    assert text[0] == "\ufeff"
    return list(csv.reader(io.StringIO(text[1:], newline="")))


def test_a_csv_row_tells_everything_in_local_time() -> None:
    heading, row = read_csv(to_csv([a_row()]))
    assert dict(zip(heading, row, strict=True)) == {
        "caller_number": "'+8613812345678",
        "caller_name": "张伟",
        "shown_number": "",
        "state": "open",
        "kind": "caller",
        "due_at": "2026-11-23 11:00:00",
        "is_overdue": "no",
        "has_message": "yes",
        "tries": "2",
        "tries_within_10_minutes": "2",
        "longest_wait_seconds": "30.0",
        "first_call_at": "2026-11-23 09:00:00",
        "last_call_at": "2026-11-24 02:00:00",
        "lost_by": "abandoned_queue voicemail",
        "attempts": "3",
        "closed_at": "",
        "closed_by": "",
        "decided_by": "wang",
        "decision_reason": "空号",
        "episode_id": "7",
        "call_ids": "pbx1-1.0 pbx1-2.0",
        "timezone": "Asia/Shanghai",
    }


def test_a_chinese_office_reads_headings_and_words_in_chinese() -> None:
    heading, row = read_csv(to_csv([a_row(is_calendar_missing=True, due_at=None)], Language.CHINESE))
    assert dict(zip(heading, row, strict=True)) == {
        "主叫号码": "'+8613812345678",
        "姓名": "张伟",
        "来电显示": "",
        "状态": "待回电",
        "类别": "有号码",
        "回电期限": "缺工作日历",
        "已超期": "否",
        "有留言": "是",
        "来电次数": "2",
        "10分钟内来电次数": "2",
        "最长等待（秒）": "30.0",
        "首次来电": "2026-11-23 09:00:00",
        "末次来电": "2026-11-24 02:00:00",
        "未接原因": "排队时挂断 已留言",
        "回电次数": "3",
        "办结时间": "",
        "办结来电编号": "",
        "签字人": "wang",
        "签字理由": "空号",
        "编号": "7",
        "来电编号": "pbx1-1.0 pbx1-2.0",
        "时区": "Asia/Shanghai",
    }


def test_an_excel_sheet_holds_text_as_text_and_figures_as_figures() -> None:
    sheet = load_workbook(io.BytesIO(to_xlsx([a_row()]))).active
    assert sheet is not None
    heading, row = sheet.iter_rows()
    cells = {name.value: cell for name, cell in zip(heading, row, strict=True)}
    assert [cell.value for cell in heading] == [*(column.name for column in CALLBACKS.columns), "timezone"]
    number = cells["caller_number"]
    assert (number.value, number.data_type, number.quotePrefix) == ("+8613812345678", "s", True)
    assert (cells["caller_name"].value, cells["tries"].value, cells["has_message"].value) == ("张伟", 2, True)
    due = cells["due_at"]
    assert (due.value, due.number_format) == (datetime.fromisoformat("2026-11-23 11:00:00"), "yyyy-mm-dd hh:mm:ss")
    wait = cells["longest_wait"]
    assert (wait.value, wait.number_format) == (timedelta(seconds=30), "[h]:mm:ss")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠", " =", "\t=", "\n=", "\u200e=", "\0="])
def test_no_name_a_caller_chose_becomes_a_formula(start: str) -> None:
    name = f"{start}cmd|' /C calc'!A0"
    rows = [a_row(calls=[a_call(caller_name=name)], decision={"at": None, "by": "wang", "reason": name})]
    heading, row = read_csv(to_csv(rows))
    assert row[heading.index("caller_name")] == f"'{printable(name)}"
    assert row[heading.index("decision_reason")] == f"'{printable(name)}"
    assert not any(cell.strip().startswith(("=", "+", "-", "@")) for cell in row)
    sheet = load_workbook(io.BytesIO(to_xlsx(rows))).active
    assert sheet is not None
    cell = sheet.cell(2, 2)
    assert cell.data_type == "s"
    assert str(cell.value).startswith("'")


def test_no_name_commands_a_terminal_or_turns_the_direction_of_writing() -> None:
    name = "张\x1b[31m\x9b\u202e\u3000伟\r\n"
    rows = [a_row(caller_number=None, calls=[a_call(caller_name=name, caller_number="1\x1b2")])]
    heading, row = read_csv(to_csv(rows))
    told = dict(zip(heading, row, strict=True))
    assert (told["caller_name"], told["shown_number"]) == ("张[31m 伟  ", "'12")


def test_no_name_commands_a_terminal_out_of_json() -> None:
    name = "张\x1b\x85\x9b\u2028\u202e\ud800"
    told = json_text({"caller_name": name})
    assert told == '{"caller_name":"张\\u001b\\u0085\\u009b\\u2028\\u202e\\ud800"}'
    assert json.loads(told) == {"caller_name": name}


def test_a_name_with_quotes_and_commas_stays_in_its_cell() -> None:
    name = 'a "b", c; d'
    heading, row = read_csv(to_csv([a_row(calls=[a_call(caller_name=name)])]))
    assert row[heading.index("caller_name")] == name


def test_the_table_for_the_terminal_shows_who_to_call_and_by_when() -> None:
    rows = [
        a_row(calls=[a_call(caller_name="张伟\x1b]0;hijacked\x07")], tries=1, is_overdue=True),
        a_row(caller_number=None, calls=[a_call(caller_number="12345")], due_at=None, is_calendar_missing=True),
    ]
    table = render_table(rows, title="Callers", timezone=SHANGHAI, width=160)
    first, second = (" ".join(line.split()) for line in table.splitlines() if "open" in line)
    assert first == "+8613812345678 / 张伟]0;hijacked open, overdue 1 30 s 11-23 09:00 11-23 11:00 abandoned queue"
    assert "no number 12345" in second
    assert "calendar missing" in second
    assert "2 callers. First who reached nobody on duty" in table
    assert "\x1b" not in table


def test_numbers_moments_and_ways_of_loss_stay_whole_in_eighty_columns() -> None:
    rows = [a_row(tries=2, calls=[a_call(), a_call(outcome="voicemail_abandoned")], state="self_recovered")]
    table = render_table(rows, title="Callers", timezone=SHANGHAI, width=80)
    assert all(len(line) <= 80 for line in table.splitlines())
    for whole in ("+8613812345678", "11-23 09:00 11-23 11:00", "recovered", "abandoned", "voicemail"):
        assert whole in table


def test_a_list_without_rows_is_its_heading() -> None:
    (heading,) = read_csv(to_csv([]))
    assert (heading[0], heading[-1], len(heading)) == ("caller_number", "timezone", len(CALLBACKS.columns) + 1)
    sheet = load_workbook(io.BytesIO(to_xlsx([]))).active
    assert sheet is not None
    assert sheet.max_row == 1


def test_a_missing_calendar_and_a_withheld_number_are_said() -> None:
    rows = [a_row(due_at=None, is_calendar_missing=True, caller_number=None, calls=[a_call(caller_number="12345")])]
    heading, row = read_csv(to_csv(rows))
    told = dict(zip(heading, row, strict=True))
    assert (told["due_at"], told["caller_number"], told["shown_number"]) == ("calendar missing", "", "'12345")


def test_an_answered_call_on_the_list_was_lost_in_a_transfer() -> None:
    heading, row = read_csv(to_csv([a_row(calls=[a_call(outcome="answered")])]))
    assert row[heading.index("lost_by")] == "lost_after_transfer"


def test_only_the_start_of_a_cell_is_dangerous() -> None:
    assert [as_text(cell, Language.ENGLISH) for cell in ("a=b", -5, None, True)] == ["a=b", "-5", "", "yes"]


def test_no_cell_of_either_file_is_longer_than_excel_takes() -> None:
    rows = [a_row(calls=[a_call(call_id=f"pbx1-{number}.0") for number in range(5000)])]
    cells = [cell for row in read_csv(to_csv(rows)) for cell in row]
    sheet = load_workbook(io.BytesIO(to_xlsx(rows))).active
    assert sheet is not None
    assert max(map(len, cells)) == 32_767
    assert max(len(str(cell.value)) for row in sheet.iter_rows() for cell in row) == 32_767
