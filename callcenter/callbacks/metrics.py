"""Figures of the callback list, for Prometheus."""

from __future__ import annotations

from datetime import UTC, datetime

from prometheus_client import Gauge

from callcenter.callbacks.listing import count_open
from callcenter.database import Database

OPEN = Gauge("callcenter_callbacks_open", "Callers who wait for a call back.")
OVERDUE = Gauge("callcenter_callbacks_overdue", "Callers who wait for a call back that nobody has tried in time.")


async def measure(database: Database) -> None:
    """Look at the list as it stands."""
    async with database.sessions.begin() as session:
        waiting, overdue = await count_open(session, now=datetime.now(UTC))
    OPEN.set(waiting)
    OVERDUE.set(overdue)
