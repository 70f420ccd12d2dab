"""What a file is stands in its bytes; what it is called is text of which nothing is obeyed."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.casework.attachments.check import Faults, compare
from callcenter.casework.attachments.kinds import LARGEST_DIRECTORY, FileKind, tell_kind
from callcenter.casework.attachments.names import LONGEST_NAME, disposition_of, read_name
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError

PDF = b"%PDF-1.7\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 20
MP4 = struct.pack(">I", 24) + b"ftypisom" + b"\0" * 16
WAV = b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + b"\0" * 24


def office(*parts: str, content: bytes = b"<x/>") -> bytes:
    """An Office file with these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in ("[Content_Types].xml", *parts):
            archive.writestr(part, content)
    return file.getvalue()


DOCX, XLSX = office("word/document.xml"), office("xl/workbook.xml", "xl/worksheets/sheet1.xml")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (JPEG, FileKind.JPEG),
        (PNG, FileKind.PNG),
        (PDF, FileKind.PDF),
        (DOCX, FileKind.DOCX),
        (XLSX, FileKind.XLSX),
        (MP4, FileKind.MP4),
        (WAV, FileKind.WAV),
    ],
)
def test_each_kind_is_told_by_its_content(data: bytes, kind: FileKind) -> None:
    assert tell_kind(io.BytesIO(data)) is kind


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MZ\x90\0",
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b" %PDF-1.7",
        b"GIF89a" + b"\0" * 20,
        MP4.replace(b"isom", b"heic"),
        WAV.replace(b"WAVE", b"AVI "),
        office(),
        office("word/document.xml", "xl/workbook.xml"),
        office("word/document.xml", "word/vbaProject.bin"),
        office("xl/workbook.xml")[:-40],
        b"PK\x03\x04" + b"\0" * 50,
        office("META-INF/MANIFEST.MF"),
    ],
)
def test_everything_else_is_refused(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        tell_kind(io.BytesIO(data))
    assert caught.value.code is ErrorCode.FILE_KIND_NOT_TAKEN


def test_a_bomb_is_not_unpacked_and_a_huge_list_of_parts_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = office("xl/workbook.xml", content=b"0" * (64 << 20))
    monkeypatch.setattr(zlib, "decompressobj", None)
    assert tell_kind(io.BytesIO(bomb)) is FileKind.XLSX
    many = office("xl/workbook.xml", *(f"{number:0200d}" for number in range(LARGEST_DIRECTORY // 240)))
    with pytest.raises(InputError):
        tell_kind(io.BytesIO(many))


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("photo.jpg", "photo.jpg"),
        ("%E5%8F%91%E7%A5%A8.pdf", "发票.pdf"),
        ("..%2F..%2Fetc%2Fpasswd", "passwd"),
        ("C%3A%5Cusers%5Cli%5Cbill.xlsx", "bill.xlsx"),
        ("a%E2%80%AEgpj.exe", "agpj.exe"),
        ("a%00b%0D%0AX-Evil%3A%201.pdf", "ab X-Evil: 1.pdf"),
        ("a%E2%80%8B%EF%BB%BF.png", "a.png"),
        ("x" * 300 + ".docx", "x" * (LONGEST_NAME - 5) + ".docx"),
    ],
)
def test_a_name_is_one_line_of_what_can_be_seen(header: str, name: str) -> None:
    assert read_name(header) == name


@pytest.mark.parametrize("header", ["%FF%FE", "", "%20%20", "..", "%E2%80%AE", "a/", "发票"])
def test_a_name_that_is_none_is_refused(header: str) -> None:
    with pytest.raises(InputError):
        read_name(header)


@given(st.text(min_size=1, max_size=400))
def test_whatever_is_typed_no_name_breaks_a_header(text: str) -> None:
    from urllib.parse import quote

    try:
        name = read_name(quote(text, safe="", errors="replace"))
    except InputError:
        return
    assert 0 < len(name) <= LONGEST_NAME
    header = disposition_of(name, FileKind.PDF, plain="attachment-1")
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert header.lower().endswith(".pdf")


def test_a_download_ends_as_its_content_is_and_not_as_it_was_called() -> None:
    plain = "attachment-1"
    assert disposition_of("a.jpg", FileKind.PDF, plain=plain).endswith("''a.jpg.pdf")
    assert disposition_of("A.JPEG", FileKind.JPEG, plain=plain) == (
        "attachment; filename=\"attachment-1.jpg\"; filename*=UTF-8''A.JPEG"
    )


def test_rows_and_files_are_compared_and_a_young_file_may_wait_for_its_row() -> None:
    faults = compare(
        {"a": 1, "b": 2, "c": 3}, {"a": (1, 0.0), "b": (9, 0.0), "d": (1, 10.0), "e": (1, 30.0)}, settled_before=20.0
    )
    assert faults == Faults(missing=("c",), damaged=("b",), unknown=("d",))
