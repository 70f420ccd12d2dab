"""All SQL of forms. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.casework.forms.tables import FormNumber, IssuedForm
from callcenter.errors import NotFoundError


async def take_number(session: AsyncSession, form: int, year: int) -> int:
    """The next number of a form in a year. Whoever asks at the same time waits until this transaction has ended."""
    statement = insert(FormNumber).values(form=form, year=year, last=1)
    counted = statement.on_conflict_do_update(index_elements=["form", "year"], set_={"last": FormNumber.last + 1})
    return (await session.scalars(counted.returning(FormNumber.last))).one()


async def add_issued(session: AsyncSession, values: Mapping[str, Any]) -> IssuedForm:
    """A form that was issued."""
    return (await session.scalars(insert(IssuedForm).values(**values).returning(IssuedForm))).one()


async def find_issued(session: AsyncSession, form: int, event_id: int) -> IssuedForm | None:
    """The form that was issued for what happened then."""
    statement = select(IssuedForm).where(IssuedForm.form == form, IssuedForm.event_id == event_id)
    return (await session.scalars(statement)).one_or_none()


async def find_last_issued(session: AsyncSession, event_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """Ids of the forms that were issued for what happened then, by form and event."""
    statement = select(IssuedForm).where(IssuedForm.event_id.in_(event_ids))
    return {(row.form, row.event_id): row.id for row in await session.scalars(statement)}


async def get_issued(session: AsyncSession, ticket_id: int, form: int, issued_id: int) -> IssuedForm:
    """Raises NotFoundError."""
    of_ticket = (IssuedForm.ticket_id == ticket_id, IssuedForm.form == form, IssuedForm.id == issued_id)
    found = (await session.scalars(select(IssuedForm).where(*of_ticket))).one_or_none()
    if found is None:
        raise NotFoundError("No such form was issued of this ticket.")
    return found


async def list_issued(
    session: AsyncSession, ticket_id: int, *, after: int, limit: int
) -> Sequence[tuple[IssuedForm, str]]:
    """Of a ticket, oldest first, each with the login name of who issued it; `after` is the id of the last one seen."""
    statement = (
        select(IssuedForm, User.name)
        .join(User, User.id == IssuedForm.issued_by)
        .where(IssuedForm.ticket_id == ticket_id, IssuedForm.id > after)
        .order_by(IssuedForm.id)
        .limit(limit)
    )
    return [(row, name) for row, name in await session.execute(statement)]


async def get_issuer(session: AsyncSession, issued: IssuedForm) -> str:
    """The login name of who issued it."""
    return (await session.scalars(select(User.name).where(User.id == issued.issued_by))).one()
