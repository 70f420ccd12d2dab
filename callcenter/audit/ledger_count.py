"""The inbound calls of the ledger, counted straight from its files.

Nothing here is shared with the reader that records calls, on purpose: where both were wrong in the same way, their
agreement would prove nothing.
"""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

_EVENT_TYPE, _EVENT_TIME, _CONTEXT, _CHANNEL, _APPLICATION, _UNIQUEID, _LINKEDID = 0, 1, 8, 9, 10, 14, 15

_DIALLED = "AppDial2"
"""What a channel does that an Originate called (dial.c): born on a trunk without another before it, but not inbound."""

_SIGNS = (b'"CHAN_START"', f'"{_DIALLED}"'.encode())
_PIECE = 1 << 22

_BEGINS_ROW = re.compile(rb'"\w')
"""Inside a quoted value a quote is doubled, so no line of one begins like this."""

_SECOND = re.compile(r"(?:^|-)(\d{10})\.\d+$", re.ASCII)
"""In an id that Asterisk made."""

_LONGEST_ROW = 1 << 20
"""Bytes; Asterisk writes none that long."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerCount:
    """Inbound channels by uniqueid, each with its birth, as far back as the files go.

    `kept_since` is the earliest moment in them, None where they hold no row.
    """

    files: tuple[str, ...]
    inbound: dict[str, datetime]
    kept_since: datetime | None
    unreadable: tuple[str, ...]


def count_ledger(cel_csv: Path, trunks: Sequence[str], from_at: datetime, to_at: datetime) -> LedgerCount | None:
    """Count the file and those it was rotated to, compressed or not; None where there is none.

    `trunks` are globs of channel names, or `context:GLOB`. An inbound channel is one born on a trunk in
    [from_at, to_at) without another channel before it, its linkedid being its own uniqueid, and not one we called.
    """
    paths = sorted(path for path in cel_csv.parent.glob(f"{cel_csv.name}*") if path.is_file())
    files, unreadable = [], []
    inbound: dict[str, datetime] = {}
    dialled: set[str] = set()
    kept_since: datetime | None = None
    for path in paths:
        try:
            for row in _rows(path):
                if row[_APPLICATION] == _DIALLED:
                    dialled.add(row[_UNIQUEID])
                if row[_EVENT_TYPE] != "CHAN_START":
                    continue
                born_at = _birth(row)
                if born_at is None:
                    continue
                kept_since = born_at if kept_since is None else min(born_at, kept_since)
                if from_at <= born_at < to_at and row[_UNIQUEID] == row[_LINKEDID] and _is_on_trunk(row, trunks):
                    inbound[row[_UNIQUEID]] = born_at
        except (OSError, EOFError, zlib.error):
            unreadable.append(path.name)
        else:
            files.append(path.name)
    if not paths:
        return None
    return LedgerCount(
        files=tuple(files),
        inbound={uniqueid: born_at for uniqueid, born_at in inbound.items() if uniqueid not in dialled},
        kept_since=kept_since,
        unreadable=tuple(unreadable),
    )


def _rows(path: Path) -> Iterator[list[str]]:
    """Rows of channels that were born, and of channels that were called."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        rest = b""
        while piece := file.read(_PIECE):
            lines = rest + piece
            begin = _row_before(lines, len(lines))
            yield from _rows_in(lines[:begin])
            rest = lines[begin:]
        yield from _rows_in(rest)


def _rows_in(lines: bytes) -> Iterator[list[str]]:
    """Looked for by what stands in them: a day has half a million lines, and few of them count."""
    for sign in _SIGNS:
        at = lines.find(sign)
        while at >= 0:
            line = _whole_line(lines, _row_before(lines, at + 1), at)
            row = _columns(line.decode(errors="replace").replace("\0", "").replace("\r", " "))
            if len(row) > _LINKEDID:
                yield row
            at = lines.find(sign, at + len(sign))


def _row_before(lines: bytes, end: int) -> int:
    """Where the last row begins in front of `end`."""
    at = lines.rfind(b'\n"', 0, end)
    while at >= 0 and not _BEGINS_ROW.match(lines, at + 1):
        at = lines.rfind(b'\n"', 0, at)
    return at + 1


def _whole_line(lines: bytes, begin: int, at: int) -> bytes:
    """To its end, which is another line's where a quoted value, such as a caller's number, holds line breaks."""
    end = lines.find(b"\n", at)
    while (
        end >= 0
        and lines.count(b'"', begin, end) % 2
        and end - begin < _LONGEST_ROW
        and not _BEGINS_ROW.match(lines, end + 1)
    ):
        end = lines.find(b"\n", end + 1)
    return lines[begin:end] if end >= 0 else lines[begin:]


def _columns(line: str) -> list[str]:
    columns = line[1:-1].split('","')
    if line[-1:] == '"' and '"' not in "".join(columns):
        return columns  # every column in quotes and none with a quote in it: nearly all lines
    try:
        (row,) = csv.reader([line])
    except csv.Error:  # longer than any row Asterisk writes
        return []
    return row


def _birth(row: Sequence[str]) -> datetime | None:
    """The id tells its second too: rows in local time are off by whole quarter hours, and put right."""
    told = _moment(row[_EVENT_TIME])
    second = _SECOND.search(row[_UNIQUEID])
    if told is None or second is None or row[_EVENT_TIME][4:5] != "-":
        return told
    ahead = told.timestamp() - int(second[1])
    quarters = round(ahead / 900)
    return told - timedelta(minutes=15 * quarters) if abs(ahead - 900 * quarters) <= 3 and abs(quarters) <= 56 else told


def _moment(told: str) -> datetime | None:
    """`1795470180.697861`, or `2026-11-23 19:21:06.997861` in UTC, or with its offset."""
    try:
        if told[4:5] == "-":
            at = datetime.fromisoformat(told.replace(" +", "+").replace(" -", "-"))
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        return datetime.fromtimestamp(float(told), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _is_on_trunk(row: Sequence[str], trunks: Sequence[str]) -> bool:
    channel, context = row[_CHANNEL], row[_CONTEXT]
    if channel.startswith("Local/"):
        return False
    return any(
        fnmatchcase(context, glob.removeprefix("context:"))
        if glob.startswith("context:")
        else fnmatchcase(channel, glob)
        for glob in trunks
    )
