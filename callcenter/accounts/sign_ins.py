"""Signing in with a password, who is signed in, signing out; guessing is slowed without locking anybody out.

A stranger can make an account or an address pause for unknown browsers only. The browser in which a user signed in
before is spared, and an administrator can release an account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts import attempt_store, passwords, screen_store, store
from callcenter.accounts.attempt_store import Address
from callcenter.accounts.passwords import HASH_OF_NOTHING, hash_token, make_token, needs_rehash
from callcenter.accounts.rights import Screen, SignedIn
from callcenter.accounts.rules import (
    ATTEMPT_WINDOW,
    BUSY_PAUSE,
    SAME_ACCOUNT,
    SAME_ADDRESS,
    SAME_PLACE,
    SESSION_LIFETIME,
    find_pause_end,
    place_of,
)
from callcenter.accounts.tables import SignInAttempt, User
from callcenter.errors import SignInError, TooManyAttemptsError
from callcenter.postgres.database import Database

log = structlog.stdlib.get_logger(__name__)

SIGN_INS = Counter("callcenter_sign_ins", "Attempts to sign in with a password.", ("result",))


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenedSession:
    """A user who has just signed in, the secret of the session and that by which the browser is known again."""

    user: SignedIn
    secret: str
    browser: str


async def sign_in(
    database: Database, *, name: str, password: str, address: str, at: datetime, browser: str | None = None
) -> OpenedSession:
    """Open a browser session; `browser` is what makes it known from an earlier one.

    The attempt is counted before the password is looked at, so that many at once do not slip through together, and an
    unknown or disabled user costs the same work as a wrong password. Raises SignInError, TooManyAttemptsError.
    """
    known = None if browser is None else hash_token(browser)
    try:
        async with database.sessions.begin() as session:
            user = await store.find_user(session, name)
            if known is not None and not await _is_known(session, user, known, at):
                known = None
            await take_attempt(session, name=name, address=address, at=at, browser_hash=known)
    except TooManyAttemptsError:
        SIGN_INS.labels("throttled").inc()
        raise
    line = passwords.STRANGERS if known is None else passwords.KNOWN
    is_right = await line.is_password(password, HASH_OF_NOTHING if user is None else user.password_hash)
    try:
        if user is None or not is_right or user.disabled_at is not None:
            raise SignInError
        return await _open(database, user, password, address=address, at=at, browser=browser, known=known)
    except SignInError:
        await _note_failure(database, user, address=address, at=at)
        raise


async def take_attempt(
    session: AsyncSession, *, name: str, address: str, at: datetime, browser_hash: bytes | None
) -> None:
    """Count an attempt to give the password of `name`. Raises TooManyAttemptsError while one has to wait."""
    place, since = place_of(address), at - ATTEMPT_WINDOW
    await attempt_store.lock_attempts(session, user_name=name, address=place)
    is_strange = SignInAttempt.browser_hash.is_(None)
    is_account, is_address = SignInAttempt.user_name == name, SignInAttempt.address == place
    if browser_hash is not None:
        checks = [(is_account & (SignInAttempt.browser_hash == browser_hash), SAME_PLACE)]
    else:
        checks = [
            (is_account & is_address & is_strange, SAME_PLACE),
            (is_address & is_strange, SAME_ADDRESS),
            (is_account & is_strange, SAME_ACCOUNT),
        ]
        if passwords.STRANGERS.is_full:
            raise TooManyAttemptsError(retry_at=at + BUSY_PAUSE)
    for where, throttle in checks:
        retry_at = find_pause_end(await attempt_store.list_attempts(session, where, since), throttle)
        if retry_at is not None and retry_at > at:
            raise TooManyAttemptsError(retry_at=retry_at)
    await attempt_store.add_attempt(
        session, user_name=name, address=place, at=at, since=since, browser_hash=browser_hash
    )


async def _is_known(session: AsyncSession, user: User | None, token_hash: bytes, at: datetime) -> bool:
    if user is None:
        return False
    return await attempt_store.is_known_browser(session, token_hash=token_hash, user_id=user.id, at=at)


async def _open(
    database: Database,
    user: User,
    password: str,
    *,
    address: str,
    at: datetime,
    browser: str | None,
    known: bytes | None,
) -> OpenedSession:
    new_hash = await passwords.KNOWN.hash_password(password) if needs_rehash(user.password_hash) else None
    secret = make_token()
    async with database.sessions.begin() as session:
        now = await store.get_user(session, user.name)
        if now.password_hash != user.password_hash or now.disabled_at is not None:
            raise SignInError  # changed while we were hashing: that ended every session, this one too
        if new_hash is not None:
            await store.set_password_hash(session, user_id=user.id, password_hash=new_hash)
        place: Address = place_of(address)
        await attempt_store.forget_attempts(session, user_name=user.name, address=place, browser_hash=known)
        if browser is None or not await attempt_store.is_some_browser(session, hash_token(browser)):
            browser = make_token()
        await attempt_store.keep_browser(session, token_hash=hash_token(browser), user_id=user.id, at=at)
        await store.add_browser_session(
            session, user_id=user.id, token_hash=hash_token(secret), at=at, expires_at=at + SESSION_LIFETIME
        )
        signed_in = store.as_signed_in(now)
        await store.log_access(session, signed_in, "sign-in", f"from {_shown(address)}", at)
    SIGN_INS.labels("in").inc()
    return OpenedSession(user=signed_in, secret=secret, browser=browser)


async def _note_failure(database: Database, user: User | None, *, address: str, at: datetime) -> None:
    """A name that nobody has is not kept: people type their password there."""
    whom = "an unknown user" if user is None else user.name
    SIGN_INS.labels("wrong").inc()
    log.warning("sign_in_failed", user=whom, address=_shown(address))
    async with database.sessions.begin() as session:
        await store.log_access(session, None, "sign-in failed", f"{whom} from {_shown(address)}", at)


def _shown(address: str) -> str:
    return address if len(address) <= 45 and address.isprintable() else "an address that cannot be read"


async def sign_out(database: Database, *, token: str, user: SignedIn, at: datetime) -> None:
    """Revoke the browser session with that secret."""
    async with database.sessions.begin() as session:
        await store.remove_browser_session(session, hash_token(token))
        await store.log_access(session, user, "sign-out", "", at)


async def find_browser(database: Database, *, token: str, at: datetime) -> SignedIn | None:
    """Who is signed in with the secret of a cookie."""
    async with database.sessions.begin() as session:
        return await store.find_signed_in_browser(session, hash_token(token), at)


async def find_screen(database: Database, *, secret: str, at: datetime) -> Screen | None:
    """Which screen was let in with the secret of a cookie."""
    async with database.sessions.begin() as session:
        return await screen_store.find_screen(session, hash_token(secret), at)


async def find_script(database: Database, *, token: str, at: datetime) -> SignedIn | None:
    """Who is signed in with a bearer token."""
    async with database.sessions.begin() as session:
        return await store.find_signed_in_script(session, hash_token(token), at)
