"""Whether memory grows with a million calls, on the way from wire and ledger to records."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

from callcenter.calls.records import Witness
from callcenter.pbx.ami_facts import AmiFacts
from callcenter.pbx.cel_facts import CelFacts
from callcenter.pbx.cel_rows import cut_rows, leave_out_silent, parse_rows
from callcenter.pbx.facts import Fact
from callcenter.pbx.wire import AmiReader
from callcenter.tracking.rules import CallRules
from callcenter.tracking.tracker import Tracker
from hotline_bench.figure import Figure
from hotline_bench.stream import as_new_calls
from hotline_demo.captured import Recording, recordings

CALLS = 1_000_000
WARM_CALLS = 100_000
CALLS_AT_ONCE = 500
RECORDING = "busy_line"
"""Short, so that a million take minutes."""
TARGET_MEGABYTES = 10


def measure_memory() -> list[Figure]:
    """Megabytes that the calls behind the first hundred thousand have added."""
    recording = next(recording for recording in recordings() if recording.name == RECORDING)
    ways = ((Witness.AMI, _live(recording)), (Witness.LEDGER, _from_ledger(recording)))
    return [_figure(witness, _growth(witness, facts)) for witness, facts in ways]


def _growth(witness: Witness, batches: Iterator[list[Fact]]) -> float:
    tracker = Tracker(witness=witness, pbx="pbx1", rules=CallRules())
    finished = 0
    warm = 0.0
    for facts in batches:
        for fact in facts:
            tracker.feed(fact)
        finished += len(tracker.take_finished())
        if warm == 0.0 and finished >= WARM_CALLS:
            warm = _megabytes()
    if finished != CALLS:
        raise RuntimeError(f"{finished:,} calls came out of {CALLS:,}.")
    return _megabytes() - warm


def _live(recording: Recording) -> Iterator[list[Fact]]:
    reader, translator = AmiReader(), AmiFacts()
    for data in _rounds(recording.events):
        yield [fact for message in reader.feed(data) for fact in translator.translate(message)]


def _from_ledger(recording: Recording) -> Iterator[list[Fact]]:
    translator = CelFacts()
    for data in _rounds(recording.ledger):
        rows = parse_rows(leave_out_silent(cut_rows(data)))
        yield [fact for row in rows for fact in translator.translate(row)]


def _rounds(data: bytes) -> Iterator[bytes]:
    for first in range(0, CALLS, CALLS_AT_ONCE):
        yield b"".join(as_new_calls(data, number) for number in range(first, first + CALLS_AT_ONCE))


def _megabytes() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def _figure(witness: Witness, megabytes: float) -> Figure:
    return Figure(
        name=f"memory added by {CALLS - WARM_CALLS:,} calls behind the first {WARM_CALLS:,}, {witness.value}",
        ours=round(megabytes, 1),
        unit="MB",
        peer=None,
        ratio=None,
        target=f"under {TARGET_MEGABYTES} MB",
        met=megabytes < TARGET_MEGABYTES,
    )
