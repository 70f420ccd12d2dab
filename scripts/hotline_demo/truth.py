"""Compares what the phones did with what the backend recorded, caller by caller."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hotline_lab.play import PhoneCall

SAME_CALL = timedelta(seconds=3)
"""The PBX sees a call within this after the phone dialled."""


def differences(
    calls: Sequence[PhoneCall], records: Sequence[Mapping[str, Any]], listed: Iterable[tuple[str, str]]
) -> list[str]:
    """One sentence for each difference; empty when there is none.

    `records` are the day's inbound call records, `listed` the (pbx, call_id) of every try on the callback list,
    as often as it is there.
    """
    found: list[str] = []
    episodes = Counter(listed)
    rest = {(record["pbx"], record["call_id"]): record for record in records}
    for call in (call for call in calls if call.kind == "caller"):
        begin = call.events[0].at
        key = next((key for key, record in rest.items() if _is_same(call, begin, record)), None)
        who = f"The caller {call.number or 'without a number'} of {begin:%H:%M:%S}"
        if key is None:
            found.append(f"{who} has no record.")
            continue
        record = rest.pop(key)
        has_talked = _has_talked(call, calls)
        if has_talked != (record["outcome"] == "answered"):
            found.append(f"{who} {'talked' if has_talked else 'talked to nobody'} but is recorded {record['outcome']}.")
        if not has_talked and episodes[key] != 1:
            found.append(f"{who} talked to nobody and is on the list {episodes[key]} times.")
    found += [f"The record {call_id} of {pbx} belongs to no phone." for pbx, call_id in rest]
    return found


def _is_same(call: PhoneCall, begin: datetime, record: Mapping[str, Any]) -> bool:
    shown = record["caller_raw"] or ""
    number = "" if shown == "anonymous" else shown
    return number == call.number and abs(datetime.fromisoformat(record["started_at"]) - begin) < SAME_CALL


def _has_talked(caller: PhoneCall, calls: Sequence[PhoneCall]) -> bool:
    """An agent's or a colleague's phone was called by this caller and answered while the caller was there."""
    begin, end = caller.events[0].at, caller.events[-1].at
    number = caller.number or "anonymous"
    return any(
        call.kind in ("agent", "mobile")
        and call.other == number
        and call.is_answered
        and begin <= call.events[0].at <= end
        for call in calls
    )
