"""Whom to ring next, round by round, and what became of each ring. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from callcenter.calls.records import Outcome

RING_FOR = timedelta(seconds=25)
"""Most mailboxes answer later."""
LOST_AFTER = timedelta(seconds=120)
"""A ring without a record of its call by then: its result is not known. It is not sent again."""

ACCEPT, REFUSE = "1", "3"
"""The keys, as the dialplan writes them down."""


class RingState(StrEnum):
    """What became of a ring. A closed list."""

    RINGING = "ringing"
    """Written down before anything was sent: perhaps not sent yet, perhaps ringing, perhaps asking for a key."""
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    """Key 3: the person cannot come."""
    NO_ANSWER = "no_answer"
    """Nobody answered, or whoever did pressed no key: a mailbox, a pocket."""
    BUSY = "busy"
    REJECTED = "rejected"
    NOT_ALLOWED = "not_allowed"
    """The number may not be rung: nothing was sent."""
    NOT_SENT = "not_sent"
    """There was no connection to the PBX: nothing rang."""
    REFUSED_BY_PBX = "refused_by_pbx"
    UNKNOWN = "unknown"
    """Sent, perhaps, and nothing was heard of it."""


_OF_OUTCOMES = {Outcome.BUSY: RingState.BUSY, Outcome.REJECTED: RingState.REJECTED}


class Reachable(Protocol):
    """Somebody who can be rung."""

    @property
    def number(self) -> str:
        """Normalised."""


Person = TypeVar("Person", bound=Reachable)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ring:
    """Somebody was rung."""

    round: int
    number: str
    requested_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class NextRing(Generic[Person]):
    """Who is rung next, and not before when."""

    round: int
    contact: Person
    not_before: datetime | None


def plan_next(
    chain: Sequence[Person], rings: Sequence[Ring], *, rounds: int, apart: timedelta
) -> NextRing[Person] | None:
    """By the rings so far, oldest first; `apart` is from the first ring of a round to that of the next.

    Each number is rung once in a round, in the order of the chain. None where the chain has ended, or there is none.
    """
    if not chain:
        return None
    if not rings:
        return NextRing(round=1, contact=chain[0], not_before=None)
    last = rings[-1].round
    of_round = [ring for ring in rings if ring.round == last]
    rung = {ring.number for ring in of_round}
    for contact in chain:
        if contact.number not in rung:
            return NextRing(round=last, contact=contact, not_before=None)
    if last >= rounds:
        return None
    return NextRing(round=last + 1, contact=chain[0], not_before=of_round[0].requested_at + apart)


def judge_ring(key: str, outcome: Outcome | None, *, waited: timedelta) -> RingState:
    """By the key that was pressed, else by the record of the call once it is over."""
    if key == ACCEPT:
        return RingState.ACKNOWLEDGED
    if key == REFUSE:
        return RingState.REFUSED
    if outcome is not None:
        return _OF_OUTCOMES.get(outcome, RingState.NO_ANSWER)
    return RingState.UNKNOWN if waited >= LOST_AFTER else RingState.RINGING
