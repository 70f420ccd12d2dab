"""`callcenter replay` of a large capture, beside panoramisk 1.4 and cacofonisk 0.7.10 on the same file."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from hotline_bench.figure import Figure
from hotline_bench.parsers import PEER
from hotline_bench.stream import CHANNELS_A_ROUND, as_new_calls
from hotline_demo.captured import recordings
from hotline_lab.environments import python_with

CALLS = 2500
RECORDING = "answered_by_an_agent"
FIRST_EVENT = b"Event: Newchannel\r\n"
TARGET = 4.0
RUNS = 4


def measure_replay() -> Figure:
    """Events a second of processor time, start of the process included; run in turn, the best run of each counts."""
    data = _capture()
    events = data.count(b"\r\n\r\n")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "capture.ami"
        file.write_bytes(data)
        ours = [sys.executable, "-m", "callcenter", "replay", str(file)]
        peer = [
            str(python_with(*PEER, folder_name="bench-peer")),
            str(Path(__file__).with_name("peer_replay.py")),
            str(file),
        ]
        runs = [(_seconds(ours, CALLS), _seconds(peer, 1)) for _ in range(RUNS)]
    best, peers_best = min(run[0] for run in runs), min(run[1] for run in runs)
    return Figure(
        name=f"replay of {len(data) / 1e6:.0f} MB, whole process, against panoramisk 1.4 + cacofonisk 0.7.10",
        ours=round(events / best),
        unit="events/s",
        peer=round(events / peers_best),
        ratio=round(peers_best / best, 1),
        target=f"at least {TARGET:.0f}x",
        met=peers_best >= TARGET * best,
    )


def _capture() -> bytes:
    """One answered call over and over, from its first channel on, each time with new channels."""
    events = next(recording.events for recording in recordings() if recording.name == RECORDING)
    call = events[events.index(FIRST_EVENT) :]
    return b"".join(as_new_calls(call, (number + 1) * CHANNELS_A_ROUND) for number in range(CALLS))


def _seconds(command: list[str], lines: int) -> float:
    """Processor time of a run that must print so many lines."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    printed = done.stdout.count(b"\n")
    if printed != lines:
        raise RuntimeError(f"{command[0]} printed {printed:,} lines, not {lines:,}.")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
