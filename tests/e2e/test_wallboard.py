"""Live screens on the real backend and a real Asterisk."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from callcenter.wallboard.json_patch import Document, apply
from hotline_demo.backend import SUPERVISOR, Backend
from hotline_lab.asterisk import Lab
from hotline_lab.play import play
from hotline_lab.scenario import load_scenario
from tests.e2e.places import backend_on, fresh_home

NUMBER = 4
LIMIT_SECONDS = 30.0
STOP_SECONDS = 8.0


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as folder:
        yield folder


class Screen:
    """What a client pieces together, and everything it ever showed in the queue."""

    def __init__(self) -> None:
        self.document: Document = {}
        self.name = ""
        self.kinds: list[str] = []
        self.waited: list[Document] = []

    def take(self, text: str) -> None:
        told = json.loads(text)
        self.kinds.append(told["type"])
        self.name = f"{told['board']}:{told['sequence']}"
        if told["type"] == "snapshot":
            self.document = told["document"]
        else:
            apply(self.document, told["changes"])
        self.waited += self.document["calls"]["waiting"].values()

    async def read(self, socket: ClientConnection) -> None:
        while self.document.get("today", {}).get("total", {}).get("missed_by_kind") != {"abandoned_queue": 1}:
            self.take(str(await socket.recv()))


def live(backend: Backend, token: str, after: str = "") -> Any:
    address = backend.address.replace("http", "ws", 1)
    headers = {"Authorization": f"Bearer {token}"}
    return connect(f"{address}/api/v1/wallboard/live?after={after}", additional_headers=headers)


async def test_a_screen_shows_a_caller_wait_and_give_up_and_gets_what_it_missed(tmp_path: Path, home: Path) -> None:
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab, backend_on(lab, home) as backend:
        token = (await backend.run("user", "token", SUPERVISOR, "screen")).strip()
        with pytest.raises(InvalidStatus, match="401"):
            await live(backend, "wrong")
        screen = Screen()
        async with asyncio.timeout(LIMIT_SECONDS), live(backend, token) as socket:
            playing = asyncio.create_task(play(load_scenario("caller_hangs_up_in_queue"), lab))
            await screen.read(socket)
        await playing
        assert screen.kinds[0] == "snapshot"
        assert set(screen.kinds[1:]) == {"delta"}
        assert {told["queue"] for told in screen.waited} == {"hotline"}
        assert not screen.document["calls"]["is_blind"]

        async with asyncio.timeout(LIMIT_SECONDS), live(backend, token, screen.name) as socket:
            screen.take(str(await socket.recv()))
        assert screen.kinds[-1] == "delta", "it goes on where it was"

        events = await asyncio.to_thread(read_events, backend, token, 2)
        assert [event.splitlines()[1] for event in events] == ["event: snapshot", "event: delta"]
        assert json.loads(events[0].splitlines()[2].removeprefix("data: "))["board"] == screen.name.split(":")[0]


def read_events(backend: Backend, token: str, count: int) -> list[str]:
    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"{backend.address}/api/v1/wallboard/events", headers=headers)
    events: list[str] = []
    lines: list[str] = []
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        while len(events) < count:
            line = answer.readline().decode()
            if line != "\n":
                lines.append(line.rstrip("\n"))
            elif lines:
                events.append("\n".join(lines))
                lines = []
    return events


async def test_open_screens_do_not_keep_the_backend_from_ending(tmp_path: Path, home: Path) -> None:
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab, backend_on(lab, home) as backend:
        token = (await backend.run("user", "token", SUPERVISOR, "screen")).strip()
        async with live(backend, token) as socket:
            await socket.recv()
            stream = asyncio.create_task(asyncio.to_thread(read_to_end, backend, token))
            await asyncio.sleep(0)
            async with asyncio.timeout(LIMIT_SECONDS):
                while (
                    'callcenter_http_request_seconds_count{operation="GET /api/v1/wallboard/events"'
                    not in await backend.text("/metrics")
                ):
                    await asyncio.sleep(0.05)
            async with asyncio.timeout(STOP_SECONDS):
                await backend.stop()
                await stream
                with suppress(ConnectionClosed):
                    async for _ in socket:
                        pass
                await socket.wait_closed()
        told = (home / "log").read_text()
        assert "Traceback" not in told, told


def read_to_end(backend: Backend, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"{backend.address}/api/v1/wallboard/events", headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        while answer.readline():
            pass
