"""Mediations on a real Asterisk: whatever happens to the others, the consumer is never cut off."""

from __future__ import annotations

import asyncio
import hashlib
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from callcenter.embedded_postgres import embedded_postgres
from callcenter.pbx.channels import device_of
from hotline_demo.backend import Answer, Backend
from hotline_lab.asterisk import Lab
from hotline_lab.play import Stage, list_channels
from hotline_lab.scenario import DIALLING_STEPS, RUNG_STEPS, TALKING_STEPS, Dialler, Line, Scenario, parse_plan
from hotline_lab.sound import voice
from tests.e2e.counting_caller import CountingCaller, calling
from tests.e2e.hearing import voices_ever_in
from tests.e2e.places import backend_on, fresh_home

NUMBER = 5
LIMIT = 20.0
LONGEST_GAP_SECONDS = 0.25
"""Ten packets, and the machine has other work; a leg that is cut off or moved to nowhere is silent for longer."""

DEAD_AFTER_SECONDS = 3

TALK_SECONDS = 4.0
AT_ONCE_SECONDS = 0.5

MERCHANT, OTHER = "13805190051", "13805190052"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, kw_only=True, slots=True)
class Centre:
    """The PBX, the backend and its database, for all tests of this file."""

    lab: Lab
    backend: Backend
    database_url: str
    home: Path

    async def sit_down(self, name: str, device: str) -> None:
        """An agent of this name sits at this device, and nobody else does."""
        connection = await asyncpg.connect(self.database_url)
        try:
            await connection.execute("UPDATE agent_sign_ons SET signed_off_at = now() WHERE signed_off_at IS NULL")
            await connection.execute(
                "INSERT INTO agent_sign_ons (user_id, pbx, interface, signed_on_at)"
                " SELECT id, $1, $2, now() FROM users WHERE name = $3",
                self.lab.info.pbx,
                f"PJSIP/{device}",
                name,
            )
        finally:
            await connection.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    silent = f"\n[1001](+type=endpoint)\nrtp_timeout={DEAD_AFTER_SECONDS}\n"
    state = tmp_path_factory.mktemp("lab")
    with fresh_home() as home:
        async with (
            embedded_postgres(home / "db") as url,
            Lab(pbx=NUMBER, state=state, more_config={"pjsip.conf": silent}) as lab,
        ):
            address = url.replace("postgresql+asyncpg", "postgresql")
            settings = {
                "CALLCENTER_DATABASE_URL": address,
                "CALLCENTER_MEDIATION_RECORDINGS": str(state / "spool/monitor/mediation"),
                "CALLCENTER_RECORDINGS_DIR": lab.info.recordings_dir,
                "CALLCENTER_MEDIATION_RING_SECONDS": "2",
                "CALLCENTER_DIAL_PREFIXES": "+86",
            }
            async with backend_on(lab, home, settings) as backend:
                await backend.add_user("mei", role="agent")
                yield Centre(lab=lab, backend=backend, database_url=address, home=home)


def line(number: str, *plans: str) -> Line:
    return Line(number=number, calls=tuple(parse_plan(plan, RUNG_STEPS | TALKING_STEPS) for plan in plans))


@asynccontextmanager
async def phones(centre: Centre, *, agents: tuple[Line, ...], mobiles: tuple[Line, ...] = ()) -> AsyncIterator[Stage]:
    stage = Stage(Scenario(title="mediation", agents=agents, mobiles=mobiles), centre.lab)
    async with stage.ready():
        yield stage


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
    """What it gives once that is true, with a limit."""
    async with asyncio.timeout(LIMIT):
        while not (found := await condition()):
            await asyncio.sleep(0.1)
    return found


