"""The figures of a business day, and the chain of hashes in which a later change shows."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from callcenter.callbacks.list_store import CallbackRow, EpisodeKind
from callcenter.callbacks.rules import EpisodeState
from callcenter.calls.blind_times import UnknownTime
from callcenter.calls.blind_times import to_json as unknown_to_json
from callcenter.json_values import moment_to_json

HASH_RECIPE = (
    'SHA-256 of the JSON {"previous_sha256": ..., "sheet": ...} with sorted keys, no blanks between them, in UTF-8;'
    " previous_sha256 is that of the sheet before, null for the first."
)
"""How anybody computes the hash of a sheet again; docs/audit-chain.md shows it."""


def sum_up(
    day: date,
    rows: Sequence[CallbackRow],
    *,
    inbound: Mapping[str, int],
    unknown: Sequence[UnknownTime],
    frozen_at: datetime | None,
    list_sha256: str | None,
    further: Mapping[str, Any],
) -> dict[str, Any]:
    """The sheet: for callers and for their calls of that day, lost = the sum of what became of them.

    `inbound` counts the day's inbound calls by outcome, `lost_after_transfer` and `still_open` apart. `unknown` are
    the times of which nothing is known. `frozen_at` and the hash are None for a day as it stands. `further` is what
    other rooms say of the day; a sheet that was frozen before one of them said something has nothing of it, for good.
    """
    lost = [(row["state"], call) for row in rows for call in row["calls"] if call["business_date"] == day.isoformat()]
    return {
        "business_date": day.isoformat(),
        "frozen_at": moment_to_json(frozen_at),
        "inbound": {"total": sum(inbound.values()), **dict(sorted(inbound.items()))},
        "callers": _by_state(row["state"] for row in rows),
        "calls": _by_state(state for state, _ in lost),
        "short_calls": sum(call["short"] for _, call in lost),
        "callers_without_number": sum(row["kind"] == EpisodeKind.NO_NUMBER for row in rows),
        "unknown_times": unknown_to_json(unknown),
        "list_sha256": list_sha256,
        **further,
    }


def hash_list(day: date, frozen_at: datetime, rows: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 of a frozen list."""
    return _sha256({"business_date": day.isoformat(), "frozen_at": moment_to_json(frozen_at), "rows": rows})


def hash_sheet(sheet: Mapping[str, Any], previous_sha256: str | None) -> str:
    """SHA-256 of a sheet and, through the one before, of all earlier ones."""
    return _sha256({"previous_sha256": previous_sha256, "sheet": sheet})


def find_breaks(
    sheets: Sequence[tuple[date, Mapping[str, Any], str | None, str]], *, before: str | None = None
) -> list[str]:
    """What was changed in the chain, one sentence each; sheets are (day, sheet, previous_sha256, sha256) by day.

    `before` is the SHA-256 of the sheet in front of them, None where the chain begins with them.
    """
    breaks = []
    for day, sheet, previous_sha256, sha256 in sheets:
        if sheet.get("business_date") != day.isoformat() or hash_sheet(sheet, previous_sha256) != sha256:
            breaks.append(f"The sheet of {day} was changed.")
        if previous_sha256 != before:
            breaks.append(f"The sheet before that of {day} was changed or removed.")
        before = sha256
    return breaks


def _by_state(states: Any) -> dict[str, int]:
    counts = Counter(states)
    return {"lost": counts.total()} | {state.value: counts[state.value] for state in EpisodeState}


def _sha256(content: Mapping[str, Any]) -> str:
    """Of the JSON with sorted keys, no spaces, in UTF-8: anybody can compute it again."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
