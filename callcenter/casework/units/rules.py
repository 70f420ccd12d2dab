"""What a unit is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError

MOST_REGIONS = 50
"""For which one unit is responsible."""
MOST_CONTACTS = 30
"""As many as can be rung one after the other."""


class UnitKind(StrEnum):
    """What sort of unit it is. A closed list."""

    CENTRE = "centre"
    """The hotline itself."""
    BRANCH = "branch"
    """An office of the authority."""
    STATION = "station"
    """A liaison station (联络站) in a market, a village or a company."""


class ContactHours(StrEnum):
    """When a contact may be rung for the unit. A closed list."""

    OFFICE = "office"
    """While the office is open."""
    CLOSED = "closed"
    """While the office is closed."""
    ALWAYS = "always"


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """A unit as it stands. `version` grows with every change."""

    id: int
    version: int
    name: str
    kind: UnitKind
    regions: tuple[str, ...]
    closed_at: datetime | None

    @property
    def is_active(self) -> bool:
        """Whether it takes matters, members and contacts."""
        return self.closed_at is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A user who belongs to a unit, from `added_at` on."""

    user: str
    display_name: str | None
    added_by: str
    added_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """Somebody who is rung for a unit; `number` is normalised. Position 1 is rung first."""

    position: int
    person: str
    number: str
    hours: ContactHours
    added_by: str
    added_at: datetime


def check_active(unit: Unit) -> None:
    """Raises ConflictError for a closed unit."""
    if not unit.is_active:
        raise ConflictError(f"The unit {unit.name} is closed.", code=ErrorCode.UNIT_CLOSED, params={"unit": unit.name})
