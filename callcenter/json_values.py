"""How moments are written in JSON: UTC with milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload


@overload
def moment_to_json(moment: datetime) -> str: ...


@overload
def moment_to_json(moment: datetime | None) -> str | None: ...


def moment_to_json(moment: datetime | None) -> str | None:
    """Aware moment to `2026-11-23T19:21:06.997Z`, rounded down to the millisecond."""
    if moment is None:
        return None
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"
