"""All SQL of imports. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.accounts.rights import Role, SignedIn
from callcenter.accounts.tables import User
from callcenter.casework.classification.rules import Code
from callcenter.casework.classification.store import list_codes
from callcenter.casework.imports.rows import Values
from callcenter.casework.imports.rules import (
    AXES,
    COLUMNS,
    KEPT_FOR,
    ImportState,
    KnownTicket,
    RowResult,
    RowStatus,
)
from callcenter.casework.imports.tables import ImportedRow, ImportRow, PlatformRecord
from callcenter.casework.merchants.rules import compact, normalise_name
from callcenter.casework.merchants.tables import MerchantRow
from callcenter.casework.tickets.rules import TicketState
from callcenter.casework.tickets.tables import TicketRow
from callcenter.errors import NotFoundError

CHANNEL = "ticket_imports"
"""Notified when an import is confirmed."""


async def add_import(session: AsyncSession, *, sha256: str, size: int, by: int, at: datetime) -> ImportRow:
    """A file whose rows follow."""
    values = {"sha256": sha256, "bytes": size, "uploaded_by": by, "uploaded_at": at}
    statement = insert(ImportRow).values(**values, state=ImportState.CHECKED.value).returning(ImportRow)
    return (await session.scalars(statement)).one()


async def add_rows(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows of a file."""
    if rows:
        await session.execute(insert(ImportedRow), rows)


