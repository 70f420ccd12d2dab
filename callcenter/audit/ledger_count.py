"""The inbound calls of the ledger, counted straight from its files.

Nothing here is shared with the reader that records calls, on purpose: where both were wrong in the same way, their
agreement would prove nothing.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from callcenter.audit.ledger_files import (
    LedgerFile,
    add,
    begins_row,
    columns_of,
    concerns,
    list_paths,
    look_at,
    parse_moment,
    read_pieces,
    row_before,
)

_EVENT_TYPE, _EVENT_TIME, _CONTEXT, _CHANNEL, _APPLICATION, _UNIQUEID, _LINKEDID = 0, 1, 8, 9, 10, 14, 15

_DIALLED = "AppDial2"
"""The application of a channel that an Originate dialled (dial.c): first on a trunk, but not inbound."""

_SIGNS = (b'"CHAN_START"', f'"{_DIALLED}"'.encode())

CALLED_WITHIN = timedelta(hours=4)
"""The row that names a dialled channel's application comes at the latest when its call is over."""

_SECOND = re.compile(r"(?:^|-)(\d{10})\.\d+$", re.ASCII)
"""The second of birth in a uniqueid that Asterisk made."""

_LONGEST_ROW = 1 << 20
"""Bytes; Asterisk writes none that long."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerCount:
    """Inbound channels by uniqueid, each with its birth, as far back as the files go.

    `files` are those read for the time; `kept_since` is the earliest moment in any file, None where no file has a row.
    """

    files: tuple[str, ...]
    inbound: dict[str, datetime]
    kept_since: datetime | None
    unreadable: tuple[str, ...]


def count_ledger(cel_csv: Path, trunks: Sequence[str], from_at: datetime, to_at: datetime) -> LedgerCount | None:
    """Count the file and those it was rotated to, compressed or not, as far as they concern the time; None without any.

    `trunks` are globs of channel names, or `context:GLOB`. An inbound channel is one born on a trunk in
    [from_at, to_at) as the first of its call (linkedid = uniqueid), unless an Originate dialled it.
    """
    paths = list_paths(cel_csv)
    if not paths:
        return None
    files, unreadable = [], []
    inbound: dict[str, datetime] = {}
    dialled: set[str] = set()
    kept_since: datetime | None = None
    for path in paths:
        try:
            file = look_at(path)
            if file.first_at is not None:
                kept_since = file.first_at if kept_since is None else min(file.first_at, kept_since)
            if not concerns(file, from_at, to_at):
                continue
            for row in _rows(file, from_at, to_at):
                if row[_APPLICATION] == _DIALLED:
                    dialled.add(row[_UNIQUEID])
                if row[_EVENT_TYPE] != "CHAN_START":
                    continue
                born_at = _birth(row)
                if born_at is None:
                    continue
                if from_at <= born_at < to_at and row[_UNIQUEID] == row[_LINKEDID] and _is_on_trunk(row, trunks):
                    inbound[row[_UNIQUEID]] = born_at
        except (OSError, EOFError, zlib.error):
            unreadable.append(path.name)
        else:
            files.append(path.name)
    return LedgerCount(
        files=tuple(files),
        inbound={uniqueid: born_at for uniqueid, born_at in inbound.items() if uniqueid not in dialled},
        kept_since=kept_since,
        unreadable=tuple(unreadable),
    )


def _rows(file: LedgerFile, from_at: datetime, to_at: datetime) -> Iterator[list[str]]:
    """Rows that say that a channel was born, or that an Originate dialled it."""
    for lines in read_pieces(file, from_at, add(to_at, CALLED_WITHIN)):
        yield from _rows_in(lines)


def _rows_in(lines: bytes) -> Iterator[list[str]]:
    """Found by a search for their bytes: a day has half a million lines, and few of them count."""
    for sign in _SIGNS:
        at = lines.find(sign)
        while at >= 0:
            line = _whole_line(lines, row_before(lines, at + 1), at)
            row = columns_of(line.decode(errors="replace").replace("\0", "").replace("\r", " "))
            if len(row) > _LINKEDID:
                yield row
            at = lines.find(sign, at + len(sign))


def _whole_line(lines: bytes, begin: int, at: int) -> bytes:
    """The row from `begin`, over further lines where a quoted value, such as a caller's number, has line breaks."""
    end = lines.find(b"\n", at)
    while (
        end >= 0 and lines.count(b'"', begin, end) % 2 and end - begin < _LONGEST_ROW and not begins_row(lines, end + 1)
    ):
        end = lines.find(b"\n", end + 1)
    return lines[begin:end] if end >= 0 else lines[begin:]


def _birth(row: Sequence[str]) -> datetime | None:
    """The uniqueid has the second of birth too: a row in local time is off by whole quarter hours, and is corrected."""
    written_at = parse_moment(row[_EVENT_TIME])
    second = _SECOND.search(row[_UNIQUEID])
    if written_at is None or second is None or row[_EVENT_TIME][4:5] != "-":
        return written_at
    ahead = written_at.timestamp() - int(second[1])
    quarters = round(ahead / 900)
    return (
        written_at - timedelta(minutes=15 * quarters)
        if abs(ahead - 900 * quarters) <= 3 and abs(quarters) <= 56
        else written_at
    )


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
