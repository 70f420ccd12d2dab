"""What an instruction to a unit is: its states, what is done with it, what was taken off the shelf. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from callcenter.casework.deadlines.rules import Priority

MOST_BATCHES = 50
"""That come with one step."""

URGENT = frozenset({Priority.P1, Priority.P2})
"""Instructed by whoever leads; closed only when it is known what became of the goods, and why there was no patrol."""


class InstructionState(StrEnum):
    """How far an instruction has come. A closed list."""

    ISSUED = "issued"
    """Nobody has acknowledged it yet; its unit is rung."""
    UNANSWERED = "unanswered"
    """All were rung as often as they are, and nobody acknowledged."""
    ACKNOWLEDGED = "acknowledged"
    """Somebody of the unit acts on it."""
    ON_SITE = "on_site"
    REPORTED = "reported"
    """The unit has said what it found."""
    CLOSED = "closed"
    CANCELLED = "cancelled"


OPEN_STATES = frozenset(InstructionState) - {InstructionState.CLOSED, InstructionState.CANCELLED}


class InstructionStep(StrEnum):
    """What somebody does with an instruction. A closed list."""

    ACKNOWLEDGE = "acknowledge"
    DEPART = "depart"
    ARRIVE = "arrive"
    OFF_SHELF = "off_shelf"
    """What became of the goods in question."""
    FEEDBACK = "feedback"
    CLOSE = "close"
    CANCEL = "cancel"
    RING_AGAIN = "ring_again"
    """Its unit is rung anew."""


class InstructionEventKind(StrEnum):
    """What stands in an instruction's log beside its steps. A closed list."""

    ISSUED = "issued"
    WARNED = "warned"
    """So many percent of a time limit are over."""
    UNANSWERED = "unanswered"
    BATCH_ADDED = "batch_added"
    """Goods that were found, apart from what became of all."""
    TEST_ADDED = "test_added"
    PATROLLED = "patrolled"
    """A patrol about it was finished; `body` has its id."""


class AcknowledgedVia(StrEnum):
    """How an instruction was acknowledged. A closed list."""

    PHONE = "phone"
    """By a key, on the phone that was rung."""
    SCREEN = "screen"
    """Somebody wrote down who said so, and how."""


class OffShelfOutcome(StrEnum):
    """What became of the goods in question. A closed list."""

    TAKEN_OFF = "taken_off"
    SOLD_OUT = "sold_out"
    NOTHING_FOUND = "nothing_found"
    PREMISES_CLOSED = "premises_closed"
    """Nobody was let in: the clock goes on."""


ENDING_OUTCOMES = frozenset(OffShelfOutcome) - {OffShelfOutcome.PREMISES_CLOSED}
"""With these the goods are dealt with."""


class Measure(StrEnum):
    """What was done with a batch. A closed list."""

    SEALED = "sealed"
    TAKEN_OFF = "taken_off"
    DESTROYED = "destroyed"


class Finding(StrEnum):
    """What is found on the way of an instruction and added to it, beside its steps. A closed list."""

    BATCH = "batch"
    """Goods."""
    TEST = "test"


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Goods that were found; `quantity` is in `measured_in`."""

    name: str
    brand: str | None
    batch: str | None
    quantity: Decimal
    measured_in: str
    measure: Measure
    attachment_id: int | None = None
    """Of the ticket: what shows the goods."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GoodsTest:
    """What was tested, how, how it came out, and what shows that: the number of a report, for one."""

    item: str
    method: str
    result: str
    evidence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Instruction:
    """An instruction as its next step sees it."""

    id: int
    version: int
    state: InstructionState
    priority: Priority
    instructed_at: datetime
    last_at: datetime
    """When the last thing happened that was done with it: nothing is entered as done before that."""
    has_departed: bool
    has_batches: bool
    """Goods were found and written down."""
    are_goods_dealt_with: bool
    has_patrol: bool
    """A patrol about it was finished."""


_SPOKEN = str.maketrans("0123456789-", "零一二三四五六七八九，")


def spoken_of(number: str, priority: Priority) -> str:
    """What whoever is rung hears of an instruction, to be spoken: how urgent it is, and its number digit by digit."""
    return f"{priority.value.removeprefix('P')}级{number}。".translate(_SPOKEN)