class Desk:
    """Mei's screen."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.mediation_id = 0

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        return await self.centre.backend.ask(method, f"/api/v1/mediations{path}", body, user="mei")

    async def start(self) -> None:
        """As soon as the call is there."""

        async def started() -> Answer | None:
            answer = await self.ask("POST", "")
            assert answer.status in (201, 409), answer
            return answer if answer.status == 201 else None

        self.mediation_id = (await until(started)).body["id"]
        await self.until(lambda told: told["state"] == "open")

    async def look(self) -> dict[str, Any]:
        answer = await self.ask("GET", f"/{self.mediation_id}")
        assert answer.status == 200, answer
        told: dict[str, Any] = answer.body
        return told

    async def until(self, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async def told() -> dict[str, Any] | None:
            seen = await self.look()
            return seen if is_so(seen) else None

        try:
            found: dict[str, Any] = await until(told)
        except TimeoutError:
            raise AssertionError(f"It did not come true: {await self.look()}") from None
        return found

    async def leg(self, role: str) -> dict[str, Any]:
        """The newest of this role."""
        found: dict[str, Any] = [leg for leg in (await self.look())["legs"] if leg["role"] == role][-1]
        return found

    async def until_in(self, role: str, place: str) -> dict[str, Any]:
        await self.until(lambda told: [leg for leg in told["legs"] if leg["role"] == role][-1]["place"] == place)
        return await self.leg(role)

    async def ring(self, number: str, role: str = "merchant") -> None:
        answer = await self.ask("POST", f"/{self.mediation_id}/legs", {"role": role, "number": number})
        assert answer.status == 201, answer

    async def do(self, method: str, path: str, body: Any = None) -> None:
        answer = await self.ask(method, f"/{self.mediation_id}{path}", body)
        assert answer.status == 204, answer

    async def command(self, role: str, command: str) -> None:
        leg = await self.leg(role)
        await self.do("POST", f"/legs/{leg['id']}/commands/{command}")


def check_sound(caller: CountingCaller, since: float) -> None:
    """Nobody cut them off, and sound came without a break."""
    now = asyncio.get_running_loop().time()
    heard = caller.heard(since, now)
    print(f"{caller.number} heard {heard}, share {heard.share:.4f}")
    assert caller.hung_up_at is None
    assert heard.longest_gap_seconds < LONGEST_GAP_SECONDS, heard
    assert heard.share >= 0.95, heard


def clock() -> float:
    return asyncio.get_running_loop().time()


def words(told: dict[str, Any], role: str) -> list[str]:
    """What the PBX told of a leg, in order."""
    leg = [leg for leg in told["legs"] if leg["role"] == role][-1]
    return [event["what"] for event in told["events"] if event["by"] == "pbx" and event["leg_id"] == leg["id"]]


async def test_three_talk_the_host_hosts_and_the_record_tells_all_of_it(centre: Centre) -> None:
    desk = Desk(centre)
    agent = line("1001", "ring 0.2, answer, speak 60, hang up")
    mobiles = (
        line(MERCHANT, "ring 0.3, answer, speak 60, hang up"),
        line(OTHER, "ring 0.3, answer, speak 60, hang up"),
    )
    await centre.sit_down("mei", "1001")
    async with phones(centre, agents=(agent,), mobiles=mobiles) as stage:
        async with calling(centre.lab.info, number="05198800051") as caller:
            since = clock()
            await desk.start()
            await desk.ring(MERCHANT)
            await desk.until_in("merchant", "room")

            await desk.command("merchant", "private-word")
            await desk.until_in("consumer", "hold")
            assert (await desk.leg("merchant"))["place"] == "room"
            await desk.command("consumer", "private-word")
            await desk.until_in("merchant", "hold")
            await desk.until_in("consumer", "room")
            await desk.command("merchant", "return")
            await desk.until_in("merchant", "room")
            await desk.command("merchant", "mute")
            await desk.command("merchant", "unmute")
            await desk.ring(OTHER, "interpreter")
            await desk.until_in("interpreter", "room")
            await desk.command("interpreter", "remove")
            await desk.until_in("interpreter", "left")

            await desk.do(
                "PUT", "/particulars", {"consumer_name": "李明", "merchant_name": "常州某超市", "matter": "退货"}
            )
            early = await desk.ask("PUT", f"/{desk.mediation_id}/result", {"result": "settled"})
            assert (early.status, early.body["detail"]) == (409, "A settlement needs the text of the agreement.")
            text = "商家于2026年12月1日前退款\n#panic() 88元"
            await desk.do("PUT", "/agreement", {"text": text, "amount_cents": 8800, "due_on": "2026-12-01"})
            for role in ("consumer", "merchant"):
                leg = await desk.leg(role)
                await desk.do("PUT", f"/legs/{leg['id']}/consent", {"takes_part": True, "may_be_recorded": True})
                await desk.do("PUT", f"/legs/{leg['id']}/answer", {"agrees": True})
            await desk.do("PUT", "/result", {"result": "settled"})
            check_sound(caller, since)
            await desk.do("POST", "/end")
            await until(lambda: _is_hung_up(caller))
        told = await desk.until(lambda told: told["recordings_stored_at"] is not None)
        invite = (stage.folder / "mobiles.msg").read_text(errors="replace")
    assert (told["state"], told["end_reason"], told["result"]) == ("ended", "by_host", "settled")
    assert words(told, "consumer")[:4] == ["entered", "held", "entered", "dismissed"]
    assert words(told, "merchant")[:4] == ["entered", "held", "entered", "dismissed"]
    assert words(told, "host")[:2] == ["entered", "dismissed"]
    assert words(told, "interpreter")[:2] == ["entered", "dismissed"]
    assert [leg["number"] for leg in told["legs"]] == [None, "0519-****0051", "138****0051", "138****0052"]
    assert [leg["agrees"] for leg in told["legs"]] == [None, True, True, None]
    assert "12315" in invite
    assert "88000051" not in invite.replace(MERCHANT, "")
    assert "8800051" not in invite

    legs = {leg["id"]: leg["role"] for leg in told["legs"]}
    recorded = {legs.get(file["leg_id"], "room"): file for file in told["recordings"]}
    assert set(recorded) == {"host", "consumer", "merchant", "interpreter", "room"}
    folder = centre.lab.state / "spool/monitor/mediation"
    for file in recorded.values():
        assert hashlib.sha256((folder / file["file"]).read_bytes()).hexdigest() == file["sha256"]
        assert file["seconds"] > 0
    opened, ended = (datetime.fromisoformat(told[name]) for name in ("opened_at", "ended_at"))
    assert abs(recorded["room"]["seconds"] - (ended - opened).total_seconds()) < 3
    for language in ("zh", "en"):
        printed = await asyncio.to_thread(_download, centre, f"/{desk.mediation_id}/record?language={language}")
        assert printed.startswith(b"%PDF-")
    figures = await centre.backend.get(
        f"/api/v1/mediations/statistics?first_day={opened.date() - timedelta(days=1)}"
        f"&last_day={opened.date() + timedelta(days=1)}&complaints=10"
    )
    assert figures["settled"] == {"numerator": 1, "denominator": 1, "ratio": 1.0}
    assert figures["settled_of_complaints"] == {"numerator": 1, "denominator": 10, "ratio": 0.1}


async def _is_hung_up(caller: CountingCaller) -> bool:
    return caller.hung_up_at is not None


def _download(centre: Centre, path: str) -> bytes:
    request = centre.backend._request("GET", f"/api/v1/mediations{path}", None, "mei", {})
    with urllib.request.urlopen(request, timeout=30) as answer:
        printed: bytes = answer.read()
    return printed


async def test_a_consumer_who_refuses_is_recorded_no_longer_not_even_by_the_next_agent(centre: Centre) -> None:
    desk = Desk(centre)
    agents = (
        line("1001", "ring 0.2, answer, speak 90, hang up", "ring 9, busy"),
        line("1002", "ring 0.2, answer, speak 90, hang up"),
    )
    mobiles = (line(MERCHANT, "ring 0.2, answer, speak 90, hang up"),)
    await centre.sit_down("mei", "1001")
    async with phones(centre, agents=agents, mobiles=mobiles) as stage:
        async with calling(centre.lab.info, number="05198800058", sound=voice("caller")) as caller:
            since = clock()
            await desk.start()
            await desk.ring(MERCHANT)
            await desk.until_in("merchant", "room")
            await asyncio.sleep(TALK_SECONDS)
            consumer = await desk.leg("consumer")
            await desk.do("PUT", f"/legs/{consumer['id']}/consent", {"takes_part": True, "may_be_recorded": False})
            refused = time.time()
            await asyncio.sleep(TALK_SECONDS)
            await hang_up(centre.lab, "1001")
            await until(lambda: _has_answered(stage, "1002"))
            await asyncio.sleep(TALK_SECONDS)
            check_sound(caller, since)
        told = await desk.until(lambda told: told["recordings_stored_at"] is not None)

    heard = await asyncio.to_thread(hear_all, centre.lab, told)
    assert heard["room"].voices == {"caller", "agent", "mobile"}
    assert heard["consumer"].voices == {"caller"}
    assert heard["host"].voices == {"agent"}
    assert heard["merchant"].voices == {"mobile"}
    assert heard["call before"].voices == {"caller", "agent"}
    assert "call again" not in heard
    last = {name: file.written_until - refused for name, file in heard.items()}
    assert all(last[name] < AT_ONCE_SECONDS for name, file in heard.items() if "caller" in file.voices), last
    assert last["host"] > TALK_SECONDS - 1
    assert last["merchant"] > TALK_SECONDS - 1

    stopped = [event["leg_id"] for event in told["events"] if event["what"] == "recording_stopped"]
    assert stopped == [None, consumer["id"]]
    for file in told["recordings"]:
        is_theirs = file["leg_id"] in (None, consumer["id"])
        assert (file["refused_at"] is not None, file["stopped_at"] is not None) == (is_theirs, is_theirs)
        path = f"/api/v1/mediation-recordings/{file['id']}/audio?reason=appeal"
        assert hashlib.sha256(await centre.backend.content(path)).hexdigest() == file["sha256"]
        if is_theirs:
            assert (await centre.backend.ask("GET", path, user="mei")).status == 404
        else:
            assert hashlib.sha256(await centre.backend.content(path, user="mei")).hexdigest() == file["sha256"]


async def test_a_merchant_who_refuses_is_in_no_file_and_the_consumer_is_recorded_on_and_with_the_next_agent(
    centre: Centre,
) -> None:
    desk = Desk(centre)
    agents = (
        line("1001", "ring 0.2, answer, speak 90, hang up", "ring 9, busy"),
        line("1002", "ring 0.2, answer, speak 90, hang up"),
    )
    mobiles = (line(MERCHANT, "ring 0.2, answer, speak 90, hang up"),)
    await centre.sit_down("mei", "1001")
    async with phones(centre, agents=agents, mobiles=mobiles) as stage:
        async with calling(centre.lab.info, number="05198800059", sound=voice("caller")) as caller:
            since = clock()
            await desk.start()
            await desk.ring(MERCHANT)
            await desk.until_in("merchant", "room")
            await asyncio.sleep(TALK_SECONDS)
            merchant = await desk.leg("merchant")
            await desk.do("PUT", f"/legs/{merchant['id']}/consent", {"takes_part": False, "may_be_recorded": False})
            refused = time.time()
            await asyncio.sleep(TALK_SECONDS)
            await hang_up(centre.lab, "1001")
            await until(lambda: _has_answered(stage, "1002"))
            await asyncio.sleep(TALK_SECONDS)
            check_sound(caller, since)
        told = await desk.until(lambda told: told["recordings_stored_at"] is not None)

    heard = await asyncio.to_thread(hear_all, centre.lab, told)
    assert heard["merchant"].voices == {"mobile"}
    assert heard["room"].voices == {"caller", "agent", "mobile"}
    assert heard["consumer"].voices == {"caller"}
    assert heard["call again"].voices == {"caller", "agent"}
    last = {name: file.written_until - refused for name, file in heard.items()}
    assert all(last[name] < AT_ONCE_SECONDS for name, file in heard.items() if "mobile" in file.voices), last
    assert last["consumer"] > TALK_SECONDS - 1
    call = f"/api/v1/calls/{told['pbx']}/{told['call_id']}/recordings"
    kept = await until(lambda: _files_of(centre, call))
    assert sum(file["kind"] == "mixed" for file in kept) == 2


async def _files_of(centre: Centre, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await centre.backend.get(path))["items"]
    return items


async def hang_up(lab: Lab, device: str) -> None:
    """End the call of a device, as a phone that dies."""
    names = [channel["Channel"] for channel in await list_channels(lab)]
    client = await lab.ami(commands=True)
    try:
        for name in names:
            if device_of(name) == device:
                await client.action("Hangup", Channel=name)
    finally:
        await client.close()


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """A file on the PBX's disk: who speaks anywhere in it, and when it was written last."""

    voices: set[str]
    written_until: float


