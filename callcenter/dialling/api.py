"""The directory, the do-not-call list, dials and refused attempts over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Request

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.accounts.store import log_access
from callcenter.calls.number_access import may_unmask
from callcenter.calls.numbers import mask, normalise
from callcenter.dialling import directory, store
from callcenter.dialling.gate import Ground
from callcenter.dialling.rules import DialPurpose
from callcenter.dialling.schemas import (
    DirectoryEntryView,
    DirectoryPage,
    DoNotCallPage,
    DoNotCallRemoval,
    DoNotCallView,
    NewDirectoryEntry,
    NewDoNotCall,
    OutgoingLegPage,
    OutgoingLegView,
    PastDoNotCallPage,
    PastDoNotCallView,
)
from callcenter.dialling.tables import DirectoryEntry, DoNotCall
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError
from callcenter.http.cursors import pair_cursors, value_cursors
from callcenter.http.dependencies import AreaCode, LoggedSnapshot, Now, RowId, Snapshot, Transaction
from callcenter.http.pages import PageQuery, cut_page, cut_whole
from callcenter.http.reasons import PossibleReason

router = APIRouter(tags=["dialling"])

_DIRECTORY = pair_cursors("directory", str, int)
_DO_NOT_CALL = pair_cursors("do-not-call", datetime, int)
_PAST = value_cursors("do-not-call-history", int)
_OUTGOING_LEGS = value_cursors("outgoing-legs", int)


@router.get("/directory", dependencies=[require(Right.DIAL)])
async def get_directory(
    query: Annotated[PageQuery, Query()],
    user: SignedInUser,
    reason: PossibleReason,
    session: LoggedSnapshot,
    now: Now,
    area_code: AreaCode,
) -> DirectoryPage:
    """Whom agents may ring besides callers. Unmasked numbers need a supervisor and a reason, and are logged."""
    listed = await directory.list_entries(session)
    page, following = cut_whole(listed, query, _DIRECTORY, lambda entry: (entry.name, entry.id))
    entries = [_entry(entry) for entry in page]
    if not await may_unmask(session, reason, user, ["directory"], now):
        entries = [entry.model_copy(update={"number": mask(entry.number, area_code=area_code)}) for entry in entries]
    return DirectoryPage(items=entries, next=following)


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
    query: Annotated[PageQuery, Query()],
    user: SignedInUser,
    reason: PossibleReason,
    session: LoggedSnapshot,
    now: Now,
    area_code: AreaCode,
) -> DoNotCallPage:
    """Numbers that nobody may ring. Unmasked numbers need a reason and are logged."""
    listed = await directory.list_do_not_call(session)
    page, following = cut_whole(_placed(listed), query, _DO_NOT_CALL, lambda row: row[0])
    is_unmasked = await may_unmask(session, reason, user, ["do-not-call"], now)
    items = [
        DoNotCallView(
            number=entry.number if is_unmasked else mask(entry.number, area_code=area_code),
            reason=entry.reason,
            added_by=name,
            added_at=entry.added_at,
        )
        for _, (entry, name) in page
    ]
    return DoNotCallPage(items=items, next=following)


@router.get("/do-not-call-history", dependencies=[require(Right.MANAGE_DO_NOT_CALL)])
async def get_past_do_not_call(
    query: Annotated[PageQuery, Query()],
    user: SignedInUser,
    reason: PossibleReason,
    session: LoggedSnapshot,
    now: Now,
    area_code: AreaCode,
) -> PastDoNotCallPage:
    """What stood on the list before somebody took it off or replaced it, who, and when; newest first."""
    found = await directory.list_past_do_not_call(session, before=query.after(_PAST), limit=query.limit + 1)
    entries, following = cut_page(found, query, _PAST, lambda row: row[0].id)
    is_unmasked = await may_unmask(session, reason, user, ["do-not-call-history"], now)
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
    return PastDoNotCallPage(items=items, next=following)


@router.post("/do-not-call", status_code=204, dependencies=[require(Right.MANAGE_DO_NOT_CALL)])
async def put_do_not_call(
    new: NewDoNotCall, user: SignedInUser, session: Transaction, now: Now, area_code: AreaCode
) -> None:
    """Nobody may ring this number from now on; a new reason takes the place of the old one."""
    number = _listed(new.number, area_code)
    await directory.put_do_not_call(session, number, reason=new.reason, added_by=user.user_id, at=now)


@router.post("/do-not-call/removals", status_code=204, dependencies=[require(Right.MANAGE_DO_NOT_CALL)])
async def delete_do_not_call(
    removal: DoNotCallRemoval, user: SignedInUser, session: Transaction, now: Now, area_code: AreaCode
) -> None:
    """The number may be rung again."""
    await directory.delete_do_not_call(session, _listed(removal.number, area_code), ended_by=user.user_id, at=now)


@router.get("/outgoing-legs", dependencies=[require(Right.SEE_DIALS)])
async def get_outgoing_legs(
    query: Annotated[PageQuery, Query()], session: Snapshot, area_code: AreaCode
) -> OutgoingLegPage:
    """Numbers that were let through to be rung, with the ground: by the hour, an emergency, a time the caller named."""
    found = await store.list_outgoing_legs(session, before=query.after(_OUTGOING_LEGS), limit=query.limit + 1)
    rows, following = cut_page(found, query, _OUTGOING_LEGS, lambda row: row[0].id)
    items = [
        OutgoingLegView(
            id=leg.id,
            at=leg.at,
            user=name,
            occasion=DialPurpose(leg.occasion),
            ground=Ground(leg.ground),
            masked_number=mask(leg.number, area_code=area_code),
            episode_id=leg.episode_id,
            call_id=leg.call_id,
        )
        for leg, name in rows
    ]
    return OutgoingLegPage(items=items, next=following)


def _placed(
    rows: Sequence[tuple[DoNotCall, str]],
) -> Iterator[tuple[tuple[datetime, int], tuple[DoNotCall, str]]]:
    """Each entry behind its place: when it was added, and which of those of that moment it is."""
    ordered = sorted(rows, key=lambda row: (row[0].added_at, row[0].number))
    for added_at, together in groupby(ordered, key=lambda row: row[0].added_at):
        for index, row in enumerate(together):
            yield (added_at, index), row


def _entry(entry: DirectoryEntry) -> DirectoryEntryView:
    return DirectoryEntryView.model_validate(
        {"id": entry.id, "name": entry.name, "number": entry.number, "kind": entry.kind}
    )


def _listed(number: str, area_code: str) -> str:
    listed = normalise(number, area_code=area_code).number
    if listed is None:
        raise InputError("This is not a telephone number.", code=ErrorCode.NOT_A_NUMBER)
    return listed
