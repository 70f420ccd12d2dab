"""Episodes: one caller's lost calls, from the first until somebody talked to them.

Everything here is a function of the calls and of what supervisors signed, never of the order in which either came to be
known: calls that arrive late, from a ledger read after an outage, give the episodes they would have given in time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from callcenter.callbacks.rules import (
    TRIES_COUNTED,
    CallForEpisode,
    CallKey,
    Decision,
    Episode,
    EpisodeState,
    is_attempt,
    is_missed,
    is_wrong_number,
)
from callcenter.calls.records import Direction, Outcome, Talk, TalkKind

TRIES_WINDOW = timedelta(minutes=10)


def episodes_of(
    calls: Iterable[CallForEpisode],
    closing_talk: timedelta,
    decisions: Iterable[Decision] = (),
    voided: Collection[CallKey] = (),
    to_wrong_numbers: Collection[CallKey] = (),
) -> tuple[Episode, ...]:
    """The episodes of one subject, oldest first, from all of its calls.

    Lost calls gather until a talk with a person, at least `closing_talk` long, begins after them. Of those, a signed
    decision closes the calls that it names, unless the talk came before it; what it does not name was not seen when it
    was signed and stays open. The talks of `voided` calls, as agents judged them, were with a mailbox or somebody else:
    tries, no more; and not even that where they went `to_wrong_numbers`.
    """
    finished = sorted((call for call in calls if call.outcome is not None), key=lambda call: (call.lost_at, call.key))
    tries = tries_of(finished, to_wrong_numbers)
    signed = sorted(decisions, key=lambda decision: (decision.decided_at, decision.decision_id))
    episodes: list[Episode] = []
    for misses, closing in _gather(finished, closing_talk, voided):
        rest = misses
        for decision in signed:
            if closing is not None and closing.begins_at <= decision.decided_at:
                continue
            covered = [call for call in rest if call.key in decision.calls]
            if covered:
                episodes.append(_episode(covered, decision, tries, episodes))
                rest = [call for call in rest if call.key not in decision.calls]
        if rest:
            episodes.append(_episode(rest, closing, tries, episodes))
    return tuple(episodes)


class Try(NamedTuple):
    """A call of ours to the caller's number."""

    at: datetime
    is_wrong_number: bool


def tries_of(calls: Iterable[CallForEpisode], to_wrong_numbers: Collection[CallKey]) -> list[Try]:
    """Our calls to the number, in order; of some an agent judged that it is somebody else's."""
    return sorted(
        Try(call.started_at, is_wrong_number(call) or call.key in to_wrong_numbers)
        for call in calls
        if is_attempt(call) or is_wrong_number(call)
    )


def open_state_of(tries: Sequence[Try], last_lost_at: datetime, *, is_unknown: bool) -> EpisodeState:
    """Of an episode that nothing has closed: `is_unknown` where of none of its calls more than a part was seen."""
    if tries and tries[-1].at > last_lost_at and tries[-1].is_wrong_number:
        return EpisodeState.WRONG_NUMBER
    return EpisodeState.UNKNOWN if is_unknown else EpisodeState.OPEN


def keep_ids(episodes: Sequence[Episode], holders: Mapping[CallKey, int]) -> list[int | None]:
    """For each episode the id of the stored one that held its oldest call; None where it is a new one.

    An id is kept once: where an episode falls into two, the older keeps it.
    """
    kept: list[int | None] = []
    for episode in episodes:
        held = (holders[call] for call in episode.calls if call in holders)
        kept.append(next((episode_id for episode_id in held if episode_id not in kept), None))
    return kept


class Closing(NamedTuple):
    """A talk that closes what was lost before it."""

    begins_at: datetime
    call: CallForEpisode

    @property
    def state(self) -> EpisodeState:
        """What it makes of an episode."""
        is_ours = self.call.direction is Direction.OUTBOUND
        return EpisodeState.REACHED if is_ours else EpisodeState.SELF_RECOVERED


def closings_of(calls: Iterable[CallForEpisode], closing_talk: timedelta, voided: Collection[CallKey]) -> list[Closing]:
    """The talks that close, in order."""
    return sorted(
        (
            Closing(talk.from_, call)
            for call in calls
            if call.key not in voided
            for talk in call.talks
            if _closes(call, talk, closing_talk)
        ),
        key=lambda closing: (closing.begins_at, closing.call.key),
    )


def _gather(
    finished: Sequence[CallForEpisode], closing_talk: timedelta, voided: Collection[CallKey]
) -> list[tuple[list[CallForEpisode], Closing | None]]:
    """Lost calls, each with those before it that no talk parts from it, and the talk that closed them."""
    talks = closings_of(finished, closing_talk, voided)
    groups: list[tuple[list[CallForEpisode], Closing | None]] = []
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
    closing: Closing | Decision | None,
    tries: Sequence[Try],
    earlier: Sequence[Episode],
) -> Episode:
    closed_at: datetime | None = None
    closed_by: CallKey | None = None
    first_lost_at, last_lost_at = misses[0].lost_at, misses[-1].lost_at
    match closing:
        case Decision():
            state, closed_at = EpisodeState.UNREACHABLE, closing.decided_at
        case Closing():
            state, closed_at, closed_by = closing.state, closing.begins_at, closing.call.key
        case None:
            is_unknown = all(miss.outcome is Outcome.UNKNOWN for miss in misses)
            state = open_state_of(tries, last_lost_at, is_unknown=is_unknown)
    tried = [one for one in tries if one.at > first_lost_at and (closed_at is None or one.at <= closed_at)]
    return Episode(
        calls=tuple(miss.key for miss in misses),
        state=state,
        opened_at=min(miss.started_at for miss in misses),
        last_lost_at=last_lost_at,
        closed_at=closed_at,
        closed_by=closed_by,
        decision_id=closing.decision_id if isinstance(closing, Decision) else None,
        tried_at=tuple(one.at for one in tried if one.at > last_lost_at and not one.is_wrong_number),
        first_attempt_at=tried[0].at if tried else None,
        has_message=any(miss.outcome is Outcome.VOICEMAIL or miss.has_message for miss in misses),
        emergency_at=min(
            (miss.lost_at for miss in misses if miss.outcome is Outcome.EMERGENCY_UNANSWERED), default=None
        ),
        tries_within_window=most_tries(sorted(miss.started_at for miss in misses)),
        longest_wait=max(miss.wait for miss in misses),
        reopens=earlier[-1].calls[0] if earlier else None,
    )


def most_tries(moments: Sequence[datetime]) -> int:
    """The most moments, of an ordered sequence, that lie no further apart than TRIES_WINDOW; TRIES_COUNTED at most."""
    most = begin = 0
    for end, moment in enumerate(moments):
        while moment - moments[begin] > TRIES_WINDOW:
            begin += 1
        most = max(most, end - begin + 1)
    return min(most, TRIES_COUNTED)
