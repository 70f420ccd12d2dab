"""When a matter must become a case or a signed refusal, and not only be mediated (诉转案). Pure.

What an office finds of an offence is checked within its own time limit (SAMR Order 121, Art. 27), and a settlement does
not free the operator of it. Which matters are flagged at once is proposed here, version 2, until the office decides; by
which goods and problems is decided apart: `casework/thresholds`.
"""

from __future__ import annotations

from enum import StrEnum

from callcenter.casework.thresholds.rules import Thresholds
from callcenter.casework.tickets.priorities import Known, harms_health
from callcenter.casework.tickets.rules import LAWFUL_KINDS

VERSION = "flags-2"


class Trigger(StrEnum):
    """Why a matter was flagged. A closed list."""

    FOOD_HEALTH = "food_health"
    """Food and other goods that gravely harm health."""
    FARM_SUPPLIES = "farm_supplies"
    """Counterfeit or shoddy farm supplies."""
    GROUP_OR_PUBLIC = "group_or_public"
    """Many complainants, or a matter of public attention."""
    OFFENCE_FOUND = "offence_found"
    """A clue that was found in mediation or on a patrol."""
    MANUAL = "manual"


class FlagState(StrEnum):
    """What has become of a flag. A closed list."""

    OPEN = "open"
    PROPOSED = "proposed"
    """Somebody proposes to file a case, or not to; a director has to sign."""
    FILED = "filed"
    REFUSED = "refused"
    """A director signed that no case is filed, and why."""
    WITHDRAWN = "withdrawn"
    """It was a false alarm. Counted apart."""


UNDECIDED = frozenset({FlagState.OPEN, FlagState.PROPOSED})


def list_triggers(known: Known, thresholds: Thresholds) -> list[Trigger]:
    """Why a matter is flagged by what is known of it."""
    if known.kind not in LAWFUL_KINDS:
        return []
    found = []
    if harms_health(known, thresholds):
        found.append(Trigger.FOOD_HEALTH)
    if known.goods_code in thresholds.farm_goods and known.problem_code in thresholds.shoddy_problems:
        found.append(Trigger.FARM_SUPPLIES)
    return found
