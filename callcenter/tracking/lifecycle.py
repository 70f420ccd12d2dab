"""What is known of a call's beginning and of its end, as two state machines.

The beginning and the end of a call are independent: a call whose birth was missed may end before our eyes, and the
other way round. So each has an enum of its own and a table that says which event leads from which state to which.
An event that a state does not have in its table cannot happen there: it raises `ImpossibleEvent`, because a state
guessed in its place would be a wrong record that nobody notices.

**The beginning** (`Birth`). A call is named by the uniqueid of its opener, its first channel. When the opener is seen
being born the birth is `SEEN`. When another channel of the call shows itself first, the opener is awaited: it may be
up and silent in a long talk. It ends being awaited when it shows itself, or when the PBX lists its channels without it.
Any channel that shows itself only after its birth proves that we came late.

**The end** (`CallState`). A call is up while one of its channels is. What can go wrong on the way adds up:

- *A gap*: the end of a channel was missed while the link was down. The record cannot be complete any more.
- *A drop*: the PBX, shut down in order, hangs up on everybody. AMI reports it while the channel is up. CEL reports
  nothing; it is concluded when the next start of the PBX is seen, when the call is already over.
- *A crash*: the PBX is gone, and nothing is known of how each channel ended.

A call without any channel whose opener is still awaited is kept `WAITING`: the opener brings it back up. All other
calls without a channel are over, and a call that is over stays so; only a drop can still be concluded.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from callcenter.errors import ImpossibleEvent


class BirthEvent(StrEnum):
    """What happens to the knowledge of a call's beginning."""

    CHANNEL_FOUND_UP = "channel_found_up"
    """A channel shows itself whose birth we missed."""
    OPENER_SHOWN = "opener_shown"
    """The opener of a call shows itself that other channels had introduced."""
    OPENER_NOT_LISTED = "opener_not_listed"
    """The PBX listed all channels, and the opener that is awaited was not among them."""


class Birth(StrEnum):
    """How much of a call's beginning was seen."""

    SEEN = "seen"
    UNSEEN = "unseen"
    OPENER_AWAITED = "opener_awaited"
    OPENER_GONE = "opener_gone"

    def after(self, event: BirthEvent) -> Birth:
        """The next state. Raises ImpossibleEvent."""
        return _next(BIRTH_TRANSITIONS, self, event)


class CallEvent(StrEnum):
    """What happens to a call as a whole."""

    CHANNEL_UP = "channel_up"
    """A channel of the call came up."""
    CHANNEL_MISSED = "channel_missed"
    """A channel is gone and its end was missed; others are up."""
    LAST_CHANNEL_ENDED = "last_channel_ended"
    """The last channel ended, and the opener is known or gone."""
    LAST_KNOWN_CHANNEL_ENDED = "last_known_channel_ended"
    """The last channel that we know of ended; the opener is awaited."""
    OPENER_GIVEN_UP = "opener_given_up"
    """The opener did not show itself in time, or the stream ended."""
    LOST = "lost"
    """All channels are gone, or the stream ended, and nothing says how."""
    PBX_DIED = "pbx_died"
    """The PBX is gone and took the call with it."""
    DROPPED = "dropped"
    """The PBX, shut down in order, hung up on the caller."""


class CallState(StrEnum):
    """Whether a call is up, and how it ended."""

    UP = "up"
    UP_AFTER_GAP = "up_after_gap"
    DROPPING = "dropping"
    DROPPING_AFTER_GAP = "dropping_after_gap"
    WAITING = "waiting"
    WAITING_AFTER_GAP = "waiting_after_gap"
    ENDED = "ended"
    """Every channel's end was seen."""
    END_UNSEEN = "end_unseen"
    PBX_DIED = "pbx_died"
    DROPPED = "dropped"
    DROPPED_UNSEEN = "dropped_unseen"
    """The PBX hung up in order, and was gone before the end of every channel was seen."""

    def after(self, event: CallEvent) -> CallState:
        """The next state. Raises ImpossibleEvent."""
        return _next(CALL_TRANSITIONS, self, event)

    @property
    def is_over(self) -> bool:
        """No channel is up, and none will come."""
        return self in _OVER

    @property
    def is_end_missed(self) -> bool:
        """The end of at least one channel was not seen."""
        return self in _END_MISSED

    @property
    def is_dropped(self) -> bool:
        """The PBX hung up on the caller, in an orderly shutdown."""
        return self in _DROPPED

    @property
    def is_by_pbx(self) -> bool:
        """The PBX ended the call, by a crash or by a shutdown."""
        return self is CallState.PBX_DIED or self in _DROPPED


