"""Days and moments ahead, on the working calendar of 2026."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.hours.deadlines import (
    Pause,
    add_days,
    add_workdays,
    add_working_time,
    assume_workdays,
    count_working_time,
    find_opening,
    next_workday,
)
from callcenter.hours.rules import CalendarMissing
from callcenter.hours.state_council import published_calendar
from callcenter.time_spans import Span

SHANGHAI = ZoneInfo("Asia/Shanghai")
SPANS = (Span.parse("14:00-20:00"), Span.parse("09:00-12:00"))
OF_A_DAY = timedelta(hours=9)
is_workday = published_calendar([2025, 2026]).is_workday


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


DAYS = st.dates(date(2025, 1, 1), date(2026, 6, 30))
MOMENTS = st.timedeltas(timedelta(), timedelta(days=668)).map(lambda later: at("2025-01-01 00:00") + later)
NUMBERS = st.integers(0, 50)
TIMES = st.timedeltas(timedelta(seconds=1), timedelta(hours=40))


@pytest.mark.parametrize(
    ("day", "number", "last"),
    [
        ("2026-02-13", 7, "2026-03-02"),
        ("2026-04-29", 7, "2026-05-12"),
        ("2026-09-18", 7, "2026-09-29"),
        ("2026-01-03", 7, "2026-01-12"),
        ("2026-09-30", 15, "2026-10-27"),
        ("2026-01-05", 45, "2026-03-13"),
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-14", 1, "2026-02-24"),
        ("2026-10-01", 0, "2026-10-01"),
    ],
)
def test_workdays_are_counted_from_the_day_after(day: str, number: int, last: str) -> None:
    assert add_workdays(date.fromisoformat(day), number, is_workday) == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("day", "last", "rolled"),
    [
        ("2026-04-20", "2026-06-19", "2026-06-22"),
        ("2026-08-03", "2026-10-02", "2026-10-08"),
        ("2026-03-03", "2026-05-02", "2026-05-06"),
        ("2026-03-10", "2026-05-09", "2026-05-09"),
    ],
)
def test_sixty_days_that_end_on_a_day_off_end_on_the_next_workday(day: str, last: str, rolled: str) -> None:
    found = add_days(date.fromisoformat(day), 60)
    assert (found, next_workday(found, is_workday)) == (date.fromisoformat(last), date.fromisoformat(rolled))


@given(DAYS, NUMBERS, NUMBERS)
def test_workdays_and_days_add_up(day: date, some: int, more: int) -> None:
    assert add_workdays(add_workdays(day, some, is_workday), more, is_workday) == add_workdays(
        day, some + more, is_workday
    )
    assert add_days(add_days(day, some), more) == add_days(day, some + more) == day + timedelta(days=some + more)


@given(DAYS, st.integers(1, 60))
def test_a_number_of_workdays_ends_on_a_workday_with_so_many_since(day: date, number: int) -> None:
    last = add_workdays(day, number, is_workday)
    since = [day + timedelta(days=days) for days in range(1, (last - day).days + 1)]
    assert is_workday(last)
    assert sum(map(is_workday, since)) == number


@pytest.mark.parametrize(
    ("begins_on", "ends_on", "workday", "day"),
    [
        ("2026-03-04", "2026-03-04", "2026-03-11", "2026-03-09"),
        ("2026-03-04", "2026-03-05", "2026-03-12", "2026-03-10"),
        ("2026-03-04", "2026-03-10", "2026-03-17", "2026-03-15"),
        ("2026-03-06", "2026-03-08", "2026-03-11", "2026-03-11"),
        ("2026-03-11", "2026-03-20", "2026-03-11", "2026-03-09"),
        ("2026-02-20", "2026-03-03", "2026-03-12", "2026-03-10"),
    ],
)
def test_days_after_a_pause_began_are_not_counted_until_the_day_after_it_ended(
    begins_on: str, ends_on: str, workday: str, day: str
) -> None:
    pauses = [Pause(begins_on=date.fromisoformat(begins_on), ends_on=date.fromisoformat(ends_on))]
    monday = date(2026, 3, 2)
    assert add_workdays(monday, 7, is_workday, pauses) == date.fromisoformat(workday)
    assert add_days(monday, 7, pauses) == date.fromisoformat(day)


@given(DAYS, st.integers(1, 20), st.integers(0, 19), st.integers(0, 30))
def test_a_pause_before_the_end_moves_it_by_the_days_of_the_pause(
    day: date, number: int, after: int, long: int
) -> None:
    begins_on = day + timedelta(days=min(after, number - 1))
    pauses = [Pause(begins_on=begins_on, ends_on=begins_on + timedelta(days=long))]
    assert add_days(day, number, pauses) == day + timedelta(days=number + long)


@pytest.mark.parametrize(
    ("begin", "hours", "end"),
    [
        ("2026-11-23 09:00", 3, "2026-11-23 12:00"),
        ("2026-11-23 11:30", 2, "2026-11-23 15:30"),
        ("2026-11-23 12:30", 2, "2026-11-23 16:00"),
        ("2026-11-23 07:00", 9, "2026-11-23 20:00"),
        ("2026-11-23 19:00", 2, "2026-11-24 10:00"),
        ("2026-02-13 19:00", 2, "2026-02-14 10:00"),
        ("2026-02-14 19:30", 1, "2026-02-24 09:30"),
        ("2026-10-03 11:00", 18, "2026-10-09 20:00"),
    ],
)
def test_working_time_passes_in_the_hours_of_workdays(begin: str, hours: int, end: str) -> None:
    assert add_working_time(at(begin), timedelta(hours=hours), SPANS, is_workday) == at(end)


@given(MOMENTS, TIMES, TIMES)
def test_working_time_adds_up_and_is_what_lies_between(begin: datetime, some: timedelta, more: timedelta) -> None:
    between = add_working_time(begin, some, SPANS, is_workday)
    end = add_working_time(begin, some + more, SPANS, is_workday)
    assert add_working_time(between, more, SPANS, is_workday) == end
    assert count_working_time(begin, end, SPANS, is_workday) == some + more
    assert is_workday(end.date())
    assert any(span.begin < end.time() <= span.end for span in SPANS)


@given(MOMENTS, st.integers(0, 40))
def test_a_workday_has_all_of_its_hours_and_a_day_off_none(moment: datetime, days: int) -> None:
    end = moment + timedelta(days=days)
    found = count_working_time(moment, end, SPANS, is_workday)
    of_days = sum(is_workday(moment.date() + timedelta(days=number)) for number in range(1, days)) * OF_A_DAY
    assert of_days <= found <= of_days + 2 * OF_A_DAY


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-23 08:00", "2026-11-23 09:00"),
        ("2026-11-23 09:00", "2026-11-23 09:00"),
        ("2026-11-23 10:30", "2026-11-23 10:30"),
        ("2026-11-23 12:00", "2026-11-23 14:00"),
        ("2026-11-23 20:00", "2026-11-24 09:00"),
        ("2026-09-30 21:00", "2026-10-08 09:00"),
        ("2026-10-10 08:00", "2026-10-10 09:00"),
    ],
)
def test_the_next_opening_is_the_moment_itself_within_the_hours(moment: str, opening: str) -> None:
    assert find_opening(at(moment), SPANS, is_workday) == at(opening)


def test_nothing_is_guessed_beyond_the_last_known_year() -> None:
    assert add_workdays(date(2026, 12, 30), 1, is_workday) == date(2026, 12, 31)
    assert count_working_time(
        at("2026-12-31 10:00"), at("2027-01-01 00:00"), SPANS, is_workday
    ) == OF_A_DAY - timedelta(hours=1)
    with pytest.raises(CalendarMissing, match="2027"):
        add_workdays(date(2026, 12, 30), 2, is_workday)
    with pytest.raises(CalendarMissing, match="2027"):
        next_workday(date(2027, 1, 1), is_workday)
    with pytest.raises(CalendarMissing, match="2027"):
        add_working_time(at("2026-12-31 19:00"), timedelta(hours=2), SPANS, is_workday)


def test_days_of_a_missing_calendar_can_be_taken_for_workdays() -> None:
    is_possible = assume_workdays(is_workday)
    assert [is_possible(date(2026, 10, 1)), is_possible(date(2026, 10, 8)), is_possible(date(2027, 1, 1))] == [
        False,
        True,
        True,
    ]
