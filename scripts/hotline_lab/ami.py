"""A small AMI client for the lab: log in, send an action, wait for an event, keep the bytes."""

import asyncio
from typing import BinaryIO, Self

from .errors import LabError


class AmiClient:
    """One AMI session. All bytes that the server sends can be copied to `tap`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tap: BinaryIO | None) -> None:
        self._reader = reader
        self._writer = writer
        self._tap = tap

    @classmethod
    async def login(cls, host: str, port: int, user: str, secret: str, *, tap: BinaryIO | None = None) -> Self:
        """Connect and log in. Raises OSError while the port is closed, LabError when the login is refused."""
        reader, writer = await asyncio.open_connection(host, port, limit=1 << 20)
        client = cls(reader, writer, tap)
        banner = await client._read_until(b"\r\n")
        if not banner.startswith(b"Asterisk Call Manager"):
            raise LabError(f"Port {port} does not speak AMI.")
        answer = await client.action("Login", Username=user, Secret=secret)
        if answer.get("Response") != "Success":
            raise LabError(f"Asterisk refused the AMI login {user}.")
        return client

    async def action(self, action: str, **headers: str) -> dict[str, str]:
        """Send one action and return its response; events that arrive before it are only tapped."""
        fields = {"Action": action, "ActionID": f"lab-{action}"} | headers
        if any("\r" in value or "\n" in value for value in fields.values()):
            raise LabError("An AMI value must not contain a line break.")
        self._writer.write("".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode() + b"\r\n")
        await self._writer.drain()
        while True:
            message = await self.next_message()
            if "Response" in message and message.get("ActionID") == fields["ActionID"]:
                return message

    async def list(self, action: str, *, until: str) -> list[dict[str, str]]:
        """The events of an action's answer, up to the one named `until`."""
        await self.action(action)
        found = []
        while (message := await self.next_message()).get("Event") != until:
            if message.get("ActionID") == f"lab-{action}":
                found.append(message)
        return found

    async def wait_for(self, event: str) -> dict[str, str]:
        """The next event of this name."""
        while True:
            message = await self.next_message()
            if message.get("Event") == event:
                return message

    async def next_message(self) -> dict[str, str]:
        """One message; of a header that comes twice the first. `EOFError` at the end of the session."""
        message: dict[str, str] = {}
        for line in (await self._read_until(b"\r\n\r\n")).decode(errors="replace").split("\r\n"):
            name, colon, value = line.partition(":")
            if colon:
                message.setdefault(name, value.strip())
        return message

    async def close(self) -> None:
        """Close the connection without a Logoff."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:
            return

    async def _read_until(self, end: bytes) -> bytes:
        data = await self._reader.readuntil(end)
        if self._tap is not None:
            self._tap.write(data)
        return data
