"""Each hour of today beside what is usual for it: the mean of the same day of the week over the last eight weeks.

Counted from call records with the definitions that everything counts with. Past days are read once an hour for all who
ask, since there are many calls in eight weeks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.kpis.definitions import count_call
from callcenter.kpis.tallies import NOTHING
from callcenter.postgres.database import Database
from callcenter.statistics import store
from callcenter.statistics.intervals import Days

WEEKS = 8
TODAY_HOLDS = timedelta(seconds=10)
USUAL_HOLDS = timedelta(hours=1)
HOURS = range(24)


@dataclass(slots=True)
class Arrivals:
    """Calls that began in one hour and are over."""

    offered: int = 0
    missed: int = 0


ByHour = Mapping[str | None, Sequence[Arrivals]]
"""By queue, and under None in all; 24 hours of the local clock each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Usual:
    """The same day of the week over the last weeks: how many of those days are known at all, and their calls."""

    days: int
    arrivals: ByHour

    def mean_offered(self, queue: str | None, hour: int) -> float | None:
        """None while no such day is known."""
        of_queue = self.arrivals.get(queue)
        if not self.days:
            return None
        return 0.0 if of_queue is None else of_queue[hour].offered / self.days


@dataclass(frozen=True, kw_only=True, slots=True)
class BoardHours:
    """The hours of one day."""

    day: date
    counted_at: datetime
    hours_begun: int
    arrivals: ByHour
    usual: Usual

    def find(self, queue: str | None, hour: int) -> Arrivals | None:
        """What came in an hour; None for one that has not begun."""
        if hour >= self.hours_begun:
            return None
        of_queue = self.arrivals.get(queue)
        return Arrivals() if of_queue is None else of_queue[hour]


class HourCounts:
    """The latest hours that this process has counted; one count at a time, for all who ask meanwhile."""

    def __init__(self, *, database: Database, timezone: ZoneInfo) -> None:
        self._database = database
        self._timezone = timezone
        self._turn = asyncio.Lock()
        self._latest: BoardHours | None = None
        self._usual: tuple[datetime, date, Usual] | None = None

    async def read(self, now: datetime) -> BoardHours:
        """The hours of today, at most TODAY_HOLDS old."""
        async with self._turn:
            local = now.astimezone(self._timezone)
            latest = self._latest
            if latest is None or latest.day != local.date() or not _holds(latest.counted_at, now, TODAY_HOLDS):
                async with self._database.snapshots.begin() as session:
                    latest = self._latest = BoardHours(
                        day=local.date(),
                        counted_at=now,
                        hours_begun=local.hour + 1,
                        arrivals=await _count(session, local.date(), self._timezone),
                        usual=await self._read_usual(session, local.date(), now),
                    )
            return latest

    async def _read_usual(self, session: AsyncSession, day: date, now: datetime) -> Usual:
        if self._usual is None or self._usual[1] != day or not _holds(self._usual[0], now, USUAL_HOLDS):
            self._usual = (now, day, await count_usual(session, day, self._timezone))
        return self._usual[2]


async def count_usual(session: AsyncSession, day: date, timezone: ZoneInfo) -> Usual:
    """Of the days of the last weeks those count that do not lie before the first call of all."""
    first = await store.find_first_day(session)
    days = [day - timedelta(weeks=weeks) for weeks in range(1, WEEKS + 1)]
    known = [] if first is None else [one for one in days if one >= first]
    arrivals: dict[str | None, list[Arrivals]] = {}
    for one in known:
        await _add(session, one, timezone, arrivals)
    return Usual(days=len(known), arrivals=arrivals)


async def _count(session: AsyncSession, day: date, timezone: ZoneInfo) -> ByHour:
    arrivals: dict[str | None, list[Arrivals]] = {}
    await _add(session, day, timezone, arrivals)
    return arrivals


async def _add(
    session: AsyncSession, day: date, timezone: ZoneInfo, arrivals: dict[str | None, list[Arrivals]]
) -> None:
    async for found in store.stream_calls(session, Days(first=day, last=day)):
        for call in found:
            hour = call.record.started_at.astimezone(timezone).hour
            for queue, counted in count_call(call.record).items():
                one = NOTHING.plus(counted)
                cell = arrivals.setdefault(queue, [Arrivals() for _ in HOURS])[hour]
                cell.offered += one.offered
                cell.missed += one.offered - one.answered
        await asyncio.sleep(0)


def _holds(at: datetime, now: datetime, lasting: timedelta) -> bool:
    return timedelta() <= now - at < lasting
