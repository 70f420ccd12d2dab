"""A drill on a real Asterisk: suppliers are rung two at a time while callers queue, and no caller waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter.casework.key_calls.rules import RING_FOR
from hotline_demo.backend import Backend
from hotline_lab.asterisk import Lab
from tests.e2e.desks import ring_in, seat, stage
from tests.e2e.places import backend_on, fresh_home

NUMBER = 8
SETTLE_SECONDS = 240.0
SUPPLIERS = 12
PLANS = {
    **dict.fromkeys(range(1, 9), "ring 1, answer, talk 2, key 1, stay"),
    9: "ring 1, answer, talk 2, key 3, stay",
    10: "busy",
    11: f"ring {RING_FOR.seconds + 20}, answer, stay",
    12: "ring 1, answer, talk 40, hang up",
}
"""What each supplier's phone does with every call: the eleventh rings too long, the twelfth is a mailbox."""
PHONES = {f"139051900{supplier:02}": [plan] for supplier, plan in PLANS.items()}
AGENTS = {"1001": ["ring 1, answer, talk 6, hang up"]}
CALLERS = ("13905199001", "13905199002", "13905199003")
"""One agent for three who ring at once: the last waits for a quarter of a minute."""
AFTERWARDS = ("13905199004", "13905199005", "13905199006")
"""As many again once the drill is over, to compare with."""
NO_LONGER = timedelta(seconds=2)
"""By so much waits differ from one time to the next on a busy machine."""
REPORTED_WITHIN = timedelta(seconds=1)
"""How soon an event of the PBX is a row here."""


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as folder:
        yield folder


async def send(backend: Backend, method: str, path: str, body: Any, *, user: str = "demo", **headers: str) -> Any:
    answer = await backend.ask(method, f"/api/v1{path}", body, user=user, headers=headers)
    assert answer.status < 300, answer.body
    return answer.body


async def give(backend: Backend) -> Any:
    """Twelve merchants with a contact each, and a drill to all."""
    for supplier in range(1, SUPPLIERS + 1):
        await send(backend, "POST", "/merchants", {"name": f"Supplier {supplier}"})
        contact = {"merchant_id": supplier, "name": f"Zhou {supplier}", "role": "supplier_agent"}
        await send(backend, "POST", "/contacts", contact | {"numbers": [f"139051900{supplier:02}"]})
    drill = {"kind": "drill", "subject": "Milk", "spoken_text": "请立即下架批号为一二三的奶粉。"}
    return await send(backend, "POST", "/broadcasts", drill, **{"Idempotency-Key": "key-00000001"})


async def read_until(backend: Backend, path: str, is_wanted: Callable[[Any], bool]) -> Any:
    seen: Any = None
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            while not is_wanted(seen := await backend.get(path)):
                await asyncio.sleep(0.5)
    except TimeoutError:
        raise AssertionError(f"This did not come: {seen}") from None
    return seen


def moment(value: str) -> datetime:
    return datetime.fromisoformat(value)


async def queue_up(lab: Lab) -> None:
    """Callers who ring while the first suppliers are rung, and stay until somebody has talked to them."""
    await asyncio.sleep(3)
    await ring_in(lab, *CALLERS, plan="stay")


async def test_a_drill_reaches_all_suppliers_while_callers_queue_and_none_of_them_is_lost(
    tmp_path: Path, home: Path
) -> None:
    async with Lab(pbx=NUMBER, state=tmp_path / "lab") as lab:
        settings = {"CALLCENTER_BROADCAST_ROUNDS": "1", "CALLCENTER_SPOKEN_DIR": lab.info.spoken_dir}
        async with (
            backend_on(lab, home, settings) as backend,
            stage(lab, agents=AGENTS, mobiles=PHONES).ready(),
        ):
            await lab.cli("dialplan set global QUEUE_SECONDS 90")
            await seat(backend, {"mei": "PJSIP/1001"})
            started = await give(backend)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(queue_up(lab))
                done = await read_until(backend, "/api/v1/broadcasts/1", lambda seen: seen["ended_at"] is not None)
            targets = (await backend.get("/api/v1/broadcasts/1/targets"))["items"]
            rings = [ring for target in targets for ring in target["rings"]]
            calls = [(await find_call(backend, ring))["call"] for ring in rings]
            inbound = await read_until(backend, "/api/v1/calls?direction=inbound", are_over(CALLERS))
            await ring_in(lab, *AFTERWARDS, plan="stay")
            all_inbound = await read_until(backend, "/api/v1/calls?direction=inbound", are_over(CALLERS + AFTERWARDS))
            lost = (await backend.get("/api/v1/callbacks"))["items"]
            print((await backend.content("/api/v1/broadcasts/1/targets?format=csv")).decode("utf-8-sig"))

    assert started["broadcast"]["standing"]["targets"] == SUPPLIERS
    assert done["standing"] == {
        "targets": 12,
        "waiting": 0,
        "ringing": 0,
        "acknowledged": 8,
        "refused": 1,
        "unreachable": 3,
    }
    assert [(call["direction"], call["talks"]) for call in calls] == [("outbound", [])] * SUPPLIERS
    assert [call["outcome"] for call in inbound["items"]] == ["answered"] * len(CALLERS)
    assert lost == [], "no caller was lost, and no supplier is a caller"

    waits = waits_of(inbound["items"])
    with_it = sorted(left - joined for joined, left in waits)
    without = sorted(left - joined for joined, left in set(waits_of(all_inbound["items"])) - set(waits))
    longer = [here - there for here, there in zip(with_it, without, strict=True)]
    assert max(longer) < NO_LONGER, f"nobody waits longer than without the drill: {with_it}, {without}"
    assert max(left - joined for joined, left in waits) > timedelta(seconds=12), "callers did wait"
    begun = [moment(ring["requested_at"]) for ring in rings]
    assert min(begun) < min(joined for joined, _ in waits) < max(begun), "while suppliers were rung"
    assert not [(at, joined, left) for at in begun for joined, left in waits if joined + REPORTED_WITHIN < at < left], (
        "nobody was rung while a caller waited"
    )
    at_once = 0
    for _, step in sorted([(at, 1) for at in begun] + [(moment(ring["ended_at"]), -1) for ring in rings]):
        at_once += step
        assert at_once <= 2


async def find_call(backend: Backend, ring: Any) -> Any:
    """The record of a ring, once it is over."""
    async with asyncio.timeout(60):
        while True:
            answer = await backend.ask("GET", f"/api/v1/calls/{ring['pbx']}/{ring['call_id']}")
            if answer.status == 200 and answer.body["call"]["outcome"] is not None:
                return answer.body
            await asyncio.sleep(0.2)


def waits_of(calls: list[Any]) -> list[tuple[datetime, datetime]]:
    """When each caller joined the queue and left it."""
    visits = [visit for call in calls for visit in call["queue_visits"]]
    return [(moment(visit["joined_at"]), moment(visit["left_at"])) for visit in visits]


def are_over(callers: tuple[str, ...]) -> Callable[[Any], bool]:
    """Whether the calls of all these callers are there and over."""
    return lambda seen: len(seen["items"]) == len(callers) and all(call["outcome"] for call in seen["items"])
