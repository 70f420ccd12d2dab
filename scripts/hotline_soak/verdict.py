"""The phones' truth against records, episodes and audit: who is lost, who is doubled, who is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hotline_soak.traffic import Played

SAME_CALL = timedelta(seconds=4)
"""A phone dials and the PBX sees it within this."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Sentences, one for each caller that is not as the phones had it."""

    calls: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    wrong: tuple[str, ...]


def judge(played: Sequence[Played], records: Sequence[Mapping[str, Any]], listed: Iterable[tuple[str, str]]) -> Verdict:
    """`records` are all inbound ones, `listed` the (pbx, call_id) of each lost call, as often as lists have it."""
    episodes = Counter(listed)
    rest = {(record["pbx"], record["call_id"]): record for record in records}
    lost, wrong = [], []
    calls = 0
    for name, number, begin, outcome in sorted(_callers(played), key=lambda caller: caller[2]):
        calls += 1
        who = f"{name}: {number or 'no number'} of {begin:%H:%M:%S}"
        key = _nearest(rest, number, begin)
        if key is None:
            lost.append(f"{who} has no record")
            continue
        record = rest.pop(key)
        if record["outcome"] != outcome:
            wrong.append(f"{who} is {record['outcome']}, was {outcome} ({record['call_id']}, {record['anomalies']})")
        if outcome != "answered" and episodes[key] != 1:
            wrong.append(f"{who} is in {episodes[key]} episodes ({record['call_id']})")
    doubled = tuple(f"{call_id} of {pbx} belongs to no phone" for pbx, call_id in rest)
    return Verdict(calls=calls, lost=tuple(lost), doubled=doubled, wrong=tuple(wrong))


def _callers(played: Sequence[Played]) -> Iterable[tuple[str, str, datetime, str]]:
    for play in played:
        callers = sorted((call for call in play.calls if call.kind == "caller"), key=lambda call: call.events[0].at)
        for call, outcome in zip(callers, play.outcomes, strict=True):
            yield play.name, call.number, call.events[0].at, outcome


def _nearest(rest: Mapping[tuple[str, str], Mapping[str, Any]], number: str, begin: datetime) -> tuple[str, str] | None:
    near = []
    for key, record in rest.items():
        shown = record["caller_raw"] or ""
        apart = abs(datetime.fromisoformat(record["started_at"]) - begin)
        if ("" if shown == "anonymous" else shown) == number and apart < SAME_CALL:
            near.append((apart, key))
    return min(near)[1] if near else None
