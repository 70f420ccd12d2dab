"""What was recorded of a mediation that is over: which files, how long, and the checksum they had then."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import wave
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from callcenter.database import Database
from callcenter.mediation import store
from callcenter.mediation.rules import HostWord

log = logging.getLogger(__name__)

RECORDER_PAUSE = timedelta(seconds=3)
"""After the end the PBX still closes its files."""


async def store_recordings(database: Database, folder: Path, pbx: str, now: datetime) -> None:
    """Take down the recordings of every mediation that ended a moment ago or while we were away."""
    if not folder.is_dir():
        return  # nothing was ever recorded, or it is elsewhere: looked at again when it is there
    async with database.sessions.begin() as session:
        mediation_ids = await store.list_not_stored(session, pbx, now - RECORDER_PAUSE)
    for mediation_id in mediation_ids:
        try:
            found = await asyncio.to_thread(_examine, folder / str(mediation_id))
        except OSError as error:
            log.error("The recordings of mediation %s cannot be read: %s.", mediation_id, error.strerror)
            await _note_unreadable(database, mediation_id, now)
            continue
        async with database.sessions.begin() as session:
            legs = {leg.uniqueid: leg.id for leg in await store.list_legs(session, mediation_id)}
            rows = [
                {
                    **file,
                    "mediation_id": mediation_id,
                    "leg_id": legs.get(Path(file["file"]).name.removesuffix(".wav")),
                    "stored_at": now,
                }
                for file in found
            ]
            await store.add_recordings(session, rows)
            await store.change_mediation(session, mediation_id, recordings_stored_at=now)


async def _note_unreadable(database: Database, mediation_id: int, now: datetime) -> None:
    async with database.sessions.begin() as session:
        actor, what = store.BACKEND_ACTOR, HostWord.FILES_UNREADABLE
        await store.add_event(session, mediation_id, at=now, actor=actor, what=what)
        await store.change_mediation(session, mediation_id, recordings_stored_at=now)


def _examine(folder: Path) -> list[dict[str, Any]]:
    found = []
    for path in sorted(folder.glob("*.wav")):
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        found.append(
            {
                "file": f"{folder.name}/{path.name}",
                "sha256": sha256,
                "size_bytes": path.stat().st_size,
                "duration": _duration(path),
            }
        )
    return found


def _duration(path: Path) -> timedelta | None:
    """None for a file that is no whole WAV, as one of a PBX that died."""
    try:
        with wave.open(str(path)) as sound:
            return timedelta(seconds=sound.getnframes() / sound.getframerate())
    except (wave.Error, EOFError):
        return None
