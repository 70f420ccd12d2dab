"""Where a number comes from, as far as its first digits say. Pure, but for a data file that is read once.

A fixed line's area code names a place. A mobile number names the operator to whom its range was given, and no place
that could be relied on; who moved to another operator has kept the number. What is not in `number_origins.csv` says
nothing.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from callcenter.calls.numbers import NumberKind, normalise

_LONGEST_RANGE, _SHORTEST_RANGE = 4, 3
"""Digits of a mobile range."""


class Carrier(StrEnum):
    """To whom a range of mobile numbers was given. A closed list."""

    MOBILE = "mobile"
    UNICOM = "unicom"
    TELECOM = "telecom"
    BROADNET = "broadnet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """A place in both languages, or a carrier."""

    chinese: str | None = None
    english: str | None = None
    carrier: Carrier | None = None


def origin_of(number: str | None, *, area_code: str) -> Origin | None:
    """None where the number does not say."""
    if number is None:
        return None
    caller = normalise(number, area_code=area_code)
    digits = (caller.number or "").removeprefix("+86")
    known = _read()
    match caller.kind:
        case NumberKind.MOBILE:
            found = (known.get(digits[:length]) for length in range(_LONGEST_RANGE, _SHORTEST_RANGE - 1, -1))
            return next((origin for origin in found if origin is not None), None)
        case NumberKind.LANDLINE | NumberKind.OTHER_CITY:
            return known.get("0" + digits[: 2 if digits[:1] in ("1", "2") else 3])
        case _:
            return None


@cache
def _read() -> dict[str, Origin]:
    text = (files("callcenter.calls") / "number_origins.csv").read_text(encoding="utf-8")
    return {
        row["prefix"]: Origin(
            chinese=row["chinese"] or None,
            english=row["english"] or None,
            carrier=Carrier(row["carrier"]) if row["carrier"] else None,
        )
        for row in csv.DictReader(text.splitlines())
    }
