"""A PBX that takes its time keeps nobody from the database: nobody waits for it with a transaction open."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from callcenter.accounts.rights import Role
from callcenter.browser_phones import store
from callcenter.errors import PbxError
from callcenter.pbx import actions
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.session import Answer
from callcenter.postgres.database import Database
from tests.integration.conftest import command
from tests.integration.test_browser_phones import SEAT, Browser, Pbx, elsewhere, here, pbx, user_id

__all__ = ["elsewhere", "here", "pbx", "user_id"]

LIMIT = 10.0
TRIES = 20


class SlowPbx(Pbx):
    """Does nothing before it is let; what is only asked it answers."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = asyncio.Event()
        self.asked = 0
        self.under_way = 0
        self.most_under_way = 0

    async def _send(self, action: Mapping[str, str | Sequence[str]]) -> Answer:
        if action["Action"] not in ("CoreSettings", "Getvar", "QueueSummary"):
            self.asked += 1
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
            await self.may_answer.wait()
            self.under_way -= 1
        return await super()._send(action)


@pytest.fixture
def slow(app: FastAPI, pbx: Pbx) -> SlowPbx:
    commands = SlowPbx()
    command(app, commands)
    return commands


def connections_in_use(database: Database) -> int:
    """Of the pool."""
    return int(database.engine.sync_engine.pool.checkedout())  # type: ignore[attr-defined]


async def is_asked(slow: SlowPbx, count: int) -> None:
    async with asyncio.timeout(LIMIT):
        while slow.asked < count:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("kind", ["sessions", "snapshots", "logged_snapshots"])
async def test_a_command_in_a_transaction_is_a_defect_and_is_not_sent(database: Database, kind: str) -> None:
    commands = AmiCommands(host="127.0.0.1", port=1, username="nobody", secret="")
    async with getattr(database, kind).begin() as session:
        await session.execute(text("SELECT 1"))
        with pytest.raises(RuntimeError):
            await commands.ask(actions.core_settings())
        async with session.begin_nested():
            await session.execute(text("SELECT 1"))
        with pytest.raises(RuntimeError):
            await commands.ask(actions.core_settings())
    with pytest.raises(PbxError):
        await commands.ask(actions.core_settings())


async def test_twenty_requests_for_one_phone_keep_nobody_from_the_database_while_the_pbx_takes_its_time(
    here: Browser, slow: SlowPbx, database: Database
) -> None:
    asking = [asyncio.create_task(here.take()) for _ in range(TRIES)]
    await is_asked(slow, 1)
    for _ in range(TRIES):
        async with asyncio.timeout(1):
            assert (await here.ask("GET", "/api/v1/session")).status_code == 200

    slow.may_answer.set()
    answers = await asyncio.gather(*asking)
    assert [answer.status_code for answer in answers] == [201] * TRIES
    assert slow.most_under_way == 1
    assert slow.logins["2001"] in {answer.json()["login"] for answer in answers}
    assert connections_in_use(database) == 0
    async with database.sessions.begin() as session:
        assert (await session.execute(text("SELECT count(*) FROM phone_turns"))).scalar_one() == 0


async def test_of_two_browsers_that_want_the_phone_at_once_the_pbx_lets_in_the_one_that_has_it(
    here: Browser, elsewhere: Browser, slow: SlowPbx, database: Database
) -> None:
    asking = [asyncio.create_task(browser.take(take_over=True)) for browser in (here, elsewhere)]
    await is_asked(slow, 1)
    slow.may_answer.set()
    logins = [answer.json()["login"] for answer in await asyncio.gather(*asking)]
    async with database.sessions.begin() as session:
        lease = await store.find_lease(session, SEAT)
    assert lease is not None
    owners = [(await browser.phone())["owner"] for browser in (here, elsewhere)]
    assert sorted(owners) == ["elsewhere", "here"]
    assert slow.logins == {"2001": logins[owners.index("here")]}


ORDERS = {
    "sign-on": ("POST", "/api/v1/agents/me/sign-on", {"device": "PJSIP/1001"}),
    "sign-off": ("POST", "/api/v1/agents/me/sign-off", None),
    "pause": ("POST", "/api/v1/agents/me/pause", {"reason": "meal"}),
    "resume": ("POST", "/api/v1/agents/me/resume", None),
}


@pytest.mark.parametrize("order", ORDERS)
async def test_nothing_that_an_agent_asks_of_the_pbx_keeps_a_connection(
    client: httpx.AsyncClient,
    slow: SlowPbx,
    database: Database,
    user_id: int,
    as_role: dict[Role, dict[str, str]],
    order: str,
) -> None:
    async with database.sessions.begin() as session:
        await session.execute(
            text("INSERT INTO agent_skills (user_id, queue, penalty) VALUES (:user_id, 'hotline', 0)"),
            {"user_id": user_id},
        )
        if order == "sign-on":
            await session.execute(text("DELETE FROM agent_sign_ons"))
    method, path, body = ORDERS[order]
    asking = asyncio.create_task(client.request(method, path, json=body, headers=as_role[Role.AGENT]))
    while not asking.done():
        await is_asked(slow, 1)
        assert connections_in_use(database) == 0
        slow.may_answer.set()
        await asyncio.wait({asking}, timeout=0.1)
    assert (await asking).status_code == 202, (await asking).text
