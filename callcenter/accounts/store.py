"""All SQL of the accounts. Every function works in the transaction of the session it gets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Duty, Right, Role, SignedIn, list_roles
from callcenter.accounts.rules import LOOK_UP_WINDOW, LOOK_UPS, NOTED_EVERY, SESSION_IDLE
from callcenter.accounts.tables import Access, BrowserSession, Token, User
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError, TooManyRequestsError


async def add_user(
    session: AsyncSession,
    *,
    name: str,
    role: Role,
    password_hash: str,
    at: datetime,
    display_name: str | None = None,
    duties: Collection[Duty] = (),
) -> None:
    """Raises ConflictError when the name is taken, by a disabled user too."""
    values = {"name": name, "display_name": display_name, "role": role, "password_hash": password_hash}
    statement = insert_or(User).values(**values, duties=sorted(set(duties)), created_at=at)
    added = await session.execute(statement.on_conflict_do_nothing().returning(User.id))
    if added.first() is None:
        raise ConflictError(f"There is a user {name} already.", code=ErrorCode.USER_EXISTS, params={"user": name})


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
    opened = {"token_hash": token_hash, "user_id": user_id, "created_at": at, "expires_at": expires_at}
    await session.execute(insert(BrowserSession).values(**opened, last_seen_at=at))


async def find_signed_in_browser(session: AsyncSession, token_hash: bytes, at: datetime) -> SignedIn | None:
    """Whose session it is, None when it is over, unused for too long or revoked, or the user disabled."""
    found = await _find_signed_in(session, BrowserSession, token_hash, _lasting_sessions(at))
    if found is not None:
        noted = BrowserSession.last_seen_at > at - NOTED_EVERY
        await session.execute(
            update(BrowserSession).where(BrowserSession.token_hash == token_hash, ~noted).values(last_seen_at=at)
        )
    return found


async def find_signed_in_script(session: AsyncSession, token_hash: bytes, at: datetime) -> SignedIn | None:
    """Whose token it is, None when it has expired or is revoked, or the user disabled."""
    found = await _find_signed_in(session, Token, token_hash, Token.expires_at > at)
    if found is not None:
        noted = func.coalesce(Token.last_used_at > at - NOTED_EVERY, False)
        await session.execute(update(Token).where(Token.token_hash == token_hash, ~noted).values(last_used_at=at))
    return found


async def list_signed_in(session: AsyncSession, token_hashes: Collection[bytes], at: datetime) -> set[bytes]:
    """Those of the sessions and tokens that still let somebody in. Asking counts as no use of them."""
    found: set[bytes] = set()
    for table, lasts in ((BrowserSession, _lasting_sessions(at)), (Token, Token.expires_at > at)):
        statement = select(table.token_hash).join(User, User.id == table.user_id)
        rows = await session.scalars(statement.where(table.token_hash.in_(token_hashes), lasts, _is_let_in()))
        found.update(rows)
    return found


def _lasting_sessions(at: datetime) -> ColumnElement[bool]:
    return and_(BrowserSession.expires_at > at, BrowserSession.last_seen_at > at - SESSION_IDLE)


def _is_let_in() -> ColumnElement[bool]:
    return User.disabled_at.is_(None)


async def _find_signed_in(
    session: AsyncSession, table: type[BrowserSession | Token], token_hash: bytes, lasts: ColumnElement[bool]
) -> SignedIn | None:
    statement = select(User).join(table, table.user_id == User.id)
    user = (await session.scalars(statement.where(table.token_hash == token_hash, lasts, _is_let_in()))).one_or_none()
    return None if user is None else as_signed_in(user)


def as_signed_in(user: User) -> SignedIn:
    """The user of a row."""
    return SignedIn(
        user_id=user.id, name=user.name, role=Role(user.role), duties=frozenset(Duty(duty) for duty in user.duties)
    )


async def remove_browser_session(session: AsyncSession, token_hash: bytes) -> None:
    """Sign one browser out; nothing happens if it was not signed in."""
    await session.execute(delete(BrowserSession).where(BrowserSession.token_hash == token_hash))


async def remove_secrets(session: AsyncSession, user_id: int, *, but: bytes = b"") -> None:
    """Sign the user out everywhere and revoke their tokens; the session or token with the hash `but` stays."""
    for table in (BrowserSession, Token):
        await session.execute(delete(table).where(table.user_id == user_id, table.token_hash != but))


async def add_token(
    session: AsyncSession, *, user_id: int, name: str, token_hash: bytes, at: datetime, expires_at: datetime
) -> None:
    """Takes the place of one that has expired. Raises ConflictError when the user has a token of that name."""
    await session.execute(delete(Token).where(Token.user_id == user_id, Token.name == name, Token.expires_at <= at))
    made = {"user_id": user_id, "name": name, "token_hash": token_hash, "created_at": at, "expires_at": expires_at}
    added = await session.execute(insert_or(Token).values(made).on_conflict_do_nothing().returning(Token.name))
    if added.first() is None:
        raise ConflictError(f"There is a token {name} already.", code=ErrorCode.TOKEN_EXISTS, params={"token": name})


async def list_tokens(session: AsyncSession, user_id: int) -> Sequence[Token]:
    """Of the user, expired ones too, by name."""
    return (await session.scalars(select(Token).where(Token.user_id == user_id).order_by(Token.name))).all()


async def remove_token(session: AsyncSession, *, user_id: int, name: str) -> None:
    """Raises NotFoundError when the user has no token of that name."""
    statement = delete(Token).where(Token.user_id == user_id, Token.name == name).returning(Token.name)
    if (await session.execute(statement)).first() is None:
        raise NotFoundError(f"There is no token {name}.")


async def change_password(session: AsyncSession, *, user_id: int, password_hash: str, at: datetime) -> None:
    """Give the user another password."""
    change = {"password_hash": password_hash, "password_changed_at": at}
    await session.execute(update(User).where(User.id == user_id).values(change))


async def set_password_hash(session: AsyncSession, *, user_id: int, password_hash: str) -> None:
    """Keep the same password in another way."""
    await session.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))


async def set_display_name(session: AsyncSession, *, user_id: int, display_name: str | None) -> None:
    """None takes it away."""
    await session.execute(update(User).where(User.id == user_id).values(display_name=display_name))


async def set_disabled_at(session: AsyncSession, *, user_id: int, disabled_at: datetime | None) -> None:
    """None lets the user in again."""
    await session.execute(update(User).where(User.id == user_id).values(disabled_at=disabled_at))


async def set_role(session: AsyncSession, *, user_id: int, role: Role) -> None:
    await session.execute(update(User).where(User.id == user_id).values(role=role))


async def set_duties(session: AsyncSession, *, user_id: int, duties: Collection[Duty]) -> None:
    await session.execute(update(User).where(User.id == user_id).values(duties=sorted(set(duties))))


async def lock_roles(session: AsyncSession) -> None:
    """Two administrators must not take each other's role at the same moment."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("roles", 0))))


