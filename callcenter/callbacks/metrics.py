"""Figures of the callback list, for Prometheus."""

from __future__ import annotations

from datetime import UTC, datetime

from prometheus_client import Gauge

from callcenter.callbacks.listing import count_open
from callcenter.callbacks.work import count_alarms
from callcenter.database import Database
from callcenter.settings import Settings

OPEN = Gauge("callcenter_callbacks_open", "Callers who wait for a call back.")
OVERDUE = Gauge("callcenter_callbacks_overdue", "Callers who wait for a call back that nobody has tried in time.")
CONTACT_OVERDUE = Gauge("callcenter_callbacks_contact_overdue", "Callers whom nobody has talked to in time.")
PROMISES_DUE = Gauge("callcenter_callbacks_promises_due", "Callers who were promised a call that is due.")
DIALS_UNKNOWN = Gauge("callcenter_dials_unknown", "Dials of unknown result that nobody has judged.")


async def measure(database: Database, settings: Settings) -> None:
    """Look at the list as it stands."""
    now = datetime.now(UTC)
    async with database.sessions.begin() as session:
        waiting, overdue = await count_open(session, now=now)
        contacts, promises, unknown = await count_alarms(session, settings, now)
    OPEN.set(waiting)
    OVERDUE.set(overdue)
    CONTACT_OVERDUE.set(contacts)
    PROMISES_DUE.set(promises)
    DIALS_UNKNOWN.set(unknown)
