"""The languages in which people read what is printed or exported."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Language(StrEnum):
    """In which something is printed or exported."""

    CHINESE = "zh"
    ENGLISH = "en"


Words = tuple[str, str]
"""Chinese, English."""


def word_of(chinese: Mapping[str, str], value: str, language: Language) -> str:
    """The word for a value of a closed list: in English the value itself, as JSON has it."""
    return chinese.get(value, value) if language is Language.CHINESE else value
