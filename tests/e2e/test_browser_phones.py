"""Phones in pages on a real Asterisk: what may register, what may be written, and what such a phone is told."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from callcenter.accounts.service import set_password
from callcenter.pbx.doctor import PbxLogin, Verdict, Wanted, examine_pbx
from callcenter.postgres.database import open_database
from hotline_demo.backend import Backend
from hotline_lab.ami import AmiClient
from hotline_lab.asterisk import Lab
from hotline_lab.play import list_channels
from tests.e2e.counting_caller import calling
from tests.e2e.desks import seat, until
from tests.e2e.page_phone import SipLogin, make_login, page_phone
from tests.e2e.places import backend_on, fresh_home
from tests.e2e.seat_phone import SEATS, seat_phone
from tests.e2e.sound_check import HEARD, height, samples_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

NUMBER = 5
AGENT = "li.lei"
SEAT = "PJSIP/2001"
PASSWORD = "correct horse battery"


@dataclass(frozen=True, kw_only=True)
class Centre:
    """A PBX and a backend with an agent who sits at a seat whose phone is the page."""

    lab: Lab
    backend: Backend
    home: Path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    with fresh_home() as home:
        state = tmp_path_factory.mktemp("pbx") / "lab"
        async with Lab(pbx=NUMBER, state=state, more_config=SEATS) as lab:
            settings = {"CALLCENTER_PHONE_WEBSOCKET": lab.info.websocket, "CALLCENTER_COOKIE_SECURE": "false"}
            async with backend_on(lab, home, settings) as backend:
                await seat(backend, {AGENT: SEAT})
                yield Centre(lab=lab, backend=backend, home=home)


async def take_phone(backend: Backend) -> SipLogin:
    answer = await backend.ask("POST", "/api/v1/phone", {}, user=AGENT)
    assert answer.status == 201, answer
    told = answer.body
    assert told["uri"] == "sip:2001@hotline"
    return SipLogin(seat="2001", login=told["login"], ha1=told["ha1"], realm=told["realm"])


async def phone_of(backend: Backend) -> dict[str, Any]:
    answer = await backend.ask("GET", "/api/v1/me", user=AGENT)
    phone: dict[str, Any] = answer.body["document"]["phone"]
    return phone


async def until_registered(backend: Backend, is_registered: bool) -> None:
    async def is_so() -> bool:
        return (await phone_of(backend))["is_registered"] is is_registered

    await until(is_so)


async def logins(lab: Lab) -> str:
    return await lab.cli("database show ps_auth")


@asynccontextmanager
async def listening(lab: Lab) -> AsyncIterator[io.BytesIO]:
    """Every byte that the event login is sent."""
    info, heard = lab.info, io.BytesIO()
    client = await AmiClient.login(info.ami_host, info.ami_port, info.ami_user, info.ami_secret, tap=heard)

    async def listen() -> None:
        while True:
            await client.next_message()

    task = asyncio.create_task(listen())
    try:
        yield heard
    finally:
        task.cancel()
        await client.close()


async def give_login(lab: Lab, number: str) -> SipLogin:
    """A login of that seat that is good until it is replaced."""
    login = make_login(number)
    assert await write(lab, f"__SEAT={number},__LOGIN={login.login},__HA1={login.ha1}") == "Success"
    return login


async def write(lab: Lab, variables: str) -> str:
    """As a command login may ask for it, whatever the backend would ask."""
    client = await lab.ami(commands=True)
    try:
        answer = await client.action(
            "Originate",
            Channel="Local/s@write-phone/n",
            Context="write-phone",
            Exten="written",
            Priority="1",
            Async="false",
            Variable=variables,
        )
    finally:
        await client.close()
    return answer["Response"]


async def test_a_login_that_is_made_registers_its_successor_replaces_it_and_nothing_of_either_is_told_to_listeners(
    centre: Centre,
) -> None:
    lab, backend = centre.lab, centre.backend
    before = (await backend.get("/api/v1/calls"))["items"]
    async with listening(lab) as heard:
        first = await take_phone(backend)
        assert (await phone_of(backend))["owner"] == "here"
        async with page_phone(lab.info.websocket, "2001") as page:
            assert await page.register(make_login("2001")) == 401
            await until_registered(backend, False)
            assert await page.register(first, expires=3600) == 200
            assert page.longest_registration() <= 120
            await until_registered(backend, True)

            second = await take_phone(backend)
            assert await page.register(first) == 401
            assert await page.register(second) == 200

            pause = await backend.ask("POST", "/api/v1/agents/me/pause", {"reason": "meal"}, user=AGENT)
            assert pause.status == 202
            assert await page.register(second, expires=0) == 200
            await until_registered(backend, False)  # in a pause too

            await backend.ask("POST", "/api/v1/agents/me/sign-off", user=AGENT)

            async def is_removed() -> bool:
                return "0 results" in await logins(lab)

            await until(is_removed)
            assert await page.register(second) != 200
        told = heard.getvalue().decode(errors="replace")
    assert "Variable: __LOGIN" in told or "Variable: LOGIN" in told, "the errand itself is heard"
    ledger = Path(lab.info.cel_csv).read_text(encoding="utf-8")
    log = Path(lab.info.log).read_text(encoding="utf-8")
    for secret in (first.ha1, second.ha1):
        assert secret not in told + ledger + log + (centre.home / "log").read_text(encoding="utf-8")
    assert (await backend.get("/api/v1/calls"))["items"] == before, "an errand is no call"


async def test_who_listens_to_the_pbx_reads_none_of_its_secrets_and_changes_nothing(centre: Centre) -> None:
    """`write = reporting` leaves DBGet, which no setting of manager.conf takes away."""
    lab = centre.lab
    client = await lab.ami()
    try:
        values = {
            variable: (await client.action("Getvar", Variable=variable)).get("Value", "")
            for variable in (
                "AST_CONFIG(manager.conf,callcenter-commands,secret)",
                "DB(ps_auth/auth/2001)",
                "SHELL(id)",
            )
        }
        refused = {
            action: (await client.action(action, **headers))["Message"]
            for action, headers in {
                "DBPut": {"Family": "ps_auth", "Key": "auth/2001", "Val": "{}"},
                "GetConfig": {"Filename": "manager.conf"},
                "PJSIPShowAuths": {},
                "Command": {"Command": "database show"},
                "Originate": {"Channel": "Local/s@write-phone/n", "Exten": "s", "Context": "x", "Priority": "1"},
            }.items()
        }
    finally:
        await client.close()
    assert values == dict.fromkeys(values, "")
    assert refused == dict.fromkeys(refused, "Permission denied")


async def sign_in(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/api/v1/session", json={"name": "han.mei", "password": PASSWORD})
    assert answer.status_code == 201, answer


async def end_session(centre: Centre, browser: httpx.AsyncClient, end: str) -> None:
    """What ends the right of whoever took the phone in this browser."""
    match end:
        case "signed out":
            assert (await browser.delete("/api/v1/session")).status_code == 204
        case "another password":
            for old, new in ((PASSWORD, PASSWORD[::-1]), (PASSWORD[::-1], PASSWORD)):
                change = {"old_password": old, "new_password": new}
                assert (await browser.put("/api/v1/session/password", json=change)).status_code == 204
        case "12 hours over":
            async with open_database(None, centre.home / "data") as database, database.sessions.begin() as session:
                await session.execute(text("UPDATE browser_sessions SET expires_at = now()"))
        case "disabled":
            await centre.backend.run("user", "disable", "han.mei")


async def test_a_stolen_login_is_refused_within_2_seconds_of_whatever_ends_the_right_to_it(centre: Centre) -> None:
    lab, backend = centre.lab, centre.backend
    loop = asyncio.get_running_loop()
    await seat(backend, {"han.mei": "PJSIP/2002"})
    async with open_database(None, centre.home / "data") as database:
        await set_password(database, name="han.mei", password=PASSWORD, at=datetime.now(UTC))
    late: dict[str, float] = {}
    headers = {"Origin": backend.address}
    async with (
        httpx.AsyncClient(base_url=backend.address, headers=headers) as browser,
        page_phone(lab.info.websocket, "2002") as thief,
    ):
        for end in ("signed out", "another password", "12 hours over", "disabled"):
            await sign_in(browser)
            answer = await browser.post("/api/v1/phone", json={})
            assert answer.status_code == 201, answer.text
            stolen = SipLogin(seat="2002", login=answer.json()["login"], ha1=answer.json()["ha1"])
            assert await thief.register(stolen) == 200
            await end_session(centre, browser, end)
            begin = loop.time()
            while await thief.register(stolen) == 200:
                assert loop.time() - begin < 5
                await asyncio.sleep(0.05)
            late[end] = loop.time() - begin
    assert max(late.values()) < 2, late


FORGED = {
    "a phone on a desk": "__SEAT=1001,__LOGIN={login},__HA1={ha1}",
    "more than a seat": "__SEAT=2001;,__LOGIN={login},__HA1={ha1}",
    "another place": "__SEAT=../2001,__LOGIN={login},__HA1={ha1}",
    "a digest that is none": "__SEAT=2001,__LOGIN={login},__HA1=" + "z" * 32,
    "a quote": '__SEAT=2001,__LOGIN={login}","md5_cred":"x,__HA1={ha1}',
    "a condition": '__SEAT=2001,__LOGIN=" | "1"="1',
    "no seat": "__LOGIN={login},__HA1={ha1}",
    "no digest": "__SEAT=2001,__LOGIN={login}",
}


async def test_what_is_no_login_of_a_seat_changes_nothing(centre: Centre) -> None:
    lab = centre.lab
    good, other = await give_login(lab, "2003"), make_login("2003")
    before = await lab.cli("database show ps_auth")
    answers = {
        name: await write(lab, variables.format(login=other.login, ha1=other.ha1)) for name, variables in FORGED.items()
    }
    assert await lab.cli("database show ps_auth") == before
    assert answers == dict.fromkeys(FORGED, "Error")
    async with page_phone(lab.info.websocket, "2003") as page:
        assert await page.register(good) == 200


FORGED_HEADERS = (
    "X-Hotline-Call: pbx9-1.1",
    "P-Asserted-Identity: <sip:13900000000@hotline>",
    "Remote-Party-ID: <sip:13900000000@hotline>;party=calling",
    "Diversion: <sip:13900000000@hotline>;reason=unconditional",
    "Referred-By: <sip:13900000000@hotline>",
)


async def test_nothing_of_a_caller_reaches_the_page_but_the_id_of_the_call_nor_what_a_colleague_claims(
    centre: Centre,
) -> None:
    lab, backend = centre.lab, centre.backend
    sit = await backend.ask("POST", "/api/v1/agents/me/sign-on", {"device": SEAT}, user=AGENT)
    assert sit.status in (202, 204), sit
    login, other_login = await take_phone(backend), await give_login(lab, "2004")
    async with page_phone(lab.info.websocket, "2001") as page, page_phone(lab.info.websocket, "2004") as other:
        assert await page.register(login) == 200
        await until_registered(backend, True)
        async with calling(lab.info, number="13905190009", name='"Wang Fang" '):
            async with asyncio.timeout(20):
                await page.is_rung.wait()
            calls = (await backend.get("/api/v1/calls"))["items"]
        page.is_rung.clear()
        begin = len(page.heard)
        assert await other.register(other_login) == 200
        dialling = asyncio.create_task(other.ask(other_login, "INVITE", "sip:2001@hotline", *FORGED_HEADERS))
        async with asyncio.timeout(20):
            await page.is_rung.wait()
        dialling.cancel()
    bytes_of_call = "".join(message for message in page.heard[:begin] if not message.startswith("SIP/2.0"))
    assert f"X-Hotline-Call: {calls[0]['call_id']}\r\n" in bytes_of_call
    assert "From: <sip:12315@" in bytes_of_call
    for of_the_caller in ("13905190009", "3905190009", "Wang", "Fang"):
        assert of_the_caller not in bytes_of_call
    (invite,) = [message for message in page.heard[begin:] if message.startswith("INVITE ")]
    assert invite.count("X-Hotline-Call: ") == 1
    assert "pbx9-1.1" not in invite
    assert "13900000000" not in invite


NUMBERS = {
    **dict.fromkeys(("13800138000", "051988000001", "12315", "96301"), 404),
    "700": 404,  # parking
    "701": 404,
    "*97": 404,  # mailboxes
    "8500": 404,
    "listen": 404,  # a supervisor's
    "barge": 404,
    "s": 404,
    "hotline": 404,
    "alice": 404,
    "13800138000%40trunk-main": 404,
    "Local%2Flisten%40supervise": 404,
    "*8": 403,  # nobody's ring may be picked up
    "1001": 503,  # a colleague, who is not registered
    "2005": 503,
}
REQUESTS = {
    ("MESSAGE",): 501,
    ("INFO",): 501,
    ("NOTIFY", "Event: refer", "Subscription-State: active"): 501,
    ("REFER", "Refer-To: <sip:13800138000@hotline>"): 501,
    ("SUBSCRIBE", "Event: dialog", "Expires: 60"): 489,
    ("SUBSCRIBE", "Event: presence", "Expires: 60"): 489,
    ("SUBSCRIBE", "Event: message-summary", "Expires: 60"): 489,
    ("PUBLISH", "Event: presence", "Expires: 60"): 489,
    ("INVITE", "Replaces: abc;to-tag=1;from-tag=2"): 481,  # another's call
}
MUSIC_HERTZ = 440
REFERRED_TO = (
    "<sip:13800138000@hotline>",
    "<tel:13800138000>",
    "<sip:alice@10.9.9.9>",
    "<sip:13800138000%40trunk-main@hotline>",
    "<sip:Local%2Flisten%40supervise@hotline>",
    "<sip:listen@hotline>",
    "<sip:700@hotline>",
    "<sip:*8@hotline>",
    "<sip:1001@hotline?Replaces=abc%3Bto-tag%3D1%3Bfrom-tag%3D2>",
)


async def test_a_stolen_login_reaches_colleagues_and_nobody_else_outside_of_a_call(centre: Centre) -> None:
    lab = centre.lab
    login = await give_login(lab, "2006")
    await give_login(lab, "2007")
    async with page_phone(lab.info.websocket, "2006") as page:
        assert await page.register(login) == 200
        dialled = {number: await page.invite(number, login) for number in NUMBERS}
        asked = {sent: await page.ask(login, sent[0], "sip:2006@hotline", *sent[1:]) for sent in REQUESTS}
        posed = {
            (user, method): await page.ask(login, method, target, as_user=user)
            for user in ("2007", "1001", "trunk-main", "anonymous")
            for method, target in (("REGISTER", "sip:hotline"), ("INVITE", "sip:12315@hotline"))
        }
    assert dialled == NUMBERS
    assert asked == REQUESTS
    assert posed == dict.fromkeys(posed, 401)


async def test_a_stolen_login_can_send_the_caller_whom_it_answers_to_colleagues_and_nowhere_else(
    centre: Centre,
) -> None:
    lab = centre.lab
    commands = await lab.ami(commands=True)
    try:
        async with seat_phone(lab.info, await give_login(lab, "2051")) as thief:
            await commands.action("QueueAdd", Queue="hotline", Interface="PJSIP/2051")
            async with calling(lab.info, number="13905190009") as caller:
                async with asyncio.timeout(20):
                    await thief.is_talking.wait()
                answers = {target: await thief.refer(target) for target in REFERRED_TO}
                await thief.press("##13800138000#")

                async def hears_music() -> bool:
                    return height(samples_of(caller.sound[-4000:]), MUSIC_HERTZ) > HEARD

                await until(hears_music)  # the keys are heard, and no number that begins so is reached
                channels = [channel["Channel"].partition("-0")[0] for channel in await list_channels(lab)]
                assert caller.hung_up_at is None
            await commands.action("QueueRemove", Queue="hotline", Interface="PJSIP/2051")
    finally:
        await commands.close()
    assert answers == dict.fromkeys(REFERRED_TO, 202) | {"<tel:13800138000>": 400}
    became = [told.removeprefix("SIP/2.0 ") for told in thief.told if "100 Trying" not in told]
    assert became == ["404 Not Found"] * (len(REFERRED_TO) - 1)
    assert sorted(channels) == ["PJSIP/2051", "PJSIP/trunk-main"]


async def test_only_the_websocket_answers_over_http(centre: Centre) -> None:
    root = centre.lab.info.websocket.replace("ws://", "http://").removesuffix("/ws")

    def ask(path: str) -> int:
        try:
            return int(urlopen(root + path, timeout=5).status)
        except HTTPError as error:
            return error.code

    paths = (
        "/",
        "/httpstatus",
        "/static/index.html",
        "/manager",
        "/rawman",
        "/amanager",
        "/ari/channels",
        "/phoneprov",
    )
    assert {path: await asyncio.to_thread(ask, path) for path in paths} == dict.fromkeys(paths, 404)
    assert await asyncio.to_thread(ask, "/ws") == 426


async def test_the_doctor_finds_our_own_phones_sound_and_hears_a_filter_that_is_missing(centre: Centre) -> None:
    lab = centre.lab
    wanted = Wanted(
        pbx=lab.info.pbx,
        is_pbx_named=True,
        trunks=("PJSIP/trunk-*",),
        agent_devices=("PJSIP/[0-9]*",),
        outbound_trunk="trunk-main",
        folders={},
        browser_devices=("PJSIP/20[01][0-9]",),
    )
    before = await logins(lab)
    assert await examine(lab, wanted) == {}
    path = lab.state / "etc" / "manager.conf"
    sound = path.read_text(encoding="utf-8")
    for line in [line for line in sound.splitlines() if line.startswith("eventfilter(action")]:
        path.write_text(sound.replace(line, ""), encoding="utf-8")
        await lab.cli("manager reload")
        assert await examine(lab, wanted) == {"phone-secrecy": Verdict.FAIL}
        assert await examine(lab, replace(wanted, browser_devices=())) == {}
    assert await logins(lab) == before


async def examine(lab: Lab, wanted: Wanted) -> dict[str, Verdict]:
    info = lab.info
    checks = await examine_pbx(
        host=info.ami_host,
        port=info.ami_port,
        events=PbxLogin(username=info.ami_user, secret=info.ami_secret),
        commands=PbxLogin(username=info.ami_commands_user, secret=info.ami_commands_secret),
        cel_csv=Path(info.cel_csv),
        config_dir=lab.state / "etc",
        wanted=wanted,
    )
    return {check.code: check.verdict for check in checks if check.verdict is not Verdict.OK}
