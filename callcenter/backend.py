"""The parts of the backend process, each kept running by itself: the one place where they come together."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from callcenter.agents.seat_worker import SeatWatch
from callcenter.analysis.advisories.worker import keep_letters
from callcenter.analysis.interviews.worker import keep_interviews
from callcenter.analysis.quality.worker import keep_quality
from callcenter.analysis.reports.worker import keep_drafting
from callcenter.analysis.signals.worker import watch_signals
from callcenter.analysis.snapshots.worker import keep_snapshots
from callcenter.analysis.surveys.worker import keep_surveys
from callcenter.app import create_app
from callcenter.audio.retention import run_keeping
from callcenter.browser_phones.worker import end_leases
from callcenter.callbacks.day_lists import run_nightly
from callcenter.callbacks.worker import follow
from callcenter.calls.rows import Locality
from callcenter.casework.attachments.check import check_nightly
from callcenter.casework.broadcasts.ring_chain import ring_contacts
from callcenter.casework.broadcasts.spoken_files import keep_spoken_files
from callcenter.casework.contacts.count import count_nightly
from callcenter.casework.dispatch.ring_chain import ring_units
from callcenter.casework.dispatch.worker import keep_clocks as keep_clocks_of_instructions
from callcenter.casework.dispositions.service import describe_day
from callcenter.casework.groups.worker import watch_groups
from callcenter.casework.imports.worker import take_in_imports
from callcenter.casework.retention.worker import keep_retention
from callcenter.casework.tickets.fields import Place
from callcenter.casework.tickets.worker import keep_clocks
from callcenter.clock import Clock, utc_now
from callcenter.desk.live_desks import LiveDesks
from callcenter.dialling import phones
from callcenter.dialling.dial_results import watch_dials
from callcenter.duty import service as duty_service
from callcenter.duty.alarms import watch_emergencies
from callcenter.errors import CallcenterError
from callcenter.hours import service as hours_service
from callcenter.hours.astdb_sync import ListWanted, keep_pushed
from callcenter.http.server import allow_more_files, answer, most_connections
from callcenter.mediation.worker import follow_mediations
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.event_link import AmiLink
from callcenter.pbx.registry import PbxRegistry
from callcenter.pbx_settings import Pbx
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
"""To the database, for each PBX: for leading, for each witness, and for the seats. Nobody else can use them up."""


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
    """All parts of the process, each by itself, until `stop`. Raises Stopped, or PartBeyondRepair, in a group."""
    connections = RECORDER_CONNECTIONS * len(settings.pbxs)
    async with own_pool(database, connections=connections) as recorder_database:
        parts = [*_parts(settings, database, recorder_database, listener, supervisor, clock)]
        try:
            async with asyncio.TaskGroup() as tasks:
                for part in parts:
                    tasks.create_task(_keep(supervisor, part), name=part.name)
                await stop.wait()
                raise Stopped
        finally:
            notify("STOPPING=1")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """A part by its name, and how it is started, the first time and whenever it has failed."""

    name: str
    start: Start
    is_recording: bool = False


async def _keep(supervisor: Supervisor, part: _Part) -> None:
    if part.is_recording:
        give_up = supervisor.is_recording_beyond_repair
        await supervisor.keep(part.name, part.start, is_recording=True, give_up=give_up)
    else:
        await supervisor.keep(part.name, part.start)


def _parts(
    settings: Settings,
    database: Database,
    recorder_database: Database,
    listener: socket.socket,
    supervisor: Supervisor,
    clock: Clock,
) -> Iterator[_Part]:
    pbxs = PbxRegistry({pbx.name: _commands(pbx) for pbx in settings.pbxs})
    live_board = LiveBoard(database=database, settings=settings, clock=clock)
    live_desks = LiveDesks(database=database, settings=settings, clock=clock)
    app = create_app(
        database=database,
        settings=settings,
        pbxs=pbxs,
        live_board=live_board,
        live_desks=live_desks,
        supervisor=supervisor,
        now=clock,
    )
    connections = most_connections(allow_more_files())
    duty = partial(duty_service.list_wanted, timezone=settings.timezone)
    dialled = partial(phones.list_wanted, settings=settings)
    wanted = (hours_service.list_wanted, duty, dialled)
    for pbx in settings.pbxs:
        yield from _recording_parts(settings, pbx, pbxs, recorder_database, supervisor, clock)
    for pbx in settings.pbxs:
        yield from _pbx_parts(settings, pbx, pbxs, database, wanted, clock)
    starts: dict[str, Start] = {
        "wallboard": live_board.run,
        "wallboard audit": live_board.run_audits,
        "desks": live_desks.run,
        "http": partial(answer, app, listener, connections=connections, trusted_proxies=settings.trusted_proxies),
        "callbacks": partial(follow, database, settings, clock),
        "dials": partial(watch_dials, database, pbxs, clock),
        "nightly": partial(run_nightly, database, settings, clock, describe_day),
        "sound files": partial(run_keeping, database, settings, clock=clock),
        "emergencies": partial(watch_emergencies, database, clock),
        "group signals": partial(watch_groups, database, settings, clock),
        "time limits": partial(keep_clocks, database, settings.timezone, clock),
        "imports": partial(take_in_imports, database, Place.of(settings), clock),
        "kept files": partial(check_nightly, database, settings, clock),
        "surveys": partial(keep_surveys, database, settings, clock),
        "quality": partial(keep_quality, database, settings, clock),
        "retention of tickets": partial(keep_retention, database, settings, clock),
        "spoken files": partial(keep_spoken_files, database, settings, clock),
        "broadcasts": partial(ring_contacts, database, pbxs, settings, clock),
        "stale contacts": partial(count_nightly, database, settings, clock),
        "instructions": partial(ring_units, database, pbxs, settings, clock),
        "time limits of instructions": partial(keep_clocks_of_instructions, database, settings.timezone, clock),
        "drafts of reports": partial(keep_drafting, database, settings, clock),
        "snapshots": partial(keep_snapshots, database, settings, clock),
        "signals": partial(watch_signals, database, settings, clock),
        "interviews": partial(keep_interviews, database, settings, clock),
        "overdue letters": partial(keep_letters, database, settings, clock),
        "process alarms": partial(save_alarms, database, supervisor, clock),
        "signs of life": partial(give_signs_of_life, partial(_describe, supervisor)),
    }
    for name, start in starts.items():
        yield _Part(name=name, start=start)


def _recording_parts(
    settings: Settings, pbx: Pbx, pbxs: PbxRegistry, database: Database, supervisor: Supervisor, clock: Clock
) -> Iterator[_Part]:
    """What hears one PBX."""
    if pbx.ami_secret is None and pbx.cel_csv is None:
        return
    commands = pbxs.find(pbx.name)
    seats = SeatWatch(database=database, pbx=pbx.name, wrap_up=settings.wrap_up, commands=commands, clock=clock)
    name = _name(recorder.PART, settings, pbx)
    recorded = Recorder(
        database=database,
        pbx=pbx.name,
        rules=rules_of(settings, pbx),
        locality=Locality(area_code=settings.area_code, timezone=settings.timezone),
        open_link=_link_opener(pbx),
        cel_csv=pbx.cel_csv,
        observe=seats.hear,
        clock=clock,
        supervisor=supervisor,
        part=name,
    )
    yield _Part(name=name, start=recorded.run, is_recording=True)
    yield _Part(name=_name("seats", settings, pbx), start=seats.run)


def _pbx_parts(
    settings: Settings,
    pbx: Pbx,
    pbxs: PbxRegistry,
    database: Database,
    wanted: Sequence[ListWanted],
    clock: Clock,
) -> Iterator[_Part]:
    """What commands one PBX and reads its folders."""
    commands = pbxs.find(pbx.name)
    starts: dict[str, Start] = {}
    if commands is not None:
        starts["commands"] = commands.run
        starts["phones"] = partial(end_leases, database, commands, pbx.name, clock)
        starts["turns"] = partial(give_turns, database, pbxs, settings, pbx.name, clock)
    starts |= {
        "mediations": partial(follow_mediations, database, commands, settings, pbx, clock),
        "recordings": partial(recordings.follow, database, pbx, clock),
        "messages": partial(voicemail.follow, database, settings, pbx, clock),
        "plans": partial(keep_pushed, database, commands, settings, pbx.name, wanted, clock),
    }
    for name, start in starts.items():
        yield _Part(name=_name(name, settings, pbx), start=start)


def _name(part: str, settings: Settings, pbx: Pbx) -> str:
    """A part of the only PBX needs no other name."""
    return part if len(settings.pbxs) == 1 else f"{part} of {pbx.name}"


def _describe(supervisor: Supervisor) -> str:
    """For the service manager's status line."""
    down = [part.name for part in supervisor.list_parts() if part.state is PartState.DOWN]
    return f"Down: {', '.join(down)}." if down else "All parts run."


def _link_opener(pbx: Pbx) -> Callable[[], AmiLink] | None:
    secret = pbx.ami_secret
    if secret is None:
        return None
    return lambda: AmiLink(
        host=pbx.ami_host,
        port=pbx.ami_port,
        username=pbx.ami_user,
        secret=secret.get_secret_value(),
    )


def _commands(pbx: Pbx) -> AmiCommands | None:
    secret = pbx.ami_commands_secret
    if secret is None:
        return None
    return AmiCommands(
        host=pbx.ami_host,
        port=pbx.ami_port,
        username=pbx.ami_commands_user,
        secret=secret.get_secret_value(),
    )