def hear_all(lab: Lab, told: dict[str, Any]) -> dict[str, Recorded]:
    """Every file of a mediation by role, and those of both sides of the consumer's call before and after it."""
    roles = {f"{leg['call_id']}.wav": leg["role"] for leg in told["legs"]}
    monitor = Path(lab.info.recordings_dir)
    found = {}
    for path in (*(monitor / "mediation" / str(told["id"])).iterdir(), *(monitor / told["call_id"]).iterdir()):
        if path.name.endswith(("-caller.wav", "-callee.wav")):
            continue
        of_call = "call again" if "-again" in path.name else "call before"
        name = of_call if path.parent.name == told["call_id"] else roles.get(path.name, path.stem)
        found[name] = Recorded(voices=voices_ever_in(path.read_bytes()), written_until=path.stat().st_mtime)
    return found


async def test_a_merchant_who_fails_in_every_way_leaves_the_consumer_with_the_agent(centre: Centre) -> None:
    desk = Desk(centre)
    mobiles = (
        line("13805190061", "ring 0.2, busy"),
        line("13805190062", "ring 0.2, decline"),
        line("13805190063", "ring 9, busy"),
        line("13805190064", "ring 0.2, answer, speak 1, hang up"),
    )
    await centre.sit_down("mei", "1001")
    agents = (line("1001", "ring 0.2, answer, speak 60, hang up"),)
    async with (
        phones(centre, agents=agents, mobiles=mobiles),
        calling(centre.lab.info, number="05198800052") as caller,
    ):
        since = clock()
        await desk.start()
        failures = {}
        for number in (*(phone.number for phone in mobiles), "13805190069"):
            await desk.ring(number)
            failures[number[-2:]] = (await desk.until_in("merchant", "left"))["failure"]
            assert (await desk.leg("consumer"))["place"] == "room"
        check_sound(caller, since)
        refused = await desk.ask("POST", f"/{desk.mediation_id}/legs", {"role": "merchant", "number": "110"})
        assert refused.status == 403
        await desk.do("PUT", "/result", {"result": "no_answer"})
        await desk.do("POST", "/end")
        told = await desk.until(lambda told: told["state"] == "ended")
    assert failures == {"61": "busy", "62": "declined", "63": "no_answer", "64": None, "69": "unallocated"}
    assert (told["result"], told["end_reason"]) == ("no_answer", "by_host")
    assert sum(event["what"] == "not_reached" for event in told["events"]) == 4
    assert words(told, "consumer")[:2] == ["entered", "dismissed"]


