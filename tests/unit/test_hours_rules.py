"""Which hours a date has, when the hotline opens next, and what the PBX is told."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.errors import InputError
from callcenter.hours.rules import (
    USUAL_HOURS,
    Calendar,
    CalendarEntry,
    CalendarMissing,
    DayKind,
    Source,
    Span,
    check_spans,
    is_late,
    missing_year,
    parse_span,
    plan_keys,
    plan_of,
)
from callcenter.hours.state_council import list_published

MORNING, AFTERNOON = parse_span("08:30", "12:00"), parse_span("13:30", "17:30")


def calendar(*local: CalendarEntry, weekday_hours: dict[int, tuple[Span, ...]] | None = None) -> Calendar:
    """2025 and 2026 as published, and what supervisors wrote."""
    entries = [*list_published(2025), *list_published(2026), *local]
    return Calendar(
        entries={(entry.business_date, entry.source): entry for entry in entries},
        weekday_hours=weekday_hours or {},
        published_years={2025, 2026},
    )


def local(day: date, kind: DayKind, *spans: Span) -> CalendarEntry:
    return CalendarEntry(business_date=day, kind=kind, source=Source.LOCAL, spans=spans or None)


def after_workdays(day: date, number: int) -> date:
    while number:
        day += timedelta(days=1)
        number -= calendar().is_workday(day)
    return day


@pytest.mark.parametrize(
    ("begin", "workdays", "end"),
    [
        (date(2026, 2, 13), 7, date(2026, 3, 2)),
        (date(2026, 4, 29), 7, date(2026, 5, 12)),
        (date(2026, 9, 18), 7, date(2026, 9, 29)),
        (date(2026, 1, 3), 7, date(2026, 1, 12)),
        (date(2026, 9, 30), 15, date(2026, 10, 27)),
        (date(2026, 1, 5), 45, date(2026, 3, 13)),
    ],
)
def test_working_days_are_counted_as_the_state_council_has_them(begin: date, workdays: int, end: date) -> None:
    assert after_workdays(begin, workdays) == end


def test_2026_has_248_workdays_33_published_days_off_and_six_days_worked_for_them() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    known = calendar()
    assert sum(known.is_workday(day) for day in days) == 248
    worked = [day for day in days if known.is_workday(day) and day.weekday() > 4]
    assert [(day.month, day.day) for day in worked] == [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]


def test_a_saturday_worked_in_exchange_has_saturdays_hours_and_an_ordinary_one_none() -> None:
    known = calendar(weekday_hours={5: (MORNING,)})
    assert known.spans_of(date(2026, 2, 14)) == (MORNING,)
    assert known.spans_of(date(2026, 2, 7)) == ()
    assert known.spans_of(date(2026, 2, 6)) == USUAL_HOURS


def test_what_a_supervisor_wrote_goes_before_what_was_published() -> None:
    repairs, fair = date(2026, 3, 12), date(2026, 3, 15)
    known = calendar(local(repairs, DayKind.DAY_OFF), local(fair, DayKind.DAY_OFF, AFTERNOON))
    assert (known.is_workday(repairs), known.spans_of(repairs)) == (False, ())
    assert (known.is_workday(fair), known.spans_of(fair)) == (False, (AFTERNOON,))


def test_a_year_that_was_not_published_is_not_guessed() -> None:
    with pytest.raises(CalendarMissing, match="2027"):
        calendar().is_workday(date(2027, 3, 1))
    known = calendar(local(date(2027, 1, 1), DayKind.DAY_OFF))
    assert known.is_workday(date(2027, 1, 1)) is False
    assert plan_of(known, date(2027, 1, 2)) == ""


@pytest.mark.parametrize(
    ("at", "is_open", "next_opening"),
    [
        ("2026-02-14T20:00", False, "2026-02-24T08:30"),
        ("2026-02-14T08:29", False, "2026-02-14T08:30"),
        ("2026-02-14T08:30", True, "2026-02-14T13:30"),
        ("2026-02-14T12:00", False, "2026-02-14T13:30"),
        ("2026-02-14T17:29", True, "2026-02-24T08:30"),
        ("2026-10-01T20:00", False, "2026-10-08T08:30"),
        ("2026-12-31T20:00", False, None),
    ],
)
def test_when_the_hotline_is_open_and_opens_next(at: str, is_open: bool, next_opening: str | None) -> None:
    known = calendar(weekday_hours=dict.fromkeys(range(7), (MORNING, AFTERNOON)))
    moment = datetime.fromisoformat(at)
    expected = None if next_opening is None else datetime.fromisoformat(next_opening)
    assert (known.is_open(moment), known.find_next_opening(moment)) == (is_open, expected)


def test_the_pbx_is_told_each_day_and_when_the_next_begins_and_nothing_where_the_calendar_ends() -> None:
    known = calendar(weekday_hours={5: (MORNING, AFTERNOON)})
    told = dict(plan_keys(known, date(2026, 2, 13)))
    assert told["hours/20260212"] == "0830-1730/20260213-0830"
    assert told["hours/20260214"] == "0830-1200&1330-1730/20260224-0830"
    assert told["hours/20260217"] == "closed/20260224-0830"
    assert len(told) == 62
    told = dict(plan_keys(known, date(2026, 12, 30)))
    assert told["hours/20261230"] == "0830-1730/20261231-0830"
    assert told["hours/20261231"] == "0830-1730/unknown"
    assert told["hours/20270101"] == ""


@given(st.integers(0, 700), st.integers(0, 24 * 60 - 1))
def test_a_next_opening_is_open_and_lies_ahead_and_nothing_opens_between(days: int, minutes: int) -> None:
    known = calendar(weekday_hours=dict.fromkeys(range(7), (MORNING, AFTERNOON)))
    moment = datetime.fromisoformat("2025-01-01T00:00") + timedelta(days=days, minutes=minutes)
    opening = known.find_next_opening(moment)
    if opening is None:
        assert moment >= datetime.fromisoformat("2026-12-31T13:30")
        return
    assert opening > moment
    assert known.is_open(opening)
    assert not known.is_open(opening - timedelta(minutes=1))
    between = (moment + timedelta(minutes=30) * step for step in range(1, (opening - moment) // timedelta(minutes=30)))
    states = [known.is_open(moment), *map(known.is_open, between)]
    assert states == sorted(states, reverse=True), "it may close once before it opens again"


@pytest.mark.parametrize(
    "spans",
    [
        (("08:30", "12:00"), ("11:59", "13:00")),
        (("08:30", "12:00"), ("12:00", "13:00")),
        (("08:30", "08:30"),),
        (("12:00", "08:30"),),
        (("8:30", "12:00"),),
        (("08:30", "24:01"),),
        tuple((f"{hour:02}:00", f"{hour:02}:30") for hour in range(7)),
    ],
)
def test_spans_that_make_no_day_are_refused(spans: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(InputError):
        check_spans(parse_span(*span) for span in spans)


def test_spans_come_in_order_and_may_reach_to_midnight() -> None:
    evening = parse_span("18:00", "24:00")
    assert check_spans([evening, MORNING]) == (MORNING, evening)


@pytest.mark.parametrize(
    ("today", "years", "missing"),
    [
        (date(2026, 11, 30), {2026}, None),
        (date(2026, 12, 1), {2026}, 2027),
        (date(2026, 12, 1), {2026, 2027}, None),
        (date(2027, 1, 1), {2026}, 2027),
    ],
)
def test_the_next_years_calendar_is_missed_from_december_on(today: date, years: set[int], missing: int | None) -> None:
    assert missing_year(today, years) == missing


def test_a_plan_looked_at_more_than_a_day_ago_is_late() -> None:
    now = datetime.fromisoformat("2026-11-23T08:00")
    assert [is_late(now - timedelta(hours=hours), now) for hours in (24, 25)] == [False, True]
    assert is_late(None, now)
