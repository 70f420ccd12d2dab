"""The register with ten years of matters: its lists, its search, what shows beside a call, and its jobs."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

import httpx
from sqlalchemy import select

from callcenter.accounts.rights import Role
from callcenter.accounts.service import create_token
from callcenter.accounts.store import add_user
from callcenter.app import create_app
from callcenter.calls.tables import Call
from callcenter.casework.groups.worker import find_signals
from callcenter.casework.tickets.worker import look_at_clocks
from callcenter.postgres.database import Database, connect
from callcenter.settings import Settings
from hotline_bench.database_fill import DAY
from hotline_bench.figure import Figure
from hotline_bench.register_fill import NOW, ZONE, filled_register

TICKETS = 350_000
PAGES = 5
"""Of each list and pair of filters."""

POPS = 400
WORDS = (
    *("食品", "退款", "质量", "健身", "宏达", "咨询", "家电", "电器", "合同", "发票", "价格", "假冒", "快递", "药品"),
    *("预付卡", "虚假宣传", "教育培训", "常州宏达", "不存在的", "质量 退款", "食品 安全"),
)
YEARS_READ = 5
QUIET_MINUTES = 10
MIDNIGHTS = 8
"""Days in which every clock of days comes to a warning or to its end."""

Params = dict[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Times:
    """Seconds, one for each request or round; `slowest` are the words or filters that took longest, by median."""

    seconds: list[float]
    slowest: str

    def p99(self) -> float:
        return sorted(self.seconds)[int(0.99 * len(self.seconds))]


async def measure_register(tickets: int = TICKETS) -> list[Figure]:
    """One request after the other, as the client sees them."""
    async with filled_register(tickets) as filled, connect(filled.url) as database:
        async with _client(database) as client:
            lists, searches = await _lists(client), await _searches(client)
            pops, year = await _pops(client, database), await _year(client)
        minutes, midnights = await _minutes(database)
        begin = time.perf_counter()
        async with database.sessions.begin() as session:
            await find_signals(session, DAY, timezone=ZONE, now=NOW)
        night = time.perf_counter() - begin
    stored = f"{filled.tickets:,} matters, {filled.open:,} open"
    return [
        _figure(f"list of matters, any filter or pair, p99 of {len(lists.seconds):,} pages, {stored}", lists, 100),
        _figure(f"search for two characters and more, p99 of {len(searches.seconds)}, {stored}", searches, 100),
        _figure(f"matters of a caller, p99 of {len(pops.seconds)}, {stored}", pops, 50),
        _figure(f"figures of a year, longest of {len(year.seconds)}, {stored}", year, 3000),
        _figure(f"a round of the clocks each minute, longest of {QUIET_MINUTES}, {stored}", minutes, 1000),
        _figure(f"the round at midnight, longest of {MIDNIGHTS}, {stored}", midnights, 60_000),
        _figure(f"the nightly look for groups, {stored}", _Times(seconds=[night], slowest=""), 60_000),
    ]


async def _lists(client: httpx.AsyncClient) -> _Times:
    alone = list(_filters())
    wanted = [{}, *alone, *(a | b for a, b in combinations(alone, 2) if not a.keys() & b.keys())]
    ordered = [one | {"order": order} for one in wanted for order in ("newest", "due")]
    return _slowest({_name(one): await _walk(client, one) for one in ordered})


def _filters() -> Iterator[Params]:
    """Frequent values, rare ones and ones that nothing matches."""
    values = {
        "kind": ("enquiry", "complaint", "report", "praise"),
        "state": ("completed", "registered", "checking", "archived"),
        "open": ("true", "false"),
        "priority": ("P1", "P4", "P5"),
        "unit_id": ("1", "7"),
        "merchant_id": ("1", "400"),
        "mine": ("true",),
    }
    return ({name: value} for name, of_name in values.items() for value in of_name)


async def _walk(client: httpx.AsyncClient, wanted: Params) -> list[float]:
    seconds: list[float] = []
    cursor: str | None = None
    for _ in range(PAGES):
        begin = time.perf_counter()
        answer = await client.get("/api/v1/tickets", params=wanted if cursor is None else wanted | {"cursor": cursor})
        seconds.append(time.perf_counter() - begin)
        cursor = answer.raise_for_status().json()["next"]
    return seconds


async def _searches(client: httpx.AsyncClient) -> _Times:
    found: dict[str, list[float]] = {}
    for words in WORDS:
        for more in ({}, {"kind": "complaint"}, {"kind": "report"}, {"open": True}):
            seconds = []
            for _ in range(3):
                begin = time.perf_counter()
                answer = await client.post("/api/v1/ticket-searches", json={"words": words, **more})
                seconds.append(time.perf_counter() - begin)
                answer.raise_for_status()
            found[f"{words} {more}"] = seconds
    return _slowest(found)


async def _pops(client: httpx.AsyncClient, database: Database) -> _Times:
    async with database.sessions() as session:
        statement = select(Call.pbx, Call.call_id).where(Call.direction == "inbound")
        calls = (await session.execute(statement.order_by(Call.started_at.desc()).limit(POPS))).all()
    seconds: list[float] = []
    for pbx, call_id in calls:
        begin = time.perf_counter()
        answer = await client.get(f"/api/v1/calls/{pbx}/{call_id}/tickets")
        seconds.append(time.perf_counter() - begin)
        answer.raise_for_status()
    return _Times(seconds=seconds, slowest="")


async def _year(client: httpx.AsyncClient) -> _Times:
    asked = {"from_day": (DAY - timedelta(days=364)).isoformat(), "to_day": DAY.isoformat()}
    seconds: list[float] = []
    for _ in range(YEARS_READ):
        begin = time.perf_counter()
        answer = await client.get("/api/v1/statistics/casework", params=asked)
        seconds.append(time.perf_counter() - begin)
        answer.raise_for_status()
    return _Times(seconds=seconds, slowest="")


async def _minutes(database: Database) -> tuple[_Times, _Times]:
    """Rounds of ordinary minutes, and those of the midnights after them."""
    await look_at_clocks(database, ZONE, lambda: NOW)
    minutes = [await _round(database, NOW + timedelta(minutes=number)) for number in range(1, QUIET_MINUTES + 1)]
    midnight = datetime(DAY.year, DAY.month, DAY.day, tzinfo=ZONE)
    nights = [await _round(database, midnight + timedelta(days=number)) for number in range(1, MIDNIGHTS + 1)]
    return _Times(seconds=minutes, slowest=""), _Times(seconds=nights, slowest="")


async def _round(database: Database, now: datetime) -> float:
    begin = time.perf_counter()
    await look_at_clocks(database, ZONE, lambda: now)
    return time.perf_counter() - begin


def _slowest(found: dict[str, list[float]]) -> _Times:
    slowest = max(found, key=lambda name: sorted(found[name])[len(found[name]) // 2])
    return _Times(seconds=[second for seconds in found.values() for second in seconds], slowest=slowest)


def _figure(name: str, times: _Times, target: int) -> Figure:
    """Of few rounds the longest counts."""
    ours = 1000 * times.p99()
    slowest = f"; slowest: {times.slowest}" if times.slowest else ""
    return Figure(
        name=name + slowest,
        ours=round(ours, 1),
        unit="ms",
        peer=None,
        ratio=None,
        target=f"under {target:,} ms",
        met=ours < target,
    )


def _name(wanted: Params) -> str:
    return " ".join(f"{key}={value}" for key, value in wanted.items())


@asynccontextmanager
async def _client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    now = datetime.now(UTC)
    async with database.sessions.begin() as session:
        await add_user(session, name="bench", role=Role.SUPERVISOR, password_hash="", at=now)
    token = await create_token(database, user_name="bench", token_name="register", at=now)  # noqa: S106
    transport = httpx.ASGITransport(app=create_app(database=database, settings=Settings(data_dir=Path("/nowhere"))))
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://bench.test", headers=headers) as client:
        yield client
