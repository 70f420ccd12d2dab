"""The parts of the backend process, each kept running by itself: the one place where they come together."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Generator
from functools import partial

from callcenter.agents.seat_worker import SeatWatch
from callcenter.app import create_app
from callcenter.audio.retention import run_keeping
from callcenter.callbacks.day_lists import run_nightly
from callcenter.callbacks.worker import follow
from callcenter.calls.rows import Locality
from callcenter.clock import Clock, utc_now
from callcenter.desk.live_desks import LiveDesks
from callcenter.dialling import phones
from callcenter.dialling.dial_results import watch_dials
from callcenter.duty import service as duty_service
from callcenter.duty.alarms import watch_emergencies
from callcenter.errors import CallcenterError
from callcenter.hours import service as hours_service
from callcenter.hours.astdb_sync import keep_pushed
from callcenter.http.server import allow_more_files, answer, most_connections
from callcenter.mediation.worker import follow_mediations
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.event_link import AmiLink
from callcenter.postgres.database import Database, own_pool
from callcenter.process_alarms.worker import save_alarms
from callcenter.queue_callback.worker import give_turns
from callcenter.recorder import recorder
from callcenter.recorder.call_rules import rules_of
from callcenter.recorder.recorder import Recorder
from callcenter.recordings import intake as recordings
from callcenter.service_manager import give_signs_of_life, notify
from callcenter.settings import Settings
from callcenter.supervision import PartState, Supervisor
from callcenter.voicemail import intake as voicemail
from callcenter.wallboard.live_board import LiveBoard

Start = Callable[[], Awaitable[None]]

RECORDER_CONNECTIONS = 6
"""To the database: for leading, for each witness, and for the seats. Nobody else can use them up."""


class Stopped(CallcenterError):
    """Somebody asked the process to end."""


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
    live_desks = LiveDesks(database=database, settings=settings, clock=clock)
    yield "desks", live_desks.run
    app = create_app(
        database=database,
        settings=settings,
        commands=commands,
        live_board=live_board,
        live_desks=live_desks,
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
