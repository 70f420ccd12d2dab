"""Who waits for a call back: one caller's lost calls, from the first until somebody talked to them.

Everything here is a function of the calls and of what supervisors signed, never of the order in which either came to be
known: calls that arrive late, from a ledger read after an outage, give the episodes they would have given in time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from callcenter.calls.numbers import CallerNumber, NumberKind, is_dialable
from callcenter.calls.records import Direction, Outcome, Talk, TalkKind
from callcenter.errors import ConflictError, RefusedError

REQUIRED_ATTEMPTS = 3
"""Calls to the caller that must have been tried before a supervisor may give them up."""

NETWORK_CAUSES = frozenset((3, 34, 38, 41, 42, 43, 44, 47, 58, 66))
"""Q.850: no route, no circuit, out of order, congestion: the number was never rung."""

TRIES_WINDOW = timedelta(minutes=10)

PRIORITY_RULE = (
    "First who reached nobody on duty in an emergency; then who left a message; "
    "then who lost most calls within 10 minutes; then who waited longest in one call; "
    "then whose first lost call is oldest."
)


class EpisodeState(StrEnum):
    """What has become of a caller's lost calls. A closed list."""

    OPEN = "open"
    UNKNOWN = "unknown"
    """Open, and every call of it was seen only in part: whether the caller was lost is not known."""
    SELF_RECOVERED = "self_recovered"
    """The caller got through later."""
    REACHED = "reached"
    """We called, and talked to somebody at that number."""
    UNREACHABLE = "unreachable"
    """A supervisor signed that the caller cannot be reached."""


OPEN_STATES = (EpisodeState.OPEN, EpisodeState.UNKNOWN)


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
    """Our first call to the number since the first lost call."""
    has_message: bool
    is_emergency: bool
    tries_within_window: int
    longest_wait: timedelta
    reopens: CallKey | None

    @property
    def attempts(self) -> int:
        """How often we called the number since the last lost call."""
        return len(self.tried_at)