async def test_when_the_agents_phone_dies_the_consumer_is_first_in_the_queue_and_the_merchant_is_thanked(
    centre: Centre,
) -> None:
    desk = Desk(centre)
    agents = (
        line("1001", "ring 0.2, answer, speak 5, vanish", "ring 3, busy"),
        line("1002", "ring 0.2, answer, speak 60, hang up"),
    )
    await centre.sit_down("mei", "1001")
    async with phones(centre, agents=agents, mobiles=(line(MERCHANT, "ring 0.2, answer, speak 60, hang up"),)) as stage:
        async with calling(centre.lab.info, number="05198800053") as caller:
            since = clock()
            await desk.start()
            await desk.ring(MERCHANT)
            await desk.until_in("merchant", "room")
            await desk.until(lambda told: told["state"] == "ended")
            await until(lambda: _has_answered(stage, "1002"))
            check_sound(caller, since)
            told = await desk.look()
        [merchant] = [call for call in stage.calls() if call.kind == "mobile"]
    assert told["end_reason"] == "host_gone"
    assert words(told, "host") == ["entered", "gone"]
    assert words(told, "consumer") == ["entered", "queued"]
    assert words(told, "merchant")[:2] == ["entered", "unattended"]
    assert [leg["is_sent_back"] for leg in told["legs"]] == [False, True, False]
    assert merchant.ending == ("ended", "remote")


