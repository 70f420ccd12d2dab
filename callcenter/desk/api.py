"""What concerns the user who is signed in, over HTTP: once, and over a WebSocket."""

from __future__ import annotations

from fastapi import APIRouter, Request, WebSocket
from starlette.requests import HTTPConnection

from callcenter.accounts.api import SignedInUser, require, secret_of
from callcenter.accounts.passwords import hash_token
from callcenter.accounts.rights import Right, SignedIn, Viewer
from callcenter.desk.inputs import DeskViewer
from callcenter.desk.live_desks import LiveDesks, read_desk
from callcenter.desk.schemas import DeskSnapshot
from callcenter.error_codes import ErrorCode
from callcenter.errors import RefusedError
from callcenter.http.dependencies import Now, OpenDatabase
from callcenter.wallboard.feed import Feed
from callcenter.wallboard.sockets import EventId, serve

router = APIRouter(tags=["agents"])


@router.get("/me", dependencies=[require(Right.SEE_AGENTS)])
async def get_desk(user: SignedInUser, database: OpenDatabase, now: Now, request: Request) -> DeskSnapshot:
    """Your seat, calls, dial and claims, how many alarms there are, and whether lists have changed."""
    document = await read_desk(database, request.app.state.settings, _desk_viewer(user, request), now)
    return DeskSnapshot.model_validate({"board": None, "sequence": None, "document": document})


@router.websocket("/me/live")
async def stream_desk(websocket: WebSocket, after: EventId = None) -> None:
    """The same as it changes. A browser comes with its cookie from a page of ours, a script with its token."""
    desks: LiveDesks = websocket.app.state.desks

    async def open_feed(viewer: Viewer) -> Feed:
        if not isinstance(viewer, SignedIn):
            raise RefusedError("A screen has no desk.", code=ErrorCode.NOT_FOR_SCREENS)
        return await desks.open(_desk_viewer(viewer, websocket))

    await serve(websocket, Right.SEE_AGENTS, open_feed, after)


def _desk_viewer(user: SignedIn, connection: HTTPConnection) -> DeskViewer:
    return DeskViewer(user_id=user.user_id, holder=hash_token(secret_of(connection)))
