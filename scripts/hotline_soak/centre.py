"""The centre under soak: a PBX with its callers, a backend, a standby, and the links between them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg

from hotline_demo.backend import Backend, BackendError
from hotline_lab.asterisk import Lab
from hotline_soak.traffic import Traffic
from hotline_soak.wire import Wire

START_AGAIN_SECONDS = 90.0
DISK_BYTES = 512 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Centre:
    """What can be broken."""

    lab: Lab
    wire: Wire
    backend: Backend
    standby: Backend
    traffic: Traffic
    data: Path
    """The backend's data folder, on a small disk of its own if `has_small_disk`."""
    has_small_disk: bool
    ledger_folder: Path
    """A symbolic link to the PBX's ledger; only the backend uses it."""
    length: timedelta
    complaints: list[str] = field(default_factory=list)
    """Defects that a fault noticed."""


async def start_again(backend: Backend) -> None:
    """Start it again whenever it ends during the start, as a service manager does. Raises BackendError in the end."""
    loop = asyncio.get_running_loop()
    until = loop.time() + START_AGAIN_SECONDS
    while True:
        try:
            await backend.restart()
        except BackendError:
            if loop.time() > until:
                raise
            await asyncio.sleep(0.5)
        else:
            return


def mount_small_disk(folder: Path) -> bool:
    """Mount a disk of `DISK_BYTES` there. False unless `scripts/soak` made a mount name space for it."""
    folder.mkdir(mode=0o711)
    if "CALLCENTER_SOAK_OWN_MOUNTS" not in os.environ:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=711", "tmpfs", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def postgres(centre: Centre) -> dict[str, Any]:
    """`{"keeper": pid, "postmaster": pid, "socket_folder": path}` of the backend's server."""
    server: dict[str, Any] = json.loads((centre.data / "postgresql.json").read_text(encoding="utf-8"))
    return server


def server_processes(centre: Centre) -> list[int]:
    """The postmaster first, then its children."""
    postmaster = int(postgres(centre)["postmaster"])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text(encoding="ascii").split()
    return [postmaster, *map(int, children)]


async def ask_database(centre: Centre) -> asyncpg.Connection:
    """A second session on the backend's database."""
    password = (centre.data / "postgresql.password").read_text(encoding="utf-8")
    return await asyncpg.connect(
        host=postgres(centre)["socket_folder"],
        port=5432,
        user="callcenter",
        password=password,
        database="callcenter",
        server_settings={"application_name": "soak", "default_transaction_read_only": "off"},
        timeout=10,
    )


async def end_sessions(connection: asyncpg.Connection) -> None:
    """End the sessions of the backend."""
    with suppress(asyncpg.PostgresError):
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'callcenter'"
        )
