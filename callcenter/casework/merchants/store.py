"""All SQL of merchants. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, any_, cast, func, insert, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.casework.bigrams import bigrams
from callcenter.casework.merchants.credit_code import read_credit_code
from callcenter.casework.merchants.rules import LIKE, Merchant, NewMerchant, compact, normalise_name, search_keys
from callcenter.casework.merchants.tables import MerchantRow, MerchantVersionRow
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError

CANDIDATES = 100
"""Merchants with most in common that are looked at: the likest are among them."""

MerchantPlace = tuple[int, int]
"""The length of the name and the id: what was asked for fills most of a short name."""


async def list_merchants(
    session: AsyncSession, *, asked: str | None, after: MerchantPlace | None, limit: int
) -> list[Merchant]:
    """Those with this in a name or with this credit code, else all; in the order of their places."""
    place = tuple_(func.char_length(MerchantRow.name), MerchantRow.id)
    statement = select(MerchantRow).order_by(func.char_length(MerchantRow.name), MerchantRow.id).limit(limit)
    if asked is not None:
        statement = statement.where(_is_found(asked))
    if after is not None:
        statement = statement.where(place > after)
    return [_merchant(row) for row in await session.scalars(statement)]


def place_of(merchant: Merchant) -> MerchantPlace:
    """Where the merchant stands in the list."""
    return len(merchant.name), merchant.id


async def list_candidates(session: AsyncSession, name: str) -> list[Merchant]:
    """The merchants whose names have most in common with this one."""
    wanted = sorted(bigrams(normalise_name(name)))
    if not wanted:
        return []
    gram = func.unnest(MerchantRow.grams).column_valued("gram")
    shared = select(func.count()).where(gram == any_(cast(wanted, ARRAY(Text)))).scalar_subquery()
    # Of both together LIKE is in common, so of the wanted ones as much at least.
    statement = (
        select(MerchantRow)
        .where(MerchantRow.grams.overlap(wanted), shared >= LIKE * len(wanted))
        .order_by(shared.desc(), func.char_length(MerchantRow.name), MerchantRow.id)
        .limit(CANDIDATES)
    )
    return [_merchant(row) for row in await session.scalars(statement)]


async def get_merchant(session: AsyncSession, merchant_id: int) -> Merchant:
    """Raises NotFoundError."""
    (found,) = await _get(session, [merchant_id], is_locked=False)
    return found


async def lock_merchants(session: AsyncSession, merchant_ids: Sequence[int]) -> list[Merchant]:
    """These merchants, which nobody else changes until this transaction ends. Raises NotFoundError."""
    return await _get(session, merchant_ids, is_locked=True)


async def _get(session: AsyncSession, merchant_ids: Sequence[int], *, is_locked: bool) -> list[Merchant]:
    statement = select(MerchantRow).where(MerchantRow.id.in_(merchant_ids)).order_by(MerchantRow.id)
    statement = statement.execution_options(populate_existing=True)
    if is_locked:
        # In the order of their ids, so that two who merge into each other wait and do not block each other.
        statement = statement.with_for_update()
    found = {row.id: _merchant(row) for row in await session.scalars(statement)}
    if any(merchant_id not in found for merchant_id in merchant_ids):
        raise NotFoundError("There is no such merchant.")
    return [found[merchant_id] for merchant_id in merchant_ids]


async def find_last_targets(session: AsyncSession, merchant_ids: Collection[int]) -> dict[int, int]:
    """For each of these that is merged the merchant that stands for it in the end; the others have no line."""
    pointers = (
        select(MerchantRow.id.label("begin"), MerchantRow.merged_into.label("target"))
        .where(MerchantRow.id.in_(merchant_ids), MerchantRow.merged_into.is_not(None))
        .cte(recursive=True)
    )
    following = aliased(MerchantRow)
    chain = pointers.union(
        select(pointers.c.begin, following.merged_into)
        .join(following, following.id == pointers.c.target)
        .where(following.merged_into.is_not(None))
    )
    last = select(chain.c.begin, chain.c.target).join(MerchantRow, MerchantRow.id == chain.c.target)
    rows = await session.execute(last.where(MerchantRow.merged_into.is_(None)))
    return {row.begin: row.target for row in rows}


async def add_merchant(session: AsyncSession, new: NewMerchant, *, by: int, at: datetime) -> Merchant:
    """Raises ConflictError where the credit code is another's."""
    values = _columns(new) | _keys(new) | {"version": 1, "merged_into": None}
    statement = insert_or(MerchantRow).values(values).on_conflict_do_nothing().returning(MerchantRow)
    row = (await session.scalars(statement)).one_or_none()
    if row is None:
        raise await _taken(session, new.uscc)
    merchant = _merchant(row)
    await _keep_version(session, merchant, by=by, at=at)
    return merchant


async def save_merchant(session: AsyncSession, merchant: Merchant, *, by: int, at: datetime) -> None:
    """Keep a new version of a locked merchant. Raises ConflictError where the credit code is another's."""
    values = _columns(merchant) | _keys(merchant)
    values |= {"version": merchant.version, "merged_into": merchant.merged_into}
    try:
        async with session.begin_nested():
            await session.execute(update(MerchantRow).where(MerchantRow.id == merchant.id).values(values))
    except IntegrityError:
        raise await _taken(session, merchant.uscc) from None
    await _keep_version(session, merchant, by=by, at=at)


async def _keep_version(session: AsyncSession, merchant: Merchant, *, by: int, at: datetime) -> None:
    values = _columns(merchant) | {"merchant_id": merchant.id, "version": merchant.version}
    values |= {"merged_into": merchant.merged_into, "changed_by": by, "changed_at": at}
    await session.execute(insert(MerchantVersionRow).values(values))


async def _taken(session: AsyncSession, uscc: str | None) -> ConflictError:
    other = (await session.scalars(select(MerchantRow.id).where(MerchantRow.uscc == uscc))).first()
    return ConflictError(
        "Another merchant has this credit code.", code=ErrorCode.MERCHANT_EXISTS, params={"merchant_id": other}
    )


def _is_found(asked: str) -> ColumnElement[bool]:
    wanted = compact(asked)
    named = MerchantRow.grams.contains(sorted(bigrams(wanted)))
    named &= MerchantRow.search_text.contains(wanted, autoescape=True)
    code = read_credit_code(asked)
    return named if code is None else or_(named, MerchantRow.uscc == code)


def _columns(merchant: NewMerchant) -> dict[str, Any]:
    return {
        "name": merchant.name,
        "uscc": merchant.uscc,
        "aliases": list(merchant.aliases),
        "superior": merchant.superior,
        "superior_address": merchant.superior_address,
        "platform": merchant.platform,
        "region": merchant.region,
        "scale": merchant.scale,
    }


def _keys(merchant: NewMerchant) -> dict[str, Any]:
    keys = search_keys(merchant.names)
    return {
        "normalised_name": normalise_name(merchant.name),
        "search_text": keys.search_text,
        "grams": list(keys.grams),
    }


def _merchant(row: MerchantRow) -> Merchant:
    return Merchant(
        id=row.id,
        version=row.version,
        name=row.name,
        uscc=row.uscc,
        aliases=tuple(row.aliases),
        superior=row.superior,
        superior_address=row.superior_address,
        platform=row.platform,
        region=row.region,
        scale=row.scale,
        merged_into=row.merged_into,
    )
