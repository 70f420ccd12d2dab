"""A day's lost callers on a real Asterisk, worked to zero over HTTP by agents with real phones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hotline_demo.backend import Backend
from hotline_lab.asterisk import Lab
from tests.e2e.desks import ANY_HOUR, closed_by, dial, ended, ring_in, seat, stage, until, waiting
from tests.e2e.places import backend_on, fresh_home

NUMBER = 4
BUSY_FIRST, CALLS_AGAIN, HAS_MAILBOX = "13805190041", "13805190042", "051988000043"
GREETED = "ring 0.5, answer, talk 6, hang up"
"""The first 2.5 seconds are the notice."""
AT_DESK = "ring 0.5, answer, stay"


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as folder:
        yield folder


async def test_a_days_lost_callers_are_worked_to_zero_by_agents_over_http(tmp_path: Path, home: Path) -> None:
    environment = ANY_HOUR | {"CALLCENTER_CLAIMS_PER_AGENT": "2"}
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab, backend_on(lab, home, environment) as backend:
        await seat(backend, {"chen": "PJSIP/1008", "wang": "PJSIP/1009"})
        await asyncio.gather(*(ring_in(lab, number) for number in (BUSY_FIRST, CALLS_AGAIN, HAS_MAILBOX, "")))
        episodes = await waiting(backend, 4)
        busy_first, calls_again = episodes[f"+86{BUSY_FIRST}"], episodes[f"+86{CALLS_AGAIN}"]
        has_mailbox, nameless = episodes["+8651988000043"], episodes["None"]
        phones = stage(
            lab,
            agents={"1008": [AT_DESK], "1009": [AT_DESK], "1001": ["ring 3, answer, stay"]},
            mobiles={
                BUSY_FIRST: ["ring 0.5, busy", GREETED],
                CALLS_AGAIN: ["ring 15, busy"],
                HAS_MAILBOX: [GREETED],
            },
        )
        async with phones.ready():
            agents = ("chen", "wang")
            claims = await asyncio.gather(*(claim_next(backend, user) for user in (*agents, *agents)))
            owners = {
                claim["episode_id"]: user for user, claim in zip((*agents, *agents), claims, strict=True) if claim
            }
            assert len(owners) == 2, "whoever clicks twice gets the same caller"
            (left,) = {busy_first, calls_again, has_mailbox} - owners.keys()
            taken = await backend.ask("POST", f"/api/v1/callbacks/{left}/claim", user="chen")
            assert taken.status == 200
            owners[left] = "chen"
            numbers = {claim["episode_id"]: claim["history"]["number"] for claim in (*claims, taken.body) if claim}
            assert numbers[busy_first] == "138****0041"

            first_try = await dial_to_the_end(backend, owners[busy_first], busy_first, "busy")
            tried = await until(lambda: tried_history(backend, busy_first))
            assert [told["id"] for told in tried["dials"]] == [first_try["id"]]
            early = await dial(backend, owners[busy_first], {"episode_id": busy_first})
            assert early.status == 403, "this part of the day has been tried"
            await try_again(backend, busy_first)
            await dial_to_the_end(backend, owners[busy_first], busy_first, "talked", judgement="talked")
            assert (await closed_by(backend, busy_first))[0] == "reached"

            await dial_to_the_end(backend, owners[has_mailbox], has_mailbox, "talked", judgement="mailbox")
            heard = await until(lambda: tried_history(backend, has_mailbox))
            assert [(told["state"], told["attempts"]) for told in heard["episodes"]] == [("open", 1)]
            await try_again(backend, has_mailbox)
            await dial_to_the_end(backend, owners[has_mailbox], has_mailbox, "talked", judgement="talked")
            assert (await closed_by(backend, has_mailbox))[0] == "reached"

            started = await dial(backend, owners[calls_again], {"episode_id": calls_again})
            await until(lambda: is_rung(phones, CALLS_AGAIN))
            crossing = asyncio.create_task(ring_in(lab, CALLS_AGAIN, plan="talk 11, hang up"))
            assert await until(lambda: find_place(lab, CALLS_AGAIN)) == ("1", "1000")
            withdrawn = await ended(backend, started.body["id"], "cancelled")
            refused = await dial(backend, owners[calls_again], {"episode_id": calls_again})
            await crossing
            assert (await closed_by(backend, calls_again))[0] == "self_recovered"
            late = await dial(backend, owners[calls_again], {"episode_id": calls_again})

        signed = await backend.ask("POST", f"/api/v1/callbacks/{nameless}/decision", {"reason": "No number was shown."})
        assert signed.status == 201
        assert await waiting(backend, 0) == {}
        alarms = (await backend.get("/api/v1/alarms"))["items"]

    assert withdrawn["withdrawn_at"] is not None
    assert (refused.status, refused.body["detail"]) == (409, "The caller is calling us at this moment.")
    assert (late.status, late.body["detail"]) == (409, "The episode is closed: nobody waits for this call any more.")
    assert [alarm for alarm in alarms if alarm["episode_id"] is not None] == []
    rung = [call.number for call in phones.calls() if call.kind == "mobile"]
    assert rung == [BUSY_FIRST, BUSY_FIRST, HAS_MAILBOX, HAS_MAILBOX, CALLS_AGAIN]
    (cut_short,) = [call for call in phones.calls() if call.number == CALLS_AGAIN]
    assert cut_short.ending == ("cancelled", "remote")


async def try_again(backend: Backend, episode_id: int) -> None:
    """A supervisor answers for another try a moment from now."""
    path = f"/api/v1/callbacks/{episode_id}/promise"
    moment = datetime.now(UTC) + timedelta(seconds=3)
    assert (await backend.ask("PUT", path, {"at": moment.isoformat()})).status == 204

    async def has_come() -> bool:
        return datetime.now(UTC) > moment

    await until(has_come)


async def claim_next(backend: Backend, user: str) -> dict[str, Any] | None:
    answer = await backend.ask("POST", "/api/v1/callbacks/claim", user=user)
    assert answer.status in (200, 404)
    return answer.body if answer.status == 200 else None


async def dial_to_the_end(
    backend: Backend, user: str, episode_id: int, outcome: str, *, judgement: str | None = None
) -> dict[str, Any]:
    """Ring the caller of the episode back, and say what was heard."""
    started = await dial(backend, user, {"episode_id": episode_id})
    assert started.status == 202, started
    told = await ended(backend, started.body["id"], outcome)
    if judgement is not None:
        path = f"/api/v1/dials/{told['id']}/judgements"
        judged = await backend.ask("POST", path, {"judgement": judgement, "note": "Heard it myself."}, user=user)
        assert judged.status == 201, judged
    return told


async def tried_history(backend: Backend, episode_id: int) -> dict[str, Any] | None:
    """The history once the list has followed the dial: it says from when on the caller may be tried again."""
    told = dict(await backend.get(f"/api/v1/callbacks/{episode_id}/history"))
    return told if told["episodes"][0]["next_try_at"] is not None else None


async def is_rung(phones: Any, number: str) -> bool:
    return any(call.number == number for call in phones.calls())


async def find_place(lab: Lab, number: str) -> tuple[str, str] | None:
    """Where a caller stands in the queue, and with which priority, once that is not the ordinary one."""
    client = await lab.ami(commands=True)
    try:
        events = await client.list("QueueStatus", until="QueueStatusComplete")
    finally:
        await client.close()
    places = [(event["Position"], event["Priority"]) for event in events if event.get("CallerIDNum") == number]
    return next((place for place in places if place[1] != "0"), None)
