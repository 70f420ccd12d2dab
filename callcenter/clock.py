"""The clock of the process: given to every part that runs by itself, so that a test can move all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""The present moment, aware."""


def utc_now() -> datetime:
    """By the clock of the machine."""
    return datetime.now(UTC)
