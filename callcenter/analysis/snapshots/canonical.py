"""The one form in which rows of a snapshot are hashed and compared, whatever wrote them down. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from callcenter.analysis.snapshots.rows import FrozenClock, FrozenFlag, FrozenTicket

FIELDS = tuple(field.name for field in fields(FrozenTicket))
_CLOCK = tuple(field.name for field in fields(FrozenClock))
_FLAG = tuple(field.name for field in fields(FrozenFlag))


def to_json(row: FrozenTicket) -> dict[str, Any]:
    """Every field under its name; moments in UTC."""
    return {name: _plain(getattr(row, name)) for name in FIELDS}


def hash_rows(rows: Iterable[FrozenTicket]) -> str:
    """SHA-256 of the rows in the order of their numbers, each as JSON on a line of its own.

    Keys are sorted, nothing is padded with blanks, no character is escaped without need, and each line ends with a
    newline: so anybody can make the same hash again.
    """
    digest = hashlib.sha256()
    for row in sorted(rows, key=lambda row: row.number):
        line = json.dumps(to_json(row), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def write_moment(moment: datetime | None) -> str | None:
    """As it stands in the JSON of a row."""
    return None if moment is None else moment.astimezone(UTC).isoformat()


def clocks_to_json(clocks: Iterable[FrozenClock]) -> list[dict[str, Any]]:
    """As they stand in the JSON of a row."""
    return [{name: _plain(getattr(clock, name)) for name in _CLOCK} for clock in clocks]


def flags_to_json(flags: Iterable[FrozenFlag]) -> list[dict[str, Any]]:
    """As they stand in the JSON of a row."""
    return [{name: _plain(getattr(flag, name)) for name in _FLAG} for flag in flags]


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return write_moment(value)
        case (FrozenClock(), *_):
            return clocks_to_json(value)
        case (FrozenFlag(), *_):
            return flags_to_json(value)
        case tuple():
            return list(value)
        case str():
            return str(value)
        case _:
            return value
