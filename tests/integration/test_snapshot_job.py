"""The nightly job freezes what has ended, in order and once, and waits for a calendar that is not published."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.analysis.snapshots.store import list_snapshots
from callcenter.analysis.snapshots.worker import freeze_due
from callcenter.hours.calendar_file import parse_calendar
from callcenter.hours.service import publish_year
from callcenter.postgres.database import Database
from callcenter.settings import Settings

SETTINGS = Settings()


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SETTINGS.timezone).astimezone(UTC)


async def frozen(session: AsyncSession) -> list[tuple[str, str, str | None]]:
    found = reversed(await list_snapshots(session))
    return [(one.period.kind.value, one.period.first.isoformat(), one.period.name) for one in found]


async def test_periods_are_frozen_from_two_in_the_morning_on_and_caught_up_in_order(database: Database) -> None:
    # The job begins with the day before it first ran.
    assert await freeze_due(database, SETTINGS, local(date(2026, 9, 24), 2)) == [date(2026, 9, 23)]
    assert await freeze_due(database, SETTINGS, local(date(2026, 9, 25), 1, 59)) == []
    # Out of service until the ninth of October: a holiday, a month with its quarter, another holiday.
    days = await freeze_due(database, SETTINGS, local(date(2026, 10, 9), 2))
    assert days == [date(2026, 9, 24) + timedelta(days=number) for number in range(15)]
    assert await freeze_due(database, SETTINGS, local(date(2026, 10, 9), 2)) == []
    async with database.snapshots.begin() as session:
        assert await frozen(session) == [
            ("holiday", "2026-09-25", "中秋节"),
            ("month", "2026-09-01", None),
            ("quarter", "2026-07-01", None),
            ("holiday", "2026-10-01", "国庆节"),
        ]


async def test_a_day_of_a_year_without_a_calendar_waits_and_is_frozen_once_there_is_one(database: Database) -> None:
    await freeze_due(database, SETTINGS, local(date(2026, 12, 31), 2))
    # The last day of 2026 is done, and the first of 2027 waits with all after it.
    assert await freeze_due(database, SETTINGS, local(date(2027, 2, 1), 2)) == [date(2026, 12, 31)]
    async with database.snapshots.begin() as session:
        assert [kind for kind, *_ in await frozen(session)] == ["month", "quarter", "half_year", "year"]
    entries = parse_calendar("date,kind,note\n2027-01-01,day_off,元旦\n".encode())
    async with database.sessions.begin() as session:
        await publish_year(session, entries, local(date(2027, 2, 1), 2))
    assert len(await freeze_due(database, SETTINGS, local(date(2027, 2, 1), 3))) == 31
    async with database.snapshots.begin() as session:
        assert (await frozen(session))[4:] == [("holiday", "2027-01-01", "元旦"), ("month", "2027-01-01", None)]
