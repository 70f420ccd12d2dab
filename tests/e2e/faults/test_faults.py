"""A centre with calls up while things break, two at a time: a fixed selection of what `scripts/soak` does for hours."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[3]
PBX = 6
LIMIT_SECONDS = 420.0

FAULTS = (
    "backend killed in recovery",
    "standby takes over",
    "AMI link half-open",
    "AMI link slow by 2 s",
    "AMI message torn",
    "database killed",
    "database out of connections",
    "database read-only",
    "database disk full",
    "database deadlock",
    "ledger renamed and compressed",
    "ledger unreadable",
    "Asterisk killed",
    "Asterisk restarted",
    "everything killed at once",
)
NEEDS_SMALL_DISK = "database disk full"


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    """What the soak prints; its folder is kept when anything is amiss."""
    return asyncio.run(_soak())


async def _soak() -> dict[str, Any]:
    options = ("--minutes", "6", "--seed", "12315", "--once", "--pbx", str(PBX), "--faults", ",".join(FAULTS), "--json")
    process = await asyncio.create_subprocess_exec(
        *(CHECKOUT / "scripts" / "soak", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            printed, said = await process.communicate()
    except BaseException:
        process.terminate()
        await process.wait()
        raise
    assert printed, said.decode()
    told: dict[str, Any] = json.loads(printed)
    return {**told, "status": process.returncode, "said": said.decode()}


def test_every_caller_has_one_record_with_the_right_outcome_whatever_breaks(figures: dict[str, Any]) -> None:
    promises = ("lost", "doubled", "wrong", "unexplained", "complaints", "status")

    assert {promise: figures[promise] for promise in promises} == dict.fromkeys(promises, 0), figures["said"]
    assert figures["calls"] > 60


def test_every_fault_was_there_with_calls_up(figures: dict[str, Any]) -> None:
    is_left_out = "No disk can be mounted here" in figures["said"]
    expected = {fault for fault in FAULTS if fault != NEEDS_SMALL_DISK or not is_left_out}

    assert set(figures["by_fault"]) == expected
    assert all(line["times"] == 1 for line in figures["by_fault"].values())
    assert sum(line["calls_up"] for line in figures["by_fault"].values()) > len(expected)


def test_the_backend_is_well_again_within_half_a_minute_of_each_fault(figures: dict[str, Any]) -> None:
    assert max(line["recovery_seconds"] for line in figures["by_fault"].values()) < 30
