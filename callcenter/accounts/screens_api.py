"""Screens on the wall over HTTP: links for them, and the session that a link opens."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from callcenter.accounts import screen_store, screens
from callcenter.accounts.api import SCREEN_COOKIE, SignedInUser, keep_secret, refuse_foreign_pages, require
from callcenter.accounts.rights import Right
from callcenter.accounts.rules import SCREEN_COOKIE_LIFETIME
from callcenter.accounts.schemas import DisplayName
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import Now, RowId, Snapshot, Timezone, Transaction
from callcenter.http.fields import AskedName, Moment
from callcenter.http.pages import Page, PageQuery, cut_page

router = APIRouter(tags=["screens"])

MOST_QUEUES = 100

_SCREENS = value_cursors("screens", int)


class NewScreen(BaseModel):
    """A screen on the wall, and the queues that it shows; none for all."""

    model_config = ConfigDict(extra="forbid")

    name: DisplayName
    queues: list[AskedName] = Field(default=[], max_length=MOST_QUEUES)


class MadeScreen(BaseModel):
    """A new screen; the secret is shown once, and belongs into the fragment of its link: `/wall#SECRET`."""

    id: int
    name: str
    queues: list[str]
    secret: str


class ScreenView(BaseModel):
    """A screen, without its secret; `last_seen_at` is known to within a minute and null for one that nobody opened."""

    id: int
    name: str
    queues: list[str]
    created_by: str
    created_at: Moment
    last_seen_at: Moment | None


class ScreenPage(Page[ScreenView]):
    """In the order in which they were made."""


class ScreenSecret(BaseModel):
    """What a screen is let in by."""

    model_config = ConfigDict(extra="forbid")

    secret: SecretStr = Field(min_length=1, max_length=100)


class CurrentScreen(BaseModel):
    """The screen that was let in: what it is called, what it shows, and by which clock."""

    name: str
    queues: list[str] = Field(description="Those that it shows; none for all.")
    timezone: str = Field(description="Of the hotline, as `Asia/Shanghai`.")
    server_time: Moment
    version: str


@router.post("/screens", status_code=201, dependencies=[require(Right.MANAGE_SCREENS)])
async def make_screen(new: NewScreen, user: SignedInUser, session: Transaction, now: Now) -> MadeScreen:
    """A link for a screen on the wall. It does not run out; whoever has it sees the wallboard and its hours."""
    made = await screens.make_screen(session, name=new.name, queues=new.queues, user=user, at=now)
    return MadeScreen(
        id=made.screen.screen_id, name=made.screen.name, queues=list(made.screen.queues), secret=made.secret
    )


@router.get("/screens", dependencies=[require(Right.MANAGE_SCREENS)])
async def list_screens(query: Annotated[PageQuery, Query()], session: Snapshot) -> ScreenPage:
    """Every screen that is not revoked."""
    found = await screen_store.list_screens(session, after=query.after(_SCREENS), limit=query.limit + 1)
    rows, following = cut_page(found, query, _SCREENS, lambda row: row[0].id)
    items = [
        ScreenView(
            id=screen.id,
            name=screen.name,
            queues=screen.queues,
            created_by=name,
            created_at=screen.created_at,
            last_seen_at=screen.last_seen_at,
        )
        for screen, name in rows
    ]
    return ScreenPage(items=items, next=following)


@router.delete("/screens/{screen_id}", status_code=204, dependencies=[require(Right.MANAGE_SCREENS)])
async def revoke_screen(screen_id: RowId, user: SignedInUser, session: Transaction, now: Now) -> None:
    """The screen sees nothing more, and what it has open ends within seconds."""
    await screens.revoke_screen(session, screen_id, user=user, at=now)


@router.post("/session/screen", status_code=201, dependencies=[Depends(refuse_foreign_pages)])
async def open_screen(
    asked: ScreenSecret, request: Request, response: Response, session: Transaction, timezone: Timezone, now: Now
) -> CurrentScreen:
    """Let a screen in by the secret of its link: it has it in an HttpOnly cookie. A user signed in there stays so."""
    secret = asked.secret.get_secret_value()
    screen = await screens.let_in(session, secret, now)
    keep_secret(request, response, SCREEN_COOKIE, secret, lasts=SCREEN_COOKIE_LIFETIME)
    return CurrentScreen(
        name=screen.name,
        queues=list(screen.queues),
        timezone=timezone.key,
        server_time=now,
        version=request.app.version,
    )
