"""Click-to-call on a real Asterisk: whoever asks, however often and through whichever process, one phone rings once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hotline_demo.backend import Backend
from hotline_lab.asterisk import Lab
from hotline_lab.play import list_channels, wait_until_idle
from hotline_lab.ports import HTTP_PORTS
from tests.e2e.desks import ANY_HOUR, closed_by, dial, ended, ring_in, seat, stage, until, waiting
from tests.e2e.places import backend_on, fresh_home

NUMBER = 5
MOBILE = "13805190041"
LANDLINE = "051988000042"
SEATS = {"chen": "PJSIP/1008", "wang": "PJSIP/1009"}

ATTACKS = [
    {"number": f"{MOBILE}&PJSIP/1009"},
    {"number": f"{MOBILE}\r\nContext: from-internal"},
    {"number": "0019001234567"},
    {"number": "1008"},
    {"number": MOBILE},
    {"number": MOBILE, "context": "from-internal"},
]


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as folder:
        yield folder


async def test_two_agents_two_processes_many_tabs_and_repeats_ring_one_mobile_once(tmp_path: Path, home: Path) -> None:
    async with (
        Lab(pbx=NUMBER, state=tmp_path / "lab") as lab,
        backend_on(lab, home, ANY_HOUR) as first,
        first.beside(log=home / "log2", http_port=HTTP_PORTS.keep()) as second,
    ):
        await seat(first, SEATS)
        await ring_in(lab, MOBILE)
        episode = (await waiting(first, 1))[f"+86{MOBILE}"]
        phones = stage(
            lab,
            agents={"1008": ["ring 0.5, answer, stay"], "1009": ["ring 0.5, answer, stay"]},
            mobiles={MOBILE: ["ring 0.5, answer, talk 6, hang up"]},
        )
        async with phones.ready():
            for attack in ATTACKS:
                assert (await dial(first, "chen", attack)).status in (403, 409)
            assert await list_channels(lab) == []
            answers = await asyncio.gather(
                *(
                    dial(backend, user, {"episode_id": episode}, key=f"{user}-tab-{tab}")
                    for tab in range(3)
                    for user in SEATS
                    for backend in (first, second, first)
                )
            )
            accepted = [answer.body for answer in answers if answer.status == 202]
            assert {answer.status for answer in answers} == {202, 409}
            # On a machine that holds a request up for too long its dial is not sent, and the next may ring. A repeat
            # of the request can be answered before that is known.
            dials = {dialled["id"] for dialled in accepted}
            states = {each: (await second.get(f"/api/v1/dials/{each}"))["state"] for each in dials}
            started = [each for each, state in states.items() if state != "not_sent"]
            assert len(started) == 1, states
            done = await ended(second, started[0], "talked")
        calls = phones.calls()
        closed = await closed_by(first, episode)
        refusals = (await first.get("/api/v1/dial-refusals?limit=200"))["items"]

    assert Counter(call.kind for call in calls) == {"agent": 1, "mobile": 1}
    assert [call.other for call in calls if call.kind == "mobile"] == ["12315"]
    assert (done["state"], done["number"]) == ("ended", "138****0041")
    assert closed == ("reached", done["call_id"])
    reasons = Counter(refusal["reason"] for refusal in refusals)
    attacks = Counter(not_a_number=2, typed_not_allowed=3, not_as_described=1)
    refused = Counter(answer.body["code"] for answer in answers if answer.status == 409)
    assert set(refused) <= {"claimed_by_other", "subject_in_flight", "seat_in_flight"}
    assert reasons == attacks + refused, "every refusal is written down as it was answered"
    assert MOBILE not in (home / "log").read_text() + (home / "log2").read_text()


async def test_a_backend_killed_while_the_agents_phone_rings_rings_nobody_again_and_says_what_became_of_it(
    tmp_path: Path, home: Path
) -> None:
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab, backend_on(lab, home, ANY_HOUR) as backend:
        await seat(backend, SEATS)
        await ring_in(lab, MOBILE)
        episode = (await waiting(backend, 1))[f"+86{MOBILE}"]
        phones = stage(
            lab,
            agents={"1008": ["ring 4, answer, stay"], "1009": ["ring 1, answer, stay"]},
            mobiles={MOBILE: ["ring 1, busy"]},
        )
        async with phones.ready():
            started = await dial(backend, "chen", {"episode_id": episode}, key="chen-once")
            assert started.status == 202, started
            await until(lambda: list_channels(lab))
            await backend.kill()
            await backend.restart()
            again = await dial(backend, "chen", {"episode_id": episode}, key="chen-once")
            other = await dial(backend, "wang", {"call": {"pbx": "pbx5", "call_id": "pbx5-1.0"}})
            done = await ended(backend, started.body["id"], "busy")
        calls = phones.calls()
        told = await backend.get(f"/api/v1/callbacks/{episode}")

    assert again.body["id"] == started.body["id"]
    assert other.status == 404
    assert Counter(call.kind for call in calls) == {"agent": 1, "mobile": 1}
    assert (done["state"], done["hangup_cause"]) == ("ended", 17)
    assert (told["state"], told["attempts"]) == ("open", 1)


async def test_every_way_a_ring_can_end_is_told_and_the_dialplan_itself_rings_nothing_but_digits(
    tmp_path: Path, home: Path
) -> None:
    silent, declines, other = "13805190051", "13805190052", "13805190053"
    settings = ANY_HOUR | {"CALLCENTER_DIAL_PREFIXES": "+86138051900"}
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab, backend_on(lab, home, settings) as backend:
        await seat(backend, SEATS | {"away": "PJSIP/1010"})
        phones = stage(
            lab,
            agents={"1008": ["ring 0.5, answer, stay"], "1009": ["ring 0.5, decline"]},
            mobiles={silent: ["ring 20, busy"], declines: ["ring 0.5, decline"]},
        )
        async with phones.ready():
            wanted = {"chen": silent, "wang": declines, "away": other}
            answers = [await dial(backend, user, {"number": number}) for user, number in wanted.items()]
            started = dict(zip(wanted, (answer.body["id"] for answer in answers), strict=True))
            no_answer = await ended(backend, started["chen"], "no_answer")
            await ended(backend, started["wang"], "agent_no_answer")
            declined = await dial(backend, "chen", {"number": declines})
            await ended(backend, declined.body["id"], "declined")
            unreachable = await until(partial(find_refused, backend, started["away"]))
            for exten in (f"{other}&PJSIP/1009", f"{other}@trunk-main", f"{other},60", f"{other}x"):
                assert await originate(lab, exten) in ("Error", "Success")
                await wait_until_idle(lab)
        calls = phones.calls()

    assert no_answer["talk_seconds"] == 0
    assert unreachable["outcome"] is None
    assert [call.number for call in calls if call.kind == "mobile"] == [silent, declines]
    assert {call.number for call in calls if call.kind == "agent"} == {"1008", "1009"}
    assert [call.number for call in calls].count("1009") == 1


async def test_what_the_carrier_says_of_a_number_becomes_the_outcome(tmp_path: Path, home: Path) -> None:
    statuses = {
        "404": ("wrong_number", 1),
        "484": ("wrong_number", 28),
        "502": ("switched_off", 27),
        "480": ("no_answer", 19),
    }
    numbers = {status: f"138051900{60 + nth}" for nth, status in enumerate(statuses)}
    settings = ANY_HOUR | {"CALLCENTER_DIAL_PREFIXES": "+86138051900"}
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab, backend_on(lab, home, settings) as backend:
        await seat(backend, SEATS)
        phones = stage(
            lab,
            agents={"1008": ["ring 0.3, answer, stay"]},
            mobiles={number: [f"ring 0.3, refuse {status}"] for status, number in numbers.items()},
        )
        found = {}
        async with phones.ready():
            for status, (outcome, _) in statuses.items():
                started = await dial(backend, "chen", {"number": numbers[status]})
                done = await ended(backend, started.body["id"], outcome)
                found[status] = (done["outcome"], done["hangup_cause"])

    assert found == statuses


async def find_refused(backend: Backend, dial_id: int) -> dict[str, Any] | None:
    """The dial, once it is known that the PBX made no channel for it."""
    told: dict[str, Any] = await backend.get(f"/api/v1/dials/{dial_id}")
    return told if told["state"] == "refused_by_pbx" else None


async def originate(lab: Lab, exten: str) -> str:
    """What the PBX says to an order that no backend of ours would give."""
    client = await lab.ami(commands=True)
    try:
        order = {"Channel": "PJSIP/1008", "Context": "click-to-call", "Exten": exten, "Priority": "1", "Async": "true"}
        answer = await client.action("Originate", **order)
        if answer["Response"] == "Success":
            await client.wait_for("OriginateResponse")
        return answer["Response"]
    finally:
        await client.close()
