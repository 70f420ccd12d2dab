"""All SQL of the accounts. Every function works in the transaction of the session it gets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rules import Role, SignedIn
from callcenter.accounts.tables import Access, BrowserSession, SignInAttempt, Token, User
from callcenter.errors import ConflictError, NotFoundError


async def add_user(session: AsyncSession, *, name: str, role: Role, password_hash: str, at: datetime) -> None:
    """Raises ConflictError when the name is taken, by a disabled user too."""
    statement = insert_or(User).values(name=name, role=role, password_hash=password_hash, created_at=at)
    added = await session.execute(statement.on_conflict_do_nothing().returning(User.id))
    if added.first() is None:
        raise ConflictError(f"There is a user {name} already.")


async def list_users(session: AsyncSession) -> Sequence[User]:
    """By name."""
    return (await session.scalars(select(User).order_by(User.name))).all()


async def find_user(session: AsyncSession, name: str) -> User | None:
    """The user of that name, disabled or not."""
    return (await session.scalars(select(User).where(User.name == name))).one_or_none()


async def get_user(session: AsyncSession, name: str) -> User:
    """The user of that name, locked against changes by others. Raises NotFoundError."""
    user = (await session.scalars(select(User).where(User.name == name).with_for_update())).one_or_none()
    if user is None:
        raise NotFoundError(f"There is no user {name}.")
    return user


async def add_browser_session(
    session: AsyncSession, *, user_id: int, token_hash: bytes, at: datetime, expires_at: datetime
) -> None:
    """Sign a browser in, and forget the user's sessions that are over."""
    await session.execute(
        delete(BrowserSession).where(BrowserSession.user_id == user_id, BrowserSession.expires_at <= at)
    )
    await session.execute(
        insert(BrowserSession).values(token_hash=token_hash, user_id=user_id, created_at=at, expires_at=expires_at)
    )


async def find_signed_in_browser(session: AsyncSession, token_hash: bytes, at: datetime) -> SignedIn | None:
    """Whose session it is, None when it is over or revoked or the user disabled."""
    return await _find_signed_in(
        session, BrowserSession, BrowserSession.token_hash == token_hash, BrowserSession.expires_at > at
    )


async def find_signed_in_script(session: AsyncSession, token_hash: bytes) -> SignedIn | None:
    """Whose token it is, None when it is revoked or the user disabled."""
    return await _find_signed_in(session, Token, Token.token_hash == token_hash)


async def _find_signed_in(
    session: AsyncSession, table: type[BrowserSession | Token], *where: ColumnElement[bool]
) -> SignedIn | None:
    statement = select(User.id, User.name, User.role).join(table, table.user_id == User.id)
    row = (await session.execute(statement.where(User.disabled_at.is_(None), *where))).one_or_none()
    return None if row is None else SignedIn(user_id=row.id, name=row.name, role=Role(row.role))


async def remove_browser_session(session: AsyncSession, token_hash: bytes) -> None:
    """Sign one browser out; nothing happens if it was not signed in."""
    await session.execute(delete(BrowserSession).where(BrowserSession.token_hash == token_hash))


async def remove_browser_sessions(session: AsyncSession, user_id: int) -> None:
    """Sign the user out everywhere."""
    await session.execute(delete(BrowserSession).where(BrowserSession.user_id == user_id))


async def add_token(session: AsyncSession, *, user_id: int, name: str, token_hash: bytes, at: datetime) -> None:
    """Raises ConflictError when the user has a token of that name."""
    statement = insert_or(Token).values(user_id=user_id, name=name, token_hash=token_hash, created_at=at)
    added = await session.execute(statement.on_conflict_do_nothing().returning(Token.name))
    if added.first() is None:
        raise ConflictError(f"There is a token {name} already.")


async def remove_token(session: AsyncSession, *, user_id: int, name: str) -> None:
    """Raises NotFoundError when the user has no token of that name."""
    statement = delete(Token).where(Token.user_id == user_id, Token.name == name).returning(Token.name)
    if (await session.execute(statement)).first() is None:
        raise NotFoundError(f"There is no token {name}.")


async def remove_tokens(session: AsyncSession, user_id: int) -> None:
    """Revoke every token of the user."""
    await session.execute(delete(Token).where(Token.user_id == user_id))


async def lock_attempts(session: AsyncSession, *, user_name: str, address: str) -> None:
    """Let no other sign-in for the same user or address count or add attempts until this transaction ends."""
    for key in sorted((f"sign-in user {user_name}", f"sign-in address {address}")):
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


async def list_attempts(session: AsyncSession, where: ColumnElement[bool], since: datetime) -> list[datetime]:
    """Moments of the attempts that count, oldest first."""
    statement = select(SignInAttempt.at).where(where, SignInAttempt.at > since).order_by(SignInAttempt.at)
    return list((await session.scalars(statement)).all())


async def add_attempt(session: AsyncSession, *, user_name: str, address: str, at: datetime, since: datetime) -> None:
    """Count an attempt, and forget all that are from before `since`."""
    await session.execute(delete(SignInAttempt).where(SignInAttempt.at <= since))
    await session.execute(insert(SignInAttempt).values(user_name=user_name, address=address, at=at))


async def forget_attempts(session: AsyncSession, *, user_name: str, address: str) -> None:
    """The user got in from there: what went wrong before was typing."""
    await session.execute(
        delete(SignInAttempt).where(SignInAttempt.user_name == user_name, SignInAttempt.address == address)
    )


async def set_password_hash(session: AsyncSession, *, user_id: int, password_hash: str) -> None:
    await session.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))


async def set_disabled_at(session: AsyncSession, *, user_id: int, disabled_at: datetime | None) -> None:
    """None lets the user in again."""
    await session.execute(update(User).where(User.id == user_id).values(disabled_at=disabled_at))


async def log_access(session: AsyncSession, user: SignedIn, what: str, subject: str, at: datetime) -> None:
    """Write down that somebody sees `what` of `subject` unmasked, in the transaction that reads it."""
    await session.execute(insert(Access).values(user_id=user.user_id, what=what, subject=subject, at=at))


async def list_accesses(session: AsyncSession, *, before: int | None, limit: int) -> list[tuple[Access, str]]:
    """Newest first, each with the user's name; `before` is the id of the last one seen."""
    statement = select(Access, User.name).join(User, User.id == Access.user_id).order_by(Access.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(Access.id < before)
    return [(access, name) for access, name in (await session.execute(statement)).all()]
