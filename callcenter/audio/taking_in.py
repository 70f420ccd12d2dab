"""Taking in the sound of calls that are over, call by call, however often that is interrupted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from callcenter.audio import store
from callcenter.audio.metrics import DUE, MISSING, TAKEN_IN
from callcenter.audio.rules import MissingReason, Purpose
from callcenter.audio.store import DueCall, NewFile
from callcenter.database import Database
from callcenter.outages import DATABASE_ERRORS, is_outage

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
BATCH = 50
OUT_OF_REACH_DELAY = timedelta(seconds=30)
"""How soon a folder is tried again that cannot be read at all."""


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
"""Looks for the files of a call; told are the paths that are taken in already. Raises OSError."""


async def follow(database: Database, purpose: Purpose, pbx: str, look: Look) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""
    while True:
        try:
            while await take_in_due(database, purpose, pbx, look):
                pass
            async with database.sessions.begin() as session:
                DUE.labels(purpose).set(await store.count_due(session, purpose))
        except DATABASE_ERRORS as error:
            if not is_outage(error):
                raise
            log.warning("The database is away; sound files wait for it.")
        await asyncio.sleep(POLL_SECONDS)


async def take_in_due(database: Database, purpose: Purpose, pbx: str, look: Look) -> bool:
    """One batch of calls; whether there may be more. Each call is done or not done."""
    async with database.sessions.begin() as session:
        calls = await store.list_due(session, purpose, pbx, BATCH)
    for call in calls:
        await _take_in(database, purpose, call, look)
    return len(calls) == BATCH


async def _take_in(database: Database, purpose: Purpose, call: DueCall, look: Look) -> None:
    async with database.sessions.begin() as session:
        known = await store.list_paths(session, purpose, call.pbx, call.call_id)
    now = datetime.now(UTC)
    found: Found | NotYet
    try:
        found = await look(call, known, now)
    except OSError as error:
        log.error("Sound files cannot be read (%s), and will be tried again: %s.", purpose, error.strerror)
        found = NotYet(delay=OUT_OF_REACH_DELAY)
    async with database.sessions.begin() as session:
        if isinstance(found, NotYet):
            await store.put_off(session, purpose, call, found.delay)
            return
        await store.add_files(session, found.files, now)
        missing = None if known else found.missing
        await store.note_missing(session, purpose, call.pbx, call.call_id, missing, now)
        await store.finish_due(session, purpose, call)
    TAKEN_IN.labels(purpose).inc(len(found.files))
    if missing is not None:
        MISSING.labels(purpose, missing).inc()
        log.info("There is no %s of the call %s: %s.", purpose, call.call_id, missing)
