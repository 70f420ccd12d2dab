"""Cursors: a row's place in a list as opaque text that clients hand back for the next page.

A cursor names its list, so no list takes another's, and only the exact text that a list gives is taken back. Cursors
stand in addresses, which end in the logs of proxies: no place may hold a telephone number.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError

Place = TypeVar("Place")

LARGEST_ID = 2**63 - 1
"""Of a bigint."""
LONGEST_CURSOR = 1000

_REFUSAL = "The cursor is none that this list has given."


def _read_integer(value: Any) -> int:
    if type(value) is not int or abs(value) > LARGEST_ID:
        raise ValueError
    return value


def _read_text(value: Any) -> str:
    if not isinstance(value, str) or b"\0" in value.encode():
        raise ValueError
    return value


def _read_moment(value: Any) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)


def _read_integers(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > 10:
        raise ValueError
    return tuple(map(_read_integer, value))


def _write(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


_READERS: dict[type, Callable[[Any], Any]] = {
    int: _read_integer,
    str: _read_text,
    datetime: _read_moment,
    date: date.fromisoformat,
    tuple: _read_integers,
}
"""How a value of each type that a place may consist of is read from JSON; tuples are of integers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursors(Generic[Place]):
    """The cursors of one list: `values_of` takes a place apart into values of `types`, `place_of` is its inverse."""

    name: str
    types: tuple[type, ...]
    values_of: Callable[[Place], tuple[Any, ...]]
    place_of: Callable[..., Place]

    def encode(self, place: Place) -> str:
        """The text that names the place."""
        values = [_write(value) for value in self.values_of(place)]
        text = json.dumps([self.name, *values], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def decode(self, cursor: str) -> Place:
        """The place that the text names. Raises InputError for a text that `encode` does not give."""
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            name, *values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            place = self.place_of(*(_READERS[kind](value) for kind, value in zip(self.types, values, strict=True)))
            is_own = name == self.name and self.encode(place) == cursor
        except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise InputError(_REFUSAL, code=ErrorCode.INVALID_CURSOR) from error
        if not is_own:
            raise InputError(_REFUSAL, code=ErrorCode.INVALID_CURSOR)
        return place


def value_cursors(name: str, kind: type[Place]) -> Cursors[Place]:
    """The cursors of a list whose places are single values: ids, names, days."""
    return Cursors(name=name, types=(kind,), values_of=lambda value: (value,), place_of=lambda value: value)


def pair_cursors(name: str, *types: type) -> Cursors[tuple[Any, ...]]:
    """The cursors of a list that is ordered by several values."""
    return Cursors(name=name, types=types, values_of=lambda values: values, place_of=lambda *values: values)
