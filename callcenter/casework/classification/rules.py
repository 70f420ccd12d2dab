"""Dated codes: a code is never given another meaning. It ends, and may have followers. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError

CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")

MOST_FOLLOWERS = 20
"""Into which one code may be split."""


class Axis(StrEnum):
    """What a list of codes is about. A closed list; a matter may have one code of each."""

    GOODS = "goods"
    SERVICE = "service"
    PROBLEM = "problem"
    """As the national platform reports them."""
    ASSOCIATION_PROBLEM = "association_problem"
    """As the consumer associations report them."""
    OFFENCE = "offence"
    SALES_MODE = "sales_mode"


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """A code from one day to another, both included. `maps_to` are its followers, or its like in another scheme."""

    axis: Axis
    code: str
    name: str
    parent: str | None
    valid_from: date
    valid_to: date | None
    source: str
    maps_to: tuple[str, ...]

    def is_valid_on(self, day: date) -> bool:
        """Whether a matter of that day can have it."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def check_new(code: Code, parents: Collection[Code], today: date) -> None:
    """Raises InputError. What was counted with the codes of past days stays as it was."""
    if not CODE.fullmatch(code.code):
        raise InputError("A code has 2 to 40 small letters, digits and underscores.")
    if code.valid_from < today:
        raise InputError("A code begins today or later.", code=ErrorCode.IN_THE_PAST)
    for parent in parents:
        if not parent.is_valid_on(code.valid_from):
            raise InputError(f"The code {parent.code} is not valid on {code.valid_from}: nothing can be part of it.")


def check_end(code: Code, valid_to: date, followers: Collection[Code], today: date) -> None:
    """Raises ConflictError for a code that has an end, InputError for an end in the past or a follower that is none."""
    if code.valid_to is not None:
        raise ConflictError("The code has an end already.", code=ErrorCode.CODE_HAS_ENDED)
    if valid_to < max(today, code.valid_from):
        raise InputError("A code ends today or later, and not before it begins.", code=ErrorCode.IN_THE_PAST)
    for follower in followers:
        if follower.code == code.code or follower.valid_to is not None:
            raise InputError(f"The code {follower.code} cannot follow: it is the same, or ends itself.")
        if not follower.is_valid_on(valid_to + timedelta(days=1)):
            raise InputError(f"The code {follower.code} cannot follow: it begins only on {follower.valid_from}.")
