"""How many are drawn from each stratum, and who: by a seed that nobody can choose. Pure.

Anybody can repeat a draw with `sha256sum`: docs/surveys.md shows it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from callcenter.analysis.statistics.intervals import Z
from callcenter.analysis.surveys.frame import Frame, Stratum

DEFAULT_SHARE = Decimal("0.10")


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where somebody stands in a draw: `position` counts within the stratum, from 1, the drawn first."""

    number: str
    stratum: Stratum
    position: int
    is_reserve: bool


def size_by_share(members: int, share: Decimal) -> int:
    """At least that share of them."""
    return min(members, math.ceil(members * share))


def size_by_margin(members: int, margin: Decimal) -> int:
    """So many that a share is known to so much on either side: 95 %, of a half, with the finite correction."""
    if members == 0:
        return 0
    unlimited = Z * Z / 4 / float(margin) ** 2
    return min(members, math.ceil(unlimited / (1 + (unlimited - 1) / members)))


def allot(sizes: Mapping[Stratum, int], wanted: int) -> dict[Stratum, int]:
    """How many of each stratum: in proportion by largest remainder, of equal ones the earlier stratum.

    Then every stratum with members and none drawn gets one, so that the sum may be more than was wanted, and never more
    than there are.
    """
    whole = sum(sizes.values())
    if whole == 0:
        return {}
    wanted = min(wanted, whole)
    strata = sorted(sizes, key=lambda one: one.order)
    allotted = {stratum: wanted * sizes[stratum] // whole for stratum in strata}
    by_remainder = sorted(strata, key=lambda one: -(wanted * sizes[one] % whole))
    for stratum in by_remainder[: wanted - sum(allotted.values())]:
        allotted[stratum] += 1
    return {stratum: max(1, count) if sizes[stratum] else 0 for stratum, count in allotted.items()}


def make_seed(frame_sha256: str, sheet_sha256: str) -> str:
    """SHA-256 of both hashes as they are written: the frame's, and that of the sheet of the period's last day.

    The sheet is the end of a chain that was there before the frame, and the frame is frozen before the draw.
    """
    return hashlib.sha256(f"{frame_sha256}{sheet_sha256}".encode("ascii")).hexdigest()


def order(seed: str, numbers: Iterable[str]) -> list[str]:
    """By the SHA-256 of `seed|number`."""
    return sorted(numbers, key=lambda number: hashlib.sha256(f"{seed}|{number}".encode()).hexdigest())


def draw(frame: Frame, allotted: Mapping[Stratum, int], seed: str) -> list[Place]:
    """Everybody's place, by stratum: the first of each are drawn, all others are its reserve in that order."""
    places = []
    for stratum in frame.sizes():
        numbers = [member.number for member in frame.members if member.stratum == stratum]
        places += [
            Place(number=number, stratum=stratum, position=position, is_reserve=position > allotted.get(stratum, 0))
            for position, number in enumerate(order(seed, numbers), start=1)
        ]
    return places


def find_next_reserve(places: Iterable[Place], stratum: Stratum, opened: Collection[str]) -> Place | None:
    """The first of that stratum's reserve that was not opened yet; None where there is none left."""
    reserve = [one for one in places if one.stratum == stratum and one.is_reserve and one.number not in opened]
    return min(reserve, key=lambda one: one.position, default=None)
