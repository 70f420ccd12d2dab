"""All SQL about what failed in the processes. Every function works in the transaction of the session it gets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError
from callcenter.process_alarms.tables import Process, ProcessAlarm
from callcenter.supervision import Incident

GONE_AFTER = timedelta(minutes=1)
"""A process that gave no sign for so long has ended, whatever its host was called."""

KEPT_FOR = timedelta(days=90)
"""Alarms that have ended."""


async def save_incidents(session: AsyncSession, incidents: Iterable[Incident], *, host: str, process: str) -> None:
    """Each as it is now; the same one is one row."""
    for incident in incidents:
        save = insert_or(ProcessAlarm).values(
            incident_id=incident.incident_id,
            host=host,
            process=process,
            part=incident.part,
            failed_at=incident.failed_at,
            failures=incident.failures,
            reason=incident.reason,
            back_at=incident.back_at,
        )
        new = {name: save.excluded[name] for name in ("failures", "reason", "back_at")}
        await session.execute(save.on_conflict_do_update(index_elements=["incident_id"], set_=new))


async def give_sign(session: AsyncSession, process: str) -> None:
    """The process is there, by the database's clock."""
    save = insert_or(Process).values(name=process, seen_at=func.now())
    await session.execute(save.on_conflict_do_update(index_elements=["name"], set_={"seen_at": save.excluded.seen_at}))


async def end_incidents_before(session: AsyncSession, process: str, *, at: datetime) -> None:
    """A fresh process of this name has every part again: what was down in the one before is back."""
    down = (ProcessAlarm.process == process) & ProcessAlarm.back_at.is_(None)
    await session.execute(update(ProcessAlarm).where(down).values(back_at=at))


async def end_incidents_of_the_gone(session: AsyncSession, *, at: datetime) -> None:
    """A process that is no longer there has no part that is down: whether another has taken over is seen elsewhere."""
    await session.execute(delete(Process).where(Process.seen_at < func.now() - GONE_AFTER))
    is_gone = ProcessAlarm.process.not_in(select(Process.name))
    await session.execute(update(ProcessAlarm).where(ProcessAlarm.back_at.is_(None), is_gone).values(back_at=at))


async def remove_old(session: AsyncSession, *, now: datetime) -> None:
    """Alarms that ended long ago."""
    await session.execute(delete(ProcessAlarm).where(ProcessAlarm.back_at < now - KEPT_FOR))


async def acknowledge(session: AsyncSession, alarm_id: int, *, user_id: int, at: datetime) -> None:
    """A supervisor has taken it in hand. Raises NotFoundError, ConflictError where somebody has."""
    alarm = await session.get(ProcessAlarm, alarm_id, with_for_update=True)
    if alarm is None:
        raise NotFoundError("There is no such alarm.")
    if alarm.acknowledged_at is not None:
        raise ConflictError("Somebody has taken this alarm in hand already.", code=ErrorCode.ALARM_ACKNOWLEDGED)
    alarm.acknowledged_by, alarm.acknowledged_at = user_id, at
    await session.flush()


async def list_alarms(
    session: AsyncSession,
    *,
    is_down: bool = False,
    alarm_id: int | None = None,
) -> Sequence[tuple[ProcessAlarm, str | None]]:
    """Newest first, each with the name of the user who took it in hand."""
    statement = select(ProcessAlarm, User.name).outerjoin(User, User.id == ProcessAlarm.acknowledged_by)
    if is_down:
        statement = statement.where(ProcessAlarm.back_at.is_(None))
    if alarm_id is not None:
        statement = statement.where(ProcessAlarm.id == alarm_id)
    rows = await session.execute(statement.order_by(ProcessAlarm.id.desc()))
    return [(alarm, name) for alarm, name in rows]


async def count_down(session: AsyncSession) -> int:
    """How many parts are not back."""
    down = select(func.count()).select_from(ProcessAlarm).where(ProcessAlarm.back_at.is_(None))
    return (await session.execute(down)).scalar_one()
