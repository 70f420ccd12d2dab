"""Generates the announcements of `asterisk_conf/announcements.toml` with Debian's espeak-ng, as Asterisk plays them."""

import fcntl
import hashlib
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from callcenter.audio import speech
from callcenter.errors import UnavailableError

from .errors import LabError
from .paths import CONFIG_TEMPLATES, cache_dir

TEXTS = CONFIG_TEMPLATES / "announcements.toml"

_ALL_OF = {"day": range(1, 32), "hour": range(24), "minute": range(60)}
"""Parts of a date and time, each in a sound file of its own (`hour-8`)."""

_NO_SPEECH = frozenset(("voice", "speed", "months", *_ALL_OF))


def ensure_announcements() -> Path:
    """The folder of generated announcements in the cache, one folder a language; made on first use."""
    made_of = TEXTS.read_bytes() + Path(__file__).read_bytes() + Path(speech.__file__).read_bytes()
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
            try:
                spoken = speech.speak(text, voice=texts["voice"], speed=texts["speed"])
            except UnavailableError as error:
                raise LabError(str(error)) from None
            (folder / language / f"{name}.wav").write_bytes(spoken)


def spoken_texts(texts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and text of every file of one language."""
    yield from ((name, text) for name, text in texts.items() if name not in _NO_SPEECH)
    yield from ((f"month-{number}", text) for number, text in enumerate(texts["months"], start=1))
    for part, numbers in _ALL_OF.items():
        names = ((f"{part}-{number}", texts[part].format(number)) for number in numbers)
        yield from ((name, text) for name, text in names if name not in texts)
