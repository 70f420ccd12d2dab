"""Why an answered call became no matter. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple


class NoTicket(StrEnum):
    """A reason. A closed list."""

    WRONG_NUMBER = "wrong_number"
    SILENT = "silent"
    FOLLOW_UP = "follow_up"
    """About a matter that has its ticket; that is linked instead, where it is known."""
    TRANSFERRED = "transferred"
    """Somebody else in the house talks on with the caller."""
    INTERNAL = "internal"
    TEST = "test"
    ABUSE = "abuse"
    OTHER = "other"
    """The remark says which."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Disposition:
    """What was said of a call. Its tickets are those that are linked with it."""

    reason: NoTicket
    remark: str | None
    said_by: str
    said_at: datetime


class Account(StrEnum):
    """What became of an answered call. A closed list."""

    TICKET = "ticket"
    REASON = "reason"
    """It became no matter, and somebody has said why."""
    MISSING = "missing"
    """Nobody has said it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DispositionCounts:
    """Answered = with a ticket + with a reason + missing."""

    answered: int
    with_ticket: int
    with_reason: int

    @property
    def missing(self) -> int:
        """Nobody has said what became of them."""
        return self.answered - self.with_ticket - self.with_reason


class Accounted(NamedTuple):
    """How many answered calls have the same account. `agent` is the device that came last into them, None for none."""

    account: Account
    agent: str | None
    calls: int


def sum_up(accounted: Iterable[Accounted]) -> dict[str, Any]:
    """What the sheet of a day says of its answered calls: answered = with_ticket + with_reason + missing.

    `missing_by_agent` adds up to `missing`, whoever has most of them first.
    """
    totals: Counter[Account] = Counter()
    missing: Counter[str | None] = Counter()
    for account, agent, calls in accounted:
        totals[account] += calls
        if account is Account.MISSING:
            missing[agent] += calls
    by_agent = sorted(missing.items(), key=lambda one: (-one[1], one[0] or ""))
    return {
        "answered": totals.total(),
        "with_ticket": totals[Account.TICKET],
        "with_reason": totals[Account.REASON],
        "missing": totals[Account.MISSING],
        "missing_by_agent": [{"agent": agent, "calls": calls} for agent, calls in by_agent],
    }
