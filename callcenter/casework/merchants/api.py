"""Merchants over HTTP: all who work on matters find, add and correct them; those who lead matters merge them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.casework.merchants import service, store
from callcenter.casework.merchants.rules import Merchant
from callcenter.casework.merchants.schemas import (
    AddedMerchant,
    LikeMerchantView,
    MerchantChange,
    MerchantPage,
    MerchantsQuery,
    MerchantView,
    NewMerchantBody,
    NewMerge,
    to_values,
)
from callcenter.http.cursors import pair_cursors
from callcenter.http.dependencies import Now, RowId, Snapshot, Transaction
from callcenter.http.pages import cut_page
from callcenter.http.versions import AskedVersion

router = APIRouter(tags=["merchants"])

_MERCHANTS = pair_cursors("merchants", int, int)


@router.get("/merchants", dependencies=[require(Right.SEE_MERCHANTS)])
async def list_merchants(query: Annotated[MerchantsQuery, Query()], session: Snapshot) -> MerchantPage:
    """Merchants by a part of any of their names, or by their credit code; merged ones too."""
    after = query.after(_MERCHANTS)
    found = await store.list_merchants(
        session, asked=query.q, after=None if after is None else (after[0], after[1]), limit=query.limit + 1
    )
    page, following = cut_page(found, query, _MERCHANTS, store.place_of)
    return MerchantPage(items=await _views(session, page), next=following)


@router.get("/merchants/{merchant_id}", dependencies=[require(Right.SEE_MERCHANTS)])
async def get_merchant(merchant_id: RowId, session: Snapshot) -> MerchantView:
    """One merchant."""
    return await _view(session, await store.get_merchant(session, merchant_id))


@router.post("/merchants", status_code=201, dependencies=[require(Right.MANAGE_MERCHANTS)])
async def add_merchant(new: NewMerchantBody, user: SignedInUser, session: Transaction, now: Now) -> AddedMerchant:
    """A new merchant, with hints at those that they may be."""
    added, hints = await service.add_merchant(session, new.to_merchant(), user=user, now=now)
    views = await _views(session, [hint.merchant for hint in hints])
    likely = [
        LikeMerchantView(merchant=view, likeness=round(hint.likeness, 4))
        for view, hint in zip(views, hints, strict=True)
    ]
    return AddedMerchant(merchant=await _view(session, added), likely=likely)


@router.patch("/merchants/{merchant_id}", dependencies=[require(Right.MANAGE_MERCHANTS)])
async def change_merchant(
    merchant_id: RowId,
    change: MerchantChange,
    version: AskedVersion,
    user: SignedInUser,
    session: Transaction,
    now: Now,
) -> MerchantView:
    """Correct what is known of a merchant. Their earlier versions are kept."""
    values = to_values(change)
    changed = await service.change_merchant(session, merchant_id, values, version=version, user=user, now=now)
    return await _view(session, changed)


@router.post("/merchants/{merchant_id}/merges", status_code=201, dependencies=[require(Right.LEAD_TICKETS)])
async def merge_merchant(
    merchant_id: RowId, merge: NewMerge, user: SignedInUser, session: Transaction, now: Now
) -> MerchantView:
    """Have another merchant stand for this one. It is a pointer: nothing moves, and it can be taken back exactly."""
    return await _view(session, await service.merge_merchant(session, merchant_id, merge.into, user=user, now=now))


@router.delete("/merchants/{merchant_id}/merges", status_code=204, dependencies=[require(Right.LEAD_TICKETS)])
async def unmerge_merchant(merchant_id: RowId, user: SignedInUser, session: Transaction, now: Now) -> None:
    """Have a merchant stand for itself again."""
    await service.unmerge_merchant(session, merchant_id, user=user, now=now)


async def _view(session: AsyncSession, merchant: Merchant) -> MerchantView:
    (view,) = await _views(session, [merchant])
    return view


async def _views(session: AsyncSession, merchants: Sequence[Merchant]) -> list[MerchantView]:
    merged = [merchant.id for merchant in merchants if merchant.merged_into is not None]
    targets = await store.find_last_targets(session, merged) if merged else {}
    return [
        MerchantView(
            id=one.id,
            version=one.version,
            name=one.name,
            uscc=one.uscc,
            aliases=list(one.aliases),
            superior=one.superior,
            superior_address=one.superior_address,
            platform=one.platform,
            region=one.region,
            scale=None if one.scale is None else float(one.scale),
            merged_into=one.merged_into,
            counted_as=targets.get(one.id, one.id),
        )
        for one in merchants
    ]
