"""People who register matters and take steps with them over HTTP, while the backend dies under their hands."""

from __future__ import annotations

import asyncio
import http.client
import urllib.error
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hotline_demo.backend import Answer, Backend

EVENTS_A_SECOND = 20.0
CLERKS = 10
NEW_SHARE = 0.3
AGAIN_SECONDS = 0.2
GONE = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)
"""The request came to nothing, or its answer was lost."""

KINDS = ("enquiry", "complaint", "complaint", "complaint", "report", "suggestion")
NOW_AND_THEN = {"void": 0.05, "refer": 0.05, "refuse": 0.1, "give_back": 0.1, "ask": 0.1, "dispute": 0.1, "end": 0.2}
"""Of steps that end a matter early or lead back; all others are taken when it is their turn."""
API = "/api/v1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Clerk:
    """Somebody who works: `name` is the user."""

    name: str
    registers: bool


@dataclass(slots=True)
class Done:
    """What the clerks know: answered requests for sure, others only perhaps."""

    numbers: dict[str, str] = field(default_factory=dict)
    """Of each Idempotency-Key the number that was answered."""
    changed: list[str] = field(default_factory=list)
    """A key for which another number was answered later."""
    steps: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Of matter and step, those that were answered with success."""
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Those without an answer."""
    refused: Counter[str] = field(default_factory=Counter)
    """By status and code."""

    def add_number(self, key: str, number: str) -> None:
        """As it was answered for this key."""
        if self.numbers.setdefault(key, number) != number:
            self.changed.append(key)


CLERKS_BY_ROLE = (
    Clerk(name="clerk-agent", registers=True),
    Clerk(name="clerk-officer", registers=False),
    Clerk(name="clerk-supervisor", registers=True),
)


async def work(backend: Backend, random: Random, done: Done, until: datetime) -> None:
    """All clerks, until that moment; each request is sent at its time, whatever became of the one before."""
    async with asyncio.TaskGroup() as group:
        for number in range(CLERKS):
            clerk = CLERKS_BY_ROLE[number % len(CLERKS_BY_ROLE)]
            group.create_task(_work(backend, clerk, Random(random.random()), done, until))  # noqa: S311


async def _work(backend: Backend, clerk: Clerk, random: Random, done: Done, until: datetime) -> None:
    while datetime.now(UTC) < until:
        await asyncio.sleep(random.expovariate(EVENTS_A_SECOND / CLERKS))
        if clerk.registers and (random.random() < NEW_SHARE or not done.numbers):
            await _register(backend, clerk, random, done)
        elif done.numbers:
            await _take_step(backend, clerk, random, done)


async def _register(backend: Backend, clerk: Clerk, random: Random, done: Done) -> None:
    """With one key until it is answered: the same matter, however often it was sent."""
    key = f"{random.getrandbits(64):016x}"
    body = _matter(random)
    while True:
        try:
            answer = await backend.ask(
                "POST", f"{API}/tickets", body, user=clerk.name, headers={"Idempotency-Key": key}
            )
        except GONE:
            await asyncio.sleep(AGAIN_SECONDS)
            continue
        if answer.status == 503:
            await asyncio.sleep(AGAIN_SECONDS)
        elif answer.status == 201:
            done.add_number(key, answer.body["number"])
            if random.random() < 0.1:
                continue  # sent once more, as by a page that lost the answer
            return
        else:
            _refuse(done, answer)
            return


async def _take_step(backend: Backend, clerk: Clerk, random: Random, done: Done) -> None:
    number = random.choice(list(done.numbers.values())[-200:])
    try:
        read = await backend.ask("GET", f"{API}/tickets/{number}", user=clerk.name)
    except GONE:
        return
    if read.status != 200:
        if read.status != 404:  # an officer does not see what is not with the unit
            _refuse(done, read)
        return
    steps = [one for one in read.body["steps"] if not one["lacks"]]
    steps = [one for one in steps if random.random() < NOW_AND_THEN.get(one["step"], 1.0)]
    if not steps:
        return
    step = random.choice(steps)
    names = [*step["needs"], *(name for name in step["takes"] if name in ("notice", "agreement"))]
    body = {name: _given(name, random) for name in names}
    headers = {"If-Match": f'"{read.body["version"]}"'}
    path = f"{API}/tickets/{number}/events/{step['step']}"
    try:
        answer = await backend.ask("POST", path, body, user=clerk.name, headers=headers)
    except GONE:
        done.unknown[number, step["step"]] += 1
        return
    if answer.status == 200:
        done.steps[number, step["step"]] += 1
    else:
        _refuse(done, answer)


def _refuse(done: Done, answer: Answer) -> None:
    done.refused[f"{answer.status} {answer.body.get('code', '')}"] += 1


def _matter(random: Random) -> dict[str, Any]:
    kind = random.choice(KINDS)
    return {
        "kind": kind,
        "channel": "visit",
        "fields": {
            "title": "包装破损",
            "facts": f"第{random.randrange(10_000)}批商品包装破损",
            "respondent": "苏果超市武进店",
            "unidentified_reason": "当事人未提供主体信息",
            "requests": ["refund"],
        },
        "party": {
            "name": "张三",
            "phone": f"1380000{random.randrange(10_000):04d}",
            "address": "常州市武进区湖塘镇1号",
        },
        "register_now": random.random() < 0.9,
    }


def _given(name: str, random: Random) -> Any:
    today = (datetime.now(UTC) + timedelta(hours=8)).date()
    match name:
        case "unit_id":
            return 1
        case "ground":
            return 1 + random.randrange(7)
        case "due_on":
            return (today + timedelta(days=3)).isoformat()
        case "begins_on" | "ends_on":
            return today.isoformat()
        case "how_settled":
            return "mediated"
        case "notice":
            return {"to": "complainant", "by": "call", "at": datetime.now(UTC).isoformat(), "proof": "电话告知"}
        case _:
            return f"按规定办理{random.randrange(1000)}"
