"""What can be done with accounts; each function is one piece of work, in as few transactions as it takes.

Secrets are arguments here and never leave in an error: reading them from a prompt or stdin is the caller's part.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts import store
from callcenter.accounts.passwords import HASH_OF_NOTHING, hash_password, hash_token, is_password, make_token
from callcenter.accounts.rules import (
    ATTEMPT_WINDOW,
    ATTEMPTS_PER_ADDRESS,
    ATTEMPTS_PER_USER,
    SESSION_LIFETIME,
    Role,
    SignedIn,
    check_name,
    check_password,
    find_throttle_end,
)
from callcenter.accounts.tables import SignInAttempt
from callcenter.database import Database
from callcenter.errors import SignInError, TooManyAttemptsError


@dataclass(frozen=True, kw_only=True, slots=True)
class UserLine:
    """One user as a list shows them."""

    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None


async def add_user(database: Database, *, name: str, role: Role, password: str, at: datetime) -> None:
    """Raises InputError for a bad name or password, ConflictError for a name that is taken."""
    password_hash = await hash_password(check_password(password))
    async with database.sessions.begin() as session:
        await store.add_user(session, name=check_name(name), role=role, password_hash=password_hash, at=at)


async def list_users(database: Database) -> list[UserLine]:
    """By name, disabled ones too."""
    async with database.sessions.begin() as session:
        return [
            UserLine(name=user.name, role=Role(user.role), created_at=user.created_at, disabled_at=user.disabled_at)
            for user in await store.list_users(session)
        ]


async def disable_user(database: Database, *, name: str, at: datetime) -> None:
    """Sign the user out everywhere, revoke their tokens and let them in no more. Raises NotFoundError."""
    async with database.sessions.begin() as session:
        user = await store.get_user(session, name)
        await store.set_disabled_at(session, user_id=user.id, disabled_at=at)
        await store.remove_browser_sessions(session, user.id)
        await store.remove_tokens(session, user.id)


async def enable_user(database: Database, *, name: str) -> None:
    """Let a disabled user in again, with the old password and without the old tokens. Raises NotFoundError."""
    async with database.sessions.begin() as session:
        user = await store.get_user(session, name)
        await store.set_disabled_at(session, user_id=user.id, disabled_at=None)


async def set_password(database: Database, *, name: str, password: str) -> None:
    """Also signs the user's browsers out. Raises InputError, NotFoundError."""
    password_hash = await hash_password(check_password(password))
    async with database.sessions.begin() as session:
        user = await store.get_user(session, name)
        await store.set_password_hash(session, user_id=user.id, password_hash=password_hash)
        await store.remove_browser_sessions(session, user.id)


async def create_token(database: Database, *, user_name: str, token_name: str, at: datetime) -> str:
    """A bearer token with the rights of the user; it is told here and never again.

    Raises InputError, NotFoundError, ConflictError.
    """
    token = make_token()
    async with database.sessions.begin() as session:
        user = await store.get_user(session, user_name)
        await store.add_token(
            session, user_id=user.id, name=check_name(token_name), token_hash=hash_token(token), at=at
        )
    return token


async def revoke_token(database: Database, *, user_name: str, token_name: str) -> None:
    """Raises NotFoundError."""
    async with database.sessions.begin() as session:
        user = await store.get_user(session, user_name)
        await store.remove_token(session, user_id=user.id, name=token_name)


async def sign_in(database: Database, *, name: str, password: str, address: str, at: datetime) -> tuple[SignedIn, str]:
    """Open a browser session; gives the user and the secret for the cookie.

    The attempt is counted before the password is looked at, so that many at once do not slip through together, and an
    unknown or disabled user costs the same work as a wrong password. Raises SignInError, TooManyAttemptsError.
    """
    async with database.sessions.begin() as session:
        await _count_attempt(session, name=name, address=address, at=at)
        user = await store.find_user(session, name)
    is_right = await is_password(password, HASH_OF_NOTHING if user is None else user.password_hash)
    if user is None or not is_right or user.disabled_at is not None:
        raise SignInError
    token = make_token()
    async with database.sessions.begin() as session:
        now = await store.get_user(session, name)
        if now.password_hash != user.password_hash or now.disabled_at is not None:
            raise SignInError  # changed while we were hashing: that ended every session, this one too
        await store.forget_attempts(session, user_name=name, address=address)
        await store.add_browser_session(
            session, user_id=user.id, token_hash=hash_token(token), at=at, expires_at=at + SESSION_LIFETIME
        )
    return SignedIn(user_id=user.id, name=user.name, role=Role(user.role)), token


async def _count_attempt(session: AsyncSession, *, name: str, address: str, at: datetime) -> None:
    since = at - ATTEMPT_WINDOW
    await store.lock_attempts(session, user_name=name, address=address)
    for where, limit in (
        (SignInAttempt.user_name == name, ATTEMPTS_PER_USER),
        (SignInAttempt.address == address, ATTEMPTS_PER_ADDRESS),
    ):
        retry_at = find_throttle_end(await store.list_attempts(session, where, since), limit)
        if retry_at is not None:
            raise TooManyAttemptsError(retry_at=retry_at)
    await store.add_attempt(session, user_name=name, address=address, at=at, since=since)


async def sign_out(database: Database, *, token: str) -> None:
    """Revoke the browser session with that secret."""
    async with database.sessions.begin() as session:
        await store.remove_browser_session(session, hash_token(token))


async def find_browser(database: Database, *, token: str, at: datetime) -> SignedIn | None:
    """Who is signed in with the secret of a cookie."""
    async with database.sessions.begin() as session:
        return await store.find_signed_in_browser(session, hash_token(token), at)


async def find_script(database: Database, *, token: str) -> SignedIn | None:
    """Who is signed in with a bearer token."""
    async with database.sessions.begin() as session:
        return await store.find_signed_in_script(session, hash_token(token))
