"""Phones in pages: whose they are, and what the PBX is told; whether a real one obeys is shown by the lab."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from callcenter.accounts import service as accounts
from callcenter.accounts import sign_ins
from callcenter.accounts.rights import Role, SignedIn
from callcenter.agents.rules import Seat
from callcenter.agents.store import add_sign_on, end_sign_on
from callcenter.browser_phones import store, worker
from callcenter.errors import ActionRefused, PbxError
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.session import Answer, Headers
from callcenter.pbx_settings import Pbx as PbxSettings
from callcenter.postgres.database import Database
from tests.call_examples import ANSWERED, after, from_ami
from tests.integration.callback_examples import store as store_calls
from tests.integration.conftest import NOW, PASSWORD, Clock, command

PHONE = "/api/v1/phone"
SEAT = Seat(pbx="pbx1", interface="PJSIP/2001")
USER = "mei-agent"
LIMIT = 30.0
WEBSOCKET = "wss://hotline.example/ws"


class Pbx(AmiCommands):
    """Keeps the logins that it is told, as AstDB does: LOGIN by seat."""

    def __init__(self) -> None:
        super().__init__(host="127.0.0.1", port=1, username="nobody", secret="")
        self.logins: dict[str, str] = {}
        self.version = "22.10.1"
        self.state = "NOT_INUSE"
        self.channels: list[Headers] = []
        self.redirected: list[tuple[str, str, str]] = []
        self.refusal: PbxError | None = None
        self.reconnect()

    def reconnect(self) -> None:
        """There is another connection."""
        connection: Any = object()
        self.protocol = connection

    @property
    def is_up(self) -> bool:
        return True

    async def _send(self, action: Mapping[str, str | Sequence[str]]) -> Answer:
        if self.refusal is not None:
            raise self.refusal
        response: dict[str, Any] = {"Response": "Success"}
        events: list[Headers] = []
        match action["Action"]:
            case "CoreSettings":
                response["AsteriskVersion"] = self.version
            case "Getvar":
                response["Value"] = self.state
            case "Originate":
                sent = dict(entry.removeprefix("__").split("=", 1) for entry in action["Variable"])
                if "LOGIN" in sent:
                    assert re.fullmatch("[0-9a-f]{32}", sent["HA1"])
                    self.logins[sent["SEAT"]] = sent["LOGIN"]
                else:
                    self.logins.pop(sent["SEAT"], None)
            case "DBGetTree":
                events = [{"Event": "DBGetTreeResponse", "Key": f"/ps_auth/auth/{seat}"} for seat in self.logins]
            case "CoreShowChannels":
                events = [*self.channels, {"Event": "CoreShowChannelsComplete"}]
            case "Redirect":
                self.redirected.append((str(action["Channel"]), str(action["Context"]), str(action["Exten"])))
        return Answer(response=response, events=events)


@pytest.fixture
def pbx(app: FastAPI) -> Pbx:
    app.state.settings = app.state.settings.model_copy(update={"pbxs": (PbxSettings(phone_websocket=WEBSOCKET),)})
    commands = Pbx()
    command(app, commands)
    return commands


@dataclass
class Browser:
    """One browser in which the agent is signed in."""

    client: httpx.AsyncClient
    secret: str

    async def ask(self, method: str, path: str, **body: Any) -> httpx.Response:
        headers = {"Cookie": f"callcenter_session={self.secret}", "Origin": "http://callcenter.test"}
        return await self.client.request(method, path, json=body or None, headers=headers)

    async def take(self, *, take_over: bool = False) -> httpx.Response:
        return await self.ask("POST", PHONE, take_over=take_over)

    async def phone(self) -> Any:
        """As the session and the desk have it alike."""
        told = (await self.ask("GET", "/api/v1/session")).json()["phone"]
        assert (await self.ask("GET", "/api/v1/me")).json()["document"]["phone"] == told
        return told


@pytest.fixture
async def user_id(database: Database, as_role: dict[Role, dict[str, str]]) -> int:
    """Of the agent, who sits at a seat whose phone is the page."""
    async with database.sessions.begin() as session:
        (found,) = await session.scalars(text("SELECT id FROM users WHERE name = 'mei-agent'"))
        await add_sign_on(session, found, SEAT, NOW)
    return int(found)


async def sign_in(client: httpx.AsyncClient, database: Database, clock: Clock) -> Browser:
    opened = await sign_ins.sign_in(database, name=USER, password=PASSWORD, address="127.0.0.1", at=clock.now)
    return Browser(client=client, secret=opened.secret)


@pytest.fixture
async def here(client: httpx.AsyncClient, database: Database, clock: Clock, user_id: int, pbx: Pbx) -> Browser:
    return await sign_in(client, database, clock)


@pytest.fixture
async def elsewhere(client: httpx.AsyncClient, database: Database, clock: Clock, user_id: int) -> Browser:
    return await sign_in(client, database, clock)


@asynccontextmanager
async def ending_leases(database: Database, pbx: Pbx, clock: Clock) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.end_leases(database, pbx, "pbx1", lambda: clock.now))
    try:
        yield
    finally:
        task.cancel()


async def is_removed(database: Database, pbx: Pbx) -> None:
    """Sooner or later nobody has a phone and the PBX knows no login."""

    async def is_left() -> bool:
        async with database.sessions.begin() as session:
            return bool(pbx.logins or await store.list_leases(session))

    async with asyncio.timeout(LIMIT):
        while await is_left():
            await asyncio.sleep(0.01)


async def test_a_phone_is_had_with_a_login_that_is_told_once_and_kept_nowhere(
    here: Browser, pbx: Pbx, database: Database
) -> None:
    answer = await here.take()
    told = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    login, ha1 = told.pop("login"), told.pop("ha1")
    assert told == {
        "device": "PJSIP/2001",
        "uri": "sip:2001@hotline",
        "realm": "hotline",
        "websocket": WEBSOCKET,
        "ice_servers": [],
        "expires_at": "2026-11-23T09:00:00.000Z",
    }
    assert pbx.logins == {"2001": login}
    assert re.fullmatch("[0-9a-f]{16}", login)
    assert re.fullmatch("[0-9a-f]{32}", ha1)
    async with database.sessions.begin() as session:
        (row,) = (await session.execute(text("SELECT * FROM phone_leases"))).all()
        (access,) = (await session.execute(text("SELECT * FROM access_log WHERE what = 'phone'"))).all()
    assert ha1 not in str(row) + str(access)
    assert access.subject == "PJSIP/2001"


async def test_the_same_page_gets_a_new_login_as_often_as_it_asks_in_a_call_too(
    here: Browser, pbx: Pbx, clock: Clock
) -> None:
    first = (await here.take()).json()
    clock.now += timedelta(minutes=30)
    pbx.state = "INUSE"
    second = (await here.take()).json()
    assert second["login"] != first["login"]
    assert pbx.logins == {"2001": second["login"]}
    assert second["expires_at"] == "2026-11-23T09:30:00.000Z"


async def test_another_browser_is_told_who_has_the_phone_and_takes_it_over_while_no_call_is_up(
    here: Browser, elsewhere: Browser, pbx: Pbx
) -> None:
    taken = (await here.take()).json()
    refused = await elsewhere.take()
    assert (refused.status_code, refused.json()["code"]) == (409, "device_taken")
    assert refused.json()["params"] == {"device": "PJSIP/2001", "by": USER, "since": "2026-11-23T08:00:00.000Z"}

    pbx.state = "INUSE"
    busy = await elsewhere.take(take_over=True)
    assert (busy.status_code, busy.json()["code"]) == (409, "device_in_call")
    assert pbx.logins == {"2001": taken["login"]}
    assert (await here.phone())["owner"] == "here"

    pbx.state = "NOT_INUSE"
    over = (await elsewhere.take(take_over=True)).json()
    assert pbx.logins == {"2001": over["login"]}
    expires_at = "2026-11-23T09:00:00.000Z"
    phone = {"device": "PJSIP/2001", "is_registered": None, "expires_at": expires_at}
    assert await here.phone() == phone | {"owner": "elsewhere"}
    assert await elsewhere.phone() == phone | {"owner": "here"}


async def test_without_a_seat_whose_phone_is_the_page_there_is_none(
    here: Browser, pbx: Pbx, database: Database, user_id: int, app: FastAPI
) -> None:
    async with database.sessions.begin() as session:
        await end_sign_on(session, user_id, at=NOW, ended_by="agent")
    assert (await here.take()).json()["code"] == "no_browser_phone"
    async with database.sessions.begin() as session:
        await add_sign_on(session, user_id, Seat(pbx="pbx1", interface="PJSIP/1001"), NOW)
    assert (await here.take()).json()["code"] == "no_browser_phone"
    assert await here.phone() is None
    app.state.settings = app.state.settings.model_copy(update={"pbxs": (PbxSettings(),)})
    assert (await here.take()).json()["code"] == "no_browser_phone"
    assert pbx.logins == {}


@pytest.mark.parametrize("version", ["21.4.2", "16.28.0", ""])
async def test_a_pbx_that_could_not_keep_a_login_secret_is_given_none(here: Browser, pbx: Pbx, version: str) -> None:
    pbx.version = version
    answer = await here.take()
    assert (answer.status_code, answer.json()["code"]) == (409, "no_browser_phone")
    assert pbx.logins == {}


async def test_what_the_pbx_refuses_changes_nothing(here: Browser, pbx: Pbx) -> None:
    pbx.refusal = ActionRefused("The PBX refused Originate: Originate failed.")
    answer = await here.take()
    assert (answer.status_code, answer.json()["code"]) == (502, "pbx_refused")
    pbx.refusal = None
    assert await here.phone() == {
        "device": "PJSIP/2001",
        "is_registered": None,
        "owner": "none",
        "expires_at": None,
    }


async def test_whether_it_is_registered_is_as_the_pbx_tells_even_in_a_pause(
    here: Browser, database: Database, user_id: int
) -> None:
    await here.take()
    for is_registered in (False, True):
        async with database.sessions.begin() as session:
            await session.execute(text("DELETE FROM agent_states"))
            await session.execute(
                text(
                    "INSERT INTO agent_states"
                    " (pbx, interface, user_id, member_name, queues, state, is_registered, began_at, from_at)"
                    " VALUES ('pbx1', 'PJSIP/2001', :user_id, 'Mei', '{hotline}', 'paused', :is_registered, :at, :at)"
                ),
                {"user_id": user_id, "is_registered": is_registered, "at": NOW},
            )
            await session.execute(
                text("INSERT INTO witness_heartbeats VALUES ('pbx1', 'ami', :at) ON CONFLICT DO NOTHING"), {"at": NOW}
            )
        assert (await here.phone())["is_registered"] is is_registered


ENDS = ("sign-off", "sign-out", "disabled", "password", "own password", "idle", "expired", "given back")
GETS_ANOTHER = {"own password", "expired", "given back"}


@pytest.mark.parametrize("end", ENDS)
async def test_its_login_ends_with_whatever_ends_the_right_to_it(
    here: Browser, elsewhere: Browser, pbx: Pbx, database: Database, clock: Clock, user_id: int, end: str
) -> None:
    await here.take()
    user = SignedIn(user_id=user_id, name=USER, role=Role.AGENT)
    async with ending_leases(database, pbx, clock):
        match end:
            case "sign-off":
                async with database.sessions.begin() as session:
                    await end_sign_on(session, user_id, at=NOW, ended_by="agent")
            case "sign-out":
                await sign_ins.sign_out(database, token=here.secret, user=user, at=NOW)
            case "disabled":
                await accounts.disable_user(database, name=USER, at=NOW)
            case "password" | "own password":
                clock.now += timedelta(seconds=1)
                page = elsewhere if end == "password" else here
                change = {"old_password": PASSWORD, "new_password": "another horse battery"}
                assert (await page.ask("PUT", "/api/v1/session/password", **change)).status_code == 204
            case "idle":
                clock.now += timedelta(hours=1)
            case "expired":
                clock.now += timedelta(minutes=59)
                await here.phone()  # the session is used
                clock.now += timedelta(minutes=2)
            case "given back":
                assert (await here.ask("DELETE", PHONE)).status_code == 204
        await is_removed(database, pbx)
    assert (await here.take()).status_code == (201 if end in GETS_ANOTHER else 409 if end == "sign-off" else 401)


async def test_a_phone_that_is_still_somebodys_keeps_its_login_and_what_the_pbx_has_of_nobody_goes_with_a_new_link(
    here: Browser, pbx: Pbx, database: Database, clock: Clock
) -> None:
    kept = (await here.take()).json()["login"]
    pbx.logins["2007"] = "left behind by a crash"
    async with ending_leases(database, pbx, clock), asyncio.timeout(LIMIT):
        while "2007" in pbx.logins:
            await asyncio.sleep(0.01)
        pbx.logins["2008"] = "left behind by another"
        pbx.reconnect()
        while "2008" in pbx.logins:
            await asyncio.sleep(0.01)
    assert pbx.logins == {"2001": kept}


async def test_a_pbx_that_is_away_is_told_later(
    here: Browser, pbx: Pbx, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LOOK_SECONDS", 0.05)
    await here.take()
    await here.ask("DELETE", PHONE)
    pbx.refusal = PbxError("The PBX is away.")
    async with ending_leases(database, pbx, clock):
        await asyncio.sleep(0.3)  # several looks
        assert set(pbx.logins) == {"2001"}
        pbx.refusal = None
        await is_removed(database, pbx)


CALL = f"pbx1/{ANSWERED.call_id}"
TALKING = from_ami(
    ANSWERED,
    ended_at=None,
    outcome=None,
    hangup_cause=None,
    hung_up_by=None,
    complete=False,
    talks=(replace(ANSWERED.talks[0], with_="2001", to=None),),
)


def channel(name: str, *, bridge: str = "b1", linkedid: str = ANSWERED.call_id) -> Headers:
    return {"Event": "CoreShowChannel", "Channel": name, "BridgeId": bridge, "Linkedid": linkedid, "Uniqueid": name}


OWN, CALLER = channel("PJSIP/2001-00000002"), channel("PJSIP/trunk-main-00000001")


async def reattach(page: Browser, call: str = CALL) -> tuple[int, str | None]:
    answer = await page.ask("POST", f"{PHONE}/reattach", call=call)
    return answer.status_code, answer.json()["code"] if answer.content else None


async def test_a_page_that_was_loaded_anew_has_its_caller_sent_back_to_the_seat(
    here: Browser, pbx: Pbx, database: Database
) -> None:
    await store_calls(database, [TALKING])
    await here.take()
    elsewhere = channel("PJSIP/1001-00000003", bridge="b2", linkedid="pbx1-9.9")
    pbx.channels = [OWN, CALLER, elsewhere, channel("PJSIP/2001-00000004", bridge="")]
    assert await reattach(here) == (202, None)
    assert pbx.redirected == [("PJSIP/trunk-main-00000001", "back-to-seat", "2001")]


async def test_where_the_old_leg_is_gone_the_dialplan_alone_brings_the_call_back(
    here: Browser, pbx: Pbx, database: Database
) -> None:
    await store_calls(database, [TALKING])
    await here.take()
    pbx.channels = [channel("PJSIP/trunk-main-00000001", bridge="")]
    assert await reattach(here) == (202, None)
    assert pbx.redirected == []


async def test_a_call_that_is_over_or_anothers_or_has_several_in_it_is_not_touched(
    here: Browser, elsewhere: Browser, pbx: Pbx, database: Database
) -> None:
    pbx.channels = [OWN, CALLER]
    await store_calls(database, [TALKING])
    assert await reattach(here) == (409, "no_browser_phone")
    await here.take()
    assert await reattach(elsewhere) == (409, "no_browser_phone")
    assert await reattach(here, "pbx1/pbx1-1.1") == (409, "not_your_call")
    assert await reattach(here, "pbx1/\0") == (400, "invalid_input")
    assert await reattach(here, ANSWERED.call_id) == (409, "not_your_call")
    pbx.channels = [OWN, CALLER, channel("PJSIP/trunk-main-00000007")]
    assert await reattach(here) == (409, "agent_in_several_calls")

    pbx.channels = [OWN, CALLER]
    other = replace(TALKING.talks[0], with_="1001", from_=after(20))
    await store_calls(database, [replace(TALKING, talks=(replace(TALKING.talks[0], to=after(19)), other))])
    assert await reattach(here) == (409, "not_your_call")
    named_as_the_seat = replace(TALKING, call_id="pbx1-2.2", caller_number="2001", talks=(other,))
    await store_calls(database, [named_as_the_seat])
    assert await reattach(here, "pbx1/pbx1-2.2") == (409, "not_your_call")
    await store_calls(database, [from_ami(ANSWERED, talks=(replace(ANSWERED.talks[0], with_="2001"),))])
    assert await reattach(here) == (409, "call_over")
    assert pbx.redirected == []
