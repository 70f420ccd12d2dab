"""What can be done with users, their passwords and tokens; each function is one piece of work.

`by` is who does it, None for the command line; each change leaves an entry in the access log. Secrets are arguments
here and never leave in an error: reading them from a prompt or stdin is the caller's part.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts import attempt_store, passwords, store
from callcenter.accounts.passwords import hash_token, make_token
from callcenter.accounts.rights import Duty, Role, SignedIn
from callcenter.accounts.rules import MOST_TOKEN_DAYS, TOKEN_DAYS, check_display_name, check_name, check_password
from callcenter.accounts.sign_ins import take_attempt
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError, RefusedError
from callcenter.postgres.database import Database


@dataclass(frozen=True, kw_only=True, slots=True)
class UserLine:
    """One user as a list shows them."""

    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    display_name: str | None = None
    duties: frozenset[Duty] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenLine:
    """One token as a list shows it, without the secret."""

    name: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


async def add_user(
    database: Database,
    *,
    name: str,
    role: Role,
    password: str,
    at: datetime,
    display_name: str | None = None,
    duties: Collection[Duty] = (),
    by: SignedIn | None = None,
) -> None:
    """Raises InputError for a bad name or password, ConflictError for a name that is taken."""
    shown = check_display_name(display_name)
    password_hash = await passwords.KNOWN.hash_password(check_password(password, name=check_name(name)))
    async with database.sessions.begin() as session:
        await store.add_user(
            session, name=name, display_name=shown, role=role, password_hash=password_hash, at=at, duties=duties
        )
        await _log(session, by, f"new user ({', '.join([role, *sorted(set(duties))])})", name, at)


async def list_users(database: Database) -> list[UserLine]:
    """By name, disabled ones too."""
    async with database.sessions.begin() as session:
        return [
            UserLine(
                name=user.name,
                display_name=user.display_name,
                role=Role(user.role),
                duties=frozenset(Duty(duty) for duty in user.duties),
                created_at=user.created_at,
                disabled_at=user.disabled_at,
            )
            for user in await store.list_users(session)
        ]


async def disable_user(database: Database, *, name: str, at: datetime, by: SignedIn | None = None) -> None:
    """Sign the user out everywhere, revoke the tokens and let them in no more. Raises NotFoundError, ConflictError."""
    async with database.sessions.begin() as session:
        await store.lock_roles(session)
        user = await store.get_user(session, name)
        await store.set_disabled_at(session, user_id=user.id, disabled_at=at)
        await store.remove_secrets(session, user.id)
        await attempt_store.forget_browsers(session, user.id)
        await _keep_an_admin(session, by)
        await _log(session, by, "user disabled", name, at)


async def enable_user(database: Database, *, name: str, at: datetime, by: SignedIn | None = None) -> None:
    """Let a disabled user in again, with the old password and without the old tokens. Raises NotFoundError."""
    async with database.sessions.begin() as session:
        user = await store.get_user(session, name)
        await store.set_disabled_at(session, user_id=user.id, disabled_at=None)
        await _log(session, by, "user enabled", name, at)


async def set_role(database: Database, *, name: str, role: Role, at: datetime, by: SignedIn | None = None) -> None:
    """From the user's next request on. Raises NotFoundError, ConflictError."""
    async with database.sessions.begin() as session:
        await store.lock_roles(session)
        user = await store.get_user(session, name)
        before = user.role
        await store.set_role(session, user_id=user.id, role=role)
        await _keep_an_admin(session, by)
        await _log(session, by, f"role {before} to {role}", name, at)


async def set_duties(
    database: Database, *, name: str, duties: Collection[Duty], at: datetime, by: SignedIn | None = None
) -> None:
    """These and no others, from the user's next request on. Raises NotFoundError."""
    async with database.sessions.begin() as session:
        user = await store.get_user(session, name)
        before = _listed(user.duties)
        await store.set_duties(session, user_id=user.id, duties=duties)
        await _log(session, by, f"duties {before} to {_listed(duties)}", name, at)


def _listed(duties: Collection[str]) -> str:
    return ", ".join(sorted(set(duties))) or "none"


async def set_display_name(
    database: Database, *, name: str, display_name: str | None, at: datetime, by: SignedIn | None = None
) -> None:
    """What people call the user; None takes it away. Raises InputError, NotFoundError."""
    shown = check_display_name(display_name)
    async with database.sessions.begin() as session:
        user = await store.get_user(session, name)
        await store.set_display_name(session, user_id=user.id, display_name=shown)
        await _log(session, by, "new display name" if shown else "display name removed", name, at)


