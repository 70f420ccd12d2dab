"""A text as a reader takes it in: every sign in its plain form, without what nobody sees. Pure.

Full-width letters are usual ones, numerals of every script are digits, marks without a width are left out. Of each sign
the place in the text is kept, so that what is found can be shown there.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

CHINESE_DIGITS: Mapping[str, str] = {
    sign: str(digit)
    for digit, signs in enumerate(
        ("零〇洞", "一壹弌幺", "二贰貳弍两兩", "三叁參弎", "四肆", "五伍", "六陆陸", "七柒拐", "八捌", "九玖勾")
    )
    for sign in signs
}
"""Digits as they are written, as they stand on cheques, and as they are read out by radio."""
LOOK_ALIKES: Mapping[str, str] = {"o": "0", "ο": "0", "о": "0", "l": "1", "i": "1", "|": "1", "і": "1"}
"""Letters, Greek and Cyrillic ones among them, which stand for digits."""
_LETTERS: Mapping[str, str] = {"х": "x", "χ": "x", "×": "x", "✕": "x", "✖": "x"}
"""What stands for the X at the end of an identity number."""
_UNSEEN = frozenset({"Cf", "Cc", "Mn", "Me", "Cs", "Co"})
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters and signs by their category, of which nothing is seen."""


class SignKind(StrEnum):
    """What a sign was before it was folded."""

    DIGIT = "digit"
    CHINESE = "chinese"
    LOOK_ALIKE = "look_alike"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldedText:
    """`text` sign by sign; `kinds` and `places` (in the text before) have one entry for each of its signs."""

    text: str
    kinds: tuple[SignKind, ...]
    places: tuple[int, ...]

    def span(self, begins: int, ends: int) -> tuple[int, int]:
        """The places in the text before of what stands from `begins` to before `ends`."""
        return self.places[begins], self.places[ends - 1] + 1


def fold(text: str) -> FoldedText:
    """Sign by sign; a sign that is several in its plain form is so many."""
    signs: list[tuple[str, SignKind, int]] = []
    for place, sign in enumerate(text):
        signs += [(plain, kind, place) for plain, kind in _fold_sign(sign)]
    return FoldedText(
        text="".join(sign for sign, _, _ in signs),
        kinds=tuple(kind for _, kind, _ in signs),
        places=tuple(place for _, _, place in signs),
    )


def _fold_sign(sign: str) -> list[tuple[str, SignKind]]:
    if sign.isspace():
        return [(" ", SignKind.OTHER)]
    folded = []
    for plain in unicodedata.normalize("NFKC", sign):
        if plain in _FILLERS or unicodedata.category(plain) in _UNSEEN:
            continue
        digit = unicodedata.digit(plain, None)
        if digit is not None:
            folded.append((str(digit), SignKind.DIGIT))
        elif plain in CHINESE_DIGITS:
            folded.append((CHINESE_DIGITS[plain], SignKind.CHINESE))
        elif plain.casefold() in LOOK_ALIKES:
            folded.append((LOOK_ALIKES[plain.casefold()], SignKind.LOOK_ALIKE))
        else:
            folded += [(_LETTERS.get(low, low), SignKind.OTHER) for low in plain.casefold()]
    return folded
