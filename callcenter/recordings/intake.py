"""Finding what the PBX has recorded of a call."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from callcenter.audio import intake, wav
from callcenter.audio.intake import Found, NotYet
from callcenter.audio.intake_store import DueCall, NewFile
from callcenter.audio.rules import FILE_APPEARS_WITHIN, MissingReason, Purpose
from callcenter.audio.safe_folder import OutsideFolder, list_inside, remove_inside
from callcenter.audio.unfinished_files import LOOK_AGAIN, Finished, examine_finished
from callcenter.calls.records import Direction, Outcome
from callcenter.clock import Clock, utc_now
from callcenter.pbx_settings import Pbx
from callcenter.postgres.database import Database
from callcenter.recordings.rules import RecordingName, folder_of, parse_name

log = structlog.stdlib.get_logger(__name__)


async def follow(database: Database, pbx: Pbx, clock: Clock = utc_now) -> None:
    """Take in what a PBX records, until cancelled."""
    await intake.follow(database, Purpose.RECORDING, pbx.name, partial(look, pbx.recordings_dir), clock)


async def look(root: Path | None, call: DueCall, known: set[str], now: datetime) -> Found | NotYet:
    """The files of a call that are not known. Raises OSError where the folder cannot be read."""
    return await asyncio.to_thread(_look, root, call, known, now)


def _look(root: Path | None, call: DueCall, known: set[str], now: datetime) -> Found | NotYet:
    if root is None:
        return Found(missing=None if known else _missing(call, MissingReason.NOT_LOOKED_FOR))
    paths, is_unreadable = _list_paths(root, call.call_id)
    files, empty = [], []
    for path, name in paths:
        if path in known:
            continue
        try:
            file = _examine(root, path, name, call, now)
        except (wav.NotAWav, OutsideFolder):
            is_unreadable = True
            continue
        if isinstance(file, NotYet):
            return file
        if file is None:
            empty.append(path)
        else:
            files.append(file)
    if files or known:
        return Found(files=tuple(files))
    if is_unreadable:
        log.warning("recording_unusable", pbx=call.pbx, call_id=call.call_id)
        return Found(missing=_missing(call, MissingReason.UNREADABLE))
    missing = _missing(call, MissingReason.NO_SOUND if empty else MissingReason.NO_FILE)
    if missing is MissingReason.NO_FILE and call.ended_at is not None and now < call.ended_at + FILE_APPEARS_WITHIN:
        return NotYet(delay=LOOK_AGAIN)
    for path in empty:
        remove_inside(root, path, with_empty_folders=True)
    return Found(missing=missing)


def _list_paths(root: Path, call_id: str) -> tuple[list[tuple[str, RecordingName]], bool]:
    """Files that are called like recordings, and whether there is something instead of the call's folder."""
    folder = folder_of(call_id)
    if folder is None:
        return [], False
    try:
        names = list_inside(root, folder)
    except OutsideFolder:
        return [], True
    return [(f"{folder}/{name}", parsed) for name in names if (parsed := parse_name(name)) is not None], False


def _missing(call: DueCall, found: MissingReason) -> MissingReason | None:
    """What is noted of a call where this was found; None for one that nobody expects a recording of."""
    if call.outcome is not Outcome.ANSWERED or call.direction is Direction.INTERNAL:
        return None
    return MissingReason.JOINED if call.is_in_joined and found is not MissingReason.UNREADABLE else found


def _examine(root: Path, path: str, name: RecordingName, call: DueCall, now: datetime) -> NewFile | NotYet | None:
    """None for a file without sound. Raises NotAWav, OutsideFolder, OSError."""
    finished = examine_finished(root, path, ended_at=call.ended_at, now=now)
    if not isinstance(finished, Finished):
        return finished
    return NewFile(
        kind=name.kind,
        pbx=call.pbx,
        call_id=call.call_id,
        path=path,
        sha256=finished.sound.sha256,
        size=finished.sound.size,
        duration=finished.sound.duration,
        is_silent=finished.sound.is_silent,
        is_mended=finished.is_mended,
        mailbox=None,
        started_at=call.answered_at or call.started_at,
        notice_at=call.answered_at if name.is_told_on_answer else name.notice_at,
        original=None,
    )
