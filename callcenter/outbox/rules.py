"""What kinds of changes there are, and who follows each. A new follower is one more name here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What has changed. A closed list."""

    CALL = "call"
    """A call that is over was stored, or what is stored of it is another."""
    CUSTOMER_CALL = "customer_call"
    """The same of a call with somebody from outside."""
    MESSAGE_CALL = "message_call"
    """The same of a call in which somebody from outside left a message."""
    CALENDAR_DAY = "calendar_day"
    """Something else was decided about a day of the business calendar."""


class Consumer(StrEnum):
    """Who follows changes. A closed list."""

    CALLBACKS = "callbacks"
    """The episodes of lost callers, and their deadlines."""
    RECORDINGS = "recordings"
    """Taking in what was recorded of calls."""
    MESSAGES = "messages"
    """Taking messages over from the PBX."""
    TICKETS = "tickets"
    """The time limits of tickets."""
    INSTRUCTIONS = "instructions"
    """The time limits of instructions to units."""


CONSUMERS: Mapping[Kind, tuple[Consumer, ...]] = {
    Kind.CALL: (Consumer.CALLBACKS,),
    Kind.CUSTOMER_CALL: (Consumer.RECORDINGS,),
    Kind.MESSAGE_CALL: (Consumer.MESSAGES,),
    Kind.CALENDAR_DAY: (Consumer.CALLBACKS, Consumer.TICKETS, Consumer.INSTRUCTIONS),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change: `key` is the id of a call on its PBX, or a day; `subject` is what its consumers group changes by."""

    kind: Kind
    key: str
    pbx: str | None = None
    subject: str | None = None