BIRTH_TRANSITIONS: Mapping[Birth, Mapping[BirthEvent, Birth]] = {
    Birth.SEEN: {
        BirthEvent.CHANNEL_FOUND_UP: Birth.UNSEEN,
    },
    Birth.UNSEEN: {
        BirthEvent.CHANNEL_FOUND_UP: Birth.UNSEEN,
    },
    Birth.OPENER_AWAITED: {
        BirthEvent.CHANNEL_FOUND_UP: Birth.OPENER_AWAITED,
        BirthEvent.OPENER_SHOWN: Birth.UNSEEN,
        BirthEvent.OPENER_NOT_LISTED: Birth.OPENER_GONE,
    },
    Birth.OPENER_GONE: {
        BirthEvent.CHANNEL_FOUND_UP: Birth.OPENER_GONE,
        BirthEvent.OPENER_SHOWN: Birth.UNSEEN,
        BirthEvent.OPENER_NOT_LISTED: Birth.OPENER_GONE,
    },
}

CALL_TRANSITIONS: Mapping[CallState, Mapping[CallEvent, CallState]] = {
    CallState.UP: {
        CallEvent.CHANNEL_UP: CallState.UP,
        CallEvent.CHANNEL_MISSED: CallState.UP_AFTER_GAP,
        CallEvent.LAST_CHANNEL_ENDED: CallState.ENDED,
        CallEvent.LAST_KNOWN_CHANNEL_ENDED: CallState.WAITING,
        CallEvent.LOST: CallState.END_UNSEEN,
        CallEvent.PBX_DIED: CallState.PBX_DIED,
        CallEvent.DROPPED: CallState.DROPPING,
    },
    CallState.UP_AFTER_GAP: {
        CallEvent.CHANNEL_UP: CallState.UP_AFTER_GAP,
        CallEvent.CHANNEL_MISSED: CallState.UP_AFTER_GAP,
        CallEvent.LAST_CHANNEL_ENDED: CallState.END_UNSEEN,
        CallEvent.LAST_KNOWN_CHANNEL_ENDED: CallState.WAITING_AFTER_GAP,
        CallEvent.LOST: CallState.END_UNSEEN,
        CallEvent.PBX_DIED: CallState.PBX_DIED,
        CallEvent.DROPPED: CallState.DROPPING_AFTER_GAP,
    },
    CallState.DROPPING: {
        CallEvent.CHANNEL_UP: CallState.DROPPING,
        CallEvent.CHANNEL_MISSED: CallState.DROPPING_AFTER_GAP,
        CallEvent.LAST_CHANNEL_ENDED: CallState.DROPPED,
        CallEvent.LOST: CallState.DROPPED_UNSEEN,
        CallEvent.PBX_DIED: CallState.DROPPED_UNSEEN,
        CallEvent.DROPPED: CallState.DROPPING,
    },
    CallState.DROPPING_AFTER_GAP: {
        CallEvent.CHANNEL_UP: CallState.DROPPING_AFTER_GAP,
        CallEvent.CHANNEL_MISSED: CallState.DROPPING_AFTER_GAP,
        CallEvent.LAST_CHANNEL_ENDED: CallState.DROPPED_UNSEEN,
        CallEvent.LOST: CallState.DROPPED_UNSEEN,
        CallEvent.PBX_DIED: CallState.DROPPED_UNSEEN,
        CallEvent.DROPPED: CallState.DROPPING_AFTER_GAP,
    },
    CallState.WAITING: {
        CallEvent.CHANNEL_UP: CallState.UP,
        CallEvent.OPENER_GIVEN_UP: CallState.ENDED,
        CallEvent.LOST: CallState.END_UNSEEN,
        CallEvent.PBX_DIED: CallState.PBX_DIED,
    },
    CallState.WAITING_AFTER_GAP: {
        CallEvent.CHANNEL_UP: CallState.UP_AFTER_GAP,
        CallEvent.OPENER_GIVEN_UP: CallState.END_UNSEEN,
        CallEvent.LOST: CallState.END_UNSEEN,
        CallEvent.PBX_DIED: CallState.PBX_DIED,
    },
    CallState.ENDED: {CallEvent.DROPPED: CallState.DROPPED},
    CallState.END_UNSEEN: {CallEvent.DROPPED: CallState.DROPPED_UNSEEN},
    CallState.PBX_DIED: {CallEvent.DROPPED: CallState.DROPPED_UNSEEN},
    CallState.DROPPED: {},
    CallState.DROPPED_UNSEEN: {},
}

_OVER = frozenset(
    (CallState.ENDED, CallState.END_UNSEEN, CallState.PBX_DIED, CallState.DROPPED, CallState.DROPPED_UNSEEN)
)
_DROPPED = frozenset((CallState.DROPPING, CallState.DROPPING_AFTER_GAP, CallState.DROPPED, CallState.DROPPED_UNSEEN))
_END_MISSED = frozenset(
    (
        CallState.UP_AFTER_GAP,
        CallState.DROPPING_AFTER_GAP,
        CallState.WAITING_AFTER_GAP,
        CallState.END_UNSEEN,
        CallState.PBX_DIED,
        CallState.DROPPED_UNSEEN,
    )
)


_State = TypeVar("_State", bound=StrEnum)
_Event = TypeVar("_Event", bound=StrEnum)


def _next(table: Mapping[_State, Mapping[_Event, _State]], state: _State, event: _Event) -> _State:
    found = table[state].get(event)
    if found is None:
        raise ImpossibleEvent(f"The event {event} cannot happen to a call in the state {state}.")
    return found
