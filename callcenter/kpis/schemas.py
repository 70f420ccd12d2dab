"""Counts and ratios over HTTP."""

from __future__ import annotations

from pydantic import BaseModel

Count = int


class RatioView(BaseModel):
    """A share or a mean; `value` is null where there is nothing to divide by."""

    numerator: float
    denominator: float
    value: float | None


class FiguresView(BaseModel):
    """Counts and ratios, each as `GET /metric-definitions` says."""

    offered: Count
    answered: Count
    missed: Count
    missed_by_kind: dict[str, Count]
    short: Count
    handled: Count
    longest_wait_seconds: float | None
    ratios: dict[str, RatioView]
