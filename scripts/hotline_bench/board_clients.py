"""Run as a process of its own: many screens on one wallboard.

    python -m hotline_bench.board_clients PORT TOKEN COUNT

Prints a line when all are connected. When stdin ends, prints the content of each distinct message and when each screen
received it, as JSON. A minimal WebSocket client (RFC 6455): a library would need more time than what is measured.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import time
from typing import Any

HANDSHAKE_SECONDS = 60.0
TEXT = 1


class BoardClient(asyncio.Protocol):
    """One screen: keeps every message with the moment of its arrival."""

    def __init__(self, request: bytes, messages: dict[bytes, list[float]]) -> None:
        self._request = request
        self._messages = messages
        self._buffer = bytearray()
        self._is_open = False
        self.has_snapshot = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        at = time.time()
        self._buffer += data
        if not self._is_open:
            head, separator, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not separator:
                return
            if b" 101 " not in head.splitlines()[0]:
                self.has_snapshot.set_exception(ConnectionError(head.decode()))
                return
            self._is_open = True
            self._buffer[:] = rest
        while (frame := self._next_frame()) is not None:
            kind, message = frame
            if kind == TEXT:
                self._messages.setdefault(message, []).append(at)
                if not self.has_snapshot.done():
                    self.has_snapshot.set_result(None)

    def _next_frame(self) -> tuple[int, bytes] | None:
        """Frames of a server: whole, not masked."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        begin, length = 2, buffer[1]
        if length == 126:
            begin, length = 4, int.from_bytes(buffer[2:4])
        elif length == 127:
            begin, length = 10, int.from_bytes(buffer[2:10])
        if len(buffer) < begin + length:
            return None
        kind, message = buffer[0] & 0x0F, bytes(buffer[begin : begin + length])
        del buffer[: begin + length]
        return kind, message


def changes_in(message: bytes) -> dict[str, list[str]] | None:
    """Moments of what began with this change, and the calls that were over with it."""
    content: dict[str, Any] = json.loads(message)
    if content["type"] != "delta":
        return None
    begun, gone = [], []
    for change in content["changes"]:
        _, *place = change["path"].replace("~1", "/").split("/calls/", 1)
        if not place or change["path"].count("/") != 3:
            continue
        group, _, call = place[0].partition("/")
        if change["op"] == "add":
            begun.append(change["value"]["waiting_since" if group == "waiting" else "started_at"])
        elif change["op"] == "remove" and group == "up":
            gone.append(call)
    return {"begun": begun, "gone": gone}


def handshake(port: str, token: str) -> bytes:
    """The request that opens a socket on the board."""
    return (
        f"GET /api/v1/wallboard/live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
        f"Sec-WebSocket-Version: 13\r\nAuthorization: Bearer {token}\r\n\r\n"
    ).encode()


async def main() -> None:
    """Until stdin ends."""
    port, token, count = sys.argv[1:4]
    request = handshake(port, token)
    loop = asyncio.get_running_loop()
    messages: dict[bytes, list[float]] = {}
    async with asyncio.timeout(HANDSHAKE_SECONDS):
        for _ in range(int(count)):
            _, client = await loop.create_connection(lambda: BoardClient(request, messages), "127.0.0.1", int(port))
            await client.has_snapshot
    print("connected", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    found = [
        {**content, "arrivals": arrivals}
        for message, arrivals in messages.items()
        if (content := changes_in(message)) is not None
    ]
    print(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main())
