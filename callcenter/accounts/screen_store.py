"""All SQL of screens on the wall. Every function works in the transaction of the session it gets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Screen
from callcenter.accounts.rules import NOTED_EVERY
from callcenter.accounts.tables import ScreenLink, User
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError


async def add_screen(
    session: AsyncSession, *, name: str, queues: Sequence[str], secret_hash: bytes, created_by: int, at: datetime
) -> int:
    """Its id. Raises ConflictError where there is a screen of that name."""
    values = {"name": name, "queues": list(queues), "secret_hash": secret_hash, "created_by": created_by}
    statement = insert(ScreenLink).values(**values, created_at=at).on_conflict_do_nothing().returning(ScreenLink.id)
    screen_id = (await session.scalars(statement)).one_or_none()
    if screen_id is None:
        raise ConflictError(f"There is a screen {name} already.", code=ErrorCode.SCREEN_EXISTS, params={"name": name})
    return screen_id


async def list_screens(session: AsyncSession, *, after: int | None, limit: int) -> Sequence[tuple[ScreenLink, str]]:
    """In the order of making, each with the name of who made it; `after` is the id of the last one seen."""
    statement = select(ScreenLink, User.name).join(User, User.id == ScreenLink.created_by).order_by(ScreenLink.id)
    if after is not None:
        statement = statement.where(ScreenLink.id > after)
    return [(screen, name) for screen, name in await session.execute(statement.limit(limit))]


async def remove_screen(session: AsyncSession, screen_id: int) -> str:
    """What it was called. Raises NotFoundError."""
    statement = delete(ScreenLink).where(ScreenLink.id == screen_id).returning(ScreenLink.name)
    name = (await session.scalars(statement)).one_or_none()
    if name is None:
        raise NotFoundError("There is no such screen.")
    return name


async def find_screen(session: AsyncSession, secret_hash: bytes, at: datetime) -> Screen | None:
    """Which screen has the secret, None when there is none or it is revoked."""
    is_it = ScreenLink.secret_hash == secret_hash
    screen = (await session.scalars(select(ScreenLink).where(is_it))).one_or_none()
    if screen is None:
        return None
    noted = func.coalesce(ScreenLink.last_seen_at > at - NOTED_EVERY, False)
    await session.execute(update(ScreenLink).where(is_it, ~noted).values(last_seen_at=at))
    return Screen(screen_id=screen.id, name=screen.name, queues=tuple(screen.queues))


async def list_valid_secrets(session: AsyncSession, secret_hashes: Collection[bytes]) -> set[bytes]:
    """Those of the secrets that still let a screen in."""
    statement = select(ScreenLink.secret_hash).where(ScreenLink.secret_hash.in_(secret_hashes))
    return set(await session.scalars(statement))
