"""Clocks of a ticket that is merged: they go on and end with those of its target, by both logs, in whatever order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.casework.tickets.clocks import Clock, ClockState
from callcenter.casework.tickets.merge_rules import check_merge, end_with_target
from callcenter.casework.tickets.occurrences import Merged, Run, StepTaken, Written
from callcenter.casework.tickets.rules import NoticeKind, Ticket, TicketKind, TicketState
from callcenter.casework.tickets.steps import TicketStep
from callcenter.errors import ConflictError
from tests.unit.test_ticket_clocks import (
    ACCEPT,
    CHECK,
    FORWARD,
    MEDIATE,
    PLATFORM,
    clocks,
    complaint,
    last_day,
    local,
    step,
    told,
)


def merged(source: Written, at: str, target: Written) -> Written:
    return replace(source, merged=Merged(at=local(at), target=target))


def found(written: Written, now: str = "2026-11-09T09:00") -> dict[str, tuple[ClockState, datetime | None]]:
    return {clock.code: (clock.state, clock.stopped_at) for clock in clocks(written, now)}


REGISTERED = step(TicketStep.REGISTER, "2026-11-02T10:05")
SOURCE = complaint("2026-11-02T10:00", REGISTERED, step(TicketStep.FORWARD, "2026-11-02T11:00"))
TARGET = complaint(
    "2026-11-02T09:00", step(TicketStep.REGISTER, "2026-11-02T09:05"), step(TicketStep.FORWARD, "2026-11-02T09:30")
)
ACCEPTED = replace(
    TARGET,
    steps=(*TARGET.steps, step(TicketStep.ACCEPT, "2026-11-04T10:00")),
    notices=(told(NoticeKind.ACCEPTANCE, "2026-11-04T10:30"),),
)


def test_a_clock_of_the_source_ends_when_the_targets_does_and_nothing_begins_with_it() -> None:
    unmet = {
        "platform_entry": (ClockState.BREACHED, None),
        "forward": (ClockState.MET, local("2026-11-02T11:00")),
        "accept": (ClockState.RUNNING, None),
    }
    assert found(merged(SOURCE, "2026-11-03T09:00", TARGET)) == unmet
    assert found(merged(SOURCE, "2026-11-03T09:00", ACCEPTED)) == unmet | {
        "accept": (ClockState.MET, local("2026-11-04T10:30"))
    }
    assert found(SOURCE) == unmet, "taken apart it has the clocks of its own log"


def test_what_was_over_before_at_the_target_is_over_at_the_merge_and_late_if_that_was_late() -> None:
    accepted = replace(ACCEPTED, platform_number_at=local("2026-11-02T12:00"))
    in_time = found(merged(SOURCE, "2026-11-05T09:00", accepted))
    assert in_time["accept"] == (ClockState.MET, local("2026-11-05T09:00"))
    assert in_time["platform_entry"] == (ClockState.BREACHED, local("2026-11-05T09:00"))
    late = found(merged(SOURCE, "2026-11-20T09:00", accepted), "2026-11-21T09:00")
    assert late["accept"] == (ClockState.BREACHED, local("2026-11-20T09:00"))


def test_a_clock_that_runs_at_the_target_again_keeps_that_of_the_source_running() -> None:
    source = complaint("2026-11-02T10:00", REGISTERED)
    given_back = replace(TARGET, steps=(*TARGET.steps, step(TicketStep.GIVE_BACK, "2026-11-03T09:00")))
    assert found(merged(source, "2026-11-03T10:00", given_back))["forward"] == (ClockState.BREACHED, None)
    again = replace(given_back, steps=(*given_back.steps, step(TicketStep.FORWARD, "2026-11-03T11:00")))
    assert found(merged(source, "2026-11-03T10:00", again))["forward"] == (ClockState.MET, local("2026-11-03T11:00"))


def test_new_facts_at_the_target_leave_the_check_of_the_source_as_it_began() -> None:
    report = replace(SOURCE, kind=TicketKind.REPORT)
    target = replace(
        TARGET,
        kind=TicketKind.REPORT,
        steps=(step(TicketStep.START_CHECK, "2026-11-03T10:00"), step(TicketStep.NEW_FACTS, "2026-11-05T10:00")),
    )
    (running,) = clocks(merged(report, "2026-11-04T09:00", target), "2026-11-09T09:00", CHECK)
    assert (running.state, running.begins_at) == (ClockState.RUNNING, local("2026-11-02T10:00"))
    filed = replace(target, steps=(*target.steps, step(TicketStep.FILE, "2026-11-06T10:00")))
    (met,) = clocks(merged(report, "2026-11-04T09:00", filed), "2026-11-09T09:00", CHECK)
    assert (met.state, met.stopped_at) == (ClockState.MET, local("2026-11-06T10:00"))


def test_what_is_not_ours_ends_the_clocks_of_what_was_merged_into_it() -> None:
    source = complaint("2026-11-02T10:00", REGISTERED)
    referred = complaint(
        "2026-11-02T09:00",
        step(TicketStep.REGISTER, "2026-11-02T09:05"),
        step(TicketStep.REFER, "2026-11-03T09:00"),
    )
    assert found(merged(source, "2026-11-02T12:00", referred)) == {
        "platform_entry": (ClockState.CANCELLED, local("2026-11-03T09:00")),
        "forward": (ClockState.MET, local("2026-11-03T09:00")),
        "accept": (ClockState.CANCELLED, local("2026-11-03T09:00")),
    }


def test_days_of_the_targets_test_are_not_counted_at_the_source_from_the_day_of_the_merge_on() -> None:
    source = complaint("2026-05-30T10:00", step(TicketStep.ACCEPT, "2026-06-01T10:00"))
    tested = replace(
        source,
        steps=(*source.steps, step(TicketStep.PAUSE, "2026-06-30T09:00", "2026-06-10", "2026-06-25")),
    )
    days = {
        at: [last_day(clock) for clock in clocks(merged(source, at, tested), "2026-07-01T09:00", MEDIATE)]
        for at in ("2026-06-05T09:00", "2026-06-21T09:00", "2026-06-26T09:00")
    }
    assert days == {
        "2026-06-05T09:00": [date(2026, 8, 15)],
        "2026-06-21T09:00": [date(2026, 8, 4)],
        "2026-06-26T09:00": [date(2026, 7, 31)],
    }
    lasting = replace(source, steps=(*source.steps, step(TicketStep.PAUSE, "2026-06-10T09:00", "2026-06-10")))
    assert [one.state for one in clocks(merged(source, "2026-06-05T09:00", lasting), "2026-07-01T09:00", MEDIATE)] == [
        ClockState.PAUSED
    ]


STEPS = (
    *(TicketStep.REGISTER, TicketStep.FORWARD, TicketStep.GIVE_BACK, TicketStep.ACCEPT, TicketStep.SETTLE),
    *(TicketStep.END, TicketStep.REOPEN, TicketStep.REFER, TicketStep.VOID),
)
LOGS = st.lists(st.tuples(st.integers(0, 20), st.sampled_from(STEPS)), max_size=8)


def log(steps: list[tuple[int, TicketStep]]) -> Written:
    received = local("2026-11-02T10:00")
    taken = [StepTaken(step=what, at=received + timedelta(days=day)) for day, what in sorted(steps)]
    return replace(complaint("2026-11-02T10:00"), steps=tuple(taken))


def by_looking_each_day(own: Clock, of_target: list[Clock], merged_day: int) -> datetime | None:
    """When the source's clock ends: on the first day on which the target's has run and does not."""
    for day in range(merged_day, 40):
        now = local("2026-11-02T10:00") + timedelta(days=day)
        begun = [one for one in of_target if one.begins_at <= now]
        if begun and all(one.stopped_at is not None and one.stopped_at <= now for one in begun):
            return now
    return own.stopped_at


@given(LOGS, LOGS, st.integers(20, 25))
def test_whatever_happens_to_both_the_source_ends_on_the_first_day_on_which_the_target_does_not_run(
    of_source: list[tuple[int, TicketStep]], of_target: list[tuple[int, TicketStep]], after: int
) -> None:
    merged_day = max((day for day, _ in of_source), default=0)
    source, target, now = log(of_source), log(of_target), "2027-01-20T09:00"
    at = local("2026-11-02T10:00") + timedelta(days=merged_day)
    together = replace(source, merged=Merged(at=at, target=target))
    for rule in (PLATFORM, FORWARD, ACCEPT, MEDIATE):
        expected = [
            one.stopped_at
            if one.stopped_at is not None
            else by_looking_each_day(one, clocks(target, now, rule), merged_day)
            for one in clocks(source, now, rule)
        ]
        assert [one.stopped_at for one in clocks(together, now, rule)] == expected
    later = replace(together, merged=Merged(at=at + timedelta(days=after), target=target))
    for earlier, one in zip(clocks(together, now), clocks(later, now), strict=True):
        assert (earlier.code, earlier.number, earlier.begins_at) == (one.code, one.number, one.begins_at)
        assert earlier.stopped_at is None or (one.stopped_at or earlier.stopped_at) >= earlier.stopped_at


def test_runs_that_were_over_before_the_merge_stay_as_they_were() -> None:
    run = Run(code="forward", begins_at=local("2026-11-02T10:00"), stopped_at=None, cancelled_at=None)
    over = replace(run, stopped_at=local("2026-11-03T10:00"))
    at = local("2026-11-05T10:00")
    assert end_with_target([over], [replace(run, stopped_at=at)], at) == [over]
    assert end_with_target([over, run], [], at) == [over, run]
    assert end_with_target([run], [run], at) == [run]
    assert end_with_target([run], [over], at) == [replace(run, stopped_at=at)]


TICKET = Ticket(
    number="12315-2026-00001",
    kind=TicketKind.COMPLAINT,
    state=TicketState.FORWARDED,
    version=1,
    received_at=local("2026-11-02T10:00"),
    facts="facts",
    respondent=None,
    requests=frozenset(),
    has_merchant=False,
    unit_id=None,
    returned_by=None,
    parties=(),
    notices=(),
    test_begins_on=None,
    is_suspended=False,
    open_flags=0,
    reopened_until=None,
)
OTHER = replace(TICKET, number="12315-2026-00002")


@pytest.mark.parametrize(
    ("source", "target", "code"),
    [
        (TICKET, TICKET, "merge_into_itself"),
        (replace(TICKET, merged_into="12315-2026-00003"), OTHER, "merged_already"),
        (TICKET, replace(OTHER, merged_into="12315-2026-00003"), "target_is_merged"),
        (replace(TICKET, has_merged=True), OTHER, "others_merged_here"),
        (replace(TICKET, state=TicketState.COMPLETED), OTHER, "ticket_closed"),
        (TICKET, replace(OTHER, state=TicketState.COMPLETED), "target_not_open"),
        (TICKET, replace(OTHER, state=TicketState.DRAFT), "target_not_open"),
        (TICKET, replace(OTHER, kind=TicketKind.REPORT), "kinds_differ"),
        (replace(TICKET, test_begins_on=date(2026, 11, 3)), OTHER, "test_lasts"),
    ],
)
def test_tickets_are_merged_within_their_kind_into_an_open_one_that_is_not_merged(
    source: Ticket, target: Ticket, code: str
) -> None:
    with pytest.raises(ConflictError) as refused:
        check_merge(source, target)
    assert refused.value.code == code
    check_merge(TICKET, OTHER)
