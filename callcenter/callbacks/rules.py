"""Who waits for a call back: which calls count, for whom, how urgent they are, and when they may be given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from callcenter.calls.numbers import CallerNumber, NumberKind, is_dialable
from callcenter.calls.records import Direction, Outcome, Talk
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, RefusedError

REQUIRED_ATTEMPTS = 3
"""Parts of the day in which the caller must have been called before a supervisor may give them up."""

NETWORK_CAUSES = frozenset((3, 34, 38, 41, 42, 43, 44, 47, 58, 66))
"""Q.850: no route, no circuit, out of order, congestion: the number was never rung."""

WRONG_NUMBER_CAUSES = frozenset((1, 28))
"""Q.850: unallocated, or no number at all: nobody can be reached there at any time of the day."""

TRIES_COUNTED = 100
"""Lost calls within 10 minutes that are counted: more of them are a machine's, and no more urgent."""

PRIORITY_RULE = (
    "First who reached nobody on duty in an emergency; then who left a message; "
    "then who lost most calls within 10 minutes; then who waited longest in one call; "
    "then whose first lost call is oldest."
)

HISTORY = 50
"""Calls and dials of a person that are shown."""

FIGURES_REACH = timedelta(days=7)

PROMISE_KEPT_FROM = timedelta(minutes=15)
"""A dial so long before the promised time, or later, keeps the promise, if it was made by then."""


class EpisodeState(StrEnum):
    """What has become of a caller's lost calls. A closed list."""

    OPEN = "open"
    UNKNOWN = "unknown"
    """Open, and every call of it was seen only in part: whether the caller was lost is not known."""
    WRONG_NUMBER = "wrong_number"
    """Open, and the number is out of service, as the network reported when we rang it, or somebody else's, as the agent
    judged who rang it: another one is looked for."""
    SELF_RECOVERED = "self_recovered"
    """The caller got through later."""
    REACHED = "reached"
    """We called, and talked to somebody at that number."""
    UNREACHABLE = "unreachable"
    """A supervisor signed that the caller cannot be reached."""


OPEN_STATES = (EpisodeState.OPEN, EpisodeState.UNKNOWN, EpisodeState.WRONG_NUMBER)


class CallKey(NamedTuple):
    """What identifies a call."""

    pbx: str
    call_id: str


class Subject(NamedTuple):
    """Whose calls belong together: `key` is the same for all of them.

    `number` is None where no usable number was shown: then the call stands alone, and nobody can be rung back.
    """

    key: str
    number: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CallForEpisode:
    """What of a call matters here: inbound from the caller, or outbound to their number."""

    key: CallKey
    direction: Direction
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    lost_after_transfer: bool
    wait: timedelta
    talks: tuple[Talk, ...]
    hangup_cause: int | None = None
    has_message: bool = False

    @property
    def lost_at(self) -> datetime:
        """When the caller was gone: the end of the call, or the last moment known of it."""
        moments = [self.started_at, self.answered_at, self.ended_at]
        moments += [moment for talk in self.talks for moment in (talk.from_, talk.to)]
        return max(moment for moment in moments if moment is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """A supervisor signed, having seen exactly these calls, that the caller cannot be reached."""

    decision_id: int
    decided_at: datetime
    calls: frozenset[CallKey]


@dataclass(frozen=True, kw_only=True, slots=True)
class Episode:
    """One caller's lost calls. `reopens` is the first call of the same caller's episode before it."""

    calls: tuple[CallKey, ...]
    state: EpisodeState
    opened_at: datetime
    last_lost_at: datetime
    closed_at: datetime | None
    closed_by: CallKey | None
    decision_id: int | None
    tried_at: tuple[datetime, ...]
    """Our calls to the number since the last lost call, in order."""
    first_attempt_at: datetime | None
    """Our first call to the number since the first lost call, to a wrong number too."""
    has_message: bool
    emergency_at: datetime | None
    """When a caller with an emergency was first lost."""
    tries_within_window: int
    longest_wait: timedelta
    reopens: CallKey | None

    @property
    def is_emergency(self) -> bool:
        """Nobody on duty took it."""
        return self.emergency_at is not None

    @property
    def attempts(self) -> int:
        """How often we called the number since the last lost call."""
        return len(self.tried_at)


def subject_of(
    *, key: CallKey, direction: Direction, customer_key: str | None, number_kind: NumberKind
) -> Subject | None:
    """The outside party of a call; None where no caller of ours can be meant.

    `customer_key` is the identity key of the caller or of whom the line rang, `number_kind` says what the caller's
    number is.
    """
    match direction:
        case Direction.INTERNAL:
            return None
        case Direction.OUTBOUND:
            return None if customer_key is None else Subject(customer_key, customer_key)
    if customer_key is not None and is_dialable(CallerNumber(number=customer_key, kind=number_kind)):
        return Subject(customer_key, customer_key)
    return Subject("/".join(key), None)


def is_missed(call: CallForEpisode) -> bool:
    """Whether this call is over and the customer did not get what they rang for: a person to the end.

    Whom we rang has rung for nothing, but may be lost as well, handed on or sent back to the queue in the middle.
    """
    if call.outcome is None or call.direction is Direction.INTERNAL:
        return False
    if call.outcome is Outcome.ANSWERED:
        return call.lost_after_transfer
    return call.direction is Direction.INBOUND


def is_attempt(call: CallForEpisode) -> bool:
    """Whether we tried to reach the caller: a call that the network dropped before it rang is no try, nor is one to a
    number out of service."""
    if (
        is_wrong_number(call)
        or call.direction is not Direction.OUTBOUND
        or call.outcome in (None, Outcome.FAILED, Outcome.UNKNOWN)
    ):
        return False
    return not (call.outcome is Outcome.REJECTED and call.hangup_cause in NETWORK_CAUSES)


def is_wrong_number(call: CallForEpisode) -> bool:
    """Whether the network reported that our call went to a number that is out of service."""
    is_over = call.outcome in (Outcome.NO_ANSWER, Outcome.REJECTED)
    return call.direction is Direction.OUTBOUND and is_over and call.hangup_cause in WRONG_NUMBER_CAUSES


def priority(episode: Episode) -> tuple[int, int, int, int]:
    """Sort key by PRIORITY_RULE, the most urgent first: whole numbers, durations and moments in milliseconds."""
    return (
        -int(episode.has_message) - 2 * int(episode.is_emergency),
        -episode.tries_within_window,
        -(episode.longest_wait // timedelta(milliseconds=1)),
        round(episode.opened_at.timestamp() * 1000),
    )


def check_decision(*, state: EpisodeState, attempts: int, number: str | None) -> None:
    """Whether a supervisor may sign now: `attempts` are those in different parts of the day.

    A caller who showed no usable number, or a wrong one, cannot be tried before. Raises ConflictError when the
    episode is closed, RefusedError when too little was tried.
    """
    if state not in OPEN_STATES:
        raise ConflictError("The episode is closed.", code=ErrorCode.EPISODE_CLOSED)
    if number is not None and state is not EpisodeState.WRONG_NUMBER and attempts < REQUIRED_ATTEMPTS:
        raise RefusedError(
            f"The number was called in {attempts} different parts of the day since the last lost call; "
            f"{REQUIRED_ATTEMPTS} are required.",
            code=ErrorCode.TOO_FEW_ATTEMPTS,
            params={"attempts": attempts, "required": REQUIRED_ATTEMPTS},
        )
