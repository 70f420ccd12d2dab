"""Files of the national platform: encodings, spreadsheets, and everything that somebody may upload instead."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from callcenter.casework.imports import files
from callcenter.casework.imports.files import read_file
from callcenter.casework.imports.headings import PlatformField
from callcenter.casework.imports.rows import BadRow, PlatformRow, read_row
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError

HEADINGS = (
    "登记编号,类型,接收方式,企业名称,企业地址,诉求内容,问题类别,事发地,具体问题,初查受理状态,处理机构,处理部门,反馈内容"
)
ROW = "1320400-001,投诉,互联网,苏果超市,武进区,奶粉过期,质量,武进区,奶粉,受理,武进分局,一科,"
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

TEXTS = {
    "platform_number": "1320400-001",
    "kind": "complaint",
    "intake": "互联网",
    "merchant_name": "苏果超市",
    "merchant_address": "武进区",
    "facts": "奶粉过期",
    "problem": "质量",
    "place": "武进区",
    "title": "奶粉",
    "decision": "受理",
    "office": "武进分局",
    "department": "一科",
}
VALUES = {PlatformField(name): value for name, value in TEXTS.items()}


def read(data: bytes) -> list[PlatformRow | BadRow]:
    columns, lines = read_file(io.BytesIO(data))
    rows = [read_row(line, columns, timezone=SHANGHAI, now=NOW) for line in lines]
    return [row for row in rows if row is not None]


def refused(data: bytes) -> ErrorCode:
    with pytest.raises(InputError) as caught:
        read(data)
    return caught.value.code


def excel(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def one(number: Any = "1320400-001", kind: Any = "投诉", facts: Any = "奶粉过期", **more: Any) -> PlatformRow | BadRow:
    """The one row of an Excel file with these cells."""
    (found,) = read(excel(["登记编号", "类型", "诉求内容", *more], [number, kind, facts, *more.values()]))
    return found


def problem(*cells: Any, **more: Any) -> tuple[str, str]:
    found = one(*cells, **more)
    assert isinstance(found, BadRow), found
    return found.field, found.problem


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_of_every_usual_encoding_says_the_same(encoding: str) -> None:
    assert read(f"{HEADINGS}\r\n{ROW}\r\n".encode(encoding)) == [PlatformRow(line=2, values=VALUES)]


def test_an_excel_file_says_the_same() -> None:
    assert read(excel(HEADINGS.split(","), ROW.split(","))) == [PlatformRow(line=2, values=VALUES)]


def test_gb_18030_that_many_editors_take_for_utf_8_is_not_taken_for_it() -> None:
    (row,) = read("登记编号,类型,诉求内容\r\nA-001,投诉,联通\r\n".encode("gb18030"))
    assert isinstance(row, PlatformRow)
    assert row.values[PlatformField.FACTS] == "联通"


def test_utf_8_that_was_read_as_gb_18030_and_saved_is_no_export() -> None:
    damaged = f"{HEADINGS}\n{ROW}\n".encode().decode("gb18030", errors="replace")
    assert refused(damaged.encode()) is ErrorCode.FILE_UNREADABLE


def test_a_row_whose_characters_were_lost_before_says_so() -> None:
    assert problem(facts="锟斤拷锟斤拷") == ("facts", "lost_characters")
    assert problem(facts="奶\ufffd\ufffd") == ("facts", "lost_characters")


def test_a_title_over_the_headings_and_empty_lines_are_passed_over_and_lines_are_counted_as_in_the_file() -> None:
    data = '全国12315平台导出\n\n登记编号,类型,诉求内容\nA-001,投诉,"过期\n奶粉"\n\n,,\nA-002,举报,无照\n'.encode()
    rows = read(data)
    assert [(row.line, row.platform_number) for row in rows] == [(4, "A-001"), (8, "A-002")]
    assert [dict(row.values)[PlatformField.FACTS] for row in rows if isinstance(row, PlatformRow)] == [
        "过期\n奶粉",
        "无照",
    ]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("", "投诉", "奶粉"), ("platform_number", "missing")),
        (("A-001", "", "奶粉"), ("kind", "missing")),
        (("A-001", "投诉", " \u200b "), ("facts", "missing")),
        (("A 001", "投诉", "奶粉"), ("platform_number", "bad_number")),
        (("1.3204E+19", "投诉", "奶粉"), ("platform_number", "bad_number")),
        ((13204002026112300017, "投诉", "奶粉"), ("platform_number", "digits_lost")),
        (("A-001", "投拆", "奶粉"), ("kind", "unknown_kind")),
        (("A-001", "投诉", "=1+1"), ("facts", "formula")),
        (("A-001", "投诉", "奶粉\u202e过期"), ("facts", "hidden_characters")),
        (("A-001", "投诉", "奶" * 8001), ("facts", "too_long")),
    ],
)
def test_the_first_cell_that_is_wrong_is_named(cells: tuple[Any, ...], expected: tuple[str, str]) -> None:
    assert problem(*cells) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2025-10-02 22:00:00", "2025-10-02T22:00:00+08:00"),
        ("2025/10/2 22:00", "2025-10-02T22:00:00+08:00"),
        ("2025年10月2日", "2025-10-02T00:00:00+08:00"),
        (datetime(2025, 10, 2, 22), "2025-10-02T22:00:00+08:00"),  # noqa: DTZ001 - as Excel has it
        ("2025-13-02", ("received_at", "bad_moment")),
        ("yesterday", ("received_at", "bad_moment")),
        ("2026-11-24 00:00", ("received_at", "in_the_future")),
    ],
)
def test_moments_are_local_in_any_usual_form(moment: Any, expected: Any) -> None:
    found = one(**{"登记时间": moment})
    read_as = (found.field, found.problem) if isinstance(found, BadRow) else found.values[PlatformField.RECEIVED_AT]
    assert read_as == expected


def test_a_control_character_in_csv_is_an_error_of_its_row_and_of_no_other() -> None:
    rows = read("登记编号,类型,诉求内容\nA-001,投诉,a\x00b\nA-002,投诉,奶粉\n".encode())
    assert [(row.line, isinstance(row, BadRow)) for row in rows] == [(2, True), (3, False)]


def test_a_number_that_was_kept_as_text_for_a_spreadsheet_is_read_and_text_like_a_formula_stays_text() -> None:
    (row,) = read('登记编号,类型,诉求内容\n="13204002026112300017",投诉,=1+1\n'.encode())
    assert row == PlatformRow(
        line=2,
        values={PlatformField.PLATFORM_NUMBER: "13204002026112300017", PlatformField.KIND: "complaint"}
        | {PlatformField.FACTS: "=1+1"},
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff\xfe",
        b"PK\x03\x04 and nothing more",
        b"\xd0\xcf\x11\xe0 an old one",
        "编号,类型\n1,投诉\n".encode(),
        '登记编号,类型,诉求内容\nA-001,投诉,"never closed'.encode() + b"x" * 200_000,
        b"%PDF-1.7 named .xlsx",
    ],
)
def test_what_is_no_export_is_refused(data: bytes) -> None:
    assert refused(data) is ErrorCode.FILE_UNREADABLE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_text_that_multiplies_itself_is_refused(encoding: str) -> None:
    """A text defined by texts that are defined by texts: the file is small, and what it says would fill the memory."""
    levels = [f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 4)]
    head = f'<?xml version="1.0"?><!DOCTYPE bomb [<!ENTITY e0 "xxxxxxxxxx">{"".join(levels)}]>'
    whole = zipfile.ZipFile(io.BytesIO(excel(["登记编号", "类型", "诉求内容"], ["A-001", "投诉", "MARK"])))
    file = io.BytesIO()
    with whole, zipfile.ZipFile(file, "w") as archive:
        for name in whole.namelist():
            part = whole.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part = (head + part.decode().replace("MARK", "&e3;")).encode(encoding)
            archive.writestr(name, part)
    assert refused(file.getvalue()) is ErrorCode.FILE_UNREADABLE


def test_a_zip_that_is_no_excel_file_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("letter.txt", "hello")
    assert refused(file.getvalue()) is ErrorCode.FILE_UNREADABLE


@pytest.mark.parametrize(
    ("part", "most"), [("xl/worksheets/sheet1.xml", files.LARGEST_TEXT), ("xl/styles.xml", files.LARGEST_PART)]
)
def test_a_small_file_that_unpacks_to_a_large_one_is_refused_before_it_is_unpacked(part: str, most: int) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive, archive.open(part, "w") as inner:
        for _ in range((most >> 20) + 1):
            inner.write(bytes(1 << 20))
    assert len(file.getvalue()) < files.LARGEST_FILE
    assert refused(file.getvalue()) is ErrorCode.FILE_UNPACKS_TOO_LARGE


def test_a_sheet_that_claims_to_be_as_large_as_can_be_is_read_as_far_as_it_goes() -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["登记编号", "类型", "诉求内容"])
    sheet.append(["A-001", "投诉", "奶粉"])
    sheet["XFD1048576"] = "far away"
    file = io.BytesIO()
    book.save(file)
    (row,) = read(file.getvalue())
    assert row.platform_number == "A-001"


def test_a_file_has_so_many_rows_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_ROWS", 3)
    lines = [f"A-00{number},投诉,奶粉" for number in range(4)]
    assert len(read("\n".join(["登记编号,类型,诉求内容", *lines[:3]]).encode())) == 3
    assert refused("\n".join(["登记编号,类型,诉求内容", *lines]).encode()) is ErrorCode.TOO_MANY_ROWS
    assert refused(excel(["登记编号", "类型", "诉求内容"], *(line.split(",") for line in lines))) is (
        ErrorCode.TOO_MANY_ROWS
    )
