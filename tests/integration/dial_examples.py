"""A desk for the tests of click-to-call: agents with phones, a PBX that says yes, and callers who were lost."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.app import create_app
from callcenter.callbacks.service import refresh
from callcenter.calls.records import CallRecord
from callcenter.dialling.service import SEND_WITHIN
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.registry import PbxRegistry
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.callback_examples import store
from tests.integration.conftest import NOW, Clock
from tests.integration.fake_ami import HASTE, FakeAmi, running, until

_keys = itertools.count(1)


@dataclass(kw_only=True)
class Desk:
    """What a test of click-to-call has in hand; requests are those of `role`."""

    database: Database
    pbx: FakeAmi
    commands: AmiCommands
    pbxs: PbxRegistry
    client: httpx.AsyncClient
    as_role: dict[Role, dict[str, str]]
    clock: Clock
    settings: Settings = field(default_factory=lambda: Settings(data_dir=Path("/nowhere"), cookie_secure=False))

    async def ask(
        self, method: str, path: str, body: Any = None, *, role: Role = Role.AGENT, reason: str | None = None
    ) -> httpx.Response:
        headers = self.as_role[role] | ({} if reason is None else {"X-Reason": reason})
        return await self.client.request(method, f"/api/v1{path}", json=body, headers=headers)

    async def dial(self, body: Any, *, key: str | None = None, role: Role = Role.AGENT) -> httpx.Response:
        headers = self.as_role[role] | {"Idempotency-Key": key or f"key-number-{next(_keys)}"}
        return await self.client.post("/api/v1/dials", json=body, headers=headers)

    async def given(self, *calls: CallRecord) -> None:
        await store(self.database, calls)
        await refresh(self.database, self.settings)

    async def episode_of(self, number: str) -> int:
        rows = await self.rows("SELECT id FROM episodes WHERE subject = :number ORDER BY id DESC", number=number)
        return int(rows[0][0])

    async def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        async with self.database.engine.begin() as connection:
            result = await connection.execute(text(query), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    async def seat(self, name: str, interface: str, pbx: str = "pbx1") -> None:
        await self.rows(
            "INSERT INTO agent_sign_ons (user_id, pbx, interface, signed_on_at)"
            " SELECT id, :pbx, :interface, :at FROM users WHERE name = :name",
            **{"name": name, "pbx": pbx, "interface": interface, "at": NOW},
        )

    async def refusals(self) -> list[tuple[str, str, str, str | None]]:
        """Who wanted to ring what, why not, and the number as it is kept."""
        items = (await self.ask("GET", "/dial-refusals", role=Role.SUPERVISOR)).json()["items"]
        return [(item["user"], item["target"], item["reason"], item["masked_number"]) for item in items]

    def originates(self) -> list[Mapping[str, str]]:
        """What the PBX was asked to ring."""
        actions = [action for connection in self.pbx.connections for action in connection.actions]
        return [action for action in actions if action["Action"] == "Originate"]

    def later(self, **duration: float) -> datetime:
        """Move the clock."""
        self.clock.now += timedelta(**duration)
        return self.clock.now


@asynccontextmanager
async def desk_of(
    database: Database, as_role: dict[Role, dict[str, str]], clock: Clock, **settings: Any
) -> AsyncIterator[Desk]:
    """The agent sits at PJSIP/1001, the supervisor at PJSIP/1002. Dials are sent however slow the machine is."""
    patience = mock.patch("callcenter.dialling.service.SEND_WITHIN", 60 * SEND_WITHIN)
    async with FakeAmi.serving() as pbx:
        address = {"host": "127.0.0.1", "port": pbx.port, "username": "callcenter-commands", "secret": "right"}
        commands = AmiCommands(**address, patience=HASTE)  # type: ignore[arg-type]
        async with running(commands.run(), commands.close):
            await until(lambda: commands.is_up)
            told = Settings(data_dir=Path("/nowhere"), cookie_secure=False, **settings)
            pbxs = PbxRegistry({"pbx1": commands})
            app = create_app(database=database, settings=told, pbxs=pbxs, now=lambda: clock.now)
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://callcenter.test") as client:
                desk = Desk(
                    database=database,
                    pbx=pbx,
                    commands=commands,
                    pbxs=pbxs,
                    client=client,
                    as_role=as_role,
                    clock=clock,
                    settings=told,
                )
                await desk.seat("mei-agent", "PJSIP/1001")
                await desk.seat("mei-supervisor", "PJSIP/1002")
                with patience:
                    yield desk
