"""Generates the announcements of `asterisk_conf/announcements.toml` with Debian's espeak-ng, as Asterisk plays them."""

import fcntl
import hashlib
import shutil
import struct
import subprocess
import tomllib
import wave
from collections.abc import Iterator, Mapping
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from .errors import LabError
from .paths import CONFIG_TEMPLATES, cache_dir

TEXTS = CONFIG_TEMPLATES / "announcements.toml"
RATE = 8000

_ALL_OF = {"day": range(1, 32), "hour": range(24), "minute": range(60)}
"""Parts of a date and time, each in a sound file of its own (`hour-8`)."""

_NO_SPEECH = frozenset(("voice", "speed", "months", *_ALL_OF))


def ensure_announcements() -> Path:
    """The folder of generated announcements in the cache, one folder a language; made on first use."""
    made_of = TEXTS.read_bytes() + Path(__file__).read_bytes()
    folder = cache_dir() / "announcements" / hashlib.sha256(made_of).hexdigest()[:16]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = folder.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            write_announcements(part)
            part.rename(folder)
    return folder


def write_announcements(folder: Path) -> None:
    """Write every text to `folder/LANGUAGE/NAME.wav`. Raises LabError where espeak-ng is missing or fails."""
    for language, texts in tomllib.loads(TEXTS.read_text(encoding="utf-8")).items():
        (folder / language).mkdir(parents=True, exist_ok=True)
        for name, text in spoken_texts(texts):
            samples = resample(*_speak(text, voice=texts["voice"], speed=texts["speed"]))
            with wave.open(str(folder / language / f"{name}.wav"), "wb") as sound:
                sound.setnchannels(1)
                sound.setsampwidth(2)
                sound.setframerate(RATE)
                sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))


def spoken_texts(texts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and text of every file of one language."""
    yield from ((name, text) for name, text in texts.items() if name not in _NO_SPEECH)
    yield from ((f"month-{number}", text) for number, text in enumerate(texts["months"], start=1))
    for part, numbers in _ALL_OF.items():
        names = ((f"{part}-{number}", texts[part].format(number)) for number in numbers)
        yield from ((name, text) for name, text in names if name not in texts)


def resample(samples: tuple[int, ...], rate: int) -> list[int]:
    """To RATE from a higher rate: each new sample is the mean of those it replaces."""
    sums = (0, *accumulate(samples))
    edges = [number * rate // RATE for number in range(len(samples) * RATE // rate + 1)]
    return [(sums[end] - sums[begin]) // (end - begin) for begin, end in pairwise(edges)]


def _speak(text: str, *, voice: str, speed: int) -> tuple[tuple[int, ...], int]:
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "--stdout", "--", text]
    try:
        spoken = subprocess.run(command, capture_output=True, check=True).stdout
    except FileNotFoundError:
        raise LabError("espeak-ng is missing; ask root to run: apt-get install -y espeak-ng") from None
    except subprocess.CalledProcessError as error:
        raise LabError(f"espeak-ng could not speak {text!r}: {error.stderr.decode().strip()}") from None
    # written to a pipe, the header has no valid length, and `wave` would trust it
    header = spoken[: spoken.index(b"data") + 8]
    rate = int.from_bytes(header[24:28], "little")
    data = spoken[len(header) :]
    return struct.unpack(f"<{len(data) // 2}h", data[: len(data) // 2 * 2]), rate
