"""Keeping mediations in step with the PBX, ringing for appointments, and taking in recordings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from callcenter.errors import PbxError
from callcenter.mediation import store
from callcenter.mediation.appointments import begin_due, ring_next
from callcenter.mediation.host_gone import release_unattended, stop_unattended_ringing
from callcenter.mediation.host_watch import HostWatch
from callcenter.mediation.pbx_sync import synchronise
from callcenter.mediation.recording_intake import take_in_recordings
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx_settings import Pbx
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.settings import Settings

log = structlog.stdlib.get_logger(__name__)

POLL_SECONDS = 0.5


async def follow_mediations(
    database: Database,
    commands: AmiCommands | None,
    settings: Settings,
    pbx: Pbx,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Those of a PBX, until cancelled. Outages of it and of the database are waited out; any other error is raised."""
    hosts = HostWatch()

    async def work() -> None:
        try:
            if commands is not None and commands.is_up:
                await look(database, commands, settings, pbx, clock, hosts)
            async with database.sessions.begin() as session:
                await store.number_begun(session, settings.timezone)
            if pbx.mediation_recordings is not None:
                await take_in_recordings(database, pbx.mediation_recordings, pbx.name, clock())
        except PbxError as error:
            log.warning("mediations_wait_for_pbx", pbx=pbx.name, reason=str(error))

    await follow(database, work, task=f"mediations of {pbx.name}", every=POLL_SECONDS)


async def look(
    database: Database,
    commands: AmiCommands,
    settings: Settings,
    pbx: Pbx,
    clock: Callable[[], datetime],
    hosts: HostWatch,
) -> None:
    """One round."""
    while await begin_due(database, commands, settings, pbx, clock()):
        pass
    async with database.sessions.begin() as session:
        mediation_ids = await store.list_ids_on(session, pbx.name)
    for mediation_id in mediation_ids:
        await synchronise(database, commands, mediation_id, clock())
        await stop_unattended_ringing(database, commands, mediation_id, clock())
        await release_unattended(database, commands, mediation_id, clock())
        await hosts.look(database, commands, mediation_id)
        await ring_next(database, commands, settings, pbx, mediation_id, clock())
