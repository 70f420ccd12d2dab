"""The whole recorder, from the socket to the committed row of both witnesses, beside the PBX it listens to.

First Asterisk's own best rate of calls is found, with an AMI reader and the ledger on; then the rate at which the
whole backend beside it still commits in time; then the captured calls are played to a recorder at its own speed.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import text

from callcenter.calls.rows import Locality
from callcenter.garbage_collection import collect_in_small_parts
from callcenter.pbx.event_link import AmiLink
from callcenter.postgres.database import Database, open_database
from callcenter.recorder.recorder import Recorder
from callcenter.tracking.rules import CallRules
from hotline_bench.figure import Figure
from hotline_bench.queue_calls import CONFIG, STEP, WAITING_ROOM, call, find_best_rate
from hotline_demo.backend import Backend, BackendError
from hotline_demo.place import fresh_home
from hotline_demo.stage import witnesses_of
from hotline_lab.ami import AmiClient
from hotline_lab.asterisk import Lab
from hotline_lab.play import wait_until_idle
from hotline_lab.ports import HTTP_PORTS

PBX = 6
CAPTURED_SECONDS = 4
LIVE_SECONDS = 10
LEAST_RATE = 50
TOLD_AGAIN = 15_000
AHEAD = 3
"""Rounds played ahead of those that are confirmed."""
OPEN_CALLS = 2_000
OPEN_RATE, OPEN_STAY_SECONDS = 100, 30.0
TARGET_RATIO = 3.0
TARGET_MILLISECONDS = 500
TARGET_MEGABYTES = 150
LIMIT_SECONDS = 120.0
STORED_FROM_BOTH = "outcome IS NOT NULL AND told_by_ami IS NOT NULL AND told_by_ledger IS NOT NULL"
"""Not that both agree: an overloaded Asterisk sends its AMI events more than a second late."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Live:
    rate: int
    recorded_ms: float
    both_ms: float


async def measure_recorder() -> list[Figure]:
    """Asterisk's rate and ours, how late calls are committed live, and the memory of the process."""
    with fresh_home("bench") as home:
        async with Lab(pbx=PBX, state=home / "lab", more_config=CONFIG) as lab:
            async with _tapped(lab, home / "ramp.ami"):
                best = await find_best_rate(lab)
            rows = Path(lab.info.cel_csv)
            await wait_until_idle(lab)
            rows.unlink()
            async with _tapped(lab, home / "captured.ami"):
                await call(lab, rate=best.rate, calls=best.rate * CAPTURED_SECONDS)
                await wait_until_idle(lab)
            ledger = rows.rename(home / "captured.csv")
            async with _serving(home, lab) as served:
                open_memory = await _memory_at_open_calls(served, lab)
                live = await _measure_live(served, lab, best.rate)
        ours = await _tell_again(home, home / "captured.ami", ledger, calls=best.rate * CAPTURED_SECONDS)
    return [
        Figure(
            name="whole recorder, socket to committed rows of both witnesses, against Asterisk's own best rate",
            ours=round(ours),
            unit="calls/s",
            peer=best.rate,
            ratio=round(ours / best.rate, 1),
            target=f"at least {TARGET_RATIO:.0f}x",
            met=ours >= TARGET_RATIO * best.rate,
        ),
        _late(f"recorded live at {live.rate} calls/s beside Asterisk and SIPp, p99", live.recorded_ms),
        _late(f"stored from both witnesses at {live.rate} calls/s, p99", live.both_ms),
        _under(f"memory of the backend at {OPEN_CALLS:,} open calls", open_memory, "MB", TARGET_MEGABYTES),
    ]


async def _measure_live(served: _Served, lab: Lab, rate: int) -> _Live:
    """The best rate, Asterisk's own or less, at which the backend beside it commits 99 % in time."""
    while True:
        load = await call(lab, rate=rate, calls=rate * LIVE_SECONDS)
        await _until_stored(served.database, Path(lab.info.cel_csv))
        recorded, both = await _latencies(served.database, load.calls)
        if (load.is_kept and recorded < TARGET_MILLISECONDS) or rate <= LEAST_RATE:
            return _Live(rate=rate, recorded_ms=recorded, both_ms=both)
        rate = int(rate / STEP)


async def _memory_at_open_calls(served: _Served, lab: Lab) -> float:
    calling = asyncio.create_task(
        call(lab, rate=OPEN_RATE, calls=OPEN_CALLS, stay=OPEN_STAY_SECONDS, exten=WAITING_ROOM)
    )
    try:
        await _until(served.database, "SELECT count(*) FROM calls WHERE outcome IS NULL", OPEN_CALLS)
        return _megabytes(served.backend.pid)
    finally:
        await calling


