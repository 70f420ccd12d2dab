"""Moments as records have them: aware, UTC, whole milliseconds, rounded down as they are written.

Kept finer they would add up to other durations than those anybody can compute from a record.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_MILLISECONDS = tuple(timedelta(milliseconds=count) for count in range(1000))

_WHOLE = len("1795461673.131")
"""Signs of a moment down to its millisecond."""

_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
"""No clock shows another moment, and at the ends of the calendar a moment has no local time."""


def moment_from_epoch(text: str) -> datetime | None:
    """`1795461673.131754` as AMI and CEL write it; None for anything else."""
    try:
        if len(text) >= _WHOLE and text[10] == ".":
            return _second(text[:10]) + _MILLISECONDS[int(text[11:_WHOLE])]
        second, _, fraction = text.partition(".")
        return _second(second) + _MILLISECONDS[int(fraction[:3].ljust(3, "0"))]
    except (ValueError, OverflowError, OSError):
        return None


@lru_cache(maxsize=16)
def _second(text: str) -> datetime:
    """A PBX says a lot within one second, and making a moment of text is the dearest part of reading it."""
    moment = datetime.fromtimestamp(int(text), UTC)
    if not _EARLIEST <= moment <= _LATEST:
        raise ValueError(text)
    return moment


def moment_from_iso(text: str) -> datetime | None:
    """`2026-11-23 19:21:06.997123`, in UTC or with its offset behind it (`+0800`); None for anything else."""
    try:
        read = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-"))
        moment = whole_milliseconds(read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC))
    except (ValueError, OverflowError):
        return None
    return moment if _EARLIEST <= moment <= _LATEST else None


def whole_milliseconds(moment: datetime) -> datetime:
    """The moment without what lies below a millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
