"""Whether the backend has recovered, and what it left: gaps and its log."""

from __future__ import annotations

import asyncio
import json
import re
import time
import urllib.error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hotline_demo.backend import Backend
from hotline_soak.centre import Centre, start_again
from hotline_soak.faults import Fault

RECOVERY_SECONDS = 60.0
BEHIND_SECONDS = 5.0
"""A witness that was heard this recently is heard now."""
GAP_MARGIN = timedelta(seconds=3)
"""A gap begins with the last sign of life in front of the fault."""
LINES_PER_FAULT = 40
_HEARD = re.compile(r"^callcenter_witness_heard_until_seconds\{.*\} (\S+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Injected:
    """One fault or several at once: when, with how many plays under way, and how long the backend took afterwards."""

    faults: tuple[Fault, ...]
    begin: datetime
    end: datetime
    """When the backend had recovered."""
    playing: int
    recovery: timedelta

    @property
    def name(self) -> str:
        """Their names."""
        return " + ".join(fault.name for fault in self.faults)


async def recover(centre: Centre, name: str) -> timedelta:
    """Wait until the backend is ready, hears both witnesses and has no gap open; how long that took."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    while not await _is_well(centre.backend):
        if not centre.backend.is_running:
            centre.complaints.append(f"{name}: {await centre.backend.wait()}")
            await start_again(centre.backend)
        if loop.time() - begin > RECOVERY_SECONDS:
            centre.complaints.append(f"{name}: not recovered {RECOVERY_SECONDS:.0f} s later.")
            break
        await asyncio.sleep(0.1)
    return timedelta(seconds=loop.time() - begin)


async def keep_up(centre: Centre, name: str) -> None:
    """Start the backend again when it ends by itself, which it must not, until cancelled."""
    while True:
        if not centre.backend.is_running:
            centre.complaints.append(f"{name}: {await centre.backend.wait()}")
            await start_again(centre.backend)
        await asyncio.sleep(0.2)


async def _is_well(backend: Backend) -> bool:
    try:
        await backend.get("/health/ready")
        gaps = (await backend.get("/api/v1/gaps"))["items"]
        heard = [float(until) for until in _HEARD.findall(await backend.text("/metrics"))]
    except (urllib.error.URLError, OSError):
        return False
    is_heard = len(heard) == 2 and min(heard) > time.time() - BEHIND_SECONDS
    return is_heard and all(gap["to"] is not None for gap in gaps)


def missing_gaps(injected: Sequence[Injected], gaps: Sequence[Mapping[str, Any]]) -> list[str]:
    """Faults that blinded a witness without a stored gap. Of two at once one may hide the other."""
    stored = [(gap["witness"], datetime.fromisoformat(gap["from"]), _moment(gap["to"])) for gap in gaps]
    return [
        f"{blow.name} at {blow.begin:%H:%M:%S} left no gap of the witness {fault.blinds}."
        for blow in injected
        for fault in blow.faults
        if fault.blinds is not None
        and len(blow.faults) == 1
        and not any(
            witness == fault.blinds and begin < blow.end and (end is None or end > blow.begin - GAP_MARGIN)
            for witness, begin, end in stored
        )
    ]


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def log_complaints(logs: Sequence[Path], injected: Sequence[Injected]) -> list[str]:
    """Sentences about tracebacks, lines that are no JSON, floods, and faults missing in the log."""
    text = "\n".join(log.read_text(encoding="utf-8", errors="replace") for log in logs)
    lines = [line for line in text.splitlines() if line]
    faults = [fault for blow in injected for fault in blow.faults]
    complaints = [f"The log does not mention {fault.name}." for fault in set(faults) if fault.log_text not in text]
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            complaints.append(f"The backend said: {line}")
            continue
        if "exception" in entry:
            complaints.append(f"The backend failed: {entry['exception'].splitlines()[-1]}")
    if len(lines) > LINES_PER_FAULT * (len(faults) + 1):
        complaints.append(f"The backend's log has {len(lines)} lines for {len(faults)} faults.")
    return complaints
