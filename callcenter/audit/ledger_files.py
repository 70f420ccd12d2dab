"""The files of a ledger, each read only where it concerns a time: an audit grows with its day, not with the years."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

CLOCK_SET_BY = timedelta(hours=2)
"""The rows of a file are in order of time, except where the PBX's clock was set back, by no more than this."""

LOCAL_TIME_BY = timedelta(hours=14)
"""Moments written as dates may be local times without an offset; no zone is further from UTC than this."""

WRITTEN_LATER = timedelta(days=1)
"""A compressed file is modified with its last row or later; this much is allowed for clocks that differ."""

_PIECE = 1 << 22
_LOOK = 1 << 16
"""Bytes read to find a row; only a hostile row is longer."""
_STEP = 1 << 18
"""Bytes between two rows that are sampled in a search."""
_MOMENT_WITHIN = 200
"""A row's moment ends within its first bytes, so many."""
_GLANCE = 1 << 12
"""A row nearly always begins within so many bytes."""

_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_FIRST_CEL = datetime(2000, 1, 1, tzinfo=UTC)
"""A moment before this was read from half a row."""

_BEGINS_ROW = re.compile(rb'"\w')
"""Inside a quoted value quotes are doubled, so no line within a value begins like this."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerFile:
    """A file of rows; `first_at` is the moment of its first row, None where that cannot be read."""

    path: Path
    first_row: bytes
    first_at: datetime | None

    @property
    def is_packed(self) -> bool:
        return self.path.suffix == ".gz"

    @property
    def slack(self) -> timedelta:
        """By how much the moment of a row may be off."""
        moment = self.first_row.split(b'","', 2)[1:2]
        is_date = bool(moment) and moment[0][4:5] == b"-"
        return CLOCK_SET_BY + LOCAL_TIME_BY if is_date else CLOCK_SET_BY


def list_paths(cel_csv: Path) -> list[Path]:
    """The file and those it was rotated to, compressed or not."""
    return sorted(path for path in cel_csv.parent.glob(f"{cel_csv.name}*") if path.is_file())


def look_at(path: Path) -> LedgerFile:
    """Read the file's first row. Raises OSError, EOFError or zlib.error where it cannot be read."""
    with _open(path) as file:
        data = file.read(_LOOK)
    begin = 0 if _BEGINS_ROW.match(data) else row_after(data, 0)
    first = data[begin : data.find(b"\n", begin)] if begin >= 0 else b""
    return LedgerFile(path=path, first_row=first, first_at=moment_of(first))


def without_copies(files: Sequence[LedgerFile]) -> list[LedgerFile]:
    """In order of their first rows. Files with the same first row are copies: the longest is kept."""
    longest: dict[bytes, LedgerFile] = {}
    for file in sorted(files, key=lambda file: file.path.stat().st_size):
        longest[file.first_row] = file
    return sorted(longest.values(), key=lambda file: (file.first_at or _EARLIEST, file.path.name))


def concerns(file: LedgerFile, from_at: datetime, to_at: datetime) -> bool:
    """Whether rows of [from_at, to_at) may stand in it."""
    if file.first_at is not None and file.first_at >= add(to_at, file.slack):
        return False
    if file.is_packed:
        written_at = datetime.fromtimestamp(file.path.stat().st_mtime, UTC)
        return written_at >= add(from_at, -WRITTEN_LATER)
    return True


def read_pieces(file: LedgerFile, from_at: datetime, to_at: datetime) -> Iterator[bytes]:
    """The rows of [from_at, to_at), in pieces of whole rows; rows of other times may be among them.

    Raises OSError, EOFError or zlib.error where the file cannot be read to its end.
    """
    earliest, latest = add(from_at, -file.slack), add(to_at, file.slack)
    with _open(file.path) as opened:
        begin, left = (0, None) if file.is_packed else _find_part(opened, earliest, latest)
        opened.seek(begin)
        rest = b""
        while piece := opened.read(_PIECE if left is None else min(_PIECE, left)):
            left = None if left is None else left - len(piece)
            lines = rest + piece
            end = row_before(lines, len(lines))
            if end > 0:
                yield lines[:end]
            rest = lines[end:]
        if rest:
            yield rest


def begins_row(lines: bytes, at: int) -> bool:
    """Whether a line that begins there begins a row."""
    return _BEGINS_ROW.match(lines, at) is not None


def row_before(lines: bytes, end: int) -> int:
    """Where the last row begins in front of `end`."""
    at = lines.rfind(b'\n"', 0, end)
    while at >= 0 and not _BEGINS_ROW.match(lines, at + 1):
        at = lines.rfind(b'\n"', 0, at)
    return at + 1


def row_after(lines: bytes, begin: int) -> int:
    """Where the first row begins behind `begin`, -1 where none does."""
    at = lines.find(b'\n"', begin)
    while at >= 0 and not _BEGINS_ROW.match(lines, at + 1):
        at = lines.find(b'\n"', at + 1)
    return at + 1 if at >= 0 else -1


def moment_of(row: bytes) -> datetime | None:
    """When a row was written, by its second column; the row may be cut off behind that."""
    columns = row[:_MOMENT_WITHIN].split(b'","', 2)
    moment = parse_moment(columns[1].decode(errors="replace").rstrip('"')) if len(columns) > 1 else None
    return moment if moment is not None and moment >= _FIRST_CEL else None


def parse_moment(text: str) -> datetime | None:
    """`1795470180.697861`, or `2026-11-23 19:21:06.997861` in UTC, or with its offset."""
    try:
        if text[4:5] == "-":
            at = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-"))
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def columns_of(line: str) -> list[str]:
    """The values of a row; none where the row cannot be parsed."""
    columns = line[1:-1].split('","')
    if line[-1:] == '"' and '"' not in "".join(columns):
        return columns  # every column in quotes and none with a quote in it: nearly all lines
    try:
        (row,) = csv.reader([line])
    except (csv.Error, ValueError):
        return []
    return row


def add(moment: datetime, span: timedelta) -> datetime:
    """Their sum, limited to the range of datetime."""
    try:
        return moment + span
    except OverflowError:
        return _LATEST if span > timedelta() else _EARLIEST


def _open(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _find_part(file: IO[bytes], from_at: datetime, to_at: datetime) -> tuple[int, int]:
    """Where rows of [from_at, to_at) begin, and how many bytes they take.

    Every `_STEP` bytes a row is sampled. A file is in order of time; where the samples are not, because files were
    concatenated, everything between the first and the last sample within the time is read.
    """
    size = file.seek(0, 2)
    if size <= _PIECE:
        return 0, size
    begin, end, has_begun = 0, size, False
    for offset in range(0, size, _STEP):
        found = _row_at(file, offset)
        if found is None:
            continue
        begins, moment = found
        if moment < from_at and not has_begun:
            begin = begins
        elif moment >= from_at:
            has_begun = True
        if moment <= to_at:
            end = size
        elif end == size:
            end = begins
    return begin, max(end - begin, 0)


def _row_at(file: IO[bytes], offset: int) -> tuple[int, datetime] | None:
    """The first row behind `offset` that has a moment, and where it begins; None where there is none near."""
    for length in (_GLANCE, _LOOK):
        file.seek(offset)
        data = file.read(length)
        begin = 0 if offset == 0 else row_after(data, 0)
        while begin >= 0:
            moment = moment_of(data[begin : begin + _MOMENT_WITHIN])
            if moment is not None:
                return offset + begin, moment
            begin = row_after(data, begin)
    return None
