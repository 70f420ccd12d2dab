"""What states a seat can be in."""

from __future__ import annotations

from enum import StrEnum


class SeatState(StrEnum):
    """What a queue member is doing, as the PBX tells it. A closed list; the most telling one counts."""

    SIGNED_OFF = "signed_off"
    """In no queue."""
    UNREACHABLE = "unreachable"
    """In a queue, but the device is not registered."""
    AVAILABLE = "available"
    RINGING = "ringing"
    TALKING = "talking"
    """The device is in a call of any kind; pauses do not show meanwhile."""
    ON_HOLD = "on_hold"
    WRAP_UP = "wrap_up"
    """Paused by us for the work after a call."""
    PAUSED = "paused"
    """By the agent or a supervisor, with a reason."""
