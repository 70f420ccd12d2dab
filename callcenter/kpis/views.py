"""Figures and ratios as JSON objects, for the wallboard and the statistics."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from callcenter.kpis.definitions import ratios
from callcenter.kpis.tallies import Ratio, Tally


def show_figures(of: Tally, *, longest_wait: timedelta | None) -> dict[str, Any]:
    """Counts and ratios of a tally."""
    return {
        "offered": of.offered,
        "answered": of.answered,
        "missed": of.offered - of.answered,
        "missed_by_kind": dict(sorted(of.missed.items())),
        "short": of.short,
        "handled": of.handled,
        "longest_wait_seconds": None if longest_wait is None else longest_wait.total_seconds(),
        "ratios": {name: show_ratio(ratio) for name, ratio in ratios(of).items()},
    }


def show_ratio(ratio: Ratio) -> dict[str, Any]:
    """A ratio with what it was made of."""
    return {"numerator": ratio.numerator, "denominator": ratio.denominator, "value": ratio.value}
