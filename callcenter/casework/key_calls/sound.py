"""What whoever is rung has to hear, as sound: a file named by the text, in the folder of the PBX that plays it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from pathlib import Path

import structlog

from callcenter.audio.speech import speak
from callcenter.errors import UnavailableError
from callcenter.pbx_settings import Pbx

log = structlog.stdlib.get_logger(__name__)

_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def name_sound(text: str) -> str:
    """Of the file, without its ending: the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()


async def ensure_sound(pbx: Pbx, text: str) -> str | None:
    """The name of the file, which is there now; None where this PBX has no folder for it or it cannot be made."""
    if pbx.spoken_dir is None:
        return None
    name = name_sound(text)
    if not (pbx.spoken_dir / f"{name}.wav").exists():
        try:
            await asyncio.to_thread(_write, pbx.spoken_dir, name, text)
        except (UnavailableError, OSError) as error:
            log.warning("text_not_spoken", pbx=pbx.name, reason=str(error))
            return None
    return name


def _write(folder: Path, name: str, text: str) -> None:
    """Whole or not at all, whoever else writes it at the same time."""
    sound = speak(text, voice="cmn" if _CHINESE.search(text) else "en-us", speed=130)
    part = folder / f"{name}.{os.getpid()}.part"
    part.write_bytes(sound)
    part.chmod(0o644)
    part.rename(folder / f"{name}.wav")
