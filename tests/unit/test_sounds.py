"""Sounds of texts: made once, waited for a moment, a failure told once; what nothing needs is deleted."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from callcenter.casework.key_calls import sound
from callcenter.casework.key_calls.sound import Sounds, delete_unused, name_sound
from callcenter.errors import UnavailableError
from callcenter.pbx_settings import Pbx

TEXT = "二级指令。"
NAME = name_sound(TEXT)


def pbx(folder: Path | None) -> Pbx:
    return Pbx(name="pbx1", spoken_dir=folder)


async def test_a_text_is_spoken_once_for_all_who_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken: list[str] = []

    def speak(text: str, **_: Any) -> bytes:
        spoken.append(text)
        return text.encode()

    monkeypatch.setattr(sound, "speak", speak)
    sounds = Sounds()
    assert [await sounds.find(pbx(tmp_path), TEXT) for _ in range(3)] == [NAME] * 3
    assert (spoken, [path.name for path in tmp_path.iterdir()]) == ([TEXT], [f"{NAME}.wav"])
    assert await sounds.find(pbx(None), TEXT) is None


async def test_what_cannot_be_spoken_is_told_once_and_tried_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []

    def speak(text: str, **_: Any) -> bytes:
        tries.append(text)
        raise UnavailableError("espeak-ng is missing")

    monkeypatch.setattr(sound, "speak", speak)
    sounds = Sounds()
    with structlog.testing.capture_logs() as logs:
        assert [await sounds.find(pbx(tmp_path), TEXT) for _ in range(3)] == [None] * 3
        assert len(tries) == 1
        monkeypatch.setattr(sound, "AGAIN_SECONDS", 0.0)
        assert await sounds.find(pbx(tmp_path), TEXT) is None
    assert (len(tries), [one["event"] for one in logs]) == (2, ["text_not_spoken"])


async def test_nobody_waits_for_a_program_that_hangs_beyond_the_moment_and_its_sound_is_there_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()

    def speak(text: str, **_: Any) -> bytes:
        assert goes_on.wait(10)
        return text.encode()

    monkeypatch.setattr(sound, "speak", speak)
    monkeypatch.setattr(sound, "WAIT_SECONDS", 0.05)
    sounds = Sounds()
    assert [await sounds.find(pbx(tmp_path), TEXT) for _ in range(2)] == [None, None]
    goes_on.set()
    monkeypatch.setattr(sound, "WAIT_SECONDS", 10.0)
    assert await sounds.find(pbx(tmp_path), TEXT) == NAME


def test_only_sounds_that_nothing_needs_and_nobody_used_for_a_day_are_deleted(tmp_path: Path) -> None:
    now = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    names = [name_sound(text) for text in ("needed", "old", "new", "half")]
    files = [*(f"{name}.wav" for name in names[:3]), f"{names[3]}.17.part", "greeting.wav"]
    for file in files:
        (tmp_path / file).write_bytes(b"")
        age = timedelta(hours=1 if file.startswith(names[2]) else 25)
        os.utime(tmp_path / file, ((now - age).timestamp(),) * 2)
    assert delete_unused(tmp_path, {names[0]}, now) == 2
    assert {path.name for path in tmp_path.iterdir()} == {f"{names[0]}.wav", f"{names[2]}.wav", "greeting.wav"}
