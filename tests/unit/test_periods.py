"""With which time a report is compared, on the calendar of the State Council."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.analysis.periods import (
    Period,
    PeriodKind,
    count_workdays,
    find_holiday,
    list_ended_on,
    list_holidays,
    parse_period,
    period_before,
    until,
    whole_months,
    year_before,
)
from callcenter.hours.rules import CalendarMissing
from callcenter.hours.state_council import published_calendar

CALENDAR = published_calendar((2025, 2026))
K = PeriodKind


def span(period: Period | None) -> tuple[str, str] | None:
    return None if period is None else (period.first.isoformat(), period.last.isoformat())


@pytest.mark.parametrize(
    ("name", "this_year", "last_year"),
    [
        ("春节", ("2026-02-15", "2026-02-23"), ("2025-01-28", "2025-02-04")),
        ("国庆", ("2026-10-01", "2026-10-07"), ("2025-10-01", "2025-10-08")),
        ("元旦", ("2026-01-01", "2026-01-03"), ("2025-01-01", "2025-01-01")),
        ("中秋", ("2026-09-25", "2026-09-27"), None),
    ],
)
def test_a_holiday_is_compared_with_that_of_the_same_name_unless_it_lay_inside_another(
    name: str, this_year: tuple[str, str], last_year: tuple[str, str] | None
) -> None:
    found = find_holiday(CALENDAR, 2026, name)
    assert found is not None
    assert (span(found), span(year_before(found, CALENDAR)), period_before(found)) == (this_year, last_year, None)


@pytest.mark.parametrize(
    ("kind", "whole", "before", "a_year_before"),
    [
        (K.MONTH, ("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28"), ("2025-03-01", "2025-03-31")),
        (K.QUARTER, ("2026-01-01", "2026-03-31"), ("2025-10-01", "2025-12-31"), ("2025-01-01", "2025-03-31")),
        (K.HALF_YEAR, ("2026-01-01", "2026-06-30"), None, ("2025-01-01", "2025-06-30")),
        (K.YEAR, ("2026-01-01", "2026-12-31"), None, ("2025-01-01", "2025-12-31")),
    ],
)
def test_months_have_two_comparisons_and_halves_of_years_one(
    kind: PeriodKind, whole: tuple[str, str], before: tuple[str, str] | None, a_year_before: tuple[str, str]
) -> None:
    period = whole_months(kind, date(2026, 3, 15))
    found = (span(period), span(period_before(period)), span(year_before(period, CALENDAR)))
    assert found == (whole, before, a_year_before)


def test_a_week_of_its_own_is_compared_with_the_days_before_it_and_with_its_dates_a_year_before() -> None:
    week = Period(kind=K.CUSTOM, first=date(2028, 2, 26), last=date(2028, 2, 29))
    assert span(period_before(week)) == ("2028-02-22", "2028-02-25")
    assert span(year_before(week, CALENDAR)) == ("2027-02-26", "2027-02-28")


def test_february_has_sixteen_workdays_and_march_twenty_two() -> None:
    months = [whole_months(K.MONTH, date(2026, month, 1)) for month in range(1, 13)]
    assert [count_workdays(month, CALENDAR) for month in months] == [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]


def test_a_month_that_runs_is_compared_with_as_many_days() -> None:
    march = whole_months(K.MONTH, date(2026, 3, 1))
    running = until(march, date(2026, 3, 30))
    before = period_before(march)
    assert before is not None
    assert (span(running), running.days) == (("2026-03-01", "2026-03-30"), 30)
    assert span(before.cut(running.days)) == ("2026-02-01", "2026-02-28"), "February has no more"
    assert until(march, date(2026, 5, 1)) == march


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)), st.sampled_from([K.MONTH, K.QUARTER]))
def test_periods_follow_each_other_without_a_gap(day: date, kind: PeriodKind) -> None:
    period = whole_months(kind, day)
    before = period_before(period)
    assert before is not None
    assert before.last + timedelta(days=1) == period.first
    assert period.first <= day <= period.last


def test_the_holidays_of_a_year_are_known_by_name_and_one_inside_another_is_none_of_its_own() -> None:
    assert [(holiday.name, *(span(holiday) or ())) for holiday in list_holidays(CALENDAR, 2025)] == [
        ("元旦", "2025-01-01", "2025-01-01"),
        ("春节", "2025-01-28", "2025-02-04"),
        ("清明节", "2025-04-04", "2025-04-06"),
        ("劳动节", "2025-05-01", "2025-05-05"),
        ("端午节", "2025-05-31", "2025-06-02"),
        ("国庆节", "2025-10-01", "2025-10-08"),
    ]
    assert [holiday.name for holiday in list_holidays(CALENDAR, 2026)] == [
        *("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
    ]
    with pytest.raises(CalendarMissing):
        list_holidays(CALENDAR, 2027)


def test_what_ends_on_a_day_is_every_kind_of_period_of_which_it_is_the_last() -> None:
    def ended(day: date) -> list[tuple[str, str, str | None]]:
        return [(one.kind.value, one.first.isoformat(), one.name) for one in list_ended_on(day, CALENDAR)]

    assert ended(date(2026, 2, 23)) == [("holiday", "2026-02-15", "春节")]
    assert ended(date(2026, 2, 27)) == []
    assert ended(date(2026, 2, 28)) == [("month", "2026-02-01", None)]
    assert ended(date(2026, 6, 30)) == [
        ("month", "2026-06-01", None),
        ("quarter", "2026-04-01", None),
        ("half_year", "2026-01-01", None),
    ]
    assert [kind for kind, *_ in ended(date(2026, 12, 31))] == ["month", "quarter", "half_year", "year"]
    with pytest.raises(CalendarMissing):
        list_ended_on(date(2027, 1, 31), CALENDAR)


def test_a_period_is_written_in_four_ways_and_in_no_other() -> None:
    written = {text: parse_period(text) for text in ("2026-03", "2026-Q4", "2026-H2", "2026")}
    assert [(text, one.kind.value, span(one)) for text, one in written.items()] == [
        ("2026-03", "month", ("2026-03-01", "2026-03-31")),
        ("2026-Q4", "quarter", ("2026-10-01", "2026-12-31")),
        ("2026-H2", "half_year", ("2026-07-01", "2026-12-31")),
        ("2026", "year", ("2026-01-01", "2026-12-31")),
    ]
    for text in ("2026-13", "2026-Q5", "2026-H3", "1999", "2026-3", " 2026", "2026-03-01"):
        with pytest.raises(ValueError, match="is written"):
            parse_period(text)
