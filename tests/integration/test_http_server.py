"""Connections that say nothing, or say it slowly, take nothing from those who ask, nor from the rest of the process."""

from __future__ import annotations

import asyncio
import errno
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from callcenter.http import server
from callcenter.http.server import allow_more_files, answer, most_connections, open_listener

LIMIT = 30.0


@asynccontextmanager
async def answering(app: FastAPI, *, connections: int) -> AsyncIterator[int]:
    """The port."""
    with open_listener("127.0.0.1", 0) as listener:
        running = asyncio.create_task(answer(app, listener, connections=connections))
        try:
            yield listener.getsockname()[1]
        finally:
            running.cancel()
            await asyncio.wait({running})


def connect(port: int, said: bytes = b"") -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(said)
    return client


async def is_live(port: int) -> bool:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=LIMIT) as client:
        return (await client.get("/health/live")).status_code == 200


async def is_sent_away(client: socket.socket) -> bool:
    client.setblocking(False)
    async with asyncio.timeout(LIMIT):
        try:
            return await asyncio.get_running_loop().sock_recv(client, 1) == b""
        except ConnectionError:
            return True


async def test_many_silent_connections_keep_nobody_from_being_answered(app: FastAPI) -> None:
    async with answering(app, connections=50) as port:
        with ExitStack() as stack:
            silent = [stack.enter_context(connect(port, b"GET / HTTP/1.1\r\n" * (n % 2))) for n in range(400)]
            async with asyncio.timeout(LIMIT):
                assert await is_live(port)
            assert await is_sent_away(silent[0])
            assert await is_live(port)


@pytest.mark.parametrize(
    ("said", "constant"),
    [
        (b"", "HEAD_SECONDS"),
        (b"GET /health/live HTTP/1.1\r\nHost: x\r\n", "HEAD_SECONDS"),
        (b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET / HT", "HEAD_SECONDS"),
        (b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{", "BODY_SECONDS"),
    ],
)
async def test_whoever_does_not_finish_a_request_in_time_is_sent_away(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch, said: bytes, constant: str
) -> None:
    monkeypatch.setattr(server, constant, 0.3)
    async with answering(app, connections=50) as port:
        with connect(port, said) as client:
            client.setblocking(False)
            heard = b""
            loop = asyncio.get_running_loop()
            began = loop.time()
            async with asyncio.timeout(LIMIT):
                while True:
                    try:
                        piece = await loop.sock_recv(client, 65536)
                    except ConnectionError:
                        break
                    if not piece:
                        break
                    heard += piece
            assert loop.time() - began > 0.2
        assert heard.count(b"HTTP/1.1 200") == said.count(b"\r\n\r\nGET")


async def test_a_slow_trickle_of_header_lines_does_not_begin_the_time_anew(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.5)
    async with answering(app, connections=50) as port:
        with connect(port, b"GET /health/live HTTP/1.1\r\n") as client:
            is_open = True
            async with asyncio.timeout(LIMIT):
                while is_open:
                    try:
                        client.sendall(b"X-Line: 1\r\n")
                    except ConnectionError:
                        is_open = False
                    await asyncio.sleep(0.1)


async def test_without_a_file_handle_the_next_connection_waits_and_nothing_turns_in_circles(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ACCEPT_PAUSE", 0.2)
    loop = asyncio.get_running_loop()
    sock_accept, tries = loop.sock_accept, []

    async def accept(listener: socket.socket) -> Any:
        tries.append(loop.time())
        if len(tries) <= 3:
            raise OSError(errno.EMFILE, "Too many open files")
        return await sock_accept(listener)

    monkeypatch.setattr(loop, "sock_accept", accept)
    async with answering(app, connections=50) as port:
        assert await is_live(port)
    assert len(tries) <= 6
    assert tries[3] - tries[0] >= 0.5


async def test_the_soft_limit_of_files_is_raised_and_a_reserve_is_kept() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
        files = allow_more_files()
        assert files == resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(hard, server.WANTED_FILES)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert [most_connections(files) for files in (100, 512, 1024, 100_000)] == [50, 256, 768, 4000]
