"""The PBX's own database is kept in step, also where the PBX was not ready to be told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.errors import ActionRefused
from callcenter.hours import astdb_sync
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.session import Answer, Headers
from callcenter.postgres.database import Database
from callcenter.settings import Settings

WANTED = {"hours/20261123": "0830-1730/20261124-0830", "duty/20261123": "0000-2400:13905190001"}


class Pbx(AmiCommands):
    """Takes plans, unless its dialplan is not loaded yet."""

    def __init__(self) -> None:
        super().__init__(host="127.0.0.1", port=1, username="nobody", secret="")
        self.told: dict[str, str] = {}
        self.refusals = 0
        self.boot(refusals=0)

    def boot(self, *, refusals: int) -> None:
        """A new connection to a PBX that has lost its plans, and refuses so often to take them."""
        new: Any = object()
        self.protocol, self.authenticated = new, True
        self.told, self.refusals = {}, refusals

    async def _send(self, action: Mapping[str, str | Sequence[str]]) -> Answer:
        if action["Action"] == "DBGetTree":
            events: list[Headers] = [
                {"Event": "DBGetTreeResponse", "Key": f"/{key}", "Val": value} for key, value in self.told.items()
            ]
            return Answer(response={}, events=events)
        if self.refusals:
            self.refusals -= 1
            raise ActionRefused("The PBX refused Originate: Extension does not exist.")
        entries = [entry.partition("=")[2] for entry in action["Variable"]]
        self.told |= {key: value for key, _, value in (entry.partition("=") for entry in entries)}
        self.told = {key: value for key, value in self.told.items() if value}
        return Answer(response={})


async def test_past_days_and_numbers_that_are_listed_no_longer_are_deleted_and_what_others_wrote_stays() -> None:
    pbx = Pbx()
    pbx.told = {
        "hours/20261122": "closed/unknown",
        "hours/20261224": "closed/unknown",
        "hours/12315": "closed",
        "do-not-call/13800000001": "1",
        "do-not-call/13800000002": "1",
        "dial/prefixes": "00852",
        "dial/other": "x",
    }
    wanted = WANTED | {"do-not-call/13800000002": "1", "do-not-call/13800000003": "1", "dial/prefixes": ""}
    await astdb_sync.push(pbx, wanted)
    assert pbx.told == WANTED | {
        "hours/20261224": "closed/unknown",
        "hours/12315": "closed",
        "do-not-call/13800000002": "1",
        "do-not-call/13800000003": "1",
        "dial/other": "x",
    }


@asynccontextmanager
async def kept_pushed(database: Database, pbx: Pbx) -> AsyncIterator[None]:
    async def list_wanted(_session: AsyncSession, _today: date) -> dict[str, str]:
        return WANTED

    task = asyncio.create_task(astdb_sync.keep_pushed(database, pbx, Settings(), "pbx1", [list_wanted]))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def is_told(pbx: Pbx) -> None:
    async with asyncio.timeout(20):
        while pbx.told != WANTED:
            await asyncio.sleep(0.01)


async def test_a_pbx_that_boots_and_refuses_its_plan_gets_it_at_the_next_look(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(astdb_sync, "POLL_SECONDS", 0.05)
    pbx = Pbx()
    async with kept_pushed(database, pbx):
        await is_told(pbx)
        pbx.boot(refusals=2)
        await is_told(pbx)
