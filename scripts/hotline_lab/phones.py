"""SIPp processes: one for every phone of a play."""

import asyncio
import secrets
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from .errors import LabError
from .ports import is_free

_READY_SECONDS = 10.0
_BIND_TRIES = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class PhoneEvent:
    """One thing that happened to a phone."""

    at: datetime
    name: str
    """rung, ringing, dialled, answered, refused, cancelled, failed, holds, resumes, consults, transfers, ended,
    vanished, stuck."""
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Sipp:
    """One SIPp process to be: its scenario and where it sits."""

    name: str
    folder: Path
    xml: str
    host: str
    port: int
    pbx: str
    """host:port of the PBX"""
    calls: int | None
    """After so many calls it ends by itself; None for a phone that waits to be rung."""

    def command(self) -> list[str]:
        """The command line; the process dies with its parent, however that ends."""
        scenario = self.folder / f"{self.name}.xml"
        scenario.write_text(self.xml, encoding="utf-8")
        return [
            "setpriv", "--pdeathsig", "KILL", "sipp", self.pbx, "-sf", str(scenario), "-i", self.host,
            "-p", str(self.port), "-mp", str(_media_port(self.host)), "-nostdin", "-aa", "-trace_logs",
            "-log_file", str(self.log), "-trace_err", "-error_file", str(self.errors),
            "-trace_msg", "-message_file", str(self.folder / f"{self.name}.msg"),
            *(["-m", str(self.calls)] if self.calls is not None else []),
        ]  # fmt: skip

    @property
    def log(self) -> Path:
        """What happened, one line an event."""
        return self.folder / f"{self.name}.log"

    @property
    def errors(self) -> Path:
        """What SIPp did not expect."""
        return self.folder / f"{self.name}.err"

    def events(self) -> dict[int, tuple[PhoneEvent, ...]]:
        """The events of the log by number of the call; empty when nobody called."""
        calls: dict[int, tuple[PhoneEvent, ...]] = {}
        text = self.log.read_text(encoding="utf-8") if self.log.exists() else ""
        for line in text[: text.rfind("\n") + 1].splitlines():  # a killed phone may leave half a line
            seconds, micros, number, name, detail = line.split("|", maxsplit=4)
            at = _EPOCH + timedelta(seconds=int(float(seconds)), microseconds=int(float(micros)))
            calls[int(number)] = (*calls.get(int(number), ()), PhoneEvent(at=at, name=name, detail=detail.strip()))
        return calls


async def run(sipp: Sipp) -> None:
    """Let it make its calls; `LabError` with SIPp's own words when one went another way than planned."""
    for _ in range(_BIND_TRIES):
        async with _process(sipp) as process:
            code = await process.wait()
        if code == 0:
            return
        if "Unable to bind" not in _last_words(sipp):
            break
        sipp.errors.unlink()  # another process took a port between our look and SIPp's
    raise LabError(f"The phone {sipp.name} did not follow its plan: {_last_words(sipp)}")


@asynccontextmanager
async def ringable(sipp: Sipp) -> AsyncIterator[None]:
    """The phone can be rung inside the block; at its end it finishes the calls it has."""
    async with _process(sipp) as process:
        async with asyncio.timeout(_READY_SECONDS):
            while is_free(sipp.host, sipp.port, socket.SOCK_DGRAM):
                if process.returncode is not None:
                    raise LabError(f"The phone {sipp.name} did not start: {_last_words(sipp)}")
                await asyncio.sleep(0.01)
        yield
        process.send_signal(signal.SIGUSR1)
        try:
            async with asyncio.timeout(_READY_SECONDS):
                await process.wait()
        except TimeoutError:
            raise LabError(f"The phone {sipp.name} is still in a call: {_last_words(sipp)}") from None
    if sipp.errors.exists() and "Aborting call" in _last_words(sipp):
        raise LabError(f"The phone {sipp.name} did not follow its plan: {_last_words(sipp)}")


@asynccontextmanager
async def _process(sipp: Sipp) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *sipp.command(), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL, cwd=sipp.folder, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _last_words(sipp: Sipp) -> str:
    text = sipp.errors.read_text(errors="replace").strip() if sipp.errors.exists() else ""
    return " ".join(text.split())[:600] or "it said nothing"


_chosen = count(secrets.randbelow(4_500))


def free_port(host: str) -> int:
    """A UDP port nobody uses on that address, above those that systems give to connections and the lab to its PBX.

    It is chosen some time before a phone takes it. So none is chosen again soon, and labs beside each other begin
    anywhere.
    """
    while True:
        port = 61_000 + next(_chosen) % 4_500
        if is_free(host, port, socket.SOCK_DGRAM):
            return port


def _media_port(host: str) -> int:
    """SIPp takes a port for sound and the one two above it for pictures."""
    while True:
        port = 10_000 + 4 * secrets.randbelow(2_500)
        if all(is_free(host, port + offset, socket.SOCK_DGRAM) for offset in range(4)):
            return port
