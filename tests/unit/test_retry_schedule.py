"""When a caller is tried again, by when they must have been talked to, and at which hours people may be called."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.callbacks.retry_schedule import (
    count_attempts,
    find_contact_due_at,
    find_next_try_at,
    find_overdue_before,
    find_possibly_overdue_before,
    part_of,
)
from callcenter.hours.calling_hours import CallingHours
from callcenter.hours.rules import CalendarMissing
from callcenter.hours.state_council import published_calendar
from callcenter.time_spans import Span

SHANGHAI = ZoneInfo("Asia/Shanghai")
is_workday = published_calendar(range(2025, 2028)).is_workday
HOURS = CallingHours(
    workday=(Span.parse("09:00-12:00"), Span.parse("14:00-20:00")),
    day_off=(Span.parse("10:00-12:00"), Span.parse("15:00-19:00")),
    timezone=SHANGHAI,
)


def local(text: str) -> datetime:
    """`Mo 09:00` of the week of 23 November 2026, whose weekend is off."""
    day, clock = text.split()
    days = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "Mo2", "Tu2"].index(day)
    return datetime.combine(date(2026, 11, 23) + timedelta(days=days), time.fromisoformat(clock), SHANGHAI)


MOMENTS = st.timedeltas(timedelta(days=-280), timedelta(days=10)).map(lambda ago: local("Mo 00:00") + ago)


def no_calendar(day: date) -> bool:
    raise CalendarMissing(day.year)


@pytest.mark.parametrize(
    ("tried", "next_try"),
    [
        ([], None),
        (["Mo 09:30"], "Mo 14:00"),
        (["Mo 12:30"], "Mo 14:00"),
        (["Mo 14:00"], "Mo 17:00"),
        (["Mo 17:30"], "Tu 09:00"),
        (["Mo 09:30", "Mo 14:30"], "Mo 17:00"),
        (["Mo 09:30", "Mo 17:30"], "Tu 14:00"),
        (["Mo 09:30", "Tu 09:30"], "Tu 14:00"),
        (["Mo 09:30", "Mo 14:30", "Mo 17:30"], "Tu 09:00"),
        (["Fr 17:30"], "Mo2 09:00"),
        (["Fr 14:30", "Fr 17:30"], "Mo2 09:00"),
        (["Sa 11:00"], "Mo2 14:00"),
    ],
)
def test_a_caller_is_tried_again_in_another_part_of_a_working_day(tried: list[str], next_try: str | None) -> None:
    found = find_next_try_at([local(text) for text in tried], HOURS, is_workday)
    assert found == (None if next_try is None else local(next_try))


@given(MOMENTS)
def test_whoever_keeps_to_the_ladder_tries_at_most_three_times_a_day_and_each_part_once_in_three(
    first: datetime,
) -> None:
    tried = [first]
    for _ in range(8):
        upcoming = find_next_try_at(tried, HOURS, is_workday)
        assert upcoming is not None
        assert is_workday(upcoming.date())
        tried.append(upcoming)
    assert all(one < other for one, other in pairwise(tried))
    assert max(Counter(at.date() for at in tried[1:]).values()) <= 3
    assert len({part_of(at) for at in tried[3:6]}) == 3


@pytest.mark.parametrize(
    ("tried", "counted"),
    [
        ([], 0),
        (["Mo 09:30", "Mo 09:31", "Mo 09:32"], 1),
        (["Mo 09:30", "Tu 09:30", "We 09:30"], 1),
        (["Mo 09:30", "Mo 14:30", "Tu 09:30"], 2),
        (["Mo 09:30", "Mo 14:30", "Mo 17:30"], 3),
        (["Mo 09:30", "Tu 14:30", "Sa 18:30"], 3),
    ],
)
def test_attempts_count_that_lie_in_different_parts_of_the_day(tried: list[str], counted: int) -> None:
    assert count_attempts([local(text) for text in tried], HOURS) == counted


def test_where_people_are_called_in_the_morning_alone_attempts_count_on_different_days() -> None:
    mornings = replace(HOURS, workday=(Span.parse("10:00-12:00"),))
    tried = [local("Mo 10:30"), local("Mo 11:30"), local("Tu 10:30")]
    assert count_attempts(tried, mornings) == 2
    assert find_next_try_at(tried, mornings, is_workday) == local("We 10:00")
    assert find_contact_due_at(local("Mo 10:30"), mornings, is_workday) == local("We 12:00")


def test_without_a_calendar_every_day_is_one_to_try_again_but_no_deadline_is_guessed() -> None:
    assert find_next_try_at([local("Fr 17:30")], HOURS, no_calendar) == local("Sa 09:00")
    assert find_contact_due_at(local("Fr 17:30"), HOURS, no_calendar) is None
    assert find_overdue_before(local("Fr 17:30"), HOURS, no_calendar) is None


def day_of(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def published_until_2026(day: date) -> bool:
    if day.year > 2026:
        raise CalendarMissing(day.year)
    return is_workday(day)


@pytest.mark.parametrize(
    ("now", "surely", "possibly"),
    [
        ("2026-12-29 12:00", "2026-12-25", "2026-12-25"),
        ("2026-12-30 00:00", "2026-12-28", "2026-12-28"),
        ("2026-12-31 20:01", "2026-12-30", "2026-12-30"),
        ("2027-01-04 09:00", "2026-12-30", "2027-01-02"),
        ("2028-02-29 09:00", "2026-12-30", "2028-02-27"),
    ],
)
def test_where_the_calendar_ends_is_said_who_is_surely_overdue_and_who_may_be(
    now: str, surely: str, possibly: str
) -> None:
    assert find_overdue_before(day_of(now), HOURS, published_until_2026) == day_of(surely)
    assert find_possibly_overdue_before(day_of(now), HOURS, published_until_2026) == day_of(possibly)


@pytest.mark.parametrize(
    ("lost", "due"),
    [("Mo 00:01", "We 20:00"), ("Mo 23:59", "We 20:00"), ("Th 09:00", "Mo2 20:00"), ("Sa 09:00", "Tu2 20:00")],
)
def test_the_caller_must_have_been_talked_to_on_the_second_working_day(lost: str, due: str) -> None:
    assert find_contact_due_at(local(lost), HOURS, is_workday) == local(due)


@given(
    MOMENTS,
    st.timedeltas(timedelta(), timedelta(days=20)),
)
def test_whoever_was_lost_before_that_moment_is_overdue_and_nobody_else(now: datetime, ago: timedelta) -> None:
    lost_at = now - ago
    due_at = find_contact_due_at(lost_at, HOURS, is_workday)
    overdue_before = find_overdue_before(now, HOURS, is_workday)
    assert due_at is not None
    assert overdue_before is not None
    assert (due_at < now) is (lost_at < overdue_before)


@pytest.mark.parametrize(
    ("at", "may_call"),
    [
        ("Mo 08:59", False),
        ("Mo 09:00", True),
        ("Mo 12:00", False),
        ("Mo 13:59", False),
        ("Mo 19:59", True),
        ("Mo 20:00", False),
        ("Sa 09:30", False),
        ("Sa 10:00", True),
        ("Sa 14:30", False),
        ("Sa 18:59", True),
        ("Sa 19:00", False),
    ],
)
def test_people_are_called_at_the_hours_of_the_day(at: str, may_call: bool) -> None:
    assert HOURS.allow(local(at), is_workday) is may_call


def test_a_time_that_the_caller_named_goes_before_the_hours_and_not_a_minute_before_it_has_come() -> None:
    promised_at = local("Mo 21:00")
    asked = ["Mo 20:59", "Mo 21:00", "Mo 22:00", "Mo 22:01"]
    allowed = [HOURS.allow(local(at), is_workday, promised_at=promised_at) for at in asked]
    assert allowed == [False, True, True, False]


def test_without_a_calendar_only_hours_of_both_kinds_of_day_are_allowed() -> None:
    asked = ["Mo 09:30", "Mo 10:30", "Mo 14:30", "Mo 15:30", "Mo 19:30"]
    assert [HOURS.allow(local(at), no_calendar) for at in asked] == [False, True, False, True, False]


@pytest.mark.parametrize("text", ["", "09:00", "09-", "12:00-09:00", "09:00-09:00", "9-25:00", "x-y"])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="hours"):
        Span.parse(text)


def test_a_whole_day_can_be_written() -> None:
    whole = CallingHours(workday=(Span.parse("00:00-24:00"),), day_off=(), timezone=SHANGHAI)
    assert whole.allow(local("Mo 23:59"), is_workday)
    assert whole.allow(local("Mo 00:00"), is_workday)
    assert not whole.allow(local("Sa 12:00"), is_workday)