async def _has_answered(stage: Stage, number: str) -> bool:
    return any(call.number == number and call.is_answered for call in stage.calls())


async def test_when_the_agent_leaves_during_a_private_word_the_consumer_on_hold_is_first_in_the_queue(
    centre: Centre,
) -> None:
    desk = Desk(centre)
    agents = (
        line("1001", "ring 0.2, answer, speak 5, hang up", "ring 9, busy"),
        line("1002", "ring 9, busy"),
        line("1003", "ring 9, busy"),
    )
    await centre.sit_down("mei", "1001")
    async with (
        phones(centre, agents=agents, mobiles=(line(MERCHANT, "ring 0.2, answer, speak 60, hang up"),)),
        calling(centre.lab.info, number="05198800054") as caller,
    ):
        since = clock()
        await desk.start()
        await desk.ring(MERCHANT)
        await desk.until_in("merchant", "room")
        await desk.command("merchant", "private-word")
        await desk.until_in("consumer", "hold")
        async with calling(centre.lab.info, number="05198800056"):
            told = await desk.until(lambda told: words(told, "consumer")[-1] == "queued")
            late = await desk.ask("POST", f"/{desk.mediation_id}/end")
            assert (late.status, late.body["detail"]) == (409, "The mediation is over.")
            line_up = await until(lambda: _two_waiting(centre))
            check_sound(caller, since)
    assert line_up == ["05198800054", "05198800056"]
    assert words(told, "consumer") == ["entered", "held", "queued"]
    assert told["end_reason"] == "host_gone"
    # given up in the queue: lost, whoever was talked to before
    waiting = await until(lambda: _episode(centre, "+865198800054"))
    assert waiting["state"] == "open"


