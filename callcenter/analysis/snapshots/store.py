"""All SQL of snapshots. Every function works in its caller's transaction; nothing is ever changed."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.analysis.periods import Period, PeriodKind
from callcenter.analysis.snapshots import canonical
from callcenter.analysis.snapshots.corrections import Correction, apply
from callcenter.analysis.snapshots.register import any_array
from callcenter.analysis.snapshots.rows import FrozenClock, FrozenFlag, FrozenTicket
from callcenter.analysis.snapshots.tables import SnapshotCorrection, SnapshotHead, SnapshotRow, SnapshotSecret
from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.merchants.tables import MerchantVersionRow
from callcenter.casework.tickets.clocks import ClockState
from callcenter.casework.tickets.flag_rules import FlagState, Trigger
from callcenter.casework.tickets.log_tables import TicketEvent
from callcenter.casework.tickets.rules import IntakeChannel, TicketKind, TicketOutcome, TicketState
from callcenter.casework.tickets.tables import TicketRow
from callcenter.errors import NotFoundError

SECRET_BYTES = 32
STILL_OPEN_EVENTS, STILL_OPEN = 10_000, timedelta(hours=1)
"""So much before the cut-off may have been committed after it: it is looked at once more, which changes nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """A period that was frozen: as of when, with which definitions and program, and the hash of its rows."""

    id: int
    period: Period
    cut_off_at: datetime
    last_event_id: int
    metric_version: int
    code_version: str
    rows: int
    sha256: str
    made_by: int | None
    """The id of the user; None for the nightly job."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RowCorrection:
    """A correction, of which ticket, and which snapshot has the row as it was."""

    number: str
    of_snapshot_id: int
    correction: Correction


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownRow:
    """What was given out of a row last: by the snapshot with this id, and the corrections since."""

    snapshot_id: int
    row: dict[str, Any]


async def add_snapshot(
    session: AsyncSession, period: Period, rows: Sequence[FrozenTicket], **made: Any
) -> Snapshot | None:
    """None where the period is frozen already, or just was by another transaction, for which this one waits.

    `made` are the other columns of the head.
    """
    head = {
        **_columns_of(period),
        **made,
        "rows": len(rows),
        "sha256": canonical.hash_rows(rows),
    }
    statement = insert_or(SnapshotHead).values(head).on_conflict_do_nothing().returning(SnapshotHead)
    added = (await session.scalars(statement)).one_or_none()
    if added is None:
        return None
    if rows:
        await session.execute(insert(SnapshotRow), [_to_columns(row, added.id) for row in rows])
    return _snapshot(added)


async def find_snapshot(session: AsyncSession, period: Period) -> Snapshot | None:
    """The one of exactly this period."""
    found = (await session.scalars(select(SnapshotHead).filter_by(**_columns_of(period)))).one_or_none()
    return None if found is None else _snapshot(found)


async def get_snapshot(session: AsyncSession, snapshot_id: int) -> Snapshot:
    """Raises NotFoundError."""
    found = await session.get(SnapshotHead, snapshot_id)
    if found is None:
        raise NotFoundError("There is no such snapshot.")
    return _snapshot(found)


async def list_snapshots(
    session: AsyncSession,
    *,
    kind: PeriodKind | None = None,
    first: date | None = None,
    last: date | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> list[Snapshot]:
    """Newest first: of a kind, of periods that begin and end within these days, with a smaller id than `before`."""
    statement = select(SnapshotHead).order_by(SnapshotHead.id.desc()).limit(limit)
    if kind is not None:
        statement = statement.where(SnapshotHead.kind == kind.value)
    if first is not None:
        statement = statement.where(SnapshotHead.first >= first)
    if last is not None:
        statement = statement.where(SnapshotHead.last <= last)
    if before is not None:
        statement = statement.where(SnapshotHead.id < before)
    return [_snapshot(row) for row in await session.scalars(statement)]


async def find_before(session: AsyncSession, period: Period) -> Snapshot | None:
    """The one of the same kind whose period began last before this one, whenever it was made."""
    statement = (
        select(SnapshotHead)
        .where(SnapshotHead.kind == period.kind.value, SnapshotHead.first < period.first)
        .order_by(SnapshotHead.first.desc(), SnapshotHead.id.desc())
        .limit(1)
    )
    found = (await session.scalars(statement)).one_or_none()
    return None if found is None else _snapshot(found)


async def has_later(session: AsyncSession, period: Period) -> bool:
    """Whether one of the same kind whose period began later is there: what was edited since is listed in that."""
    later = select(SnapshotHead.id).where(SnapshotHead.kind == period.kind.value, SnapshotHead.first > period.first)
    return bool(await session.scalar(select(later.exists())))


async def read_rows(session: AsyncSession, snapshot_id: int, *, kind: TicketKind | None = None) -> list[FrozenTicket]:
    """All rows, or those of one kind, by number."""
    columns = [getattr(SnapshotRow, name) for name in canonical.FIELDS]
    statement = select(*columns).where(SnapshotRow.snapshot_id == snapshot_id)
    if kind is not None:
        statement = statement.where(SnapshotRow.kind == kind.value)
    rows = [_freeze(*row) for row in await session.execute(statement)]
    return sorted(rows, key=lambda row: row.number)


async def find_last_event(session: AsyncSession) -> int:
    """The id of the newest entry in the log of tickets; 0 for none."""
    return await session.scalar(select(func.max(TicketEvent.id))) or 0


async def list_changed(session: AsyncSession, kind: PeriodKind, since: Snapshot) -> list[str]:
    """Numbers of rows in snapshots of this kind about which something happened after that snapshot."""
    in_log = (
        select(TicketRow.number)
        .join(TicketEvent, TicketEvent.ticket_id == TicketRow.id)
        .where(TicketEvent.id > since.last_event_id - STILL_OPEN_EVENTS)
    )
    merchant_ids = select(MerchantVersionRow.merchant_id).where(
        MerchantVersionRow.changed_at > since.cut_off_at - STILL_OPEN
    )
    about_them = select(TicketRow.number).where(TicketRow.merchant_id.in_(merchant_ids))
    counted_as_them = select(SnapshotRow.number).where(SnapshotRow.merchant_id.in_(merchant_ids))
    changed = in_log.union(about_them, counted_as_them).subquery()
    statement = (
        select(SnapshotRow.number)
        .join(SnapshotHead, SnapshotHead.id == SnapshotRow.snapshot_id)
        .where(SnapshotHead.kind == kind.value, SnapshotRow.number.in_(select(changed.c.number)))
        .distinct()
    )
    return list(await session.scalars(statement))


async def find_known(
    session: AsyncSession, kind: PeriodKind, numbers: Collection[str], *, before: int
) -> dict[str, KnownRow]:
    """What snapshots of this kind, with smaller ids than `before`, gave out of these rows last."""
    columns = [getattr(SnapshotRow, name) for name in canonical.FIELDS]
    statement = (
        select(SnapshotRow.snapshot_id, *columns)
        .join(SnapshotHead, SnapshotHead.id == SnapshotRow.snapshot_id)
        .where(SnapshotHead.kind == kind.value, SnapshotHead.id < before, SnapshotRow.number == any_array(numbers))
        .ext(distinct_on(SnapshotRow.number))
        .order_by(SnapshotRow.number, SnapshotRow.snapshot_id.desc())
    )
    known = {}
    for snapshot_id, *row in await session.execute(statement):
        frozen = _freeze(*row)
        known[frozen.number] = KnownRow(snapshot_id=snapshot_id, row=canonical.to_json(frozen))
    corrections = (
        select(SnapshotCorrection)
        .where(SnapshotCorrection.number == any_array(known), SnapshotCorrection.snapshot_id < before)
        .order_by(SnapshotCorrection.snapshot_id)
    )
    for one in await session.scalars(corrections):
        row_known = known[one.number]
        if one.of_snapshot_id == row_known.snapshot_id:
            applied = apply(row_known.row, one.field, one.new)
            known[one.number] = KnownRow(snapshot_id=row_known.snapshot_id, row=applied)
    return known


async def add_corrections(session: AsyncSession, snapshot_id: int, corrections: Iterable[RowCorrection]) -> None:
    """Listed in this snapshot."""
    rows = [
        {
            "snapshot_id": snapshot_id,
            "number": one.number,
            "of_snapshot_id": one.of_snapshot_id,
            **asdict(one.correction),
        }
        for one in corrections
    ]
    if rows:
        await session.execute(insert(SnapshotCorrection), rows)


async def list_corrections(
    session: AsyncSession, snapshot_id: int, *, after: tuple[str, str] | None = None, limit: int | None = None
) -> list[RowCorrection]:
    """By number and field."""
    statement: Select[Any] = (
        select(SnapshotCorrection)
        .where(SnapshotCorrection.snapshot_id == snapshot_id)
        .order_by(SnapshotCorrection.number, SnapshotCorrection.field)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(func.row(SnapshotCorrection.number, SnapshotCorrection.field) > func.row(*after))
    return [
        RowCorrection(
            number=row.number,
            of_snapshot_id=row.of_snapshot_id,
            correction=Correction(field=row.field, old=row.old, new=row.new),
        )
        for row in await session.scalars(statement)
    ]


async def list_makers(session: AsyncSession, user_ids: Collection[int]) -> dict[int, str]:
    """The login names of these users."""
    rows = await session.execute(select(User.id, User.name).where(User.id.in_(user_ids)))
    return {row.id: row.name for row in rows}


async def get_secret(session: AsyncSession) -> bytes:
    """The secret of the keys of persons that the database keeps; made at the first time."""
    made = insert_or(SnapshotSecret).values(id=1, secret=secrets.token_bytes(SECRET_BYTES)).on_conflict_do_nothing()
    await session.execute(made)
    return (await session.scalars(select(SnapshotSecret.secret))).one()


def _columns_of(period: Period) -> dict[str, Any]:
    return {"kind": period.kind.value, "first": period.first, "last": period.last, "name": period.name}


def _snapshot(row: SnapshotHead) -> Snapshot:
    return Snapshot(
        id=row.id,
        period=Period(kind=PeriodKind(row.kind), first=row.first, last=row.last, name=row.name),
        cut_off_at=row.cut_off_at,
        last_event_id=row.last_event_id,
        metric_version=row.metric_version,
        code_version=row.code_version,
        rows=row.rows,
        sha256=row.sha256,
        made_by=row.made_by,
    )


def _to_columns(row: FrozenTicket, snapshot_id: int) -> dict[str, Any]:
    columns = {name: getattr(row, name) for name in canonical.FIELDS}
    as_json = {"clocks": canonical.clocks_to_json(row.clocks), "flags": canonical.flags_to_json(row.flags)}
    return {"snapshot_id": snapshot_id, **columns, **as_json}


def _freeze(*values: Any) -> FrozenTicket:
    row = dict(zip(canonical.FIELDS, values, strict=True))
    row["kind"] = TicketKind(row["kind"])
    row["state"] = TicketState(row["state"])
    row["channel"] = IntakeChannel(row["channel"])
    row["priority"] = Priority(row["priority"])
    row["outcome"] = None if row["outcome"] is None else TicketOutcome(row["outcome"])
    row["clocks"] = tuple(_clock(one) for one in row["clocks"])
    row["flags"] = tuple(_flag(one) for one in row["flags"])
    return FrozenTicket(**row)


def _clock(one: dict[str, Any]) -> FrozenClock:
    return FrozenClock(
        code=one["code"], number=one["number"], state=ClockState(one["state"]), ended_at=_moment(one["ended_at"])
    )


def _flag(one: dict[str, Any]) -> FrozenFlag:
    return FrozenFlag(
        trigger=Trigger(one["trigger"]),
        state=FlagState(one["state"]),
        raised_at=datetime.fromisoformat(one["raised_at"]),
        decided_at=_moment(one["decided_at"]),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
