"""`scripts/soak --casework`: matters are worked on while the backend and its database are killed again and again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from callcenter.postgres.database import open_database
from callcenter.settings import Settings
from hotline_demo.backend import Backend
from hotline_demo.place import fresh_home
from hotline_lab.ports import HTTP_PORTS
from hotline_soak.centre import start_again
from hotline_soak.clerks import API, CLERKS_BY_ROLE, Done, work
from hotline_soak.register_verdict import RegisterVerdict, judge_register

CALM_SECONDS = (1.0, 6.0)
"""Between the start of the backend and the next kill."""
OF_DATABASE = 0.3
"""Of the kills; all others are of the backend."""


async def soak_casework(length: timedelta, seed: int) -> int:
    """The verdict goes to stdout; 1 if anything is wrong."""
    with fresh_home("casework") as home:
        verdict, done, kills = await play_casework(home, Backend, length, seed)
    print("\n".join(verdict.lines()))
    print(f"{kills} kills; {done.unknown.total()} steps without an answer; refused: {dict(done.refused)}")
    return 0 if verdict.is_good and kills > 0 else 1


async def play_casework(
    home: Path, kind: type[Backend], length: timedelta, seed: int
) -> tuple[RegisterVerdict, Done, int]:
    """On a backend of this kind, which hears no PBX."""
    random, done = Random(seed), Done()  # noqa: S311
    data = home / "data"
    environment: Mapping[str, str] = {"CALLCENTER_DATA_DIR": str(data), "CALLCENTER_PBX": "none"}
    async with kind(environment=environment, log=home / "backend.log", http_port=HTTP_PORTS.keep()) as backend:
        await _furnish(backend)
        until = datetime.now(UTC) + length
        async with asyncio.TaskGroup() as group:
            group.create_task(work(backend, random, done, until))
            killing = group.create_task(_kill(backend, data, random, until))
    settings = Settings(data_dir=data)
    async with open_database(None, data) as database:
        verdict = await judge_register(database, done, settings.timezone, datetime.now(UTC))
    return verdict, done, killing.result()


async def _furnish(backend: Backend) -> None:
    for clerk in CLERKS_BY_ROLE:
        await backend.add_user(clerk.name, role=clerk.name.removeprefix("clerk-"))
    await backend.add_user("clerk-admin", role="admin")
    await _do(backend, "POST", "/units", {"name": "武进分局", "kind": "branch", "regions": []})
    await _do(backend, "PUT", "/units/1/members/clerk-officer")


async def _do(backend: Backend, method: str, path: str, body: object = None) -> None:
    answer = await backend.ask(method, API + path, body, user="clerk-admin")
    if answer.status >= 400:
        raise RuntimeError(f"{method} {path}: {answer}")


async def _kill(backend: Backend, data: Path, random: Random, until: datetime) -> int:
    """How often; at the end the backend runs."""
    kills = 0
    while datetime.now(UTC) < until:
        await asyncio.sleep(random.uniform(*CALM_SECONDS))
        if random.random() < OF_DATABASE:
            server = json.loads((data / "postgresql.json").read_text(encoding="utf-8"))
            with suppress(ProcessLookupError):  # it has not come back yet from the last time
                os.kill(int(server["postmaster"]), signal.SIGKILL)
                kills += 1
        else:
            await backend.kill()
            kills += 1
            await start_again(backend)
    return kills
