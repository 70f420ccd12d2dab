"""What can be done with units, their members and contacts: each function in its caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.accounts.store import get_user
from callcenter.casework.units import store
from callcenter.casework.units.rules import ContactHours, Unit, check_active
from callcenter.dialling.rules import DialPurpose, NumberRefused, number_for
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError
from callcenter.http.versions import check_version
from callcenter.settings import Settings


async def change_unit(
    session: AsyncSession,
    unit_id: int,
    changes: Mapping[str, Any],
    *,
    version: int,
    is_active: bool | None,
    user: SignedIn,
    now: datetime,
) -> Unit:
    """Other values of a unit, and whether it is closed from now on or open again.

    Raises NotFoundError, StaleVersionError, ConflictError where another unit has the name.
    """
    unit = await store.lock_unit(session, unit_id)
    check_version(version, unit.version)
    changed = replace(unit, **changes)
    if is_active is not None and is_active is not unit.is_active:
        changed = replace(changed, closed_at=None if is_active else now)
    if changed == unit:
        return unit
    changed = replace(changed, version=unit.version + 1)
    await store.save_unit(session, changed, by=user.user_id, at=now)
    return changed


async def add_member(session: AsyncSession, unit_id: int, name: str, *, user: SignedIn, now: datetime) -> None:
    """Raises NotFoundError, ConflictError for a closed unit, a disabled user or one of another unit."""
    check_active(await store.lock_unit(session, unit_id))
    member = await get_user(session, name)
    if member.disabled_at is not None:
        raise ConflictError(f"The user {name} is disabled.", code=ErrorCode.USER_DISABLED, params={"user": name})
    await store.add_member(session, unit_id, member, by=user.user_id, at=now)


async def remove_member(session: AsyncSession, unit_id: int, name: str, *, user: SignedIn, now: datetime) -> None:
    """Raises NotFoundError."""
    member = await get_user(session, name)
    await store.end_member(session, unit_id, member.id, by=user.user_id, at=now)


async def put_contact(
    session: AsyncSession,
    unit_id: int,
    position: int,
    *,
    person: str,
    number: str,
    hours: ContactHours,
    settings: Settings,
    user: SignedIn,
    now: datetime,
) -> None:
    """Raises NotFoundError, ConflictError for a closed unit, InputError for a number that may not be rung."""
    try:
        found = number_for(DialPurpose.DUTY, number, area_code=settings.area_code, prefixes=settings.dial_prefixes)
    except NumberRefused:
        raise InputError(
            "This number may not be rung, so nobody can be reached there.", code=ErrorCode.NUMBER_NOT_ALLOWED
        ) from None
    unit = await store.lock_unit(session, unit_id)
    check_active(unit)
    await store.put_contact(
        session, unit, position, person=person, number=found.subject, hours=hours, by=user.user_id, at=now
    )


async def remove_contact(session: AsyncSession, unit_id: int, position: int, *, user: SignedIn, now: datetime) -> None:
    """Raises NotFoundError."""
    await store.lock_unit(session, unit_id)
    await store.end_contact(session, unit_id, position, by=user.user_id, at=now)
