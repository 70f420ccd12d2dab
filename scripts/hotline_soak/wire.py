"""A wire between the backend and the PBX's manager interface that can be cut, held, slowed down, throttled and torn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK = 16 * 1024
LONGEST_PIPE = 64
"""Chunks on their way; a sender of more has to wait, as on any link."""

SHORTEST_TORN = 40

Pipe = asyncio.Queue[tuple[float, bytes]]


class Wire:
    """Forwards connections. `is_held`: bytes vanish both ways, no FIN. `pace`: bytes a second, None for no limit.

    `delay`: seconds that every byte needs each way.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.is_held = False
        self.is_refusing = False
        self.is_tearing = False
        self.pace: int | None = None
        self.delay = 0.0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the backend."""
        if self.is_refusing:
            writer.close()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            writer.close()
            return
        self._writers |= {writer, far_writer}
        there: Pipe = asyncio.Queue(LONGEST_PIPE)
        back: Pipe = asyncio.Queue(LONGEST_PIPE)
        filling = [asyncio.create_task(self._fill(*way)) for way in ((reader, there), (far_reader, back))]
        emptying = [asyncio.create_task(self._empty(*way)) for way in ((there, far_writer), (back, writer))]
        await asyncio.wait(emptying, return_when=asyncio.FIRST_COMPLETED)
        for task in (*filling, *emptying):
            task.cancel()
        for end in (writer, far_writer):
            self._writers.discard(end)
            end.close()

    def cut(self) -> None:
        """End every connection at once."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _fill(self, reader: asyncio.StreamReader, pipe: Pipe) -> None:
        """Bytes go into the pipe with the moment at which they may leave it; empty bytes are the end."""
        loop = asyncio.get_running_loop()
        with suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                await pipe.put((loop.time() + self.delay, data))
        await pipe.put((loop.time() + self.delay, b""))

    async def _empty(self, pipe: Pipe, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        with suppress(ConnectionError):
            while True:
                due, data = await pipe.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                if not data:
                    return
                if self.is_held:
                    continue
                if self.is_tearing and len(data) > SHORTEST_TORN:
                    self.is_tearing = False
                    writer.write(data[: len(data) // 2])
                    await writer.drain()
                    return
                writer.write(data)
                await writer.drain()
                if self.pace is not None:
                    await asyncio.sleep(len(data) / self.pace)


@asynccontextmanager
async def wire_to(host: str, port: int) -> AsyncIterator[Wire]:
    """A wire on a free port of loopback."""
    wire = Wire(host, port)
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    try:
        wire.port = server.sockets[0].getsockname()[1]
        yield wire
    finally:
        server.close()
        wire.cut()
