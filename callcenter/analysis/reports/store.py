"""All SQL of reports. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.accounts.tables import User
from callcenter.analysis.periods import PeriodKind
from callcenter.analysis.reports.material import NOT_COUNTED
from callcenter.analysis.reports.rules import Paragraph, Report, ReportEvent, ReportSection, ReportState
from callcenter.analysis.reports.tables import ReportEventRow, ReportRow
from callcenter.analysis.snapshots.tables import SnapshotHead, SnapshotRow
from callcenter.callbacks.tables import DaySheet
from callcenter.calls.tables import Call
from callcenter.errors import NotFoundError, StaleVersionError

HOURS, WEEKDAYS = 24, 7


async def add_report(session: AsyncSession, values: Mapping[str, Any]) -> int | None:
    """Its id; None where the snapshot has a report of this edition, or just got one from another transaction."""
    statement = insert_or(ReportRow).values(**values, version=1).on_conflict_do_nothing().returning(ReportRow.id)
    return (await session.scalars(statement)).one_or_none()


async def get_report(
    session: AsyncSession, report_id: int, *conditions: ColumnElement[bool], is_locked: bool = False
) -> tuple[ReportRow, SnapshotHead]:
    """With its snapshot. Raises NotFoundError, also for one that the conditions leave out."""
    statement = select(ReportRow, SnapshotHead).join(SnapshotHead, SnapshotHead.id == ReportRow.snapshot_id)
    statement = statement.where(ReportRow.id == report_id, *conditions).execution_options(populate_existing=True)
    found = (await session.execute(statement.with_for_update(of=ReportRow) if is_locked else statement)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such report.")
    return found[0], found[1]


async def list_reports(
    session: AsyncSession, *conditions: ColumnElement[bool], before: int | None, limit: int
) -> Sequence[tuple[ReportRow, SnapshotHead]]:
    """Newest first."""
    statement = select(ReportRow, SnapshotHead).join(SnapshotHead, SnapshotHead.id == ReportRow.snapshot_id)
    if before is not None:
        statement = statement.where(ReportRow.id < before)
    rows = await session.execute(statement.where(*conditions).order_by(ReportRow.id.desc()).limit(limit))
    return [(report, snapshot) for report, snapshot in rows]


async def change_report(session: AsyncSession, report: Report, values: Mapping[str, Any]) -> None:
    """Raises StaleVersionError where somebody has changed it since; nothing is changed then."""
    statement = update(ReportRow).where(ReportRow.id == report.id, ReportRow.version == report.version)
    changed = statement.values(**values, version=report.version + 1).returning(ReportRow.id)
    if (await session.execute(changed)).first() is None:
        raise StaleVersionError


async def add_event(
    session: AsyncSession, report_id: int, what: str, *, by: int | None, at: datetime, body: Mapping[str, Any]
) -> None:
    """Something was done."""
    await session.execute(insert(ReportEventRow).values(report_id=report_id, what=what, by=by, at=at, body=dict(body)))


async def find_edition(session: AsyncSession, snapshot_id: int, edition: int) -> ReportRow | None:
    """Of the reports on a snapshot."""
    statement = select(ReportRow).where(ReportRow.snapshot_id == snapshot_id, ReportRow.edition == edition)
    return (await session.scalars(statement)).one_or_none()


async def to_report(session: AsyncSession, row: ReportRow) -> Report:
    """As the rules see it."""
    later = await find_edition(session, row.snapshot_id, row.edition + 1)
    return Report(
        id=row.id,
        snapshot_id=row.snapshot_id,
        edition=row.edition,
        version=row.version,
        state=ReportState(row.state),
        paragraphs=to_paragraphs(row),
        is_last=later is None,
        authors=await _list_authors(session, row),
    )


async def _list_authors(session: AsyncSession, row: ReportRow) -> frozenset[int]:
    written = (ReportEvent.WRITE.value, ReportEvent.SUBMIT.value, ReportEvent.CORRECT.value, "draft")
    statement = (
        select(ReportEventRow.by)
        .join(ReportRow, ReportRow.id == ReportEventRow.report_id)
        .where(ReportRow.snapshot_id == row.snapshot_id, ReportRow.edition <= row.edition)
        .where(ReportEventRow.what.in_(written), ReportEventRow.by.is_not(None))
        .distinct()
    )
    return frozenset(by for by in await session.scalars(statement) if by is not None)


def to_paragraphs(row: ReportRow) -> tuple[Paragraph, ...]:
    """What was written so far."""
    return tuple(
        Paragraph(section=ReportSection(one["section"]), text=one["text"], author=one["author"])
        for one in row.paragraphs
    )


async def list_undrafted(session: AsyncSession, kinds: Collection[PeriodKind]) -> list[int]:
    """Ids of snapshots of these kinds that have no report, the earliest first."""
    statement = (
        select(SnapshotHead.id)
        .where(SnapshotHead.kind.in_([kind.value for kind in kinds]))
        .where(~select(ReportRow.id).where(ReportRow.snapshot_id == SnapshotHead.id).exists())
        .order_by(SnapshotHead.id)
    )
    return list(await session.scalars(statement))


async def list_months(session: AsyncSession, first: date, last: date) -> list[tuple[date, int]]:
    """Months that were frozen and begin within these days, with the ids of their snapshots."""
    statement = (
        select(SnapshotHead.first, SnapshotHead.id)
        .where(SnapshotHead.kind == PeriodKind.MONTH.value, SnapshotHead.first.between(first, last))
        .order_by(SnapshotHead.first)
    )
    return [(row.first, row.id) for row in await session.execute(statement)]


async def count_months(
    session: AsyncSession, snapshot_ids: Collection[int], timezone: ZoneInfo
) -> dict[date, dict[str, int]]:
    """Matters received in each month, by kind, as the snapshots of these months have them."""
    head = aliased(SnapshotHead)
    day = func.timezone(timezone.key, SnapshotRow.received_at)
    statement = (
        select(head.first, SnapshotRow.kind, func.count())
        .join(head, head.id == SnapshotRow.snapshot_id)
        .where(head.id.in_(snapshot_ids), day >= head.first, day < head.last + 1)
        .where(~SnapshotRow.is_merged, SnapshotRow.state.not_in([state.value for state in NOT_COUNTED]))
        .group_by(head.first, SnapshotRow.kind)
    )
    found: dict[date, dict[str, int]] = {}
    for first, kind, count in await session.execute(statement):
        found.setdefault(first, {})[kind] = count
    return found


async def list_sheets(session: AsyncSession, first: date, last: date) -> list[dict[str, Any]]:
    """Day sheets that were frozen."""
    statement = select(DaySheet.sheet).where(DaySheet.business_date.between(first, last))
    return list(await session.scalars(statement.order_by(DaySheet.business_date)))


async def count_hours(
    session: AsyncSession, first: date, last: date, timezone: ZoneInfo
) -> tuple[tuple[int, ...], ...] | None:
    """Inbound calls of business days by weekday and hour of the local day; None of no calls."""
    local = func.timezone(timezone.key, Call.started_at)
    weekday, hour = func.extract("isodow", local), func.extract("hour", local)
    statement = (
        select(weekday, hour, func.count())
        .where(Call.direction == "inbound", Call.business_date.between(first, last))
        .group_by(weekday, hour)
    )
    counts = {(int(day) - 1, int(at)): count for day, at, count in await session.execute(statement)}
    if not counts:
        return None
    return tuple(tuple(counts.get((day, at), 0) for at in range(HOURS)) for day in range(WEEKDAYS))


async def names_of(session: AsyncSession, ids: Collection[int]) -> dict[int, str]:
    """What people call these users, by id."""
    rows = await session.execute(select(User.id, User.name, User.display_name).where(User.id.in_(ids)))
    return {row.id: row.display_name or row.name for row in rows}
