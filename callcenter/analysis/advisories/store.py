"""All SQL of advisories. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.analysis.advisories.candidates import PastLetter
from callcenter.analysis.advisories.states import (
    Advisory,
    AdvisoryEvent,
    AdvisoryKind,
    AdvisoryState,
    Correction,
)
from callcenter.analysis.advisories.tables import AdvisoryEventRow, AdvisoryNumber, AdvisoryRow
from callcenter.analysis.advisories.text_objections import FactKind, VerifiedFact
from callcenter.casework.tickets.tables import TicketParty, TicketRow
from callcenter.errors import NotFoundError, StaleVersionError

AT_ONCE = 200
"""Letters of one look."""


async def find_by_key(session: AsyncSession, user_id: int, key: str) -> AdvisoryRow | None:
    """The advisory that the user drafted with this Idempotency-Key."""
    statement = select(AdvisoryRow).where(AdvisoryRow.created_by == user_id, AdvisoryRow.idempotency_key == key)
    return (await session.scalars(statement)).one_or_none()


async def add_advisory(session: AsyncSession, values: Mapping[str, Any]) -> AdvisoryRow | None:
    """None where the same user has drafted one with this key meanwhile."""
    statement = insert(AdvisoryRow).values(**values).on_conflict_do_nothing()
    return (await session.scalars(statement.returning(AdvisoryRow))).one_or_none()


async def get_advisory(session: AsyncSession, advisory_id: int, *, is_locked: bool = False) -> AdvisoryRow:
    """Raises NotFoundError."""
    statement = select(AdvisoryRow).where(AdvisoryRow.id == advisory_id)
    if is_locked:
        statement = statement.with_for_update()
    found = (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()
    if found is None:
        raise NotFoundError("There is no such advisory.")
    return found


async def list_advisories(
    session: AsyncSession, *conditions: ColumnElement[bool], before: int | None, limit: int
) -> Sequence[AdvisoryRow]:
    """Newest first; `before` is the id of the last one seen."""
    statement = select(AdvisoryRow).where(*conditions).order_by(AdvisoryRow.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(AdvisoryRow.id < before)
    return (await session.scalars(statement)).all()


async def change_advisory(session: AsyncSession, row: AdvisoryRow, values: Mapping[str, Any]) -> None:
    """Raises StaleVersionError where somebody has changed it since; nothing is changed then."""
    statement = update(AdvisoryRow).where(AdvisoryRow.id == row.id, AdvisoryRow.version == row.version)
    changed = statement.values(**values, version=row.version + 1).returning(AdvisoryRow.id)
    if (await session.execute(changed)).first() is None:
        raise StaleVersionError


async def take_number(session: AsyncSession, kind: AdvisoryKind, year: int) -> int:
    """The next number of a kind in a year. Whoever asks at the same time waits until this transaction has ended."""
    statement = insert(AdvisoryNumber).values(kind=kind.value, year=year, last=1)
    counted = statement.on_conflict_do_update(index_elements=["kind", "year"], set_={"last": AdvisoryNumber.last + 1})
    return (await session.scalars(counted.returning(AdvisoryNumber.last))).one()


async def add_event(
    session: AsyncSession,
    advisory_id: int,
    what: str,
    states: tuple[AdvisoryState | None, AdvisoryState],
    *,
    by: int | None,
    at: datetime,
    body: Mapping[str, Any],
) -> None:
    """`states` are the ones before and after; `what` an AdvisoryEvent, or `draft` and `write`."""
    before, after = states
    values = {"advisory_id": advisory_id, "what": what, "to_state": after.value, "at": at, "by": by, "body": body}
    await session.execute(
        insert(AdvisoryEventRow).values(**values, from_state=None if before is None else before.value)
    )


async def list_events(
    session: AsyncSession, advisory_id: int, *, after: int, limit: int
) -> Sequence[tuple[AdvisoryEventRow, str | None]]:
    """As they came, each with the login name of who did it; `after` is the id of the last one seen."""
    statement = (
        select(AdvisoryEventRow, User.name)
        .outerjoin(User, User.id == AdvisoryEventRow.by)
        .where(AdvisoryEventRow.advisory_id == advisory_id, AdvisoryEventRow.id > after)
        .order_by(AdvisoryEventRow.id)
        .limit(limit)
    )
    return [(row, name) for row, name in await session.execute(statement)]


async def lock_waiting_letters(session: AsyncSession, today: date) -> Sequence[AdvisoryRow]:
    """Issued letters whose last day is over or not known yet, some of them, that nobody works on now."""
    is_over = (AdvisoryRow.reply_due_on < today) | AdvisoryRow.reply_due_on.is_(None)
    statement = (
        select(AdvisoryRow)
        .where(AdvisoryRow.kind == AdvisoryKind.LETTER.value, AdvisoryRow.state == AdvisoryState.ISSUED.value, is_over)
        .order_by(AdvisoryRow.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def list_past_letters(session: AsyncSession, merchant_ids: Collection[int]) -> list[PastLetter]:
    """All letters about these merchants, withdrawn ones excepted, oldest first."""
    statement = (
        select(AdvisoryRow.merchant_id, AdvisoryRow.sent_on, AdvisoryRow.state)
        .where(
            AdvisoryRow.kind == AdvisoryKind.LETTER.value,
            AdvisoryRow.merchant_id.in_(merchant_ids),
            AdvisoryRow.state != AdvisoryState.WITHDRAWN.value,
        )
        .order_by(AdvisoryRow.id)
    )
    return [
        PastLetter(merchant_id=row.merchant_id, issued_on=row.sent_on, is_open=row.state != AdvisoryState.CLOSED)
        for row in await session.execute(statement)
    ]


async def list_persons(session: AsyncSession, numbers: Collection[str]) -> list[tuple[str | None, str | None]]:
    """Names and addresses of everybody in these tickets."""
    statement = (
        select(TicketParty.name, TicketParty.address)
        .join(TicketRow, TicketRow.id == TicketParty.ticket_id)
        .where(TicketRow.number.in_(numbers))
        .order_by(TicketRow.number, TicketParty.role)
    )
    return [(row.name, row.address) for row in await session.execute(statement)]


async def list_known_tickets(session: AsyncSession, numbers: Collection[str]) -> set[str]:
    """Those of the numbers that there are."""
    return set(await session.scalars(select(TicketRow.number).where(TicketRow.number.in_(numbers))))


async def names_of(session: AsyncSession, ids: Collection[int]) -> dict[int, str]:
    """Login names by id."""
    rows = await session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}


def to_advisory(row: AdvisoryRow) -> Advisory:
    """As the rules see it."""
    return Advisory(
        kind=AdvisoryKind(row.kind),
        state=AdvisoryState(row.state),
        authors=frozenset(row.authors),
        channels=frozenset(row.channels),
        correction=None if row.correction is None else Correction(**row.correction),
    )


def to_facts(row: AdvisoryRow) -> tuple[VerifiedFact, ...]:
    """What was verified."""
    return tuple(
        VerifiedFact(kind=FactKind(one["kind"]), reference=one["reference"], text=one["text"])
        for one in row.verified_facts
    )


EVENT_NAMES = ("draft", "write", *AdvisoryEvent)
"""What stands in the log of an advisory."""
