"""The folder and port of a backend for demo, soak or bench; removed afterwards."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hotline_lab.paths import cache_dir

LOOPBACK = "127.0.0.1"


@contextmanager
def fresh_home(name: str, *, is_kept: bool = False) -> Iterator[Path]:
    """An empty folder `callcenter-NAME-...`, removed afterwards together with folders left by killed processes.

    Root's database server, another user, must be able to enter it.
    """
    base = Path("/var/lib") if os.geteuid() == 0 else cache_dir()
    base.mkdir(parents=True, exist_ok=True)
    prefix = f"callcenter-{name}-"
    for left in base.glob(f"{prefix}*"):
        _remove_unless_held(left)
    home = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
    home.chmod(0o755)
    with _lock(home).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield home
        finally:
            if is_kept:
                _lock(home).unlink()
            else:
                shutil.rmtree(home, ignore_errors=True)


def is_listening(port: int) -> bool:
    """Whether a program listens on this port of loopback; tried by connecting, which occupies no port."""
    with socket.socket() as client:
        return client.connect_ex((LOOPBACK, port)) == 0


def _remove_unless_held(home: Path) -> None:
    """A living process holds the lock; a folder without a lock is being made, or kept on purpose."""
    with suppress(OSError), _lock(home).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(home, ignore_errors=True)


def _lock(home: Path) -> Path:
    return home / "lock"