async def set_password(
    database: Database, *, name: str, password: str, at: datetime, by: SignedIn | None = None
) -> None:
    """Also signs the user out everywhere and revokes their tokens. Raises InputError, NotFoundError."""
    password_hash = await passwords.KNOWN.hash_password(check_password(password, name=name))
    async with database.sessions.begin() as session:
        user = await store.get_user(session, name)
        await store.change_password(session, user_id=user.id, password_hash=password_hash, at=at)
        await store.remove_secrets(session, user.id)
        await attempt_store.forget_browsers(session, user.id)
        await attempt_store.forget_all_attempts(session, user_name=name)
        await _log(session, by, "password reset", name, at)


async def change_password(
    database: Database, *, user: SignedIn, old: str, new: str, address: str, at: datetime, secret: str
) -> None:
    """By the user; ends all their sessions and tokens but the one with `secret`, which they make the request with.

    Raises InputError, RefusedError for a wrong old password, TooManyAttemptsError.
    """
    check_password(new, name=user.name)
    async with database.sessions.begin() as session:
        kept = await store.find_user(session, user.name)
        await take_attempt(session, name=user.name, address=address, at=at, browser_hash=hash_token(secret))
    if kept is None or not await passwords.KNOWN.is_password(old, kept.password_hash):
        async with database.sessions.begin() as session:
            await _log(session, user, "password change refused", user.name, at)
        raise RefusedError("The old password is wrong.", code=ErrorCode.WRONG_OLD_PASSWORD)
    password_hash = await passwords.KNOWN.hash_password(new)
    async with database.sessions.begin() as session:
        now = await store.get_user(session, user.name)
        if now.password_hash != kept.password_hash:
            raise RefusedError(
                "The old password is wrong.", code=ErrorCode.WRONG_OLD_PASSWORD
            )  # changed by somebody else meanwhile
        await store.change_password(session, user_id=user.user_id, password_hash=password_hash, at=at)
        await store.remove_secrets(session, user.user_id, but=hash_token(secret))
        await attempt_store.forget_all_attempts(session, user_name=user.name)
        await _log(session, user, "password changed", user.name, at)


async def release_user(database: Database, *, name: str, at: datetime, by: SignedIn | None = None) -> None:
    """Forget the failed sign-ins, so that the user may try again at once. Raises NotFoundError."""
    async with database.sessions.begin() as session:
        await store.get_user(session, name)
        await attempt_store.forget_all_attempts(session, user_name=name)
        await _log(session, by, "sign-ins released", name, at)


async def create_token(
    database: Database,
    *,
    user_name: str,
    token_name: str,
    at: datetime,
    days: int = TOKEN_DAYS,
    by: SignedIn | None = None,
) -> str:
    """A bearer token with the rights of the user; it is shown here and never again.

    Raises InputError, NotFoundError, ConflictError.
    """
    if not 1 <= days <= MOST_TOKEN_DAYS:
        raise InputError(
            f"A token lasts 1 to {MOST_TOKEN_DAYS} days.",
            code=ErrorCode.INVALID_TOKEN_LIFETIME,
            params={"most_days": MOST_TOKEN_DAYS},
        )
    token = make_token()
    async with database.sessions.begin() as session:
        user = await store.get_user(session, user_name)
        if user.disabled_at is not None:
            raise ConflictError(
                f"The user {user_name} is disabled.", code=ErrorCode.USER_DISABLED, params={"user": user_name}
            )
        name, expires_at = check_name(token_name), at + timedelta(days=days)
        await store.add_token(
            session, user_id=user.id, name=name, token_hash=hash_token(token), at=at, expires_at=expires_at
        )
        await _log(session, by, f"new token ({days} days)", f"{user_name}/{name}", at)
    return token


async def list_tokens(database: Database, *, user_name: str) -> list[TokenLine]:
    """By name, expired ones too. Raises NotFoundError."""
    async with database.sessions.begin() as session:
        user = await store.get_user(session, user_name)
        return [
            TokenLine(
                name=token.name,
                created_at=token.created_at,
                expires_at=token.expires_at,
                last_used_at=token.last_used_at,
            )
            for token in await store.list_tokens(session, user.id)
        ]


async def revoke_token(
    database: Database, *, user_name: str, token_name: str, at: datetime, by: SignedIn | None = None
) -> None:
    """Raises NotFoundError."""
    async with database.sessions.begin() as session:
        user = await store.get_user(session, user_name)
        await store.remove_token(session, user_id=user.id, name=token_name)
        await _log(session, by, "token revoked", f"{user_name}/{token_name}", at)


async def _keep_an_admin(session: AsyncSession, by: SignedIn | None) -> None:
    """Over HTTP nobody could make a new one; the command line can. Raises ConflictError."""
    if by is not None and not await store.has_admin(session):
        raise ConflictError("Nobody would be administrator any more.", code=ErrorCode.LAST_ADMINISTRATOR)


async def _log(session: AsyncSession, by: SignedIn | None, what: str, subject: str, at: datetime) -> None:
    await store.log_access(session, by, what if by is not None else f"{what}, command line", subject, at)
