"""All SQL about what failed in the processes. Every function works in the transaction of the session it gets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.process_alarms.tables import ProcessAlarm
from callcenter.supervision import Incident


async def save_incidents(session: AsyncSession, incidents: Iterable[Incident], *, host: str) -> None:
    """Each as it is now; the same one is one row."""
    for incident in incidents:
        save = insert_or(ProcessAlarm).values(
            incident_id=incident.incident_id,
            host=host,
            part=incident.part,
            failed_at=incident.failed_at,
            failures=incident.failures,
            reason=incident.reason,
            back_at=incident.back_at,
        )
        new = {name: save.excluded[name] for name in ("failures", "reason", "back_at")}
        await session.execute(save.on_conflict_do_update(index_elements=["incident_id"], set_=new))


async def end_incidents(session: AsyncSession, *, host: str, at: datetime) -> None:
    """A fresh process has every part again: what was down in the one before is back."""
    down = (ProcessAlarm.host == host) & ProcessAlarm.back_at.is_(None)
    await session.execute(update(ProcessAlarm).where(down).values(back_at=at))


async def list_alarms(
    session: AsyncSession, *, is_down: bool, before: int | None, limit: int
) -> Sequence[ProcessAlarm]:
    """Newest first; `before` is the id of the last one seen."""
    statement = select(ProcessAlarm).order_by(ProcessAlarm.id.desc()).limit(limit)
    if is_down:
        statement = statement.where(ProcessAlarm.back_at.is_(None))
    if before is not None:
        statement = statement.where(ProcessAlarm.id < before)
    return (await session.scalars(statement)).all()


async def count_down(session: AsyncSession) -> int:
    """How many parts are not back."""
    down = select(func.count()).select_from(ProcessAlarm).where(ProcessAlarm.back_at.is_(None))
    return (await session.execute(down)).scalar_one()
