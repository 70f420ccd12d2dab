"""In which order the callers of a queue have their turn. Pure.

Asterisk keeps the line by priority and then by time, and reports a caller's position only once, at the beginning.
Whoever joins with a priority, because they were sent back to the queue, stands at once in front of some who joined
before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from callcenter.calls.rows import Key


class Rank(IntEnum):
    """What goes before what; the priorities themselves are the PBX's."""

    MOVED_UP = 0
    """By a supervisor."""
    SENT_BACK = 1
    """By the dialplan: somebody had talked to them already."""
    RUNG_BY_US = 2
    """They rang us while we rang them."""
    NONE = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """Somebody who waits in a queue: since when, and in which place they joined, None where nobody reported it."""

    key: Key
    since: datetime
    joined_at_place: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """A caller was put in front of others."""

    at: datetime
    rank: Rank


def turns_of(waiting: Iterable[Waiting], moved: Mapping[Key, Collection[Moved]]) -> list[Key]:
    """The callers of one queue, who is next first. A move in a queue that the caller has left counts no more."""
    turns = []
    joined = sorted(waiting, key=lambda one: (one.since, one.key))
    for before, one in enumerate(joined):
        is_in_front = one.joined_at_place is not None and one.joined_at_place <= before
        turn = (Rank.SENT_BACK if is_in_front else Rank.NONE, one.since, one.key)
        moves = [(move.rank, move.at, one.key) for move in moved.get(one.key, ()) if move.at >= one.since]
        turns.append(min([turn, *moves]))
    return [key for _, _, key in sorted(turns)]
