"""`callcenter calendar`: the working calendar of a year that no installed package has yet."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from callcenter.clock import utc_now
from callcenter.errors import InputError
from callcenter.hours import service
from callcenter.hours.calendar_file import parse_calendar
from callcenter.hours.rules import CalendarEntry, DayKind
from callcenter.postgres.database import open_database
from callcenter.settings import Settings, load_settings

LARGEST_FILE = 1 << 20


def take_in_calendar(path: Path) -> int:
    """Store the days of the file; they count at once. Returns the exit code."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    entries = parse_calendar(data)
    year = asyncio.run(_publish(load_settings(), entries))
    kinds = Counter(entry.kind for entry in entries)
    print(f"The calendar of {year} is taken in: {kinds[DayKind.DAY_OFF]} days off, {kinds[DayKind.WORKDAY]} workdays.")
    return 0


async def _publish(settings: Settings, entries: Sequence[CalendarEntry]) -> int:
    url = None if settings.database_url is None else settings.database_url.get_secret_value()
    async with open_database(url, settings.data_dir) as database:
        await database.migrate()
        async with database.sessions.begin() as session:
            return await service.publish_year(session, entries, utc_now())
