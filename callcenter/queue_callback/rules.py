"""Whose turn it is among callers who asked, from a queue, to be rung back and kept their place. Pure.

A place is worth what it was in the line: it comes up when nobody is left who joined before it, and it takes the next
agent as its caller would have: one who is free, or, since the queue gives whoever becomes free to those who wait, one
who is busy and is kept for it. So that those who wait cannot starve behind numbers that nobody picks up, of two in a
row that a queue takes at least one is a caller who waits, while one does.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.callbacks.rules import CallKey

KEPT_FOR = timedelta(hours=1)
"""A place lapses after this, counted from joining the queue; its episode stays on the list like any other."""

MOST_TURNS = 3
"""So often an agent may have left their own phone ringing."""

TURN_RULE = (
    "A caller who pressed 1 keeps the place in the line: the number is dialled once, when nobody waits who joined "
    "before, with the next agent. While callers wait, a queue never takes two such places in a row. "
    "After an hour, or after that one attempt, the episode is worked like any other."
)

AGENT_KEPT_FOR = timedelta(minutes=5)
"""How long a busy agent is kept for a place; the pause carries its end, so that it ends without us too."""

LONGEST_WAIT = timedelta(hours=12)
"""Whoever has waited for longer is a call whose end nobody saw."""

HEARD_WITHIN = timedelta(seconds=5)
"""Who is free is known only while the PBX is heard."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A caller's place in a queue, kept since they left it with key 1 in the call `asked_in`.

    `turns` are those that came to nothing because the agent's own phone was not picked up.
    """

    episode_id: int
    asked_in: CallKey
    joined_at: datetime
    turns: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A queue as it stands: when those who wait joined, and what was last taken.

    `was_place_last` says that after the latest place that was dialled no waiting caller has been connected yet.
    """

    waiting: Collection[datetime]
    was_place_last: bool


def find_turn(places: Collection[Place], line: Line, *, now: datetime) -> Place | None:
    """The place to which the next agent belongs, by TURN_RULE; None while that agent belongs to those who wait."""
    kept = [place for place in places if now - place.joined_at <= KEPT_FOR and place.turns < MOST_TURNS]
    if not kept or (line.waiting and line.was_place_last):
        return None
    oldest = min(kept, key=lambda place: (place.joined_at, place.asked_in))
    if any(joined_at <= oldest.joined_at for joined_at in line.waiting):
        return None
    return oldest
