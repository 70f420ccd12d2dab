"""Screens on the wall: made by a supervisor, let in by a link for good, ended by revoking it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts import screen_store, store
from callcenter.accounts.passwords import hash_token, make_token
from callcenter.accounts.rights import Screen, SignedIn
from callcenter.errors import ScreenLinkError


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeLink:
    """A screen that has just been made, and the secret of its link, which nobody will see again."""

    screen: Screen
    secret: str


async def make_screen(
    session: AsyncSession, *, name: str, queues: Sequence[str], user: SignedIn, at: datetime
) -> MadeLink:
    """A link that lasts until it is revoked. Raises ConflictError where there is a screen of that name."""
    secret = make_token()
    screen_id = await screen_store.add_screen(
        session, name=name, queues=queues, secret_hash=hash_token(secret), created_by=user.user_id, at=at
    )
    await store.log_access(session, user, "new screen", f"screens/{screen_id} {name}", at)
    return MadeLink(screen=Screen(screen_id=screen_id, name=name, queues=tuple(queues)), secret=secret)


async def revoke_screen(session: AsyncSession, screen_id: int, *, user: SignedIn, at: datetime) -> None:
    """It sees nothing more, from its next request on; what it has open ends. Raises NotFoundError."""
    name = await screen_store.remove_screen(session, screen_id)
    await store.log_access(session, user, "screen revoked", f"screens/{screen_id} {name}", at)


async def let_in(session: AsyncSession, secret: str, at: datetime) -> Screen:
    """The screen whose link has the secret, which is that of its session as well. Raises ScreenLinkError."""
    screen = await screen_store.find_screen(session, hash_token(secret), at)
    if screen is None:
        raise ScreenLinkError
    return screen
