"""Freezing a period: one transaction, and once for each period however many try."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from importlib.metadata import version

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.analysis.periods import DAY, Period, PeriodKind, count_workdays, list_of_year
from callcenter.analysis.snapshots import store
from callcenter.analysis.snapshots.canonical import to_json
from callcenter.analysis.snapshots.corrections import find_corrections
from callcenter.analysis.snapshots.persons import PersonKeys
from callcenter.analysis.snapshots.register import Reading, read_period, read_tickets
from callcenter.analysis.snapshots.store import RowCorrection, Snapshot
from callcenter.casework.metrics.definitions import VERSION
from callcenter.casework.thresholds.store import read_thresholds
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError
from callcenter.hours.rules import Calendar
from callcenter.hours.store import load_calendar
from callcenter.settings import Settings

LONGEST_CUSTOM = timedelta(days=366)


async def freeze_period(
    session: AsyncSession, period: Period, *, settings: Settings, now: datetime, by: int | None = None
) -> Snapshot:
    """The snapshot of a period that has ended; the one that there is, where it was frozen before.

    `by` is the id of the user, None for the nightly job. What was changed of earlier rows since the snapshot before is
    listed with it.
    """
    known = await store.find_snapshot(session, period)
    if known is not None:
        return known
    reading = await _prepare(session, period, settings)
    last_event_id = await store.find_last_event(session)
    rows = await read_period(session, reading)
    made = await store.add_snapshot(
        session,
        period,
        rows,
        cut_off_at=now,
        last_event_id=last_event_id,
        metric_version=VERSION,
        code_version=version("callcenter"),
        made_by=by,
    )
    if made is None:
        frozen = await store.find_snapshot(session, period)
        assert frozen is not None  # noqa: S101 - whoever made it has committed, or we would have made it
        return frozen
    await _correct_earlier(session, made, reading)
    return made


async def freeze_by_hand(
    session: AsyncSession,
    kind: PeriodKind,
    first: date,
    last: date | None,
    name: str | None,
    *,
    settings: Settings,
    now: datetime,
    by: int,
) -> Snapshot:
    """Raises InputError for days that are no such period, ConflictError before it has ended, CalendarMissing."""
    calendar = await load_calendar(session, date(first.year, 1, 1), date((last or first).year, 12, 31))
    period = to_period(kind, first, last, name, calendar)
    if period.last >= now.astimezone(settings.timezone).date():
        raise ConflictError("The period has not ended yet.", code=ErrorCode.PERIOD_NOT_ENDED)
    count_workdays(period, calendar)
    return await freeze_period(session, period, settings=settings, now=now, by=by)


def to_period(kind: PeriodKind, first: date, last: date | None, name: str | None, calendar: Calendar) -> Period:
    """The period of that kind that begins on that day. Raises InputError, CalendarMissing."""
    if kind is PeriodKind.CUSTOM:
        if last is None or not first <= last < first + LONGEST_CUSTOM:
            raise InputError("A custom period has a last day within a year.", code=ErrorCode.NO_SUCH_PERIOD)
        return Period(kind=kind, first=first, last=last, name=name)
    for known in list_of_year(kind, first.year, calendar):
        if known.first == first and last in (None, known.last) and name in (None, known.name):
            return known
    raise InputError(f"No {kind} begins and ends so.", code=ErrorCode.NO_SUCH_PERIOD)


async def _prepare(session: AsyncSession, period: Period, settings: Settings) -> Reading:
    since, until = (datetime.combine(day, time(), settings.timezone) for day in (period.first, period.last + DAY))
    key = settings.personal_data_key
    keys = (
        PersonKeys(await store.get_secret(session)) if key is None else PersonKeys.derived_from(key.get_secret_value())
    )
    return Reading(
        since=since,
        until=until,
        thresholds=await read_thresholds(session, until - DAY),
        keys=keys,
        area_code=settings.area_code,
    )


async def _correct_earlier(session: AsyncSession, made: Snapshot, reading: Reading) -> None:
    before = await store.find_before(session, made.period)
    if before is None or await store.has_later(session, made.period):
        return
    numbers = await store.list_changed(session, made.period.kind, before)
    if not numbers:
        return
    known = await store.find_known(session, made.period.kind, numbers, before=made.id)
    corrections = [
        RowCorrection(number=row.number, of_snapshot_id=known[row.number].snapshot_id, correction=one)
        for row in await read_tickets(session, reading, known)
        for one in find_corrections(known[row.number].row, to_json(row))
    ]
    await store.add_corrections(session, made.id, corrections)
