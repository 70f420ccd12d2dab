"""The SQL that gives each day's work to one process. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.jobs.tables import JobRun


async def find_last_day(session: AsyncSession, job: str) -> date | None:
    """The latest day that is due or done; None before the first."""
    return (await session.scalars(select(func.max(JobRun.business_date)).where(JobRun.job == job))).one()


async def add_due_days(session: AsyncSession, job: str, days: Iterable[date]) -> None:
    """A day that is due or done already stays as it is."""
    rows = [{"job": job, "business_date": day} for day in days]
    if rows:
        await session.execute(insert_or(JobRun).on_conflict_do_nothing(), rows)


async def claim_day(
    session: AsyncSession, job: str, *, lease: str, now: datetime, leased_until: datetime
) -> date | None:
    """The earliest day not done, unless somebody else holds it: later days wait for it. None if nothing can be done."""
    earliest = select(func.min(JobRun.business_date)).where(JobRun.job == job, JobRun.done_at.is_(None))
    free = (
        select(JobRun.business_date)
        .where(
            JobRun.job == job,
            JobRun.done_at.is_(None),
            JobRun.business_date == earliest.scalar_subquery(),
            or_(JobRun.leased_until.is_(None), JobRun.leased_until <= now),
        )
        .with_for_update(skip_locked=True)
    )
    claim = (
        update(JobRun)
        .where(JobRun.job == job, JobRun.business_date.in_(free))
        .values(lease=lease, leased_until=leased_until)
        .returning(JobRun.business_date)
    )
    return (await session.scalars(claim)).one_or_none()


async def finish_day(session: AsyncSession, job: str, day: date, *, lease: str, now: datetime) -> bool:
    """Belongs at the end of the transaction that does the work. False if the lease was lost: then undo the work."""
    statement = (
        update(JobRun)
        .where(JobRun.job == job, JobRun.business_date == day, JobRun.lease == lease, JobRun.done_at.is_(None))
        .values(done_at=now, leased_until=None)
        .returning(JobRun.business_date)
    )
    return (await session.scalars(statement)).one_or_none() is not None


async def release_day(session: AsyncSession, job: str, day: date, *, lease: str) -> None:
    """Give a claimed day back undone, for anybody to claim at once."""
    statement = update(JobRun).where(JobRun.job == job, JobRun.business_date == day, JobRun.lease == lease)
    await session.execute(statement.where(JobRun.done_at.is_(None)).values(lease=None, leased_until=None))
