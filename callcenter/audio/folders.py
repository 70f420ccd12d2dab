"""In which folders sound files lie."""

from __future__ import annotations

from pathlib import Path

from callcenter.audio.rules import Purpose
from callcenter.settings import Settings


def message_folder(settings: Settings) -> Path:
    """Where messages are kept that were taken over from the PBX."""
    return settings.data_dir / "messages"


def find_folder(settings: Settings, purpose: Purpose) -> Path | None:
    """Where the files of a purpose are kept; None where none are."""
    match purpose:
        case Purpose.RECORDING:
            return settings.recordings_dir
        case Purpose.MEDIATION:
            return settings.mediation_recordings
        case Purpose.MESSAGE:
            return message_folder(settings)
