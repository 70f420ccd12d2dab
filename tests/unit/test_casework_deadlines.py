"""Time limits of casework: the vectors of the office's plan, on the published calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.casework.deadlines.clock import Due, Verdict, Warned, find_due
from callcenter.casework.deadlines.rules import Certainty, CountedIn, DeadlineRule
from callcenter.hours.deadlines import Pause
from callcenter.hours.rules import Calendar, CalendarEntry, DayKind, Source
from callcenter.hours.state_council import published_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = published_calendar((2025, 2026, 2027))


def rule(
    counted_in: CountedIn,
    amount: int | timedelta,
    *,
    extended_by: int | None = None,
    rolls_over_weekends: bool = False,
) -> DeadlineRule:
    return DeadlineRule(
        ruleset="test",
        code="test",
        priority=None,
        counted_in=counted_in,
        lasts=timedelta(days=amount) if isinstance(amount, int) else amount,
        extended_by=extended_by,
        begins_when="registered",
        ends_when="decided",
        paused_by="test",
        rolls_over_weekends=rolls_over_weekends,
        certainty=Certainty.PROPOSED,
        source="a test",
    )


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def last_days(due: Due) -> tuple[date | None, date | None]:
    """The last day by the count and by law, of a limit of days."""
    ends = (due.target_at, due.legal_at)
    first, second = (None if end is None else (end - timedelta(days=1)).date() for end in ends)
    return first, second


@pytest.mark.parametrize(
    ("begins_on", "days", "last"),
    [
        ("2026-02-13", 7, "2026-03-02"),
        ("2026-02-14", 7, "2026-03-03"),
        ("2026-02-18", 7, "2026-03-03"),
        ("2026-04-29", 7, "2026-05-12"),
        ("2026-09-30", 7, "2026-10-15"),
        ("2026-12-22", 7, "2026-12-31"),
        ("2026-09-30", 15, "2026-10-27"),
        ("2026-04-14", 45, "2026-06-18"),
        ("2026-09-24", 1, "2026-09-28"),
        ("2026-10-09", 1, "2026-10-10"),
        ("2026-09-30", 10, "2026-10-20"),
    ],
)
def test_workdays_are_counted_from_the_day_after(begins_on: str, days: int, last: str) -> None:
    due = find_due(rule(CountedIn.WORKDAYS, days), local(f"{begins_on} 10:00"), CALENDAR)

    assert last_days(due) == (date.fromisoformat(last), date.fromisoformat(last))
    assert len(due.counted_days) == days
    assert due.missing_year is None


def test_a_limit_that_ends_in_a_year_without_a_calendar_is_not_known() -> None:
    due = find_due(rule(CountedIn.WORKDAYS, 7), local("2026-12-23 10:00"), CALENDAR)

    assert (due.target_at, due.legal_at, due.missing_year) == (None, None, 2027)
    assert due.counted_days[-1] == date(2026, 12, 31)
    assert [warned.percent for warned in due.warnings] == [50, 80]
    assert due.judge(None, local("2027-03-01 00:00")) is Verdict.UNKNOWN


def test_what_is_done_at_the_midnight_after_the_last_day_is_late() -> None:
    due = find_due(rule(CountedIn.WORKDAYS, 7), local("2026-02-13 10:00"), CALENDAR)
    now = local("2026-04-01 00:00")

    assert due.judge(local("2026-03-02 23:59:59"), now) is Verdict.MET
    assert due.judge(local("2026-03-03 00:00:00"), now) is Verdict.BREACHED
    assert due.judge(None, local("2026-03-02 23:59:59")) is Verdict.RUNNING
    assert due.judge(None, now) is Verdict.BREACHED


@pytest.mark.parametrize(
    ("begins_on", "target", "legal"),
    [
        ("2026-04-20", "2026-06-19", "2026-06-22"),
        ("2026-08-03", "2026-10-02", "2026-10-08"),
        ("2026-08-05", "2026-10-04", "2026-10-08"),
        ("2026-07-27", "2026-09-25", "2026-09-28"),
        ("2026-05-12", "2026-07-11", "2026-07-11"),
        ("2026-11-02", "2027-01-01", None),
    ],
)
def test_sixty_calendar_days_end_after_a_statutory_holiday_but_not_after_a_weekend(
    begins_on: str, target: str, legal: str | None
) -> None:
    due = find_due(rule(CountedIn.CALENDAR_DAYS, 60), local(f"{begins_on} 10:00"), CALENDAR)

    assert last_days(due) == (date.fromisoformat(target), None if legal is None else date.fromisoformat(legal))
    assert due.missing_year == (2027 if legal is None else None)


def test_an_office_may_have_ordinary_weekends_move_the_last_day_too() -> None:
    moving = rule(CountedIn.CALENDAR_DAYS, 60, rolls_over_weekends=True)

    due = find_due(moving, local("2026-05-12 10:00"), CALENDAR)

    assert last_days(due) == (date(2026, 7, 11), date(2026, 7, 13))


def test_between_target_and_legal_limit_it_is_in_time_and_where_the_latter_is_unknown_so_is_the_verdict() -> None:
    known = find_due(rule(CountedIn.CALENDAR_DAYS, 60), local("2026-04-20 10:00"), CALENDAR)
    unknown = find_due(rule(CountedIn.CALENDAR_DAYS, 60), local("2026-11-02 10:00"), CALENDAR)
    now = local("2027-06-01 00:00")

    assert known.judge(local("2026-06-22 23:00"), now) is Verdict.MET
    assert known.judge(local("2026-06-23 00:00"), now) is Verdict.BREACHED
    assert unknown.judge(local("2027-01-01 23:59"), now) is Verdict.MET
    assert unknown.judge(local("2027-01-02 00:00"), now) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("pauses", "last"),
    [
        ((), "2026-07-31"),
        ((("2026-06-10", "2026-06-25"),), "2026-08-15"),
        ((("2026-06-10", "2026-06-25"), ("2026-06-20", "2026-06-28")), "2026-08-18"),
    ],
)
def test_the_time_of_a_test_is_not_counted_and_overlapping_tests_are_one(
    pauses: tuple[tuple[str, str], ...], last: str
) -> None:
    spans = [Pause(begins_on=date.fromisoformat(begin), ends_on=date.fromisoformat(end)) for begin, end in pauses]

    due = find_due(rule(CountedIn.CALENDAR_DAYS, 60), local("2026-06-01 10:00"), CALENDAR, pauses=spans)

    assert last_days(due)[0] == date.fromisoformat(last)


def test_a_limit_that_was_extended_counts_on() -> None:
    clue = rule(CountedIn.WORKDAYS, 15, extended_by=15)

    assert last_days(find_due(clue, local("2026-09-30 10:00"), CALENDAR))[0] == date(2026, 10, 27)
    assert last_days(find_due(clue, local("2026-09-30 10:00"), CALENDAR, is_extended=True))[0] == date(2026, 11, 17)


def test_hours_run_day_and_night_and_include_their_last_second() -> None:
    due = find_due(rule(CountedIn.HOURS, timedelta(hours=24)), local("2026-10-01 22:00:00"), CALENDAR)
    now = local("2026-10-05 00:00")

    assert due == Due(
        counted_in=CountedIn.HOURS,
        target_at=local("2026-10-02 22:00:00"),
        legal_at=local("2026-10-02 22:00:00"),
        warnings=(
            Warned(percent=50, at=local("2026-10-02 10:00:00")),
            Warned(percent=80, at=local("2026-10-02 17:12:00")),
            Warned(percent=100, at=local("2026-10-02 22:00:00")),
        ),
    )
    assert due.judge(local("2026-10-02 22:00:00.999"), now) is Verdict.MET
    assert due.judge(local("2026-10-02 22:00:01"), now) is Verdict.BREACHED


@pytest.mark.parametrize(
    ("begins_at", "ends_at"),
    [
        ("2026-09-30 16:45", "2026-10-08 09:45"),
        ("2026-10-03 10:00", "2026-10-08 10:30"),
        ("2026-02-14 17:00", "2026-02-24 10:00"),
    ],
)
def test_office_hours_are_those_of_the_calendar(begins_at: str, ends_at: str) -> None:
    due = find_due(rule(CountedIn.OFFICE_HOURS, timedelta(hours=2)), local(begins_at), CALENDAR)

    assert due.legal_at == local(ends_at)


def test_office_hours_that_reach_into_a_year_without_a_calendar_are_not_known() -> None:
    due = find_due(rule(CountedIn.OFFICE_HOURS, timedelta(hours=2)), local("2026-12-31 17:00"), CALENDAR)

    assert (due.target_at, due.legal_at, due.missing_year) == (None, None, 2027)
    assert due.warnings == ()


def test_no_days_are_the_rest_of_the_day_itself_even_on_a_holiday() -> None:
    due = find_due(rule(CountedIn.CALENDAR_DAYS, 0), local("2026-10-02 22:00"), CALENDAR)

    assert last_days(due) == (date(2026, 10, 2), date(2026, 10, 2))


@given(
    begins_on=st.dates(date(2025, 1, 1), date(2026, 9, 1)),
    number=st.integers(1, 60),
    counted_in=st.sampled_from((CountedIn.WORKDAYS, CountedIn.CALENDAR_DAYS)),
    closed=st.sets(st.dates(date(2025, 1, 1), date(2026, 11, 30)), max_size=20),
    pauses=st.lists(st.tuples(st.dates(date(2025, 1, 1), date(2026, 9, 1)), st.integers(0, 30)), max_size=4),
)
def test_more_days_off_and_pauses_never_end_a_limit_earlier_and_law_never_before_target(
    begins_on: date, number: int, counted_in: CountedIn, closed: set[date], pauses: list[tuple[date, int]]
) -> None:
    begins_at = datetime.combine(begins_on, datetime.min.time(), SHANGHAI) + timedelta(hours=10)
    entries = {
        (day, Source.LOCAL): CalendarEntry(business_date=day, kind=DayKind.DAY_OFF, source=Source.LOCAL)
        for day in closed
    }
    closing = Calendar(
        entries={**CALENDAR.entries, **entries},
        weekday_hours={},
        published_years=CALENDAR.published_years,
    )
    spans = [Pause(begins_on=day, ends_on=day + timedelta(days=length)) for day, length in pauses]

    plain = find_due(rule(counted_in, number), begins_at, CALENDAR)
    later = find_due(rule(counted_in, number), begins_at, closing, pauses=spans)

    assert len(set(later.counted_days)) == number
    assert not any(pause.covers(day) for pause in spans for day in later.counted_days)
    assert plain.target_at is not None
    if later.target_at is not None:
        assert plain.target_at <= later.target_at
        assert later.legal_at is None or later.target_at <= later.legal_at
