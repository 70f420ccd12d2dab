"""Mediations on a real Asterisk: whatever happens to the others, the consumer is never cut off."""

from __future__ import annotations

import asyncio
import hashlib
import urllib.request
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from hotline_lab.asterisk import Lab
from hotline_lab.play import Stage, list_channels
from hotline_lab.scenario import DIALLING_STEPS, TALKING_STEPS, Dialler, Scenario, parse_plan
from tests.e2e.counting_caller import calling
from tests.e2e.mediation_room import (
    Centre,
    Desk,
    bridged,
    check_sound,
    clock,
    hang_up,
    has_answered,
    is_hung_up,
    line,
    open_centre,
    phones,
    until,
    words,
)

NUMBER = 5

MERCHANT, OTHER = "13805190051", "13805190052"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    async with open_centre(tmp_path_factory.mktemp("lab"), NUMBER) as centre:
        yield centre


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
            interpreter = await desk.until_in("interpreter", "room")
            await until(lambda: _is_recorded(centre, f"{desk.mediation_id}/{interpreter['call_id']}.wav"))
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
            await until(lambda: is_hung_up(caller))
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
        f"/api/v1/mediations/statistics?from_day={opened.date() - timedelta(days=1)}"
        f"&to_day={opened.date() + timedelta(days=1)}&complaints=10"
    )
    assert figures["settled"] == {"numerator": 1, "denominator": 1, "ratio": 1.0}
    assert figures["settled_of_complaints"] == {"numerator": 1, "denominator": 10, "ratio": 0.1}


async def _is_recorded(centre: Centre, path: str) -> bool:
    """There is half a second in the file already."""
    file = centre.lab.state / "spool/monitor/mediation" / path
    return file.exists() and file.stat().st_size > 8_000


def _download(centre: Centre, path: str) -> bytes:
    request = centre.backend._request("GET", f"/api/v1/mediations{path}", None, "mei", {})
    with urllib.request.urlopen(request, timeout=30) as answer:
        printed: bytes = answer.read()
    return printed


async def test_a_merchant_who_fails_in_every_way_leaves_the_consumer_with_the_agent(centre: Centre) -> None:
    desk = Desk(centre)
    mobiles = (
        line("13805190061", "ring 0.2, busy"),
        line("13805190062", "ring 0.2, decline"),
        line("13805190063", "ring 9, busy"),
        line("13805190064", "ring 0.2, answer, speak 4, hang up"),
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
        line("1001", "ring 0.2, answer, speak 12, vanish", "ring 3, busy"),
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
            await until(lambda: has_answered(stage, "1002"))
            check_sound(caller, since)
            told = await desk.look()
        [merchant] = [call for call in stage.calls() if call.kind == "mobile"]
        [died] = [event.at for call in stage.calls() for event in call.events if event.name == "vanished"]
    assert told["end_reason"] == "host_gone"
    for leg in told["legs"]:
        assert datetime.fromisoformat(leg["left_at"]) - died < timedelta(seconds=5), leg["role"]
    assert words(told, "host") == ["entered", "gone"]
    assert words(told, "consumer") == ["entered", "queued"]
    assert words(told, "merchant")[:2] == ["entered", "unattended"]
    assert [leg["is_sent_back"] for leg in told["legs"]] == [False, True, False]
    assert merchant.ending == ("ended", "remote")


async def test_when_the_agent_leaves_during_a_private_word_the_consumer_on_hold_is_first_in_the_queue(
    centre: Centre,
) -> None:
    desk = Desk(centre)
    agents = (
        line("1001", "ring 0.2, answer, speak 60, hang up", "ring 9, busy"),
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
        await hang_up(centre.lab, "1001")
        async with calling(centre.lab.info, number="05198800056"):
            told = await desk.until(lambda told: words(told, "consumer")[-1] == "queued")
            late = await desk.ask("POST", f"/{desk.mediation_id}/end")
            assert (late.status, late.body["detail"]) == (409, "The mediation is over.")
            line_up = await until(lambda: _two_waiting(centre))
            [consumer] = [leg["call_id"] for leg in told["legs"] if leg["role"] == "consumer"]
            await until(lambda: _is_shown_in_front(centre, consumer))
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


async def _is_shown_in_front(centre: Centre, call_id: str) -> bool:
    """Whether the board has the caller before the other one, as the PBX has."""
    board = await centre.backend.get("/api/v1/wallboard")
    waiting = board["document"]["calls"]["waiting"]
    places = {key.partition("/")[2]: caller["position"] for key, caller in waiting.items()}
    return len(places) == 2 and places.get(call_id) == 1


async def _episode(centre: Centre, number: str) -> dict[str, Any] | None:
    listed = (await centre.backend.get("/api/v1/callbacks", reason="test"))["items"]
    return next((row for row in listed if row["caller_number"] == number), None)


async def test_a_backend_killed_in_the_middle_is_missed_by_nobody_and_knows_afterwards_what_happened(
    centre: Centre,
) -> None:
    desk = Desk(centre)
    agents = (
        line("1001", "ring 0.2, answer, speak 15, hang up", "ring 9, busy"),
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
        await until(lambda: has_answered(stage, "1002"))
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
        legs = await until(lambda: bridged(lab))
        redirect = {"Priority": "1", "ExtraPriority": "1", "Context": "nowhere", "Exten": "1"}
        redirect |= {"ExtraContext": "mediation-consumer", "ExtraExten": "999"}
        client = await lab.ami(commands=True)
        try:
            await client.action("Redirect", Channel=legs["1001"], ExtraChannel=legs["trunk-main"], **redirect)
        finally:
            await client.close()
        await until(lambda: _is_queued(lab))
        check_sound(caller, since)


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
    around = "02345{}@trunk-main&Local/1@mediation-host/n"
    for dialled in ("8001", "1", "mediation-1", *(around.format(quote) for quote in ("", '"', '")]}', ","))):
        plan = parse_plan("talk 1, hang up", DIALLING_STEPS | TALKING_STEPS)
        dialler = Dialler(number="1003", name="", dials=dialled, at=0.0, plan=plan)
        stage = Stage(Scenario(title="curious", diallers=(dialler,)), centre.lab)
        await stage.play()
        [call] = stage.calls()
        assert call.ending[0] == "failed", dialled
        assert call.ending[1] in ("403", "404", "484", "603"), dialled
