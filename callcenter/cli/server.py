"""`callcenter serve` and `migrate`: the one process that records, keeps the lists and answers HTTP."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Generator
from functools import partial

from callcenter.agents.watching import SeatWatch
from callcenter.app import create_app
from callcenter.audio.keeping import run_keeping
from callcenter.callbacks.following import follow
from callcenter.callbacks.nightly import run_nightly
from callcenter.callbacks.turning import give_turns
from callcenter.calls import recorder
from callcenter.calls.configured import rules_of
from callcenter.calls.recorder import Recorder
from callcenter.calls.rows import Locality
from callcenter.cli.http_server import allow_more_files, answer, most_connections, open_listener
from callcenter.cli.service_manager import give_signs_of_life, notify
from callcenter.clock import Clock, utc_now
from callcenter.collector import collect_rarely
from callcenter.database import Database, open_database, own_pool
from callcenter.dialling import phones
from callcenter.dialling.settling import watch_dials
from callcenter.duty import service as duty_service
from callcenter.duty.alarms import watch_emergencies
from callcenter.errors import CallcenterError, InputError
from callcenter.hours import service as hours_service
from callcenter.hours.pushing import keep_pushed
from callcenter.logs import configure_logs
from callcenter.mediation.following import follow_mediations
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.connection import AmiLink
from callcenter.process_alarms.worker import save_alarms
from callcenter.recordings import taking_in as recordings
from callcenter.settings import Settings, load_settings
from callcenter.supervision import PartBeyondRepair, PartState, Supervisor
from callcenter.voicemail import taking_in as voicemail
from callcenter.wallboard.following import LiveBoard

log = logging.getLogger(__name__)

Start = Callable[[], Awaitable[None]]

RECORDER_CONNECTIONS = 6
"""To the database: for leading, for each witness, and for the seats. Nobody else can use them up."""

LONGEST_FAREWELL = 60.0
"""Seconds after which a fresh process is started even if something of the old one does not end."""


class Stopped(CallcenterError):
    """Somebody asked the process to end."""


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


async def run_parts(
    settings: Settings,
    database: Database,
    listener: socket.socket,
    stop: asyncio.Event,
    *,
    supervisor: Supervisor,
    clock: Clock = utc_now,
) -> None:
    """All parts of the process, each by itself, until told to stop. Raises Stopped, or PartBeyondRepair, in a group."""
    async with own_pool(database, connections=RECORDER_CONNECTIONS) as recorder_database:
        parts = dict(_parts(settings, database, recorder_database, listener, supervisor, clock))
        try:
            async with asyncio.TaskGroup() as tasks:
                for name, start in parts.items():
                    tasks.create_task(_keep(supervisor, name, start), name=name)
                await stop.wait()
                raise Stopped
        finally:
            notify("STOPPING=1")


async def _keep(supervisor: Supervisor, name: str, start: Start) -> None:
    if name == recorder.PART:
        await supervisor.keep(name, start, is_recording=True, give_up=partial(supervisor.is_failing, name))
    else:
        await supervisor.keep(name, start)


def _parts(
    settings: Settings,
    database: Database,
    recorder_database: Database,
    listener: socket.socket,
    supervisor: Supervisor,
    clock: Clock,
) -> Generator[tuple[str, Start]]:
    """Each part's name, and how it is started, the first time and whenever it has failed."""
    commands = _commands(settings)
    if settings.ami_secret is not None or settings.cel_csv is not None:
        seats = SeatWatch(
            database=recorder_database, pbx=settings.pbx, wrap_up=settings.wrap_up, commands=commands, clock=clock
        )
        yield recorder.PART, _recorder(settings, recorder_database, seats, supervisor, clock).run
        yield "seats", seats.run
    if commands is not None:
        yield "commands", commands.run
        yield "turns", partial(give_turns, database, commands, settings, clock)
    live_board = LiveBoard(database=database, settings=settings, clock=clock)
    yield "wallboard", live_board.run
    yield "wallboard audit", live_board.run_audits
    app = create_app(
        database=database,
        settings=settings,
        commands=commands,
        live_board=live_board,
        supervisor=supervisor,
        now=clock,
    )
    connections = most_connections(allow_more_files())
    yield "http", partial(answer, app, listener, connections=connections, trusted_proxies=settings.trusted_proxies)
    yield "callbacks", partial(follow, database, settings, clock)
    yield "dials", partial(watch_dials, database, commands, clock)
    yield "mediations", partial(follow_mediations, database, commands, settings, clock)
    yield "nightly", partial(run_nightly, database, settings, clock)
    yield "recordings", partial(recordings.follow, database, settings, clock)
    yield "messages", partial(voicemail.follow, database, settings, clock)
    yield "sound files", partial(run_keeping, database, settings, clock=clock)
    duty = partial(duty_service.list_wanted, timezone=settings.timezone)
    dialled = partial(phones.list_wanted, settings=settings)
    wanted = (hours_service.list_wanted, duty, dialled)
    yield "plans", partial(keep_pushed, database, commands, settings, wanted, clock)
    yield "emergencies", partial(watch_emergencies, database, clock)
    yield "process alarms", partial(save_alarms, database, supervisor, clock)
    yield "signs of life", partial(give_signs_of_life, partial(_describe, supervisor))


def _describe(supervisor: Supervisor) -> str:
    """For the service manager's status line."""
    down = [part.name for part in supervisor.list_parts() if part.state is PartState.DOWN]
    return f"Down: {', '.join(down)}." if down else "All parts run."


def _recorder(
    settings: Settings, database: Database, seats: SeatWatch, supervisor: Supervisor, clock: Clock
) -> Recorder:
    return Recorder(
        database=database,
        pbx=settings.pbx,
        rules=rules_of(settings),
        locality=Locality(area_code=settings.area_code, timezone=settings.timezone),
        open_link=_link_opener(settings),
        cel_csv=settings.cel_csv,
        observe=seats.hear,
        clock=clock,
        supervisor=supervisor,
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


def _url(settings: Settings) -> str | None:
    return settings.database_url.get_secret_value() if settings.database_url is not None else None


def _leaves(group: BaseExceptionGroup[CallcenterError]) -> Generator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