async def list_imports(
    session: AsyncSession, *, before: int | None, limit: int
) -> list[tuple[ImportRow, str, str | None]]:
    """Newest first, each with who uploaded and who confirmed it."""
    statement = _with_names().order_by(ImportRow.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(ImportRow.id < before)
    return [(row, uploader, confirmer) for row, uploader, confirmer in await session.execute(statement)]


async def get_import(session: AsyncSession, import_id: int) -> tuple[ImportRow, str, str | None]:
    """With who uploaded and who confirmed it. Raises NotFoundError."""
    found = (await session.execute(_with_names().where(ImportRow.id == import_id))).one_or_none()
    if found is None:
        raise NotFoundError("There is no such import.")
    row, uploader, confirmer = found
    return row, uploader, confirmer


async def lock_import(session: AsyncSession, import_id: int) -> ImportRow:
    """The import, which nobody else changes until this transaction ends. Raises NotFoundError."""
    found = await session.get(ImportRow, import_id, populate_existing=True, with_for_update=True)
    if found is None:
        raise NotFoundError("There is no such import.")
    return found


async def confirm(session: AsyncSession, import_id: int, *, by: int, at: datetime) -> None:
    """Have a locked import taken in."""
    values = {"state": ImportState.CONFIRMED.value, "confirmed_by": by, "confirmed_at": at}
    await session.execute(update(ImportRow).where(ImportRow.id == import_id).values(**values))
    await session.execute(select(func.pg_notify(CHANNEL, "")))


async def claim_confirmed(session: AsyncSession) -> tuple[ImportRow, SignedIn] | None:
    """The oldest import that is to be taken in, locked, and who confirmed it. Who asks at the same time waits."""
    confirmed = select(ImportRow).where(ImportRow.state == ImportState.CONFIRMED.value)
    row = (await session.scalars(confirmed.order_by(ImportRow.id).limit(1).with_for_update())).one_or_none()
    if row is None:
        return None
    user = (await session.scalars(select(User).where(User.id == row.confirmed_by))).one()
    return row, SignedIn(user_id=user.id, name=user.name, role=Role(user.role))


async def finish(session: AsyncSession, import_id: int, at: datetime) -> None:
    """All its rows are in the register."""
    values = {"state": ImportState.APPLIED.value, "applied_at": at}
    await session.execute(update(ImportRow).where(ImportRow.id == import_id).values(**values))


async def empty_old(session: AsyncSession, now: datetime) -> None:
    """Delete what the rows of old imports say; what nobody has confirmed can be confirmed no more."""
    is_old = (ImportRow.uploaded_at <= now - KEPT_FOR, ImportRow.emptied_at.is_(None))
    is_free = ImportRow.state != ImportState.CONFIRMED.value
    old = list(await session.scalars(select(ImportRow.id).where(*is_old, is_free).with_for_update()))
    if not old:
        return
    await session.execute(update(ImportedRow).where(ImportedRow.import_id.in_(old)).values(values=None))
    emptied = update(ImportRow).where(ImportRow.id.in_(old))
    await session.execute(emptied.values(emptied_at=now))
    unconfirmed = emptied.where(ImportRow.state == ImportState.CHECKED.value)
    await session.execute(unconfirmed.values(state=ImportState.EXPIRED.value))


async def count_rows(session: AsyncSession, import_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """For each import how many of its rows have each status, and each result."""
    counts: dict[int, dict[str, int]] = {import_id: {} for import_id in import_ids}
    columns = (ImportedRow.import_id, ImportedRow.status, ImportedRow.result)
    statement = select(*columns, func.count()).where(ImportedRow.import_id.in_(import_ids)).group_by(*columns)
    for import_id, status, result, number in await session.execute(statement):
        counted = counts[import_id]
        for name in (f"status {status}", *([] if result is None else [f"result {result}"])):
            counted[name] = counted.get(name, 0) + number
    return counts


async def list_rows(
    session: AsyncSession, import_id: int, *conditions: ColumnElement[bool], after: int, limit: int
) -> Sequence[ImportedRow]:
    """By line."""
    statement = select(ImportedRow).where(ImportedRow.import_id == import_id, ImportedRow.line > after, *conditions)
    return (await session.scalars(statement.order_by(ImportedRow.line).limit(limit))).all()


def is_waiting() -> ColumnElement[bool]:
    """Rows that are to be taken in, and are not yet."""
    return (ImportedRow.status != RowStatus.ERROR.value) & ImportedRow.result.is_(None)


async def put_results(session: AsyncSession, import_id: int, results: Mapping[RowResult, Sequence[int]]) -> None:
    """What these lines have done."""
    for result, lines in results.items():
        if lines:
            done = update(ImportedRow).where(ImportedRow.import_id == import_id, ImportedRow.line.in_(lines))
            await session.execute(done.values(result=result.value))


async def find_known(
    session: AsyncSession, platform_numbers: Collection[str], *, is_locked: bool = False
) -> dict[str, KnownTicket]:
    """The tickets with these numbers of the platform, by them."""
    statement = (
        select(TicketRow, PlatformRecord.values)
        .outerjoin(PlatformRecord, PlatformRecord.ticket_id == TicketRow.id)
        .where(TicketRow.platform_number.in_(platform_numbers))
        .order_by(TicketRow.id)
        .execution_options(populate_existing=True)
    )
    if is_locked:
        statement = statement.with_for_update(of=TicketRow)
    found = {}
    for row, said in await session.execute(statement):
        found[row.platform_number] = KnownTicket(
            id=row.id,
            number=row.number,
            version=row.version,
            state=TicketState(row.state),
            columns={name: getattr(row, name) for name in (*COLUMNS, "kind", "outcome")},
            said_before=said,
            received_at=row.received_at,
            has_merchant=row.merchant_id is not None or row.unidentified_reason is not None,
        )
    return found


async def put_records(session: AsyncSession, import_id: int, said: Mapping[int, Values]) -> None:
    """What the platform says of these tickets, in place of what it said before."""
    if not said:
        return
    rows = [{"ticket_id": ticket_id, "values": dict(values)} for ticket_id, values in said.items()]
    statement = insert(PlatformRecord).values([row | {"import_id": import_id} for row in rows])
    kept = {name: statement.excluded[name] for name in ("values", "import_id")}
    await session.execute(statement.on_conflict_do_update(index_elements=["ticket_id"], set_=kept))


async def find_merchants(session: AsyncSession, names: Collection[str]) -> dict[str, int]:
    """The merchant for each name that exactly one has, as a name or an alias, and who was not merged."""
    wanted = {name: compact(name) for name in names}
    normal = {normalise_name(name) for name in names}
    is_called_so = or_(MerchantRow.normalised_name.in_(normal), MerchantRow.aliases.overlap(list(names)))
    statement = select(MerchantRow).where(is_called_so, MerchantRow.merged_into.is_(None))
    by_name: dict[str, set[int]] = {}
    for row in await session.scalars(statement):
        for name in (row.name, *row.aliases):
            by_name.setdefault(compact(name), set()).add(row.id)
    found = {name: by_name.get(whole, set()) for name, whole in wanted.items()}
    return {name: next(iter(ids)) for name, ids in found.items() if len(ids) == 1}


async def list_all_codes(session: AsyncSession) -> dict[str, Sequence[Code]]:
    """Of every day, by the column that takes them."""
    return {column: await list_codes(session, axis, None) for column, axis in AXES.items()}


def _with_names() -> Select[ImportRow, str, str]:
    uploader, confirmer = aliased(User), aliased(User)
    return (
        select(ImportRow, uploader.name, confirmer.name)
        .join(uploader, uploader.id == ImportRow.uploaded_by)
        .outerjoin(confirmer, confirmer.id == ImportRow.confirmed_by)
    )
