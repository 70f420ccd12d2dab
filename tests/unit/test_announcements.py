"""The announcements that are spoken at set-up."""

import tomllib
import wave
from pathlib import Path

import pytest

from callcenter.audio import speech
from hotline_lab import announcements
from hotline_lab.errors import LabError
from hotline_lab.paths import CONFIG_TEMPLATES

TOLD = tomllib.loads(announcements.TEXTS.read_text(encoding="utf-8"))


def test_both_languages_have_the_same_announcements_and_every_part_of_a_moment() -> None:
    names = {language: [name for name, _ in announcements.spoken_texts(told)] for language, told in TOLD.items()}
    assert sorted(names["zh"]) == sorted(names["en"])
    assert len(names["zh"]) == len(set(names["zh"]))
    parts = [name for name in names["zh"] if name.rpartition("-")[2].isdecimal()]
    assert len(parts) == 12 + 31 + 24 + 60
    assert dict(announcements.spoken_texts(TOLD["zh"]))["day-8"] == "8日"


def test_the_dialplan_plays_nothing_that_is_not_spoken() -> None:
    dialplan = (CONFIG_TEMPLATES / "extensions.conf").read_text(encoding="utf-8")
    played = [rest.split("&")[0].split("}")[0] for rest in dialplan.split("${SOUNDS}/")[1:]]
    whole = {name.strip(",)").partition(",")[0].rstrip(")") for name in played if "$" not in name}
    whole = {name.removeprefix("zh_own/").removeprefix("zh/").removesuffix(".wav") for name in whole}
    whole |= {rest.partition(")")[0] for rest in dialplan.split("Gosub(say,s,1(")[1:]}
    spoken = {name for name, _ in announcements.spoken_texts(TOLD["zh"])}
    assert {"recorded", "next-in-line"} <= whole
    assert {name for name in whole if name and not name.endswith("-")} <= spoken


def test_a_tone_keeps_its_length_and_loudness_at_the_lower_rate() -> None:
    assert speech.resample((1000,) * 22050, 22050) == [1000] * 8000
    assert speech.resample((), 22050) == []


def test_a_file_is_what_asterisk_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements, "_ALL_OF", {"day": range(1, 2)})
    announcements.write_announcements(tmp_path)
    with wave.open(str(tmp_path / "zh" / "closed.wav"), "rb") as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
        assert sound.getnframes() > 8000


def test_without_espeak_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LabError, match="apt-get install -y espeak-ng"):
        announcements.write_announcements(tmp_path / "sounds")
