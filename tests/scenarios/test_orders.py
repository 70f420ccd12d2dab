"""The same calls told cut, repeated, interleaved or interrupted give the same records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.calls.records import CallRecord, Witness
from callcenter.pbx.facts import ChannelFact, Fact
from callcenter.pbx.wire import AmiReader, event_name
from callcenter.tracking.tracker import Tracker
from tests.scenarios.captures import (
    RULES,
    ami_bytes,
    ami_facts,
    by_id,
    cel_facts,
    cel_rows,
    messages,
    records_of,
    renumbered,
    scenario_names,
)

NAMES = [name for name in scenario_names() if not name.startswith("asterisk_")]


def _in_order_of_age() -> list[str]:
    """Oldest first, so that growing channel counters go with growing seconds, as on one PBX."""
    starts: dict[str, datetime] = {
        name: min(record.started_at for record in records_of(cel_facts(cel_rows(name)), Witness.LEDGER))
        for name in NAMES
    }
    return sorted(NAMES, key=starts.__getitem__)


def _events(data: bytes) -> list[bytes]:
    """Without banner and responses: interleaved they would be a link that keeps breaking."""
    return [message for message in messages(data) if event_name(message) is not None]


BROKEN = {"hostile_numbers"}
"""Messages that a caller broke into pieces, which no other message comes between."""

STREAMS = [
    _events(renumbered(ami_bytes(name), 1000 * (index + 1)))
    for index, name in enumerate(_in_order_of_age())
    if name not in BROKEN
]
ALONE: dict[str, CallRecord] = {}
for _stream in STREAMS:
    ALONE.update(by_id(records_of(ami_facts(_stream), Witness.AMI)))


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_calls_interleaved_in_any_way_are_told_as_if_alone(data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(STREAMS) - 1), min_size=2, max_size=5, unique=True))
    random = data.draw(st.randoms(use_true_random=False))
    rests = [list(STREAMS[index]) for index in chosen]
    mixed: list[bytes] = []
    while rests:
        rest = random.choice(rests)
        mixed.append(rest.pop(0))
        rests = [left for left in rests if left]

    told = by_id(records_of(ami_facts(mixed), Witness.AMI))

    wanted = {
        record.call_id: record for index in chosen for record in records_of(ami_facts(STREAMS[index]), Witness.AMI)
    }
    assert told == wanted


@settings(max_examples=25, deadline=None)
@given(index=st.integers(0, len(STREAMS) - 1), times=st.lists(st.integers(1, 3), min_size=1, max_size=40))
def test_messages_told_several_times_count_once(index: int, times: list[int]) -> None:
    stream = STREAMS[index]
    repeated = [message for at, message in enumerate(stream) for _ in range(times[at % len(times)])]

    assert by_id(records_of(ami_facts(repeated), Witness.AMI)) == by_id(records_of(ami_facts(stream), Witness.AMI))


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_capture_told_twice_counts_once(name: str) -> None:
    facts = ami_facts(messages(ami_bytes(name)))
    tracker = Tracker(witness=Witness.AMI, pbx="pbx1", rules=RULES)
    for fact in facts:
        tracker.feed(fact)
    first = tracker.take_changed()
    for fact in facts:
        if isinstance(fact, ChannelFact):
            tracker.feed(fact)

    assert tracker.take_changed() == []
    assert first


@settings(max_examples=40, deadline=None)
@given(index=st.integers(0, len(NAMES) - 1), cuts=st.lists(st.integers(0, 200_000), max_size=30))
def test_bytes_cut_anywhere_are_the_same_messages(index: int, cuts: list[int]) -> None:
    data = ami_bytes(NAMES[index])
    edges = sorted({0, len(data), *(cut % len(data) for cut in cuts)})
    reader = AmiReader()

    told = [message for begin, end in pairwise(edges) for message in reader.feed(data[begin:end])]

    assert told == messages(data)


@pytest.mark.parametrize("name", NAMES)
def test_a_ledger_read_anew_after_an_interruption_anywhere_gives_the_same_records(name: str) -> None:
    rows = cel_rows(name)
    wanted = by_id(records_of(cel_facts(rows), Witness.LEDGER))

    for stop in range(len(rows) + 1):
        assert _interrupted(rows, stop) == wanted, f"interrupted before row {stop}"


def _interrupted(rows: Sequence[Sequence[str]], stop: int) -> dict[str, CallRecord]:
    """Read until `stop`, die, and go on from the first row of the oldest call then open."""
    first = Tracker(witness=Witness.LEDGER, pbx="pbx1", rules=RULES)
    starts: dict[str, int] = {}
    told: dict[str, CallRecord] = {}
    facts: list[tuple[int, Fact]] = [(at, fact) for at, row in enumerate(rows) for fact in cel_facts([row])]
    for at, fact in facts:
        if at >= stop:
            break
        first.feed(fact)
        for record in first.take_changed():
            starts.setdefault(record.call_id, at)
            told[record.call_id] = record
    resume = min((starts[call_id] for call_id in first.open_call_ids()), default=stop)
    second = records_of(cel_facts(rows[resume:]), Witness.LEDGER)
    told.update((record.call_id, record) for record in second if record.complete or record.call_id not in told)
    return told
