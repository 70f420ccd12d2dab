"""All SQL of comparisons. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.casework.imports.rows import RowProblem
from callcenter.casework.imports.rules import RowStatus
from callcenter.casework.imports.tables import ImportedRow, ImportRow
from callcenter.casework.reconciliations.rules import NOT_EXPECTED, Discrepancy
from callcenter.casework.reconciliations.tables import Reconciliation, ReconciliationLine
from callcenter.casework.tickets.rules import LAWFUL_KINDS
from callcenter.casework.tickets.tables import TicketRow
from callcenter.errors import NotFoundError

_RECEIVED_ON = func.left(ImportedRow.values["received_at"].astext, 10)
"""The local day of a row, which is text; NULL where the export has no such column."""

Found = tuple[Reconciliation, str, str, int]
"""A comparison with who made it, the SHA-256 of its export, and how many the day has."""


async def list_readable(
    session: AsyncSession, import_id: int, since: date, day: date, *, after: int, limit: int
) -> Sequence[ImportedRow]:
    """Rows of the export within these days that have a number, by line; of a number that stands there twice the first.

    Rows that do not say when they came are all within.
    """
    is_first = ImportedRow.problem.is_distinct_from(RowProblem.TWICE.value)
    statement = (
        select(ImportedRow)
        .where(
            ImportedRow.import_id == import_id,
            ImportedRow.line > after,
            ImportedRow.platform_number.is_not(None),
            or_(_RECEIVED_ON.is_(None), _RECEIVED_ON.between(since.isoformat(), day.isoformat())),
            is_first,
        )
        .order_by(ImportedRow.line)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def count_unreadable(session: AsyncSession, import_id: int) -> int:
    """Rows of the export without a number."""
    is_unreadable = (ImportedRow.status == RowStatus.ERROR.value) & ImportedRow.platform_number.is_(None)
    statement = select(func.count()).where(ImportedRow.import_id == import_id, is_unreadable)
    return (await session.scalars(statement)).one()


async def list_only_here(
    session: AsyncSession, import_id: int, from_at: datetime, to_at: datetime
) -> list[tuple[str, str | None]]:
    """Tickets received within [from, to) that the platform should have and the export has not, with its number."""
    is_there = exists().where(
        ImportedRow.import_id == import_id, ImportedRow.platform_number == TicketRow.platform_number
    )
    statement = (
        select(TicketRow.number, TicketRow.platform_number)
        .where(TicketRow.received_at >= from_at, TicketRow.received_at < to_at, _is_expected(), ~is_there)
        .order_by(TicketRow.id)
    )
    return [(number, platform_number) for number, platform_number in await session.execute(statement)]


async def add_comparison(session: AsyncSession, values: Mapping[str, Any]) -> int:
    """Its id."""
    return (await session.scalars(insert(Reconciliation).values(**values).returning(Reconciliation.id))).one()


async def add_lines(session: AsyncSession, reconciliation_id: int, lines: Sequence[Mapping[str, Any]]) -> None:
    """In this order."""
    rows = [{"reconciliation_id": reconciliation_id, "position": at, **line} for at, line in enumerate(lines, start=1)]
    if rows:
        await session.execute(insert(ReconciliationLine), rows)


async def get_comparison(session: AsyncSession, day: date, reconciliation_id: int | None) -> Found:
    """The last of the day, or the one with this id. Raises NotFoundError."""
    of_day = Reconciliation.day == day
    wanted = of_day if reconciliation_id is None else of_day & (Reconciliation.id == reconciliation_id)
    statement = (
        select(Reconciliation, User.name, ImportRow.sha256)
        .join(User, User.id == Reconciliation.compared_by)
        .join(ImportRow, ImportRow.id == Reconciliation.import_id)
        .where(wanted)
        .order_by(Reconciliation.id.desc())
        .limit(1)
    )
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise NotFoundError("Nobody has compared that day with the national platform.")
    count = (await session.scalars(select(func.count()).where(of_day))).one()
    row, name, sha256 = found
    return row, name, sha256, count


async def list_days(session: AsyncSession, *, before: date | None, limit: int) -> list[Found]:
    """The last comparison of each day, the latest day first; `before` is the last day that was seen."""
    by_day = select(func.max(Reconciliation.id).label("last"), func.count().label("number")).group_by(
        Reconciliation.day
    )
    if before is not None:
        by_day = by_day.where(Reconciliation.day < before)
    days = by_day.order_by(Reconciliation.day.desc()).limit(limit).subquery()
    statement = (
        select(Reconciliation, User.name, ImportRow.sha256, days.c.number)
        .join(days, days.c.last == Reconciliation.id)
        .join(User, User.id == Reconciliation.compared_by)
        .join(ImportRow, ImportRow.id == Reconciliation.import_id)
        .order_by(Reconciliation.day.desc())
    )
    return [(row, name, sha256, count) for row, name, sha256, count in await session.execute(statement)]


async def list_lines(
    session: AsyncSession, reconciliation_id: int, what: Discrepancy | None, *, after: int, limit: int
) -> Sequence[ReconciliationLine]:
    """By position: what differs, what is only there, what is only here."""
    statement = select(ReconciliationLine).where(
        ReconciliationLine.reconciliation_id == reconciliation_id, ReconciliationLine.position > after
    )
    if what is not None:
        statement = statement.where(ReconciliationLine.what == what.value)
    return (await session.scalars(statement.order_by(ReconciliationLine.position).limit(limit))).all()


def _is_expected() -> ColumnElement[bool]:
    is_lawful = TicketRow.kind.in_([kind.value for kind in LAWFUL_KINDS])
    is_live = TicketRow.state.not_in([state.value for state in NOT_EXPECTED])
    return TicketRow.platform_number.is_not(None) | (is_lawful & is_live)
