"""What a time limit is: how long it lasts, in what it is counted, and where that is said. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class CountedIn(StrEnum):
    """In what a time limit is counted. A closed list."""

    WORKDAYS = "workdays"
    CALENDAR_DAYS = "calendar_days"
    HOURS = "hours"
    """Of the clock, day and night."""
    OFFICE_HOURS = "office_hours"
    """In which the hotline is open, by the calendar."""

    @property
    def is_days(self) -> bool:
        """Whether whole days are counted, of which the first one is not (SAMR Order 121, Art. 45)."""
        return self in (CountedIn.WORKDAYS, CountedIn.CALENDAR_DAYS)


class Priority(StrEnum):
    """How urgent a matter is; P1 is danger to life."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"
    P5 = "P5"


class Certainty(StrEnum):
    """How sure the source of a rule is. A closed list."""

    OFFICE = "office"
    """The office has said so."""
    PUBLISHED = "published"
    """Read in a public text."""
    UNCHECKED = "unchecked"
    """General knowledge that nobody has checked."""
    PROPOSED = "proposed"
    """Ours, until the office decides."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadlineRule:
    """A time limit as a set of rules has it. Where days are counted, `lasts` is whole days."""

    ruleset: str
    code: str
    priority: Priority | None
    """For matters of this priority alone; None for all."""
    counted_in: CountedIn
    lasts: timedelta
    extended_by: int | None
    """So many days more, once, if a director signs."""
    begins_when: str
    ends_when: str
    paused_by: str | None
    """What stops the clock for a while; None for nothing."""
    rolls_over_weekends: bool
    """Whether a last day on an ordinary weekend moves too. Art. 45 speaks of statutory holidays only."""
    certainty: Certainty
    source: str

    def count_days(self, *, is_extended: bool) -> int:
        """How many days are counted, of a rule that counts days."""
        return self.lasts.days + (self.extended_by or 0 if is_extended else 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleSet:
    """Rules that hold for what was received from one day to another, both included."""

    code: str
    name: str
    valid_from: date
    valid_to: date | None
