"""Without an Asterisk: the recorded captures, played over a real socket and a real ledger file.

For the backend there is no difference: it logs in over AMI and follows a growing CEL file.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from hotline_lab.paths import SCENARIOS
from hotline_lab.scenario import load_scenario

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
USER, SECRET = "callcenter", "recorded"
PAUSE_SECONDS = 0.5
"""The pause between two recorded calls; each call is played as fast as it can be read."""

_EPOCH = re.compile(rb"pbx1-(\d+)\.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """One capture: the AMI events, without banner and responses, and the ledger's rows."""

    name: str
    title: str
    events: bytes
    ledger: bytes


def recordings() -> list[Recording]:
    """All captures, oldest first, so that channel numbers grow as on one PBX."""
    found: list[tuple[int, Recording]] = []
    for path in SCENARIOS.glob("*/capture.ami"):
        parts = path.read_bytes().split(b"\r\n\r\n")
        others = (b"Asterisk Call Manager/", b"Response: ")
        events = b"".join(part + b"\r\n\r\n" for part in parts if part and not part.startswith(others))
        ledger = (path.parent / "cel.csv").read_bytes()
        epoch = _EPOCH.search(ledger)
        name = path.parent.name
        title = load_scenario(name).title
        recording = Recording(name=name, title=title, events=events, ledger=ledger)
        found.append((int(epoch[1]) if epoch else 0, recording))
    return [recording for _, recording in sorted(found, key=lambda pair: pair[0])]


class RecordedPbx:
    """A minimal AMI server: answers every action, then sends events."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger
        self._listeners: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.has_listener = asyncio.Event()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: every action succeeds, a list of channels is empty."""
        writer.write(BANNER)
        try:
            while True:
                action = (await reader.readuntil(b"\r\n\r\n")).decode(errors="replace")
                fields = dict(line.split(": ", 1) for line in action.splitlines() if ": " in line)
                name = fields.get("Action", "").lower()
                number = f"ActionID: {fields.get('ActionID', '')}\r\n"
                writer.write(f"Response: Success\r\n{number}Message: Done\r\n\r\n".encode())
                if name == "coreshowchannels":
                    writer.write(f"Event: CoreShowChannelsComplete\r\n{number}ListItems: 0\r\n\r\n".encode())
                if name == "login":
                    self._listeners.add(writer)
                    self.has_listener.set()
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._listeners.discard(writer)
            writer.close()

    async def play(self, say: Callable[[str], None]) -> None:
        """Play every capture, one after the other, over AMI and the ledger."""
        for recording in recordings():
            say(recording.title)
            for writer in tuple(self._listeners):
                writer.write(recording.events)
                await writer.drain()
            with self._ledger.open("ab") as ledger:
                ledger.write(recording.ledger)
            await asyncio.sleep(PAUSE_SECONDS)


@asynccontextmanager
async def recorded_pbx(ledger: Path) -> AsyncIterator[RecordedPbx]:
    """A stand-in for the PBX on a free port of loopback."""
    pbx = RecordedPbx(ledger)
    ledger.write_bytes(b"")
    server = await asyncio.start_server(pbx.answer, "127.0.0.1", 0)
    async with server:
        pbx.port = server.sockets[0].getsockname()[1]
        yield pbx
