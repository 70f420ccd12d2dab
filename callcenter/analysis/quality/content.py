"""What a bulletin says, as it is frozen when it is reviewed, and what another version of it changes. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from callcenter.analysis.quality.rules import QualityBlock
from callcenter.analysis.quality.scores import BlockScore, ErrorRate, UnitScore
from callcenter.analysis.snapshots.rows import FrozenTicket
from callcenter.analysis.statistics.intervals import Interval
from callcenter.casework.tickets.flag_rules import FlagState
from callcenter.casework.tickets.rules import SETTLEMENTS, TicketKind, TicketOutcome


def count_tickets(rows: Iterable[FrozenTicket], units: Iterable[int]) -> dict[int, int]:
    """Of each unit, in the month's snapshot; 0 for a unit without any."""
    counts = Counter(row.unit_id for row in rows if row.unit_id is not None and not row.is_merged)
    return dict.fromkeys(sorted(units), 0) | dict(counts)


def write(scores: Iterable[UnitScore], rows: Iterable[FrozenTicket]) -> dict[str, Any]:
    """The scores of units; beside them flags for a case (诉转案), which add up, and how mediations were concluded."""
    kept = [row for row in rows if not row.is_merged]
    flags = Counter(flag.state for row in kept for flag in row.flags)
    outcomes = Counter(row.outcome for row in kept if row.kind is TicketKind.COMPLAINT)
    return {
        "units": [_plain(asdict(score)) for score in scores],
        "flags": {"flagged": flags.total()} | {state.value: flags[state] for state in FlagState},
        "concluded": {
            "settled": sum(outcomes[outcome] for outcome in SETTLEMENTS),
            "ended": outcomes[TicketOutcome.ENDED],
        },
    }


def read_scores(content: Mapping[str, Any]) -> list[UnitScore]:
    """The scores of units as they were written."""
    return [_score(unit) for unit in content["units"]]


def hash_content(content: Mapping[str, Any]) -> str:
    """SHA-256 of the JSON with sorted keys, no blanks between them, in UTF-8."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def list_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Units whose points are others than in the version before, with both."""
    old = {score.unit_id: score.total for score in read_scores(before)}
    new = {score.unit_id: score.total for score in read_scores(now)}
    return [
        {"unit_id": unit, "before": _text(old.get(unit)), "now": _text(new.get(unit))}
        for unit in sorted(old.keys() | new.keys())
        if old.get(unit) != new.get(unit)
    ]


def _score(unit: Mapping[str, Any]) -> UnitScore:
    blocks = tuple(
        BlockScore(
            block=QualityBlock(one["block"]),
            errors=one["errors"],
            taken=Decimal(one["taken"]),
            left=Decimal(one["left"]),
        )
        for one in unit["blocks"]
    )
    errors = dict(unit["errors"])
    interval = errors.pop("interval")
    return UnitScore(
        unit_id=unit["unit_id"],
        blocks=blocks,
        total=Decimal(unit["total"]),
        errors=ErrorRate(**errors, interval=None if interval is None else Interval(**interval)),
        rank=unit["rank"],
    )


def _plain(value: Any) -> Any:
    """As JSON has it: points are texts, so that 29.50 stays what it is."""
    match value:
        case dict():
            return {name: _plain(one) for name, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case Decimal():
            return f"{value:.2f}"
        case _:
            return value


def _text(points: Decimal | None) -> str | None:
    return None if points is None else f"{points:.2f}"
