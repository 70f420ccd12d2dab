"""Ranges of business days, cut as the local clock has them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.errors import InputError
from callcenter.statistics.intervals import Days, Interval, Span, check_days, covered, cut, find_span

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
