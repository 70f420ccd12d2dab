"""Figures of the callback list, for Prometheus."""

from __future__ import annotations

from datetime import datetime

from prometheus_client import Gauge

from callcenter.callbacks.list_store import count_open
from callcenter.callbacks.work_service import count_alarms
from callcenter.postgres.database import Database
from callcenter.settings import Settings

OPEN = Gauge("callcenter_callbacks_open", "Callers who wait for a call back.")
OVERDUE = Gauge("callcenter_callbacks_overdue", "Callers who wait for a call back that nobody has tried in time.")
DEADLINE_UNKNOWN = Gauge(
    "callcenter_callbacks_deadline_unknown",
    "Callers who wait and whose deadline is not known, because the working calendar is missing.",
)
CONTACT_OVERDUE = Gauge("callcenter_callbacks_contact_overdue", "Callers whom nobody has talked to in time.")
CONTACT_UNKNOWN = Gauge(
    "callcenter_callbacks_contact_unknown",
    "Callers who would be overdue by a working calendar that is missing, or would not.",
)
PROMISES_DUE = Gauge("callcenter_callbacks_promises_due", "Callers who were promised a call that is due.")
PROMISES_LATE = Gauge(
    "callcenter_callbacks_promises_late", "Callers who are put off behind a deadline by a time that was promised them."
)
DIALS_UNKNOWN = Gauge("callcenter_dials_unknown", "Dials of unknown result that nobody has judged.")


async def measure(database: Database, settings: Settings, now: datetime) -> None:
    """Look at the list as it stands."""
    async with database.snapshots.begin() as session:
        waiting, overdue, _ = await count_open(session, now=now)
        alarms = await count_alarms(session, settings, now)
    OPEN.set(waiting)
    OVERDUE.set(overdue)
    DEADLINE_UNKNOWN.set(alarms.attempts_unknown)
    CONTACT_OVERDUE.set(alarms.contacts_overdue)
    CONTACT_UNKNOWN.set(alarms.contacts_unknown)
    PROMISES_DUE.set(alarms.promises_due)
    PROMISES_LATE.set(alarms.promises_late)
    DIALS_UNKNOWN.set(alarms.dials_unknown)
