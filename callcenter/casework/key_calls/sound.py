"""What whoever is rung has to hear, as sound: a file named by the text, in the folder of the PBX that plays it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog

from callcenter.audio.speech import speak
from callcenter.errors import UnavailableError
from callcenter.pbx_settings import Pbx

log = structlog.stdlib.get_logger(__name__)

WAIT_SECONDS = 2.0
"""How long a ring waits for its sound, counted from when the making of that began."""
AGAIN_SECONDS = 60.0
"""A text that could not be spoken is not tried again before."""
UNUSED_FOR = timedelta(days=1)
"""A file that was used later is kept, whatever it is for."""

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_NAME = re.compile(r"[0-9a-f]{64}\.(wav|\d+\.part)")


def name_sound(text: str) -> str:
    """Of the file, without its ending: the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Making:
    task: asyncio.Task[bool]
    begun_at: float


@dataclass(frozen=True, slots=True)
class Sounds:
    """The sounds that one part of the process asks for: each is made once, and what fails is told once."""

    _makings: dict[Path, _Making] = field(default_factory=dict)
    _told: set[Path] = field(default_factory=set)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    def has(self, pbx: Pbx, name: str) -> bool:
        """Whether a sound of that name is there."""
        return pbx.spoken_dir is not None and _is_there(pbx.spoken_dir / f"{name}.wav")

    async def put(self, pbx: Pbx, name: str, wav: bytes) -> str | None:
        """The same as `find` with a sound that is known."""
        return await self._find(pbx, name, lambda: wav)

    async def find(self, pbx: Pbx, text: str) -> str | None:
        """The name of the file, which is there now; None where this PBX has no folder for it, or it is not made yet.

        Whoever asks waits until WAIT_SECONDS after the making began, and no longer.
        """
        return await self._find(pbx, name_sound(text), partial(_speak, text))

    async def _find(self, pbx: Pbx, name: str, make: Callable[[], bytes]) -> str | None:
        if pbx.spoken_dir is None:
            return None
        path = pbx.spoken_dir / f"{name}.wav"
        if _is_there(path):
            self._makings.pop(path, None)
            return name
        loop = asyncio.get_running_loop()
        making = self._makings.get(path)
        if making is None or (making.task.done() and loop.time() - making.begun_at >= AGAIN_SECONDS):
            making = _Making(asyncio.create_task(self._make(pbx.name, path, make)), loop.time())
            self._makings[path] = making
        await asyncio.wait({making.task}, timeout=max(0.0, making.begun_at + WAIT_SECONDS - loop.time()))
        return name if making.task.done() and making.task.result() else None

    async def _make(self, pbx: str, path: Path, make: Callable[[], bytes]) -> bool:
        """One at a time: a program that hangs takes one thread, and no more."""
        try:
            async with self._one:
                await asyncio.to_thread(_write, path, make)
        except (UnavailableError, OSError, ValueError) as error:
            if path not in self._told:
                self._told.add(path)
                log.warning("text_not_spoken", pbx=pbx, reason=str(error))
            return False
        return True


def delete_unused(folder: Path, in_use: Collection[str], now: datetime) -> int:
    """Delete the sounds that are for none of these names and were not used for UNUSED_FOR; how many they were.

    Files that are not named as sounds are left alone.
    """
    before = (now - UNUSED_FOR).timestamp()
    unused = [
        path
        for path in folder.iterdir()
        if _NAME.fullmatch(path.name) and path.name.split(".")[0] not in in_use and path.stat().st_mtime < before
    ]
    for path in unused:
        path.unlink(missing_ok=True)
    return len(unused)


def _is_there(path: Path) -> bool:
    """It counts as used now."""
    try:
        os.utime(path)
    except OSError:
        return path.exists()  # of another user, perhaps
    return True


def _speak(text: str) -> bytes:
    return speak(text, voice="cmn" if _CHINESE.search(text) else "en-us", speed=130)


def _write(path: Path, make: Callable[[], bytes]) -> None:
    """Whole or not at all, whoever else writes it at the same time."""
    sound = make()
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(sound)
    part.chmod(0o644)
    part.rename(path)