async def _tell_again(home: Path, events: Path, rows: Path, *, calls: int) -> float:
    """Confirmed calls a second, of a recorder in this process and a PBX in another."""
    ledger = home / "again.csv"
    ledger.touch()
    pbx = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hotline_bench.pbx_again", str(events), str(rows), str(ledger),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    if pbx.stdin is None or pbx.stdout is None:
        raise RuntimeError("A process was started without its pipes.")
    try:
        port = int(await pbx.stdout.readline())
        async with open_database(None, home / "again") as database:
            await database.migrate()
            recorder = Recorder(
                database=database,
                pbx=f"pbx{PBX}",
                rules=CallRules(),
                locality=Locality(area_code="0519", timezone=ZoneInfo("Asia/Shanghai")),
                open_link=lambda: AmiLink(host="127.0.0.1", port=port, username="any", secret="any"),  # noqa: S106
                cel_csv=ledger,
            )
            recording = asyncio.create_task(recorder.run())
            try:
                return await _pace(pbx.stdin, database, recording, calls)
            finally:
                recording.cancel()
                await asyncio.wait({recording})
    finally:
        pbx.kill()
        await pbx.wait()


async def _pace(pbx: asyncio.StreamWriter, database: Database, recording: asyncio.Task[None], calls: int) -> float:
    """Let the PBX be some rounds ahead of what is confirmed, until enough is."""
    collect_in_small_parts()
    begin = time.monotonic()
    confirmed = 0
    while confirmed < TOLD_AGAIN and time.monotonic() - begin < LIMIT_SECONDS and not recording.done():
        pbx.write(f"{confirmed // calls + AHEAD}\n".encode())
        await asyncio.sleep(0.1)
        confirmed = await _count(database, "SELECT count(*) FROM calls WHERE is_confirmed")
    return confirmed / (time.monotonic() - begin)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Served:
    backend: Backend
    database: Database


@asynccontextmanager
async def _serving(home: Path, lab: Lab) -> AsyncIterator[_Served]:
    """A backend on an empty database that notes when each transaction was committed."""
    data = home / "live"
    async with open_database(None, data) as database, database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("ALTER SYSTEM SET track_commit_timestamp = on"))
    async with open_database(None, data) as database:
        environment = {
            **witnesses_of(lab.info),
            "CALLCENTER_DATA_DIR": str(data),
        }
        async with Backend(environment=environment, log=home / "live.log", http_port=HTTP_PORTS.keep()) as backend:
            yield _Served(backend=backend, database=database)


@asynccontextmanager
async def _tapped(lab: Lab, file: Path) -> AsyncIterator[None]:
    """Capture what the PBX reports meanwhile."""
    with file.open("wb") as tap:
        info = lab.info
        client = await AmiClient.login(info.ami_host, info.ami_port, info.ami_user, info.ami_secret, tap=tap)
        listening = asyncio.create_task(_listen(client))
        try:
            yield
        finally:
            listening.cancel()
            await client.close()


async def _listen(client: AmiClient) -> None:
    while True:
        await client.next_message()


async def _until_stored(database: Database, ledger: Path) -> None:
    born = sum(line.startswith(b'"CHAN_START"') for line in ledger.read_bytes().splitlines())
    await _until(database, f"SELECT count(*) FROM calls WHERE {STORED_FROM_BOTH}", born)  # noqa: S608


async def _until(database: Database, query: str, count: int) -> None:
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            while await _count(database, query) < count:
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise BackendError(f"There were no {count:,} calls after {LIMIT_SECONDS:.0f} s: {query}.") from None


async def _count(database: Database, query: str) -> int:
    async with database.sessions() as session:
        return int((await session.execute(text(query))).scalar_one())


async def _latencies(database: Database, calls: int) -> tuple[float, float]:
    """Milliseconds from the end of a call to its record, and to the commit of the last witness, p99 of the latest."""
    query = """
        SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM recorded_at - ended_at)),
               percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM committed_at - ended_at))
          FROM (SELECT recorded_at, pg_xact_commit_timestamp(xmin) AS committed_at, ended_at
                  FROM calls ORDER BY started_at DESC LIMIT :calls) AS latest
    """
    async with database.sessions() as session:
        recorded, both = (await session.execute(text(query), {"calls": calls})).one()
    return 1000 * float(recorded), 1000 * float(both)


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kilobytes) / 1024


def _late(name: str, milliseconds: float) -> Figure:
    return _under(name, milliseconds, "ms", TARGET_MILLISECONDS)


def _under(name: str, ours: float, unit: str, target: float) -> Figure:
    return Figure(
        name=name,
        ours=round(ours),
        unit=unit,
        peer=None,
        ratio=None,
        target=f"under {target} {unit}",
        met=ours < target,
    )