def subject_of(
    *, key: CallKey, direction: Direction, customer_key: str | None, number_kind: NumberKind
) -> Subject | None:
    """The outside party of a call; None where no caller of ours can be meant.

    `customer_key` is the identity key of the caller or of who was dialled, `number_kind` that of the caller's number.
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
    """Whether this inbound call is over and the caller did not get what they rang for: a person to the end."""
    return (
        call.direction is Direction.INBOUND
        and call.outcome is not None
        and (call.outcome is not Outcome.ANSWERED or call.lost_after_transfer)
    )


def is_attempt(call: CallForEpisode) -> bool:
    """Whether we tried to reach the caller: a call that the network dropped before it rang is no try."""
    if call.direction is not Direction.OUTBOUND or call.outcome in (None, Outcome.FAILED, Outcome.UNKNOWN):
        return False
    return not (call.outcome is Outcome.REJECTED and call.hangup_cause in NETWORK_CAUSES)


def episodes_of(
    calls: Iterable[CallForEpisode],
    closing_talk: timedelta,
    decisions: Iterable[Decision] = (),
    voided: Collection[CallKey] = (),
) -> tuple[Episode, ...]:
    """The episodes of one subject, oldest first, from all of its calls.

    Lost calls gather until a talk with a person, at least `closing_talk` long, begins after them. Of those, a signed
    decision closes the calls that it names, unless the talk came before it; what it does not name was not seen when it
    was signed and stays open. The talks of `voided` calls, as agents judged them, were with a mailbox or somebody else:
    tries, no more.
    """
    finished = sorted((call for call in calls if call.outcome is not None), key=lambda call: (call.lost_at, call.key))
    attempts = sorted(call.started_at for call in finished if is_attempt(call))
    signed = sorted(decisions, key=lambda decision: (decision.decided_at, decision.decision_id))
    episodes: list[Episode] = []
    for misses, closing in _gather(finished, closing_talk, voided):
        rest = misses
        for decision in signed:
            if closing is not None and closing.begins_at <= decision.decided_at:
                continue
            covered = [call for call in rest if call.key in decision.calls]
            if covered:
                episodes.append(_episode(covered, decision, attempts, episodes))
                rest = [call for call in rest if call.key not in decision.calls]
        if rest:
            episodes.append(_episode(rest, closing, attempts, episodes))
    return tuple(episodes)


def priority(episode: Episode) -> tuple[int, int, int, int]:
    """Sort key by PRIORITY_RULE, the most urgent first: whole numbers, durations and moments in milliseconds."""
    return (
        -int(episode.has_message) - 2 * int(episode.is_emergency),
        -episode.tries_within_window,
        -(episode.longest_wait // timedelta(milliseconds=1)),
        round(episode.opened_at.timestamp() * 1000),
    )


def check_decision(*, state: EpisodeState, attempts: int, number: str | None) -> None:
    """Whether a supervisor may sign now; a caller who showed no usable number cannot be tried before.

    Raises ConflictError when the episode is closed, RefusedError when too little was tried.
    """
    if state not in OPEN_STATES:
        raise ConflictError("The episode is closed.")
    if number is not None and attempts < REQUIRED_ATTEMPTS:
        raise RefusedError(
            f"The number was called {attempts} times since the last lost call; {REQUIRED_ATTEMPTS} are required."
        )


class _Closing(NamedTuple):
    begins_at: datetime
    call: CallForEpisode


def _gather(
    finished: Sequence[CallForEpisode], closing_talk: timedelta, voided: Collection[CallKey]
) -> list[tuple[list[CallForEpisode], _Closing | None]]:
    """Lost calls, each with those before it that no talk parts from it, and the talk that closed them."""
    talks = sorted(
        (
            _Closing(talk.from_, call)
            for call in finished
            if call.key not in voided
            for talk in call.talks
            if _closes(call, talk, closing_talk)
        ),
        key=lambda closing: (closing.begins_at, closing.call.key),
    )
    groups: list[tuple[list[CallForEpisode], _Closing | None]] = []
    gathered: list[CallForEpisode] = []
    upcoming = iter(talks)
    talk = next(upcoming, None)
    for miss in filter(is_missed, finished):
        # a talk that began at the very moment of the loss, or before, did not follow it
        while talk is not None and talk.begins_at <= miss.lost_at:
            if gathered:
                groups.append((gathered, talk))
                gathered = []
            talk = next(upcoming, None)
        gathered.append(miss)
    if gathered:
        groups.append((gathered, talk))
    return groups


def _closes(call: CallForEpisode, talk: Talk, closing_talk: timedelta) -> bool:
    """A person of ours: at a device of the house, or wherever the PBX had rung to have the call answered."""
    is_ours = talk.kind is TalkKind.AGENT or (call.direction is Direction.INBOUND and talk.from_ == call.answered_at)
    return is_ours and talk.to is not None and talk.to - talk.from_ >= closing_talk


def _episode(
    misses: Sequence[CallForEpisode],
    closing: _Closing | Decision | None,
    attempts: Sequence[datetime],
    earlier: Sequence[Episode],
) -> Episode:
    closed_at: datetime | None = None
    closed_by: CallKey | None = None
    match closing:
        case Decision():
            state, closed_at = EpisodeState.UNREACHABLE, closing.decided_at
        case _Closing():
            is_ours = closing.call.direction is Direction.OUTBOUND
            state = EpisodeState.REACHED if is_ours else EpisodeState.SELF_RECOVERED
            closed_at, closed_by = closing.begins_at, closing.call.key
        case None:
            is_unknown = all(miss.outcome is Outcome.UNKNOWN for miss in misses)
            state = EpisodeState.UNKNOWN if is_unknown else EpisodeState.OPEN
    first_lost_at, last_lost_at = misses[0].lost_at, misses[-1].lost_at
    tried = [at for at in attempts if at > first_lost_at and (closed_at is None or at <= closed_at)]
    return Episode(
        calls=tuple(miss.key for miss in misses),
        state=state,
        opened_at=min(miss.started_at for miss in misses),
        last_lost_at=last_lost_at,
        closed_at=closed_at,
        closed_by=closed_by,
        decision_id=closing.decision_id if isinstance(closing, Decision) else None,
        tried_at=tuple(at for at in tried if at > last_lost_at),
        first_attempt_at=tried[0] if tried else None,
        has_message=any(miss.outcome is Outcome.VOICEMAIL or miss.has_message for miss in misses),
        is_emergency=any(miss.outcome is Outcome.EMERGENCY_UNANSWERED for miss in misses),
        tries_within_window=_most_within(TRIES_WINDOW, sorted(miss.started_at for miss in misses)),
        longest_wait=max(miss.wait for miss in misses),
        reopens=earlier[-1].calls[0] if earlier else None,
    )


def _most_within(window: timedelta, moments: Sequence[datetime]) -> int:
    """The most moments, of an ordered sequence, that lie no further apart than `window`."""
    most = begin = 0
    for end, moment in enumerate(moments):
        while moment - moments[begin] > window:
            begin += 1
        most = max(most, end - begin + 1)
    return most


def keep_ids(episodes: Sequence[Episode], holders: Mapping[CallKey, int]) -> list[int | None]:
    """For each episode the id of the stored one that held its oldest call; None where it is a new one.

    An id is kept once: where an episode falls into two, the older keeps it.
    """
    kept: list[int | None] = []
    for episode in episodes:
        held = (holders[call] for call in episode.calls if call in holders)
        kept.append(next((episode_id for episode_id in held if episode_id not in kept), None))
    return kept
