"""The call list over the real application: every filter, every pair of them, and pages far down."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from pathlib import Path

import httpx

from callcenter.accounts.rights import Role
from callcenter.accounts.service import create_token
from callcenter.accounts.store import add_user
from callcenter.app import create_app
from callcenter.postgres.database import connect
from callcenter.settings import Settings
from hotline_bench.call_kinds import AGENTS, FORMER_AGENT, FORMER_QUEUE, RARE_AGENT

PAGES = 10
"""Of each filter alone; of a pair the first three."""

DEEP = 1000

Params = dict[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class PageTimes:
    """Seconds a page, as the client sees them; `slowest` is the filter whose median is the highest."""

    of_50: list[float]
    of_200: list[float]
    first: list[float]
    deep: list[float]
    slowest: str
    slowest_median: float


async def measure_pages(url: str, day: date) -> PageTimes:
    """One request after the other, none of them asked before."""
    async with _client(url) as client:
        await client.get("/api/v1/calls")
        alone = filters(day)
        of_50: dict[str, list[float]] = {}
        for wanted in alone:
            of_50[_name(wanted)] = await _walk(client, wanted, PAGES)
        for one, other in combinations(alone, 2):
            if not one.keys() & other.keys() and (one or other):
                of_50[_name(one | other)] = await _walk(client, one | other, 3)
        of_200 = [second for wanted in alone for second in await _walk(client, wanted | {"limit": "200"}, 3)]
        far = [await _walk(client, wanted, DEEP) for wanted in ({}, {"queue": "hotline"}, {"agent": AGENTS[4]})]
    medians = {name: sorted(seconds)[len(seconds) // 2] for name, seconds in of_50.items()}
    slowest = max(medians, key=lambda name: medians[name])
    return PageTimes(
        of_50=[second for seconds in of_50.values() for second in seconds],
        of_200=of_200,
        first=[second for seconds in far for second in seconds[:50]],
        deep=[second for seconds in far for second in seconds[-50:]],
        slowest=slowest,
        slowest_median=medians[slowest],
    )


def filters(day: date) -> list[Params]:
    """Each filter with frequent values, rare ones and ones that nothing matches."""
    long_ago = day - timedelta(days=200)
    values: dict[str, list[str]] = {
        "day": [day.isoformat(), long_ago.isoformat(), "2019-01-01"],
        "direction": ["inbound", "outbound", "internal"],
        "outcome": ["answered", "abandoned_queue", "rejected", "failed"],
        "caller": ["13000000000", "13000209458", "13912345678"],
        "queue": ["hotline", "night", FORMER_QUEUE, "nobody-knows"],
        "agent": [AGENTS[4], RARE_AGENT, FORMER_AGENT, "7777"],
        "anomaly": ["witnesses_disagree_moments", "pbx_died", "moments_estimated"],
        "unconfirmed": ["true"],
        "open": ["true"],
    }
    found: list[Params] = [{}, *({key: value} for key, of_key in values.items() for value in of_key)]
    for hours in (1, 24 * 30):
        begin = datetime.combine(long_ago, datetime.min.time(), UTC) + timedelta(hours=3)
        found.append({"from": begin.isoformat(), "to": (begin + timedelta(hours=hours)).isoformat()})
    return found


async def _walk(client: httpx.AsyncClient, wanted: Params, pages: int) -> list[float]:
    """Page after page; a list with fewer is begun again, so that each filter is asked as often."""
    seconds: list[float] = []
    cursor: str | None = None
    while len(seconds) < pages:
        params = wanted if cursor is None else wanted | {"cursor": cursor}
        begin = time.perf_counter()
        if "caller" in params:
            outcomes = {"outcome": [params["outcome"]]} if "outcome" in params else {}
            answer = await client.post("/api/v1/calls/searches", json={**params, **outcomes})
        else:
            answer = await client.get("/api/v1/calls", params=params)
        seconds.append(time.perf_counter() - begin)
        cursor = answer.raise_for_status().json()["next"]
    return seconds


def _name(wanted: Params) -> str:
    return " ".join(f"{key}={value}" for key, value in wanted.items()) or "no filter"


@asynccontextmanager
async def _client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    now = datetime.now(UTC)
    async with connect(url) as database:
        async with database.sessions.begin() as session:
            await add_user(session, name="bench", role=Role.SUPERVISOR, password_hash="", at=now)
        token = await create_token(database, user_name="bench", token_name="pages", at=now)  # noqa: S106
        app = create_app(database=database, settings=Settings(data_dir=Path("/nowhere")))
        headers = {"Authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bench.test", headers=headers) as client:
            yield client
