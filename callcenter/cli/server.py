"""`callcenter serve` and `migrate`: the one process that records, keeps the lists and answers HTTP."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from functools import partial

import uvicorn

from callcenter.agents.watching import SeatWatch
from callcenter.app import create_app
from callcenter.audio.keeping import run_keeping
from callcenter.callbacks.following import follow
from callcenter.callbacks.nightly import run_nightly
from callcenter.callbacks.turning import give_turns
from callcenter.calls.recorder import Recorder
from callcenter.calls.rows import Locality
from callcenter.calls.rules import CallRules
from callcenter.collector import collect_rarely
from callcenter.database import Database, open_database
from callcenter.dialling import phones
from callcenter.dialling.settling import watch_dials
from callcenter.duty import service as duty_service
from callcenter.duty.alarms import watch_emergencies
from callcenter.errors import CallcenterError
from callcenter.hours import service as hours_service
from callcenter.hours.pushing import keep_pushed
from callcenter.logs import configure_logs
from callcenter.mediation.following import follow_mediations
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.connection import AmiLink
from callcenter.pbx.trunks import Trunks
from callcenter.recordings import taking_in as recordings
from callcenter.settings import Settings, load_settings
from callcenter.voicemail import taking_in as voicemail
from callcenter.wallboard.following import LiveBoard

log = logging.getLogger(__name__)


LARGEST_MESSAGE = 4096
"""Bytes. Nobody has anything to say to us over a WebSocket."""
FAREWELL_SECONDS = 5
"""How long requests under way may take when the process is told to end."""


class Stopped(CallcenterError):
    """Somebody asked the process to end."""


def serve() -> int:
    """Run until a signal comes. A part that dies ends the process, with the reason in the log."""
    configure_logs()
    collect_rarely()
    settings = load_settings()
    status = 0
    try:
        asyncio.run(_serve(settings))
    except* Stopped:
        log.info("The backend has stopped.")
    except* CallcenterError as group:
        for error in _leaves(group):
            log.critical("The backend stops: %s", error)
        status = 1
    return status


def migrate(revision: str) -> int:
    """Bring the schema up to `head`, or back to `revision`."""
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
    async with open_database(_url(settings), settings.data_dir) as database:
        await database.migrate()
        async with asyncio.TaskGroup() as tasks:
            for name, part in _parts(settings, database):
                tasks.create_task(part, name=name)
            await stop.wait()
            raise Stopped


def _parts(settings: Settings, database: Database) -> Generator[tuple[str, Coroutine[None, None, None]]]:
    commands = _commands(settings)
    if commands is not None:
        yield "commands", commands.run()
    live_board = LiveBoard(database=database, settings=settings)
    yield "wallboard", live_board.run()
    yield "http", _answer(settings, database, commands, live_board)
    if settings.ami_secret is not None or settings.cel_csv is not None:
        seats = SeatWatch(database=database, pbx=settings.pbx, wrap_up=settings.wrap_up, commands=commands)
        yield "recorder", _recorder(settings, database, seats).run()
        yield "seats", seats.run()
    yield "callbacks", follow(database, settings)
    yield "dials", watch_dials(database, commands)
    if commands is not None:
        yield "turns", give_turns(database, commands, settings)
    yield "mediations", follow_mediations(database, commands, settings)
    yield "nightly", run_nightly(database, settings)
    yield "recordings", recordings.follow(database, settings)
    yield "messages", voicemail.follow(database, settings)
    yield "sound files", run_keeping(database, settings)
    duty = partial(duty_service.list_wanted, timezone=settings.timezone)
    dialled = partial(phones.list_wanted, settings=settings)
    yield "plans", keep_pushed(database, commands, settings, (hours_service.list_wanted, duty, dialled))
    yield "emergencies", watch_emergencies(database)


def _recorder(settings: Settings, database: Database, seats: SeatWatch) -> Recorder:
    return Recorder(
        database=database,
        pbx=settings.pbx,
        rules=CallRules(
            trunks=Trunks.parse(",".join(settings.trunks)),
            area_code=settings.area_code,
            short_below=settings.short_below,
        ),
        locality=Locality(area_code=settings.area_code, timezone=settings.timezone),
        open_link=_link_opener(settings),
        cel_csv=settings.cel_csv,
        observe=seats.hear,
    )


def _link_opener(settings: Settings) -> Callable[[], AmiLink] | None:
    secret = settings.ami_secret
    if secret is None:
        return None
    return lambda: AmiLink(
        host=settings.ami_host,
        port=settings.ami_port,
        username=settings.ami_user,
        secret=secret.get_secret_value(),
    )


def _commands(settings: Settings) -> AmiCommands | None:
    secret = settings.ami_commands_secret
    if secret is None:
        return None
    return AmiCommands(
        host=settings.ami_host,
        port=settings.ami_port,
        username=settings.ami_commands_user,
        secret=secret.get_secret_value(),
    )


async def _answer(
    settings: Settings, database: Database, commands: AmiCommands | None, live_board: LiveBoard | None
) -> None:
    config = uvicorn.Config(
        create_app(database=database, settings=settings, commands=commands, live_board=live_board),
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE,
        # Every change would be compressed anew for every client.
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=FAREWELL_SECONDS,
    )
    server = _Server(config)
    try:
        await server.serve()
    except SystemExit:
        raise CallcenterError(
            f"Nobody can be answered on {settings.http_host}:{settings.http_port}; the port is taken or not ours."
        ) from None
    finally:
        if server.started:
            with suppress(asyncio.CancelledError):
                await server.shutdown()


class _Server(uvicorn.Server):
    """Signals are the process's business, not the HTTP server's."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def _url(settings: Settings) -> str | None:
    return settings.database_url.get_secret_value() if settings.database_url is not None else None


def _leaves(group: BaseExceptionGroup[CallcenterError]) -> Generator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
