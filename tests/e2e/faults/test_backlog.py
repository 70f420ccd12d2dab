"""The backend was off for an hour in which the PBX wrote its ledger: how soon everybody is recorded."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hotline_demo.backend import Backend
from hotline_lab.ports import HTTP_PORTS
from tests.e2e.places import TestedBackend, fresh_home
from tests.scenarios.captures import FOLDER

CALLS = 1500
RECOVERED_WITHIN = 10.0
SHANGHAI = ZoneInfo("Asia/Shanghai")
SCENARIOS = (
    "answered_by_an_agent",
    "caller_hangs_up_in_queue",
    "queue_timeout",
    "busy_line",
    "blind_transfer",
    "after_hours_message_left",
)
"""One inbound call each."""

_UNIQUEID = re.compile(rb"pbx1-(\d+)\.(\d+)")
_EVENTTIME = re.compile(rb'(?m)^("[A-Z_]+",")(\d+)(\.\d+")')
_SERIAL = re.compile(rb"(/[^\s\"]*?-)([0-9a-f]{8})\b")


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as folder:
        yield folder


def ledger_of_an_hour(until: datetime) -> bytes:
    """Recorded calls moved in time, spread evenly over the hour, each with channels of its own."""
    told = []
    for number in range(CALLS):
        data = (FOLDER / SCENARIOS[number % len(SCENARIOS)] / "cel.csv").read_bytes()
        first = _UNIQUEID.search(data)
        assert first is not None
        begin = until - timedelta(hours=1) + number * timedelta(hours=1) / CALLS
        told.append(_moved(data, seconds=int(begin.timestamp()) - int(first[1]), channels=10 * number))
    return b"".join(told)


def _moved(data: bytes, *, seconds: int, channels: int) -> bytes:
    data = _EVENTTIME.sub(lambda found: found[1] + b"%d" % (int(found[2]) + seconds) + found[3], data)
    data = _UNIQUEID.sub(lambda found: b"pbx1-%d.%d" % (int(found[1]) + seconds, int(found[2]) + channels), data)
    return _SERIAL.sub(lambda found: found[1] + b"%08x" % (int(found[2], 16) + channels), data)


async def test_an_hour_of_calls_is_recorded_ten_seconds_after_the_backend_is_ready(home: Path) -> None:
    ledger = home / "Master.csv"
    environment = {
        "CALLCENTER_PBX": "pbx1",
        "CALLCENTER_CEL_CSV": str(ledger),
        "CALLCENTER_DATA_DIR": str(home / "data"),
    }
    async with TestedBackend(environment=environment, log=home / "log", http_port=HTTP_PORTS.keep()) as backend:
        await backend.stop()
        now = datetime.now(UTC)
        ledger.write_bytes(ledger_of_an_hour(now))
        await backend.restart()
        ready_at = time.monotonic()
        days = {(now - timedelta(hours=1)).astimezone(SHANGHAI).date(), now.astimezone(SHANGHAI).date()}
        async with asyncio.timeout(60):
            while await count_inbound(backend, [day.isoformat() for day in days]) < CALLS:
                await asyncio.sleep(0.1)
        took = time.monotonic() - ready_at

    assert took < RECOVERED_WITHIN


async def count_inbound(backend: Backend, days: list[str]) -> int:
    figures = [await backend.get(f"/api/v1/calls/summary?day={day}") for day in days]
    return sum(figure["answered"] + figure["missed"] for figure in figures)
