"""WAV files as Asterisk writes them: 16-bit mono samples behind a header of 44 bytes. Works on open descriptors."""

from __future__ import annotations

import hashlib
import os
import struct
import sys
from array import array
from dataclasses import dataclass
from datetime import timedelta
from operator import mul

from callcenter.audio.copy import write_all
from callcenter.errors import InputError

HEADER_BYTES = 44
WINDOW_SECONDS = 0.05
LOUDNESS = 128
"""Root mean square of a window that is no silence: Asterisk's own `silencethreshold`, -48 dB below full scale."""
SPEECH = timedelta(seconds=0.5)
"""So much of it in all makes a file that somebody speaks in; a click is shorter."""

_PIECE = 1 << 20
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")


class NotAWav(InputError):
    """The file is no WAV file of the kind that Asterisk writes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """What the first bytes say. A file that was never closed, since its writer died, says that it has no length."""

    rate: int
    is_closed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Sound:
    """What a whole file comes to."""

    sha256: str
    size: int
    duration: timedelta
    is_silent: bool


def read_header(descriptor: int) -> Header:
    """Raises NotAWav."""
    raw = os.pread(descriptor, HEADER_BYTES, 0)
    if len(raw) < HEADER_BYTES:
        raise NotAWav
    riff, riff_size, wave, fmt, fmt_size, coding, channels, rate, _, _, bits, data, data_size = _HEADER.unpack(raw)
    if (riff, wave, fmt, fmt_size, coding, channels, bits, data) != (b"RIFF", b"WAVE", b"fmt ", 16, 1, 1, 16, b"data"):
        raise NotAWav
    if not 8000 <= rate <= 192000:
        raise NotAWav
    size = os.fstat(descriptor).st_size
    return Header(
        rate=rate,
        is_closed=riff_size >= HEADER_BYTES - 8 and riff_size + 8 <= size and data_size + HEADER_BYTES <= size,
    )


def mend(descriptor: int) -> None:
    """Write the length into the header of a file whose writer died. What its writer still held in memory is lost."""
    size = os.fstat(descriptor).st_size
    data_size = (size - HEADER_BYTES) // 2 * 2
    os.ftruncate(descriptor, HEADER_BYTES + data_size)
    write_all(descriptor, struct.pack("<I", data_size), HEADER_BYTES - 4)
    write_all(descriptor, struct.pack("<I", data_size + HEADER_BYTES - 8), 4)
    os.fsync(descriptor)


def sha256_mended(descriptor: int) -> str:
    """The hash that the file would have once it is mended. Raises NotAWav."""
    read_header(descriptor)
    data_size = (os.fstat(descriptor).st_size - HEADER_BYTES) // 2 * 2
    header = os.pread(descriptor, HEADER_BYTES, 0)
    mended = header[:4] + struct.pack("<I", data_size + HEADER_BYTES - 8) + header[8:-4] + struct.pack("<I", data_size)
    digest = hashlib.sha256(mended)
    end = HEADER_BYTES + data_size
    place = HEADER_BYTES
    while place < end and (raw := os.pread(descriptor, min(_PIECE, end - place), place)):
        digest.update(raw)
        place += len(raw)
    return digest.hexdigest()


def examine(descriptor: int) -> Sound:
    """Read all of it once. Raises NotAWav."""
    rate = read_header(descriptor).rate
    window = int(rate * WINDOW_SECONDS)
    piece = 2 * window * max(1, _PIECE // (2 * window))
    digest = hashlib.sha256(os.pread(descriptor, HEADER_BYTES, 0))
    place = HEADER_BYTES
    missing = SPEECH
    while raw := os.pread(descriptor, piece, place):
        digest.update(raw)
        place += len(raw)
        if missing > timedelta():
            missing -= loud_time(raw, window, rate)
    return Sound(
        sha256=digest.hexdigest(),
        size=place,
        duration=timedelta(seconds=(place - HEADER_BYTES) // 2 / rate),
        is_silent=missing > timedelta(),
    )


def loud_time(raw: bytes, window: int, rate: int) -> timedelta:
    """How much of the samples lies in windows that are no silence."""
    samples = array("h", raw[: len(raw) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    loud = sum(_is_loud(samples[begin : begin + window]) for begin in range(0, len(samples), window))
    return timedelta(seconds=loud * window / rate)


def _is_loud(samples: array[int]) -> bool:
    # Looking for the peak first is ten times as fast in what is silent, and a mean is never above it.
    if max(samples) < LOUDNESS and min(samples) > -LOUDNESS:
        return False
    power: int = sum(map(mul, samples, samples))
    return power >= LOUDNESS * LOUDNESS * len(samples)
