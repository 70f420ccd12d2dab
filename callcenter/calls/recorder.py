"""Recording one PBX: its two witnesses, heard by whichever process leads.

Nothing here decides anything about a call. Any number of processes may run a recorder for the same PBX; one leads, the
others stand by and go on where it stopped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from callcenter.calls.leadership import Leadership, LeadershipLost
from callcenter.calls.listening import AmiListening
from callcenter.calls.reading import LedgerReading
from callcenter.calls.rows import Locality
from callcenter.calls.rules import CallRules
from callcenter.database import Database
from callcenter.pbx.connection import AmiLink, StreamItem
from callcenter.pbx.ledger import CelFile

log = logging.getLogger(__name__)

FAREWELL_SECONDS = 5.0
"""How long a recorder that is told to stop tries to store what it has heard."""


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
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`observe` is told what the link brings about queue members, and when it is up, while this process leads."""
        self._database = database
        self._pbx = pbx
        self._rules = rules
        self._locality = locality
        self._open_link = open_link
        self._cel_csv = cel_csv
        self._observe = observe
        self._clock = clock

    async def run(self) -> None:
        """Stand by, lead, and stand by again, until cancelled.

        Whatever else ends a part of it ends all of it with an error: half a recorder would look like a whole one.
        """
        while True:
            leadership = Leadership(self._database, self._pbx)
            try:
                async with leadership.held(), asyncio.TaskGroup() as parts:
                    parts.create_task(leadership.watch(), name=f"leadership of {self._pbx}")
                    if self._open_link is not None:
                        parts.create_task(self._hear_ami(self._open_link()), name=f"AMI of {self._pbx}")
                    if self._cel_csv is not None:
                        parts.create_task(self._read_ledger(self._cel_csv), name=f"ledger of {self._pbx}")
            except* LeadershipLost:
                log.warning("Another process records %s now; this one stands by.", self._pbx)

    async def _hear_ami(self, link: AmiLink) -> None:
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
                log.warning("The last that %s told could not be stored.", self._pbx)

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