async def has_admin(session: AsyncSession) -> bool:
    """Whether anybody who is let in manages users."""
    manages_users = User.role.in_(list_roles(Right.MANAGE_USERS))
    return bool(await session.scalar(select(exists().where(manages_users, _is_let_in()))))


async def log_access(session: AsyncSession, user: SignedIn | None, what: str, subject: str, at: datetime) -> None:
    """Write down that somebody sees or does `what` of `subject`, in the transaction that does it.

    Without a user it is the command line, or somebody whom no password made known; `what` says which.
    """
    await log_accesses(session, user, what, [subject], at)


async def log_accesses(
    session: AsyncSession, user: SignedIn | None, what: str, subjects: Sequence[str], at: datetime
) -> None:
    """The same of several subjects, a line for each."""
    user_id = None if user is None else user.user_id
    if subjects:
        lines = [{"user_id": user_id, "what": what, "subject": subject, "at": at} for subject in subjects]
        await session.execute(insert(Access), lines)


async def take_look_up(session: AsyncSession, user: SignedIn, what: str, subject: str, at: datetime) -> None:
    """Write down that an agent sees or looks for a number. Raises TooManyRequestsError after too many."""
    key = f"look-ups {user.user_id}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    is_look_up = or_(Access.what.startswith("caller_number"), Access.what.startswith("search by number"))
    statement = select(Access.at).where(Access.user_id == user.user_id, Access.at > at - LOOK_UP_WINDOW, is_look_up)
    taken = (await session.scalars(statement.order_by(Access.at.desc()).limit(LOOK_UPS))).all()
    if len(taken) == LOOK_UPS:
        raise TooManyRequestsError(retry_at=taken[-1] + LOOK_UP_WINDOW)
    await log_access(session, user, what, subject, at)


async def list_accesses(session: AsyncSession, *, before: int | None, limit: int) -> list[tuple[Access, str | None]]:
    """Newest first, each with the user's name; `before` is the id of the last one seen."""
    statement = select(Access, User.name).outerjoin(User, User.id == Access.user_id).order_by(Access.id.desc())
    if before is not None:
        statement = statement.where(Access.id < before)
    return [(access, name) for access, name in (await session.execute(statement.limit(limit))).all()]
