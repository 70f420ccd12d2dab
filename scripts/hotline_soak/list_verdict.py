"""The phones' truth against the callback list: who is owed a call, who is not, whose calls belong together, by when."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hotline_soak.list_rows import find_wrong_order, find_wrong_rows
from hotline_soak.persons import due_by, person_of
from hotline_soak.truth import Talked, Truth
from hotline_soak.verdict import Deviation

CLOSING_TALK = timedelta(seconds=5)
"""A talk of this length closes an episode, where the backend's settings say nothing else."""

Row = Mapping[str, Any]
Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Person:
    """One caller: the lost calls with their truths, and the talks with us."""

    lost: list[tuple[Key, Truth]]
    talks: list[Talked]
    is_sure: bool


def judge_list(
    matched: Sequence[tuple[Truth, Mapping[str, Any]]],
    outbound: Sequence[Talked],
    rows: Sequence[Row],
    live: Sequence[Row],
    *,
    closing_talk: timedelta = CLOSING_TALK,
) -> list[Deviation]:
    """`matched` are callers with their records, `outbound` our talks with people we rang, `rows` the lists of the days,
    `live` the list of those who wait now."""
    truths = {(record["pbx"], record["call_id"]): truth for truth, record in matched}
    waiting = Counter((call["pbx"], call["call_id"]) for row in live for call in row["calls"])
    return [
        *_talked_to_on_list(truths, rows),
        *_merged(truths, rows),
        *_late_deadlines(truths, rows),
        *_wrong_states(_persons(truths, outbound), waiting, closing_talk),
        *_wrong_rows({(record["pbx"], record["call_id"]): record for _, record in matched}, truths, rows, live),
    ]


def _wrong_rows(
    records: Mapping[Key, Mapping[str, Any]], truths: Mapping[Key, Truth], rows: Sequence[Row], live: Sequence[Row]
) -> Iterator[Deviation]:
    for key, what in (*find_wrong_rows(records, (*rows, *live)), *find_wrong_order(live)):
        if key in truths:
            yield _deviation(truths[key], what)


def _talked_to_on_list(truths: Mapping[Key, Truth], rows: Iterable[Row]) -> Iterator[Deviation]:
    for row in rows:
        for call in row["calls"]:
            truth = truths.get((call["pbx"], call["call_id"]))
            if truth is not None and _is_lost(truth) is False:
                yield _deviation(truth, f"talked to somebody and is on the list (episode {row['episode_id']})")


def _merged(truths: Mapping[Key, Truth], rows: Iterable[Row]) -> Iterator[Deviation]:
    """Each row is one person's, with the number of that person to ring."""
    for row in rows:
        for call in row["calls"]:
            truth = truths.get((call["pbx"], call["call_id"]))
            if truth is None:
                continue
            person = person_of(truth.number)
            if row["caller_number"] != person:
                yield _deviation(truth, f"is on the list as another caller (episode {row['episode_id']})")
            elif person is None and len(row["calls"]) > 1:
                yield _deviation(truth, f"showed no number and shares episode {row['episode_id']} with others")


def _late_deadlines(truths: Mapping[Key, Truth], rows: Iterable[Row]) -> Iterator[Deviation]:
    for row in rows:
        of_row = [truths.get((call["pbx"], call["call_id"])) for call in row["calls"]]
        first = next((truth for truth in of_row if truth is not None), None)
        if first is None:
            continue
        expected = due_by(datetime.fromisoformat(row["opened_at"]))
        due_at = None if row["due_at"] is None else datetime.fromisoformat(row["due_at"])
        if due_at != expected:
            yield _deviation(first, f"is due {due_at}, must be {expected}")


def _wrong_states(
    persons: Mapping[object, _Person], waiting: Mapping[Key, int], closing_talk: timedelta
) -> Iterator[Deviation]:
    """Exactly the callers wait who were lost and not talked to since."""
    for person in persons.values():
        for key, truth in person.lost:
            later = [talk for talk in person.talks if talk.begin + talk.most > truth.end]
            surely = any(talk.begin > truth.end and talk.least >= closing_talk for talk in later)
            perhaps = any(talk.most >= closing_talk for talk in later)
            if waiting[key] > 1:
                yield _deviation(truth, f"waits {waiting[key]} times")
            elif surely and waiting[key]:
                yield _deviation(truth, "waits for a call, though talked to since")
            elif not perhaps and person.is_sure and not waiting[key]:
                yield _deviation(truth, "is owed a call and does not wait for one")


def _persons(truths: Mapping[Key, Truth], outbound: Iterable[Talked]) -> dict[object, _Person]:
    """By number; each call without a number is another person's."""
    lost: dict[object, list[tuple[Key, Truth]]] = defaultdict(list)
    talks: dict[object, list[Talked]] = defaultdict(list)
    unsure = set()
    for talk in outbound:
        talks[talk.person].append(talk)
    for key, truth in truths.items():
        who: object = person_of(truth.number) or key
        is_lost = _is_lost(truth)
        if is_lost:
            lost[who].append((key, truth))
        if is_lost is None:
            unsure.add(who)
        if truth.talk is not None:
            talks[who].append(truth.talk)
    return {who: _Person(lost=calls, talks=talks[who], is_sure=who not in unsure) for who, calls in lost.items()}


def _is_lost(truth: Truth) -> bool | None:
    """None where the phones do not show it."""
    if truth.is_lost_after_transfer:
        return True
    if truth.outcomes == {"answered"}:
        return None if truth.is_off_plan or truth.crashed_at is not None else False
    return None if "answered" in truth.outcomes else True


def _deviation(truth: Truth, what: str) -> Deviation:
    who = f"{truth.kind}: {truth.number or 'no number'} for {truth.dialled} at {truth.begin:%H:%M:%S}"
    return Deviation(begin=truth.begin, end=truth.end, sentence=f"{who} {what}")
