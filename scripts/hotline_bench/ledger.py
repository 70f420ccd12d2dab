"""CEL rows to records on one core, beside merely reading the same file with the csv module."""

from __future__ import annotations

import csv
import tempfile
import time
from pathlib import Path

from callcenter.calls.records import Witness
from callcenter.garbage_collection import collect_rarely
from callcenter.pbx.cel_facts import CelFacts
from callcenter.pbx.cel_follower import read_cel_rows
from callcenter.tracking.rules import CallRules
from callcenter.tracking.tracker import Tracker
from hotline_bench.figure import Figure
from hotline_bench.stream import cel_stream

ROUNDS = 40
TARGET = 4.0
RUNS = 8


def measure_ledger() -> Figure:
    """Rows a second of processor time; ours and the plain read run in turn and the best run of each counts."""
    collect_rarely()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "Master.csv"
        file.write_bytes(cel_stream(ROUNDS))
        rows = _plain(file)[0]
        ours, peer = zip(*((_ours(file), _plain(file)[1]) for _ in range(RUNS)), strict=True)
    return _figure(rows / min(ours), rows / min(peer))


def _figure(ours: float, peer: float) -> Figure:
    return Figure(
        name="CEL rows to records, against a plain csv read of the same file",
        ours=round(ours),
        unit="rows/s per core",
        peer=round(peer),
        ratio=round(ours / peer, 2),
        target=f"within {TARGET:.0f}x of reading",
        met=ours * TARGET >= peer,
    )


def _ours(file: Path) -> float:
    """Seconds."""
    translator = CelFacts()
    tracker = Tracker(witness=Witness.LEDGER, pbx="pbx1", rules=CallRules())
    begin = time.process_time()
    for number, row in enumerate(read_cel_rows(file)):
        for fact in translator.translate(row):
            tracker.feed(fact)
        if number % 500 == 0:
            tracker.take_finished()
    return time.process_time() - begin


def _plain(file: Path) -> tuple[int, float]:
    """Rows in the file, and seconds."""
    begin = time.process_time()
    with file.open(encoding="utf-8", newline="") as text:
        rows = sum(1 for _ in csv.reader(text))
    return rows, time.process_time() - begin
