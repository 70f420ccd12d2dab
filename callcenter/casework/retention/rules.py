"""How long a matter keeps its persons after its end, and the certificate of what was deleted. Pure.

PIPL Art. 19: no longer than the purpose needs; Art. 47: then it is deleted. The years are dated data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from callcenter.casework.tickets.rules import TicketKind
from callcenter.json_values import moment_to_json

RULE = "retention"


@dataclass(frozen=True, kw_only=True, slots=True)
class RetentionRule:
    """Since `valid_from` a matter of this kind keeps its persons for so many years."""

    kind: TicketKind
    valid_from: date
    years: int
    source: str


def closed_before(rules: Iterable[RetentionRule], today: date, timezone: ZoneInfo) -> dict[TicketKind, datetime]:
    """Of each kind that has a rule the moment before which a matter must have ended to lose its persons."""
    valid: dict[TicketKind, RetentionRule] = {}
    for rule in sorted(rules, key=lambda rule: rule.valid_from):
        if rule.valid_from <= today:
            valid[rule.kind] = rule
    return {kind: datetime.combine(_years_before(today, rule.years), time(), timezone) for kind, rule in valid.items()}


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - years, day=28)


def make_certificate(numbers: Sequence[str], files: Sequence[str], *, issued_at: datetime) -> Mapping[str, Any]:
    """Which matters lost their persons, and which files, by their SHA-256, went with them."""
    return {"rule": RULE, "issued_at": moment_to_json(issued_at), "tickets": list(numbers), "files": list(files)}
