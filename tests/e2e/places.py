"""Where a backend under test lives."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from hotline_demo.backend import Backend
from hotline_lab.asterisk import Lab
from hotline_lab.ports import HTTP_PORTS

AT_ANY_HOUR = {
    "CALLCENTER_CALLING_HOURS_WORKDAY": "00:00-24:00",
    "CALLCENTER_CALLING_HOURS_DAY_OFF": "00:00-24:00",
}
"""Tests run at any time of the day."""


@contextmanager
def fresh_home() -> Iterator[Path]:
    """A folder that the database's system user can enter, whoever runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="callcenter-e2e-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def backend_on(lab: Lab, home: Path, settings: Mapping[str, str] | None = None) -> AsyncIterator[Backend]:
    """A running backend that hears the lab's PBX and may command it; `settings` are further ones."""
    info = lab.info
    environment = {
        "CALLCENTER_PBX": info.pbx,
        "CALLCENTER_AMI_PORT": str(info.ami_port),
        "CALLCENTER_AMI_SECRET": info.ami_secret,
        "CALLCENTER_AMI_COMMANDS_SECRET": info.ami_commands_secret,
        "CALLCENTER_CEL_CSV": info.cel_csv,
        "CALLCENTER_DATA_DIR": str(home / "data"),
        **AT_ANY_HOUR,
        **(settings or {}),
    }
    async with Backend(environment=environment, log=home / "log", http_port=HTTP_PORTS.keep()) as backend:
        yield backend
