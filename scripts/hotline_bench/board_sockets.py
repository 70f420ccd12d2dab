"""Run as a process of its own: further screens on a wallboard, for as long as stdin is open; what they get is let go.

    python -m hotline_bench.board_sockets PORT TOKEN COUNT

Prints a line when all are connected. Sockets that the backend ends after ten minutes come back.
"""

from __future__ import annotations

import asyncio
import sys

from hotline_bench.board_clients import HANDSHAKE_SECONDS, BoardClient, handshake

RETRY_SECONDS = 0.5


class _Nowhere(dict[bytes, list[float]]):
    def setdefault(self, key: bytes, default: list[float] | None = None) -> list[float]:
        return []


class BoardSocket(BoardClient):
    """Keeps nothing, and says when it is over."""

    def __init__(self, request: bytes) -> None:
        super().__init__(request, _Nowhere())
        self.is_over = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_over.set()


async def main() -> None:
    """Until stdin ends."""
    port, token, count = sys.argv[1:4]
    request = handshake(port, token)
    connected = [asyncio.Event() for _ in range(int(count))]
    async with asyncio.TaskGroup() as tasks:
        kept = [tasks.create_task(_keep(int(port), request, event)) for event in connected]
        async with asyncio.timeout(HANDSHAKE_SECONDS):
            for event in connected:
                await event.wait()
        print("connected", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        for task in kept:
            task.cancel()


async def _keep(port: int, request: bytes, connected: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    while True:
        _, socket = await loop.create_connection(lambda: BoardSocket(request), "127.0.0.1", port)
        await socket.has_snapshot
        connected.set()
        await socket.is_over.wait()
        await asyncio.sleep(RETRY_SECONDS)


if __name__ == "__main__":
    asyncio.run(main())
