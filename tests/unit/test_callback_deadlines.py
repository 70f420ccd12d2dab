"""Deadlines of the first call back, on the working calendar of 2026."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from callcenter.callbacks.deadlines import describe_deadline, find_due_at, move_due_at
from callcenter.hours.calling_hours import CallingHours
from callcenter.hours.rules import CalendarMissing
from callcenter.hours.state_council import published_calendar
from callcenter.settings import Settings

SHANGHAI = ZoneInfo("Asia/Shanghai")
is_workday = published_calendar(range(2025, 2028)).is_workday
HOURS = CallingHours.of(Settings())


@pytest.mark.parametrize(
    ("lost", "due"),
    [
        ("2026-11-23 09:00", "2026-11-23 11:00"),
        ("2026-11-23 09:30", "2026-11-23 11:30"),
        ("2026-11-23 10:00", "2026-11-23 12:00"),
        ("2026-11-23 11:30", "2026-11-23 15:30"),
        ("2026-11-23 12:30", "2026-11-23 16:00"),
        ("2026-11-23 18:00", "2026-11-23 20:00"),
        ("2026-11-23 18:01", "2026-11-24 10:00"),
        ("2026-11-23 23:59", "2026-11-24 10:00"),
        ("2026-11-23 00:01", "2026-11-23 10:00"),
        ("2026-11-23 08:59", "2026-11-23 10:00"),
        ("2026-11-27 21:00", "2026-11-30 10:00"),
        ("2026-11-28 11:00", "2026-11-30 10:00"),
        ("2026-02-13 19:00", "2026-02-14 10:00"),
        ("2026-02-14 19:00", "2026-02-24 10:00"),
        ("2026-09-30 20:30", "2026-10-08 10:00"),
    ],
)
def test_the_first_attempt_is_due_in_two_working_hours_or_at_ten_on_the_next_working_day(lost: str, due: str) -> None:
    lost_at = datetime.fromisoformat(lost).replace(tzinfo=SHANGHAI)
    found = find_due_at(lost_at, HOURS, is_workday)
    assert found is not None
    assert found.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") == due


@pytest.mark.parametrize(
    ("hours", "lost", "due"),
    [
        ("08:00-18:00", "2026-11-23 08:10", "2026-11-23 10:10"),
        ("08:00-18:00", "2026-11-23 16:30", "2026-11-24 10:00"),
        ("10:30-12:00", "2026-11-23 09:00", "2026-11-23 11:30"),
        ("10:30-12:00", "2026-11-23 10:40", "2026-11-24 11:30"),
        ("10:30-11:00", "2026-11-23 20:00", "2026-11-24 11:00"),
    ],
)
def test_deadlines_follow_the_hours_that_are_set(hours: str, lost: str, due: str) -> None:
    set_hours = CallingHours.of(Settings(calling_hours_workday=(hours,)))
    found = find_due_at(datetime.fromisoformat(lost).replace(tzinfo=SHANGHAI), set_hours, is_workday)
    assert found == datetime.fromisoformat(due).replace(tzinfo=SHANGHAI)
    assert hours in describe_deadline(set_hours)


def test_days_worked_in_exchange_for_a_holiday_are_workdays_and_the_holidays_are_not() -> None:
    worked = [date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20)]
    assert all(is_workday(day) for day in [*worked, date(2026, 10, 10), date(2025, 10, 11)])
    off = [date(2026, 1, 2), date(2026, 2, 16), date(2026, 4, 6), date(2026, 6, 19), date(2026, 9, 25)]
    assert not any(is_workday(day) for day in [*off, date(2026, 10, 7), date(2026, 11, 22)])


def test_the_year_2026_has_248_working_days() -> None:
    days = (date.fromordinal(number) for number in range(date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal()))
    assert sum(map(is_workday, days)) == 248


def test_no_deadline_is_guessed_in_a_year_whose_calendar_is_not_published() -> None:
    with pytest.raises(CalendarMissing, match="2099"):
        is_workday(date(2099, 1, 5))
    assert find_due_at(datetime(2099, 1, 5, 2, tzinfo=SHANGHAI), HOURS, is_workday) is None


def test_a_deadline_that_would_fall_into_an_unpublished_year_is_not_guessed() -> None:
    def only_2026(day: date) -> bool:
        if day.year != 2026:
            raise CalendarMissing(day.year)
        return is_workday(day)

    assert find_due_at(datetime(2026, 12, 31, 21, tzinfo=SHANGHAI), HOURS, only_2026) is None


@pytest.mark.parametrize(
    ("due_at", "by_rule", "moved"),
    [
        (12, 34, 34),
        (34, 12, 12),
        (12, None, None),
        (None, 12, 12),
        (None, 8, 8),
        (10, 34, 10),
        (9, 34, 9),
        (9, None, 9),
        (34, 10, 34),
        (34, 8, 34),
    ],
)
def test_a_deadline_follows_the_calendar_unless_one_of_the_two_had_passed_at_ten(
    due_at: int | None, by_rule: int | None, moved: int | None
) -> None:
    def at(hour: int | None) -> datetime | None:
        return None if hour is None else datetime(2026, 11, 24, tzinfo=SHANGHAI) + timedelta(hours=hour)

    assert move_due_at(at(due_at), at(by_rule), datetime(2026, 11, 24, 10, tzinfo=SHANGHAI)) == at(moved)
