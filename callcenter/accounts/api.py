"""Signing in and out, and the dependency that guards every other route."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response, Security, WebSocket
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from callcenter.accounts import service, store
from callcenter.accounts.rules import SESSION_LIFETIME, Role, SignedIn, is_from_own_pages, is_own_origin
from callcenter.accounts.schemas import AccessEntry, AccessPage, Credentials, CurrentUser
from callcenter.dependencies import Before, Now, OpenDatabase, Transaction
from callcenter.errors import NotSignedInError, RefusedError

COOKIE = "callcenter_session"

_cookie = APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="browser", description="Set by POST /api/v1/session.")
_bearer = HTTPBearer(auto_error=False, scheme_name="script", description="Made by `callcenter user token`.")

Cookie = Annotated[str | None, Security(_cookie)]
Bearer = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


def refuse_foreign_pages(request: Request) -> None:
    """Raises RefusedError for a writing request that a page of another site made the browser send."""
    if not is_from_own_pages(
        method=request.method,
        host=request.headers.get("host", ""),
        origin=request.headers.get("origin"),
        fetch_site=request.headers.get("sec-fetch-site"),
    ):
        raise RefusedError("A request with a cookie must come from a page of this site; scripts use a token.")


async def get_signed_in(request: Request, database: OpenDatabase, now: Now, cookie: Cookie, bearer: Bearer) -> SignedIn:
    """Who makes the request; a token goes before a cookie. Raises NotSignedInError, RefusedError."""
    user: SignedIn | None = None
    if bearer is not None:
        user = await service.find_script(database, token=bearer.credentials)
    elif cookie is not None:
        user = await service.find_browser(database, token=cookie, at=now)
        if user is not None:
            refuse_foreign_pages(request)
    if user is None:
        raise NotSignedInError
    return user


def refuse_foreign_readers(request: Request) -> None:
    """Raises RefusedError for a page of another site; for streams, which cost us something while they last."""
    origin = request.headers.get("origin")
    if origin is not None and not is_own_origin(host=request.headers.get("host", ""), origin=origin):
        raise RefusedError("Only pages of this site may read this.")


async def sign_in_socket(websocket: WebSocket, role: Role) -> SignedIn:
    """Who opens a WebSocket, before it is accepted. Raises NotSignedInError, RefusedError.

    A browser sends the cookie along for the page of any site and lets that read the answers, so with a cookie `Origin`
    must be ours (CWE-1385).
    """
    state, headers = websocket.app.state, websocket.headers
    scheme, _, token = headers.get("authorization", "").partition(" ")
    cookie = websocket.cookies.get(COOKIE)
    user: SignedIn | None = None
    if scheme.lower() == "bearer" and token:
        user = await service.find_script(state.database, token=token)
    elif cookie is not None:
        user = await service.find_browser(state.database, token=cookie, at=state.now())
        if user is not None and not is_own_origin(host=headers.get("host", ""), origin=headers.get("origin", "")):
            raise RefusedError("A WebSocket with a cookie must come from a page of this site; scripts use a token.")
    if user is None:
        raise NotSignedInError
    if not user.role.includes(role):
        raise RefusedError(f"Only the role {role} may do this.")
    return user


def require(role: Role) -> Callable[[SignedIn], Awaitable[SignedIn]]:
    """Dependency of a route for users who have `role` or one that includes it; gives the user."""

    async def check(user: Annotated[SignedIn, Depends(get_signed_in)]) -> SignedIn:
        if not user.role.includes(role):
            raise RefusedError(f"Only the role {role} may do this.")
        return user

    return check


Agent = Annotated[SignedIn, Depends(require(Role.AGENT))]
Supervisor = Annotated[SignedIn, Depends(require(Role.SUPERVISOR))]
Admin = Annotated[SignedIn, Depends(require(Role.ADMIN))]

router = APIRouter(tags=["accounts"])


@router.post("/session", status_code=201, dependencies=[Depends(refuse_foreign_pages)])
async def sign_in(
    credentials: Credentials, request: Request, response: Response, database: OpenDatabase, now: Now
) -> CurrentUser:
    """Sign a browser in: its session is in an HttpOnly cookie."""
    user, token = await service.sign_in(
        database,
        name=credentials.name,
        password=credentials.password.get_secret_value(),
        address=request.client.host if request.client else "",
        at=now,
    )
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.app.state.settings.cookie_secure,
    )
    return CurrentUser(name=user.name, role=user.role)


@router.get("/session")
async def get_current_user(user: Agent) -> CurrentUser:
    """Who is signed in."""
    return CurrentUser(name=user.name, role=user.role)


@router.delete("/session", status_code=204, dependencies=[Depends(require(Role.AGENT))])
async def sign_out(response: Response, database: OpenDatabase, cookie: Cookie) -> None:
    """Sign this browser out."""
    if cookie is not None:
        await service.sign_out(database, token=cookie)
    response.delete_cookie(COOKIE)


@router.get("/access-log", dependencies=[Depends(require(Role.ADMIN))])
async def list_accesses(
    session: Transaction,
    before: Before = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AccessPage:
    """Who saw what unmasked, newest first."""
    rows = await store.list_accesses(session, before=before, limit=limit)
    items = [
        AccessEntry(id=access.id, user=name, what=access.what, subject=access.subject, at=access.at)
        for access, name in rows
    ]
    return AccessPage(items=items, next_before=items[-1].id if len(items) == limit else None)
