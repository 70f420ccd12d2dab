"""What can be done with contacts: each function in its caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.casework.classification.rules import Axis
from callcenter.casework.classification.store import check_codes
from callcenter.casework.contacts import store
from callcenter.casework.contacts.rules import ContactPerson, Organisation, change
from callcenter.casework.merchants.store import get_merchant
from callcenter.casework.units.rules import check_active
from callcenter.casework.units.store import lock_unit
from callcenter.dialling.rules import DialPurpose, NumberRefused, number_for
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError
from callcenter.http.versions import check_version
from callcenter.settings import Settings


async def add_contact(
    session: AsyncSession,
    organisation: Organisation,
    values: Mapping[str, Any],
    *,
    settings: Settings,
    user: SignedIn,
    now: datetime,
) -> int:
    """The id of the new contact.

    Raises NotFoundError for the organisation, ConflictError for a closed unit, InputError for a number that may not be
    rung or a code that is not valid.
    """
    if organisation.unit_id is not None:
        check_active(await lock_unit(session, organisation.unit_id))
    if organisation.merchant_id is not None:
        await get_merchant(session, organisation.merchant_id)
    checked = await _check(session, values, settings, now)
    return await store.add_contact(session, organisation, checked, by=user.user_id, at=now)


async def change_contact(
    session: AsyncSession,
    contact_id: int,
    values: Mapping[str, Any],
    *,
    version: int,
    settings: Settings,
    user: SignedIn,
    now: datetime,
) -> None:
    """Other values of a contact. Raises NotFoundError, StaleVersionError, ConflictError, InputError."""
    contact = await _lock(session, contact_id, version)
    checked = await _check(session, values, settings, now)
    lists = {name: tuple(checked[name]) for name in ("numbers", "goods", "brands") if name in checked}
    changed = change(contact, checked | lists)
    if changed != contact:
        await _save(session, changed, user, now)


async def verify_contact(
    session: AsyncSession, contact_id: int, *, version: int, user: SignedIn, now: datetime
) -> None:
    """The user has made sure of the contact. Raises NotFoundError, StaleVersionError, ConflictError."""
    contact = await _lock(session, contact_id, version)
    await _save(session, replace(contact, verified_at=now, verified_by=user.name), user, now)


async def end_contact(session: AsyncSession, contact_id: int, *, version: int, user: SignedIn, now: datetime) -> None:
    """Nobody rings this contact any more. Raises NotFoundError, StaleVersionError, ConflictError."""
    contact = await _lock(session, contact_id, version)
    await _save(session, replace(contact, ended_at=now), user, now)


async def _lock(session: AsyncSession, contact_id: int, version: int) -> ContactPerson:
    contact = await store.lock_contact(session, contact_id)
    check_version(version, contact.version)
    if contact.ended_at is not None:
        raise ConflictError("This contact has ended.", code=ErrorCode.CONTACT_ENDED)
    return contact


async def _save(session: AsyncSession, contact: ContactPerson, user: SignedIn, now: datetime) -> None:
    await store.save_contact(session, replace(contact, version=contact.version + 1), by=user.user_id, at=now)


async def _check(session: AsyncSession, values: Mapping[str, Any], settings: Settings, now: datetime) -> dict[str, Any]:
    checked = dict(values)
    if "numbers" in checked:
        checked["numbers"] = _normalise(checked["numbers"], settings)
    today = now.astimezone(settings.timezone).date()
    for code in checked.get("goods", ()):
        await check_codes(session, {Axis.GOODS: code}, today)
    return checked


def _normalise(numbers: Sequence[str], settings: Settings) -> list[str]:
    """In their order, each once."""
    found: dict[str, None] = {}
    for number in numbers:
        try:
            known = number_for(DialPurpose.DUTY, number, area_code=settings.area_code, prefixes=settings.dial_prefixes)
        except NumberRefused:
            raise InputError(
                "This number may not be rung, so nobody can be reached there.", code=ErrorCode.NUMBER_NOT_ALLOWED
            ) from None
        found.setdefault(known.subject)
    return list(found)
