"""Every figure of casework, defined once. Pure: counts in, ratios out, each with what it was made of.

What was received counts in the time in which it was received, with what had become of it at the cut-off. What was
decided counts in the time in which it was decided; a time limit in the time in which it ended: when it was stopped in
time, or when it was over. The two are never mixed in one ratio unless its formula says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from callcenter.kpis.definitions import Definition
from callcenter.kpis.tallies import Ratio

VERSION = 1
"""Goes up whenever a formula changes, so that figures of different versions are not compared."""

DECIDED_BY = "accept"
COMPLETED_BY = ("mediate", "report_check")
OFF_SHELF = "off_shelf"
ACKNOWLEDGE = "acknowledge"
"""Codes of time limits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """Time limits that ended."""

    met: int = 0
    breached: int = 0

    def __add__(self, other: Kept) -> Kept:
        return Kept(met=self.met + other.met, breached=self.breached + other.breached)

    @property
    def pair(self) -> tuple[int, int]:
        """Met, and all."""
        return self.met, self.met + self.breached


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseworkCounts:
    """What is counted of a time. Drafts, void matters, and those merged into others are in none."""

    received: int
    completed: int
    """Of those received."""
    lawful: int
    """Complaints and reports received: what SAMR Order 121 is about."""
    complaints: int
    on_the_spot: int
    """Of the lawful ones: settled in the first call."""
    rapid: int
    """Of the lawful ones: a unit was instructed, and they were not settled on the spot."""
    accepted: int
    not_accepted: int
    settled: int
    ended: int
    """Mediations that were ended without a settlement."""
    recovered_cents: int
    """For those settled."""
    flagged: int
    filed: int
    """Of the flags that were raised, those with a case now."""
    limits: dict[str, Kept]
    """Time limits that ended, by code."""
    answered_calls: int | None
    """None for one unit: calls are not of units."""
    calls_with_account: int | None
    """Of those, with a matter or a reason why not."""

    def kept(self, *codes: str) -> Kept:
        """All limits of these codes together."""
        return sum((self.limits.get(code, Kept()) for code in codes), Kept())


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseworkRatio(Definition):
    """A ratio of matters; None where it has no meaning."""

    of: str = "matters"
    unit: str = "share"
    count: Callable[[CaseworkCounts], tuple[int, int] | None]


def _calls(counts: CaseworkCounts) -> tuple[int, int] | None:
    if counts.answered_calls is None or counts.calls_with_account is None:
        return None
    return counts.calls_with_account, counts.answered_calls


RATIOS: tuple[CaseworkRatio, ...] = (
    CaseworkRatio(
        name="completion",
        formula="received and completed at the cut-off / received",
        count=lambda counts: (counts.completed, counts.received),
    ),
    CaseworkRatio(
        name="decided_in_time",
        formula="time limits to accept or refuse that ended: met / met + breached",
        count=lambda counts: counts.kept(DECIDED_BY).pair,
    ),
    CaseworkRatio(
        name="completed_in_time",
        formula="time limits to mediate, and to check a report, that ended: met / met + breached",
        count=lambda counts: counts.kept(*COMPLETED_BY).pair,
    ),
    CaseworkRatio(
        name="acceptance",
        formula="accepted / accepted + not accepted, decided in the time",
        count=lambda counts: (counts.accepted, counts.accepted + counts.not_accepted),
    ),
    CaseworkRatio(
        name="settled_of_concluded",
        formula="settled / settled + mediations ended without a settlement, both in the time",
        count=lambda counts: (counts.settled, counts.settled + counts.ended),
    ),
    CaseworkRatio(
        name="settled_of_accepted",
        formula="settled in the time / accepted in the time",
        count=lambda counts: (counts.settled, counts.accepted),
    ),
    CaseworkRatio(
        name="filed_of_flagged",
        formula="flags raised in the time for which a case is filed at the cut-off / flags raised in the time",
        count=lambda counts: (counts.filed, counts.flagged),
    ),
    CaseworkRatio(
        name="filed_of_complaints",
        formula="flags raised in the time for which a case is filed at the cut-off / complaints received in the time",
        count=lambda counts: (counts.filed, counts.complaints),
    ),
    CaseworkRatio(
        name="off_shelf_in_time",
        formula="24-hour limits to take goods off the shelf that ended: met / met + breached",
        count=lambda counts: counts.kept(OFF_SHELF).pair,
    ),
    CaseworkRatio(
        name="acknowledged_in_time",
        formula="time limits to acknowledge an instruction that ended: met / met + breached",
        count=lambda counts: counts.kept(ACKNOWLEDGE).pair,
    ),
    CaseworkRatio(
        name="three_way_share",
        formula="complaints and reports received that were settled on the spot / complaints and reports received",
        count=lambda counts: (counts.on_the_spot, counts.lawful),
    ),
    CaseworkRatio(
        name="rapid_and_three_way_share",
        formula="complaints and reports received about which a unit was instructed, or that were settled on the spot "
        "/ complaints and reports received",
        count=lambda counts: (counts.rapid + counts.on_the_spot, counts.lawful),
    ),
    CaseworkRatio(
        name="disposition",
        formula="answered inbound calls with a matter or a reason why not / answered inbound calls",
        of="calls",
        count=_calls,
    ),
)


def ratios(counts: CaseworkCounts) -> dict[str, Ratio | None]:
    """Every ratio, by name, with what it was made of."""
    found = {ratio.name: ratio.count(counts) for ratio in RATIOS}
    return {
        name: None if pair is None else Ratio(numerator=pair[0], denominator=pair[1]) for name, pair in found.items()
    }
