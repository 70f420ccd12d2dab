"""Ends logins of phones on the PBX whose user has signed off or out, was disabled, or whose time is over.

A lease lasts while its session and its sign-on do; here both are looked at, whatever ended them and whether or not this
process was there. What stands on the PBX without a lease, after a crash, is removed with each new connection.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog

from callcenter.agents.rules import Seat
from callcenter.agents.store import CHANNEL
from callcenter.browser_phones import store
from callcenter.browser_phones.turns import phone_turn
from callcenter.clock import Clock, utc_now
from callcenter.errors import ActionRefused, PbxError
from callcenter.pbx import actions
from callcenter.pbx.answers import astdb_entries
from callcenter.pbx.channel_names import device_of_interface
from callcenter.pbx.commands import AmiCommands
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow

log = structlog.stdlib.get_logger(__name__)

LOOK_SECONDS = 1.0
"""How late a session that is over is seen to be; of a sign-off there is word at once."""

FAMILY = "ps_auth"
_KEY = "ps_auth/auth/"


async def end_leases(database: Database, commands: AmiCommands, pbx: str, clock: Clock = utc_now) -> None:
    """Until cancelled. A PBX that is away or refuses, and an outage of the database, are waited out."""
    work = _LeaseEnds(database=database, commands=commands, pbx=pbx, clock=clock)
    await follow(database, work.look, task="phones", every=LOOK_SECONDS, channels=(CHANNEL,))


@dataclass(kw_only=True, slots=True)
class _LeaseEnds:
    database: Database
    commands: AmiCommands
    pbx: str
    clock: Clock
    link: object = None
    """The connection over which it was looked for logins without a lease."""
    problem: str | None = field(default=None)

    async def look(self) -> None:
        """Whatever is over now."""
        if not self.commands.is_up:
            return
        try:
            async with self.database.sessions.begin() as session:
                over = await store.list_over(session, self.clock())
            for lease in over:
                if lease.seat.pbx == self.pbx:
                    await self._end(lease.seat)
            if self.commands.protocol != self.link:
                link = self.commands.protocol
                await self._remove_strays()
                self.link = link
        except PbxError as error:
            if str(error) != self.problem:
                log.warning("phone_login_not_removed", reason=str(error))
            self.problem = str(error)
        else:
            self.problem = None

    async def _end(self, seat: Seat) -> None:
        async with phone_turn(self.database, seat):
            async with self.database.sessions.begin() as session:
                is_over = await store.is_over(session, seat, self.clock())
            if is_over:
                await self._remove(seat)
                async with self.database.sessions.begin() as session:
                    await store.remove_lease(session, seat)

    async def _remove_strays(self) -> None:
        try:
            answer = await self.commands.ask(actions.db_get_tree(FAMILY))
        except ActionRefused:
            return  # it has no such family yet
        for entry in astdb_entries(answer):
            if entry.key.startswith(_KEY):
                seat = Seat(pbx=self.pbx, interface=f"PJSIP/{entry.key.removeprefix(_KEY)}")
                async with phone_turn(self.database, seat):
                    async with self.database.sessions.begin() as session:
                        is_stray = await store.find_lease(session, seat) is None
                    if is_stray:
                        await self._remove(seat)

    async def _remove(self, seat: Seat) -> None:
        await self.commands.ask(actions.remove_phone_login(device_of_interface(seat.interface)))