async def _two_waiting(centre: Centre) -> list[str] | None:
    """Callers in the hotline's queue, the first first, once there are two."""
    client = await centre.lab.ami(commands=True)
    try:
        entries = await client.list("QueueStatus", until="QueueStatusComplete")
    finally:
        await client.close()
    waiting = [entry for entry in entries if entry["Event"] == "QueueEntry" and entry["Queue"] == "hotline"]
    waiting.sort(key=lambda entry: int(entry["Position"]))
    return [entry["CallerIDNum"] for entry in waiting] if len(waiting) == 2 else None


async def _episode(centre: Centre, number: str) -> dict[str, Any] | None:
    listed = (await centre.backend.get("/api/v1/callbacks"))["items"]
    return next((row for row in listed if row["caller_number"] == number), None)


async def test_a_backend_killed_in_the_middle_is_missed_by_nobody_and_knows_afterwards_what_happened(
    centre: Centre,
) -> None:
    desk = Desk(centre)
    agents = (
        line("1001", "ring 0.2, answer, speak 7, hang up", "ring 9, busy"),
        line("1002", "ring 0.2, answer, speak 60, hang up"),
    )
    await centre.sit_down("mei", "1001")
    async with (
        phones(centre, agents=agents, mobiles=(line(MERCHANT, "ring 0.2, answer, speak 60, hang up"),)) as stage,
        calling(centre.lab.info, number="05198800055") as caller,
    ):
        since = clock()
        await desk.start()
        await desk.ring(MERCHANT)
        await desk.until_in("merchant", "room")
        await centre.backend.kill()
        await until(lambda: _has_answered(stage, "1002"))
        check_sound(caller, since)
        restarting = asyncio.create_task(centre.backend.restart())
        while not restarting.done():
            await asyncio.sleep(0.1)
        await restarting
        check_sound(caller, since)
        told = await desk.until(lambda told: told["state"] == "ended")
    assert told["end_reason"] == "host_gone"
    assert words(told, "host") == ["entered", "gone"]
    assert words(told, "consumer") == ["entered", "queued"]
    assert words(told, "merchant")[:2] == ["entered", "unattended"]
    host, consumer, merchant = (datetime.fromisoformat(leg["left_at"]) for leg in told["legs"])
    assert abs(consumer - host) < timedelta(seconds=0.5)
    assert abs(merchant - host) < timedelta(seconds=0.5)


