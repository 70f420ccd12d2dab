"""Whose data are asked for, and which records are that person's. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from callcenter.calls.numbers import NumberKind, identity_key, normalise
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError

OWN_NUMBERS = frozenset({NumberKind.MOBILE, NumberKind.LANDLINE, NumberKind.OTHER_CITY, NumberKind.FOREIGN})
"""Behind any other number stand many people, or none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Who asks, as somebody has confirmed it. `since` is the moment before which the number may have been another's."""

    number: str
    key: str
    """The identity key of their calls."""
    names: tuple[str, ...]
    since: datetime | None

    def is_named(self, name: str | None, *, is_anonymous: bool = False) -> bool:
        """Whether a record under their number is theirs: a number passes from one person to the next.

        What has another name is somebody else's. What has none is theirs, unless its author wanted not to be known:
        nobody can confirm who that was.
        """
        if name is None:
            return not is_anonymous
        return _plain(name) in {_plain(own) for own in self.names}


def find_person(phone: str, names: Collection[str], since: datetime | None, *, area_code: str) -> Person:
    """Raises InputError for what is no number of one person."""
    caller = normalise(phone, area_code=area_code)
    key = identity_key(caller)
    if caller.number is None or key is None or caller.kind not in OWN_NUMBERS:
        raise InputError("This is not the telephone number of a person.", code=ErrorCode.NOT_A_NUMBER)
    return Person(number=caller.number, key=key, names=tuple(names), since=since)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
