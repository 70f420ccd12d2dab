"""The contact platform over HTTP: supervisors keep it, officers see their unit's, numbers are masked."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right, SignedIn
from callcenter.calls.number_access import may_unmask
from callcenter.casework.contacts import service, store
from callcenter.casework.contacts.rules import ContactPerson, is_stale
from callcenter.casework.contacts.schemas import (
    ContactCount,
    ContactPersonChange,
    ContactPersonPage,
    ContactPersonView,
    ContactsQuery,
    NewContactPerson,
    OrganisationView,
)
from callcenter.casework.contacts.tables import ContactRow
from callcenter.casework.masks import mask_phone
from callcenter.errors import NotFoundError
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import AskedSettings, LoggedSnapshot, Now, RowId, Snapshot, Transaction
from callcenter.http.pages import cut_page
from callcenter.http.reasons import PossibleReason
from callcenter.http.versions import AskedVersion
from callcenter.settings import Settings

router = APIRouter(tags=["contacts"])

_CONTACTS = value_cursors("contacts", int)


@router.get("/contacts", dependencies=[require(Right.SEE_CONTACTS)])
async def list_contacts(
    query: Annotated[ContactsQuery, Query()], user: SignedInUser, session: Snapshot, now: Now, settings: AskedSettings
) -> ContactPersonPage:
    """Who can be reached at units and merchants, with the numbers masked; officers see those of their unit."""
    stale = store.is_stale(now, settings.contact_verified_for)
    asked = {
        ContactRow.unit_id: query.unit_id,
        ContactRow.merchant_id: query.merchant_id,
        ContactRow.role: query.role,
        ContactRow.region: query.region,
    }
    conditions = [await store.may_see(session, user), ~store.IS_THERE if query.ended else store.IS_THERE]
    conditions += [column == value for column, value in asked.items() if value is not None]
    if query.goods is not None:
        conditions.append(ContactRow.goods.contains([query.goods]))
    if query.brand is not None:
        conditions.append(ContactRow.brands.contains([query.brand]))
    if query.stale is not None:
        conditions.append(stale if query.stale else ~stale)
    after = query.after(_CONTACTS)
    if after is not None:
        conditions.append(ContactRow.id > after)
    found = await store.list_contacts(session, *conditions, limit=query.limit + 1)
    page, following = cut_page(found, query, _CONTACTS, lambda one: one[0].id)
    views = [_mask(_view(*one, settings=settings, now=now), settings) for one in page]
    count = await store.find_last_count(session)
    return ContactPersonPage(
        items=views, next=following, last_count=None if count is None else ContactCount.model_validate(count)
    )


@router.post("/contacts", status_code=201, dependencies=[require(Right.MANAGE_CONTACTS)])
async def add_contact(
    new: NewContactPerson, user: SignedInUser, session: Transaction, now: Now, settings: AskedSettings
) -> ContactPersonView:
    """Somebody at a unit or a merchant, of whom nobody has made sure yet."""
    contact_id = await service.add_contact(
        session, new.organisation, new.to_values(), settings=settings, user=user, now=now
    )
    return _mask(await _read(session, contact_id, user, settings, now), settings)


@router.get("/contacts/{contact_id}", dependencies=[require(Right.SEE_CONTACTS)])
async def get_contact(
    contact_id: RowId,
    user: SignedInUser,
    reason: PossibleReason,
    session: LoggedSnapshot,
    now: Now,
    settings: AskedSettings,
) -> ContactPersonView:
    """One contact. Unmasked numbers need the right and a reason, and are logged."""
    view = await _read(session, contact_id, user, settings, now)
    if await may_unmask(session, reason, user, [f"contacts/{contact_id}"], now):
        return view
    return _mask(view, settings)


@router.patch("/contacts/{contact_id}", dependencies=[require(Right.MANAGE_CONTACTS)])
async def change_contact(
    contact_id: RowId,
    change: ContactPersonChange,
    version: AskedVersion,
    user: SignedInUser,
    session: Transaction,
    now: Now,
    settings: AskedSettings,
) -> ContactPersonView:
    """Change a contact; earlier versions are kept. Another name or other numbers have to be verified anew."""
    await service.change_contact(
        session, contact_id, change.to_values(), version=version, settings=settings, user=user, now=now
    )
    return _mask(await _read(session, contact_id, user, settings, now), settings)


@router.post("/contacts/{contact_id}/verification", dependencies=[require(Right.MANAGE_CONTACTS)])
async def verify_contact(
    contact_id: RowId,
    version: AskedVersion,
    user: SignedInUser,
    session: Transaction,
    now: Now,
    settings: AskedSettings,
) -> ContactPersonView:
    """The user has made sure that name and numbers are right."""
    await service.verify_contact(session, contact_id, version=version, user=user, now=now)
    return _mask(await _read(session, contact_id, user, settings, now), settings)


@router.post("/contacts/{contact_id}/end", dependencies=[require(Right.MANAGE_CONTACTS)])
async def end_contact(
    contact_id: RowId,
    version: AskedVersion,
    user: SignedInUser,
    session: Transaction,
    now: Now,
    settings: AskedSettings,
) -> ContactPersonView:
    """Nobody rings this contact any more."""
    await service.end_contact(session, contact_id, version=version, user=user, now=now)
    return _mask(await _read(session, contact_id, user, settings, now), settings)


async def _read(
    session: AsyncSession, contact_id: int, user: SignedIn, settings: Settings, now: Now
) -> ContactPersonView:
    found = await store.list_contacts(session, ContactRow.id == contact_id, await store.may_see(session, user))
    if not found:
        raise NotFoundError("There is no such contact.")
    ((contact, organisation),) = found
    return _view(contact, organisation, settings=settings, now=now)


def _view(contact: ContactPerson, organisation: str, *, settings: Settings, now: Now) -> ContactPersonView:
    where = contact.organisation
    plain = {name: getattr(contact, name) for name in ContactPersonView.model_fields if hasattr(contact, name)}
    lists = {name: list(plain[name]) for name in ("numbers", "goods", "brands")}
    named = OrganisationView(unit_id=where.unit_id, merchant_id=where.merchant_id, name=organisation)
    stale = is_stale(contact, now, settings.contact_verified_for)
    return ContactPersonView(**(plain | lists | {"organisation": named, "is_stale": stale}))


def _mask(view: ContactPersonView, settings: Settings) -> ContactPersonView:
    masked = [mask_phone(number, area_code=settings.area_code) or "" for number in view.numbers]
    return view.model_copy(update={"numbers": masked})
