"""Taking messages over from the PBX: copied by content hash into a folder of ours, then removed there."""

from __future__ import annotations

import asyncio
import os
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import structlog

from callcenter.audio import intake, wav
from callcenter.audio.copy import copy_whole
from callcenter.audio.folders import message_folder
from callcenter.audio.intake import Found, NotYet
from callcenter.audio.intake_store import DueCall, NewFile
from callcenter.audio.rules import FILE_APPEARS_WITHIN, AudioKind, MissingReason, Purpose
from callcenter.audio.safe_folder import OutsideFolder, open_inside
from callcenter.clock import Clock, utc_now
from callcenter.pbx_settings import Pbx
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from callcenter.voicemail.rules import is_of_call, path_in_folder

log = structlog.stdlib.get_logger(__name__)

LOOK_AGAIN = timedelta(seconds=2)
_LONGEST_DESCRIPTION = 1 << 16


async def follow(database: Database, settings: Settings, pbx: Pbx, clock: Clock = utc_now) -> None:
    """Take messages over from a PBX, until cancelled."""
    kept = message_folder(settings)
    await intake.follow(database, Purpose.MESSAGE, pbx.name, partial(look, pbx.voicemail_dir, kept), clock)


async def look(root: Path | None, kept: Path, call: DueCall, known: set[str], now: datetime) -> Found | NotYet:
    """Copy the message of a call from `root` to `kept`. Raises OSError where one of them cannot be used."""
    return await asyncio.to_thread(_look, root, kept, call, known, now)


def _look(root: Path | None, kept: Path, call: DueCall, known: set[str], now: datetime) -> Found | NotYet:
    if known:
        return Found()
    if root is None:
        return Found(missing=MissingReason.NOT_LOOKED_FOR)
    root.stat()
    path = path_in_folder(call.message_file)
    if path is None:
        return Found(missing=MissingReason.NO_FILE)
    try:
        if not is_of_call(_read_description(root, path), started_at=call.started_at, ended_at=call.ended_at):
            return Found(missing=MissingReason.NO_FILE)
        return Found(files=(_copy(root, path, kept, call),))
    except FileNotFoundError:
        if call.ended_at is not None and now < call.ended_at + FILE_APPEARS_WITHIN:
            return NotYet(delay=LOOK_AGAIN)
        return Found(missing=MissingReason.NO_FILE)
    except (wav.NotAWav, OutsideFolder):
        log.warning("message_unusable", pbx=call.pbx, call_id=call.call_id)
        return Found(missing=MissingReason.UNREADABLE)


def _read_description(root: Path, path: str) -> str:
    with open_inside(root, f"{path}.txt") as descriptor:
        return os.pread(descriptor, _LONGEST_DESCRIPTION, 0).decode(errors="replace")


def _copy(root: Path, path: str, kept: Path, call: DueCall) -> NewFile:
    """Under a name of its own first: what bears the name of its content is whole."""
    kept.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = kept / f".{uuid4().hex}"
    with open_inside(root, f"{path}.wav") as source:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            copy_whole(source, descriptor)
            is_closed = wav.read_header(descriptor).is_closed
            if not is_closed:
                wav.mend(descriptor)
            sound = wav.examine(descriptor)
            os.fsync(descriptor)
            name = f"{sound.sha256}_{_whole_id(call)}.wav"
            part.rename(kept / name)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
    _sync(kept)
    return NewFile(
        kind=AudioKind.MESSAGE,
        pbx=call.pbx,
        call_id=call.call_id,
        path=name,
        sha256=sound.sha256,
        size=sound.size,
        duration=sound.duration,
        is_silent=sound.is_silent,
        is_mended=not is_closed,
        mailbox=call.mailbox,
        started_at=call.started_at,
        notice_at=None,
        original=path,
    )


def _whole_id(call: DueCall) -> str:
    """Two PBXs without a systemname give the same ids."""
    return call.call_id if call.call_id.startswith(f"{call.pbx}-") else f"{call.pbx}-{call.call_id}"


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
