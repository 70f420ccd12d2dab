"""How often Python looks for circles of garbage."""

from __future__ import annotations

import gc

ALLOCATIONS = 100_000
"""Python's own is 700. Facts, records and rows come and go by ten thousands a second, hardly any in a circle; those
that do, calls with their legs, are some thousands among so many."""


def collect_rarely() -> None:
    """Done once, at the start of a process."""
    gc.set_threshold(ALLOCATIONS, 10, 10)
