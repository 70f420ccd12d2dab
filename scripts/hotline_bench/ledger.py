"""CEL rows to records on one core, beside merely reading the same file with the csv module."""

from __future__ import annotations

import csv
import tempfile
import time
from pathlib import Path

from callcenter.calls.records import Witness
from callcenter.calls.rules import CallRules
from callcenter.calls.tracker import Tracker
from callcenter.pbx.cel_facts import CelFacts
from callcenter.pbx.ledger import read_cel_rows
from hotline_bench.figure import Figure
from hotline_bench.stream import cel_stream

ROUNDS = 40
TARGET = 4.0


def measure_ledger() -> Figure:
    """Rows a second; ours and the plain read run twice in turn and the better run counts."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "Master.csv"
        file.write_bytes(cel_stream(ROUNDS))
        runs = [(_ours(file), _plain(file)) for _ in range(2)]
    ours, peer = max(run[0] for run in runs), max(run[1] for run in runs)
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
    translator = CelFacts()
    tracker = Tracker(witness=Witness.LEDGER, pbx="pbx1", rules=CallRules())
    rows = 0
    begin = time.perf_counter()
    for row in read_cel_rows(file):
        rows += 1
        for fact in translator.translate(row):
            tracker.feed(fact)
        if rows % 500 == 0:
            tracker.take_finished()
    return rows / (time.perf_counter() - begin)


def _plain(file: Path) -> float:
    begin = time.perf_counter()
    with file.open(encoding="utf-8", newline="") as text:
        rows = sum(1 for _ in csv.reader(text))
    return rows / (time.perf_counter() - begin)
