"""How often Python looks for circles of garbage."""

from __future__ import annotations

import gc

ALLOCATIONS = 100_000
"""Python's own is 700. Facts and records come and go by ten thousands a second, none of them in a circle."""
ALLOCATIONS_SERVING = 10_000
"""What statements and requests leave behind is in circles, nearly all of it. To free a hundred thousand takes 0.12 s,
in which no caller is noticed and no screen is told anything; a tenth of it at a time is not noticed."""


def collect_rarely() -> None:
    """Done once, at the start of a process."""
    gc.set_threshold(ALLOCATIONS, 10, 10)


def collect_in_small_parts() -> None:
    """Done once, when a backend is about to serve: what was loaded stays, and is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS_SERVING, 10, 10)
