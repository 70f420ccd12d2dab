"""The process that keeps the embedded PostgreSQL running for as long as anybody uses it.

Users hold a shared lock on `users.lock`; the kernel lets go of it however they end, `kill -9` included. Once this
process gets that lock exclusively, nobody is left, and it shuts the server down. If this process itself is killed, the
kernel has the server shut down (PR_SET_PDEATHSIG). So no server outlives its users, and none is stopped while
another process still works with it.

Standard library only: this is a second Python process beside each embedded server and should stay small.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from callcenter.errors import CallcenterError, DatabaseError
from callcenter.postgres.cluster import (
    CHECK_EVERY_SECONDS,
    Account,
    Folder,
    clear_stale_postmaster,
    environment,
    find_account,
    find_binaries,
    package_folder,
    prepare,
    takes_connections,
)

PORT = 5432
"""Only the name of the socket depends on it: the server listens on no network address."""

_FAST_SHUTDOWN_SECONDS = 30.0
_START_AGAIN_SECONDS = 1.0
_LONGEST_SOCKET_FOLDER = 90
_LOG_LIMIT_BYTES = 10_000_000
_PR_SET_PDEATHSIG = 1

_prctl = ctypes.CDLL(None).prctl


class Keeper:
    """One server, from the moment nobody else keeps it until nobody uses it."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._users = folder.users_lock.open("ab")
        self._is_stopping = False

    def run(self) -> None:
        """Serve until the last user has gone. Raises DatabaseError when the server cannot be started."""
        folder = self._folder
        with folder.keeper_lock.open("ab") as lock, self._users:
            while not try_lock(lock, fcntl.LOCK_EX):
                if self._is_over():
                    return
                time.sleep(CHECK_EVERY_SECONDS)
            self._forget_last_server()
            account = find_account()
            binaries = find_binaries(folder, account, package_folder())
            prepare(folder, account, binaries)
            socket_folder = self._make_socket_folder(account)
            try:
                self._serve(account, binaries, socket_folder)
                while not self._is_over():
                    try:
                        self._serve(account, binaries, socket_folder)
                    except (DatabaseError, OSError) as error:
                        # It has served before: a full disk or the like, which passes.
                        self._complain(str(error))
                        self._pause(_START_AGAIN_SECONDS)
            finally:
                folder.server.unlink(missing_ok=True)
                shutil.rmtree(socket_folder, ignore_errors=True)

    def stop(self) -> None:
        """Shut the server down although it is in use."""
        self._is_stopping = True

    def _serve(self, account: Account, binaries: Path, socket_folder: Path) -> None:
        """One life of the server; returns after its end, which was a crash unless it is over."""
        cluster = self._folder.cluster
        clear_stale_postmaster(cluster)
        if self._folder.log.exists() and self._folder.log.stat().st_size > _LOG_LIMIT_BYTES:
            self._folder.log.replace(self._folder.log.with_suffix(".log.1"))
        with self._folder.log.open("ab") as log:
            log_begin = log.tell()
            server = subprocess.Popen(
                [
                    *(binaries / "postgres", "-D", cluster, "-p", str(PORT)),
                    *("-c", "listen_addresses="),
                    *("-c", f"unix_socket_directories={socket_folder}"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment(),
                preexec_fn=_end_with(os.getpid()),
                **account.switch,
            )
        is_ready = False
        while server.poll() is None:
            if self._is_over():
                self._shut_down(server)
                return
            if not is_ready and takes_connections(cluster, server.pid):
                is_ready = self._publish(server.pid, socket_folder)
            time.sleep(CHECK_EVERY_SECONDS)
        if not is_ready:
            raise DatabaseError(f"PostgreSQL did not start: {self._reason(log_begin)} (see {self._folder.log}).")

    def _is_over(self) -> bool:
        return self._is_stopping or try_lock(self._users, fcntl.LOCK_EX)

    @staticmethod
    def _shut_down(server: subprocess.Popen[bytes]) -> None:
        for number, patience in ((signal.SIGINT, _FAST_SHUTDOWN_SECONDS), (signal.SIGQUIT, None)):
            server.send_signal(number)
            try:
                server.wait(patience)
            except subprocess.TimeoutExpired:
                continue
            return

    def _publish(self, postmaster: int, socket_folder: Path) -> bool:
        """Whether users can find the server now; on a full disk they cannot yet."""
        half = self._folder.server.with_suffix(".half")
        try:
            half.write_text(
                json.dumps({"keeper": os.getpid(), "postmaster": postmaster, "socket_folder": str(socket_folder)})
            )
            half.replace(self._folder.server)
        except OSError:
            return False
        return True

    def _complain(self, sentence: str) -> None:
        with suppress(OSError), self._folder.log.open("a") as log:
            log.write(f"{sentence}\n")

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._is_over():
            time.sleep(CHECK_EVERY_SECONDS)

    def _forget_last_server(self) -> None:
        """What a keeper that was killed has left."""
        try:
            last = json.loads(self._folder.server.read_text())
        except (FileNotFoundError, ValueError):
            return
        shutil.rmtree(last["socket_folder"], ignore_errors=True)
        self._folder.server.unlink()

    def _make_socket_folder(self, account: Account) -> Path:
        """Beside the data; elsewhere if the path would be longer than a socket's may be."""
        path = self._folder.path / "run"
        if len(os.fsencode(path)) > _LONGEST_SOCKET_FOLDER:
            path = Path(tempfile.mkdtemp(prefix="callcenter-"))
        path.mkdir(mode=0o700, exist_ok=True)
        os.chown(path, account.uid, account.gid)
        return path

    def _reason(self, log_begin: int) -> str:
        with self._folder.log.open("rb") as log:
            log.seek(log_begin)
            lines = log.read().decode(errors="replace").splitlines()
        for line in lines:
            for word in ("FATAL:", "PANIC:"):
                if word in line:
                    return line.partition(word)[2].strip()
        return lines[0].removeprefix("postgres: ") if lines else "it said nothing"


def try_lock(file: IO[bytes], kind: int) -> bool:
    """Take a lock of `fcntl.flock`, shared or exclusive, unless others are in the way."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _end_with(keeper: int) -> Callable[[], None]:
    """For the child, after it has changed its user: a fast shutdown when the keeper dies."""

    def ask_the_kernel() -> None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != keeper:
            os._exit(1)

    return ask_the_kernel


def main() -> int:
    """`python -m callcenter.postgres.keeper DATA_DIR`; an error is one line on stderr."""
    os.umask(0o077)
    keeper = Keeper(Folder(path=Path(sys.argv[1])))
    signal.signal(signal.SIGTERM, lambda _number, _frame: keeper.stop())
    signal.signal(signal.SIGINT, lambda _number, _frame: keeper.stop())
    try:
        keeper.run()
    except (CallcenterError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
