"""Wire bytes to records on one core, beside panoramisk 1.4 feeding cacofonisk 0.7.10 with the same bytes."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from callcenter.calls.records import Witness
from callcenter.garbage_collection import collect_rarely
from callcenter.pbx.ami_facts import AmiFacts
from callcenter.pbx.wire import AmiReader
from callcenter.tracking.rules import CallRules
from callcenter.tracking.tracker import Tracker
from hotline_bench.figure import Figure
from hotline_bench.stream import ami_stream
from hotline_lab.environments import python_with

ROUNDS = 20
CHUNK = 64 * 1024
TARGET = 8.0
RUNS = 4
PEER = ("cacofonisk==0.7.10", "panoramisk==1.4")


def measure_parsing() -> Figure:
    """Events a second of processor time, ours and the peer's; both run in turn and the best run of each counts."""
    collect_rarely()
    data = ami_stream(ROUNDS)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stream.ami"
        file.write_bytes(data)
        python = python_with(*PEER, folder_name="bench-peer")
        runs = [(_ours(data), _peers(python, file)) for _ in range(RUNS)]
    ours, peer = max(run[0] for run in runs), max(run[1] for run in runs)
    return Figure(
        name="wire bytes to records, against panoramisk 1.4 + cacofonisk 0.7.10",
        ours=round(ours),
        unit="events/s per core",
        peer=round(peer),
        ratio=round(ours / peer, 1),
        target=f"at least {TARGET:.0f}x",
        met=ours >= TARGET * peer,
    )


def _ours(data: bytes) -> float:
    reader, translator = AmiReader(), AmiFacts()
    tracker = Tracker(witness=Witness.AMI, pbx="pbx1", rules=CallRules())
    events = 0
    begin = time.process_time()
    for offset in range(0, len(data), CHUNK):
        for message in reader.feed(data[offset : offset + CHUNK]):
            events += 1
            for fact in translator.translate(message):
                tracker.feed(fact)
        tracker.take_finished()
    return events / (time.process_time() - begin)


def _peers(python: Path, file: Path) -> float:
    script = Path(__file__).with_name("peer_parser.py")
    done = subprocess.run([str(python), str(script), str(file)], capture_output=True, text=True, check=True)
    events, seconds = done.stdout.split()
    return int(events) / float(seconds)
