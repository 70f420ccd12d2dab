"""Keeping the PBX's own database in step with our plans, so that it decides right while we are away.

The values are read back (DBGetTree, a right of the class `reporting`) and only what differs is written: at each change,
after each new connection, and when somebody emptied that database. DBPut would need the write class `system`, and a
function of Asterisk that writes there is refused to AMI; what the command login can do is to originate a call into
`[write-plan]` of our dialplan, which takes nothing but what `_IS_OURS` describes.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import structlog
from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.clock import Clock, utc_now
from callcenter.errors import ActionRefused, PbxError
from callcenter.hours import service, store
from callcenter.pbx import actions
from callcenter.pbx.answers import astdb_entries
from callcenter.pbx.commands import AmiCommands
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.settings import Settings

log = structlog.stdlib.get_logger(__name__)

POLL_SECONDS = 2.0
LOOK_AGAIN = timedelta(minutes=5)
"""How soon a value that somebody else changed or lost on the PBX is written again."""

AT_ONCE = 20
"""Values in one errand: an AMI action has at most 128 headers."""

FAMILIES = ("hours", "duty", "calling", "do-not-call", "dial")
_IS_OURS = re.compile(r"(?:hours|duty|calling)/[0-9]{8}|do-not-call/[0-9]{3,20}|dial/prefixes")
_BY_DAY = re.compile(r"(?:hours|duty|calling)/([0-9]{8})")

_NEVER = datetime.min.replace(tzinfo=UTC)

WARNINGS = Gauge("callcenter_hours_warnings", "What is wrong with the business calendar or with its plan in the PBX.")

ListWanted = Callable[[AsyncSession, date], Awaitable[dict[str, str]]]
"""Keys and values that the PBX should have on this day."""


async def keep_pushed(
    database: Database,
    commands: AmiCommands | None,
    settings: Settings,
    pbx: str,
    sources: Sequence[ListWanted],
    clock: Clock = utc_now,
) -> None:
    """Of one PBX, until cancelled. One that is away or refuses, and an outage of the database, are waited out."""
    sync = _Sync(database=database, commands=commands, settings=settings, pbx=pbx, sources=sources, clock=clock)
    await follow(database, sync.work, task=f"plans of {pbx}", every=POLL_SECONDS)


@dataclass(kw_only=True, slots=True)
class _Sync:
    """What one PBX has of our plans, as far as we know."""

    database: Database
    commands: AmiCommands | None
    settings: Settings
    pbx: str
    sources: Sequence[ListWanted]
    clock: Clock
    pushed: Mapping[str, str] = field(default_factory=dict)
    look_at: datetime = _NEVER
    failures: int = 0
    link: object = None
    """The connection over which the PBX was last written to."""
    problem: str | None = None
    taken_in: date | None = None
    """The day on which the published calendar was last taken in."""

    async def work(self) -> None:
        """One look at what is wanted, and a push where it is due."""
        now = self.clock()
        today = now.astimezone(self.settings.timezone).date()
        async with self.database.sessions.begin() as session:
            if today != self.taken_in:
                await service.take_in_published(session, today, now)
            wanted = {key: value for source in self.sources for key, value in (await source(session, today)).items()}
        self.taken_in = today
        is_due = now >= self.look_at or (wanted != self.pushed and not self.failures)
        commands = self.commands
        if commands is not None and commands.is_up and (is_due or commands.protocol != self.link):
            self.link = commands.protocol
            await self._push(commands, wanted, now)
        async with self.database.sessions.begin() as session:
            WARNINGS.set(len(await service.list_warnings(session, now=now, settings=self.settings)))

    async def _push(self, commands: AmiCommands, wanted: Mapping[str, str], now: datetime) -> None:
        self.problem = await self._try(commands, wanted)
        # a PBX that boots takes it in seconds; one that has no such context is not asked all day
        self.failures = 0 if self.problem is None else self.failures + 1
        self.look_at = now + (LOOK_AGAIN if not self.failures else retry_after(self.failures))
        if self.problem is None:
            self.pushed = wanted
            async with self.database.sessions.begin() as session:
                await store.save_pushed(session, self.pbx, wanted, now)

    async def _try(self, commands: AmiCommands, wanted: Mapping[str, str]) -> str | None:
        """What is wrong, if anything; logged once."""
        try:
            await push(commands, wanted)
        except PbxError as error:
            if str(error) != self.problem:
                log.warning("hours_not_written", pbx=self.pbx, reason=str(error))
            return str(error)
        return None


def retry_after(failures: int) -> timedelta:
    """How long a PBX that refused so many times in a row is left alone."""
    return min(LOOK_AGAIN, timedelta(seconds=POLL_SECONDS * 2.0 ** min(failures, 10)))


async def push(commands: AmiCommands, wanted: Mapping[str, str]) -> None:
    """Write what the PBX has otherwise, and see that it took it. Raises PbxError.

    Past days and what is wanted no longer are emptied: they hold telephone numbers that nobody needs there any more. A
    coming day that nobody speaks of stays as it is.
    """
    there = await _read(commands)
    first_day = _first_day(wanted)
    past = {key: "" for key in there if key not in wanted and ((day := _day_of(key)) is None or day < first_day)}
    differing = {key: value for key, value in (past | dict(wanted)).items() if there.get(key, "") != value}
    nearest_first = sorted(differing.items(), key=lambda item: item[0].partition("/")[2])
    entries = [f"{key}={value}" for key, value in nearest_first]
    for begin in range(0, len(entries), AT_ONCE):
        await commands.ask(actions.errand(entries=entries[begin : begin + AT_ONCE]))
    if entries:
        there = await _read(commands)
        if any(there.get(key, "") != value for key, value in differing.items()):
            raise PbxError("The PBX did not take its plan; its dialplan needs our [write-plan].")


async def read_by_hand(commands: AmiCommands, hotline_number: str) -> bool | None:
    """Whether somebody has opened (True) or closed the hotline by hand on the PBX, whatever the calendar says.

    None where nobody has, or the PBX does not answer.
    """
    try:
        answer = await commands.ask(actions.db_get_tree("hours", key=hotline_number))
    except PbxError:
        return None
    said = {entry.value for entry in astdb_entries(answer) if entry.key == f"hours/{hotline_number}"}
    return None if not said & {"open", "closed"} else "open" in said


async def _read(commands: AmiCommands) -> dict[str, str]:
    found: dict[str, str] = {}
    for family in FAMILIES:
        try:
            answer = await commands.ask(actions.db_get_tree(family))
        except ActionRefused:
            continue  # it has no such family yet
        found |= {entry.key: entry.value for entry in astdb_entries(answer) if _IS_OURS.fullmatch(entry.key)}
    return found


def _first_day(wanted: Mapping[str, str]) -> str:
    return min((day for key in wanted if (day := _day_of(key)) is not None), default="")


def _day_of(key: str) -> str | None:
    found = _BY_DAY.fullmatch(key)
    return None if found is None else found[1]
