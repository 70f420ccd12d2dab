"""Counting what nobody knows by name, without keeping every name that somebody makes up."""

from __future__ import annotations

from collections import Counter

MOST_NAMES = 200
LONGEST_NAME = 100
OTHERS = "others"


def count_name(counts: Counter[str], name: str) -> None:
    """Once more; the names behind the first MOST_NAMES are counted together."""
    name = name[:LONGEST_NAME]
    counts[name if name in counts or len(counts) < MOST_NAMES else OTHERS] += 1
