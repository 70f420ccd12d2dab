"""What a broadcast is: to whom it goes, how long it takes, and how each organisation stands. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from callcenter.casework.contacts.rules import ContactPerson, ContactRole
from callcenter.casework.key_calls.rules import RING_FOR

LONGEST_TEXT = 200
"""Characters that are spoken."""
MOST_TARGETS = 500
"""Organisations that one broadcast goes to."""

ANSWERED_AFTER = timedelta(seconds=10)
SIGNS_PER_SECOND = 4
"""As espeak-ng speaks Chinese."""
OWN_WORDS = timedelta(seconds=12)
"""What is said before and behind the text, and the time for a key."""


class BroadcastKind(StrEnum):
    """Whether it is meant. A closed list."""

    REAL = "real"
    """At any hour."""
    DRILL = "drill"
    """Says that it is one; in calling hours only."""


class OrganisationKind(StrEnum):
    """A closed list."""

    UNIT = "unit"
    MERCHANT = "merchant"


class AnsweredVia(StrEnum):
    """How an organisation acknowledged. A closed list."""

    PHONE = "phone"
    """By a key, on the phone that was rung."""
    MANUAL = "manual"
    """Somebody wrote down who said so, and how."""


class BroadcastEventKind(StrEnum):
    """What stands in the log of a broadcast, beside its rings. A closed list."""

    STARTED = "started"
    STOPPED = "stopped"
    """Somebody let it end: whoever was not reached until then is not."""
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True, slots=True)
class BroadcastFilter:
    """To whom a broadcast goes: to contacts that are as each of these says; what is empty says nothing."""

    organisations: OrganisationKind | None = None
    unit_ids: tuple[int, ...] = ()
    merchant_ids: tuple[int, ...] = ()
    roles: tuple[ContactRole, ...] = ()
    regions: tuple[str, ...] = ()
    goods: tuple[str, ...] = ()
    """Codes: one of them is enough."""
    brands: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """A number by which a contact can be reached."""

    contact_id: int
    person: str
    number: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How many organisations stand how. All together they are the targets, at every moment."""

    waiting: int = 0
    ringing: int = 0
    acknowledged: int = 0
    refused: int = 0
    unreachable: int = 0

    @property
    def targets(self) -> int:
        return self.acknowledged + self.refused + self.unreachable + self.waiting + self.ringing

    @property
    def is_over(self) -> bool:
        """Whether nobody is left to be rung."""
        return self.waiting + self.ringing == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """How long a broadcast takes: where everybody answers the first ring, and where nobody ever does."""

    shortest: timedelta
    longest: timedelta


def list_reaches(contacts: Iterable[ContactPerson]) -> list[Reach]:
    """By position, each number once."""
    found: dict[str, Reach] = {}
    for contact in sorted(contacts, key=lambda one: (one.position, one.id)):
        for number in contact.numbers:
            found.setdefault(number, Reach(contact_id=contact.id, person=contact.name, number=number))
    return list(found.values())


def length_of(text: str) -> timedelta:
    """How long it takes to speak it."""
    return timedelta(seconds=len(text) / SIGNS_PER_SECOND)


def expect(chains: Sequence[int], said: timedelta, *, lines: int, rounds: int, apart: timedelta) -> Expectation:
    """By the number of phone numbers of each organisation, and how long it takes to say what is to be said.

    Callers who wait make it longer: nobody is rung then.
    """
    spoken = OWN_WORDS + said
    shortest = -(-len(chains) // lines) * (ANSWERED_AFTER + spoken)
    # Whoever answers and presses nothing hears it twice.
    of_round = -(-sum(chains) // lines) * (RING_FOR + 2 * spoken)
    return Expectation(shortest=shortest, longest=(rounds - 1) * max(of_round, apart) + of_round)
