"""The database is frozen, killed, stopped, full, read-only, locked and out of connections."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from random import Random

import asyncpg

from hotline_soak.centre import Centre, ask_database, end_sessions, postgres, server_processes

TIDY_SECONDS = 240.0
BLOCK = 1 << 20


async def freeze_database(centre: Centre, random: Random) -> None:
    """All processes of the server are stopped for a while."""
    processes = server_processes(centre)
    for process in processes:
        _send(process, signal.SIGSTOP)
    try:
        await asyncio.sleep(random.uniform(2, 6))
    finally:
        for process in processes:
            _send(process, signal.SIGCONT)


async def kill_database(centre: Centre, _random: Random) -> None:
    """SIGKILL to the server; its keeper starts it again."""
    _send(server_processes(centre)[0], signal.SIGKILL)
    await asyncio.sleep(2)


async def kill_connections(centre: Centre, random: Random) -> None:
    """One process of the server dies, so the server ends every connection and recovers."""
    _send(random.choice(server_processes(centre)[1:]), signal.SIGKILL)
    await asyncio.sleep(2)


async def stop_database(centre: Centre, random: Random) -> None:
    """The server is shut down in order and started again later."""
    server = postgres(centre)
    _send(server["keeper"], signal.SIGSTOP)
    try:
        _send(server["postmaster"], signal.SIGINT)
        await asyncio.sleep(random.uniform(3, 8))
    finally:
        _send(server["keeper"], signal.SIGCONT)


async def use_up_connections(centre: Centre, random: Random) -> None:
    """Another client takes all connections, and those of the backend are ended."""
    taken: list[asyncpg.Connection] = []
    loop = asyncio.get_running_loop()
    until = loop.time() + random.uniform(4, 7)
    try:
        await _take_all(centre, taken)
        await end_sessions(taken[0])
        while loop.time() < until:
            await _take_all(centre, taken)
            await asyncio.sleep(0.1)
    finally:
        for connection in taken:
            connection.terminate()


async def _take_all(centre: Centre, taken: list[asyncpg.Connection]) -> None:
    with suppress(asyncpg.TooManyConnectionsError):
        while True:
            taken.append(await ask_database(centre))


async def forbid_writing(centre: Centre, random: Random) -> None:
    """The database is read-only, for open sessions too."""
    await _alter(centre, "SET default_transaction_read_only = on")
    try:
        await asyncio.sleep(random.uniform(4, 8))
    finally:
        await _alter(centre, "RESET default_transaction_read_only")


async def _alter(centre: Centre, change: str) -> None:
    async with asyncio.timeout(TIDY_SECONDS):
        while True:
            try:
                connection = await ask_database(centre)
                try:
                    await connection.execute(f"ALTER SYSTEM {change}")
                    await connection.execute("SELECT pg_reload_conf()")
                finally:
                    await connection.close()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.2)
            else:
                return


async def fill_disk(centre: Centre, random: Random) -> None:
    """The disk is full; sometimes for the write-ahead log too, which brings the server down."""
    ballast = centre.data / "ballast"
    is_hard = random.random() < 0.5
    loop = asyncio.get_running_loop()
    until = loop.time() + random.uniform(6, 10)
    try:
        while loop.time() < until:
            _fill(centre, ballast)
            if is_hard:
                await _use_up_log(centre)
            await asyncio.sleep(0.3)
    finally:
        ballast.unlink(missing_ok=True)


def _fill(centre: Centre, ballast: Path) -> None:
    with ballast.open("ab") as file, suppress(OSError):
        disk = os.statvfs(centre.data)
        while free := disk.f_bavail * disk.f_bsize:
            os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, min(free, 64 * BLOCK))
            disk = os.statvfs(centre.data)


async def _use_up_log(centre: Centre) -> None:
    with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection = await ask_database(centre)
        try:
            await connection.execute("SELECT pg_switch_wal()")
        finally:
            connection.terminate()


async def lock_calls(centre: Centre, random: Random) -> None:
    """Another session locks the table of calls for some seconds."""
    connection = await ask_database(centre)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE calls IN ACCESS EXCLUSIVE MODE")
            await asyncio.sleep(random.uniform(3, 7))
    finally:
        connection.terminate()


async def end_sessions_in_mid_batch(centre: Centre, random: Random) -> None:
    """Every session of the backend is ended while its transactions are under way."""
    connection, killer = await ask_database(centre), await ask_database(centre)
    try:
        for _ in range(random.randint(1, 3)):
            async with connection.transaction():
                await connection.execute(_LOCK, centre.lab.info.pbx)
                await asyncio.sleep(random.uniform(0.5, 1.5))
                await end_sessions(killer)
            await asyncio.sleep(random.uniform(0.1, 1))
    finally:
        connection.terminate()
        killer.terminate()


async def deadlock(centre: Centre, random: Random) -> None:
    """Another session locks rows that a batch waits for, then waits for a lock of the batch."""
    connection = await ask_database(centre)
    try:
        for _ in range(random.randint(2, 4)):
            with suppress(asyncpg.DeadlockDetectedError):
                async with connection.transaction():
                    await connection.execute("SELECT 1 FROM calls ORDER BY changed_at DESC LIMIT 200 FOR UPDATE")
                    await asyncio.sleep(random.uniform(0.5, 1))
                    await connection.execute(_LOCK, centre.lab.info.pbx)
    finally:
        connection.terminate()


_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('calls of ' || $1::text, 0))"
"""The lock that every batch of a PBX takes first."""


def _send(process: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, number)
