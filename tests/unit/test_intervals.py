"""Ranges of business days, cut as the local clock has them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.errors import InputError
from callcenter.statistics.intervals import Days, Interval, Span, check_days, count_hours, covered, cut, find_span

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def begins(first: str, last: str, interval: Interval, zone: ZoneInfo = SHANGHAI) -> list[str]:
    days = check_days(date.fromisoformat(first), date.fromisoformat(last))
    return [span.from_at.astimezone(zone).strftime("%m-%d %H:%M") for span in cut(days, interval, zone)]


def test_weeks_begin_on_monday_and_months_on_the_first_and_both_are_clipped() -> None:
    weeks = begins("2026-11-26", "2026-12-08", Interval.WEEK)
    assert weeks == ["11-26 00:00", "11-30 00:00", "12-07 00:00"]
    assert begins("2026-11-26", "2027-01-01", Interval.MONTH) == ["11-26 00:00", "12-01 00:00", "01-01 00:00"]


def test_a_day_has_as_many_hours_as_the_clock_says() -> None:
    assert len(begins("2026-11-23", "2026-11-23", Interval.HOUR)) == 24
    assert len(begins("2026-03-29", "2026-03-29", Interval.HOUR, BERLIN)) == 23
    assert len(begins("2026-10-25", "2026-10-25", Interval.QUARTER_OF_AN_HOUR, BERLIN)) == 100


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-11-23", "2026-11-22"), ("2026-01-01", "2027-01-02"), ("1999-12-31", "2000-01-01"), ("3000-01-01",) * 2],
)
def test_a_range_out_of_reason_is_refused(first: str, last: str) -> None:
    with pytest.raises(InputError):
        check_days(date.fromisoformat(first), date.fromisoformat(last))


def test_too_many_intervals_are_refused() -> None:
    with pytest.raises(InputError):
        begins("2026-01-01", "2026-12-31", Interval.QUARTER_OF_AN_HOUR)


@given(
    st.dates(date(2025, 1, 1), date(2027, 1, 1)),
    st.integers(0, 14),
    st.sampled_from(Interval),
    st.sampled_from([SHANGHAI, BERLIN]),
    st.integers(0, 15 * 86_400),
)
def test_the_intervals_cover_the_range_without_overlap(
    first: date, more: int, interval: Interval, zone: ZoneInfo, seconds: int
) -> None:
    days = Days(first=first, last=first + timedelta(days=more))
    spans = cut(days, interval, zone)
    whole = days.span(zone)
    assert (spans[0].from_at, spans[-1].to_at) == (whole.from_at, whole.to_at)
    assert all(one.to_at == other.from_at for one, other in pairwise(spans))
    assert all(span.from_at < span.to_at for span in spans)
    moment = whole.from_at.astimezone(UTC) + timedelta(seconds=seconds)
    number = find_span(spans, moment)
    holding = [index for index, span in enumerate(spans) if span.from_at <= moment < span.to_at]
    assert holding == ([] if number is None else [number])


def test_time_covered_twice_counts_once() -> None:
    def span(begin: int, end: int) -> Span:
        origin = datetime(2026, 11, 23, tzinfo=UTC)
        return Span(from_at=origin + timedelta(seconds=begin), to_at=origin + timedelta(seconds=end))

    assert covered(span(10, 20), []) == timedelta()
    times = [span(15, 17), span(0, 12), span(11, 16), span(19, 99), span(30, 40)]
    assert covered(span(10, 20), times) == timedelta(seconds=8)


def test_an_hour_that_clocks_show_twice_counts_twice_and_one_they_leave_out_not_at_all() -> None:
    autumn = count_hours(check_days(date(2026, 10, 25), date(2026, 10, 25)), BERLIN)
    spring = count_hours(check_days(date(2026, 3, 29), date(2026, 3, 29)), BERLIN)
    half_an_hour = count_hours(check_days(date(2026, 4, 5), date(2026, 4, 5)), ZoneInfo("Australia/Lord_Howe"))
    both = count_hours(check_days(date(2026, 3, 29), date(2026, 4, 5)), BERLIN)
    usual = {(7, hour): 1.0 for hour in range(24)}

    assert {cell: count for cell, count in autumn.items() if count} == usual | {(7, 2): 2.0}
    assert {cell: count for cell, count in spring.items() if count} == {
        cell: count for cell, count in usual.items() if cell != (7, 2)
    }
    assert {cell: count for cell, count in half_an_hour.items() if count} == usual | {(7, 1): 1.5}
    assert (both[7, 2], both[7, 3], both[1, 2]) == (1.0, 2.0, 1.0)
    assert set(count_hours(check_days(date(2026, 11, 23), date(2026, 11, 29)), SHANGHAI).values()) == {1.0}
    ahead = Days(first=date(2026, 11, 23), last=date(2026, 11, 20))
    assert set(count_hours(ahead, SHANGHAI).values()) == {0.0}


def test_what_is_covered_of_a_day_is_as_long_as_it_was_and_not_as_the_clocks_say() -> None:
    days = check_days(date(2026, 10, 25), date(2026, 10, 25))
    (day,) = cut(days, Interval.DAY, BERLIN)
    always = Span(from_at=datetime(2026, 1, 1, tzinfo=UTC), to_at=datetime(2027, 1, 1, tzinfo=UTC))

    assert covered(day, [always]) == covered(days.span(BERLIN), [always]) == timedelta(hours=25)
    assert sum((covered(hour, [always]) for hour in cut(days, Interval.HOUR, BERLIN)), timedelta()) == timedelta(
        hours=25
    )
