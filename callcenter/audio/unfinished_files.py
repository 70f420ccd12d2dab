"""Files that the PBX records into: finished, still being written, or left by a writer that died."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from callcenter.audio import wav
from callcenter.audio.intake import NotYet
from callcenter.audio.rules import is_left_by_its_writer
from callcenter.audio.safe_folder import open_inside
from callcenter.audio.wav import Sound

LOOK_AGAIN = timedelta(seconds=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """A whole file."""

    sound: Sound
    is_mended: bool


def examine_finished(root: Path, path: str, *, ended_at: datetime | None, now: datetime) -> Finished | NotYet | None:
    """What a file comes to, mended where its writer died; None for one without sound.

    Raises NotAWav, OutsideFolder, OSError.
    """
    with open_inside(root, path) as descriptor:
        status = os.fstat(descriptor)
        is_whole = status.st_size >= wav.HEADER_BYTES
        is_closed = is_whole and wav.read_header(descriptor).is_closed
        if not is_closed and not is_left_by_its_writer(status.st_mtime, ended_at, now):
            return NotYet(delay=LOOK_AGAIN)
        if status.st_size <= wav.HEADER_BYTES:
            return None
        if not is_closed:
            with open_inside(root, path, for_writing=True) as writable:
                wav.mend(writable)
        return Finished(sound=wav.examine(descriptor), is_mended=not is_closed)
