"""Recordings of our own: told by their content, in the form in which Asterisk plays them."""

from __future__ import annotations

import io
import itertools
import math
import struct
import wave
from datetime import timedelta

import pytest

from callcenter.casework.broadcasts.own_sound import read_sound
from callcenter.errors import InputError


def recording(
    *, rate: int = 16000, seconds: float = 2.0, height: int = 8000, channels: int = 1, width: int = 2
) -> bytes:
    """A tone of 400 Hz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(width)
        sound.setframerate(rate)
        samples = [round(height * math.sin(2 * math.pi * 400 * place / rate)) for place in range(int(rate * seconds))]
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples) if width == 2 else bytes(len(samples)))
    return file.getvalue()


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
def test_a_recording_is_brought_to_8_kilohertz_and_lasts_as_long_as_before(rate: int) -> None:
    found = read_sound(io.BytesIO(recording(rate=rate)))
    with wave.open(io.BytesIO(found.wav)) as sound:
        form = (sound.getnchannels(), sound.getsampwidth(), sound.getframerate(), sound.getnframes())
        samples = struct.unpack(f"<{form[3]}h", sound.readframes(form[3]))
    assert (form, found.duration) == ((1, 2, 8000, 16000), timedelta(seconds=2))
    assert 7000 < max(samples) <= 8000
    turns = sum(1 for before, after in itertools.pairwise(samples) if before < 0 <= after)
    assert abs(turns - 800) <= 1, "400 Hz, whatever the rate"


def test_the_same_sound_has_the_same_name() -> None:
    first, again, other = (read_sound(io.BytesIO(recording(height=height))) for height in (8000, 8000, 9000))
    assert (first.sha256 == again.sha256, first.sha256 == other.sha256) == (True, False)


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"RIFF",
        b"%PDF-1.7 named as a WAV",
        recording(channels=2),
        recording(width=1),
        recording(rate=96000),
        recording(rate=4000),
        recording(seconds=0.5),
        recording(rate=8000, seconds=60.5),
        recording(height=100),
        recording()[:-100],
    ],
    ids=["empty", "cut header", "pdf", "stereo", "8 bits", "96 kHz", "4 kHz", "short", "long", "silent", "cut"],
)
def test_anything_else_is_no_recording(given: bytes) -> None:
    with pytest.raises(InputError) as refused:
        read_sound(io.BytesIO(given))
    assert refused.value.code == "not_a_recording"
