"""The time limits of tickets, derived from what was written down: the vectors of the office's plan, and any log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.casework.deadlines.rules import Certainty, CountedIn, DeadlineRule, Priority
from callcenter.casework.tickets.clocks import Clock, ClockState, choose_rules, list_clocks
from callcenter.casework.tickets.occurrences import (
    Happened,
    Occurrence,
    StepTaken,
    Written,
    list_occurrences,
    list_runs,
)
from callcenter.casework.tickets.rules import Notice, NoticeBy, NoticeKind, NoticeTo, TicketKind
from callcenter.casework.tickets.steps import TicketStep
from callcenter.hours.state_council import published_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = published_calendar((2025, 2026, 2027))


def rule(
    code: str,
    begins_when: str,
    ends_when: str,
    days: int,
    *,
    counted_in: CountedIn = CountedIn.WORKDAYS,
    paused_by: str | None = None,
    priority: Priority | None = None,
) -> DeadlineRule:
    return DeadlineRule(
        ruleset="test",
        code=code,
        priority=priority,
        counted_in=counted_in,
        lasts=timedelta(days=days),
        extended_by=None,
        begins_when=begins_when,
        ends_when=ends_when,
        paused_by=paused_by,
        rolls_over_weekends=False,
        certainty=Certainty.PUBLISHED,
        source="a test",
    )


PLATFORM = rule("platform_entry", "registered", "platform_number_set", 1)
FORWARD = rule("forward", "registered_or_given_back", "forwarded_or_referred", 1)
ACCEPT = rule("accept", "received", "accepted_or_refused_with_notice", 7)
MEDIATE = rule("mediate", "accepted", "settled_or_ended", 60, counted_in=CountedIn.CALENDAR_DAYS, paused_by="test")
END_NOTICE = rule("end_notice", "ended", "both_sides_notified", 7)
CHECK = rule("report_check", "received_or_new_facts", "filed_or_not_filed", 15, paused_by="test")
RULES = (PLATFORM, FORWARD, ACCEPT, MEDIATE, END_NOTICE, CHECK)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def step(what: TicketStep, at: str, begins_on: str | None = None, ends_on: str | None = None) -> StepTaken:
    return StepTaken(
        step=what,
        at=local(at),
        begins_on=None if begins_on is None else date.fromisoformat(begins_on),
        ends_on=None if ends_on is None else date.fromisoformat(ends_on),
    )


def told(kind: NoticeKind, at: str, to: NoticeTo = NoticeTo.COMPLAINANT, recorded_at: str | None = None) -> Notice:
    return Notice(kind=kind, to=to, by=NoticeBy.CALL, at=local(at), recorded_at=local(recorded_at or at))


def complaint(received: str, *steps: StepTaken, notices: tuple[Notice, ...] = ()) -> Written:
    return Written(
        kind=TicketKind.COMPLAINT,
        received_at=local(received),
        platform_number_at=None,
        steps=steps,
        notices=notices,
    )


def clocks(written: Written, now: str, *rules: DeadlineRule) -> list[Clock]:
    return list_clocks(written, rules or RULES, CALENDAR, SHANGHAI, local(now))


def last_day(clock: Clock) -> date | None:
    return None if clock.due.target_at is None else (clock.due.target_at - timedelta(days=1)).date()


@pytest.mark.parametrize(
    ("decided", "state"), [("2026-03-02T23:59:59", ClockState.MET), ("2026-03-03T00:00:00", ClockState.BREACHED)]
)
def test_a_decision_on_the_last_day_is_in_time_and_one_at_its_midnight_is_late(decided: str, state: ClockState) -> None:
    written = complaint(
        "2026-02-13T10:00", step(TicketStep.ACCEPT, decided), notices=(told(NoticeKind.ACCEPTANCE, decided),)
    )
    assert [clock.state for clock in clocks(written, "2026-03-05T09:00", ACCEPT)] == [state]


def test_a_decision_of_which_the_complainant_was_told_late_is_late() -> None:
    written = complaint(
        "2026-02-13T10:00",
        step(TicketStep.ACCEPT, "2026-03-02T10:00"),
        notices=(told(NoticeKind.ACCEPTANCE, "2026-03-04T10:00"),),
    )
    (clock,) = clocks(written, "2026-03-05T09:00", ACCEPT)
    assert (clock.state, clock.stopped_at) == (ClockState.BREACHED, local("2026-03-04T10:00"))
    untold = complaint("2026-02-13T10:00", step(TicketStep.ACCEPT, "2026-03-02T10:00"))
    assert [clock.stopped_at for clock in clocks(untold, "2026-03-05T09:00", ACCEPT)] == [None]


@pytest.mark.parametrize(
    ("pauses", "last"),
    [
        ((), "2026-07-31"),
        ((("2026-06-10", "2026-06-25"),), "2026-08-15"),
        ((("2026-06-10", "2026-06-25"), ("2026-06-20", "2026-06-28")), "2026-08-18"),
    ],
)
def test_days_of_tests_are_not_counted_and_days_of_two_tests_are_left_out_once(
    pauses: tuple[tuple[str, str], ...], last: str
) -> None:
    taken = [step(TicketStep.PAUSE, "2026-06-30T09:00", begin, end) for begin, end in pauses]
    written = complaint("2026-05-30T10:00", step(TicketStep.ACCEPT, "2026-06-01T10:00"), *taken)
    (clock,) = clocks(written, "2026-07-01T09:00", MEDIATE)
    assert last_day(clock) == date.fromisoformat(last)


def test_a_test_that_was_begun_and_ended_counts_as_one_that_was_entered_whole() -> None:
    begun = complaint(
        "2026-05-30T10:00",
        step(TicketStep.ACCEPT, "2026-06-01T10:00"),
        step(TicketStep.PAUSE, "2026-06-10T10:00", "2026-06-10"),
        step(TicketStep.RESUME, "2026-06-26T10:00", None, "2026-06-25"),
    )
    assert [last_day(clock) for clock in clocks(begun, "2026-07-01T09:00", MEDIATE)] == [date(2026, 8, 15)]


def test_while_a_test_lasts_the_clock_is_paused_unless_it_was_over_before() -> None:
    accepted = step(TicketStep.ACCEPT, "2026-06-01T10:00")
    paused = complaint("2026-05-30T10:00", accepted, step(TicketStep.PAUSE, "2026-06-10T10:00", "2026-06-10"))
    assert [clock.state for clock in clocks(paused, "2026-12-01T09:00", MEDIATE)] == [ClockState.PAUSED]
    late = complaint("2026-05-30T10:00", accepted, step(TicketStep.PAUSE, "2026-09-01T10:00", "2026-09-01"))
    assert [clock.state for clock in clocks(late, "2026-09-02T09:00", MEDIATE)] == [ClockState.BREACHED]


def test_a_suspension_for_another_mediator_does_not_stop_the_sixty_days() -> None:
    accepted = step(TicketStep.ACCEPT, "2026-06-01T10:00")
    suspended = complaint("2026-05-30T10:00", accepted, step(TicketStep.SUSPEND, "2026-06-10T10:00"))
    (clock,) = clocks(suspended, "2026-07-01T09:00", MEDIATE)
    assert (clock.state, last_day(clock)) == (ClockState.RUNNING, date(2026, 7, 31))


def test_a_matter_that_is_given_back_is_forwarded_anew_within_the_limit_and_entered_once_only() -> None:
    written = complaint(
        "2026-11-02T10:00",
        step(TicketStep.REGISTER, "2026-11-02T10:05"),
        step(TicketStep.FORWARD, "2026-11-02T11:00"),
        step(TicketStep.GIVE_BACK, "2026-11-04T09:00"),
        step(TicketStep.FORWARD, "2026-11-06T09:00"),
    )
    found = [(clock.code, clock.number, clock.state) for clock in clocks(written, "2026-11-09T09:00")]
    assert found == [
        ("platform_entry", 1, ClockState.BREACHED),
        ("forward", 1, ClockState.MET),
        ("forward", 2, ClockState.BREACHED),
        ("accept", 1, ClockState.RUNNING),
    ]


def test_the_end_of_a_mediation_is_told_to_both_sides_each_time_that_it_ends() -> None:
    written = complaint(
        "2026-06-01T10:00",
        step(TicketStep.ACCEPT, "2026-06-02T10:00"),
        step(TicketStep.END, "2026-06-10T10:00"),
        step(TicketStep.COMPLETE, "2026-06-12T10:00"),
        step(TicketStep.REOPEN, "2026-06-20T10:00"),
        step(TicketStep.END, "2026-07-01T10:00"),
        notices=(
            told(NoticeKind.END, "2026-06-10T10:00"),
            told(NoticeKind.END, "2026-06-11T10:00", NoticeTo.RESPONDENT),
            told(NoticeKind.END, "2026-07-02T10:00"),
        ),
    )
    found = [(clock.number, clock.stopped_at) for clock in clocks(written, "2026-07-03T09:00", END_NOTICE)]
    assert found == [(1, local("2026-06-11T10:00")), (2, None)]
    mediated = [(clock.number, clock.state) for clock in clocks(written, "2026-07-03T09:00", MEDIATE)]
    assert mediated == [(1, ClockState.MET), (2, ClockState.MET)]


def test_a_platform_number_that_a_draft_has_already_meets_its_limit_at_the_registration() -> None:
    draft = replace(complaint("2026-11-02T10:00"), platform_number_at=local("2026-11-02T10:01"))
    assert clocks(draft, "2026-11-02T10:02", PLATFORM) == []
    registered = replace(draft, steps=(step(TicketStep.REGISTER, "2026-11-02T10:05"),))
    found = [(clock.state, clock.stopped_at) for clock in clocks(registered, "2026-11-09T09:00", PLATFORM)]
    assert found == [(ClockState.MET, local("2026-11-02T10:05"))]


def test_new_facts_begin_the_check_of_a_report_again() -> None:
    written = Written(
        kind=TicketKind.REPORT,
        received_at=local("2026-11-02T10:00"),
        platform_number_at=None,
        steps=(step(TicketStep.START_CHECK, "2026-11-03T10:00"), step(TicketStep.NEW_FACTS, "2026-11-10T10:00")),
        notices=(),
    )
    found = [(clock.number, clock.state, clock.begins_at) for clock in clocks(written, "2026-11-11T09:00", CHECK)]
    assert found == [
        (1, ClockState.CANCELLED, local("2026-11-02T10:00")),
        (2, ClockState.RUNNING, local("2026-11-10T10:00")),
    ]


def test_what_is_not_ours_or_was_a_mistake_has_no_clock_that_runs_and_an_enquiry_never_has_one() -> None:
    for last in (TicketStep.REFER, TicketStep.VOID):
        written = complaint(
            "2026-11-02T10:00", step(TicketStep.REGISTER, "2026-11-02T10:05"), step(last, "2026-11-02T11:00")
        )
        states = {clock.code: clock.state for clock in clocks(written, "2026-11-20T09:00")}
        forwarded = ClockState.MET if last is TicketStep.REFER else ClockState.CANCELLED
        assert states == {
            "platform_entry": ClockState.CANCELLED,
            "forward": forwarded,
            "accept": ClockState.CANCELLED,
        }
    enquiry = Written(
        kind=TicketKind.ENQUIRY,
        received_at=local("2026-11-02T10:00"),
        platform_number_at=None,
        steps=(step(TicketStep.REGISTER, "2026-11-02T10:05"),),
        notices=(),
    )
    assert clocks(enquiry, "2026-11-20T09:00") == []


def test_of_each_limit_the_rule_for_the_priority_goes_before_the_one_for_all() -> None:
    urgent = rule("forward", "registered", "forwarded_or_referred", 0, priority=Priority.P1)
    assert choose_rules([FORWARD, urgent], Priority.P1) == [urgent]
    assert choose_rules([urgent, FORWARD], Priority.P1) == [urgent]
    assert choose_rules([urgent, FORWARD], Priority.P4) == [FORWARD]


@given(st.lists(st.tuples(st.sampled_from(Occurrence), st.integers(0, 60)), max_size=30))
def test_whatever_happens_the_runs_of_a_clock_follow_each_other_and_at_most_the_last_is_open(
    happened: list[tuple[Occurrence, int]],
) -> None:
    begin = local("2026-11-02T10:00")
    occurrences = sorted(
        (Happened(what=what, at=begin + timedelta(days=day)) for what, day in happened), key=lambda one: one.at
    )
    for one in RULES:
        runs = list_runs(one, occurrences)
        ends = [run.stopped_at or run.cancelled_at for run in runs]
        assert None not in ends[:-1]
        moments = [
            moment for run, end in zip(runs, ends, strict=True) for moment in (run.begins_at, end) if moment is not None
        ]
        assert moments == sorted(moments)


@given(st.permutations(range(4)))
def test_the_order_in_which_notices_were_written_down_changes_no_clock(order: list[int]) -> None:
    notices = [
        told(NoticeKind.ACCEPTANCE, "2026-06-02T10:00"),
        told(NoticeKind.END, "2026-06-10T11:00", recorded_at="2026-06-12T10:00"),
        told(NoticeKind.END, "2026-06-11T10:00", NoticeTo.RESPONDENT),
        told(NoticeKind.RESULT, "2026-06-11T10:00"),
    ]
    steps = (step(TicketStep.ACCEPT, "2026-06-02T10:00"), step(TicketStep.END, "2026-06-10T10:00"))
    plain = complaint("2026-06-01T10:00", *steps, notices=tuple(notices))
    mixed = complaint("2026-06-01T10:00", *steps, notices=tuple(notices[number] for number in order))
    assert list_occurrences(mixed) == list_occurrences(plain)
    assert clocks(mixed, "2026-06-20T09:00") == clocks(plain, "2026-06-20T09:00")
