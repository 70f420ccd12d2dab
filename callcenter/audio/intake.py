"""Taking in the sound of calls that are over, call by call, however often that is interrupted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from callcenter.audio import intake_store
from callcenter.audio.intake_store import DueCall, NewFile
from callcenter.audio.metrics import DUE, MISSING, TAKEN_IN
from callcenter.audio.rules import MissingReason, Purpose
from callcenter.clock import Clock, utc_now
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow as follow_changes

log = structlog.stdlib.get_logger(__name__)

POLL_SECONDS = 1.0
BATCH = 50
OUT_OF_REACH_DELAY = timedelta(seconds=30)
"""How soon a folder is tried again that cannot be read at all."""

_SURPRISES = (MissingReason.NO_FILE, MissingReason.UNREADABLE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What was found of a call: files to be taken in, or why there are none."""

    files: tuple[NewFile, ...] = ()
    missing: MissingReason | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NotYet:
    """The files are not finished: look again after so long."""

    delay: timedelta


Look = Callable[[DueCall, set[str], datetime], Awaitable[Found | NotYet]]
"""Looks for the files of a call; the set has the paths that are taken in already. Raises OSError."""


async def follow(database: Database, purpose: Purpose, pbx: str, look: Look, clock: Clock = utc_now) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""

    shown = {pbx}

    async def work() -> None:
        while await take_in_due(database, purpose, pbx, look, clock):
            pass
        async with database.sessions.begin() as session:
            due = await intake_store.count_due(session, purpose)
        shown.update(due)
        for name in shown:
            DUE.labels(purpose, name).set(due.get(name, 0))

    await follow_changes(database, work, task=f"{purpose} intake of {pbx}", every=POLL_SECONDS)


async def take_in_due(database: Database, purpose: Purpose, pbx: str, look: Look, clock: Clock = utc_now) -> bool:
    """One batch of calls, done or not done; whether there may be more."""
    async with database.sessions.begin() as session:
        calls = await intake_store.list_due(session, purpose, pbx, BATCH)
        known = await intake_store.find_paths(session, purpose, calls) if calls else {}
    if not calls:
        return False
    now = clock()
    found = [
        (call, await _look_at(purpose, call, look, known.get((call.pbx, call.call_id), set()), now)) for call in calls
    ]
    files = [file for _, result in found if isinstance(result, Found) for file in result.files]
    missing = {
        (call.pbx, call.call_id): result.missing
        for call, result in found
        if isinstance(result, Found) and result.missing is not None
    }
    async with database.sessions.begin() as session:
        await intake_store.add_files(session, files, now)
        done = [call for call, result in found if isinstance(result, Found)]
        await intake_store.note_missing(session, purpose, missing, now)
        await intake_store.forget_missing(
            session, purpose, [call for call in done if (call.pbx, call.call_id) not in missing]
        )
        await intake_store.finish_due(session, purpose, done)
        for call, result in found:
            if isinstance(result, NotYet):
                await intake_store.put_off(session, purpose, call, result.delay)
    TAKEN_IN.labels(purpose).inc(len(files))
    for (_, call_id), reason in missing.items():
        MISSING.labels(purpose, reason).inc()
        if reason in _SURPRISES:
            log.warning("sound_file_missing", purpose=purpose, call_id=call_id, reason=reason)
    return sum(len(call.changes) for call in calls) == BATCH


async def _look_at(purpose: Purpose, call: DueCall, look: Look, known: set[str], now: datetime) -> Found | NotYet:
    try:
        return await look(call, known, now)
    except OSError as error:
        log.error("sound_file_unreadable", purpose=purpose, reason=error.strerror)
        return NotYet(delay=OUT_OF_REACH_DELAY)
