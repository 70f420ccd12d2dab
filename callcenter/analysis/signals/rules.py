"""All rules on the months up to one: what is news in it. Pure: the same snapshots give the same findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from callcenter.analysis.signals.cells import Complaint, Tally
from callcenter.analysis.signals.findings import Finding, Flagged
from callcenter.analysis.signals.groups import find_groups
from callcenter.analysis.signals.rises import find_categories, find_merchants, find_total
from callcenter.analysis.signals.trends import find_drifts, find_persistent, find_weeks

MONTHS = 18
"""So many months are looked at: the base of a drift lies before its last half year."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupSize:
    """So many people within these days are many."""

    people: int
    within: timedelta


def find_all(
    months: Sequence[Tally], complaints: Sequence[Complaint], flagged: Flagged, group: GroupSize
) -> list[Finding]:
    """What is news in the last of these months, which follow each other; `complaints` are those of all of them."""
    now = months[-1].period
    return [
        *find_total(months, flagged),
        *find_categories(months, flagged),
        *find_merchants(months, flagged),
        *find_weeks(complaints, now.first, now.last, flagged),
        *find_drifts(months, flagged),
        *find_persistent(months, flagged),
        *find_groups(complaints, now.first, now.last, people=group.people, within=group.within),
    ]
