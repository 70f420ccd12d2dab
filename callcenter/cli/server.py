"""`callcenter serve` and `migrate`: the one process that records, keeps the lists and answers HTTP."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Generator

from callcenter.backend import Stopped, run_parts
from callcenter.errors import CallcenterError, InputError
from callcenter.garbage_collection import collect_rarely
from callcenter.http.server import open_listener
from callcenter.logs import configure_logs
from callcenter.postgres.database import Database, open_database
from callcenter.settings import Settings, load_settings
from callcenter.supervision import PartBeyondRepair, Supervisor

log = logging.getLogger(__name__)


LONGEST_FAREWELL = 60.0
"""Seconds after which a fresh process is started even if something of the old one does not end."""


def serve() -> int:
    """Run until a signal comes. What fails is started again; where that does not help, by a fresh process."""
    configure_logs()
    collect_rarely()
    settings = load_settings()
    errors: list[BaseException] = []
    try:
        asyncio.run(_serve(settings))
    except* CallcenterError as group:
        errors += _leaves(group)
    if any(isinstance(error, Stopped) for error in errors):
        log.info("The backend has stopped.")
        return 0
    for error in errors:
        log.critical("The backend stops: %s", error)
    if errors and all(isinstance(error, PartBeyondRepair) for error in errors):
        _start_afresh()
    return 1


def migrate(revision: str, *, is_meant: bool) -> int:
    """Bring the schema up to `head`, or back to `revision`, which deletes what an older version does not know."""
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
            await run_parts(settings, database, listener, stop, supervisor=Supervisor(at_the_end=_limit_farewell))


async def _migrate_apart(database: Database) -> None:
    """In a process of its own, if there is anything to do: what that needs, 10 MB, would stay in memory for ever."""
    if not await database.is_newest():
        program = "from callcenter.cli import main; raise SystemExit(main(['migrate']))"
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await child.wait()
    await database.migrate()  # where that came to nothing, here is said why


def _limit_farewell() -> None:
    """Whatever does not end by itself must not keep the calls from being recorded."""
    limit = threading.Timer(LONGEST_FAREWELL, _start_afresh)
    limit.daemon = True
    limit.start()


def _start_afresh() -> None:
    """This process becomes a new one, under the same number and with the same command line."""
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
