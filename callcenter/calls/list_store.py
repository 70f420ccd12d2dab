"""The SQL that lists calls: which are wanted, newest first, page by page, from among millions.

PostgreSQL reads an index in order of time only behind columns that equal something. So what can be asked for has an
index that begins with it and ends with `started_at`. What several columns say together, such as how a call ended and in
which queue, takes few different values: those that fit are looked up first, jumping through the index from one to the
next; each then gives its newest calls, and the newest of all are the page. A call that does not fit is not looked at,
and a page costs the same wherever in the list it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    Select,
    Text,
    TextClause,
    func,
    literal,
    literal_column,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from callcenter.calls.own_calls import took_part
from callcenter.calls.records import Anomaly, Direction, Outcome
from callcenter.calls.tables import Call

ROWS_AT_ONCE = 500

Condition = ColumnElement[bool] | TextClause


@dataclass(frozen=True, kw_only=True, slots=True)
class CallFilter:
    """Which calls are wanted; what is not set does not matter. [from_at, to_at) is about `started_at`."""

    business_date: date | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    direction: Direction | None = None
    outcomes: tuple[Outcome, ...] = ()
    caller_number: str | None = None
    of_user: int | None = None
    """With `caller_number`: only calls in which this user talked."""
    queue: str | None = None
    agent: str | None = None
    anomaly: Anomaly | None = None
    is_odd: bool = False
    """Only calls with an anomaly, whichever."""
    is_open: bool = False
    is_unconfirmed: bool = False
    """Only calls that are over without both witnesses agreeing about them."""

    @property
    def has_kind(self) -> bool:
        """Whether it asks for what the columns of _KIND say."""
        return bool(self.direction or self.outcomes or self.queue or self.is_open or self.is_unconfirmed)


@dataclass(frozen=True, kw_only=True, slots=True)
class CallPlace:
    """A call's place in the list of all calls, newest first."""

    started_at: datetime
    pbx: str
    call_id: str


def place_of(call: Call) -> CallPlace:
    """Where the call stands."""
    return CallPlace(started_at=call.started_at, pbx=call.pbx, call_id=call.call_id)


async def list_calls(
    session: AsyncSession, wanted: CallFilter, *, after: CallPlace | None, limit: int
) -> Sequence[Call]:
    """Newest first, without what each witness reported; `after` is the place of the last one seen."""
    return (await session.scalars(_select(wanted, after, limit))).all()


async def stream_calls(session: AsyncSession, wanted: CallFilter, *, limit: int) -> AsyncIterator[Sequence[Call]]:
    """The same from the first on, some at a time, as they all stood when the first were read."""
    statement = _select(wanted, None, limit).execution_options(yield_per=ROWS_AT_ONCE)
    async for part in (await session.stream_scalars(statement)).partitions(ROWS_AT_ONCE):
        yield part


def _select(wanted: CallFilter, after: CallPlace | None, limit: int) -> Select[Call]:
    found = _places(wanted, after, limit).subquery("found")
    page = (
        select(found).order_by(found.c.started_at.desc(), found.c.pbx.desc(), found.c.call_id.desc()).limit(_n(limit))
    ).subquery("page")
    statement = select(Call).join(page, (Call.pbx == page.c.pbx) & (Call.call_id == page.c.call_id))
    statement = statement.order_by(page.c.started_at.desc(), page.c.pbx.desc(), page.c.call_id.desc())
    return statement.options(defer(Call.told_by_ami, raiseload=True), defer(Call.told_by_ledger, raiseload=True))


_PLACE = (Call.started_at, Call.pbx, Call.call_id)

# Expressions in the very words of the indexes, or these would not be used.
_OUTCOME = literal_column("COALESCE(calls.outcome, '')", Text)
_KIND: dict[str, ColumnElement[Any]] = {
    "direction": Call.direction.expression,
    "outcome": _OUTCOME,
    "is_confirmed": Call.is_confirmed.expression,
    "queues": Call.queues.expression,
}
_FIRST_AGENT = literal_column("calls.agents[1]", Text)
_SECOND_AGENT = literal_column("calls.agents[2]", Text)
_FURTHER_AGENTS = literal_column("calls.agents[3:]", Call.agents.type)
_HAS_FURTHER_AGENTS = literal_column("calls.agents[3] IS NOT NULL", Boolean)
_IS_ODD = literal_column("calls.anomalies <> '{}'", Boolean)


