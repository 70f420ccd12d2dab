"""All SQL of the quality of work. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.analysis.periods import PeriodKind
from callcenter.analysis.quality.rules import QualityCode, QualityRule
from callcenter.analysis.quality.scores import Deduction
from callcenter.analysis.quality.states import UNCOUNTED, UNMENDED, BulletinState, FindingEvent, FindingState
from callcenter.analysis.quality.tables import BulletinRow, FindingEventRow, FindingRow, QualityRuleRow
from callcenter.analysis.snapshots.tables import SnapshotHead
from callcenter.casework.deadlines.rules import Certainty
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError


async def list_rules(session: AsyncSession) -> list[QualityRule]:
    """All that there ever were."""
    return [
        QualityRule(
            code=QualityCode(row.code),
            points=row.points,
            cap=row.cap,
            valid_from=row.valid_from,
            certainty=Certainty(row.certainty),
            source=row.source,
        )
        for row in await session.scalars(select(QualityRuleRow))
    ]


async def add_rule(session: AsyncSession, new: QualityRule, *, by: int, at: datetime) -> None:
    """Raises ConflictError where there is one of the code from that day on already."""
    values = {
        "code": new.code.value,
        "points": new.points,
        "cap": new.cap,
        "valid_from": new.valid_from,
        "certainty": new.certainty.value,
        "source": new.source,
        "added_by": by,
        "added_at": at,
    }
    statement = insert_or(QualityRuleRow).values(**values).on_conflict_do_nothing().returning(QualityRuleRow.code)
    if (await session.execute(statement)).first() is None:
        raise ConflictError("There is a rule from that day on already.", code=ErrorCode.QUALITY_RULE_EXISTS)


AT_ONCE = 1_000
"""Rows of one statement: PostgreSQL takes 32,767 parameters."""


async def add_findings(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> list[int]:
    """The ids of those that are new: the same error of a month is there once, however often it is found."""
    added: list[int] = []
    for begin in range(0, len(rows), AT_ONCE):
        part = rows[begin : begin + AT_ONCE]
        statement = insert_or(FindingRow).values(list(part)).on_conflict_do_nothing().returning(FindingRow.id)
        added += await session.scalars(statement)
    return added


async def list_findings(
    session: AsyncSession, *conditions: ColumnElement[bool], before: int | None = None, limit: int | None = None
) -> Sequence[FindingRow]:
    """Newest first."""
    statement = select(FindingRow).where(*conditions).order_by(FindingRow.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(FindingRow.id < before)
    return (await session.scalars(statement)).all()


async def get_finding(
    session: AsyncSession, finding_id: int, *conditions: ColumnElement[bool], is_locked: bool = False
) -> FindingRow:
    """Raises NotFoundError."""
    statement = select(FindingRow).where(FindingRow.id == finding_id, *conditions)
    if is_locked:
        statement = statement.with_for_update()
    row = (await session.scalars(statement)).one_or_none()
    if row is None:
        raise NotFoundError("There is no such finding.")
    return row


async def change_finding(
    session: AsyncSession,
    row: FindingRow,
    event: FindingEvent,
    state: FindingState,
    *,
    by: int | None,
    at: datetime,
    text: str | None,
) -> None:
    """What an event makes of it, and the entry in its log."""
    values: dict[str, Any] = {"state": state.value, "version": row.version + 1, "decided_at": at}
    if event is FindingEvent.CONFIRM:
        values["confirmed_by"] = by
    await session.execute(update(FindingRow).where(FindingRow.id == row.id).values(**values))
    entry = {"finding_id": row.id, "event": event.value, "state": state.value, "at": at, "by": by, "text": text}
    await session.execute(insert(FindingEventRow).values(entry))


async def list_events(session: AsyncSession, finding_id: int) -> list[tuple[FindingEventRow, str | None]]:
    """As they came, each with the login name of who did it."""
    statement = (
        select(FindingEventRow, User.name)
        .outerjoin(User, User.id == FindingEventRow.by)
        .where(FindingEventRow.finding_id == finding_id)
        .order_by(FindingEventRow.id)
    )
    return [(row, name) for row, name in await session.execute(statement)]


async def list_deductions(session: AsyncSession, month: date) -> list[Deduction]:
    """What counts of a month."""
    statement = select(FindingRow).where(
        FindingRow.month == month, FindingRow.state.not_in([state.value for state in UNCOUNTED])
    )
    return [
        Deduction(unit_id=row.unit_id, code=QualityCode(row.code), points=row.points, cap=row.cap)
        for row in await session.scalars(statement)
    ]


async def count_proposed(session: AsyncSession, month: date) -> int:
    """Findings that nobody has confirmed or dropped."""
    statement = (
        select(func.count())
        .select_from(FindingRow)
        .where(FindingRow.month == month, FindingRow.state == FindingState.PROPOSED.value)
    )
    return (await session.scalars(statement)).one()


async def list_unmended(session: AsyncSession) -> Sequence[FindingRow]:
    """Those that lapse when their time is over, locked; one that is a repeat itself does not lapse again."""
    statement = (
        select(FindingRow)
        .where(FindingRow.state.in_([state.value for state in UNMENDED]), FindingRow.repeats.is_(None))
        .order_by(FindingRow.id)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(statement)).all()


async def add_bulletin(session: AsyncSession, values: dict[str, Any]) -> int | None:
    """The id of a new draft; None where that version of the month is there already."""
    statement = insert_or(BulletinRow).values(**values).on_conflict_do_nothing().returning(BulletinRow.id)
    return (await session.scalars(statement)).one_or_none()


async def list_without_bulletin(session: AsyncSession) -> list[int]:
    """The ids of snapshots of months that the nightly job has made and of which there is no bulletin, in order."""
    has_bulletin = select(BulletinRow.id).where(BulletinRow.month == SnapshotHead.first).exists()
    statement = (
        select(SnapshotHead.id)
        .where(SnapshotHead.kind == PeriodKind.MONTH.value, SnapshotHead.made_by.is_(None), ~has_bulletin)
        .order_by(SnapshotHead.first)
    )
    return list(await session.scalars(statement))


async def list_bulletins(
    session: AsyncSession, *conditions: ColumnElement[bool], before: int | None = None, limit: int | None = None
) -> Sequence[BulletinRow]:
    """Newest first."""
    statement = select(BulletinRow).where(*conditions).order_by(BulletinRow.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(BulletinRow.id < before)
    return (await session.scalars(statement)).all()


async def get_bulletin(
    session: AsyncSession, bulletin_id: int, *conditions: ColumnElement[bool], is_locked: bool = False
) -> BulletinRow:
    """Raises NotFoundError."""
    statement = select(BulletinRow).where(BulletinRow.id == bulletin_id, *conditions)
    if is_locked:
        statement = statement.with_for_update()
    row = (await session.scalars(statement)).one_or_none()
    if row is None:
        raise NotFoundError("There is no such bulletin.")
    return row


async def change_bulletin(session: AsyncSession, bulletin_id: int, values: dict[str, Any]) -> None:
    """What an event changes."""
    await session.execute(update(BulletinRow).where(BulletinRow.id == bulletin_id).values(**values))


async def find_published(session: AsyncSession, month: date) -> BulletinRow | None:
    """The last version of a month that was published."""
    return next(iter(await list_published(session, [BulletinRow.month == month])), None)


async def list_published(session: AsyncSession, conditions: Iterable[ColumnElement[bool]]) -> Sequence[BulletinRow]:
    """The last version of each month that was published, by month."""
    statement = (
        select(BulletinRow)
        .where(BulletinRow.state == BulletinState.PUBLISHED.value, *conditions)
        .ext(distinct_on(BulletinRow.month))
        .order_by(BulletinRow.month, BulletinRow.version.desc())
    )
    return (await session.scalars(statement)).all()


async def first_published(session: AsyncSession, months: Collection[date]) -> dict[date, datetime]:
    """When each of these months was published first: from then on times run."""
    statement = (
        select(BulletinRow.month, func.min(BulletinRow.published_at))
        .where(BulletinRow.month.in_(months), BulletinRow.published_at.is_not(None))
        .group_by(BulletinRow.month)
    )
    return {month: at for month, at in await session.execute(statement) if at is not None}
