"""Checks each row of the callback list, and the order of callers, against the call records.

The records themselves are checked against the phones by `verdict`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

Row = Mapping[str, Any]
Key = tuple[str, str]

WINDOW = timedelta(minutes=10)
MOST_TRIES = 100
"""More tries count as this many."""
ENDS = frozenset(("reached", "self_recovered", "unreachable"))


def find_wrong_rows(records: Mapping[Key, Mapping[str, Any]], rows: Iterable[Row]) -> Iterator[tuple[Key, str]]:
    """For rows whose calls are all recorded: a call of the row, and what is wrong."""
    for row in rows:
        keys = [(call["pbx"], call["call_id"]) for call in row["calls"]]
        own = [records[key] for key in keys if key in records]
        if not own or len(own) < len(keys):
            continue
        for name, expected in _expected(own).items():
            if row[name] != expected:
                yield keys[0], f"has {name} {row[name]} in episode {row['episode_id']}, must be {expected}"
        if (row["closed_at"] is not None) is not (row["state"] in ENDS):
            yield keys[0], f"is {row['state']} in episode {row['episode_id']}, closed at {row['closed_at']}"


def find_wrong_order(live: Sequence[Row]) -> Iterator[tuple[Key, str]]:
    """Callers who wait behind a less urgent one, and callers in two rows."""
    for row, following in pairwise(live):
        if _urgency(following) < _urgency(row):
            call = following["calls"][0]
            yield (call["pbx"], call["call_id"]), f"waits behind episode {row['episode_id']}, which is less urgent"
    seen: set[str] = set()
    for row in live:
        number = row["caller_number"]
        if number is not None and number in seen:
            yield (row["calls"][0]["pbx"], row["calls"][0]["call_id"]), "waits in two rows"
        seen.add(number)


def _expected(own: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    begins = sorted(datetime.fromisoformat(record["started_at"]) for record in own)
    within = [sum(begin <= other <= begin + WINDOW for other in begins) for begin in begins]
    return {
        "opened_at": min(record["started_at"] for record in own),
        "has_message": any(record["outcome"] == "voicemail" or record["voicemail"] is not None for record in own),
        "is_emergency": any(record["outcome"] == "emergency_unanswered" for record in own),
        "longest_wait_seconds": max(record["wait_seconds"] for record in own),
        "tries_within_10_minutes": min(max(within), MOST_TRIES),
    }


def _urgency(row: Row) -> tuple[Any, ...]:
    return (
        -2 * row["is_emergency"] - row["has_message"],
        -row["tries_within_10_minutes"],
        -(row["longest_wait_seconds"] or 0.0),
        row["opened_at"],
    )
