"""CEL's CSV on the wire: bytes in, whole rows out. No files, no clock.

With `CSV_QUOTE` (func_strings.c, csv_quote) every value stands in quotes and a quote inside
it is doubled. So a row ends at the first line break behind an even number of quotes, and
inside a value no line can begin with one quote followed by text: a line that does begins a
row, whatever was torn off before it.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence

from callcenter.pbx.wire import decode

COLUMNS = 20
"""Of Asterisk's own sample mapping."""

_QUOTES = 2 * COLUMNS

_CONTEXT, _CHANNAME, _USERFIELD, _EVENTEXTRA = 8, 9, 17, 19

SILENT_EVENTS = (
    "CHAN_END",
    "LINKEDID_END",
    "STREAM_END",
    "DTMF",
    "LOCAL_OPTIMIZE",
    "LOCAL_OPTIMIZE_BEGIN",
    "PARK_START",
    "PARK_END",
)
"""Event types that say nothing about a call's fate which no other row says: a quarter of a ledger."""

_SILENT = tuple(f'"{event}"'.encode() for event in SILENT_EVENTS)


def cut_rows(data: bytes) -> list[bytes]:
    """The complete rows at the beginning of `data`, each without its closing line break.

    `data` begins where a row begins; the rest of it begins at `length_of` the rows. The torn
    half of a row stands in the list like a row.
    """
    *lines, rest = data.split(b"\n")
    rows: list[bytes] = []
    begun: list[bytes] = []
    quotes = 0
    for line in lines:
        count = line.count(b'"')
        if begun:
            if _begins_row(line):
                rows.append(b"\n".join(begun))
                begun.clear()
            else:
                begun.append(line)
                quotes += count
                if quotes % 2 == 0:
                    rows.append(b"\n".join(begun))
                    begun.clear()
                continue
        if count % 2:
            begun.append(line)
            quotes = count
        else:
            rows.append(line)
    if begun and _begins_row(rest):
        rows.append(b"\n".join(begun))
    return rows


def length_of(rows: list[bytes]) -> int:
    """How many bytes the rows take in the file, their line breaks included."""
    return sum(map(len, rows)) + len(rows)


def leave_out_silent(rows: list[bytes]) -> list[bytes]:
    """The rows worth parsing; a silent one that is damaged is among them, for whoever counts those."""
    return [row for row in rows if not row.startswith(_SILENT) or row.count(b'"') != _QUOTES]


def parse_rows(rows: list[bytes]) -> list[list[str]]:
    """The columns of each row. One that cannot be read comes out with a wrong number of columns,
    an empty line with none."""
    return [_split_row(row) or _parse_row(row) for row in rows]


def is_in_order(row: Sequence[str]) -> bool:
    """Whether the values of a row can stand in the columns of the sample: a cel_custom.conf may have them otherwise.

    Decided by those whose form cannot be mistaken: a channel's name, and the extra, which is empty or JSON.
    """
    has_channel = "/" in row[_CHANNAME] or "/" not in row[_CONTEXT]
    return has_channel and (row[_EVENTEXTRA] != "" or not row[_USERFIELD].startswith('{"'))


def _begins_row(line: bytes) -> bool:
    return line[:1] == b'"' and line[1:2] not in (b"", b'"', b",", b"\r")


def _split_row(row: bytes) -> list[str] | None:
    """The columns of a row with quotes in no value but the last, as nearly all are; None for any other.

    Quotes are counted because `","` may stand inside a value too, where its quotes are doubled.
    """
    try:
        text = row.decode()
    except UnicodeDecodeError:
        return None
    values = text[1:-1].split('","', COLUMNS - 1)
    if len(values) != COLUMNS or text[0] != '"' or text[-1] != '"' or "\0" in text:
        return None
    quotes = text.count('"') - _QUOTES
    if quotes:
        last = values[-1]
        if last.count('"') != quotes or 2 * last.count('""') != quotes:
            return None
        values[-1] = last.replace('""', '"')
    return values


def _parse_row(row: bytes) -> list[str]:
    """Zeros are what a power cut leaves in a file; the row behind them is whole."""
    text = decode(row.replace(b"\0", b""))
    try:
        parsed = list(csv.reader([text]))
    except csv.Error:
        return [text]
    return parsed[0] if len(parsed) == 1 else [text]
