"""Tests here wait for calls in real time, and many files run beside each other: the longest have to begin first."""

from __future__ import annotations

from pathlib import Path

import pytest

LONGEST_FIRST = ("test_faults", "test_demo", "test_mediation", "test_hours", "test_mediation_refusals", "test_agents")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ours = [item for item in items if item.path.is_relative_to(Path(__file__).parent)]
    first = [item for name in LONGEST_FIRST for item in ours if item.path.stem == name]
    items[:] = [*first, *(item for item in items if item not in first)]
