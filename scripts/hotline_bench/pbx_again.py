"""Run as a process of its own: a PBX that plays recorded calls over and over, live and in its ledger.

    python -m hotline_bench.pbx_again AMI CEL LEDGER

AMI and CEL are captures of some calls; LEDGER is the file to write. Prints its port. Every line on stdin is the number
of rounds that may have been played by then; each round plays the same calls as new ones.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

CHUNK = 256 * 1024
CHANNELS_A_ROUND = 1_000_000
_UNIQUEID = re.compile(rb"(pbx\d-\d+)\.(\d+)")
_ACTION_ID = re.compile(rb"ActionID: (\S+)\r\n")


class PbxAgain:
    """A minimal AMI server for the backend."""

    def __init__(self, events: bytes, rows: bytes, ledger: Path) -> None:
        self._events = events
        self._rows = rows
        self._ledger = ledger
        self._played = 0
        self._allowed = 0
        self._may_go_on = asyncio.Event()

    def allow(self, rounds: int) -> None:
        """How many rounds may have been played."""
        self._allowed = rounds
        self._may_go_on.set()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One login: answers, and behind the list of channels the calls."""
        writer.write(b"Asterisk Call Manager/9.0.0\r\n")
        playing: asyncio.Task[None] | None = None
        try:
            while True:
                action = await reader.readuntil(b"\r\n\r\n")
                found = _ACTION_ID.search(action)
                name = b"" if found is None else found[0]
                writer.write(b"Response: Success\r\n" + name + b"Message: Done\r\n\r\n")
                if b"CoreShowChannels" in action:
                    writer.write(b"Event: CoreShowChannelsComplete\r\n" + name + b"EventList: Complete\r\n\r\n")
                    playing = playing or asyncio.create_task(self._play(writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # the backend has ended
        finally:
            if playing is not None:
                playing.cancel()
            writer.close()

    async def _play(self, writer: asyncio.StreamWriter) -> None:
        while True:
            while self._played >= self._allowed:
                self._may_go_on.clear()
                await self._may_go_on.wait()
            self._played += 1
            events = _as_new(self._events, self._played)
            with self._ledger.open("ab") as file:
                file.write(_as_new(self._rows, self._played))
            for begin in range(0, len(events), CHUNK):
                writer.write(events[begin : begin + CHUNK])
                await writer.drain()


def _as_new(data: bytes, number: int) -> bytes:
    offset = number * CHANNELS_A_ROUND
    return _UNIQUEID.sub(lambda found: b"%s.%d" % (found[1], int(found[2]) + offset), data)


async def main() -> None:
    """Until stdin ends."""
    events, rows, ledger = (Path(name) for name in sys.argv[1:4])
    pbx = PbxAgain(events.read_bytes(), rows.read_bytes(), ledger)
    server = await asyncio.start_server(pbx.talk, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    stdin = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    while line := await stdin.readline():
        pbx.allow(int(line))


if __name__ == "__main__":
    asyncio.run(main())