def _places(wanted: CallFilter, after: CallPlace | None, limit: int) -> Any:
    """The newest calls by each way that leads to some, at least `limit` where there are as many."""
    period = list(_period(wanted, after))
    if not (wanted.has_kind or wanted.is_odd or wanted.anomaly or wanted.agent or wanted.caller_number):
        return _newest(limit, *period, *_of_day(Call.business_date.expression, wanted))
    # Not by the day's own index, which would be read once for each kind.
    others: list[Condition] = [*_of_day(Call.business_date + 0, wanted), *_of_caller(wanted)]
    of_kind = list(_of_kind(_KIND, wanted))
    if wanted.is_odd or wanted.anomaly is not None:
        oddities = _distinct("oddities", {"anomalies": Call.anomalies.expression}, _IS_ODD)
        fitting = [] if wanted.anomaly is None else [oddities.c.anomalies.contains([wanted.anomaly])]
        agent = [] if wanted.agent is None else [Call.agents.contains([wanted.agent])]
        same = [_IS_ODD, Call.anomalies == oddities.c.anomalies]
        return _each(oddities, fitting, limit, *same, *period, *others, *of_kind, *agent)
    if wanted.agent is not None:
        is_first = _FIRST_AGENT == wanted.agent  # noqa: SIM300
        kinds = _distinct("kinds", _KIND, is_first)
        first = [is_first, *_equal(_KIND, kinds)]
        asked = _asked(wanted.agent)
        further = [_HAS_FURTHER_AGENTS, _FURTHER_AGENTS.contains([wanted.agent])]
        return union_all(
            _each(kinds, list(_of_kind(dict(kinds.c), wanted)), limit, *first, *period, *others),
            _each(asked, [], limit, asked.c.value == _SECOND_AGENT, *period, *others, *of_kind),
            # So few that all of them are taken.
            select(*_PLACE).where(*further, *period, *others, *of_kind),
        )
    if wanted.caller_number is not None:
        asked = _asked(wanted.caller_number)
        return _each(asked, [], limit, Call.caller_number == asked.c.value, *period, *others, *of_kind)
    kinds = _distinct("kinds", _KIND)
    return _each(kinds, list(_of_kind(dict(kinds.c), wanted)), limit, *_equal(_KIND, kinds), *period, *others)


def _distinct(name: str, columns: dict[str, ColumnElement[Any]], *conditions: ColumnElement[bool]) -> CTE:
    """The different values of an index's leading columns, each found from the one before by a jump in the index."""
    values = select(*(column.label(key) for key, column in columns.items())).where(*conditions)
    values = values.order_by(*columns.values()).limit(_n(1))
    known = select(values.subquery("first")).cte(name, recursive=True)
    following = values.where(tuple_(*columns.values()) > tuple_(*known.c)).lateral("following")
    return known.union_all(select(following).select_from(known.join(following, true())))


def _each(keys: CTE, fitting: list[ColumnElement[bool]], limit: int, *conditions: Condition) -> Select[Any]:
    """The newest calls of each of the fitting keys."""
    newest = _newest(limit, *conditions).lateral("newest")
    return select(newest).select_from(keys.join(newest, true())).where(*fitting)


def _asked(value: str) -> CTE:
    """The value as a key; the planner, who does not see it, cannot take it for so frequent that any index will do."""
    return select(literal(value, Text).label("value")).cte("asked").prefix_with("MATERIALIZED", dialect="postgresql")


def _equal(columns: dict[str, ColumnElement[Any]], keys: CTE) -> list[ColumnElement[bool]]:
    return [column == keys.c[key] for key, column in columns.items()]


def _newest(limit: int, *conditions: Condition) -> Select[datetime, str, str]:
    """With all that began in the same moment as the last, so that whoever sorts further has what is to be sorted."""
    return select(*_PLACE).where(*conditions).order_by(Call.started_at.desc()).fetch(_n(limit), with_ties=True)


def _n(count: int) -> ColumnElement[int]:
    """In plain sight of the planner: of an unknown number it expects a tenth of the table."""
    return literal_column(f"{count:d}")


def _period(wanted: CallFilter, after: CallPlace | None) -> Iterator[ColumnElement[bool]]:
    if after is not None:
        place = tuple_(literal(after.started_at), literal(after.pbx), literal(after.call_id))
        yield tuple_(Call.started_at, Call.pbx, Call.call_id) < place
    if wanted.from_at is not None:
        yield Call.started_at >= wanted.from_at
    if wanted.to_at is not None:
        yield Call.started_at < wanted.to_at
    if wanted.business_date is not None:
        of_day = Call.business_date == wanted.business_date
        yield Call.started_at >= select(func.min(Call.started_at)).where(of_day).scalar_subquery()
        yield Call.started_at <= select(func.max(Call.started_at)).where(of_day).scalar_subquery()


def _of_day(business_date: ColumnElement[date], wanted: CallFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.business_date is not None:
        yield business_date == wanted.business_date


def _of_caller(wanted: CallFilter) -> Iterator[ColumnElement[bool] | TextClause]:
    if wanted.caller_number is not None:
        yield Call.caller_number == wanted.caller_number
        if wanted.of_user is not None:
            yield took_part(wanted.of_user)


def _of_kind(columns: dict[str, Any], wanted: CallFilter) -> Iterator[ColumnElement[bool]]:
    """The conditions about a kind, on its columns in `calls` or among the kinds looked up."""
    if wanted.direction is not None:
        yield columns["direction"] == wanted.direction
    if wanted.outcomes:
        yield columns["outcome"].in_(wanted.outcomes)
    if wanted.queue is not None:
        yield columns["queues"].contains([wanted.queue])
    if wanted.is_open:
        yield columns["outcome"] == ""
    if wanted.is_unconfirmed:
        yield columns["outcome"] != ""
        yield columns["is_confirmed"].is_(False)
