"""Phones in pages on a real Asterisk: what may register, what may be written, and what such a phone is told."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from callcenter.pbx.doctor import PbxLogin, Verdict, Wanted, examine_pbx
from hotline_demo.backend import Backend
from hotline_lab.ami import AmiClient
from hotline_lab.asterisk import Lab
from tests.e2e.counting_caller import calling
from tests.e2e.desks import seat, until
from tests.e2e.page_phone import SipLogin, make_login, page_phone
from tests.e2e.places import backend_on, fresh_home

NUMBER = 5
AGENT = "li.lei"
SEAT = "PJSIP/2001"


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as folder:
        yield folder


@asynccontextmanager
async def centre(tmp_path: Path, home: Path) -> AsyncIterator[tuple[Lab, Backend]]:
    """A PBX and a backend with an agent who sits at a seat whose phone is the page."""
    async with AsyncExitStack() as stack:
        lab = await stack.enter_async_context(Lab(pbx=NUMBER, state=tmp_path / "lab"))
        settings = {"CALLCENTER_PHONE_WEBSOCKET": lab.info.websocket}
        backend = await stack.enter_async_context(backend_on(lab, home, settings))
        await seat(backend, {AGENT: SEAT})
        yield lab, backend


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
    tmp_path: Path, home: Path
) -> None:
    async with centre(tmp_path, home) as (lab, backend), listening(lab) as heard:
        first = await take_phone(backend)
        assert (await phone_of(backend))["owner"] == "here"
        async with page_phone(lab.info.websocket, "2001") as page:
            assert await page.register(make_login("2001")) == 401
            await until_registered(backend, False)
            assert await page.register(first) == 200
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
            assert secret not in told + ledger + log + (home / "log").read_text(encoding="utf-8")
        calls = (await backend.get("/api/v1/calls"))["items"]
        assert calls == [], "an errand is no call"


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


async def test_what_is_no_login_of_a_seat_changes_nothing(tmp_path: Path) -> None:
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab:
        good, other = make_login("2001"), make_login("2001")
        assert await write(lab, f"__SEAT=2001,__LOGIN={good.login},__HA1={good.ha1}") == "Success"
        before = await lab.cli("database show")
        answers = {
            name: await write(lab, variables.format(login=other.login, ha1=other.ha1))
            for name, variables in FORGED.items()
        }
        assert await lab.cli("database show") == before
        assert answers == dict.fromkeys(FORGED, "Error")
        async with page_phone(lab.info.websocket, "2001") as page:
            assert await page.register(good) == 200


async def test_nothing_of_a_caller_reaches_the_page_but_the_id_of_the_call(tmp_path: Path, home: Path) -> None:
    async with centre(tmp_path, home) as (lab, backend):
        login = await take_phone(backend)
        async with page_phone(lab.info.websocket, "2001") as page:
            assert await page.register(login) == 200
            await until_registered(backend, True)
            async with calling(lab.info, number="13905190009", name='"Wang Fang" '):
                async with asyncio.timeout(20):
                    await page.is_rung.wait()
                calls = (await backend.get("/api/v1/calls"))["items"]
        bytes_of_call = "".join(message for message in page.heard if not message.startswith("SIP/2.0"))
        assert f"X-Hotline-Call: {calls[0]['call_id']}\r\n" in bytes_of_call
        assert "From: <sip:12315@" in bytes_of_call
        for of_the_caller in ("13905190009", "3905190009", "Wang", "Fang"):
            assert of_the_caller not in bytes_of_call


async def test_a_page_can_dial_colleagues_and_nobody_else(tmp_path: Path) -> None:
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab:
        login = make_login("2001")
        assert await write(lab, f"__SEAT=2001,__LOGIN={login.login},__HA1={login.ha1}") == "Success"
        async with page_phone(lab.info.websocket, "2001") as page:
            assert await page.register(login) == 200
            numbers = ("13800138000", "051988000001", "12315", "96301", "701", "s", "1001", "2002")
            answers = {number: await page.invite(number, login) for number in numbers}
    unavailable = 503
    """Nobody is registered there."""
    assert answers == dict.fromkeys(numbers, 404) | dict.fromkeys(("1001", "2002"), unavailable)


async def test_only_the_websocket_answers_over_http(tmp_path: Path) -> None:
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab:
        root = lab.info.websocket.replace("ws://", "http://").removesuffix("/ws")

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


async def test_the_doctor_finds_our_own_phones_sound_and_hears_a_filter_that_is_missing(tmp_path: Path) -> None:
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab:
        wanted = Wanted(
            pbx=lab.info.pbx,
            is_pbx_named=True,
            trunks=("PJSIP/trunk-*",),
            agent_devices=("PJSIP/[0-9]*",),
            outbound_trunk="trunk-main",
            folders={},
            browser_devices=("PJSIP/20[0-9][0-9]",),
        )
        assert await examine(lab, wanted) == {}
        path = lab.state / "etc" / "manager.conf"
        sound = path.read_text(encoding="utf-8")
        for line in [line for line in sound.splitlines() if line.startswith("eventfilter(action")]:
            path.write_text(sound.replace(line, ""), encoding="utf-8")
            await lab.cli("manager reload")
            assert await examine(lab, wanted) == {"phone-secrecy": Verdict.FAIL}
            assert await examine(lab, replace(wanted, browser_devices=())) == {}
        assert "0 results" in await logins(lab)


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
