"""Chinese search: a text as the pairs of neighbouring characters in it, which PostgreSQL finds by a GIN index. Pure.

The trigrams of PostgreSQL (pg_trgm) depend on the locale of the cluster: with C no Chinese character is a letter to
them, and an index finds every row.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set

_WORD = re.compile(r"[^\W_]{2,}")
"""Letters and digits that stand together."""


def plain(text: str) -> str:
    """One form for what reads the same: full width and small letters as usual (NFKC)."""
    return unicodedata.normalize("NFKC", text).lower()


def bigrams(text: str) -> frozenset[str]:
    """The pairs of letters and digits that stand together; none for a text of single characters."""
    return frozenset(word[begin : begin + 2] for word in _WORD.findall(plain(text)) for begin in range(len(word) - 1))


def likeness(one: Set[str], other: Set[str]) -> float:
    """How much of both they have in common, from 0 to 1 (Jaccard)."""
    both = len(one | other)
    return len(one & other) / both if both else 0.0


def searchable(text: str) -> str:
    """The text, if it can be searched for. Raises ValueError where no two characters of it stand together."""
    if not bigrams(text):
        raise ValueError("At least two letters, digits or Chinese characters that stand together are needed.")
    return text
