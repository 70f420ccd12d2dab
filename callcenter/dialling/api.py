"""The directory, the do-not-call list, dials and refused attempts over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.accounts.store import log_access
from callcenter.calls.number_access import may_unmask
from callcenter.calls.numbers import mask, normalise
from callcenter.calls.schemas import Unmasking
from callcenter.dialling import directory, store
from callcenter.dialling.gate import Ground
from callcenter.dialling.rules import Purpose
from callcenter.dialling.schemas import (
    DirectoryEntryView,
    DirectoryPage,
    DoNotCallPage,
    DoNotCallReason,
    DoNotCallView,
    NewDirectoryEntry,
    OutgoingLegPage,
    OutgoingLegView,
    PastDoNotCallPage,
    PastDoNotCallView,
    PastQuery,
)
from callcenter.dialling.tables import DirectoryEntry
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError
from callcenter.http.dependencies import AreaCode, Before, Now, RowId, Transaction, page_of

router = APIRouter(tags=["dialling"])

ListedNumber = Annotated[str, Path(max_length=30, pattern=r"^[0-9+]+$")]


@router.get("/directory", dependencies=[require(Right.DIAL)])
async def get_directory(
    asked: Annotated[Unmasking, Query()], user: SignedInUser, session: Transaction, now: Now, area_code: AreaCode
) -> DirectoryPage:
    """Whom agents may ring besides callers. Unmasked numbers need the right and a reason, and are logged."""
    entries = [_entry(entry) for entry in await directory.list_entries(session)]
    if not await may_unmask(session, asked, user, ["directory"], now):
        entries = [entry.model_copy(update={"number": mask(entry.number, area_code=area_code)}) for entry in entries]
    return DirectoryPage(items=entries)


@router.post("/directory", status_code=201, dependencies=[require(Right.MANAGE_DIRECTORY)])
async def add_directory_entry(
    entry: NewDirectoryEntry, user: SignedInUser, session: Transaction, now: Now, request: Request
) -> DirectoryEntryView:
    """Let agents ring this number."""
    number = directory.directory_number(entry.number, request.app.state.settings)
    added = _entry(await directory.add_entry(session, name=entry.name, number=number, kind=entry.kind))
    await log_access(session, user, "new directory entry", f"directory/{added.id}", now)
    return added


@router.put("/directory/{entry_id}", dependencies=[require(Right.MANAGE_DIRECTORY)])
async def change_directory_entry(
    entry_id: RowId, entry: NewDirectoryEntry, user: SignedInUser, session: Transaction, now: Now, request: Request
) -> DirectoryEntryView:
    """Replace an entry."""
    number = directory.directory_number(entry.number, request.app.state.settings)
    changed = _entry(await directory.change_entry(session, entry_id, name=entry.name, number=number, kind=entry.kind))
    await log_access(session, user, "directory entry changed", f"directory/{entry_id}", now)
    return changed


@router.delete("/directory/{entry_id}", status_code=204, dependencies=[require(Right.MANAGE_DIRECTORY)])
async def delete_directory_entry(entry_id: RowId, user: SignedInUser, session: Transaction, now: Now) -> None:
    """Nobody may ring this number any more, unless they call."""
    await directory.delete_entry(session, entry_id)
    await log_access(session, user, "directory entry deleted", f"directory/{entry_id}", now)


@router.get("/do-not-call", dependencies=[require(Right.MANAGE_DO_NOT_CALL)])
async def get_do_not_call(
    asked: Annotated[Unmasking, Query()], user: SignedInUser, session: Transaction, now: Now, area_code: AreaCode
) -> DoNotCallPage:
    """Numbers that nobody may ring. Unmasked numbers need a reason and are logged."""
    is_unmasked = await may_unmask(session, asked, user, ["do-not-call"], now)
    items = [
        DoNotCallView(
            number=entry.number if is_unmasked else mask(entry.number, area_code=area_code),
            reason=entry.reason,
            added_by=name,
            added_at=entry.added_at,
        )
        for entry, name in await directory.list_do_not_call(session)
    ]
    return DoNotCallPage(items=items)


@router.get("/do-not-call-history", dependencies=[require(Right.MANAGE_DO_NOT_CALL)])
async def get_past_do_not_call(
    asked: Annotated[PastQuery, Query()], user: SignedInUser, session: Transaction, now: Now, area_code: AreaCode
) -> PastDoNotCallPage:
    """What stood on the list before somebody took it off or replaced it, who, and when; newest first."""
    found = await directory.list_past_do_not_call(session, before=asked.before, limit=asked.limit + 1)
    entries, last = page_of(found, asked.limit)
    is_unmasked = await may_unmask(session, asked, user, ["do-not-call-history"], now)
    items = [
        PastDoNotCallView(
            id=entry.id,
            number=entry.number if is_unmasked else mask(entry.number, area_code=area_code),
            reason=entry.reason,
            added_by=added_by,
            added_at=entry.added_at,
            ended_by=ended_by,
            ended_at=entry.ended_at,
        )
        for entry, added_by, ended_by in entries
    ]
    return PastDoNotCallPage(items=items, next_before=None if last is None else last[0].id)


@router.put("/do-not-call/{number}", status_code=204, dependencies=[require(Right.MANAGE_DO_NOT_CALL)])
async def put_do_not_call(
    number: ListedNumber, told: DoNotCallReason, user: SignedInUser, session: Transaction, now: Now, area_code: AreaCode
) -> None:
    """Nobody may ring this number from now on."""
    listed = _listed(number, area_code)
    await directory.put_do_not_call(session, listed, reason=told.reason, added_by=user.user_id, at=now)


@router.delete("/do-not-call/{number}", status_code=204, dependencies=[require(Right.MANAGE_DO_NOT_CALL)])
async def delete_do_not_call(
    number: ListedNumber, user: SignedInUser, session: Transaction, now: Now, area_code: AreaCode
) -> None:
    """The number may be rung again."""
    await directory.delete_do_not_call(session, _listed(number, area_code), ended_by=user.user_id, at=now)


@router.get("/outgoing-legs", dependencies=[require(Right.SEE_DIALS)])
async def get_outgoing_legs(
    session: Transaction,
    area_code: AreaCode,
    before: Before = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> OutgoingLegPage:
    """Numbers that were let through to be rung, with the ground: by the hour, an emergency, a time the caller named."""
    rows, last = page_of(await store.list_outgoing_legs(session, before=before, limit=limit + 1), limit)
    items = [
        OutgoingLegView(
            id=leg.id,
            at=leg.at,
            user=name,
            occasion=Purpose(leg.occasion),
            ground=Ground(leg.ground),
            masked_number=mask(leg.number, area_code=area_code),
            episode_id=leg.episode_id,
            call_id=leg.call_id,
        )
        for leg, name in rows
    ]
    return OutgoingLegPage(items=items, next_before=None if last is None else last[0].id)


def _entry(entry: DirectoryEntry) -> DirectoryEntryView:
    return DirectoryEntryView.model_validate(
        {"id": entry.id, "name": entry.name, "number": entry.number, "kind": entry.kind}
    )


def _listed(number: str, area_code: str) -> str:
    listed = normalise(number, area_code=area_code).number
    if listed is None:
        raise InputError("This is not a telephone number.", code=ErrorCode.NOT_A_NUMBER)
    return listed
