"""The lines of an uploaded file: CSV in UTF-8 or GB 18030, or the first sheet of an Excel file, told by its content.

Nothing here believes what the file says of itself: a small file that would unpack to a large one is refused.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO

from callcenter.casework.imports.headings import PlatformField
from callcenter.casework.imports.rows import Cell, Line, RowProblem, find_columns
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError

MOST_ROWS = 50_000
LARGEST_FILE = 20 << 20
"""Bytes."""
LARGEST_TEXT = 200 << 20
"""Bytes of the whole file, unpacked; sheets and their texts are read piece by piece."""
LARGEST_PART = 8 << 20
"""Bytes of every other part of an Excel file, unpacked; these are read whole."""
MOST_PARTS = 1000
MOST_COLUMNS = 100
HEADINGS_WITHIN = 5
"""Lines: a title may stand over the headings."""

ENCODINGS = ("utf-8-sig", "gb18030")
"""As programs and as a Chinese Excel save it."""

_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_TEXT_PARTS = ("xl/worksheets/", "xl/sharedStrings")
_BAD_ZIP = (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError, EOFError)
_CHUNK = 1 << 20
_DEFINITIONS = [
    begin.encode(encoding) for begin in ("<!DOCTYPE", "<!ENTITY") for encoding in ("utf-8", "utf-16-le", "utf-16-be")
]
_LONGEST_BEGIN = max(map(len, _DEFINITIONS))
_EXACT_DIGITS = 15
"""Of a number in a spreadsheet; what is longer was rounded."""

Columns = dict[PlatformField, int]


def read_file(file: BinaryIO) -> tuple[Columns, Iterator[Line]]:
    """Where the columns stand, and the lines below the headings. Raises InputError, also while the lines are read."""
    file.seek(0)
    begin = file.read(4)
    file.seek(0)
    if begin == _OLD_EXCEL:
        raise _unreadable("This is a file of an old Excel, or locked by a password: save it as .xlsx or CSV.")
    candidates = [_read_excel(file)] if begin == _ZIP else _read_csv(file.read())
    for lines in candidates:
        for _, line in zip(range(HEADINGS_WITHIN), lines, strict=False):
            columns = find_columns(line.cells)
            if columns is not None:
                return columns, _counted(lines)
    raise _unreadable("The headings 登记编号, 类型 and 诉求内容 do not stand in the first lines of the file.")


def _counted(lines: Iterator[Line]) -> Iterator[Line]:
    for number, line in enumerate(lines, start=1):
        if number > MOST_ROWS:
            raise InputError(
                f"A file has at most {MOST_ROWS:,} rows.", code=ErrorCode.TOO_MANY_ROWS, params={"most": MOST_ROWS}
            )
        yield line


def _read_csv(data: bytes) -> Iterator[Iterator[Line]]:
    """Its lines in each encoding in which the bytes make sense: few bytes of one are text in the other."""
    for encoding in ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        yield _csv_lines(text)


def _csv_lines(text: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""))
    begin = 1
    try:
        for cells in reader:
            if any(cells):
                yield Line(number=begin, cells=cells[:MOST_COLUMNS])
            begin = reader.line_num + 1
    except csv.Error:
        raise _unreadable(f"The line {begin} is no line of CSV: a quotation mark may be missing.") from None


def _read_excel(file: BinaryIO) -> Iterator[Line]:
    _check_parts(file)
    import openpyxl  # large, and only for whoever imports

    try:
        book = openpyxl.load_workbook(file, read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        # Whatever the sheet says of its size, of which a row far below or far to the right would be as large.
        rows = sheet.iter_rows(max_row=MOST_ROWS + HEADINGS_WITHIN + 1, max_col=MOST_COLUMNS)
        for number, row in enumerate(rows, start=1):
            cells = [_excel_cell(cell) for cell in row]
            if any(cells):
                yield Line(number=number, cells=cells)
    except (InputError, MemoryError):
        raise
    except Exception as error:  # the library has no errors of its own for what it stumbles over
        raise _unreadable("This is no Excel file that can be read.") from error


def _check_parts(file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except _BAD_ZIP:
        raise _unreadable("This is no Excel file that can be read.") from None
    others = [part.file_size for part in parts if not part.filename.startswith(_TEXT_PARTS)]
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or unpacked > LARGEST_TEXT or max(others, default=0) > LARGEST_PART:
        raise InputError("The file is too large when it is unpacked.", code=ErrorCode.FILE_UNPACKS_TOO_LARGE)
    try:
        with zipfile.ZipFile(file) as archive:
            has_definitions = any(_has_definitions(archive, part) for part in parts)
    except _BAD_ZIP:
        raise _unreadable("This is no Excel file that can be read.") from None
    if has_definitions:
        raise _unreadable("The file defines texts of its own, which no Excel file does.")


def _has_definitions(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether a part could say much with few bytes: XML lets a text be defined, and repeated in the next one."""
    before = b""
    with archive.open(part) as unpacked:
        while chunk := unpacked.read(_CHUNK):
            if any(begin in before + chunk for begin in _DEFINITIONS):
                return True
            before = chunk[-_LONGEST_BEGIN:]
    return False


def _excel_cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type in ("f", "e") or not isinstance(value, (str, bool, int, float, date)):
        return RowProblem.FORMULA
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, (int, float)):
        is_whole = float(value).is_integer()
        if is_whole and abs(value) >= 10**_EXACT_DIGITS:
            return RowProblem.DIGITS_LOST
        return str(int(value) if is_whole else value)
    return str(value)


def _unreadable(message: str) -> InputError:
    return InputError(message, code=ErrorCode.FILE_UNREADABLE)
