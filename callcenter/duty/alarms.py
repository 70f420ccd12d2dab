"""Raising an alarm for every emergency that nobody on duty answered, while the caller may still leave a message."""

from __future__ import annotations

import structlog
from prometheus_client import Gauge

from callcenter.clock import Clock, utc_now
from callcenter.duty import store
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow

log = structlog.stdlib.get_logger(__name__)

POLL_SECONDS = 2.0

OPEN = Gauge("callcenter_duty_alarms_open", "Emergencies that nobody on duty answered and nobody has taken in hand.")


async def watch_emergencies(database: Database, clock: Clock = utc_now) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""

    async def work() -> None:
        async with database.sessions.begin() as session:
            raised = await store.raise_alarms(session, clock())
            open_alarms = await store.count_open_alarms(session)
        for pbx, call_id in raised:
            log.error("emergency_unanswered", pbx=pbx, call_id=call_id)
        OPEN.set(open_alarms)

    await follow(database, work, task="emergencies", every=POLL_SECONDS)
