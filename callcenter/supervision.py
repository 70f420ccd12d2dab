"""Keeping the parts of a process up, each by itself."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

import structlog
from prometheus_client import Counter, Gauge

from callcenter.clock import Clock, utc_now
from callcenter.errors import CallcenterError
from callcenter.logs import mask_text

log = structlog.stdlib.get_logger(__name__)

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
"""Seconds before a part is started again: doubled with each failure in a row."""
RAN_WELL_SECONDS = 60.0
"""A part that ran for so long has recovered: its next failure is again a first one."""
MOST_FAILURES = 5
"""In a row: starting the part again does not mend it."""

LONGEST_REASON = 300
MOST_UNSAVED = 200
"""Alarms that wait for a database that is away."""

IS_UP = Gauge("callcenter_part_up", "Whether a part of the process runs.", ("part",))
RESTARTS = Counter("callcenter_part_restarts", "Times a part of the process was started again.", ("part",))


class PartBeyondRepair(CallcenterError):
    """A part failed again and again: only a fresh process may help."""

    def __init__(self, part: str) -> None:
        super().__init__(f"The part {part} failed {MOST_FAILURES} times in a row; a fresh process is needed.")


class PartState(StrEnum):
    """How a part is. A closed list."""

    UP = "up"
    RECOVERING = "recovering"
    """It runs again, but not yet for long."""
    DOWN = "down"


@dataclass(frozen=True, kw_only=True, slots=True)
class PartStatus:
    """A part as it is now; `since` its last failure or its return from it, None if it never failed."""

    name: str
    state: PartState
    restarts: int
    since: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """One failure of a part, with those that followed before it had recovered."""

    incident_id: str
    part: str
    failed_at: datetime
    failures: int
    reason: str
    back_at: datetime | None


@dataclass(kw_only=True, slots=True)
class _Part:
    name: str
    is_recording: bool
    within: str
    is_up: bool = True
    restarts: int = 0
    in_row: int = 0
    started: float = 0.0
    since: datetime | None = None
    incident: Incident | None = None
    logged: str = ""


class Supervisor:
    """The parts of one process."""

    def __init__(self, clock: Clock = utc_now, *, at_the_end: Callable[[], None] = lambda: None) -> None:
        """`at_the_end` is called when a part is beyond repair, before the others end."""
        self._clock = clock
        self._at_the_end = at_the_end
        self._parts: dict[str, _Part] = {}
        self._unsaved: deque[Incident] = deque(maxlen=MOST_UNSAVED)
        self.has_news = asyncio.Event()
        """Set when `take_incidents` has something to give."""

    async def keep(
        self,
        name: str,
        start: Callable[[], Awaitable[None]],
        *,
        is_recording: bool = False,
        within: str = "",
        give_up: Callable[[], bool] = lambda: False,
    ) -> None:
        """Run a part, again whenever it fails, until cancelled.

        `is_recording`: calls are lost while no such part is up; `within` is the part that has this one for a part.
        `give_up` is asked after each failure; where it says so, PartBeyondRepair is raised.
        """
        part = self._parts[name] = _Part(name=name, is_recording=is_recording, within=within)
        try:
            while True:
                self._begin(part)
                error = await _run(name, start)
                if any(isinstance(leaf, PartBeyondRepair) for leaf in _leaves(error)):
                    raise error
                self._fail(part, error)
                if give_up():
                    self._at_the_end()
                    raise PartBeyondRepair(name)
                await asyncio.sleep(pause_after(part.in_row))
        finally:
            del self._parts[name]
            IS_UP.labels(name).set(0)

    def list_parts(self) -> list[PartStatus]:
        """All parts, by name."""
        return [
            PartStatus(name=part.name, state=self._state(part), restarts=part.restarts, since=part.since)
            for part in sorted(self._parts.values(), key=lambda part: part.name)
        ]

    def is_failing(self, name: str) -> bool:
        """Whether starting the part again does not mend it."""
        part = self._parts.get(name)
        return part is not None and part.in_row >= MOST_FAILURES and not (part.is_up and _runs_well(part))

    @property
    def is_recording_down(self) -> bool:
        """Whether there are parts that record, and none of them is up. One that has parts is as they are."""
        recording = self._list_recording()
        return bool(recording) and not any(part.is_up for part in recording)

    def is_recording_beyond_repair(self) -> bool:
        """Whether there are parts that record, and starting them again mends none of them."""
        recording = self._list_recording()
        return bool(recording) and all(self.is_failing(part.name) for part in recording)

    def _list_recording(self) -> list[_Part]:
        has_parts = {part.within for part in self._parts.values()}
        return [part for part in self._parts.values() if part.is_recording and part.name not in has_parts]

    def take_incidents(self) -> list[Incident]:
        """What changed since it was last taken, in order."""
        self.has_news.clear()
        taken = list(self._unsaved)
        self._unsaved.clear()
        return taken

    def put_back(self, incidents: list[Incident]) -> None:
        """They could not be saved; the oldest are let go of where there is no room."""
        self._unsaved.extendleft(reversed(incidents[: MOST_UNSAVED - len(self._unsaved)]))

    def _begin(self, part: _Part) -> None:
        part.is_up = True
        part.started = _now()
        if part.in_row:
            part.restarts += 1
            part.since = self._clock()
            RESTARTS.labels(part.name).inc()
            log.info("part_started_again", part=part.name)
            self._tell(part, back_at=part.since)
        else:
            RESTARTS.labels(part.name)
        IS_UP.labels(part.name).set(1)

    def _fail(self, part: _Part, error: BaseException) -> None:
        had_recovered = _runs_well(part)
        part.in_row = 1 if had_recovered else part.in_row + 1
        part.is_up = False
        part.since = self._clock()
        IS_UP.labels(part.name).set(0)
        reason = reason_of(error)
        is_new = had_recovered or reason != part.logged
        part.logged = reason
        log.error("part_failed", part=part.name, reason=reason, exc_info=error if is_new else None)
        if part.incident is None or had_recovered:
            part.incident = Incident(
                incident_id=uuid4().hex, part=part.name, failed_at=part.since, failures=0, reason="", back_at=None
            )
        part.incident = replace(part.incident, failures=part.incident.failures + 1, reason=reason)
        self._tell(part, back_at=None)

    def _tell(self, part: _Part, *, back_at: datetime | None) -> None:
        if part.incident is not None:
            part.incident = replace(part.incident, back_at=back_at)
            self._unsaved.append(part.incident)
            self.has_news.set()

    def _state(self, part: _Part) -> PartState:
        if not part.is_up:
            return PartState.DOWN
        return PartState.RECOVERING if part.in_row and not _runs_well(part) else PartState.UP


class PartEnded(CallcenterError):
    """The part ended by itself."""


def pause_after(failures: int) -> float:
    """Seconds before the next start, after so many failures in a row, 1 or more."""
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 16)))


def reason_of(error: BaseException) -> str:
    """What went wrong, in one line without telephone numbers."""
    leaves = list(_leaves(error))
    lines = [f"{type(leaf).__name__}: {(str(leaf).strip().splitlines() or [''])[0]}" for leaf in leaves]
    text = mask_text("; ".join(line.removesuffix(": ") for line in lines))
    return "".join(sign if sign.isprintable() else "?" for sign in text[:LONGEST_REASON])


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


async def _run(name: str, start: Callable[[], Awaitable[None]]) -> BaseException:
    """Run a part to its end, and why it ended.

    In a task of its own: only so is a part that is cancelled known from one in which something was cancelled.
    """
    running = asyncio.ensure_future(start())
    try:
        await asyncio.wait({running})
    except asyncio.CancelledError:
        running.cancel()
        await asyncio.wait({running})
        if not running.cancelled() and (error := running.exception()) is not None:
            log.error("part_failed_at_its_end", part=name, reason=reason_of(error), exc_info=error)
        raise
    return asyncio.CancelledError() if running.cancelled() else running.exception() or PartEnded()


def _runs_well(part: _Part) -> bool:
    return _now() - part.started >= RAN_WELL_SECONDS


def _now() -> float:
    return asyncio.get_running_loop().time()
