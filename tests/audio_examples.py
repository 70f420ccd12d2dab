"""Sound files for tests, as Asterisk leaves them."""

from __future__ import annotations

import math
import os
import wave
from array import array
from pathlib import Path

RATE = 8000


def write_wav(path: Path, *, seconds: float = 2.0, hertz: int = 520, height: int = 6000) -> bytes:
    """A finished file; its bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = int(seconds * RATE)
    samples = array("h", (int(height * math.sin(2 * math.pi * hertz * place / RATE)) for place in range(count)))
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, RATE, 0, "NONE", ""))
        sound.writeframes(samples.tobytes())
    return path.read_bytes()


def leave_open(path: Path, *, age_seconds: float = 0.0) -> None:
    """As its writer has it while it writes, or had it when it died so long ago."""
    content = path.read_bytes()
    path.write_bytes(content[:4] + bytes(4) + content[8:40] + bytes(4) + content[44:])
    touched = path.stat().st_mtime - age_seconds
    os.utime(path, (touched, touched))


def record(folder: Path, call_id: str, *, notice: int | str | None = None, seconds: float = 2.0) -> None:
    """The three files of one recorded channel; `notice` "d" where it was told on the answer."""
    stem = call_id if notice is None else f"{call_id}-notice{notice}"
    for side, hertz in (("", 900), ("-caller", 520), ("-callee", 770)):
        write_wav(folder / call_id / f"{stem}{side}.wav", seconds=seconds, hertz=hertz)


def leave_message(folder: Path, number: int, *, origtime: int, seconds: float = 4.0, height: int = 6000) -> str:
    """A message in mailbox 2000; its path as the PBX tells it."""
    place = folder / "default" / "2000" / "INBOX" / f"msg{number:04d}"
    write_wav(place.with_suffix(".wav"), seconds=seconds, height=height)
    place.with_suffix(".txt").write_text(f"[message]\norigmailbox=2000\norigtime={origtime}\nduration=4\n")
    return f"/lab/spool/voicemail/default/2000/INBOX/msg{number:04d}"
