"""What the wallboard is made from, as it is stored. Values, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from callcenter.audit.report import Answer
from callcenter.calls.records import Witness
from callcenter.calls.rows import Key

BLIND_AFTER = timedelta(seconds=5)
"""Without a sign of life from a witness. Silence is written down every second."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallRow:
    """What the board needs of a stored call; `record` in its contract shape."""

    key: Key
    business_date: date
    is_confirmed: bool
    record: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A time [from_at, to_at) during which a witness was blind; `to_at` is None while that lasts."""

    gap_id: int
    from_at: datetime
    to_at: datetime | None
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WitnessWatch:
    """How well one witness of one PBX is heard, and today's gaps."""

    pbx: str
    witness: Witness
    heard_until: datetime | None
    gaps: tuple[Gap, ...]

    def is_blind(self, now: datetime) -> bool:
        """Whether what it reports now does not come through."""
        is_silent = self.heard_until is None or now - self.heard_until > BLIND_AFTER
        return is_silent or any(gap.to_at is None for gap in self.gaps)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seat:
    """The present state of one queue member."""

    pbx: str
    interface: str
    user: str | None
    display_name: str | None
    """What people call the user."""
    member_name: str
    queues: tuple[str, ...]
    state: str
    reason: str | None
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CallbackCounts:
    """How many callers wait for a call back, how many of them are overdue, and of how many nobody can say."""

    open: int = 0
    overdue: int = 0
    deadline_unknown: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmCounts:
    """How much of each kind somebody should look after."""

    duty: int = 0
    first_attempts_overdue: int = 0
    contacts_overdue: int = 0
    promises_due: int = 0
    promises_late: int = 0
    """Put off behind a deadline."""
    deadlines_unknown: int = 0
    """Of first attempts and contacts, because the working calendar is missing."""
    dials_unknown: int = 0
    parts_down: int = 0
    """Of the backend's own processes."""
    disks_short: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DialInFlight:
    """A number that is being rung for an agent; its call is known before it is dialled."""

    dial_id: int
    agent: str
    key: Key
    requested_at: datetime


class DialStep(StrEnum):
    """How far a dial has come. A closed list."""

    ASKED = "asked"
    """The PBX has not reported it yet."""
    AGENT_RINGING = "agent_ringing"
    CUSTOMER_RINGING = "customer_ringing"
    TALKING = "talking"
    ENDING = "ending"
    """They have talked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditCounts:
    """What the latest audit of today found: its answer and numbers of calls, None before the first."""

    made_at: datetime | None = None
    unexplained: int | None = None
    unconfirmed: int | None = None
    blind: timedelta | None = None
    """Times of which nothing is known, of whichever PBX."""
    undisposed: int | None = None
    """Calls that were answered, and nobody has said what became of them."""
    answer: Answer | None = None
