"""Tones: music on hold for the PBX, and the voices of phones that speak."""

import math
import struct
from functools import cache

_RATE = 8000

VOICES = {"caller": 520, "dialler": 640, "agent": 770, "mobile": 910}
"""Hertz of each kind of phone, so that a recording shows who speaks. Music has another."""


def tone(seconds: float, *, hertz: int = 440) -> bytes:
    """A soft sine as 16-bit mono samples at 8 kHz."""
    count = int(seconds * _RATE)
    return struct.pack(f"<{count}h", *(int(6000 * math.sin(2 * math.pi * hertz * n / _RATE)) for n in range(count)))


@cache
def voice(kind: str) -> bytes:
    """Two seconds of a kind of phone, as it sends them."""
    return alaw(tone(2.0, hertz=VOICES[kind]))


def alaw(samples: bytes) -> bytes:
    """The same in A-law (ITU-T G.711), the wire format of Chinese trunks."""
    return bytes(_alaw(sample) for (sample,) in struct.iter_unpack("<h", samples))


def _alaw(sample: int) -> int:
    mask = 0xD5 if sample >= 0 else 0x55
    magnitude = (sample if sample >= 0 else -sample - 1) >> 3
    segment = max(0, magnitude.bit_length() - 5)
    mantissa = (magnitude >> max(1, segment)) & 0x0F
    return ((segment << 4) | mantissa) ^ mask
