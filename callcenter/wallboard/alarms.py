"""What somebody should look after now, in numbers; the lists stand behind routes of their own."""

from __future__ import annotations

import asyncio
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.audio.folders import list_folders
from callcenter.audio.retention import measure_space
from callcenter.audio.rules import DiskState, Purpose, disk_state
from callcenter.callbacks import work_service, work_store
from callcenter.duty import store as duty
from callcenter.process_alarms import store as process_alarms
from callcenter.settings import Settings
from callcenter.wallboard.inputs import AlarmCounts

MOST_DUTY_ALARMS = 100


async def count_alarms(session: AsyncSession, settings: Settings, now: datetime) -> AlarmCounts:
    """As they stand at this moment."""
    waiting = await work_service.count_alarms(session, settings, now)
    return AlarmCounts(
        duty=len(await duty.list_alarms(session, is_open=True, limit=MOST_DUTY_ALARMS)),
        first_attempts_overdue=len(await work_store.list_overdue_attempts(session, now)),
        contacts_overdue=waiting.contacts_overdue,
        promises_due=waiting.promises_due,
        promises_late=waiting.promises_late,
        deadlines_unknown=waiting.contacts_unknown + waiting.attempts_unknown,
        dials_unknown=waiting.dials_unknown,
        parts_down=await process_alarms.count_down(session),
        disks_short=await _list_short(settings),
    )


async def _list_short(settings: Settings) -> tuple[Purpose, ...]:
    """Each purpose once, however many PBXs have files of it."""
    found: dict[Purpose, None] = {}
    for folder in list_folders(settings):
        try:
            space = await asyncio.to_thread(measure_space, folder.path)
        except OSError:
            continue  # shown by the part that keeps it
        state = disk_state(space, alarm_percent=settings.disk_alarm_percent, floor_percent=settings.disk_floor_percent)
        if state is not DiskState.GOOD:
            found[folder.purpose] = None
    return tuple(found)
