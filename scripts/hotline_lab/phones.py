"""SIPp processes, one for each phone of a play."""

import asyncio
import os
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .errors import LabError
from .ports import MEDIA_PORTS, SIP_PORTS

_READY_SECONDS = 10.0
_START_TRIES = 5
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
    """A SIPp process to start: its scenario and addresses."""

    name: str
    folder: Path
    xml: str
    host: str
    port: int | None
    """Its SIP port. None: one that is chosen at the start."""
    pbx: str
    """host:port of the PBX"""
    calls: int | None
    """How many calls it makes; None for a phone that waits for calls."""

    def command(self, port: int, media_port: int) -> list[str]:
        """The command line; the process ends with its parent, even after SIGKILL."""
        scenario = self.folder / f"{self.name}.xml"
        scenario.write_text(self.xml, encoding="utf-8")
        return [
            "setpriv", "--pdeathsig", "KILL", "sipp", self.pbx, "-sf", str(scenario), "-i", self.host,
            "-p", str(port), "-mp", str(media_port), "-nostdin", "-aa", "-trace_logs",
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
        """SIPp's log of unexpected messages."""
        return self.folder / f"{self.name}.err"

    def events(self) -> dict[int, tuple[PhoneEvent, ...]]:
        """The events of the log by number of the call; empty without a call."""
        calls: dict[int, tuple[PhoneEvent, ...]] = {}
        text = self.log.read_text(encoding="utf-8") if self.log.exists() else ""
        for line in text[: text.rfind("\n") + 1].splitlines():  # a killed phone may leave a torn line
            seconds, micros, number, name, detail = line.split("|", maxsplit=4)
            at = _EPOCH + timedelta(seconds=int(float(seconds)), microseconds=int(float(micros)))
            calls[int(number)] = (*calls.get(int(number), ()), PhoneEvent(at=at, name=name, detail=detail.strip()))
        return calls


async def run(sipp: Sipp) -> None:
    """Make its calls. Raises LabError with SIPp's message when a call deviates from its plan."""
    async with _started(sipp) as (process, _):
        code = await process.wait()
    if code != 0:
        raise LabError(f"The phone {sipp.name} did not follow its plan: {_last_words(sipp)}")


@asynccontextmanager
async def ringable(sipp: Sipp) -> AsyncIterator[int]:
    """Inside the block the phone takes calls at the port given; at the end of the block it finishes its calls."""
    async with _started(sipp) as (process, port):
        if process.returncode is not None:
            raise LabError(f"The phone {sipp.name} did not start: {_last_words(sipp)}")
        yield port
        process.send_signal(signal.SIGUSR1)
        try:
            async with asyncio.timeout(_READY_SECONDS):
                await process.wait()
        except TimeoutError:
            raise LabError(f"The phone {sipp.name} is still in a call: {_last_words(sipp)}") from None
    if sipp.errors.exists() and "Aborting call" in _last_words(sipp):
        raise LabError(f"The phone {sipp.name} did not follow its plan: {_last_words(sipp)}")


@asynccontextmanager
async def _started(sipp: Sipp) -> AsyncIterator[tuple[Process, int]]:
    """Start its process. Returns it, with its ports bound or ended already, and its SIP port.

    A program outside the lab may hold a port; the phone is then started on others.
    """
    for _ in range(_START_TRIES):
        with SIP_PORTS.claim() if sipp.port is None else nullcontext(sipp.port) as port, MEDIA_PORTS.claim() as media:
            async with _process(sipp, port, media) as process:
                await _bound(sipp, process, {port, media, media + 2})
                if process.returncode is None or "Unable to bind" not in _last_words(sipp):
                    yield process, port
                    return
        refusal = _last_words(sipp)
        sipp.errors.unlink()
    raise LabError(f"The phone {sipp.name} found no free port; end what uses them and run this again: {refusal}")


async def _bound(sipp: Sipp, process: Process, ports: set[int]) -> None:
    """Wait until SIPp has bound these UDP ports or has ended. Asks the kernel: a probe would take the ports."""
    try:
        async with asyncio.timeout(_READY_SECONDS):
            while process.returncode is None and not ports <= _udp_ports(process.pid):
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise LabError(f"The phone {sipp.name} was not up within {_READY_SECONDS:.0f} s: {_last_words(sipp)}") from None


def _udp_ports(pid: int) -> set[int]:
    """The UDP ports that this process has bound; none once it has ended (proc_pid_fd(5), proc_net(5))."""
    inodes: set[str] = set()
    ports: set[int] = set()
    with suppress(OSError):
        for descriptor in os.scandir(f"/proc/{pid}/fd"):
            with suppress(OSError):  # closed in the meantime
                kind, _, inode = str(Path(descriptor.path).readlink()).partition(":")
                if kind == "socket":
                    inodes.add(inode.strip("[]"))
        for line in Path(f"/proc/{pid}/net/udp").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


@asynccontextmanager
async def _process(sipp: Sipp, port: int, media_port: int) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *sipp.command(port, media_port), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
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