async def test_a_consumer_whose_host_never_comes_into_the_room_goes_back_to_the_queue(centre: Centre) -> None:
    lab = centre.lab
    agents = (line("1001", "ring 0.2, answer, speak 60, hang up", "ring 9, busy"), line("1002", "ring 9, busy"))
    async with phones(centre, agents=agents), calling(lab.info, number="05198800057") as caller:
        since = clock()
        legs = await until(lambda: _bridged(lab))
        redirect = {"Priority": "1", "ExtraPriority": "1", "Context": "nowhere", "Exten": "1"}
        redirect |= {"ExtraContext": "mediation-consumer", "ExtraExten": "999"}
        client = await lab.ami(commands=True)
        try:
            await client.action("Redirect", Channel=legs["1001"], ExtraChannel=legs["trunk-main"], **redirect)
        finally:
            await client.close()
        await until(lambda: _is_queued(lab))
        check_sound(caller, since)


async def _bridged(lab: Lab) -> dict[str, str] | None:
    """Uniqueids by device, once two share a bridge."""
    channels = [channel for channel in await list_channels(lab) if channel["BridgeId"]]
    legs = {device_of(channel["Channel"]): channel["Uniqueid"] for channel in channels}
    return legs if len(legs) == 2 else None


async def _is_queued(lab: Lab) -> bool:
    return [channel["Application"] for channel in await list_channels(lab)].count("Queue") == 1


async def test_at_an_appointed_time_the_host_is_rung_first_then_the_consumer_then_the_merchant(centre: Centre) -> None:
    desk = Desk(centre)
    mobiles = (
        line(MERCHANT, "ring 0.3, answer, speak 60, hang up"),
        line(OTHER, "ring 0.3, answer, speak 60, hang up"),
    )
    await centre.sit_down("mei", "1001")
    async with phones(centre, agents=(line("1001", "ring 0.3, answer, speak 60, hang up"),), mobiles=mobiles) as stage:
        at = datetime.now(UTC) + timedelta(seconds=1)
        body = {"appointed_for": at.isoformat(), "consumer_number": OTHER, "merchant_number": MERCHANT}
        appointed = await centre.backend.ask("POST", "/api/v1/mediation-appointments", body, user="mei")
        assert (appointed.status, appointed.body["state"]) == (201, "appointed")
        desk.mediation_id = appointed.body["id"]
        await desk.until_in("merchant", "room")
        told = await desk.look()
        await desk.do("POST", "/end")
        ended = await desk.until(lambda told: told["state"] == "ended")
        rung = [(call.number, call.other) for call in stage.calls()]
    assert rung == [("1001", "12315"), (OTHER, "12315"), (MERCHANT, "12315")]
    assert [leg["place"] for leg in told["legs"]] == ["room", "room", "room"]
    joined = [leg["joined_at"] for leg in told["legs"]]
    assert joined == sorted(joined)
    assert ended["end_reason"] == "by_host"


async def test_no_phone_can_dial_itself_into_a_room(centre: Centre) -> None:
    for dialled in ("8001", "1", "mediation-1"):
        plan = parse_plan("talk 1, hang up", DIALLING_STEPS | TALKING_STEPS)
        dialler = Dialler(number="1003", name="", dials=dialled, at=0.0, plan=plan)
        stage = Stage(Scenario(title="curious", diallers=(dialler,)), centre.lab)
        await stage.play()
        [call] = stage.calls()
        assert call.ending in (("failed", "404"), ("failed", "484")), dialled
