"""How urgent a matter is by what is known of it. Pure. The highest rule that fits wins; which one is kept with it.

Proposed rules, version 2: P1 danger to life, or three people ill; P2 food, drugs and the like with danger to health, or
somebody ill or injured; P3 many people, or farm supplies; P4 other complaints and reports; P5 what is answered.
"""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.tickets.rules import LAWFUL_KINDS, TicketKind

VERSION = "priority-2"

MANY_ILL = 3
HEALTH_GOODS = frozenset({"general_food", "special_food", "drug", "medical_device", "cosmetic"})
HEALTH_PROBLEMS = frozenset({"food_safety", "safety"})
FARM_SUPPLIES = "farm_supplies"


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What of a matter says how urgent it is."""

    kind: TicketKind
    goods_code: str | None
    problem_code: str | None
    ill: int
    injured: int
    endangers_life: bool
    is_of_group: bool = False
    """Many people complain of the same."""


def propose_priority(known: Known) -> tuple[Priority, str]:
    """The priority, and the rule that gave it with its version."""
    priority, rule = _propose(known)
    return priority, f"{VERSION}: {rule}"


def harms_health(known: Known) -> bool:
    """Food, drugs and the like with a problem of safety, or somebody ill or injured."""
    is_dangerous = known.goods_code in HEALTH_GOODS and known.problem_code in HEALTH_PROBLEMS
    return is_dangerous or known.ill + known.injured > 0


def _propose(known: Known) -> tuple[Priority, str]:
    if known.kind not in LAWFUL_KINDS:
        return Priority.P5, "answered"
    if known.endangers_life:
        return Priority.P1, "danger_to_life"
    if known.ill >= MANY_ILL:
        return Priority.P1, "several_ill"
    if harms_health(known):
        return Priority.P2, "danger_to_health"
    if known.is_of_group:
        return Priority.P3, "many_people"
    if known.goods_code == FARM_SUPPLIES:
        return Priority.P3, "farm_supplies"
    return Priority.P4, "other"
