"""A recording of our own that a broadcast plays: told by its content, in the form in which Asterisk plays it. Pure."""

from __future__ import annotations

import hashlib
import struct
import wave
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO

from callcenter.audio.speech import RATE, resample, write_wav
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError

LARGEST_FILE = 8 << 20
"""A minute at 48 kHz is less."""
SHORTEST, LONGEST = timedelta(seconds=1), timedelta(seconds=60)
HIGHEST_RATE = 48_000
LOUD = 500
"""A sample that is heard, of 32,767: about -36 dB below full scale."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnSound:
    """16-bit mono at 8 kHz."""

    wav: bytes
    sha256: str
    """Of `wav`, and the name of its file at the PBX."""
    duration: timedelta


def read_sound(file: BinaryIO) -> OwnSound:
    """Raises InputError for what is no 16-bit mono WAV of one second to one minute, or where nothing is heard in it."""
    try:
        with wave.open(file, "rb") as sound:
            form = (sound.getcomptype(), sound.getnchannels(), sound.getsampwidth())
            rate, frames = sound.getframerate(), sound.getnframes()
            if form != ("NONE", 1, 2) or not RATE <= rate <= HIGHEST_RATE:
                raise _refusal("A recording is a WAV file: 16 bits, mono, 8 to 48 kHz.")
            if not SHORTEST <= timedelta(seconds=frames / rate) <= LONGEST:
                raise _refusal("A recording takes one second at least and one minute at most.")
            data = sound.readframes(frames)
    except (wave.Error, EOFError, struct.error) as error:
        raise _refusal("A recording is a WAV file: 16 bits, mono, 8 to 48 kHz.") from error
    if len(data) != frames * 2:
        raise _refusal("The recording ends before its end.")
    samples = resample(struct.unpack(f"<{frames}h", data), rate)
    if max(max(samples), -min(samples)) < LOUD:
        raise _refusal("Nothing is heard in this recording.")
    wav = write_wav(samples)
    duration = timedelta(seconds=len(samples) / RATE)
    return OwnSound(wav=wav, sha256=hashlib.sha256(wav).hexdigest(), duration=duration)


def _refusal(detail: str) -> InputError:
    return InputError(detail, code=ErrorCode.NOT_A_RECORDING)
