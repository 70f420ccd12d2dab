"""The wallboard over HTTP: once, as Server-Sent Events, and over a WebSocket.

Numbers of customers are masked whoever asks: many people see a wallboard.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response, WebSocket
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from callcenter.accounts.api import CurrentViewer, refuse_foreign_readers, require, secret_of
from callcenter.accounts.live_streams import LiveStreams, Place
from callcenter.accounts.rights import Right, Viewer
from callcenter.error_codes import ErrorCode
from callcenter.errors import UnavailableError
from callcenter.http.dependencies import Now, OpenDatabase
from callcenter.wallboard.feed import Feed
from callcenter.wallboard.hours import HourCounts
from callcenter.wallboard.live_board import LiveBoard, read_document
from callcenter.wallboard.schemas import BoardHoursQuery, BoardHoursView, BoardSnapshot
from callcenter.wallboard.sockets import LONGEST_SECONDS, EventId, serve

router = APIRouter(tags=["wallboard"])


class NoLiveBoardError(UnavailableError):
    """There is no live wallboard here now."""

    default_code = ErrorCode.LIVE_VIEW_UNAVAILABLE


SILENCE_SECONDS = 15.0
"""Proxies take a longer one for an end."""
MOST_CLIENTS = 2000

_EVENTS: dict[int | str, dict[str, object]] = {
    200: {
        "description": "Events `snapshot` and `delta`, each with an id and one line of JSON.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.get("/wallboard", dependencies=[require(Right.SEE_BOARD)], response_model=BoardSnapshot)
async def get_board(request: Request, database: OpenDatabase, now: Now) -> Response:
    """What is going on now: calls, seats, today's figures, and how old each of them is."""
    feed = _live(request).feed
    if feed.document is not None:
        return Response(feed.snapshot().text, media_type="application/json")
    document = await read_document(database, request.app.state.settings, now)
    return JSONResponse({"type": "snapshot", "board": None, "sequence": None, "document": document})


@router.get("/wallboard/hours", dependencies=[require(Right.SEE_BOARD)])
async def get_board_hours(query: Annotated[BoardHoursQuery, Query()], now: Now, request: Request) -> BoardHoursView:
    """Each hour of today: calls offered and missed, and how many are usual on this day of the week."""
    counts: HourCounts = request.app.state.hours
    return BoardHoursView.of(await counts.read(now), query.queue)


@router.get(
    "/wallboard/events",
    dependencies=[Depends(refuse_foreign_readers), require(Right.SEE_BOARD)],
    response_class=StreamingResponse,
    responses=_EVENTS,
)
async def stream_events(
    request: Request,
    viewer: CurrentViewer,
    after: EventId = None,
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
) -> StreamingResponse:
    """A snapshot, then every change; with the id of the last event only what came after it, where that is known."""
    feed = _live(request).feed
    if not _takes_clients(feed):
        raise NoLiveBoardError
    return EventStream(feed, after or last_event_id, _streams(request).place(viewer, secret_of(request)))


@router.websocket("/wallboard/live")
async def stream_messages(websocket: WebSocket, after: EventId = None) -> None:
    """The same as messages. A browser comes with its cookie from a page of ours, a script with its token."""
    feed = _live(websocket).feed

    async def open_feed(_viewer: Viewer) -> Feed:
        if not _takes_clients(feed):
            raise NoLiveBoardError
        return feed

    await serve(websocket, Right.SEE_BOARD, open_feed, after)


class EventStream(StreamingResponse):
    """The board as Server-Sent Events, as long as it has its place."""

    def __init__(self, feed: Feed, after: str | None, place: AbstractContextManager[Place]) -> None:
        self._feed, self._after, self._place = feed, after, place
        super().__init__((), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises TooManyStreamsError before anything is sent."""
        with self._place as place:
            self.body_iterator = _events(self._feed, self._after, place)
            await super().__call__(scope, receive, send)


async def _events(feed: Feed, after: str | None, place: Place) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST_SECONDS
    with feed.connect(after) as client:
        place.when_over(client.close)
        while loop.time() < end:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    message = await client.next()
            except TimeoutError:
                yield b":\n\n"
                continue
            if message is None:
                return
            yield message.as_event


def _takes_clients(feed: Feed) -> bool:
    return feed.document is not None and feed.clients < MOST_CLIENTS


def _streams(connection: Request | WebSocket) -> LiveStreams:
    streams: LiveStreams = connection.app.state.streams
    return streams


def _live(connection: Request | WebSocket) -> LiveBoard:
    live: LiveBoard = connection.app.state.wallboard
    return live
