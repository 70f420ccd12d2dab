"""The folder of a demo goes with the demo, or with the next one after a `kill -9`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hotline_demo.place import fresh_home

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
HOLD = """
import sys
from hotline_demo.place import fresh_home
with fresh_home(sys.argv[1]) as home:
    print(home, flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_process_left_goes_with_the_next_and_what_is_in_use_stays() -> None:
    name = f"test{os.getpid()}"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
    ) as other:
        assert other.stdout is not None
        held = Path(other.stdout.readline().strip())
        with fresh_home(name) as home:
            assert (held.is_dir(), home.is_dir(), home == held) == (True, True, False)
        assert not home.exists()
        other.kill()
        other.wait()
        assert held.is_dir()
    with fresh_home(name):
        assert not held.exists()
