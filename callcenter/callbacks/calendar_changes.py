"""Deadlines of callers who wait follow the calendar when something else is decided about a day.

Which deadline moves and which stays is a rule of `deadlines.py`; here the change reaches the episodes.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.callbacks import store, work_store
from callcenter.callbacks.deadlines import find_due_at, move_due_at
from callcenter.hours.calling_hours import CallingHours
from callcenter.hours.service import load_is_workday
from callcenter.outbox import store as outbox
from callcenter.outbox.rules import Consumer, Kind

MOVED = "The calendar of {day} was changed: the first call back is due {after}, no longer {before}."
STAYED = "The calendar of {day} was changed afterwards: the first call back stays due {before}."


async def follow_calendar(session: AsyncSession, hours: CallingHours) -> None:
    """Move the deadlines between whose loss and due time a changed day lies, and write it into the episodes' history.

    The caller holds the lock on episodes. What was published has no author, and leaves no note.
    """
    changes = await outbox.take(session, Consumer.CALLBACKS, Kind.CALENDAR_DAY)
    if not changes:
        return
    is_workday = await load_is_workday(session)
    timezone = hours.timezone
    for change in changes:
        day = date.fromisoformat(change.key)
        midnight = datetime.combine(day, time(), timezone)
        for episode in await store.list_waiting_over(session, midnight, midnight + timedelta(days=1)):
            by_rule = find_due_at(episode.opened_at, hours, is_workday)
            if by_rule == episode.due_at:
                continue
            due_at = move_due_at(episode.due_at, by_rule, change.changed_at)
            if due_at != episode.due_at:
                await store.set_due_at(session, episode.id, due_at)
            if change.changed_by is not None:
                sentence = STAYED if due_at == episode.due_at else MOVED
                note = sentence.format(day=day, before=_local(episode.due_at, timezone), after=_local(due_at, timezone))
                await work_store.add_notes(
                    session, [episode.id], user_id=change.changed_by, at=change.changed_at, note=note
                )


def _local(moment: datetime | None, timezone: ZoneInfo) -> str:
    return "at a time not known" if moment is None else f"{moment.astimezone(timezone):%Y-%m-%d %H:%M}"
