"""The HTTP server: clients cannot use up what the rest of the process needs.

A client that sends nothing, or sends slowly, is disconnected in time. Connections never take the last file handles,
which the ledger, the PBX and the database need.
"""

from __future__ import annotations

import asyncio
import errno
import resource
import socket
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import h11
import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from callcenter.errors import CallcenterError

log = structlog.stdlib.get_logger(__name__)

HEAD_SECONDS = 10.0
"""From the connection, or the answer before, to the end of a request's head."""
BODY_SECONDS = 30.0
"""From there to the end of its body, which is small (`app.LARGEST_BODY`)."""
MOST_CONNECTIONS = 4000
"""Wallboards included."""
RESERVED_FILES = 256
"""File handles for everything else: the database, the PBX, the ledger, sound files."""
WANTED_FILES = MOST_CONNECTIONS + 4 * RESERVED_FILES
LONGEST_LINE = 512
"""Connections that wait in the kernel until they are taken."""
ACCEPT_PAUSE = 1.0
"""Seconds, after there was no file handle or memory for another connection."""
FULL_PAUSE = 0.05
LARGEST_MESSAGE = 4096
"""Bytes. Clients have no messages to send over a WebSocket."""
FAREWELL_SECONDS = 5
"""How long requests under way may take when the server is stopped."""

_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_GONE = (errno.ECONNABORTED, errno.EPROTO, errno.EPERM, errno.ENETDOWN, errno.EHOSTUNREACH, errno.ENETUNREACH)
"""What accept says of a single connection (accept(2))."""


def allow_more_files() -> int:
    """Raise the soft limit of open files as far as it may be and is of use; what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(hard, WANTED_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return WANTED_FILES if soft == resource.RLIM_INFINITY else soft


def most_connections(files: int) -> int:
    """How many may be open with so many file handles: at most half of few."""
    return max(1, min(MOST_CONNECTIONS, max(files - RESERVED_FILES, files // 2)))


def open_listener(host: str, port: int) -> socket.socket:
    """The socket on which requests come in. Raises CallcenterError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.create_server(address[:2], family=family, backlog=LONGEST_LINE)
    except OSError:
        raise CallcenterError(
            f"The server cannot listen on {host}:{port}: the port is taken, or not allowed."
        ) from None
    listener.setblocking(False)
    return listener


async def answer(
    app: ASGIApp, listener: socket.socket, *, connections: int = MOST_CONNECTIONS, trusted_proxies: Sequence[str] = ()
) -> None:
    """Answer requests until cancelled; the listener stays open, for the next start.

    Only `trusted_proxies`, addresses or networks, are believed where a request comes from.
    """
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(trusted_proxies),
            forwarded_allow_ips=list(trusted_proxies),
            ws="websockets-sansio",
            ws_max_size=LARGEST_MESSAGE,
            # Every change would be compressed anew for every client.
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=FAREWELL_SECONDS,
        ),
        connections,
    )
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve(sockets=[]), name="http server")
            tasks.create_task(server.accept(listener), name="http accepting")
    finally:
        if server.started:
            with suppress(asyncio.CancelledError):
                await server.shutdown()


class _Server(uvicorn.Server):
    """Takes connections by itself; signals are the process's business, not the HTTP server's."""

    def __init__(self, config: uvicorn.Config, most: int) -> None:
        super().__init__(config)
        self._most = most
        self.silent: dict[_Connection, None] = {}
        """Connections whose request has not come yet, the oldest first."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def accept(self, listener: socket.socket) -> None:
        """Take connections, never more than there is room for."""
        loop = asyncio.get_running_loop()
        while not self.started:
            await asyncio.sleep(FULL_PAUSE)
        while True:
            try:
                taken, _ = await loop.sock_accept(listener)
            except OSError as error:
                if error.errno in _NO_ROOM:
                    log.warning("connections_refused", reason=error.strerror)
                    await asyncio.sleep(ACCEPT_PAUSE)
                elif error.errno not in _GONE:
                    raise
                continue
            try:
                await self._make_room()
                await loop.connect_accepted_socket(self._make_connection, taken)
            except OSError:
                taken.close()
            except asyncio.CancelledError:
                taken.close()
                raise

    async def _make_room(self) -> None:
        """Close the connection that has been silent for the longest; while all are being answered, wait."""
        while len(self.server_state.connections) >= self._most:
            if self.silent:
                next(iter(self.silent)).give_up()
                # the transport lets go of it in the next round of the loop
                await asyncio.sleep(0)
            else:
                log.warning("connections_used_up", limit=self._most)
                await asyncio.sleep(FULL_PAUSE)

    def _make_connection(self) -> _Connection:
        return _Connection(self)


class _Connection(H11Protocol):
    """Waits for a request's head, and for its body, only for so long."""

    def __init__(self, server: _Server) -> None:
        super().__init__(server.config, server.server_state, server.lifespan.state)
        self._silent = server.silent
        self._awaited: str | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_for(None)
        super().connection_lost(exc)

    def give_up(self) -> None:
        """Close the connection without an answer."""
        self._wait_for(None)
        self.connections.discard(self)
        self.transport.abort()

    def _watch(self) -> None:
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            self._wait_for(None)
        elif self.conn.their_state is h11.IDLE:
            self._wait_for("head")
        elif self.conn.their_state is h11.SEND_BODY:
            self._wait_for("body")
        else:
            self._wait_for(None)

    def _wait_for(self, what: str | None) -> None:
        if what == self._awaited:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._awaited = what
        self._silent.pop(self, None)
        if what is not None:
            seconds = HEAD_SECONDS if what == "head" else BODY_SECONDS
            self._timer = self.loop.call_later(seconds, self.give_up)
        if what == "head":
            self._silent[self] = None
