"""The wallboard's numbers of a day, counted straight from the CEL file.

Independent on purpose: it shares only the wording of the definitions with the code that it checks.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

LIMITS = (15, 20, 30)
WAITED = "answered_waited_ms"
_KIND, _TIME, _CHANNEL, _APPLICATION, _DATA, _UNIQUEID, _LINKEDID, _EXTRA = 0, 1, 9, 10, 11, 14, 15, 19
_COLUMNS = 20


@dataclass(slots=True)
class _Caller:
    """Moments are whole milliseconds since the epoch, rounded down as in records."""

    born_at: int
    queued_at: int | None = None
    answered_at: int | None = None
    queues: set[str] = field(default_factory=set)
    is_lost: bool = False


@dataclass(slots=True)
class _Bridge:
    members: set[str] = field(default_factory=set)
    is_for_people: bool = True


def count_ledger(files: Sequence[Path], day: date, timezone: ZoneInfo) -> dict[str, int]:
    """Of the inbound calls that began on `day` and are over: offered, in all and to each queue, answered, handled,
    answered within limits, and how long the answered waited, in milliseconds."""
    rows = sorted({tuple(row) for file in files for row in _rows(file)}, key=lambda row: float(row[_TIME]))
    callers = _callers(rows)
    counted = [
        caller
        for caller in callers.values()
        if datetime.fromtimestamp(caller.born_at / 1000, UTC).astimezone(timezone).date() == day
    ]
    answered = [caller for caller in counted if caller.answered_at is not None and not caller.is_lost]
    waits = [max(0, (caller.answered_at or 0) - (caller.queued_at or caller.born_at)) for caller in answered]
    return {
        "offered": len(counted),
        "answered": len(answered),
        "handled": sum(caller.answered_at is not None for caller in counted),
        **{f"answered_within_{limit}": sum(wait <= limit * 1000 for wait in waits) for limit in LIMITS},
        WAITED: sum(waits),
        **Counter(f"offered_to_{queue}" for caller in counted for queue in caller.queues),
    }


def board_figures(today: Mapping[str, Any]) -> dict[str, int]:
    """The same from the wallboard's figures of today."""
    total = today["total"]
    ratios = total["ratios"]
    return {
        **{name: total[name] for name in ("offered", "answered", "handled")},
        **{f"answered_within_{limit}": int(ratios[f"service_level_{limit}"]["numerator"]) for limit in LIMITS},
        WAITED: round(ratios["asa_seconds"]["numerator"] * 1000),
        **{f"offered_to_{queue}": figures["offered"] for queue, figures in today["queues"].items()},
    }


def ledger_files(cel_csv: Path) -> list[Path]:
    """The file and those it was rotated to."""
    return sorted(path for path in cel_csv.parent.glob(f"{cel_csv.name}*") if path.is_file())


def differences(shown: Mapping[str, int], counted: Mapping[str, int]) -> list[str]:
    """A sentence for each figure that differs; waits may differ by a millisecond for each call.

    A moment that only one witness reported is by that witness's clock.
    """
    return [
        f"The wallboard says {name.replace('_', ' ')}: {shown.get(name, 0)}, the CEL file {counted.get(name, 0)}."
        for name in dict.fromkeys((*shown, *counted))
        if abs(shown.get(name, 0) - counted.get(name, 0)) > (counted.get("answered", 0) if name == WAITED else 0)
    ]


def _callers(rows: Iterable[Sequence[str]]) -> dict[str, _Caller]:
    callers: dict[str, _Caller] = {}
    bridges: dict[str, _Bridge] = {}
    dialled: set[str] = set()
    for row in rows:
        kind, channel = row[_KIND], row[_UNIQUEID]
        at = _milliseconds(row[_TIME])
        if row[_APPLICATION] == "AppDial2":
            dialled.add(channel)
        if kind == "CHAN_START" and row[_CHANNEL].startswith("PJSIP/trunk-") and channel == row[_LINKEDID]:
            callers[channel] = _Caller(born_at=at)
        elif kind == "APP_START" and row[_APPLICATION] == "Queue" and channel in callers:
            callers[channel].queued_at = callers[channel].queued_at or at
        if row[_APPLICATION] == "Queue" and channel in callers:
            callers[channel].queues.add(row[_DATA].partition(",")[0])
        if kind == "BRIDGE_ENTER":
            extra = json.loads(row[_EXTRA])
            bridge = bridges.setdefault(extra["bridge_id"], _Bridge())
            bridge.is_for_people = extra["bridge_technology"] != "holding_bridge"
            if not row[_CHANNEL].startswith(("CBAnn/", "CBRec/")):
                bridge.members.add(channel)
            _talk(bridge, callers, at)
        elif kind == "BRIDGE_EXIT":
            bridges.setdefault(json.loads(row[_EXTRA])["bridge_id"], _Bridge()).members.discard(channel)
        elif kind == "BLINDTRANSFER":
            # a transferred channel may have left the bridge before
            moved = json.loads(row[_EXTRA])["transferee_channel_uniqueid"]
            if moved in callers:
                callers[moved].is_lost = True
        elif kind == "SENT_BACK" and channel in callers:
            callers[channel].is_lost = True
        elif kind == "ATTENDEDTRANSFER":
            extra = json.loads(row[_EXTRA])
            others = bridges.setdefault(extra["bridge1_id"], _Bridge()).members - {channel}
            if "app" in extra:
                # the target has not answered yet, and the transferred channel may have left the bridge before
                others = others or {extra["transferee_channel_uniqueid"]}
            for member in others & callers.keys():
                callers[member].is_lost = len(others) < 2
    return {channel: caller for channel, caller in callers.items() if channel not in dialled}


def _talk(bridge: _Bridge, callers: Mapping[str, _Caller], at: int) -> None:
    """A caller in a bridge with another person talks."""
    if bridge.is_for_people and len(bridge.members) > 1:
        for caller in (callers[member] for member in bridge.members if member in callers):
            caller.answered_at = caller.answered_at or at
            caller.is_lost = False


def _milliseconds(text: str) -> int:
    seconds, _, fraction = text.partition(".")
    return int(seconds) * 1000 + int(fraction[:3].ljust(3, "0"))


def _rows(file: Path) -> Iterator[list[str]]:
    data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    text = data.decode(errors="replace").replace("\0", "")
    return (row for row in csv.reader(io.StringIO(text)) if len(row) == _COLUMNS)
