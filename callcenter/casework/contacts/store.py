"""All SQL of contacts. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Role, SignedIn
from callcenter.casework.contacts.rules import ContactPerson, ContactRole, Organisation
from callcenter.casework.contacts.tables import ContactDay, ContactRow, ContactVersionRow
from callcenter.casework.merchants.tables import MerchantRow
from callcenter.casework.units.store import find_unit_of
from callcenter.casework.units.tables import UnitRow
from callcenter.errors import NotFoundError

Condition = ColumnElement[bool]

IS_THERE = ContactRow.ended_at.is_(None)

_KEPT = (
    *("version", "name", "role", "numbers", "region", "goods", "brands", "position"),
    *("verified_at", "verified_by", "ended_at"),
)


async def may_see(session: AsyncSession, user: SignedIn) -> Condition:
    """Which contacts the user sees: officers those of their unit, all others all."""
    if user.role is not Role.OFFICER:
        return true()
    unit = await find_unit_of(session, user.user_id)
    return ContactRow.unit_id == (None if unit is None else unit.id)


def is_stale(now: datetime, verified_for: timedelta) -> Condition:
    """As `rules.is_stale` has it."""
    return or_(ContactRow.verified_at.is_(None), ContactRow.verified_at < now - verified_for)


async def list_contacts(
    session: AsyncSession, *conditions: Condition, limit: int | None = None
) -> Sequence[tuple[ContactPerson, str]]:
    """In the order in which they were added, each with the name of the organisation."""
    statement = (
        select(ContactRow, func.coalesce(UnitRow.name, MerchantRow.name))
        .outerjoin(UnitRow, UnitRow.id == ContactRow.unit_id)
        .outerjoin(MerchantRow, MerchantRow.id == ContactRow.merchant_id)
        .where(*conditions)
        .order_by(ContactRow.id)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [(_contact(row), name) for row, name in await session.execute(statement)]


async def lock_contact(session: AsyncSession, contact_id: int) -> ContactPerson:
    """Raises NotFoundError."""
    statement = select(ContactRow).where(ContactRow.id == contact_id).with_for_update()
    row = (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()
    if row is None:
        raise NotFoundError("There is no such contact.")
    return _contact(row)


async def add_contact(
    session: AsyncSession, organisation: Organisation, values: dict[str, Any], *, by: int, at: datetime
) -> int:
    """The id of the new contact, of whom nobody has made sure yet."""
    first = {"version": 1, "verified_at": None, "verified_by": None, "ended_at": None}
    statement = insert(ContactRow).values(
        unit_id=organisation.unit_id, merchant_id=organisation.merchant_id, **values, **first
    )
    row = (await session.scalars(statement.returning(ContactRow))).one()
    await _keep_version(session, _contact(row), by=by, at=at)
    return row.id


async def save_contact(session: AsyncSession, contact: ContactPerson, *, by: int, at: datetime) -> None:
    """Keep a new version of a locked contact."""
    await session.execute(update(ContactRow).where(ContactRow.id == contact.id).values(_columns(contact)))
    await _keep_version(session, contact, by=by, at=at)


async def count_day(session: AsyncSession, day: date, now: datetime, verified_for: timedelta) -> tuple[int, int]:
    """Count the contacts and the stale ones, and keep both for the day: once."""
    counted = select(func.count(), func.count().filter(is_stale(now, verified_for))).where(IS_THERE)
    contacts, stale = (await session.execute(counted)).one()
    values = {"business_date": day, "contacts": contacts, "stale": stale, "counted_at": now}
    await session.execute(insert_or(ContactDay).values(values).on_conflict_do_nothing())
    return contacts, stale


async def find_last_count(session: AsyncSession) -> ContactDay | None:
    """Of the latest night."""
    return (await session.scalars(select(ContactDay).order_by(ContactDay.business_date.desc()).limit(1))).first()


async def _keep_version(session: AsyncSession, contact: ContactPerson, *, by: int, at: datetime) -> None:
    values = _columns(contact) | {"contact_id": contact.id, "changed_by": by, "changed_at": at}
    await session.execute(insert(ContactVersionRow).values(values))


def _columns(contact: ContactPerson) -> dict[str, Any]:
    values = {name: getattr(contact, name) for name in _KEPT}
    lists = {name: list(values[name]) for name in ("numbers", "goods", "brands")}
    return values | lists | {"role": contact.role.value}


def _contact(row: ContactRow) -> ContactPerson:
    return ContactPerson(
        id=row.id,
        version=row.version,
        organisation=Organisation(unit_id=row.unit_id, merchant_id=row.merchant_id),
        name=row.name,
        role=ContactRole(row.role),
        numbers=tuple(row.numbers),
        region=row.region,
        goods=tuple(row.goods),
        brands=tuple(row.brands),
        position=row.position,
        verified_at=row.verified_at,
        verified_by=row.verified_by,
        ended_at=row.ended_at,
    )
