"""How urgent a matter is by what is known of it. Pure. The highest rule that fits wins; which one is kept with it.

Proposed rules, version 3: P1 danger to life, or many people ill; P2 food, drugs and the like with danger to health, or
somebody ill or injured; P3 many people, or farm supplies; P4 other complaints and reports; P5 what is answered. How
many that are, and which goods, is decided apart: `casework/thresholds`.
"""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.thresholds.rules import Thresholds
from callcenter.casework.tickets.rules import LAWFUL_KINDS, TicketKind

VERSION = "priority-3"


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


def propose_priority(known: Known, thresholds: Thresholds) -> tuple[Priority, str]:
    """The priority, and the rule that gave it with its version."""
    priority, rule = _propose(known, thresholds)
    return priority, f"{VERSION}: {rule}"


def harms_health(known: Known, thresholds: Thresholds) -> bool:
    """Food, drugs and the like with a problem of safety, or somebody ill or injured."""
    is_dangerous = known.goods_code in thresholds.health_goods and known.problem_code in thresholds.health_problems
    return is_dangerous or known.ill + known.injured > 0


def _propose(known: Known, thresholds: Thresholds) -> tuple[Priority, str]:
    if known.kind not in LAWFUL_KINDS:
        return Priority.P5, "answered"
    if known.endangers_life:
        return Priority.P1, "danger_to_life"
    if known.ill >= thresholds.many_ill:
        return Priority.P1, "several_ill"
    if harms_health(known, thresholds):
        return Priority.P2, "danger_to_health"
    if known.is_of_group:
        return Priority.P3, "many_people"
    if known.goods_code in thresholds.farm_goods:
        return Priority.P3, "farm_supplies"
    return Priority.P4, "other"
