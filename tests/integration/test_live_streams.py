"""Open wallboards end with the right to see them, and one user cannot take all places. On a real server."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from callcenter.accounts import live_streams, service, store
from callcenter.accounts.rights import Role, SignedIn
from callcenter.accounts.rules import SESSION_IDLE
from callcenter.app import create_app
from callcenter.errors import TooManyStreamsError
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from callcenter.wallboard.live_board import LiveBoard
from tests.integration.conftest import NOW, PASSWORD, Clock

PLACES = 3
ENDS_WITHIN = 10.0
"""Seconds; it takes one, on a machine that is not busy."""


@pytest.fixture
def app(database: Database, clock: Clock) -> FastAPI:
    settings = Settings(data_dir=Path("/nowhere"), cookie_secure=False, live_views_per_user=PLACES)
    board = LiveBoard(database=database, settings=settings)
    board.feed.publish({"calls": {}})
    return create_app(database=database, settings=settings, live_board=board, now=lambda: clock.now)


@pytest.fixture
async def host(app: FastAPI) -> AsyncIterator[str]:
    """Where the server is."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="websockets-sansio"))
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        yield f"127.0.0.1:{bound.getsockname()[1]}"
        server.should_exit = True
        await serving


async def open_socket(host: str, headers: dict[str, str]) -> ClientConnection:
    opened = await connect(f"ws://{host}/api/v1/wallboard/live", additional_headers=headers, proxy=None)
    assert '"type":"snapshot"' in str(await opened.recv())
    return opened


async def is_ended(opened: ClientConnection) -> bool:
    async with asyncio.timeout(ENDS_WITHIN):
        try:
            await opened.recv()
        except ConnectionClosed:
            return True
    return False


async def test_a_disabled_users_socket_and_event_stream_end_at_once_and_others_stay(
    host: str, database: Database, as_role: dict[Role, dict[str, str]]
) -> None:
    async with AsyncExitStack() as stack, httpx.AsyncClient(base_url=f"http://{host}", timeout=30) as client:
        agents = await stack.enter_async_context(await open_socket(host, as_role[Role.AGENT]))
        supervisors = await stack.enter_async_context(await open_socket(host, as_role[Role.SUPERVISOR]))
        path = "/api/v1/wallboard/events"
        async with client.stream("GET", path, headers=as_role[Role.AGENT]) as events:
            lines = events.aiter_lines()
            assert (await anext(lines)).startswith("id: ")
            await service.disable_user(database, name="mei-agent", at=NOW)
            assert await is_ended(agents)
            async with asyncio.timeout(ENDS_WITHIN):
                async for _ in lines:
                    pass
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2 * live_streams.LOOK_SECONDS):
                await supervisors.recv()


@pytest.mark.parametrize("way", ["token revoked", "token expired", "signed out", "password changed", "left alone"])
async def test_a_stream_ends_with_the_token_or_session_that_opened_it(
    host: str, database: Database, as_role: dict[Role, dict[str, str]], clock: Clock, way: str
) -> None:
    origin = {"Origin": f"http://{host}"}
    async with AsyncExitStack() as stack, httpx.AsyncClient(base_url=f"http://{host}", timeout=30) as client:
        if way.startswith("token"):
            opened = await open_socket(host, as_role[Role.AGENT])
        else:
            body = {"name": "mei-agent", "password": PASSWORD}
            assert (await client.post("/api/v1/session", json=body, headers=origin)).status_code == 201
            cookie = f"callcenter_session={client.cookies['callcenter_session']}"
            opened = await open_socket(host, origin | {"Cookie": cookie})
        await stack.enter_async_context(opened)
        match way:
            case "token revoked":
                await service.revoke_token(database, user_name="mei-agent", token_name="test", at=NOW)
            case "token expired":
                clock.now += timedelta(days=90)
            case "signed out":
                assert (await client.delete("/api/v1/session", headers=origin)).status_code == 204
            case "password changed":
                await service.set_password(database, name="mei-agent", password="nine paper cranes", at=NOW)
            case _:
                clock.now += SESSION_IDLE
        assert await is_ended(opened)


async def test_one_user_has_so_many_places_and_leaves_the_others_to_others(
    host: str, as_role: dict[Role, dict[str, str]]
) -> None:
    async with AsyncExitStack() as stack, httpx.AsyncClient(base_url=f"http://{host}", timeout=30) as client:
        for _ in range(PLACES):
            await stack.enter_async_context(await open_socket(host, as_role[Role.AGENT]))
        with pytest.raises(InvalidStatus, match="429") as refused:
            await open_socket(host, as_role[Role.AGENT])
        answer = await client.get("/api/v1/wallboard/events", headers=as_role[Role.AGENT])
        assert (answer.status_code, answer.json()) == (
            429,
            {
                "type": "about:blank",
                "title": "Too Many Requests",
                "status": 429,
                "detail": "This user has too many live views open; close one.",
                "code": "too_many_streams",
                "params": {"retry_after": 5},
            },
        )
        assert answer.headers["retry-after"] == "5"
        assert json.loads(refused.value.response.body) == answer.json()
        assert refused.value.response.headers["retry-after"] == "5"
        await stack.enter_async_context(await open_socket(host, as_role[Role.SUPERVISOR]))
    async with asyncio.timeout(ENDS_WITHIN):
        while True:
            try:
                async with await open_socket(host, as_role[Role.AGENT]):
                    break
            except InvalidStatus:
                await asyncio.sleep(0.05)


async def test_while_the_database_is_away_streams_stay_and_a_defect_ends_them(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(live_streams, "LOOK_SECONDS", 0.01)
    errors: list[Exception] = [OSError("away")] * 3 + [KeyError("defect")]
    ended = asyncio.Event()

    async def fail(*_: object) -> set[bytes]:
        raise errors.pop(0)

    monkeypatch.setattr(store, "list_signed_in", fail)
    streams = live_streams.LiveStreams(database=database, per_user=1, clock=lambda: NOW)
    user = SignedIn(user_id=1, name="mei", role=Role.AGENT)
    with streams.place(user, "secret") as place:
        place.when_over(ended.set)
        with pytest.raises(TooManyStreamsError), streams.place(user, "secret"):
            pass
        async with asyncio.timeout(ENDS_WITHIN):
            await ended.wait()
    assert errors == []
    assert [record.message for record in caplog.records] == [
        "database_unavailable",
        "live_streams_ended",
    ]
