"""Which rule holds for a matter, and what it would make due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.deadlines import store
from callcenter.casework.deadlines.clock import Due, find_due
from callcenter.casework.deadlines.rules import DeadlineRule, Priority
from callcenter.errors import NotFoundError
from callcenter.hours.deadlines import Pause
from callcenter.hours.store import load_calendar

BEFORE = timedelta(days=60)
"""No run of days off in which a limit ends began longer ago."""
AFTER = timedelta(days=730)
"""No limit lasts longer, its pauses apart."""


async def find_rule(session: AsyncSession, code: str, *, received_on: date, priority: Priority | None) -> DeadlineRule:
    """The rule for a matter that was received that day. Raises NotFoundError."""
    rules = [rule for _, _, rule in await store.list_rules(session, received_on) if rule.code == code]
    for rule in rules:
        if rule.priority in (None, priority):
            return rule
    raise NotFoundError(
        f"No rule {code} holds for what was received on {received_on}"
        + ("." if priority is None or not rules else f" with the priority {priority}.")
    )


async def preview(
    session: AsyncSession, rule: DeadlineRule, begins_at: datetime, *, pauses: Sequence[Pause], is_extended: bool
) -> Due:
    """What would be due, by the calendar as it stands; `begins_at` is local."""
    begins_on = begins_at.date()
    last = max([begins_on, *(pause.ends_on for pause in pauses)])
    calendar = await load_calendar(session, begins_on - BEFORE, last + AFTER)
    return find_due(rule, begins_at, calendar, pauses=pauses, is_extended=is_extended)
