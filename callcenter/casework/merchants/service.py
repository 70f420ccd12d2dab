"""What can be done with merchants: each function in its caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.casework.merchants import store
from callcenter.casework.merchants.rules import LikeMerchant, Merchant, NewMerchant, check_merge, choose_hints
from callcenter.errors import NotFoundError
from callcenter.http.versions import check_version


async def add_merchant(
    session: AsyncSession, new: NewMerchant, *, user: SignedIn, now: datetime
) -> tuple[Merchant, list[LikeMerchant]]:
    """A new merchant, and those that they may be: nobody is merged by itself.

    Raises ConflictError where the credit code is another's.
    """
    hints = choose_hints(new.name, await store.list_candidates(session, new.name))
    return await store.add_merchant(session, new, by=user.user_id, at=now), hints


async def change_merchant(
    session: AsyncSession, merchant_id: int, changes: Mapping[str, Any], *, version: int, user: SignedIn, now: datetime
) -> Merchant:
    """Raises NotFoundError, StaleVersionError, ConflictError where the credit code is another's."""
    (merchant,) = await store.lock_merchants(session, [merchant_id])
    check_version(version, merchant.version)
    changed = replace(merchant, **changes)
    return merchant if changed == merchant else await _save(session, changed, user=user, now=now)


async def merge_merchant(
    session: AsyncSession, merchant_id: int, target_id: int, *, user: SignedIn, now: datetime
) -> Merchant:
    """Another stands for this merchant from now on. Raises NotFoundError, ConflictError."""
    source, target = await store.lock_merchants(session, [merchant_id, target_id])
    check_merge(source, target)
    return await _save(session, replace(source, merged_into=target.id), user=user, now=now)


async def unmerge_merchant(session: AsyncSession, merchant_id: int, *, user: SignedIn, now: datetime) -> None:
    """The merchant stands for itself again. Raises NotFoundError, also for one who is not merged."""
    (merchant,) = await store.lock_merchants(session, [merchant_id])
    if merchant.merged_into is None:
        raise NotFoundError("This merchant is not merged.")
    await _save(session, replace(merchant, merged_into=None), user=user, now=now)


async def _save(session: AsyncSession, changed: Merchant, *, user: SignedIn, now: datetime) -> Merchant:
    saved = replace(changed, version=changed.version + 1)
    await store.save_merchant(session, saved, by=user.user_id, at=now)
    return saved
