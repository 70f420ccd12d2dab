"""WAV files: what their header says, whether anybody speaks, and files whose writer died."""

from __future__ import annotations

import hashlib
import math
import os
import struct
import tempfile
import wave
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.audio import wav

RATE = 8000


def tone(seconds: float, *, height: int = 6000) -> bytes:
    count = int(seconds * RATE)
    return array("h", (int(height * math.sin(n)) for n in range(count))).tobytes()


def header(size: int, *, riff: int | None = None, rate: int = RATE, bits: int = 16, channels: int = 1) -> bytes:
    told = (size + 36 if riff is None else riff, *(b"WAVE", b"fmt ", 16, 1, channels, rate, 2 * rate, 2, bits))
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", *told, b"data", size if riff is None else riff)


@contextmanager
def file_of(content: bytes) -> Iterator[int]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        yield file.fileno()


def test_a_file_of_pythons_own_writer_is_read() -> None:
    with tempfile.TemporaryFile() as file:
        with wave.open(file, "wb") as sound:
            sound.setparams((1, 2, RATE, 0, "NONE", ""))
            sound.writeframes(tone(2.0))
        file.seek(0)
        content = file.read()
        examined = wav.examine(file.fileno())
    assert examined == wav.Sound(
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        duration=timedelta(seconds=2),
        is_silent=False,
    )


def test_a_file_that_was_never_closed_says_so_and_can_be_mended() -> None:
    sound = tone(1.0)
    with file_of(header(0, riff=0) + sound + b"x") as descriptor:
        assert wav.read_header(descriptor) == wav.Header(rate=RATE, is_closed=False)
        promised = wav.sha256_mended(descriptor)
        wav.mend(descriptor)
        assert promised == wav.examine(descriptor).sha256
        assert wav.read_header(descriptor) == wav.Header(rate=RATE, is_closed=True)
        assert os.pread(descriptor, 1 << 20, 0) == header(len(sound)) + sound
        wav.mend(descriptor)
        assert os.pread(descriptor, 1 << 20, 0) == header(len(sound)) + sound


def test_a_file_that_was_closed_without_sound_is_closed() -> None:
    with file_of(header(0)) as descriptor:
        assert wav.read_header(descriptor).is_closed
        assert wav.examine(descriptor).duration == timedelta()


def test_a_file_that_was_cut_is_not_closed() -> None:
    with file_of((header(16000) + tone(1.0))[:-2]) as descriptor:
        assert not wav.read_header(descriptor).is_closed


@pytest.mark.parametrize(
    "content",
    [b"", b"RIFF", header(0)[:43], b"x" * 60, header(0, rate=0), header(0, bits=8), header(0, channels=2)],
)
def test_what_asterisk_does_not_write_is_refused(content: bytes) -> None:
    with file_of(content) as descriptor, pytest.raises(wav.NotAWav):
        wav.read_header(descriptor)


@given(st.binary(max_size=80))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with file_of(content) as descriptor:
        try:
            wav.read_header(descriptor)
        except wav.NotAWav:
            return
        wav.examine(descriptor)


@pytest.mark.parametrize(
    ("sound", "is_silent"),
    [
        (b"", True),
        (bytes(2 * RATE), True),
        (tone(3.0, height=120), True),
        (tone(0.4), True),
        (bytes(2 * RATE) + tone(0.6) + bytes(2 * RATE), False),
        (tone(3.0, height=400), False),
        ((struct.pack("<h", 32767) + bytes(2 * RATE - 2)) * 3, True),
    ],
    ids=["nothing", "zeros", "noise", "a click", "a word", "a quiet voice", "a crackle"],
)
def test_silence_is_told_from_speech(sound: bytes, is_silent: bool) -> None:
    with file_of(header(len(sound)) + sound) as descriptor:
        assert wav.examine(descriptor).is_silent is is_silent


@given(st.lists(st.integers(-32768, 32767), max_size=400))
def test_looking_for_the_peak_first_changes_nothing(samples: list[int]) -> None:
    window = 40
    windows = [samples[begin : begin + window] for begin in range(0, len(samples), window)]
    loud = sum(math.fsum(s * s for s in part) >= wav.LOUDNESS**2 * len(part) for part in windows)
    expected = timedelta(seconds=loud * window / RATE)
    assert wav.loud_time(array("h", samples).tobytes(), window, RATE) == expected
