"""What an alarm is, how it is named, and the order of the list. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from callcenter.errors import NotFoundError


class AlarmKind(StrEnum):
    """What somebody should look after. A closed list."""

    EMERGENCY_UNANSWERED = "emergency_unanswered"
    """A caller with an emergency reached nobody on duty."""
    PART_FAILED = "part_failed"
    """A part of a process failed."""
    FIRST_ATTEMPT_OVERDUE = "first_attempt_overdue"
    """Nobody called back within the deadline."""
    FIRST_ATTEMPT_UNKNOWN = "first_attempt_unknown"
    """The deadline is not known: the working calendar is missing."""
    CONTACT_OVERDUE = "contact_overdue"
    """Nobody has talked to the caller for too long."""
    CONTACT_UNKNOWN = "contact_unknown"
    """Overdue or not: that depends on a working calendar that is missing."""
    PROMISE_DUE = "promise_due"
    """A promised call is due."""
    PROMISE_LATE = "promise_late"
    """The promised time lies behind a deadline."""
    DIAL_UNKNOWN = "dial_unknown"
    """The result of a dial is not known, and no agent has judged it."""
    INSTRUCTION_UNANSWERED = "instruction_unanswered"
    """All of a unit were rung about an instruction, and nobody acknowledged it."""
    DRILL_DUE = "drill_due"
    """The quarter ends soon, and no drill was held in it."""
    CALENDAR_MISSING = "calendar_missing"
    """The working calendar of a year is missing."""
    PUSH_LATE = "push_late"
    """The PBX has not been sent the opening hours of the coming days."""


ACKNOWLEDGED = (AlarmKind.EMERGENCY_UNANSWERED, AlarmKind.PART_FAILED)
"""These stay until somebody acknowledges them; all others go when their cause goes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmCall:
    """The call of an unanswered emergency; the number is as recorded."""

    pbx: str
    call_id: str
    started_at: datetime | None
    caller_number: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FailedPart:
    """The part of a process that failed."""

    host: str
    part: str
    failures: int
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """Something that somebody should look after."""

    kind: AlarmKind
    key: str
    """Which of its kind."""
    since: datetime | None
    ended_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    episode_id: int | None = None
    dial_id: int | None = None
    call: AlarmCall | None = None
    part: FailedPart | None = None
    message: str | None = None

    @property
    def id(self) -> str:
        return f"{self.kind}-{self.key}"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to look after it."""
        return self.acknowledged_at is None

    @property
    def place(self) -> tuple[int, str]:
        """In the list: those without a moment first, then the newest."""
        since = datetime.max.replace(tzinfo=UTC) if self.since is None else self.since
        return -((since - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)), self.id


def parse_id(alarm_id: str) -> tuple[AlarmKind, str]:
    """Kind and key of an alarm. Raises NotFoundError."""
    kind, _, key = alarm_id.partition("-")
    if kind not in list(AlarmKind):
        raise NotFoundError("There is no such alarm.")
    return AlarmKind(kind), key
