"""Deleting what has been kept long enough, making room in time, and never without a certificate."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.audio import retention_store, wav
from callcenter.audio.folders import SoundFolder, find_folder, list_folders
from callcenter.audio.metrics import DELETED, FREE_PERCENT, IS_ALARM, TO_REMOVE
from callcenter.audio.rules import AudioKind, DeletionRule, DiskState, Space, choose_to_make_room, disk_state
from callcenter.audio.safe_folder import OutsideFolder, list_inside, open_inside, remove_inside
from callcenter.audio.tables import AudioFile
from callcenter.clock import Clock, utc_now
from callcenter.jobs.service import last_ended_day, run_due_days
from callcenter.pbx_settings import Pbx
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.settings import Settings

log = structlog.stdlib.get_logger(__name__)

JOB = "audio_retention"
POLL_SECONDS = 60.0
BATCH = 1000
"""Files on one certificate."""

Measure = Callable[[Path], Space]


def measure_space(folder: Path) -> Space:
    """Of the disk below a folder. Raises OSError."""
    usage = shutil.disk_usage(folder)
    return Space(total=usage.total, free=usage.free)


async def run_keeping(
    database: Database, settings: Settings, measure: Measure = measure_space, clock: Clock = utc_now
) -> None:
    """Until cancelled. Outages of the database are waited out; any other error is raised."""

    async def work() -> None:
        await keep(database, settings, now=clock(), measure=measure)

    await follow(database, work, task="audio retention", every=POLL_SECONDS)


async def keep(database: Database, settings: Settings, *, now: datetime, measure: Measure) -> None:
    """All that is to be done now: finish what was begun, delete what is due, make room."""
    await remove_files(database, settings, now=now)
    for _ in await delete_expired(database, settings, now=now):
        await remove_files(database, settings, now=now)
    for folder in list_folders(settings):
        await look_at_disk(database, settings, folder, now=now, measure=measure)


async def delete_expired(database: Database, settings: Settings, *, now: datetime) -> list[date]:
    """Once a day: certify the deletion of files that have been kept as long as the setting says. The days done here.

    What an agent wrote down about a call goes as its sound does.
    """
    deleted = notes = 0

    async def delete(session: AsyncSession, _day: date) -> None:
        nonlocal deleted, notes
        await retention_store.lock_deletions(session)
        started_before = now - timedelta(days=settings.audio_retention_days)
        while files := await retention_store.list_deletable(session, started_before=started_before, limit=BATCH):
            await retention_store.certify(session, files, rule=DeletionRule.RETENTION, now=now)
            deleted += len(files)
        notes += await retention_store.delete_notes(session, started_before=started_before)

    last_day = last_ended_day(now, settings.timezone, settings.nightly_at)
    days = await run_due_days(database, JOB, first_day=last_day, last_day=last_day, work=delete, now=now)
    if deleted:
        DELETED.labels(DeletionRule.RETENTION).inc(deleted)
        log.info("sound_files_expired", deleted=deleted)
    if notes:
        log.info("call_notes_expired", deleted=notes)
    return days


async def look_at_disk(
    database: Database, settings: Settings, folder: SoundFolder, *, now: datetime, measure: Measure
) -> DiskState | None:
    """Raise the alarm in time, and make room at the floor; None where there is no such disk.

    So much is deleted as brings it back to the floor, and then it is left to the next look whether that has helped.
    """
    if not folder.path.is_dir():
        return None
    purpose, pbx = folder.purpose, folder.pbx
    try:
        space = await asyncio.to_thread(measure, folder.path)
    except OSError as error:
        log.error("disk_space_unknown", purpose=purpose, pbx=pbx, reason=error.strerror)
        return None
    state = disk_state(space, alarm_percent=settings.disk_alarm_percent, floor_percent=settings.disk_floor_percent)
    FREE_PERCENT.labels(purpose, pbx or "").set(space.free_percent)
    IS_ALARM.labels(purpose, pbx or "").set(state is not DiskState.GOOD)
    if state is not DiskState.GOOD:
        log.warning("disk_space_low", purpose=purpose, pbx=pbx, free_percent=round(space.free_percent, 1))
    if state is DiskState.FULL:
        await _make_room(database, settings, folder, space, now=now)
    return state


async def _make_room(
    database: Database, settings: Settings, folder: SoundFolder, space: Space, *, now: datetime
) -> None:
    started_before = now - timedelta(days=settings.audio_minimum_retention_days)
    async with database.sessions.begin() as session:
        await retention_store.lock_deletions(session)
        oldest = await retention_store.list_deletable(
            session, started_before=started_before, purpose=folder.purpose, pbx=folder.pbx, limit=BATCH
        )
        chosen = choose_to_make_room(oldest, space, floor_percent=settings.disk_floor_percent)
        if chosen:
            await retention_store.certify(session, chosen, rule=DeletionRule.DISK_NEARLY_FULL, now=now)
    if not chosen:
        log.error("disk_full_nothing_deletable", purpose=folder.purpose, pbx=folder.pbx)
        return
    DELETED.labels(DeletionRule.DISK_NEARLY_FULL).inc(len(chosen))
    log.warning("disk_full_oldest_deleted", purpose=folder.purpose, pbx=folder.pbx, deleted=len(chosen))
    await remove_files(database, settings, now=now)


async def remove_files(database: Database, settings: Settings, *, now: datetime) -> None:
    """Remove every file of our own PBXs that has a certificate, and originals of messages taken over.

    Whoever cannot see a file must not say that it is gone. May be stopped anywhere: what is not noted as removed is
    removed again.
    """
    TO_REMOVE.set(sum([await _remove_files(database, settings, pbx, now=now) for pbx in settings.pbxs]))


async def _remove_files(database: Database, settings: Settings, pbx: Pbx, *, now: datetime) -> int:
    """How many of a PBX could not be removed."""
    left = 0
    after = 0
    while True:
        async with database.sessions.begin() as session:
            files = await retention_store.list_to_remove(session, pbx.name, after=after, limit=BATCH)
        for file in files:
            after = file.id
            if file.original is not None and pbx.voicemail_dir is not None:
                left += not await _remove_original(database, pbx.voicemail_dir, file, file.original)
            if file.certificate_id is not None and file.removed_at is None:
                left += not await _remove_certified(database, settings, file, now=now)
        if len(files) < BATCH:
            return left


async def _remove_certified(database: Database, settings: Settings, file: AudioFile, *, now: datetime) -> bool:
    folder = find_folder(settings, AudioKind(file.kind).purpose, file.pbx)
    if folder is None:
        return False
    try:
        folder.stat()
        await asyncio.to_thread(remove_inside, folder, file.path, with_empty_folders=True)
    except (OSError, OutsideFolder) as error:
        log.error("certified_file_not_removed", file_id=file.id, reason=str(error))
        return False
    async with database.sessions.begin() as session:
        await retention_store.note_removed(session, file.id, now)
    return True


async def _remove_original(database: Database, folder: Path, file: AudioFile, original: str) -> bool:
    try:
        is_ours = await asyncio.to_thread(_remove_if_same, folder, original, file.sha256)
    except (OSError, OutsideFolder) as error:
        log.error("pbx_copy_not_removed", file_id=file.id, reason=str(error))
        return False
    if not is_ours:
        log.warning("pbx_copy_replaced", file_id=file.id)
    async with database.sessions.begin() as session:
        await retention_store.forget_original(session, file.id)
    return True


def _remove_if_same(folder: Path, original: str, sha256: str) -> bool:
    """Whether the message there is that one, or gone already.

    Its description goes last: by it app_voicemail knows that the number is taken (last_message_index).
    """
    try:
        with open_inside(folder, f"{original}.wav") as descriptor:
            # a message that its writer left unfinished was mended in our copy alone
            if sha256 not in (wav.examine(descriptor).sha256, wav.sha256_mended(descriptor)):
                return False
    except FileNotFoundError:
        folder.stat()
        remove_inside(folder, f"{original}.txt")
        return True
    except wav.NotAWav:
        return False
    parent, _, name = original.rpartition("/")
    for found in sorted(list_inside(folder, parent), key=lambda found: found.endswith(".txt")):
        if found.startswith(f"{name}."):
            remove_inside(folder, f"{parent}/{found}")
    return True
