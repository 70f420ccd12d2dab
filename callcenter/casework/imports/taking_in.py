"""Taking a confirmed import in, some rows at a time: each transaction is whole, and the next goes on behind it.

Whoever registers a ticket waits for some rows at most, and a process that dies has lost none and done none twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.casework.imports import store
from callcenter.casework.imports.headings import PlatformField
from callcenter.casework.imports.looks import Look, make_look, merchants_of
from callcenter.casework.imports.rows import Values
from callcenter.casework.imports.rules import RowResult, RowStatus, judge
from callcenter.casework.imports.tables import ImportedRow
from callcenter.casework.tickets import service as tickets
from callcenter.casework.tickets.bulk_creation import RegisteredElsewhere, register_many
from callcenter.casework.tickets.fields import Place
from callcenter.casework.tickets.rules import TicketKind

AT_ONCE = 100
"""Rows of one transaction."""


async def take_in_some(session: AsyncSession, *, place: Place, now: datetime) -> bool:
    """Take in the next rows of the oldest import that is confirmed. False where there is none.

    Each row is judged anew: what has happened here since the upload counts.
    """
    claimed = await store.claim_confirmed(session)
    if claimed is None:
        return False
    row, user = claimed
    waiting = await store.list_rows(session, row.id, store.is_waiting(), after=0, limit=AT_ONCE)
    if waiting:
        look = await make_look(session, row, place)
        await store.put_results(session, row.id, await _take_in(session, look, waiting, user=user, now=now))
    if len(waiting) < AT_ONCE:
        await store.finish(session, row.id, now)
    return True


async def _take_in(
    session: AsyncSession, look: Look, rows: Sequence[ImportedRow], *, user: SignedIn, now: datetime
) -> dict[RowResult, list[int]]:
    said: dict[int, Values] = {row.line: values_of(row) for row in rows}
    numbers = {line: values[PlatformField.PLATFORM_NUMBER] for line, values in said.items()}
    known = await store.find_known(session, numbers.values(), is_locked=True)
    merchants = await merchants_of(session, list(said.values()))
    results: dict[RowResult, list[int]] = {result: [] for result in RowResult}
    records: dict[int, Values] = {}
    new: list[int] = []
    for line, values in said.items():
        ticket = known.get(numbers[line])
        status = judge(values, ticket)
        if ticket is None:
            new.append(line)
        elif status is RowStatus.SAME:
            results[RowResult.SAME].append(line)
        else:
            records[ticket.id] = values
            changes = look.plan_change(values, ticket, merchants).changes
            results[RowResult.CHANGED if changes else RowResult.KEPT].append(line)
            if changes:
                await tickets.change(
                    session, ticket.number, changes, version=ticket.version, user=user, place=look.place, now=now
                )
    matters = [
        RegisteredElsewhere(
            kind=TicketKind(said[line][PlatformField.KIND]),
            platform_number=numbers[line],
            received_at=look.received_at(said[line]),
            fields=look.columns_of(said[line], merchants),
        )
        for line in new
    ]
    made = await register_many(session, matters, by=user.user_id, place=look.place, now=now)
    results[RowResult.MADE] = new
    records |= {ticket_id: said[line] for ticket_id, line in zip(made, new, strict=True)}
    await store.put_records(session, look.import_id, records)
    return results


def values_of(row: ImportedRow) -> Values:
    """What a row without an error says, until it is too old."""
    return {PlatformField(name): value for name, value in (row.values or {}).items()}
