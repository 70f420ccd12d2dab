"""Recording one PBX: its two witnesses, heard by whichever process leads.

Nothing here decides anything about a call. Any number of processes may run a recorder for the same PBX; one leads, the
others stand by and go on where it stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import structlog

from callcenter.calls.rows import Locality
from callcenter.clock import Clock, utc_now
from callcenter.pbx.cel_follower import CelFile
from callcenter.pbx.event_link import AmiLink, StreamItem
from callcenter.postgres.database import Database
from callcenter.recorder.ami_witness import AmiListening
from callcenter.recorder.cel_witness import LedgerReading
from callcenter.recorder.leadership import Leadership, LeadershipLost
from callcenter.supervision import Supervisor
from callcenter.tracking.rules import CallRules

log = structlog.stdlib.get_logger(__name__)

PART = "recorder"
"""Its name among the parts of a process."""

FAREWELL_SECONDS = 5.0
"""How long a recorder that is to stop tries to store what it has heard."""


class Recorder:
    """Records the calls of one PBX. Without a link or a ledger, the other witness is heard alone."""

    def __init__(
        self,
        *,
        database: Database,
        pbx: str,
        rules: CallRules,
        locality: Locality,
        open_link: Callable[[], AmiLink] | None,
        cel_csv: Path | None,
        observe: Callable[[StreamItem], None] = lambda _: None,
        clock: Clock = utc_now,
        supervisor: Supervisor | None = None,
        part: str = PART,
    ) -> None:
        """`observe` gets what the link brings about queue members, and when it is up, while this process leads.

        It never raises: nothing may stop the recording. `supervisor` shows each witness as a part of its own, within
        the one that is called `part`.
        """
        self._database = database
        self._pbx = pbx
        self._rules = rules
        self._locality = locality
        self._open_link = open_link
        self._cel_csv = cel_csv
        self._observe = observe
        self._clock = clock
        self._supervisor = supervisor or Supervisor(clock)
        self._part = part

    async def run(self) -> None:
        """Stand by, lead, and stand by again, until cancelled.

        A witness that fails is heard anew, with a gap of that witness; the other one is not touched. Raises
        PartBeyondRepair where no witness of any PBX can be heard however often it is tried.
        """
        while True:
            leadership = Leadership(self._database, self._pbx)
            try:
                async with leadership.held(), asyncio.TaskGroup() as parts:
                    parts.create_task(leadership.watch(), name=f"leadership of {self._pbx}")
                    if self._open_link is not None:
                        parts.create_task(self._keep("AMI", partial(self._hear_ami, self._open_link)))
                    if self._cel_csv is not None:
                        parts.create_task(self._keep("ledger", partial(self._read_ledger, self._cel_csv)))
            except* LeadershipLost:
                log.warning("recording_taken_over_by_another_process", pbx=self._pbx)

    async def _keep(self, witness: str, start: Callable[[], Awaitable[None]]) -> None:
        name, give_up = f"recorder: {witness} of {self._pbx}", self._supervisor.is_recording_beyond_repair
        await self._supervisor.keep(name, start, within=self._part, is_recording=True, give_up=give_up)

    async def _hear_ami(self, open_link: Callable[[], AmiLink]) -> None:
        link = open_link()
        listening = AmiListening(
            database=self._database,
            link=link,
            pbx=self._pbx,
            rules=self._rules,
            locality=self._locality,
            clock=self._clock,
            observe=self._observe,
        )
        await listening.begin()
        try:
            async with asyncio.TaskGroup() as parts:
                parts.create_task(link.run(), name=f"AMI link of {self._pbx}")
                parts.create_task(listening.listen(), name=f"AMI listening of {self._pbx}")
                parts.create_task(listening.store(), name=f"AMI storing of {self._pbx}")
        finally:
            try:
                async with asyncio.timeout(FAREWELL_SECONDS):
                    await listening.finish()
            except TimeoutError:
                log.warning("last_events_lost_at_shutdown", pbx=self._pbx)

    async def _read_ledger(self, path: Path) -> None:
        file = CelFile(path)
        try:
            reading = LedgerReading(
                database=self._database,
                file=file,
                pbx=self._pbx,
                rules=self._rules,
                locality=self._locality,
                clock=self._clock,
            )
            await reading.read()
        finally:
            file.close()
