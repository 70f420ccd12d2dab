"""`callcenter serve` in a process that is forked from one which has imported it.

Importing the backend takes longer than most calls of a test. Apart from that the process is as any other: with its own
environment, session, log and exit code. The demo and the soak start theirs by the command.
"""

from __future__ import annotations

import asyncio
import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LOOK_SECONDS = 0.02

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["callcenter.cli.server"])


class ForkedBackend:
    """The process, used as one of asyncio."""

    def __init__(self, *, environment: Mapping[str, str], log: Path) -> None:
        # it ends with the process of the tests, however that ends
        self._process = _context.Process(target=_serve, args=(dict(environment), log), daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        while (code := self.returncode) is None:
            await asyncio.sleep(_LOOK_SECONDS)
        return code


def _serve(environment: Mapping[str, str], log: Path) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    # what `serve` starts itself by where it has to begin afresh
    sys.orig_argv = [sys.executable, "-m", "callcenter", "serve"]
    nothing, written = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for descriptor, standard in ((nothing, 0), (written, 1), (written, 2)):
        os.dup2(descriptor, standard)
    from callcenter.cli import main

    sys.exit(main(["serve"]))
