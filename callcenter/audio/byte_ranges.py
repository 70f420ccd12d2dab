"""Range requests (RFC 9110, section 14): which bytes of a file are wanted. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


class NotSatisfiable(Exception):
    """The range lies behind the end of the file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """The bytes from `first` to `last`, both included."""

    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1


def parse_range(header: str | None, size: int) -> Span | None:
    """None for all of the file: no range was asked for, several, or nothing that is one. Raises NotSatisfiable."""
    match = _RANGE.fullmatch(header or "")
    if match is None or match[0] == "" or not (match[1] or match[2]):
        return None
    if not match[1]:
        wanted = min(int(match[2]), size)
        if wanted == 0:
            raise NotSatisfiable
        return Span(first=size - wanted, last=size - 1)
    first = int(match[1])
    last = int(match[2]) if match[2] else size - 1
    if last < first and match[2]:
        return None
    if first >= size:
        raise NotSatisfiable
    return Span(first=first, last=min(last, size - 1))
