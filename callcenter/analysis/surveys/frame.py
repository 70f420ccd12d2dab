"""Of whom a survey is drawn: complaints completed in a period, without those whose complainant is not asked. Pure.

Law: SAMR Order 121, Art. 26 (spot checks and call-backs). Whoever is left out is counted with the reason.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

ASKED_WITHIN = timedelta(days=90)
"""Nobody is asked twice within so many days. Proposed, until the office decides."""


class Exclusion(StrEnum):
    """Why a complainant is not asked. A closed list; of several reasons the first counts."""

    ANONYMOUS = "anonymous"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    """They said in an earlier survey that they do not want to be asked."""
    DO_NOT_CALL = "do_not_call"
    NO_NUMBER = "no_number"
    """None that may be dialled."""
    ASKED_LATELY = "asked_lately"
    SAME_PERSON = "same_person"
    """They stand in the frame already with another complaint, the one with the lowest number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stratum:
    """What is drawn from apart: a unit, and whether its mediation ended with a settlement."""

    unit_id: int | None
    is_settled: bool

    @property
    def order(self) -> tuple[int, bool]:
        """Units by their id, those without one first; what was settled after what was not."""
        return (-1 if self.unit_id is None else self.unit_id, self.is_settled)


@dataclass(frozen=True, kw_only=True, slots=True)
class Completed:
    """A complaint that was completed in the period, and what decides whether its complainant is asked.

    `person` tells people apart and names nobody: the same for the complaints of one person.
    """

    number: str
    stratum: Stratum
    person: str | None
    is_anonymous: bool = False
    has_withdrawn: bool = False
    is_do_not_call: bool = False
    is_dialable: bool = True
    was_asked_lately: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """All who may be drawn, by the number of their ticket, and how many are not asked for which reason."""

    members: tuple[Completed, ...]
    exclusions: dict[Exclusion, int]

    @property
    def sha256(self) -> str:
        """As anybody can compute it again from the list of numbers."""
        return hash_frame([member.number for member in self.members])

    def sizes(self) -> dict[Stratum, int]:
        """How many each stratum has, in the order of strata."""
        counts = Counter(member.stratum for member in self.members)
        return {stratum: counts[stratum] for stratum in sorted(counts, key=lambda one: one.order)}


def build_frame(completed: Iterable[Completed]) -> Frame:
    """The frame, whatever the order of the complaints. Each is a member or counted in exactly one exclusion."""
    members: list[Completed] = []
    counts = dict.fromkeys(Exclusion, 0)
    persons: set[str] = set()
    for one in sorted(completed, key=lambda one: one.number):
        reason = _find_exclusion(one, persons)
        if reason is not None:
            counts[reason] += 1
            continue
        members.append(one)
        if one.person is not None:
            persons.add(one.person)
    return Frame(members=tuple(members), exclusions=counts)


def hash_frame(numbers: Sequence[str]) -> str:
    """SHA-256 of the sorted ticket numbers, each followed by a line feed; outside: `sort | sha256sum`."""
    return hashlib.sha256("".join(f"{number}\n" for number in sorted(numbers)).encode()).hexdigest()


def _find_exclusion(one: Completed, persons: set[str]) -> Exclusion | None:
    reasons = {
        Exclusion.ANONYMOUS: one.is_anonymous,
        Exclusion.CONSENT_WITHDRAWN: one.has_withdrawn,
        Exclusion.DO_NOT_CALL: one.is_do_not_call,
        Exclusion.NO_NUMBER: not one.is_dialable,
        Exclusion.ASKED_LATELY: one.was_asked_lately,
        Exclusion.SAME_PERSON: one.person in persons,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)
