"""Signing in and out, the own password and tokens, and the dependencies that guard every other route."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response, Security, WebSocket, params
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from callcenter.accounts import service, sign_ins, store
from callcenter.accounts.rights import Right, SignedIn, Viewer
from callcenter.accounts.rules import BROWSER_LIFETIME, SESSION_LIFETIME, is_from_own_pages, is_own_origin
from callcenter.accounts.schemas import (
    AccessEntry,
    AccessPage,
    Credentials,
    CurrentUser,
    PasswordChange,
    TokenEntry,
    TokenName,
    TokenPage,
)
from callcenter.error_codes import ErrorCode
from callcenter.errors import NotSignedInError, RefusedError
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import Now, OpenDatabase, Snapshot
from callcenter.http.pages import PageQuery, cut_page, cut_whole

COOKIE = "callcenter_session"
SCREEN_COOKIE = "callcenter_screen"
BROWSER_COOKIE = "callcenter_browser"
HOST_PREFIX = "__Host-"
"""A cookie named so is taken by browsers from this host itself over HTTPS only (RFC 6265bis, 4.1.3.2)."""

_cookie = APIKeyCookie(
    name=HOST_PREFIX + COOKIE,
    auto_error=False,
    scheme_name="browser",
    description="Set by POST /api/v1/session; without `__Host-` where COOKIE_SECURE is off.",
)
_bearer = HTTPBearer(auto_error=False, scheme_name="script", description="Made by `callcenter user token`.")


def read_cookie(connection: HTTPConnection, name: str) -> str | None:
    """The cookie of that name as this installation sets it."""
    return connection.cookies.get(_prefix(connection) + name)


def _prefix(connection: HTTPConnection) -> str:
    return HOST_PREFIX if connection.app.state.settings.cookie_secure else ""


def keep_secret(request: Request, response: Response, name: str, secret: str, *, lasts: timedelta) -> None:
    """Have the browser keep a secret, out of the reach of scripts and of other sites."""
    response.set_cookie(
        _prefix(request) + name,
        secret,
        max_age=int(lasts.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.app.state.settings.cookie_secure,
    )


def get_cookie(request: Request, _described: Annotated[str | None, Security(_cookie)]) -> str | None:
    """The secret of the browser session."""
    return read_cookie(request, COOKIE)


Cookie = Annotated[str | None, Depends(get_cookie)]
Bearer = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


def refuse_foreign_pages(request: Request) -> None:
    """Raises RefusedError for a writing request that a page of another site made the browser send."""
    if not is_from_own_pages(
        method=request.method,
        host=request.headers.get("host", ""),
        origin=request.headers.get("origin"),
        fetch_site=request.headers.get("sec-fetch-site"),
        needs_https=_needs_https(request),
    ):
        raise RefusedError(
            "A request with a cookie must come from a page of this site; scripts use a token.",
            code=ErrorCode.FOREIGN_ORIGIN,
        )


def _needs_https(connection: HTTPConnection) -> bool:
    """A proxy that ends TLS and is not named in TRUSTED_PROXIES does not say so, but the setting of the cookie does."""
    return connection.url.scheme in ("https", "wss") or connection.app.state.settings.cookie_secure


def _is_own_page(connection: HTTPConnection, origin: str) -> bool:
    host = connection.headers.get("host", "")
    return is_own_origin(host=host, origin=origin, needs_https=_needs_https(connection))


async def _find_viewer(connection: HTTPConnection) -> tuple[Viewer, bool]:
    """The viewer of a request, and whether a cookie names it; a token goes before a cookie, a user before a screen.

    Raises NotSignedInError.
    """
    state = connection.app.state
    database, now = state.database, state.now()
    viewer: Viewer | None = None
    token, cookie, screen = (
        _bearer_token(connection),
        read_cookie(connection, COOKIE),
        read_cookie(connection, SCREEN_COOKIE),
    )
    secret = token or cookie or screen
    if token:
        viewer = await sign_ins.find_script(database, token=token, at=now)
    elif cookie is not None:
        viewer = await sign_ins.find_browser(database, token=cookie, at=now)
    if viewer is None and not token and screen is not None:
        secret = screen
        viewer = await sign_ins.find_screen(database, secret=screen, at=now)
    if viewer is None:
        raise NotSignedInError
    connection.state.secret = secret
    return viewer, not token


async def get_viewer(request: Request, _cookie: Cookie, _bearer: Bearer) -> Viewer:
    """Who makes the request. Raises NotSignedInError, RefusedError."""
    viewer, is_by_cookie = await _find_viewer(request)
    if is_by_cookie:
        refuse_foreign_pages(request)
    return viewer


CurrentViewer = Annotated[Viewer, Depends(get_viewer)]


async def get_signed_in(viewer: CurrentViewer) -> SignedIn:
    """The user who makes the request. Raises NotSignedInError, RefusedError."""
    if not isinstance(viewer, SignedIn):
        raise RefusedError("A screen sees the wallboard and nothing else.", code=ErrorCode.NOT_FOR_SCREENS)
    return viewer


def refuse_foreign_readers(request: Request) -> None:
    """Raises RefusedError for a page of another site; for streams, which cost us something while they last."""
    origin = request.headers.get("origin")
    if origin is not None and not _is_own_page(request, origin):
        raise RefusedError("Only pages of this site may read this.", code=ErrorCode.FOREIGN_ORIGIN)


async def sign_in_socket(websocket: WebSocket, right: Right) -> Viewer:
    """Who opens a WebSocket, before it is accepted. Raises NotSignedInError, RefusedError.

    A browser sends the cookie along for the page of any site and lets that read the answers, so with a cookie `Origin`
    must be ours (CWE-1385).
    """
    viewer, is_by_cookie = await _find_viewer(websocket)
    if is_by_cookie and not _is_own_page(websocket, websocket.headers.get("origin", "")):
        raise RefusedError(
            "A WebSocket with a cookie must come from a page of this site; scripts use a token.",
            code=ErrorCode.FOREIGN_ORIGIN,
        )
    viewer.check(right)
    return viewer


def secret_of(connection: HTTPConnection) -> str:
    """The secret of the session, token or screen that makes the request, once its viewer was found."""
    secret: str = connection.state.secret
    return secret


def _bearer_token(connection: HTTPConnection) -> str:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


SignedInUser = Annotated[SignedIn, Depends(get_signed_in)]


def require(right: Right) -> params.Depends:
    """Dependency of a route that asks for a right. Raises RefusedError."""

    async def check_right(viewer: CurrentViewer) -> None:
        viewer.check(right)

    return params.Depends(check_right)


router = APIRouter(tags=["accounts"])

TOKEN_CURSORS = value_cursors("tokens", str)
ACCESS_CURSORS = value_cursors("access-log", int)


def address_of(request: Request) -> str:
    """Where the request comes from, as the server knows it."""
    return request.client.host if request.client else ""


@router.post("/session", status_code=201, dependencies=[Depends(refuse_foreign_pages)])
async def sign_in(
    credentials: Credentials, request: Request, response: Response, database: OpenDatabase, now: Now
) -> CurrentUser:
    """Sign a browser in: its session is in an HttpOnly cookie."""
    opened = await sign_ins.sign_in(
        database,
        name=credentials.name,
        password=credentials.password.get_secret_value(),
        address=address_of(request),
        at=now,
        browser=read_cookie(request, BROWSER_COOKIE),
    )
    for name, secret, lasts in (
        (COOKIE, opened.secret, SESSION_LIFETIME),
        (BROWSER_COOKIE, opened.browser, BROWSER_LIFETIME),
    ):
        keep_secret(request, response, name, secret, lasts=lasts)
    return CurrentUser.of(opened.user)


@router.delete("/session", status_code=204)
async def sign_out(
    user: SignedInUser, request: Request, response: Response, database: OpenDatabase, now: Now, cookie: Cookie
) -> None:
    """Sign this browser out."""
    if cookie is not None:
        await sign_ins.sign_out(database, token=cookie, user=user, at=now)
    secure = request.app.state.settings.cookie_secure
    response.delete_cookie(_prefix(request) + COOKIE, secure=secure, httponly=True, samesite="strict")


@router.put("/session/password", status_code=204)
async def change_password(
    change: PasswordChange, user: SignedInUser, request: Request, database: OpenDatabase, now: Now
) -> None:
    """Give yourself a new password; ends all your other sessions and tokens."""
    await service.change_password(
        database,
        user=user,
        old=change.old_password.get_secret_value(),
        new=change.new_password.get_secret_value(),
        address=address_of(request),
        at=now,
        secret=secret_of(request),
    )


@router.get("/session/tokens")
async def list_own_tokens(
    query: Annotated[PageQuery, Query()], user: SignedInUser, database: OpenDatabase
) -> TokenPage:
    """Your tokens for scripts, without their secrets, by name."""
    tokens = await service.list_tokens(database, user_name=user.name)
    page, following = cut_whole(tokens, query, TOKEN_CURSORS, lambda token: token.name)
    return TokenPage(items=[TokenEntry.of(token) for token in page], next=following)


@router.delete("/session/tokens/{token_name}", status_code=204)
async def revoke_own_token(token_name: TokenName, user: SignedInUser, database: OpenDatabase, now: Now) -> None:
    """End one of your tokens."""
    await service.revoke_token(database, user_name=user.name, token_name=token_name, at=now, by=user)


@router.get("/access-log", dependencies=[require(Right.SEE_ACCESS_LOG)])
async def list_accesses(query: Annotated[PageQuery, Query()], session: Snapshot) -> AccessPage:
    """Who saw what unmasked, newest first."""
    found = await store.list_accesses(session, before=query.after(ACCESS_CURSORS), limit=query.limit + 1)
    rows, following = cut_page(found, query, ACCESS_CURSORS, lambda row: row[0].id)
    items = [
        AccessEntry(id=access.id, user=name, what=access.what, subject=access.subject, at=access.at)
        for access, name in rows
    ]
    return AccessPage(items=items, next=following)
