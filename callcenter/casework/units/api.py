"""Units over HTTP: everybody reads them, administrators keep them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.accounts.schemas import UserName
from callcenter.calls.number_access import may_unmask
from callcenter.calls.numbers import mask
from callcenter.casework.units import service, store
from callcenter.casework.units.schemas import (
    ContactPage,
    ContactView,
    MemberPage,
    MemberView,
    NewContact,
    NewUnit,
    Position,
    UnitChange,
    UnitPage,
    UnitsQuery,
    UnitView,
)
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import AreaCode, LoggedSnapshot, Now, RowId, Snapshot, Transaction
from callcenter.http.pages import PageQuery, cut_whole
from callcenter.http.reasons import PossibleReason
from callcenter.http.versions import AskedVersion

router = APIRouter(tags=["units"])

_UNITS = value_cursors("units", int)
_MEMBERS = value_cursors("units/members", str)
_CONTACTS = value_cursors("units/contacts", int)


@router.get("/units", dependencies=[require(Right.SEE_UNITS)])
async def list_units(query: Annotated[UnitsQuery, Query()], user: SignedInUser, session: Snapshot) -> UnitPage:
    """Who handles matters: the centre, branches and stations."""
    units = await store.list_units(session, is_active=query.is_active)
    if query.mine:
        own = await store.find_unit_of(session, user.user_id)
        units = [unit for unit in units if own is not None and unit.id == own.id]
    page, following = cut_whole(units, query, _UNITS, lambda unit: unit.id)
    return UnitPage(items=[UnitView.model_validate(unit) for unit in page], next=following)


@router.post("/units", status_code=201, dependencies=[require(Right.MANAGE_UNITS)])
async def add_unit(new: NewUnit, user: SignedInUser, session: Transaction, now: Now) -> UnitView:
    """A new unit, which takes matters at once."""
    return UnitView.model_validate(await store.add_unit(session, **dict(new), by=user.user_id, at=now))


@router.patch("/units/{unit_id}", dependencies=[require(Right.MANAGE_UNITS)])
async def change_unit(
    unit_id: RowId, change: UnitChange, version: AskedVersion, user: SignedInUser, session: Transaction, now: Now
) -> UnitView:
    """Change a unit, close it, or open it again. Its earlier versions are kept."""
    changes = {name: value for name, value in dict(change).items() if value is not None}
    if "regions" in changes:
        changes["regions"] = tuple(changes["regions"])
    is_active = changes.pop("is_active", None)
    changed = await service.change_unit(
        session, unit_id, changes, version=version, is_active=is_active, user=user, now=now
    )
    return UnitView.model_validate(changed)


@router.get("/units/{unit_id}/members", dependencies=[require(Right.SEE_UNITS)])
async def list_unit_members(unit_id: RowId, query: Annotated[PageQuery, Query()], session: Snapshot) -> MemberPage:
    """Who belongs to a unit now."""
    await store.get_unit(session, unit_id)
    members = await store.list_members(session, unit_id)
    page, following = cut_whole(members, query, _MEMBERS, lambda member: member.user)
    return MemberPage(items=[MemberView.model_validate(member) for member in page], next=following)


@router.put("/units/{unit_id}/members/{name}", status_code=204, dependencies=[require(Right.MANAGE_UNITS)])
async def add_unit_member(unit_id: RowId, name: UserName, user: SignedInUser, session: Transaction, now: Now) -> None:
    """A user belongs to this unit from now on. Whoever belongs to another one must leave that first."""
    await service.add_member(session, unit_id, name, user=user, now=now)


@router.delete("/units/{unit_id}/members/{name}", status_code=204, dependencies=[require(Right.MANAGE_UNITS)])
async def remove_unit_member(
    unit_id: RowId, name: UserName, user: SignedInUser, session: Transaction, now: Now
) -> None:
    """A user belongs to this unit no more."""
    await service.remove_member(session, unit_id, name, user=user, now=now)


@router.get("/units/{unit_id}/contacts", dependencies=[require(Right.SEE_UNITS)])
async def list_unit_contacts(
    unit_id: RowId,
    query: Annotated[PageQuery, Query()],
    user: SignedInUser,
    reason: PossibleReason,
    session: LoggedSnapshot,
    now: Now,
    area_code: AreaCode,
) -> ContactPage:
    """Who is rung for a unit. Unmasked numbers need the right and a reason, and are logged."""
    await store.get_unit(session, unit_id)
    contacts = await store.list_contacts(session, unit_id)
    page, following = cut_whole(contacts, query, _CONTACTS, lambda contact: contact.position)
    views = [ContactView.model_validate(contact) for contact in page]
    if not await may_unmask(session, reason, user, [f"units/{unit_id}/contacts"], now):
        views = [view.model_copy(update={"number": mask(view.number, area_code=area_code)}) for view in views]
    return ContactPage(items=views, next=following)


@router.put("/units/{unit_id}/contacts/{position}", status_code=204, dependencies=[require(Right.MANAGE_UNITS)])
async def put_unit_contact(
    unit_id: RowId,
    position: Position,
    new: NewContact,
    user: SignedInUser,
    session: Transaction,
    now: Now,
    request: Request,
) -> None:
    """Somebody is rung at this position from now on; who stood there is kept as it was."""
    settings = request.app.state.settings
    await service.put_contact(session, unit_id, position, **dict(new), settings=settings, user=user, now=now)


@router.delete("/units/{unit_id}/contacts/{position}", status_code=204, dependencies=[require(Right.MANAGE_UNITS)])
async def remove_unit_contact(
    unit_id: RowId, position: Position, user: SignedInUser, session: Transaction, now: Now
) -> None:
    """Nobody is rung at this position any more."""
    await service.remove_contact(session, unit_id, position, user=user, now=now)
