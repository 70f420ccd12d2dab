"""A small AMI server on loopback that misbehaves on demand."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

from callcenter.pbx.session import Patience

BANNER = b"Asterisk Call Manager/9.0.0\r\n"
LIMIT = 30.0
"""Seconds after which a condition that was waited for has failed."""

HASTE = Patience(
    answer=timedelta(seconds=0.5),
    ping_every=timedelta(seconds=0.05),
    unanswered_pings=8,
    retry_first=timedelta(seconds=0.02),
    retry_longest=timedelta(seconds=0.2),
    retry_refused=timedelta(seconds=0.2),
)
"""For tests: what takes seconds in life takes some hundredths of one."""


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition, with a limit."""
    async with asyncio.timeout(LIMIT):
        while not condition():
            await asyncio.sleep(0.005)


def message(*headers: tuple[str, str]) -> bytes:
    """One message as Asterisk writes it."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode() + b"\r\n"


@dataclass
class Connection:
    """One client, as the server sees it."""

    writer: asyncio.StreamWriter
    actions: list[dict[str, str]] = field(default_factory=list)
    is_gone: bool = False
    _speaking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    async def say_in_pieces(self, *pieces: bytes) -> None:
        """Each piece in a packet of its own, and no answer in between."""
        async with self._speaking:
            for piece in pieces:
                self.writer.write(piece)
                await self.writer.drain()
                await asyncio.sleep(0.01)

    async def answer(self, data: bytes) -> None:
        async with self._speaking:
            self.writer.write(data)

    def drop(self) -> None:
        """As a PBX that dies: no answer, no farewell, a reset."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def hang_up(self) -> None:
        """As a PBX that ends the session."""
        self.writer.close()

    def names(self) -> list[str]:
        """The actions received, without the pings."""
        return [action["Action"] for action in self.actions if action["Action"] != "Ping"]


class FakeAmi:
    """Answers like Asterisk; `answers` replaces single actions, None as an answer is silence."""

    def __init__(self) -> None:
        self.connections: list[Connection] = []
        self.secret = "right"
        self.is_mute = False
        self.banner: tuple[bytes, ...] = (BANNER,)
        self.behind_login = b""
        """Said in the same packet as the answer to the login."""
        self.answers: dict[str, bytes | None] = {}
        self.channels: list[str] = []
        self.raw_actions: list[str] = []
        self.told_on_setvar = b""
        """An event that every connection hears when one sets a variable."""
        self.port = 0

    @property
    def actions(self) -> list[str]:
        """Everything received on every connection, in order, without the pings."""
        return [name for connection in self.connections for name in connection.names()]

    @classmethod
    @asynccontextmanager
    async def serving(cls) -> AsyncIterator[Self]:
        fake = cls()
        server = await asyncio.start_server(fake._serve, "127.0.0.1", 0)
        fake.port = server.sockets[0].getsockname()[1]
        try:
            yield fake
        finally:
            server.close()
            for connection in fake.connections:
                connection.hang_up()
            await server.wait_closed()
            await until(lambda: all(connection.is_gone for connection in fake.connections))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(writer)
        self.connections.append(connection)
        try:
            await connection.say_in_pieces(*self.banner)
            while True:
                block = await reader.readuntil(b"\r\n\r\n")
                action = dict(line.split(": ", 1) for line in block.decode().strip().split("\r\n"))
                connection.actions.append(action)
                if action["Action"] != "Ping":
                    self.raw_actions.append(block.decode())
                answer = None if self.is_mute else self._answer(action)
                if answer is not None:
                    await connection.answer(answer)
                if action["Action"] == "Setvar":
                    for other in self.connections:
                        other.say(self.told_on_setvar)
                if action["Action"] == "Login" and action["Secret"] != self.secret:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            connection.is_gone = True

    def _answer(self, action: dict[str, str]) -> bytes | None:
        name = action["Action"]
        action_id = ("ActionID", action["ActionID"])
        if name in self.answers:
            answer = self.answers[name]
            return None if answer is None else answer.replace(b"ACTIONID", action["ActionID"].encode())
        if name == "Login" and action["Secret"] != self.secret:
            return message(("Response", "Error"), action_id, ("Message", "Authentication failed"))
        if name == "Login":
            accepted = message(("Response", "Success"), action_id, ("Message", "Authentication accepted"))
            return accepted + self.behind_login
        if name == "CoreShowChannels":
            return self._channel_list(action_id)
        return message(("Response", "Success"), action_id)

    def _channel_list(self, action_id: tuple[str, str]) -> bytes:
        begin = message(("Response", "Success"), action_id, ("EventList", "start"), ("Message", "Channels will follow"))
        listed = [
            message(("Event", "CoreShowChannel"), action_id, ("Channel", f"PJSIP/{uniqueid}"), ("Uniqueid", uniqueid))
            for uniqueid in self.channels
        ]
        end = message(("Event", "CoreShowChannelsComplete"), action_id, ("EventList", "Complete"))
        return begin + b"".join(listed) + end


@asynccontextmanager
async def running(run: Awaitable[None], close: Callable[[], Awaitable[None]]) -> AsyncIterator[asyncio.Future[None]]:
    """A login kept up for the length of a test; a defect in it fails the test."""
    task = asyncio.ensure_future(run)
    try:
        yield task
    finally:
        await close()
        async with asyncio.timeout(LIMIT):
            await task
