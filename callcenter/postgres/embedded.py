"""The embedded PostgreSQL, for those who use it: start it or join it, and leave it to the others when done."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

import asyncpg

from callcenter.errors import DatabaseError
from callcenter.postgres.cluster import SUPERUSER, Folder
from callcenter.postgres.keeper import PORT, try_lock

DATABASE = "callcenter"

_NOT_NOW = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""A server that starts, stops, recovers, is full or out of connections: it will take us later."""

_CHECK_EVERY_SECONDS = 0.05
_START_SECONDS = 300.0
"""Recovery after a crash can take long."""
_STOP_SECONDS = 60.0


@asynccontextmanager
async def embedded_postgres(data_dir: Path) -> AsyncIterator[str]:
    """Run the server in `data_dir`, or join the one that another process runs there; gives its address.

    The server runs until the last of its users has left, however they end. Leaving last waits for it to shut down.
    Raises DatabaseError when it cannot be started.
    """
    folder = Folder(path=data_dir.resolve())
    keeper: subprocess.Popen[bytes] | None = None
    with _open_users_lock(folder) as users:
        await _enter(users)
        try:
            deadline = time.monotonic() + _START_SECONDS
            while (url := await _find_server(folder)) is None:
                if keeper is None:
                    keeper = _start_keeper(folder)
                _check(keeper, deadline)
                await asyncio.sleep(_CHECK_EVERY_SECONDS)
            if keeper is not None and _keeper_pid(folder) != keeper.pid:
                keeper.terminate()  # it came second and waits for the first to end
                keeper.communicate()
                keeper = None
            yield url
        finally:
            await _leave(users, folder, keeper)


def _open_users_lock(folder: Folder) -> IO[bytes]:
    try:
        if not folder.path.exists():
            folder.path.mkdir(parents=True, exist_ok=True)
            # Root's server runs as a system user, who must be able to pass through.
            folder.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        return open(folder.users_lock, "ab", opener=_open_private)
    except OSError as error:
        raise DatabaseError(f"The data folder {folder.path} cannot be used: {error.strerror}.") from None


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


async def _enter(users: IO[bytes]) -> None:
    """A server that is being shut down has to be gone first."""
    deadline = time.monotonic() + _STOP_SECONDS
    while not try_lock(users, fcntl.LOCK_SH):
        if time.monotonic() > deadline:
            raise DatabaseError("The embedded PostgreSQL has been shutting down for too long.")
        await asyncio.sleep(_CHECK_EVERY_SECONDS)


def _start_keeper(folder: Folder) -> subprocess.Popen[bytes]:
    """In a session of its own, so that Ctrl-C in a terminal reaches us first and the server last."""
    return subprocess.Popen(
        [sys.executable, "-m", "callcenter.postgres.keeper", str(folder.path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _check(keeper: subprocess.Popen[bytes], deadline: float) -> None:
    if keeper.poll() is not None:
        text = "" if keeper.stderr is None else keeper.stderr.read().decode(errors="replace").strip()
        raise DatabaseError(text.splitlines()[-1] if text else "The embedded PostgreSQL ended while it was starting.")
    if time.monotonic() > deadline:
        raise DatabaseError("The embedded PostgreSQL has been starting for too long.")


async def _find_server(folder: Folder) -> str | None:
    """Address of the running server with our database in it, None while there is none."""
    try:
        socket_folder = json.loads(folder.server.read_text())["socket_folder"]
        password = folder.password.read_text()
    except FileNotFoundError:
        return None
    except PermissionError:
        raise DatabaseError(f"The data folder {folder.path} belongs to another user.") from None
    try:
        connection = await asyncpg.connect(
            host=socket_folder, port=PORT, user=SUPERUSER, password=password, database="postgres", timeout=10
        )
        try:
            if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE) is None:
                with contextlib.suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                    await connection.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            await connection.close()
    except asyncpg.InvalidPasswordError:
        raise DatabaseError(f"The password in {folder.password} is not that of the server.") from None
    except _NOT_NOW:
        return None
    return f"postgresql+asyncpg://{SUPERUSER}:{password}@/{DATABASE}?host={quote(socket_folder)}&port={PORT}"


def _keeper_pid(folder: Folder) -> int | None:
    try:
        pid: int = json.loads(folder.server.read_text())["keeper"]
    except FileNotFoundError:
        return None
    return pid


async def _leave(users: IO[bytes], folder: Folder, keeper: subprocess.Popen[bytes] | None) -> None:
    """Give up our share; if it was the last one, wait until the server is gone."""
    # Getting it exclusively means that we were the last; failing to, that there are others or it is going already.
    if not try_lock(users, fcntl.LOCK_EX) and try_lock(users, fcntl.LOCK_SH):
        users.close()
        if keeper is not None:
            # It is still our child: somebody has to take note of its end.
            threading.Thread(target=keeper.communicate, daemon=True).start()
        return
    users.close()
    deadline = time.monotonic() + _STOP_SECONDS
    while _is_kept(folder, keeper) and time.monotonic() < deadline:
        await asyncio.sleep(_CHECK_EVERY_SECONDS)
    if keeper is not None and keeper.stderr is not None:
        keeper.stderr.close()


def _is_kept(folder: Folder, keeper: subprocess.Popen[bytes] | None) -> bool:
    if keeper is not None and keeper.poll() is None:
        return True
    with folder.keeper_lock.open("ab") as lock:
        return not try_lock(lock, fcntl.LOCK_SH)
