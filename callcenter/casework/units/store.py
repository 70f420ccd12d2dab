"""All SQL of units, their members and contacts. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.accounts.tables import User
from callcenter.casework.units.rules import Contact, ContactHours, Member, Unit, UnitKind
from callcenter.casework.units.tables import UnitContactRow, UnitMemberRow, UnitRow, UnitVersionRow
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError


async def list_units(session: AsyncSession, *, is_active: bool | None) -> list[Unit]:
    """In the order in which they were added; those that are active, those that are closed, or all."""
    statement = select(UnitRow).order_by(UnitRow.id)
    if is_active is not None:
        statement = statement.where(UnitRow.closed_at.is_(None) if is_active else UnitRow.closed_at.is_not(None))
    return [_unit(row) for row in await session.scalars(statement)]


async def get_unit(session: AsyncSession, unit_id: int) -> Unit:
    """Raises NotFoundError."""
    return _known(await session.get(UnitRow, unit_id, populate_existing=True))


async def lock_unit(session: AsyncSession, unit_id: int) -> Unit:
    """The unit, which nobody else changes, closes or fills until this transaction ends. Raises NotFoundError."""
    return _known(await session.get(UnitRow, unit_id, populate_existing=True, with_for_update=True))


async def find_unit_of(session: AsyncSession, user_id: int) -> Unit | None:
    """The unit to which a user belongs now, closed or not."""
    belongs = select(UnitMemberRow.unit_id).where(UnitMemberRow.user_id == user_id, UnitMemberRow.ended_at.is_(None))
    row = (await session.scalars(select(UnitRow).where(UnitRow.id.in_(belongs)))).one_or_none()
    return None if row is None else _unit(row)


async def add_unit(
    session: AsyncSession, *, name: str, kind: UnitKind, regions: Sequence[str], by: int, at: datetime
) -> Unit:
    """Raises ConflictError where the name is taken, by a closed unit too."""
    values = {"version": 1, "name": name, "kind": kind.value, "regions": list(regions)}
    statement = insert_or(UnitRow).values(values).on_conflict_do_nothing().returning(UnitRow)
    row = (await session.scalars(statement)).one_or_none()
    if row is None:
        raise _taken(name)
    unit = _unit(row)
    await _keep_version(session, unit, by=by, at=at)
    return unit


async def save_unit(session: AsyncSession, unit: Unit, *, by: int, at: datetime) -> None:
    """Keep a new version of a locked unit. Raises ConflictError where another has the name."""
    statement = update(UnitRow).where(UnitRow.id == unit.id).values(_columns(unit))
    try:
        async with session.begin_nested():
            await session.execute(statement)
    except IntegrityError:
        raise _taken(unit.name) from None
    await _keep_version(session, unit, by=by, at=at)


async def list_members(session: AsyncSession, unit_id: int) -> list[Member]:
    """Who belongs to the unit now, by name."""
    adder = aliased(User)
    statement = (
        select(UnitMemberRow, User.name, User.display_name, adder.name)
        .join(User, User.id == UnitMemberRow.user_id)
        .join(adder, adder.id == UnitMemberRow.added_by)
        .where(UnitMemberRow.unit_id == unit_id, UnitMemberRow.ended_at.is_(None))
        .order_by(User.name)
    )
    return [
        Member(user=user, display_name=display_name, added_by=added_by, added_at=row.added_at)
        for row, user, display_name, added_by in await session.execute(statement)
    ]


async def add_member(session: AsyncSession, unit_id: int, user: User, *, by: int, at: datetime) -> None:
    """Nothing happens for one who belongs to it. Raises ConflictError for one who belongs to another unit."""
    values = {"unit_id": unit_id, "user_id": user.id, "added_by": by, "added_at": at}
    statement = insert_or(UnitMemberRow).values(values).on_conflict_do_nothing().returning(UnitMemberRow.id)
    if (await session.execute(statement)).first() is not None:
        return
    current = await find_unit_of(session, user.id)
    if current is None or current.id != unit_id:
        raise ConflictError(
            f"The user {user.name} belongs to another unit.",
            code=ErrorCode.MEMBER_OF_ANOTHER_UNIT,
            params={"user": user.name, "unit": None if current is None else current.name},
        )


async def end_member(session: AsyncSession, unit_id: int, user_id: int, *, by: int, at: datetime) -> None:
    """Raises NotFoundError where the user does not belong to the unit."""
    lasting = update(UnitMemberRow).where(
        UnitMemberRow.unit_id == unit_id, UnitMemberRow.user_id == user_id, UnitMemberRow.ended_at.is_(None)
    )
    if (await session.execute(lasting.values(ended_by=by, ended_at=at).returning(UnitMemberRow.id))).first() is None:
        raise NotFoundError("The user does not belong to this unit.")


async def list_contacts(session: AsyncSession, unit_id: int) -> list[Contact]:
    """Who is rung for the unit now, in order."""
    statement = (
        select(UnitContactRow, User.name)
        .join(User, User.id == UnitContactRow.added_by)
        .where(UnitContactRow.unit_id == unit_id, UnitContactRow.ended_at.is_(None))
        .order_by(UnitContactRow.position)
    )
    return [
        Contact(
            position=row.position,
            person=row.person,
            number=row.number,
            hours=ContactHours(row.hours),
            added_by=added_by,
            added_at=row.added_at,
        )
        for row, added_by in await session.execute(statement)
    ]


async def put_contact(
    session: AsyncSession,
    unit: Unit,
    position: int,
    *,
    person: str,
    number: str,
    hours: ContactHours,
    by: int,
    at: datetime,
) -> None:
    """Takes the place of who stood there. The unit is locked, so that nobody else puts somebody there meanwhile."""
    await _end_contact(session, unit.id, position, by=by, at=at)
    values = {"unit_id": unit.id, "position": position, "person": person, "number": number, "hours": hours.value}
    await session.execute(insert(UnitContactRow).values(**values, added_by=by, added_at=at))


async def end_contact(session: AsyncSession, unit_id: int, position: int, *, by: int, at: datetime) -> None:
    """Raises NotFoundError where nobody stands there."""
    if not await _end_contact(session, unit_id, position, by=by, at=at):
        raise NotFoundError("There is no contact at this position.")


async def _end_contact(session: AsyncSession, unit_id: int, position: int, *, by: int, at: datetime) -> bool:
    lasting = update(UnitContactRow).where(
        UnitContactRow.unit_id == unit_id, UnitContactRow.position == position, UnitContactRow.ended_at.is_(None)
    )
    ended = await session.execute(lasting.values(ended_by=by, ended_at=at).returning(UnitContactRow.id))
    return ended.first() is not None


async def _keep_version(session: AsyncSession, unit: Unit, *, by: int, at: datetime) -> None:
    values = _columns(unit) | {"unit_id": unit.id, "changed_by": by, "changed_at": at}
    await session.execute(insert(UnitVersionRow).values(values))


def _columns(unit: Unit) -> dict[str, Any]:
    return {
        "version": unit.version,
        "name": unit.name,
        "kind": unit.kind.value,
        "regions": list(unit.regions),
        "closed_at": unit.closed_at,
    }


def _known(row: UnitRow | None) -> Unit:
    if row is None:
        raise NotFoundError("There is no such unit.")
    return _unit(row)


def _unit(row: UnitRow) -> Unit:
    return Unit(
        id=row.id,
        version=row.version,
        name=row.name,
        kind=UnitKind(row.kind),
        regions=tuple(row.regions),
        closed_at=row.closed_at,
    )


def _taken(name: str) -> ConflictError:
    return ConflictError(f"There is a unit {name} already.", code=ErrorCode.UNIT_EXISTS, params={"unit": name})
