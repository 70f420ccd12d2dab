"""Unconfirmed calls over HTTP: what each witness reported, how that differs, and a supervisor's settlement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.calls.list_store import CallFilter, list_calls, place_of
from callcenter.calls.masked_records import mask_record
from callcenter.calls.record_json import record_from_json
from callcenter.calls.records import Witness
from callcenter.calls.schemas import CallView, RecordView, call_cursors
from callcenter.calls.store import get_call
from callcenter.calls.tables import Call
from callcenter.disagreements import store
from callcenter.disagreements.rules import check_may_be_settled, differences, doubt_about, told_sha256
from callcenter.disagreements.schemas import (
    DifferenceView,
    NewSettlement,
    SettlementView,
    UnconfirmedCall,
    UnconfirmedPage,
    UnconfirmedQuery,
)
from callcenter.disagreements.tables import Settlement
from callcenter.errors import InputError
from callcenter.http.dependencies import AreaCode, Now, Snapshot, Transaction
from callcenter.http.pages import cut_page

router = APIRouter(tags=["disagreements"])

_CURSORS = call_cursors("disagreements")


@router.get("/disagreements", dependencies=[require(Right.SETTLE_DISAGREEMENTS)])
async def get_unconfirmed_calls(
    query: Annotated[UnconfirmedQuery, Query()], session: Snapshot, area_code: AreaCode
) -> UnconfirmedPage:
    """The unconfirmed calls of a day that are over, settled ones included, newest first."""
    wanted = CallFilter(business_date=query.day, is_unconfirmed=True)
    found = await list_calls(session, wanted, after=query.after(_CURSORS), limit=query.limit + 1)
    shown, following = cut_page(found, query, _CURSORS, place_of)
    items = await _views(session, [(call.pbx, call.call_id) for call in shown], area_code=area_code)
    return UnconfirmedPage(items=items, next=following)


@router.post(
    "/disagreements/{pbx}/{call_id:path}/settlements",
    status_code=201,
    dependencies=[require(Right.SETTLE_DISAGREEMENTS)],
)
async def settle_call(
    pbx: str, call_id: str, new: NewSettlement, user: SignedInUser, session: Transaction, now: Now, area_code: AreaCode
) -> UnconfirmedCall:
    """Say why an unconfirmed call stands as it is recorded; kept for good, and shown by the audit of its day.

    409 for a call that is up or confirmed. Nothing in the record changes.
    """
    if "\0" in pbx + call_id:
        raise InputError("A call is named by text.")
    call = await get_call(session, pbx, call_id)
    check_may_be_settled(is_over=call.outcome is not None, is_confirmed=call.is_confirmed)
    await store.add_settlement(session, call, reason=new.reason, user_id=user.user_id, at=now)
    (view,) = await _views(session, [(pbx, call_id)], area_code=area_code)
    return view


async def _views(session: AsyncSession, keys: Sequence[tuple[str, str]], *, area_code: str) -> list[UnconfirmedCall]:
    if not keys:
        return []
    settlements = await store.list_settlements(session, keys)
    return [
        _view(call, settlements.get((call.pbx, call.call_id), []), area_code=area_code)
        for call in await store.list_calls_with_reports(session, keys)
    ]


def _view(call: Call, settlements: Sequence[tuple[Settlement, str]], *, area_code: str) -> UnconfirmedCall:
    def masked(record: dict[str, Any] | None) -> dict[str, Any] | None:
        return None if record is None else mask_record(record, area_code=area_code)

    ami, ledger = masked(call.told_by_ami), masked(call.told_by_ledger)
    sha256 = told_sha256(call.told_by_ami, call.told_by_ledger)
    told_by = {Witness.AMI: call.told_by_ami, Witness.LEDGER: call.told_by_ledger}
    views = [
        SettlementView(
            id=settlement.id,
            reason=settlement.reason,
            settled_by=name,
            settled_at=settlement.settled_at,
            holds=settlement.told_sha256 == sha256,
        )
        for settlement, name in settlements
    ]
    doubt = None
    if not call.is_confirmed:
        witnesses = frozenset(witness for witness, record in told_by.items() if record is not None)
        doubt = doubt_about(record_from_json(call.record), witnesses)
    return UnconfirmedCall(
        call=CallView.model_validate(
            mask_record(call.record, area_code=area_code)
            | {"business_date": call.business_date, "confirmed": call.is_confirmed}
        ),
        doubt=doubt,
        told_by_ami=None if ami is None else RecordView.model_validate(ami),
        told_by_ledger=None if ledger is None else RecordView.model_validate(ledger),
        differences=[DifferenceView.model_validate(difference) for difference in differences(ami, ledger)],
        is_settled=any(view.holds for view in views),
        settlements=views,
    )
