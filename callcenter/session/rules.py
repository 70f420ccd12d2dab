"""How a user likes the pages. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError
from callcenter.languages import Language

MOST_QUEUES = 100
LONGEST_THRESHOLD = 3600
"""Seconds."""


class Theme(StrEnum):
    """Of the pages. A closed list."""

    SYSTEM = "system"
    """As the system of the browser has it."""
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, kw_only=True, slots=True)
class Preferences:
    """What a user chose, or else what everybody has; devices for sound stay in the browser, which alone knows them."""

    language: Language = Language.CHINESE
    theme: Theme = Theme.SYSTEM
    queues: tuple[str, ...] | None = None
    """Those that are shown; None for all."""
    ringer_volume: int = 80
    """In percent."""
    waiting_yellow: timedelta = timedelta(seconds=15)
    waiting_red: timedelta = timedelta(seconds=60)
    """From when on a wait is shown in that colour."""


def check_preferences(preferences: Preferences) -> Preferences:
    """Raises InputError where a wait would turn red before it is yellow."""
    if preferences.waiting_red <= preferences.waiting_yellow:
        raise InputError("A wait turns red after it has turned yellow.", code=ErrorCode.RED_BEFORE_YELLOW)
    return preferences
