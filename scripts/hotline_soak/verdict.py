"""The phones' truth against records, episodes and audit: who is lost, who is doubled, who is wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hotline_soak.persons import person_of
from hotline_soak.truth import Truth

SAME_CALL = timedelta(seconds=6)
"""The PBX sees a call within this after the phone dialled."""
AROUND_CRASH = timedelta(seconds=2)
"""A call that ended in order just when the PBX died may be recorded as it would have been anyway."""

TALK_MARGIN = timedelta(seconds=3)
"""A talk begins when both are bridged, which may be after a notice, and ends when the PBX hears of it."""

Record = Mapping[str, Any]
Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Deviation:
    """A caller recorded otherwise than by the phones, with the time of the call."""

    begin: datetime
    end: datetime
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The deviations, and how many callers there were: `calls` for sure, `perhaps` more."""

    calls: int
    perhaps: int
    lost: tuple[Deviation, ...]
    doubled: tuple[Deviation, ...]
    wrong: tuple[Deviation, ...]
    matched: tuple[tuple[Truth, Record], ...] = ()
    """Callers with their records."""


def judge(truths: Sequence[Truth], records: Sequence[Record], listed: Iterable[Key]) -> Verdict:
    """`records` are all inbound ones, `listed` the (pbx, call_id) of each missed call, as often as lists have it."""
    episodes = Counter(listed)
    rest: dict[tuple[str, str | None], list[Record]] = defaultdict(list)
    for record in records:
        rest[_shown(record["caller_raw"]), record["dialled_number"]].append(record)
    lost: list[Deviation] = []
    wrong: list[Deviation] = []
    matched: list[tuple[Truth, Record]] = []
    perhaps = 0
    for truth in sorted(truths, key=lambda truth: (not truth.is_sure, truth.begin)):
        who = f"{truth.kind}: {truth.number or 'no number'} for {truth.dialled} at {truth.begin:%H:%M:%S}"
        same = rest[truth.number, truth.dialled]
        found = _nearest(same, truth)
        if found is None:
            if truth.is_sure:
                lost.append(_deviation(truth, f"{who} has no record"))
            continue
        perhaps += not truth.is_sure
        same.remove(found)
        matched.append((truth, found))
        for complaint in _complaints(truth, found, episodes[found["pbx"], found["call_id"]]):
            seen = f"{found['call_id']}, {', '.join(found['witnesses'])}, {', '.join(found['anomalies'])}"
            wrong.append(_deviation(truth, f"{who} {complaint} ({seen})"))
    doubled = tuple(
        Deviation(
            begin=datetime.fromisoformat(record["started_at"]),
            end=datetime.fromisoformat(record["ended_at"] or record["started_at"]),
            sentence=f"{record['call_id']} at {record['started_at']} belongs to no phone",
        )
        for records_left in rest.values()
        for record in records_left
    )
    return Verdict(
        calls=sum(truth.is_sure for truth in truths),
        perhaps=perhaps,
        lost=tuple(lost),
        doubled=doubled,
        wrong=tuple(wrong),
        matched=tuple(matched),
    )


def _deviation(truth: Truth, sentence: str) -> Deviation:
    return Deviation(begin=truth.begin, end=truth.end, sentence=sentence)


def _complaints(truth: Truth, record: Record, episodes: int) -> Iterable[str]:
    outcome = record["outcome"]
    if outcome not in truth.outcomes and not _ended_in_time(truth, record):
        yield f"is {outcome}, was {' or '.join(sorted(truth.outcomes))}"
    is_missed = outcome != "answered" or record["lost_after_transfer"]
    if is_missed and episodes != 1:
        yield f"is in {episodes} episodes"
    if truth.is_lost_after_transfer and not record["lost_after_transfer"]:
        yield "was lost after a transfer"
    if truth.talked_with is not None and outcome in truth.outcomes:
        with_ = {talk["with"] for talk in record["talks"]}
        if with_ != truth.talked_with:
            yield f"talked with {_names(with_)}, was {_names(truth.talked_with)}"
    if person_of(truth.number) not in (None, record["caller_number"]):
        yield f"is {record['caller_number']}, was {person_of(truth.number)}"
    yield from _wrong_talk_time(truth, record)


def _wrong_talk_time(truth: Truth, record: Record) -> Iterable[str]:
    """A recorded talk is no longer than the phones', and where there was one person not much shorter."""
    if truth.talk is None or truth.talked_with is None:
        return
    recorded = timedelta(seconds=record["talk_seconds"])
    if not truth.talk.least - TALK_MARGIN <= recorded <= truth.talk.most + TALK_MARGIN:
        yield f"talked for {recorded.total_seconds():.1f} s, was {truth.talk.most.total_seconds():.1f} s"


def _names(devices: Iterable[str]) -> str:
    return ", ".join(sorted(devices)) or "nobody"


def _ended_in_time(truth: Truth, record: Record) -> bool:
    """Whether the call was over, with every hang-up seen, when the PBX died: its phone may not have heard of it."""
    if truth.crashed_at is None or record["outcome"] != truth.planned:
        return False
    is_over = record["complete"] and record["ended_at"] is not None
    return is_over and abs(datetime.fromisoformat(record["ended_at"]) - truth.crashed_at) < AROUND_CRASH


def _shown(caller_raw: str | None) -> str:
    return "" if caller_raw in (None, "anonymous") else caller_raw


def _nearest(records: Sequence[Record], truth: Truth) -> Record | None:
    def apart(record: Record) -> timedelta:
        return abs(datetime.fromisoformat(record["started_at"]) - truth.begin)

    near = [record for record in records if apart(record) < SAME_CALL]
    return min(near, key=apart, default=None)
