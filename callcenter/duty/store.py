"""The SQL of the duty roster. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import delete, func, insert, literal, select, union, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.calls.records import Direction, Outcome
from callcenter.calls.tables import Call
from callcenter.duty.rules import BusyTime, DutyRole, Shift
from callcenter.duty.tables import DutyAlarm, DutyHandover, DutyPerson, DutyShift, DutySwap, OtherDuty
from callcenter.errors import NotFoundError
from callcenter.postgres.database import Base

Row = TypeVar("Row", bound=Base)


async def lock_roster(session: AsyncSession) -> None:
    """Let nobody else change the roster until this transaction ends: what is checked stays true."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("duty roster", 0))))


async def get_row(session: AsyncSession, table: type[Row], row_id: int, what: str) -> Row:
    """Raises NotFoundError with `what` is not there."""
    row = await session.get(table, row_id, populate_existing=True)
    if row is None:
        raise NotFoundError(f"There is no such {what}.")
    return row


async def add_row(session: AsyncSession, table: type[Row], **values: Any) -> Row:
    return (await session.scalars(insert(table).values(**values).returning(table))).one()


async def change_row(session: AsyncSession, table: type[Row], row_id: int, what: str, **values: Any) -> Row:
    """Raises NotFoundError."""
    await get_row(session, table, row_id, what)
    columns: Any = table.__table__.columns
    await session.execute(update(table).where(columns["id"] == row_id).values(**values))
    return await get_row(session, table, row_id, what)


async def remove_row(session: AsyncSession, table: type[Row], row_id: int, what: str) -> None:
    """Raises NotFoundError."""
    await get_row(session, table, row_id, what)
    columns: Any = table.__table__.columns
    await session.execute(delete(table).where(columns["id"] == row_id))


async def list_people(session: AsyncSession) -> list[tuple[DutyPerson, str | None]]:
    """By name, each with the name of the user that they are."""
    statement = select(DutyPerson, User.name).outerjoin(User, User.id == DutyPerson.user_id)
    rows = await session.execute(statement.order_by(DutyPerson.name, DutyPerson.id))
    return [(person, user) for person, user in rows]


async def find_person_of(session: AsyncSession, user_id: int) -> DutyPerson | None:
    """Who of the roster is this user."""
    return (await session.scalars(select(DutyPerson).where(DutyPerson.user_id == user_id))).one_or_none()


async def list_shifts(session: AsyncSession, starts_at: datetime, ends_at: datetime) -> Sequence[DutyShift]:
    """Those that touch this time, in order."""
    touches = (DutyShift.starts_at < ends_at) & (DutyShift.ends_at > starts_at)
    ordered = select(DutyShift).where(touches).order_by(DutyShift.starts_at, DutyShift.position, DutyShift.id)
    return (await session.scalars(ordered)).all()


async def list_busy(session: AsyncSession, starts_at: datetime, ends_at: datetime) -> Sequence[OtherDuty]:
    """Those that touch this time, in order."""
    touches = (OtherDuty.starts_at < ends_at) & (OtherDuty.ends_at > starts_at)
    return (await session.scalars(select(OtherDuty).where(touches).order_by(OtherDuty.starts_at, OtherDuty.id))).all()


async def list_swaps(session: AsyncSession, *, before: int | None, limit: int) -> Sequence[DutySwap]:
    """Newest first; `before` is the id of the last one seen."""
    statement = select(DutySwap).order_by(DutySwap.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(DutySwap.id < before)
    return (await session.scalars(statement)).all()


async def list_handovers(session: AsyncSession, *, before: int | None, limit: int) -> list[tuple[DutyHandover, str]]:
    """Newest first, each with the name of who wrote it."""
    statement = select(DutyHandover, User.name).join(User, User.id == DutyHandover.written_by)
    if before is not None:
        statement = statement.where(DutyHandover.id < before)
    rows = await session.execute(statement.order_by(DutyHandover.id.desc()).limit(limit))
    return [(handover, name) for handover, name in rows]


async def raise_alarms(session: AsyncSession, at: datetime) -> list[tuple[str, str]]:
    """An alarm for every emergency that nobody answered and that has none; their calls.

    That everybody was rung in vain is reported while the caller is still there; one who gave up before that has reached
    nobody either, which the outcome says.
    """
    calls = select(Call.pbx, Call.call_id, literal(at).label("raised_at")).where(Call.direction == Direction.INBOUND)
    known = select(DutyAlarm.id).where(DutyAlarm.pbx == Call.pbx, DutyAlarm.call_id == Call.call_id)
    # two statements, each by its index
    unanswered = calls.where(Call.record["emergency_unanswered_at"].as_string().is_not(None), ~known.exists())
    over = calls.where(func.coalesce(Call.outcome, "") == Outcome.EMERGENCY_UNANSWERED, ~known.exists())
    raised = insert_or(DutyAlarm).from_select(["pbx", "call_id", "raised_at"], union(unanswered, over))
    new = raised.on_conflict_do_nothing().returning(DutyAlarm.pbx, DutyAlarm.call_id)
    return [(row.pbx, row.call_id) for row in await session.execute(new)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """An alarm with what is known of its call; the number is as recorded, not masked."""

    id: int
    pbx: str
    call_id: str
    raised_at: datetime
    started_at: datetime | None
    caller_number: str | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None


async def list_alarms(
    session: AsyncSession, *, is_open: bool = False, alarm_id: int | None = None, limit: int | None = None
) -> list[Alarm]:
    """Newest first."""
    statement = (
        select(DutyAlarm, Call.started_at, Call.caller_number, User.name)
        .outerjoin(Call, (Call.pbx == DutyAlarm.pbx) & (Call.call_id == DutyAlarm.call_id))
        .outerjoin(User, User.id == DutyAlarm.acknowledged_by)
        .order_by(DutyAlarm.id.desc())
        .limit(limit)
    )
    if is_open:
        statement = statement.where(DutyAlarm.acknowledged_at.is_(None))
    if alarm_id is not None:
        statement = statement.where(DutyAlarm.id == alarm_id)
    return [
        Alarm(
            id=alarm.id,
            pbx=alarm.pbx,
            call_id=alarm.call_id,
            raised_at=alarm.raised_at,
            started_at=started_at,
            caller_number=number,
            acknowledged_by=name,
            acknowledged_at=alarm.acknowledged_at,
        )
        for alarm, started_at, number, name in await session.execute(statement)
    ]


async def count_open_alarms(session: AsyncSession) -> int:
    statement = select(func.count()).select_from(DutyAlarm).where(DutyAlarm.acknowledged_at.is_(None))
    return (await session.scalars(statement)).one()


def as_shift(row: DutyShift) -> Shift:
    """As the rules need it."""
    return Shift(
        person_id=row.person_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        position=row.position,
        role=DutyRole(row.role),
    )


def as_busy(rows: Iterable[OtherDuty]) -> list[BusyTime]:
    """As the rules need them."""
    return [BusyTime(person_id=row.person_id, starts_at=row.starts_at, ends_at=row.ends_at) for row in rows]
