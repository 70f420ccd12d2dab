"""The SQL of the business calendar. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.hours.rules import Calendar, CalendarEntry, DayKind, Source, Span, clock, parse_span
from callcenter.hours.state_council import with_published
from callcenter.hours.tables import CalendarDay, PushedPlan, WeekdayHours
from callcenter.outbox import store as outbox
from callcenter.outbox.rules import Change, Kind


async def load_calendar(session: AsyncSession, first: date, last: date) -> Calendar:
    """The calendar, of which the days from `first` to `last` will be asked.

    A published year that nobody has written down yet is read from where it would be taken.
    """
    return with_published(await load_written(session, first, last), range(first.year, last.year + 1))


async def load_written(session: AsyncSession, first: date, last: date) -> Calendar:
    """What is written down of these days."""
    within = CalendarDay.business_date.between(first, last)
    days = await session.scalars(select(CalendarDay).where(within))
    hours = await session.scalars(select(WeekdayHours))
    year = func.extract("year", CalendarDay.business_date)
    years = await session.scalars(select(year).where(CalendarDay.source == Source.PUBLISHED).distinct())
    return Calendar(
        entries={(day.business_date, Source(day.source)): _entry(day) for day in days},
        weekday_hours={row.weekday: _spans(row.spans) for row in hours},
        published_years=frozenset(int(number) for number in years),
    )


async def save_entries(
    session: AsyncSession, entries: Iterable[CalendarEntry], *, by: int | None, at: datetime
) -> None:
    """Write down days; what says the same already keeps its author and moment."""
    rows = [
        {
            "business_date": entry.business_date,
            "source": entry.source.value,
            "kind": entry.kind.value,
            "spans": None if entry.spans is None else _texts(entry.spans),
            "note": entry.note,
            "changed_by": by,
            "changed_at": at,
        }
        for entry in entries
    ]
    if not rows:
        return
    save = insert_or(CalendarDay)
    columns = ("kind", "spans", "note")
    differs = [CalendarDay.__table__.c[name].is_distinct_from(save.excluded[name]) for name in columns]
    new = {name: save.excluded[name] for name in (*columns, "changed_by", "changed_at")}
    has_changed = differs[0] | differs[1] | differs[2]
    await session.execute(
        save.on_conflict_do_update(index_elements=["business_date", "source"], set_=new, where=has_changed), rows
    )


async def add_changed_days(session: AsyncSession, days: Iterable[date], *, by: int | None, at: datetime) -> None:
    """Have everyone who follows the calendar look at these days. Belongs into the transaction that changes them."""
    changes = [Change(kind=Kind.CALENDAR_DAY, key=day.isoformat()) for day in days]
    await outbox.add(session, changes, by=by, at=at)


async def list_published_at(session: AsyncSession, at: datetime) -> Sequence[date]:
    """The published days that were written down, or corrected, at that moment."""
    written = (CalendarDay.source == Source.PUBLISHED) & (CalendarDay.changed_at == at)
    return (await session.scalars(select(CalendarDay.business_date).where(written))).all()


async def remove_published(session: AsyncSession, year: int, *, except_on: Sequence[date]) -> Sequence[date]:
    """Forget what was published of a year, but for these days; what was forgotten."""
    statement = delete(CalendarDay).where(
        CalendarDay.source == Source.PUBLISHED,
        func.extract("year", CalendarDay.business_date) == year,
        CalendarDay.business_date.not_in(except_on),
    )
    return (await session.scalars(statement.returning(CalendarDay.business_date))).all()


async def remove_local(session: AsyncSession, day: date) -> bool:
    """False where nobody had written anything about the day."""
    statement = delete(CalendarDay).where(CalendarDay.business_date == day, CalendarDay.source == Source.LOCAL)
    return (await session.execute(statement.returning(CalendarDay.business_date))).first() is not None


async def save_weekday_hours(
    session: AsyncSession, weekday: int, spans: Sequence[Span], *, by: int, at: datetime
) -> None:
    new = {"spans": _texts(spans), "changed_by": by, "changed_at": at}
    save = insert_or(WeekdayHours).values(weekday=weekday, **new)
    await session.execute(save.on_conflict_do_update(index_elements=["weekday"], set_=new))


async def save_pushed(session: AsyncSession, pbx: str, values: Mapping[str, str], at: datetime) -> None:
    """The PBX has these values; others of it are forgotten."""
    gone = delete(PushedPlan).where(PushedPlan.pbx == pbx, PushedPlan.key.not_in(list(values)))
    await session.execute(gone)
    save = insert_or(PushedPlan)
    new = {"value": save.excluded.value, "pushed_at": save.excluded.pushed_at}
    rows = [{"pbx": pbx, "key": key, "value": value, "pushed_at": at} for key, value in sorted(values.items())]
    await session.execute(save.on_conflict_do_update(index_elements=["pbx", "key"], set_=new), rows)


async def load_pushed(session: AsyncSession, pbx: str) -> dict[str, tuple[str, datetime]]:
    """Value and moment by key."""
    rows = await session.scalars(select(PushedPlan).where(PushedPlan.pbx == pbx))
    return {row.key: (row.value, row.pushed_at) for row in rows}


def _entry(row: CalendarDay) -> CalendarEntry:
    return CalendarEntry(
        business_date=row.business_date,
        kind=DayKind(row.kind),
        source=Source(row.source),
        spans=None if row.spans is None else _spans(row.spans),
        note=row.note,
    )


def _spans(texts: Iterable[str]) -> tuple[Span, ...]:
    return tuple(parse_span(*text.split("-")) for text in texts)


def _texts(spans: Iterable[Span]) -> list[str]:
    return [f"{clock(span.opens)}-{clock(span.closes)}" for span in spans]
