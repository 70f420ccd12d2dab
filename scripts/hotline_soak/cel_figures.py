"""The wallboard's figures counted again from the CEL file alone.

Nothing of the backend is used here, neither its reader of the ledger nor its tracker nor its formulas: where both were
wrong in the same way, their agreement would prove nothing. It knows what the lab's traffic does, not what any PBX may.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TYPE, AT, CHANNEL, APPLICATION, DATA, UNIQUEID, LINKEDID, EXTRA = 0, 1, 9, 10, 11, 14, 15, 19

TRUNK = "PJSIP/trunk-"
CALLED_BY_ORIGINATE = "AppDial2"
TRANSFERS = ("BLINDTRANSFER", "ATTENDEDTRANSFER")
WITHIN_SECONDS = (15, 20, 30)


@dataclass(slots=True, eq=False)
class _Caller:
    """One inbound call. Moments are epoch seconds, cut to milliseconds as records have them."""

    born_at: float
    joined_at: float | None = None
    answered_at: float | None = None
    queues: set[str] = field(default_factory=set)
    is_lost_after_transfer: bool = False
    movers: set[str] = field(default_factory=set)
    """Devices of those who transferred the caller last."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CelFigures:
    """What the board must show of one day in all: counts, and how many were offered by queue."""

    offered: int
    handled: int
    answered: int
    answered_within: tuple[int, ...]
    answer_wait_seconds: float
    by_queue: Mapping[str, int]


def count(cel_csv: Path, is_of_day: Callable[[datetime], bool]) -> CelFigures:
    """The calls that began on the day, by the file and those that it was rotated to."""
    callers = _callers(csv.reader(line.replace("\0", "") for line in _lines(cel_csv)))
    of_day = [caller for caller in callers if is_of_day(datetime.fromtimestamp(caller.born_at, UTC))]
    answered = [caller for caller in of_day if caller.answered_at is not None and not caller.is_lost_after_transfer]
    waits = [_wait(caller) for caller in answered]
    return CelFigures(
        offered=len(of_day),
        handled=sum(caller.answered_at is not None for caller in of_day),
        answered=len(answered),
        answered_within=tuple(sum(wait <= limit for wait in waits) for limit in WITHIN_SECONDS),
        answer_wait_seconds=round(sum(waits), 3),
        by_queue=Counter(queue for caller in of_day for queue in caller.queues),
    )


def _lines(cel_csv: Path) -> Iterator[str]:
    """What was written last stands in the file itself."""
    for path in sorted(cel_csv.parent.glob(f"{cel_csv.name}*"), key=lambda path: path.stat().st_mtime):
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        yield from io.StringIO(content.decode(errors="replace"), newline="")


def _wait(caller: _Caller) -> float:
    """From entering the first queue, without one from the start, to the answer."""
    return round(max(0.0, (caller.answered_at or 0.0) - (caller.joined_at or caller.born_at)), 3)


def _callers(rows: Iterable[Sequence[str]]) -> list[_Caller]:
    callers: dict[str, _Caller] = {}
    bridges: dict[str, dict[str, str]] = defaultdict(dict)
    """Channel names by uniqueid."""
    for row in rows:
        if len(row) <= EXTRA:
            continue
        uniqueid, at = row[UNIQUEID], int(float(row[AT]) * 1000) / 1000
        if row[APPLICATION] == CALLED_BY_ORIGINATE:
            callers.pop(uniqueid, None)
        if row[TYPE] == "CHAN_START" and uniqueid == row[LINKEDID] and row[CHANNEL].startswith(TRUNK):
            callers[uniqueid] = _Caller(born_at=at)
        caller = callers.get(uniqueid)
        if caller is not None and row[APPLICATION] == "Queue":
            caller.queues.add(row[DATA].partition(",")[0])
            if row[TYPE] == "APP_START" and caller.joined_at is None:
                caller.joined_at = at
        if row[TYPE] in ("BRIDGE_ENTER", "BRIDGE_EXIT"):
            bridge = bridges[json.loads(row[EXTRA])["bridge_id"]]
            if row[TYPE] == "BRIDGE_ENTER":
                bridge[uniqueid] = row[CHANNEL]
                _talk(callers, bridge, at)
            else:
                bridge.pop(uniqueid, None)
        if row[TYPE] in TRANSFERS:
            _transfer(callers, bridges.values(), uniqueid, row)
    return list(callers.values())


def _talk(callers: Mapping[str, _Caller], bridge: Mapping[str, str], at: float) -> None:
    for uniqueid in bridge:
        caller = callers.get(uniqueid)
        others = {_device(name) for other, name in bridge.items() if other != uniqueid}
        if caller is None or not others:
            continue
        caller.answered_at = caller.answered_at or at
        if others - caller.movers:
            caller.is_lost_after_transfer = False


def _transfer(
    callers: Mapping[str, _Caller], bridges: Iterable[Mapping[str, str]], mover: str, row: Sequence[str]
) -> None:
    told: dict[str, Any] = json.loads(row[EXTRA]) if row[EXTRA] else {}
    second = told.get("channel2_uniqueid")
    others = {name for bridge in bridges if second in bridge for name in bridge.values()}
    for bridge in bridges:
        for uniqueid in bridge:
            caller = callers.get(uniqueid)
            if caller is not None and mover in bridge and uniqueid != mover:
                caller.movers = {_device(row[CHANNEL])}
                is_handed_over = bool({_device(name) for name in others} - caller.movers - {_device(bridge[uniqueid])})
                caller.is_lost_after_transfer = not is_handed_over


def _device(channel: str) -> str:
    return channel.rpartition("-")[0]


def compare(board: Mapping[str, Any], told: CelFigures) -> list[str]:
    """A sentence for each figure in which the wallboard and the CEL file differ."""
    total = board["today"]["total"]
    ratios = total["ratios"]
    shown: dict[str, Any] = {name: total[name] for name in ("offered", "handled", "answered")}
    counted: dict[str, Any] = {name: getattr(told, name) for name in ("offered", "handled", "answered")}
    for limit, number in zip(WITHIN_SECONDS, told.answered_within, strict=True):
        shown[f"answered within {limit} s"] = ratios[f"service_level_{limit}"]["numerator"]
        counted[f"answered within {limit} s"] = number
    shown["seconds waited by the answered"] = round(ratios["asa_seconds"]["numerator"], 2)
    counted["seconds waited by the answered"] = round(told.answer_wait_seconds, 2)
    for queue in sorted({*told.by_queue, *board["today"]["queues"]}):
        shown[f"offered to {queue}"] = board["today"]["queues"].get(queue, {"offered": 0})["offered"]
        counted[f"offered to {queue}"] = told.by_queue.get(queue, 0)
    return [
        f"The wallboard has {name}: {shown[name]}, the CEL file {counted[name]}."
        for name in counted
        if shown[name] != counted[name]
    ]
