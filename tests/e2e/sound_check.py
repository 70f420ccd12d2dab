"""Whose voices a recording holds: each kind of phone plays a tone of its own."""

from __future__ import annotations

import io
import math
import wave
from array import array
from collections import Counter
from collections.abc import Sequence

from hotline_lab.sound import VOICES, alaw

HEARD = 500
"""A voice plays 6000 high; what leaks into another's file is below 10."""


def voices_in(content: bytes) -> set[str]:
    """Who speaks in the middle second of a WAV file."""
    samples, rate = _samples(content)
    return _voices(samples[len(samples) // 2 - rate // 2 : len(samples) // 2 + rate // 2], rate)


def voices_ever_in(content: bytes) -> set[str]:
    """Who speaks in any quarter of a second of it."""
    samples, rate = _samples(content)
    window = rate // 4
    pieces = (samples[begin : begin + window] for begin in range(0, len(samples) - window + 1, window))
    return set[str]().union(*(_voices(piece, rate) for piece in pieces))


def height_in(content: bytes, hertz: int) -> float:
    """The most that a tone has in any tenth of a second of a WAV file."""
    samples, rate = _samples(content)
    window = rate // 10
    pieces = (samples[begin : begin + window] for begin in range(0, len(samples) - window + 1, window))
    return max((height(piece, hertz, rate=rate) for piece in pieces), default=0.0)


def seconds_of_each(content: bytes) -> dict[str, float]:
    """For how long each voice is heard in it, to a quarter of a second."""
    samples, rate = _samples(content)
    window = rate // 4
    pieces = (samples[begin : begin + window] for begin in range(0, len(samples) - window + 1, window))
    return {
        kind: count / 4 for kind, count in Counter(kind for piece in pieces for kind in _voices(piece, rate)).items()
    }


_SAMPLES = {alaw(sample.to_bytes(2, "little", signed=True))[0]: sample for sample in range(-32768, 32768, 16)}
"""What each code of A-law stands for."""


def samples_of(sound: bytes | bytearray) -> Sequence[int]:
    """Sound in A-law as samples."""
    return [_SAMPLES[code] for code in sound]


def height(samples: Sequence[int], hertz: int, *, rate: int = 8000) -> float:
    """How high a tone is in these samples: they are correlated with it."""
    turn = 2 * math.pi * hertz / rate
    real = sum(sample * math.cos(turn * place) for place, sample in enumerate(samples))
    imaginary = sum(sample * math.sin(turn * place) for place, sample in enumerate(samples))
    return 2 * math.hypot(real, imaginary) / len(samples)


def _samples(content: bytes) -> tuple[Sequence[int], int]:
    with wave.open(io.BytesIO(content)) as sound:
        return array("h", sound.readframes(sound.getnframes())), sound.getframerate()


def _voices(samples: Sequence[int], rate: int) -> set[str]:
    return {kind for kind, hertz in VOICES.items() if height(samples, hertz, rate=rate) > HEARD}
