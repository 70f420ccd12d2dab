"""A wire between the backend and the PBX's manager interface that can be cut, held, throttled and torn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK = 16 * 1024


class Wire:
    """Forwards connections. `is_held`: bytes vanish both ways, no FIN. `pace`: bytes a second, None for no limit."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.is_held = False
        self.is_refusing = False
        self.is_tearing = False
        self.pace: int | None = None

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
        ways = [
            asyncio.create_task(self._forward(reader, far_writer)),
            asyncio.create_task(self._forward(far_reader, writer)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for end in (writer, far_writer):
            self._writers.discard(end)
            end.close()

    def cut(self) -> None:
        """End every connection at once."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while data := await reader.read(CHUNK):
                if self.is_held:
                    continue
                if self.is_tearing and len(data) > 40:
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
