"""All SQL of group signals: who complained of what, and which signals there were. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.classification.rules import Axis
from callcenter.casework.groups.tables import GroupSignal
from callcenter.casework.merchants.rules import compact
from callcenter.casework.merchants.store import find_last_targets
from callcenter.casework.tickets.rules import LAWFUL_KINDS, IntakeChannel, PartyRole, TicketState
from callcenter.casework.tickets.signal_rules import VERSION, Signal, Subject, Voice
from callcenter.casework.tickets.tables import TicketParty, TicketRow

_BY_TELEPHONE = frozenset({IntakeChannel.CALL, IntakeChannel.CALLBACK, IntakeChannel.VOICEMAIL})
_SPEAKERS = (PartyRole.COMPLAINANT, PartyRole.REPORTER)
_NOT_COUNTED = (TicketState.DRAFT, TicketState.VOID)


async def list_voices(session: AsyncSession, since: datetime, until: datetime) -> list[tuple[Subject, Voice]]:
    """Who complained or reported from one moment to the other, of which merchant and goods or service.

    A merchant is the one that stands for it; whoever names goods and a service is heard for both.
    """
    statement = (
        select(TicketRow, TicketParty)
        .join(TicketParty, TicketParty.ticket_id == TicketRow.id)
        .where(
            TicketRow.received_at >= since,
            TicketRow.received_at < until,
            TicketRow.kind.in_([kind.value for kind in LAWFUL_KINDS]),
            TicketRow.state.not_in([state.value for state in _NOT_COUNTED]),
            TicketRow.merchant_id.is_not(None),
            func.coalesce(TicketRow.goods_code, TicketRow.service_code).is_not(None),
            TicketParty.role.in_([role.value for role in _SPEAKERS]),
        )
        .order_by(TicketRow.id, TicketParty.role)
    )
    rows = (await session.execute(statement)).all()
    standing = await _find_standing(session, {ticket.merchant_id for ticket, _ in rows if ticket.merchant_id})
    return [
        (Subject(merchant_id=standing[ticket.merchant_id or 0], axis=axis, code=code), _voice(ticket, party))
        for ticket, party in rows
        for axis, code in _codes(ticket)
    ]


async def list_known(session: AsyncSession, since: date) -> set[Subject]:
    """What there was a signal about whose days reach to this one or beyond."""
    statement = select(GroupSignal).where(GroupSignal.last_day >= since)
    rows = (await session.scalars(statement)).all()
    standing = await _find_standing(session, {row.merchant_id for row in rows})
    return {Subject(merchant_id=standing[row.merchant_id], axis=Axis(row.axis), code=row.code) for row in rows}


async def find_signal(
    session: AsyncSession, number: str, *conditions: ColumnElement[bool], timezone: ZoneInfo
) -> GroupSignal | None:
    """The newest that had begun when this ticket was received, of its merchant and its goods or service.

    None also for a ticket that belongs to no group, or that the conditions leave out.
    """
    asked = select(TicketRow).where(TicketRow.number == number, TicketRow.is_of_group, *conditions)
    ticket = (await session.scalars(asked)).one_or_none()
    if ticket is None or ticket.merchant_id is None:
        return None
    is_of_codes = tuple_(GroupSignal.axis, GroupSignal.code).in_([(axis.value, code) for axis, code in _codes(ticket)])
    has_begun = GroupSignal.first_day <= ticket.received_at.astimezone(timezone).date()
    newest_first = (GroupSignal.last_day.desc(), GroupSignal.id.desc())
    rows = (await session.scalars(select(GroupSignal).where(is_of_codes, has_begun).order_by(*newest_first))).all()
    standing = await _find_standing(session, {ticket.merchant_id, *(row.merchant_id for row in rows)})
    return next((row for row in rows if standing[row.merchant_id] == standing[ticket.merchant_id]), None)


async def add_signal(session: AsyncSession, signal: Signal, *, ticket_id: int | None, at: datetime) -> None:
    """Keep it; `ticket_id` is the one that was flagged."""
    subject, people = signal.subject, signal.people
    await session.execute(
        insert(GroupSignal).values(
            merchant_id=subject.merchant_id,
            axis=subject.axis.value,
            code=subject.code,
            first_day=signal.first_day,
            last_day=signal.last_day,
            people=people.number,
            several_names=people.several_names,
            complaints=len(signal.tickets),
            ticket_id=ticket_id,
            rule_version=VERSION,
            found_at=at,
        )
    )


async def lock_tickets(session: AsyncSession, ticket_ids: Collection[int]) -> Sequence[TicketRow]:
    """These, or those that they are merged into, oldest first."""
    counted = select(func.coalesce(TicketRow.merged_into, TicketRow.id)).where(TicketRow.id.in_(ticket_ids))
    statement = select(TicketRow).where(TicketRow.id.in_(counted), ~TicketRow.is_merged).order_by(TicketRow.id)
    return (await session.scalars(statement.with_for_update().execution_options(populate_existing=True))).all()


async def _find_standing(session: AsyncSession, merchant_ids: Collection[int]) -> dict[int, int]:
    """The merchant that stands for each of these, itself where it is not merged."""
    return {one: one for one in merchant_ids} | await find_last_targets(session, merchant_ids)


def _codes(ticket: TicketRow) -> list[tuple[Axis, str]]:
    """What a ticket is about: goods, a service, or both."""
    both = ((Axis.GOODS, ticket.goods_code), (Axis.SERVICE, ticket.service_code))
    return [(axis, code) for axis, code in both if code is not None]


def _voice(ticket: TicketRow, party: TicketParty) -> Voice:
    return Voice(
        ticket_id=ticket.id,
        number=party.subject,
        address=None if party.address is None else compact(party.address) or None,
        name=None if party.name is None else compact(party.name) or None,
        is_anonymous=party.is_anonymous,
        is_by_telephone=ticket.channel in _BY_TELEPHONE,
    )
