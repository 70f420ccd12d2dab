"""`callcenter serve` and `callcenter migrate`: run the backend, and change the schema."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Generator

import structlog

from callcenter.backend import Stopped, run_parts
from callcenter.errors import CallcenterError, InputError
from callcenter.garbage_collection import collect_in_small_parts
from callcenter.http.server import open_listener
from callcenter.logs import configure_logs
from callcenter.postgres.database import Database, open_database
from callcenter.settings import Settings, load_settings
from callcenter.supervision import PartBeyondRepair, Supervisor

log = structlog.get_logger(__name__)

LONGEST_SHUTDOWN = 60.0
"""Seconds after which a fresh process is started even if something of the old one does not end."""


def serve() -> int:
    """Run until a signal. Failed parts are started again; where that does not help, the whole process is."""
    configure_logs()
    settings = load_settings()
    errors: list[BaseException] = []
    try:
        asyncio.run(_serve(settings))
    except* CallcenterError as group:
        errors += _leaves(group)
    if any(isinstance(error, Stopped) for error in errors):
        log.info("backend_stopped")
        return 0
    for error in errors:
        log.critical("backend_failed", reason=str(error))
    if errors and all(isinstance(error, PartBeyondRepair) for error in errors):
        _start_afresh()
    return 1


def migrate(revision: str, *, is_meant: bool) -> int:
    """Bring the schema up to `head`, or back to `revision`, which deletes data that the older version does not know."""
    if revision != "head" and not is_meant:
        raise InputError("Taking the schema back deletes data: make a dump first, then say --yes.")
    asyncio.run(_migrate(load_settings(), revision))
    return 0


async def _migrate(settings: Settings, revision: str) -> None:
    async with open_database(_url(settings), settings.data_dir) as database:
        if revision == "head":
            await database.migrate()
        else:
            await database.migrate_back(revision)


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with open_listener(settings.http_host, settings.http_port) as listener:
        async with open_database(_url(settings), settings.data_dir) as database:
            await _migrate_apart(database)
            collect_in_small_parts()
            await run_parts(settings, database, listener, stop, supervisor=Supervisor(at_the_end=_limit_shutdown))


async def _migrate_apart(database: Database) -> None:
    """Migrate in a process of its own, if there is anything to do: Alembic's 10 MB would stay in memory for ever."""
    if not await database.is_newest():
        program = "from callcenter.cli import main; raise SystemExit(main(['migrate']))"
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await child.wait()
    await database.migrate()  # raises the reason where the other process failed


def _limit_shutdown() -> None:
    """Start a fresh process even if a part of this one does not end: calls must be recorded."""
    limit = threading.Timer(LONGEST_SHUTDOWN, _start_afresh)
    limit.daemon = True
    limit.start()


def _start_afresh() -> None:
    """Replace this process by a new one with the same process id and command line."""
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606


def _url(settings: Settings) -> str | None:
    return settings.database_url.get_secret_value() if settings.database_url is not None else None


def _leaves(group: BaseExceptionGroup[CallcenterError]) -> Generator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
