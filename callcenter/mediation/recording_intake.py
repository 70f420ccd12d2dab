"""The recordings of mediations: taking them in once a mediation is over, and who may hear them.

The PBX records into `NUMBER/room.wav` and `NUMBER/UNIQUEID.wav` below `monitor/mediation`; the number of a mediation is
never used again, so that the path says whose a file is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.audio import intake_store, wav
from callcenter.audio.intake import NotYet
from callcenter.audio.intake_store import NewFile
from callcenter.audio.metrics import DUE, TAKEN_IN
from callcenter.audio.rules import FILE_APPEARS_WITHIN, AudioKind, Purpose
from callcenter.audio.safe_folder import OutsideFolder, list_inside, remove_inside
from callcenter.audio.tables import AudioFile
from callcenter.audio.unfinished_files import Finished, examine_finished
from callcenter.mediation import store
from callcenter.mediation.recording_refusals import ROOM, Refusals
from callcenter.mediation.rules import HostWord, LegRole
from callcenter.mediation.tables import Mediation, MediationLeg
from callcenter.postgres.database import Database

log = structlog.stdlib.get_logger(__name__)

RECORDER_PAUSE = timedelta(seconds=3)
"""After the end the PBX still closes its files."""

GIVEN_UP = timedelta(hours=1)
"""A folder or file that cannot be read is tried again for so long."""

LOOK_AGAIN = timedelta(seconds=1)

ROOM_FILE = "room.wav"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    files: Mapping[str, Finished]
    """By path."""
    is_unreadable: bool


async def take_in_recordings(database: Database, folder: Path, pbx: str, now: datetime) -> None:
    """Take in the recordings of every mediation that ended a moment ago or while we were away.

    May be stopped anywhere and run by several at once: each file is taken in once.
    """
    if not folder.is_dir():
        return  # nothing was ever recorded, or it is elsewhere: looked at again when it is there
    async with database.sessions.begin() as session:
        ended = await store.list_not_stored(session, pbx, now - RECORDER_PAUSE)
    DUE.labels(Purpose.MEDIATION, pbx).set(len(ended))
    for mediation in ended:
        found = await asyncio.to_thread(_look, folder, mediation.id, mediation.ended_at, now)
        if isinstance(found, NotYet):
            continue
        async with database.sessions.begin() as session:
            mediation = await store.get_mediation(session, mediation.id, is_locked=True)
            if mediation.recordings_stored_at is not None:
                continue
            files = await _describe(session, mediation, found.files)
            await intake_store.add_files(session, files, now)
            if found.is_unreadable:
                actor, what = store.BACKEND_ACTOR, HostWord.FILES_UNREADABLE
                await store.add_event(session, mediation.id, at=now, actor=actor, what=what)
            await store.change_mediation(session, mediation.id, recordings_stored_at=now)
        TAKEN_IN.labels(Purpose.MEDIATION).inc(len(files))


def _look(folder: Path, mediation_id: int, ended_at: datetime | None, now: datetime) -> _Found | NotYet:
    files = {}
    is_unreadable = False
    age = timedelta() if ended_at is None else now - ended_at
    try:
        names = list_inside(folder, str(mediation_id))
    except OSError as error:
        if age < GIVEN_UP:
            return NotYet(delay=LOOK_AGAIN)
        log.error("mediation_recordings_unreadable", mediation_id=mediation_id, reason=str(error))
        return _Found(files={}, is_unreadable=True)
    except OutsideFolder as error:
        log.error("mediation_recordings_unreadable", mediation_id=mediation_id, reason=str(error))
        return _Found(files={}, is_unreadable=True)
    if not names and age < FILE_APPEARS_WITHIN:
        return NotYet(delay=LOOK_AGAIN)
    for path in (f"{mediation_id}/{name}" for name in names if name.endswith(".wav")):
        try:
            examined = examine_finished(folder, path, ended_at=ended_at, now=now)
            if isinstance(examined, NotYet):
                return examined
            if examined is None:
                remove_inside(folder, path, with_empty_folders=True)
            else:
                files[path] = examined
        except OSError as error:
            if age < GIVEN_UP:
                return NotYet(delay=LOOK_AGAIN)
            log.error("mediation_recording_unreadable", path=path, reason=str(error))
            is_unreadable = True
        except (wav.NotAWav, OutsideFolder) as error:
            log.error("mediation_recording_unreadable", path=path, reason=str(error))
            is_unreadable = True
    return _Found(files=files, is_unreadable=is_unreadable)


async def _describe(session: AsyncSession, mediation: Mediation, found: Mapping[str, Finished]) -> list[NewFile]:
    legs = await store.list_legs(session, mediation.id)
    refusals = Refusals.of(await store.list_events(session, mediation.id))
    begun_at = mediation.opened_at or mediation.created_at
    files = []
    for path, examined in found.items():
        is_room = path.endswith(f"/{ROOM_FILE}")
        leg = None if is_room else leg_of(path, legs)
        refused_at = refusals.refused_at(ROOM) if is_room else refusals.said_at.get(leg.id) if leg else None
        files.append(
            NewFile(
                kind=AudioKind.ROOM if is_room else AudioKind.LEG,
                pbx=mediation.pbx,
                call_id=call_of(mediation, legs),
                path=path,
                sha256=examined.sound.sha256,
                size=examined.sound.size,
                duration=examined.sound.duration,
                is_silent=examined.sound.is_silent,
                is_mended=examined.is_mended,
                mailbox=None,
                started_at=(leg.joined_at if leg else None) or begun_at,
                notice_at=leg.joined_at if leg is not None and leg.called_at and leg.role != LegRole.HOST else None,
                original=None,
                refused_at=refused_at,
            )
        )
    return files


def call_of(mediation: Mediation, legs: Sequence[MediationLeg]) -> str:
    """Under which call the files are kept and held: the consumer's, or the host's where the consumer was never rung."""
    host = next((leg.uniqueid for leg in legs if leg.role == LegRole.HOST), None)
    return mediation.call_id or host or ""


def leg_of(path: str, legs: Sequence[MediationLeg]) -> MediationLeg | None:
    """Whose voice a file holds; None for the room's."""
    name = path.rpartition("/")[2].removesuffix(".wav")
    return next((leg for leg in legs if leg.uniqueid == name), None)


def stop_of(file: AudioFile, leg: MediationLeg | None, refusals: Refusals) -> datetime | None:
    """When the PBX said that a recording was over, after somebody in it had refused; None where it did not say so."""
    if file.kind == AudioKind.ROOM:
        return refusals.stopped_at.get(ROOM)
    return None if leg is None else refusals.stopped_at.get(leg.id)
