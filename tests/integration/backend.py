"""All parts of the backend in this process, on a PBX that is not one, answering over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from callcenter.backend import run_parts
from callcenter.clock import Clock, utc_now
from callcenter.http.server import open_listener
from callcenter.pbx_settings import Pbx
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from callcenter.supervision import Supervisor
from tests.integration.fake_ami import Connection, FakeAmi

LIMIT = 30.0
"""Seconds after which something that was waited for has failed."""


class Saboteur(Supervisor):
    """Keeps the parts as always, and can make one fail from within at any moment."""

    def __init__(self, clock: Clock = utc_now) -> None:
        super().__init__(clock)
        self._bombs: dict[str, asyncio.Future[None]] = {}

    async def keep(self, name: str, start: Callable[[], Awaitable[None]], **options: Any) -> None:
        async def start_with_bomb() -> None:
            bomb = self._bombs[name] = asyncio.get_running_loop().create_future()
            running = asyncio.ensure_future(start())
            try:
                await asyncio.wait({running, bomb}, return_when=asyncio.FIRST_COMPLETED)
                await (bomb if bomb.done() else running)
            finally:
                bomb.cancel()
                running.cancel()
                await asyncio.wait({running})

        await super().keep(name, start_with_bomb, **options)

    def blow_up(self, name: str) -> None:
        """The part fails with an error that nobody foresaw."""
        self._bombs[name].set_exception(RuntimeError(f"a defect in {name}"))


@dataclass(kw_only=True)
class Backend:
    """The backend while it runs."""

    client: httpx.AsyncClient
    supervisor: Supervisor
    pbx: FakeAmi
    ledger: Path

    def say(self, *parts: bytes) -> None:
        """Live, to whoever listens at the moment."""
        for connection in self._listeners():
            for part in parts:
                connection.say(part)

    def write(self, rows: bytes) -> None:
        """Into the ledger."""
        with self.ledger.open("ab") as file:
            file.write(rows)

    async def is_heard(self) -> None:
        """Wait until somebody listens."""
        async with asyncio.timeout(LIMIT):
            while not self._listeners():
                await asyncio.sleep(0.02)

    def _listeners(self) -> list[Connection]:
        return [each for each in self.pbx.connections if not each.is_gone and "CoreShowChannels" in each.names()]


def make_pbx(pbx: FakeAmi, folder: Path, **named: Any) -> Pbx:
    """Everything that can be set up is, with the files in this folder."""
    for each in ("monitor", "voicemail", "mediation", "spoken"):
        (folder / each).mkdir(exist_ok=True, parents=True)
    return Pbx(
        ami_port=pbx.port,
        ami_secret=SecretStr("right"),
        ami_commands_secret=SecretStr("right"),
        cel_csv=folder / "Master.csv",
        recordings_dir=folder / "monitor",
        voicemail_dir=folder / "voicemail",
        mediation_recordings=folder / "mediation",
        spoken_dir=folder / "spoken",
        **named,
    )


def make_settings(pbx: FakeAmi, folder: Path) -> Settings:
    """A backend with one PBX."""
    (folder / "data").mkdir(exist_ok=True)
    return Settings(
        data_dir=folder / "data",
        pbxs=(make_pbx(pbx, folder),),
        cookie_secure=False,
    )


@asynccontextmanager
async def serving(
    database: Database,
    pbx: FakeAmi,
    folder: Path,
    *,
    supervisor: Supervisor,
    clock: Clock = utc_now,
    settings: Settings | None = None,
) -> AsyncIterator[Backend]:
    """All parts, until the end of the block; if the process would have ended, the test fails.

    The block begins once the PBX is listened to: a second backend on the same database would stand by for ever.
    """
    settings, stop = settings or make_settings(pbx, folder), asyncio.Event()
    with open_listener("127.0.0.1", 0) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        running = asyncio.create_task(run_parts(settings, database, listener, stop, supervisor=supervisor, clock=clock))
        try:
            async with httpx.AsyncClient(base_url=address, timeout=LIMIT) as client:
                backend = Backend(client=client, supervisor=supervisor, pbx=pbx, ledger=folder / "Master.csv")
                waiting = asyncio.create_task(backend.is_heard())
                try:
                    await asyncio.wait({waiting, running}, return_when=asyncio.FIRST_COMPLETED)
                    assert not running.done(), running.exception()
                    await waiting
                finally:
                    waiting.cancel()
                yield backend
                assert not running.done(), running.exception()
        finally:
            stop.set()
            with suppress(ExceptionGroup):
                await running
