"""The demo as a newcomer runs it, and what is left of it afterwards: nothing."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
MORNING_SECONDS = 300
END_SECONDS = 60


def demo(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(CHECKOUT / "scripts" / "demo"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
    )


def processes_of(mark: str) -> list[str]:
    """Command lines of what the demo started and is still there."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"DEMO_TEST={mark}".encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


@pytest.fixture(scope="module")
def morning() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A whole morning and its mark; it plays in real time, beside the other tests of this file."""
    mark = f"morning-{os.getpid()}"
    with demo("--once", DEMO_TEST=mark) as process:
        yield process, mark
        process.terminate()


@pytest.mark.usefixtures("morning")
def test_without_an_asterisk_the_recorded_captures_are_told_instead(tmp_path: Path) -> None:
    broken = tmp_path / "bin" / "mmdebstrap"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho 'E: the mirror is away' >&2\nexit 1\n", encoding="ascii")
    broken.chmod(0o755)
    path = f"{broken.parent}:{os.environ['PATH']}"

    with demo("--once", PATH=path, CALLCENTER_CACHE=str(tmp_path / "cache")) as process:
        printed, _ = process.communicate(timeout=MORNING_SECONDS)

    assert "No Asterisk here: " in printed, printed
    assert process.returncode == 0, printed


def test_a_demo_that_is_told_to_end_in_mid_call_leaves_no_process() -> None:
    mark = f"ended-{os.getpid()}"
    with demo("--once", DEMO_TEST=mark) as process:
        seen = ""
        assert process.stdout is not None
        for line in process.stdout:
            seen += line
            if "The caller hangs up while an agent's phone rings" in line:
                break
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=END_SECONDS)

    assert process.returncode == 128 + signal.SIGTERM, seen + rest
    deadline = time.monotonic() + END_SECONDS
    while processes_of(mark) and time.monotonic() < deadline:
        os.sched_yield()
    assert processes_of(mark) == []


def test_a_morning_on_a_real_asterisk_ends_with_a_good_audit_and_no_difference_to_the_phones(
    morning: tuple[subprocess.Popen[str], str],
) -> None:
    process, mark = morning
    printed, _ = process.communicate(timeout=MORNING_SECONDS)

    assert process.returncode == 0, printed
    assert re.search(r"\n(\d+) phones rang, \1 calls are recorded, 0 differences\.", printed), printed
    assert processes_of(mark) == []
