"""Screens on the wall: let in by a link for good, shown the wallboard and nothing else, ended at once."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from importlib.metadata import version
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import text
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from callcenter.accounts.passwords import hash_token
from callcenter.accounts.rights import Role
from callcenter.accounts.service import disable_user
from callcenter.app import create_app
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from callcenter.wallboard.live_board import LiveBoard
from tests.integration.conftest import NOW, PASSWORD, Clock

OWN = {"Origin": "http://callcenter.test"}
SCREENS = "/api/v1/screens"
OPEN = "/api/v1/session/screen"
BOARD = "/api/v1/wallboard"
ENDS_WITHIN = 10.0


@pytest.fixture
def supervisor(as_role: dict[Role, dict[str, str]]) -> dict[str, str]:
    return as_role[Role.SUPERVISOR]


async def make(client: httpx.AsyncClient, headers: dict[str, str], name: str = "大厅") -> dict[str, Any]:
    made = await client.post(SCREENS, json={"name": name, "queues": ["hotline"]}, headers=headers)
    assert made.status_code == 201, made.text
    return dict(made.json())


async def test_a_link_is_shown_once_kept_as_a_hash_and_opens_a_session_that_does_not_run_out(
    client: httpx.AsyncClient, supervisor: dict[str, str], database: Database, clock: Clock
) -> None:
    made = await make(client, supervisor)
    secret = made.pop("secret")
    assert made == {"id": made["id"], "name": "大厅", "queues": ["hotline"]}
    async with database.sessions.begin() as session:
        kept = (await session.execute(text("SELECT * FROM screens WHERE name = '大厅'"))).one()
        assert secret not in str(kept)
        assert kept.secret_hash == hash_token(secret)

    opened = await client.post(OPEN, json={"secret": secret}, headers=OWN)
    assert (opened.status_code, opened.json()) == (
        201,
        {
            "name": "大厅",
            "queues": ["hotline"],
            "timezone": "Asia/Shanghai",
            "server_time": "2026-11-23T08:00:00.000Z",
            "version": version("callcenter"),
        },
    )
    (cookie,) = opened.headers.get_list("set-cookie")
    assert cookie.startswith(f"callcenter_screen={secret}; HttpOnly; Max-Age=34560000; Path=/; SameSite=strict")
    clock.now += timedelta(days=3000)
    assert (await client.get(BOARD)).status_code == 200
    assert (await client.get("/api/v1/session")).json()["code"] == "not_for_screens"
    assert (await client.get("/api/v1/metric-definitions")).json()["code"] == "right_required"


async def test_a_revoked_screen_sees_nothing_more_and_its_link_opens_nothing(
    client: httpx.AsyncClient, supervisor: dict[str, str], as_role: dict[Role, dict[str, str]]
) -> None:
    made = await make(client, supervisor)
    await client.post(OPEN, json={"secret": made["secret"]}, headers=OWN)
    listed = (await client.get(SCREENS, headers=supervisor)).json()
    assert [(screen["name"], screen["created_by"]) for screen in listed["items"]] == [
        ("hall", "mei-admin"),
        ("大厅", "mei-supervisor"),
    ]
    assert listed["items"][1]["last_seen_at"] == "2026-11-23T08:00:00.000Z"
    assert (await client.delete(f"{SCREENS}/{made['id']}", headers=supervisor)).status_code == 204
    assert (await client.delete(f"{SCREENS}/{made['id']}", headers=supervisor)).status_code == 404

    assert (await client.get(BOARD)).status_code == 401
    again = await client.post(OPEN, json={"secret": made["secret"]}, headers=OWN)
    assert (again.status_code, again.json()["code"]) == (401, "screen_link_invalid")
    log = (await client.get("/api/v1/access-log", headers=as_role[Role.ADMIN])).json()["items"]
    assert [(entry["user"], entry["what"], entry["subject"]) for entry in log] == [
        ("mei-supervisor", "screen revoked", f"screens/{made['id']} 大厅"),
        ("mei-supervisor", "new screen", f"screens/{made['id']} 大厅"),
    ]
    assert made["secret"] not in str(log)


async def test_a_name_is_taken_once_and_a_link_is_opened_by_our_own_pages_only(
    client: httpx.AsyncClient, supervisor: dict[str, str]
) -> None:
    made = await make(client, supervisor)
    twice = await client.post(SCREENS, json={"name": "大厅"}, headers=supervisor)
    assert (twice.status_code, twice.json()["code"], twice.json()["params"]) == (409, "screen_exists", {"name": "大厅"})
    foreign = await client.post(OPEN, json={"secret": made["secret"]}, headers={"Origin": "http://evil.test"})
    assert foreign.status_code == 403


async def test_a_user_who_opens_a_link_stays_signed_in_and_the_screen_outlasts_the_user(
    client: httpx.AsyncClient, supervisor: dict[str, str], database: Database
) -> None:
    made = await make(client, supervisor)
    body = {"name": "mei-supervisor", "password": PASSWORD}
    assert (await client.post("/api/v1/session", json=body, headers=OWN)).status_code == 201
    assert (await client.post(OPEN, json={"secret": made["secret"]}, headers=OWN)).status_code == 201
    assert (await client.get("/api/v1/session")).json()["name"] == "mei-supervisor"
    await disable_user(database, name="mei-supervisor", at=NOW)
    assert (await client.get("/api/v1/session")).status_code == 403
    assert (await client.get(BOARD)).status_code == 200


async def test_nobody_becomes_a_screen_by_a_role(
    client: httpx.AsyncClient, as_role: dict[Role, dict[str, str]]
) -> None:
    admin = as_role[Role.ADMIN]
    new = {"name": "wall", "password": PASSWORD, "role": "screen"}
    assert (await client.post("/api/v1/users", json=new, headers=admin)).status_code == 422
    changed = await client.put("/api/v1/users/mei-agent/role", json={"role": "screen"}, headers=admin)
    assert changed.status_code == 422


@pytest.fixture
async def host(database: Database, clock: Clock) -> AsyncIterator[str]:
    """Where a server with a live board is."""
    settings = Settings(cookie_secure=False)
    board = LiveBoard(database=database, settings=settings)
    board.feed.publish({"calls": {}})
    app: FastAPI = create_app(database=database, settings=settings, live_board=board, now=lambda: clock.now)
    with socket.create_server(("127.0.0.1", 0)) as bound:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="websockets-sansio"))
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        yield f"127.0.0.1:{bound.getsockname()[1]}"
        server.should_exit = True
        await serving


async def open_socket(host: str, cookie: str) -> ClientConnection:
    headers = {"Cookie": cookie, "Origin": f"http://{host}"}
    opened = await connect(f"ws://{host}{BOARD}/live", additional_headers=headers, proxy=None)
    assert '"type":"snapshot"' in str(await opened.recv())
    return opened


async def test_the_open_socket_of_a_revoked_screen_ends_with_a_code_that_says_so_and_others_stay(
    host: str, supervisor: dict[str, str]
) -> None:
    async with httpx.AsyncClient(base_url=f"http://{host}", timeout=30) as client:
        gone, kept = [await make(client, supervisor, name) for name in ("one", "two")]
        # beside an old session that is over, as of somebody who once signed in at this browser
        cookies = [f"callcenter_session=over; callcenter_screen={made['secret']}" for made in (gone, kept)]
        async with await open_socket(host, cookies[0]) as first, await open_socket(host, cookies[1]) as second:
            assert (await client.delete(f"{SCREENS}/{gone['id']}", headers=supervisor)).status_code == 204
            async with asyncio.timeout(ENDS_WITHIN):
                with pytest.raises(ConnectionClosed) as ended:
                    await first.recv()
            assert ended.value.rcvd is not None
            assert ended.value.rcvd.code == 4401
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(2):
                    await second.recv()
