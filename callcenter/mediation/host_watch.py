"""Whether the host's phone still lives: one that dies says no goodbye, and the others would be alone in the room.

Asterisk counts the packets of sound that come from each phone. The count of a phone that lives grows fifty times a
second, muted or not; it stands still while the phone holds the call, which Asterisk knows. Phones of hosts need silence
suppression switched off. With the backend away the phone's `rtp_timeout` in pjsip.conf does the same, later.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import structlog

from callcenter.mediation import store
from callcenter.mediation.pbx_sync import place_of
from callcenter.mediation.room import Room, Sound
from callcenter.mediation.rules import HOST_DEAD_AFTER, LegRole, Place
from callcenter.pbx.commands import AmiCommands
from callcenter.postgres.database import Database

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What was last heard of a phone, and since when nothing was, on a clock of seconds."""

    packets: int
    since: float


def hear(before: Heard | None, sound: Sound | None, now: float) -> Heard | None:
    """What is known after this look. None where there is nothing to wait for: no sound yet, or the call is held."""
    if sound is None or sound.is_on_hold or sound.packets == 0:
        return None
    if before is None or sound.packets != before.packets:
        return Heard(packets=sound.packets, since=now)
    return before


@dataclass(slots=True)
class HostWatch:
    """What was heard of the hosts' phones, by the id of their channel."""

    _heard: dict[str, Heard] = field(default_factory=dict)

    async def look(self, database: Database, commands: AmiCommands, mediation_id: int) -> None:
        """Hang up on a host whose phone is dead; what is due to the others stands in the dialplan. Raises PbxError."""
        async with database.sessions.begin() as session:
            legs = await store.list_legs(session, mediation_id)
        host = next((leg for leg in legs if leg.role == LegRole.HOST), None)
        if host is None or host.uniqueid is None:
            return
        before = self._heard.pop(host.uniqueid, None)
        if place_of(host) is not Place.ROOM:
            return
        room = Room(commands=commands, mediation_id=mediation_id)
        now = asyncio.get_running_loop().time()
        heard = hear(before, await room.read_sound(host.uniqueid), now)
        if heard is None:
            return
        if now - heard.since >= HOST_DEAD_AFTER:
            log.warning("mediation_host_silent", mediation_id=mediation_id)
            await room.hang_up(host.uniqueid)
            return
        self._heard[host.uniqueid] = heard
