"""All SQL of what became of answered calls. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.callbacks.rules import CallKey
from callcenter.calls.records import Direction, Outcome
from callcenter.calls.tables import Call
from callcenter.casework.dispositions.rules import Account, Accounted, Disposition, DispositionCounts, NoTicket
from callcenter.casework.dispositions.tables import CallDisposition
from callcenter.casework.tickets.rules import Linked
from callcenter.casework.tickets.tables import TicketLink

Place = tuple[datetime, str, str]

_HAS_TICKET = exists().where(
    TicketLink.what == Linked.CALL, TicketLink.pbx == Call.pbx, TicketLink.call_id == Call.call_id
)
_HAS_REASON = exists().where(CallDisposition.pbx == Call.pbx, CallDisposition.call_id == Call.call_id)


def _answered_on(day: date) -> ColumnElement[bool]:
    return _answered_between(day, day)


def _answered_between(first: date, last: date) -> ColumnElement[bool]:
    """Calls from outside that somebody talked in, and that are over; a call joined to another is part of that one."""
    return and_(
        Call.business_date.between(first, last),
        Call.direction == Direction.INBOUND.value,
        Call.outcome == Outcome.ANSWERED.value,
        Call.joined.is_(None),
    )


async def put_reason(
    session: AsyncSession, pbx: str, call_id: str, *, reason: NoTicket, remark: str | None, by: int, at: datetime
) -> None:
    """In place of the one before."""
    values: dict[str, Any] = {"reason": reason.value, "remark": remark, "said_by": by, "said_at": at}
    statement = insert(CallDisposition).values(pbx=pbx, call_id=call_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["pbx", "call_id"], set_=values))


async def find_reason(session: AsyncSession, pbx: str, call_id: str) -> Disposition | None:
    """The reason that was said last."""
    statement = (
        select(CallDisposition, User.name)
        .join(User, User.id == CallDisposition.said_by)
        .where(CallDisposition.pbx == pbx, CallDisposition.call_id == call_id)
    )
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        return None
    row, name = found
    return Disposition(reason=NoTicket(row.reason), remark=row.remark, said_by=name, said_at=row.said_at)


async def count_dispositions(session: AsyncSession, day: date) -> DispositionCounts:
    """Of the answered calls of a day; a call with both has its ticket."""
    return await count_between(session, day, day)


async def count_between(session: AsyncSession, first: date, last: date) -> DispositionCounts:
    """The same of several days, both included."""
    statement = select(
        func.count(),
        func.count().filter(_HAS_TICKET),
        func.count().filter(_HAS_REASON, ~_HAS_TICKET),
    ).where(_answered_between(first, last))
    answered, with_ticket, with_reason = (await session.execute(statement)).one()
    return DispositionCounts(answered=answered, with_ticket=with_ticket, with_reason=with_reason)


async def count_accounts(session: AsyncSession, day: date) -> list[Accounted]:
    """The answered calls of a day by what became of them and by device, all of one moment."""
    last = Call.agents[func.cardinality(Call.agents)]
    calls = (
        select(last.label("agent"), _HAS_TICKET.label("has_ticket"), _HAS_REASON.label("has_reason"))
        .where(_answered_on(day))
        .subquery()
    )
    statement = select(calls.c.agent, calls.c.has_ticket, calls.c.has_reason, func.count()).group_by(
        calls.c.agent, calls.c.has_ticket, calls.c.has_reason
    )
    return [
        Accounted(_account(has_ticket, has_reason), agent, count)
        for agent, has_ticket, has_reason, count in await session.execute(statement)
    ]


async def list_accounts(session: AsyncSession, day: date) -> dict[CallKey, Account]:
    """Of every answered call of a day; one with both has its ticket."""
    statement = select(Call.pbx, Call.call_id, _HAS_TICKET, _HAS_REASON).where(_answered_on(day))
    return {
        CallKey(pbx, call_id): _account(has_ticket, has_reason)
        for pbx, call_id, has_ticket, has_reason in await session.execute(statement)
    }


async def list_missing(session: AsyncSession, day: date, *, after: Place | None, limit: int) -> Sequence[Call]:
    """Answered calls of a day of which nobody has said what became of them, in the order in which they came."""
    statement = select(Call).where(_answered_on(day), ~_HAS_TICKET, ~_HAS_REASON)
    place = (Call.started_at, Call.pbx, Call.call_id)
    if after is not None:
        statement = statement.where(tuple_(*place) > tuple_(*after))
    return (await session.scalars(statement.order_by(*place).limit(limit))).all()


def _account(has_ticket: bool, has_reason: bool) -> Account:
    """A call with both has its ticket."""
    return Account.TICKET if has_ticket else Account.REASON if has_reason else Account.MISSING
