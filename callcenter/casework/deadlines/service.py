"""Which rule holds for a matter, and what it would make due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.deadlines import store
from callcenter.casework.deadlines.clock import Due, find_due
from callcenter.casework.deadlines.rules import DeadlineRule, Priority
from callcenter.errors import InputError, NotFoundError
from callcenter.hours.deadlines import Pause
from callcenter.hours.store import load_calendar

BEFORE = timedelta(days=60)
"""No run of days off in which a limit ends began longer ago."""
AFTER = timedelta(days=730)
"""No limit lasts longer, its pauses apart."""


async def find_rule(session: AsyncSession, code: str, *, received_on: date, priority: Priority | None) -> DeadlineRule:
    """The rule for a matter that was received that day; one for its priority goes before one for all.

    Raises NotFoundError, InputError where the limit depends on the priority and none is given.
    """
    rules = {rule.priority: rule for _, _, rule in await store.list_rules(session, received_on) if rule.code == code}
    found = rules.get(priority) or rules.get(None)
    if found is not None:
        return found
    if not rules:
        raise NotFoundError(f"No rule {code} holds for what was received on {received_on}.")
    known = ", ".join(sorted(filter(None, rules)))
    if priority is None:
        raise InputError(f"The limit {code} depends on the priority: give one of {known}.")
    raise NotFoundError(f"The limit {code} is set for {known}, not for {priority}.")


async def preview(
    session: AsyncSession, rule: DeadlineRule, begins_at: datetime, *, pauses: Sequence[Pause], is_extended: bool
) -> Due:
    """What would be due, by the calendar as it stands; `begins_at` is local."""
    begins_on = begins_at.date()
    last = max([begins_on, *(pause.ends_on for pause in pauses)])
    calendar = await load_calendar(session, begins_on - BEFORE, last + AFTER)
    return find_due(rule, begins_at, calendar, pauses=pauses, is_extended=is_extended)
