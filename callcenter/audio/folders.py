"""In which folders sound files lie."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from callcenter.audio.rules import Purpose
from callcenter.pbx_settings import Pbx
from callcenter.settings import Settings


class SoundFolder(NamedTuple):
    """A folder with the files of one purpose; `pbx` is None where it has those of every PBX."""

    purpose: Purpose
    pbx: str | None
    path: Path


def message_folder(settings: Settings) -> Path:
    """Where messages are kept that were taken over from the PBXs."""
    return settings.data_dir / "messages"


def list_folders(settings: Settings) -> Iterator[SoundFolder]:
    """All that are set."""
    for purpose in Purpose:
        if purpose is Purpose.MESSAGE:
            yield SoundFolder(purpose, None, message_folder(settings))
            continue
        for pbx in settings.pbxs:
            path = _folder_of(pbx, purpose)
            if path is not None:
                yield SoundFolder(purpose, pbx.name, path)


def find_folder(settings: Settings, purpose: Purpose, pbx: str) -> Path | None:
    """Where the files of a purpose and a PBX are kept; None where none are.

    Where there is only one PBX everything is of it: it may have had another name.
    """
    if purpose is Purpose.MESSAGE:
        return message_folder(settings)
    of_pbx = [one for one in settings.pbxs if one.name == pbx or len(settings.pbxs) == 1]
    return _folder_of(of_pbx[0], purpose) if of_pbx else None


def _folder_of(pbx: Pbx, purpose: Purpose) -> Path | None:
    return pbx.mediation_recordings if purpose is Purpose.MEDIATION else pbx.recordings_dir
