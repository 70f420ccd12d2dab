"""The sound of what a broadcast says: a file named by the text, in the folder of the PBX that plays it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from pathlib import Path

from callcenter.audio.speech import speak

_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def name_sound(text: str) -> str:
    """Of the file, without its ending: the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()


async def ensure_sound(folder: Path, text: str) -> str:
    """The name of the file, which is there. Raises UnavailableError, OSError."""
    name = name_sound(text)
    if not (folder / f"{name}.wav").exists():
        await asyncio.to_thread(_write, folder, name, text)
    return name


def _write(folder: Path, name: str, text: str) -> None:
    """Whole or not at all, whoever else writes it at the same time."""
    sound = speak(text, voice="cmn" if _CHINESE.search(text) else "en-us", speed=130)
    part = folder / f"{name}.{os.getpid()}.part"
    part.write_bytes(sound)
    part.chmod(0o644)
    part.rename(folder / f"{name}.wav")
