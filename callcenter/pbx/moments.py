"""Moments as records have them: aware, UTC, whole milliseconds, rounded down as they are written.

Kept finer they would add up to other durations than those anybody can compute from a record.
"""

from __future__ import annotations

from datetime import UTC, datetime

_HALF_A_MICROSECOND = 0.0005
"""In milliseconds: what a float may lack of the digits it was made of."""


def moment_from_epoch(text: str) -> datetime | None:
    """`1795461673.131754` as AMI and CEL write it; None for anything else."""
    try:
        return datetime.fromtimestamp(int(float(text) * 1000 + _HALF_A_MICROSECOND) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def moment_from_iso(text: str) -> datetime | None:
    """`2026-11-23 19:21:06.997123` in UTC; None for anything else."""
    try:
        return whole_milliseconds(datetime.fromisoformat(text).replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def whole_milliseconds(moment: datetime) -> datetime:
    """The moment without what lies below a millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
