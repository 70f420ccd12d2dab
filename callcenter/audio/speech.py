"""Texts as sound, spoken by Debian's espeak-ng, in the form in which Asterisk plays files: 16-bit mono at 8 kHz."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import wave
from collections.abc import Sequence
from itertools import accumulate, pairwise

from callcenter.errors import UnavailableError

RATE = 8000
PROGRAM = "espeak-ng"
LONGEST_SECONDS = 20.0
"""How long speaking may take: a text of 200 characters takes less than one."""


def can_speak() -> bool:
    """Whether the program is there."""
    return shutil.which(PROGRAM) is not None


def speak(text: str, *, voice: str, speed: int) -> bytes:
    """The text as a WAV file; `speed` is in words a minute. Raises UnavailableError."""
    return write_wav(resample(*_speak(text, voice=voice, speed=speed)))


def write_wav(samples: Sequence[int]) -> bytes:
    """A file of these samples at RATE."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file.getvalue()


def resample(samples: tuple[int, ...], rate: int) -> list[int]:
    """To RATE from a higher rate: each new sample is the mean of those it replaces."""
    sums = (0, *accumulate(samples))
    edges = [number * rate // RATE for number in range(len(samples) * RATE // rate + 1)]
    return [(sums[end] - sums[begin]) // (end - begin) for begin, end in pairwise(edges)]


def _speak(text: str, *, voice: str, speed: int) -> tuple[tuple[int, ...], int]:
    command = [PROGRAM, "-v", voice, "-s", str(speed), "--stdout", "--", text]
    try:
        spoken = subprocess.run(command, capture_output=True, check=True, timeout=LONGEST_SECONDS).stdout
    except FileNotFoundError:
        raise UnavailableError("espeak-ng is missing; ask root to run: apt-get install -y espeak-ng") from None
    except subprocess.TimeoutExpired:
        raise UnavailableError("espeak-ng took too long.") from None
    except subprocess.CalledProcessError as error:
        raise UnavailableError(f"espeak-ng could not speak {text!r}: {error.stderr.decode().strip()}") from None
    # written to a pipe, the header has no valid length, and `wave` would trust it
    header = spoken[: spoken.index(b"data") + 8]
    rate = int.from_bytes(header[24:28], "little")
    data = spoken[len(header) :]
    return struct.unpack(f"<{len(data) // 2}h", data[: len(data) // 2 * 2]), rate
