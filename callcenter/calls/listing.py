"""The SQL that lists calls: which are wanted, newest first, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Boolean, ColumnElement, literal, literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from callcenter.calls.records import Anomaly, Direction, Outcome
from callcenter.calls.tables import Call


@dataclass(frozen=True, kw_only=True, slots=True)
class CallFilter:
    """Which calls are wanted; what is not set does not matter. [from_at, to_at) is about `started_at`."""

    business_date: date | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    direction: Direction | None = None
    outcomes: tuple[Outcome, ...] = ()
    caller_number: str | None = None
    queue: str | None = None
    agent: str | None = None
    anomaly: Anomaly | None = None
    is_odd: bool = False
    """Only calls with an anomaly, whichever."""
    is_open: bool = False
    is_unconfirmed: bool = False
    """Only calls that are over without both witnesses agreeing about them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallPlace:
    """A call's place in the list of all calls, newest first."""

    started_at: datetime
    pbx: str
    call_id: str


async def list_calls(
    session: AsyncSession, wanted: CallFilter, *, after: CallPlace | None, limit: int
) -> Sequence[Call]:
    """Newest first, without what each witness told; `after` is the place of the last one seen."""
    statement = select(Call).where(*_conditions(wanted))
    if after is not None:
        place = tuple_(literal(after.started_at), literal(after.pbx), literal(after.call_id))
        statement = statement.where(tuple_(Call.started_at, Call.pbx, Call.call_id) < place)
    statement = statement.order_by(Call.started_at.desc(), Call.pbx.desc(), Call.call_id.desc()).limit(limit)
    statement = statement.options(defer(Call.told_by_ami, raiseload=True), defer(Call.told_by_ledger, raiseload=True))
    return (await session.scalars(statement)).all()


def _conditions(wanted: CallFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.business_date is not None:
        yield Call.business_date == wanted.business_date
    if wanted.from_at is not None:
        yield Call.started_at >= wanted.from_at
    if wanted.to_at is not None:
        yield Call.started_at < wanted.to_at
    if wanted.direction is not None:
        yield Call.direction == wanted.direction
    if wanted.outcomes:
        yield Call.outcome.in_(wanted.outcomes)
    if wanted.caller_number is not None:
        yield Call.caller_number == wanted.caller_number
    if wanted.queue is not None:
        yield Call.queues.contains([wanted.queue])
    if wanted.agent is not None:
        yield Call.agents.contains([wanted.agent])
    if wanted.anomaly is not None:
        yield Call.anomalies.contains([wanted.anomaly])
    # The next three in the very words of their partial indexes, or these would not be used.
    if wanted.is_odd or wanted.anomaly is not None:
        yield literal_column("anomalies <> '{}'", Boolean)
    if wanted.is_open:
        yield literal_column("outcome IS NULL", Boolean)
    if wanted.is_unconfirmed:
        yield literal_column("outcome IS NOT NULL AND NOT is_confirmed", Boolean)
