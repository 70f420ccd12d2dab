"""When many people complain of the same (群体性), and when one person complains very often. Pure.

How many people and days these are is decided apart: `casework/thresholds`. A group signal is many people within days
about one merchant and the same goods or service. Withheld numbers and anonymous people are nobody; one number or one
address is one person, under however many names, and several names of one person are counted apart (SAMR Order 121,
Art. 17: whether there was a consumption at all). That one person complains very often is a hint to whoever handles it,
and never a ground to refuse.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from callcenter.casework.classification.rules import Axis
from callcenter.casework.thresholds.rules import Thresholds

VERSION = "group-2"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What somebody complains of: a merchant, and goods or a service of theirs by their code."""

    merchant_id: int
    axis: Axis
    code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """Who stands in a matter, with what tells people apart, each in its one form; None for what is not known."""

    ticket_id: int
    number: str | None
    address: str | None
    name: str | None
    is_anonymous: bool
    is_by_telephone: bool
    """Whoever withholds the number then is nobody, whatever else they say."""

    @property
    def keys(self) -> list[str]:
        """By which it is the same person; none for nobody."""
        is_nobody = self.is_anonymous or (self.number is None and self.is_by_telephone)
        found = (("number", self.number), ("address", self.address))
        return [] if is_nobody else [f"{what} {key}" for what, key in found if key is not None]


@dataclass(frozen=True, kw_only=True, slots=True)
class People:
    """How many people these are, and how many of them gave several names."""

    number: int
    several_names: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """Many people complained of the same, from one day to another, both included."""

    subject: Subject
    people: People
    tickets: frozenset[int]
    first_day: date
    last_day: date

    def to_json(self) -> dict[str, Any]:
        """What the log of the flagged ticket keeps: numbers, and nobody."""
        return {
            "people": self.people.number,
            "several_names": self.people.several_names,
            "complaints": len(self.tickets),
            "first_day": self.first_day.isoformat(),
            "last_day": self.last_day.isoformat(),
        }


def count_people(voices: Iterable[Voice]) -> People:
    """Whoever has a number or an address in common is one, through others too."""
    people: list[tuple[set[str], set[str]]] = []
    for voice in voices:
        if not voice.keys:
            continue
        keys, names = set(voice.keys), set() if voice.name is None else {voice.name}
        same = [person for person in people if person[0] & keys]
        people = [person for person in people if not person[0] & keys]
        people.append((keys.union(*(one[0] for one in same)), names.union(*(one[1] for one in same))))
    return People(number=len(people), several_names=sum(len(names) > 1 for _, names in people))


def group_voices(heard: Sequence[tuple[Subject, Voice]]) -> dict[Subject, list[Voice]]:
    """By what they complain of."""
    found: dict[Subject, list[Voice]] = defaultdict(list)
    for subject, voice in heard:
        found[subject].append(voice)
    return dict(found)


def is_signal(people: People, thresholds: Thresholds) -> bool:
    """Whether they are many."""
    return people.number >= thresholds.group_people


def is_often(complaints: int, thresholds: Thresholds) -> bool:
    """Whether one person has complained so often that whoever handles it should know."""
    return complaints > thresholds.often_complaints
