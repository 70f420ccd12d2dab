"""All SQL of sign-in attempts and known browsers. Every function works in the transaction of the session it gets."""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv4Address, IPv6Address

from sqlalchemy import ColumnElement, delete, exists, func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rules import BROWSER_LIFETIME
from callcenter.accounts.tables import KnownBrowser, SignInAttempt

Address = IPv4Address | IPv6Address


async def lock_attempts(session: AsyncSession, *, user_name: str, address: Address) -> None:
    """Let no other sign-in for the same user or address count or add attempts until this transaction ends."""
    for key in sorted((f"sign-in user {user_name}", f"sign-in address {address}")):
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


async def list_attempts(session: AsyncSession, where: ColumnElement[bool], since: datetime) -> list[datetime]:
    """Moments of the attempts that count, oldest first."""
    statement = select(SignInAttempt.at).where(where, SignInAttempt.at > since).order_by(SignInAttempt.at)
    return list((await session.scalars(statement)).all())


async def add_attempt(
    session: AsyncSession,
    *,
    user_name: str,
    address: Address,
    at: datetime,
    since: datetime,
    browser_hash: bytes | None = None,
) -> None:
    """Count an attempt, and forget all that are from before `since`."""
    await session.execute(delete(SignInAttempt).where(SignInAttempt.at <= since))
    attempt = {"user_name": user_name, "address": address, "browser_hash": browser_hash, "at": at}
    await session.execute(insert(SignInAttempt).values(attempt))


async def forget_attempts(
    session: AsyncSession, *, user_name: str, address: Address, browser_hash: bytes | None
) -> None:
    """The user got in from there: what went wrong before was typing."""
    there = SignInAttempt.address == address
    if browser_hash is not None:
        there |= SignInAttempt.browser_hash == browser_hash
    await session.execute(delete(SignInAttempt).where(SignInAttempt.user_name == user_name, there))


async def forget_all_attempts(session: AsyncSession, *, user_name: str) -> None:
    """From wherever they came."""
    await session.execute(delete(SignInAttempt).where(SignInAttempt.user_name == user_name))


async def is_known_browser(session: AsyncSession, *, token_hash: bytes, user_id: int, at: datetime) -> bool:
    """Whether the user signed in there before, and not too long ago."""
    known = exists().where(
        KnownBrowser.token_hash == token_hash,
        KnownBrowser.user_id == user_id,
        KnownBrowser.used_at > at - BROWSER_LIFETIME,
    )
    return bool(await session.scalar(select(known)))


async def is_some_browser(session: AsyncSession, token_hash: bytes) -> bool:
    """Whether it is one of ours, whoever signed in there."""
    return bool(await session.scalar(select(exists().where(KnownBrowser.token_hash == token_hash))))


async def keep_browser(session: AsyncSession, *, token_hash: bytes, user_id: int, at: datetime) -> None:
    """The user has just signed in there; forgets the browsers that were not used for long."""
    await session.execute(delete(KnownBrowser).where(KnownBrowser.used_at <= at - BROWSER_LIFETIME))
    used = {"token_hash": token_hash, "user_id": user_id, "used_at": at}
    statement = insert_or(KnownBrowser).values(used)
    keys = [KnownBrowser.token_hash, KnownBrowser.user_id]
    await session.execute(statement.on_conflict_do_update(index_elements=keys, set_={"used_at": at}))


async def forget_browsers(session: AsyncSession, user_id: int) -> None:
    """No browser is known as the user's any more."""
    await session.execute(delete(KnownBrowser).where(KnownBrowser.user_id == user_id))
