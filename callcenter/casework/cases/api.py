"""Flags over HTTP: raised, proposed on by units, signed by directors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.casework.cases import service, store
from callcenter.casework.cases.rules import FlagEvent, Proposal, list_allowed
from callcenter.casework.cases.schemas import FlagPage, FlagReason, FlagsQuery, FlagView, NewFlag, NewProposal
from callcenter.casework.tickets.api import AskedFrom
from callcenter.casework.tickets.dossier import may_see
from callcenter.casework.tickets.flag_rules import UNDECIDED
from callcenter.casework.tickets.flag_tables import CaseFlag
from callcenter.casework.tickets.store import numbers_of
from callcenter.casework.tickets.tables import TicketRow
from callcenter.casework.tickets.views import Viewpoint
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import RowId, Snapshot, Transaction
from callcenter.http.pages import cut_page
from callcenter.http.versions import AskedVersion

router = APIRouter(tags=["cases"])

_FLAGS = value_cursors("case-flags", int)
_PLAIN = (
    *("id", "version", "trigger", "rule_version", "raised_at", "discovered_on", "state", "proposes", "proposed_at"),
    *("case_number", "officers", "ground", "signed_at", "extended_at", "result_at"),
)


@router.get("/case-flags", dependencies=[require(Right.SEE_TICKETS)])
async def list_flags(
    query: Annotated[FlagsQuery, Query()], user: SignedInUser, session: Snapshot, viewpoint: AskedFrom
) -> FlagPage:
    """Newest first, with the account of all that the user sees."""
    conditions = [await may_see(session, user), *_conditions(query)]
    found = await store.list_flags(session, *conditions, before=query.after(_FLAGS), limit=query.limit + 1)
    page, following = cut_page(found, query, _FLAGS, lambda one: one[0].id)
    counts = await service.count_flags(session, user)
    return FlagPage(
        items=await _views(session, page, viewpoint),
        next=following,
        flagged=counts.flagged,
        filed=counts.filed,
        refused=counts.refused,
        withdrawn=counts.withdrawn,
        open_in_time=counts.open_in_time,
        open_overdue=counts.open_overdue,
    )


@router.get("/case-flags/{flag_id}", dependencies=[require(Right.SEE_TICKETS)])
async def get_flag(flag_id: RowId, session: Snapshot, viewpoint: AskedFrom) -> FlagView:
    """One flag, with what the user may do with it now."""
    return await _view(session, flag_id, viewpoint)


@router.post("/case-flags", status_code=201, dependencies=[require(Right.CHANGE_TICKETS)])
async def raise_flag(new: NewFlag, user: SignedInUser, session: Transaction, viewpoint: AskedFrom) -> FlagView:
    """Flag a matter by hand. One that was completed is opened again."""
    flag_id = await service.raise_by_hand(
        session,
        new.ticket,
        new.trigger,
        discovered_on=new.discovered_on,
        remark=new.remark,
        user=user,
        place=viewpoint.place,
        now=viewpoint.now,
    )
    return await _view(session, flag_id, viewpoint)


@router.put("/case-flags/{flag_id}/proposal", dependencies=[require(Right.HANDLE_TICKETS)])
async def propose(
    flag_id: RowId, body: NewProposal, version: AskedVersion, session: Transaction, viewpoint: AskedFrom
) -> FlagView:
    """Propose to file a case, or not to."""
    return await _change(session, flag_id, FlagEvent.PROPOSE, version, viewpoint, proposal=body.to_proposal())


@router.put("/case-flags/{flag_id}/signature", dependencies=[require(Right.SIGN_CASES)])
async def sign(flag_id: RowId, version: AskedVersion, session: Transaction, viewpoint: AskedFrom) -> FlagView:
    """Sign what is proposed. Nobody signs what they proposed."""
    return await _change(session, flag_id, FlagEvent.SIGN, version, viewpoint)


@router.put("/case-flags/{flag_id}/return", dependencies=[require(Right.SIGN_CASES)])
async def send_back(
    flag_id: RowId, body: FlagReason, version: AskedVersion, session: Transaction, viewpoint: AskedFrom
) -> FlagView:
    """Send a proposal back to be made anew."""
    return await _change(session, flag_id, FlagEvent.SEND_BACK, version, viewpoint, reason=body.reason)


@router.put("/case-flags/{flag_id}/extension", dependencies=[require(Right.SIGN_CASES)])
async def extend(
    flag_id: RowId, body: FlagReason, version: AskedVersion, session: Transaction, viewpoint: AskedFrom
) -> FlagView:
    """Give more time for the decision, once and before it is due."""
    return await _change(session, flag_id, FlagEvent.EXTEND, version, viewpoint, reason=body.reason)


@router.put("/case-flags/{flag_id}/withdrawal", dependencies=[require(Right.SIGN_CASES)])
async def withdraw(
    flag_id: RowId, body: FlagReason, version: AskedVersion, session: Transaction, viewpoint: AskedFrom
) -> FlagView:
    """It was a false alarm: counted apart."""
    return await _change(session, flag_id, FlagEvent.WITHDRAW, version, viewpoint, reason=body.reason)


@router.put("/case-flags/{flag_id}/result", dependencies=[require(Right.HANDLE_TICKETS)])
async def note_result(
    flag_id: RowId, body: FlagReason, version: AskedVersion, session: Transaction, viewpoint: AskedFrom
) -> FlagView:
    """What came of the case that was filed."""
    return await _change(session, flag_id, FlagEvent.RESULT, version, viewpoint, reason=body.reason)


def _conditions(query: FlagsQuery) -> Iterator[ColumnElement[bool]]:
    if query.state is not None:
        yield CaseFlag.state == query.state
    if query.undecided is not None:
        is_undecided = CaseFlag.state.in_([state.value for state in UNDECIDED])
        yield is_undecided if query.undecided else ~is_undecided
    if query.overdue:
        yield store.is_overdue()
    if query.trigger is not None:
        yield CaseFlag.trigger == query.trigger
    if query.unit_id is not None:
        yield TicketRow.unit_id == query.unit_id
    if query.ticket is not None:
        yield store.counts_at(query.ticket)


async def _change(
    session: AsyncSession,
    flag_id: int,
    event: FlagEvent,
    version: int,
    viewpoint: Viewpoint,
    *,
    proposal: Proposal | None = None,
    reason: str | None = None,
) -> FlagView:
    await service.change(
        session,
        flag_id,
        event,
        proposal=proposal,
        reason=reason,
        version=version,
        user=viewpoint.user,
        place=viewpoint.place,
        now=viewpoint.now,
    )
    return await _view(session, flag_id, viewpoint)


async def _view(session: AsyncSession, flag_id: int, viewpoint: Viewpoint) -> FlagView:
    found = await store.get_flag(session, flag_id, await may_see(session, viewpoint.user))
    (view,) = await _views(session, [found], viewpoint)
    return view


async def _views(
    session: AsyncSession, found: Sequence[tuple[CaseFlag, TicketRow]], viewpoint: Viewpoint
) -> list[FlagView]:
    ids = {user for row, _ in found for user in (row.raised_by, row.proposed_by, row.signed_by) if user is not None}
    names = await store.names_of(session, ids)
    targets = await numbers_of(session, {one.merged_into for _, one in found if one.merged_into is not None})
    clocks = await store.list_clocks(session, [row for row, _ in found])
    views = []
    for row, ticket in found:
        clock = clocks.get(row.id)
        flag = store.to_flag(row, clock)
        may = [event for event in list_allowed(flag) if viewpoint.user.may(service.RIGHTS[event])]
        if flag.proposed_by == viewpoint.user.user_id:
            may = [event for event in may if event is not FlagEvent.SIGN]
        views.append(
            FlagView(
                **{name: getattr(row, name) for name in _PLAIN},
                ticket=ticket.number,
                merged_into=targets.get(ticket.merged_into or 0),
                ticket_kind=ticket.kind,  # type: ignore[arg-type]
                ticket_state=ticket.state,  # type: ignore[arg-type]
                unit_id=ticket.unit_id,
                raised_by=names.get(row.raised_by or 0),
                proposed_by=names.get(row.proposed_by or 0),
                signed_by=names.get(row.signed_by or 0),
                remark=viewpoint.mask(row.remark),
                reason=viewpoint.mask(row.reason),
                result=viewpoint.mask(row.result),
                is_late=flag.is_late,
                due_at=clock.target_due_at if clock is not None and flag.state in UNDECIDED else None,
                events=may,
            )
        )
    return views
