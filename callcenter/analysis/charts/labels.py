"""Texts of charts: harmless, as wide as there is room, and numbers as they are printed. Pure.

Names come from people and may hold anything: marks that turn the direction of writing, patterns of ECharts, sixty
characters. No text of data is ever a `formatter`, in which ECharts fills in patterns.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from unicodedata import combining, normalize

from callcenter.safe_text import printable

ELLIPSIS = "…"
NARROW, WIDE = 0.56, 1.0
"""Widths in parts of the size of letters, as `web/ui/src/charts/parts.ts` has them."""
_LAST_NARROW = 0x2E7F


def width(text: str, size: float) -> float:
    """How many pixels are taken for it."""
    return size * sum(WIDE if ord(sign) > _LAST_NARROW else NARROW for sign in text)


def line(text: str) -> str:
    """One harmless line of the text."""
    composed = normalize("NFC", printable(text))
    # marks that no letter has taken up are boxes in most fonts, or a pile
    return " ".join("".join(sign for sign in composed if not combining(sign)).split())


def cut(text: str, size: float, room: float) -> str:
    """The line of the text, with an ellipsis where it is too long."""
    whole = line(text)
    if width(whole, size) <= room:
        return whole
    kept = ""
    for sign in whole:
        if width(kept + sign + ELLIPSIS, size) > room:
            break
        kept += sign
    return kept.rstrip() + ELLIPSIS


def number(count: int) -> str:
    """With separators, as in published reports."""
    return f"{count:,}"


def decimals(value: float | Decimal, places: int = 2) -> str:
    """Rounded half away from zero."""
    return f"{Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,}"


def percent(value: Decimal) -> str:
    """With two decimals."""
    return f"{decimals(value)}%"
