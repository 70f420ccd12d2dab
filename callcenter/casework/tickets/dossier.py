"""One ticket with all that its next step depends on, as whoever asks may see it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, exists, false, or_, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.accounts.rights import Role, SignedIn
from callcenter.casework.thresholds.store import read_thresholds
from callcenter.casework.tickets import log_store, party_store, store
from callcenter.casework.tickets.occurrences import Merged, Written, is_suspended, list_tests
from callcenter.casework.tickets.rules import Party, Remedy, Ticket, TicketKind, TicketState
from callcenter.casework.tickets.tables import TicketRow
from callcenter.casework.units.store import find_unit_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Dossier:
    """A ticket's row, and the same as the rules see it."""

    row: TicketRow
    ticket: Ticket
    written: Written


async def may_see(session: AsyncSession, user: SignedIn) -> ColumnElement[bool]:
    """Which tickets the user sees: officers those with their unit and those merged into them, all others all."""
    if user.role is not Role.OFFICER:
        return true()
    unit = await find_unit_of(session, user.user_id)
    if unit is None:
        return false()
    target = aliased(TicketRow)
    return or_(
        TicketRow.unit_id == unit.id, exists().where(target.id == TicketRow.merged_into, target.unit_id == unit.id)
    )


async def open_dossier(session: AsyncSession, number: str, user: SignedIn, *, is_locked: bool = False) -> Dossier:
    """Raises NotFoundError, also for a ticket that the user may not see."""
    row = await store.get_ticket(session, number, await may_see(session, user), is_locked=is_locked)
    return await read_dossier(session, row)


async def read_dossier(session: AsyncSession, row: TicketRow) -> Dossier:
    """All that belongs to this row."""
    written, merged_into = await _read_written(session, row), None
    if row.merged_into is not None:
        target = await store.get_by_id(session, row.merged_into)
        merge = await log_store.get_merge(session, row.id)
        written = replace(written, merged=Merged(at=merge.at, target=await _read_written(session, target)))
        merged_into = target.number
    parties = (await party_store.list_parties(session, [row.id]))[row.id]
    others = await store.list_merged(session, row.id)
    ticket = replace(
        _ticket(row, tuple(parties), written),
        merged_into=merged_into,
        has_merged=bool(others),
        open_instructions=sum(one.open_instructions for one in (row, *others)),
        reopened_until=await _reopened_until(session, row),
    )
    return Dossier(row=row, ticket=ticket, written=written)


async def _reopened_until(session: AsyncSession, row: TicketRow) -> datetime | None:
    """By what was in force when it was completed."""
    if row.completed_at is None:
        return None
    return row.completed_at + (await read_thresholds(session, row.completed_at)).reopened_within


async def _read_written(session: AsyncSession, row: TicketRow) -> Written:
    return Written(
        kind=TicketKind(row.kind),
        received_at=row.received_at,
        platform_number_at=row.platform_number_at,
        steps=await log_store.list_steps(session, row.id),
        notices=await log_store.list_notices(session, row.id),
        clues=await log_store.list_clues(session, row.id),
    )


def _ticket(row: TicketRow, parties: tuple[Party, ...], written: Written) -> Ticket:
    return Ticket(
        number=row.number,
        kind=TicketKind(row.kind),
        state=TicketState(row.state),
        version=row.version,
        received_at=row.received_at,
        facts=row.facts,
        respondent=row.respondent,
        requests=frozenset(Remedy(request) for request in row.requests),
        has_merchant=row.merchant_id is not None or row.unidentified_reason is not None,
        unit_id=row.unit_id,
        returned_by=row.returned_by,
        parties=parties,
        notices=written.notices,
        test_begins_on=next((test.begins_on for test in list_tests(written.steps) if test.ends_on is None), None),
        is_suspended=is_suspended(written.steps),
        open_flags=row.open_flags,
        reopened_until=None,
    )
