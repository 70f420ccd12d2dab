"""A feed over a WebSocket: who may open it, and what ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from typing import Annotated

from fastapi import Query, WebSocket, WebSocketDisconnect

from callcenter.accounts.api import secret_of, sign_in_socket
from callcenter.accounts.live_streams import LiveStreams, Place
from callcenter.accounts.rights import Right, Viewer
from callcenter.errors import CallcenterError
from callcenter.http.problems import database_problem, problem_of
from callcenter.postgres.outages import DATABASE_ERRORS, is_outage
from callcenter.wallboard.feed import Client, Feed

LONGEST_SECONDS = 600.0
"""Then a client has to come back and is asked anew who it is; it gets what it missed."""
GOING_AWAY = 1001
SIGNED_OUT = 4401
"""The session, the token or the screen that opened the connection is over."""

EventId = Annotated[str | None, Query(max_length=64, description="`board:sequence` of the last message received.")]


async def serve(
    websocket: WebSocket, right: Right, open_feed: Callable[[Viewer], Awaitable[Feed]], after: str | None
) -> None:
    """Answer the handshake and send the feed that `open_feed` gives, or answer with what that raises."""
    streams: LiveStreams = websocket.app.state.streams
    with ExitStack() as stack:
        try:
            viewer = await sign_in_socket(websocket, right)
            place = stack.enter_context(streams.place(viewer, secret_of(websocket)))
            feed = await open_feed(viewer)
        except CallcenterError as error:
            await websocket.send_denial_response(problem_of(error, websocket.app.state.now()))
            return
        except DATABASE_ERRORS as error:
            if not is_outage(error):
                raise
            await websocket.send_denial_response(database_problem())
            return
        await _send_messages(websocket, feed, after, place)


async def _send_messages(websocket: WebSocket, feed: Feed, after: str | None, place: Place) -> None:
    await websocket.accept()
    with feed.connect(after) as client:
        place.when_over(client.close)
        listening = asyncio.create_task(_close_when_gone(websocket, client))
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                while (message := await client.next()) is not None:
                    await websocket.send_text(message.text)
        except (TimeoutError, WebSocketDisconnect):
            pass
        finally:
            listening.cancel()
            await asyncio.wait({listening})
    with suppress(RuntimeError, WebSocketDisconnect):  # it may be gone by itself
        await websocket.close(SIGNED_OUT if place.is_signed_out else GOING_AWAY)


async def _close_when_gone(websocket: WebSocket, client: Client) -> None:
    """What a client sends is passed over, but for the end of the connection, which arrives as a message too."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
    client.close()
