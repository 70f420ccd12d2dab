"""The table of instructions, and clocks that any order of steps leaves as they are derived from the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.casework.deadlines.rules import Certainty, CountedIn, DeadlineRule, Priority
from callcenter.casework.dispatch.clocks import InstructionStepTaken, list_clocks
from callcenter.casework.dispatch.rules import (
    OPEN_STATES,
    Batch,
    Instruction,
    InstructionState,
    InstructionStep,
    Measure,
    OffShelfOutcome,
    spoken_of,
)
from callcenter.casework.dispatch.states import RULES, InstructionGiven, check_step, list_possible
from callcenter.casework.tickets.clocks import ClockState
from callcenter.errors import ConflictError, InputError
from callcenter.hours.state_council import published_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 16, 0, tzinfo=SHANGHAI)
CALENDAR = published_calendar((2026, 2027))
S, STEP = InstructionState, InstructionStep
BATCH = Batch(name="milk", brand=None, batch=None, quantity=1, measured_in="box", measure=Measure.SEALED)  # type: ignore[arg-type]
GIVEN = {
    STEP.ACKNOWLEDGE: InstructionGiven(name="Wang", how="by telephone"),
    STEP.OFF_SHELF: InstructionGiven(outcome=OffShelfOutcome.TAKEN_OFF, batches=(BATCH,)),
    STEP.FEEDBACK: InstructionGiven(feedback="sealed"),
    STEP.CLOSE: InstructionGiven(reason="a patrol follows"),
    STEP.CANCEL: InstructionGiven(reason="false alarm"),
}


def instruction(state: InstructionState, priority: Priority = Priority.P2, **known: bool) -> Instruction:
    return Instruction(
        id=1,
        version=1,
        state=state,
        priority=priority,
        instructed_at=NOW - timedelta(hours=1),
        last_at=NOW - timedelta(minutes=30),
        has_departed=known.get("has_departed", False),
        has_batches=known.get("has_batches", False),
        are_goods_dealt_with=known.get("are_goods_dealt_with", False),
        has_patrol=known.get("has_patrol", False),
    )


def test_each_state_allows_what_the_table_says() -> None:
    allowed = {state: [one.rule.step for one in list_possible(instruction(state))] for state in S}

    assert allowed == {
        S.ISSUED: [STEP.ACKNOWLEDGE, STEP.CANCEL],
        S.UNANSWERED: [STEP.ACKNOWLEDGE, STEP.CANCEL, STEP.RING_AGAIN],
        S.ACKNOWLEDGED: [STEP.DEPART, STEP.ARRIVE, STEP.CANCEL],
        S.ON_SITE: [STEP.OFF_SHELF, STEP.FEEDBACK, STEP.CANCEL],
        S.REPORTED: [STEP.OFF_SHELF, STEP.FEEDBACK, STEP.CLOSE, STEP.CANCEL],
        S.CLOSED: [],
        S.CANCELLED: [],
    }
    assert {rule.target for rule in RULES if rule.target not in OPEN_STATES} == {None, S.CLOSED, S.CANCELLED}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("step", STEP)
def test_nothing_outside_the_table_is_taken(state: InstructionState, step: InstructionStep) -> None:
    subject = instruction(state, are_goods_dealt_with=step is STEP.CLOSE)
    lines = {rule.step: rule for rule in RULES if state in rule.sources}
    if step in lines:
        assert check_step(subject, step, GIVEN.get(step, InstructionGiven()), NOW) is lines[step]
    else:
        with pytest.raises(ConflictError):
            check_step(subject, step, GIVEN.get(step, InstructionGiven()), NOW)


def test_what_is_not_urgent_is_closed_without_goods_and_without_a_reason() -> None:
    check_step(instruction(S.REPORTED, Priority.P3), STEP.CLOSE, InstructionGiven(), NOW)
    with pytest.raises(ConflictError, match="lacks: off_shelf"):
        check_step(instruction(S.REPORTED, Priority.P1), STEP.CLOSE, GIVEN[STEP.CLOSE], NOW)


def test_goods_off_the_shelf_come_with_their_batches_or_were_written_down_before() -> None:
    bare = InstructionGiven(outcome=OffShelfOutcome.TAKEN_OFF)
    check_step(instruction(S.ON_SITE, has_batches=True), STEP.OFF_SHELF, bare, NOW)
    check_step(instruction(S.ON_SITE, has_batches=True), STEP.OFF_SHELF, GIVEN[STEP.OFF_SHELF], NOW)
    sold_out = InstructionGiven(outcome=OffShelfOutcome.SOLD_OUT)
    check_step(instruction(S.ON_SITE, has_batches=True), STEP.OFF_SHELF, sold_out, NOW)
    for given_, has_batches in ((bare, False), (replace(sold_out, batches=(BATCH,)), True)):
        with pytest.raises(InputError, match="has its batches"):
            check_step(instruction(S.ON_SITE, has_batches=has_batches), STEP.OFF_SHELF, given_, NOW)


@pytest.mark.parametrize(("minutes", "is_taken"), [(-31, False), (-30, True), (0, True), (1, False)])
def test_a_typed_moment_lies_between_the_last_one_and_now(minutes: int, is_taken: bool) -> None:
    subject, typed = instruction(S.ACKNOWLEDGED), InstructionGiven(at=NOW + timedelta(minutes=minutes))
    if is_taken:
        check_step(subject, STEP.ARRIVE, typed, NOW)
    else:
        with pytest.raises(InputError):
            check_step(subject, STEP.ARRIVE, typed, NOW)


def rule(code: str, ends_when: str, hours: int) -> DeadlineRule:
    return DeadlineRule(
        ruleset="office",
        code=code,
        priority=None,
        counted_in=CountedIn.HOURS,
        lasts=timedelta(hours=hours),
        extended_by=None,
        begins_when="instructed",
        ends_when=ends_when,
        paused_by=None,
        rolls_over_weekends=False,
        certainty=Certainty.OFFICE,
        source="a test",
    )


CLOCKS = {
    "acknowledge": (rule("acknowledge", "acknowledged", 1), STEP.ACKNOWLEDGE),
    "arrive": (rule("arrive", "arrived", 2), STEP.ARRIVE),
    "off_shelf": (rule("off_shelf", "off_shelf_or_nothing_found", 24), STEP.OFF_SHELF),
    "field_feedback": (rule("field_feedback", "feedback", 24), STEP.FEEDBACK),
}


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(STEP), st.integers(0, 30 * 60), st.sampled_from(OffShelfOutcome)), max_size=12
    ),
    later=st.integers(0, 40 * 60),
)
def test_each_clock_is_stopped_by_the_first_step_that_ends_it_and_judged_at_that_moment(
    steps: list[tuple[InstructionStep, int, OffShelfOutcome]], later: int
) -> None:
    written = [
        InstructionStepTaken(
            step=step, at=NOW + timedelta(minutes=minute), outcome=outcome if step is STEP.OFF_SHELF else None
        )
        for (step, _, outcome), minute in zip(steps, sorted(minute for _, minute, _ in steps), strict=True)
    ]
    ended = [taken for taken in written if taken.step in (STEP.CLOSE, STEP.CANCEL)]
    now = max([NOW + timedelta(minutes=later), *(taken.at for taken in written)])
    rules = [one for one, _ in CLOCKS.values()]
    for clock in list_clocks(NOW, written, rules, CALENDAR, SHANGHAI, now):
        found, step = CLOCKS[clock.code]
        stops = [
            taken
            for taken in written
            if taken in ended or (taken.step is step and taken.outcome is not OffShelfOutcome.PREMISES_CLOSED)
        ]
        at = stops[0].at if stops else None
        is_over = (at or now) > NOW + found.lasts
        if is_over:
            state = ClockState.BREACHED
        elif not stops:
            state = ClockState.RUNNING
        else:
            state = ClockState.CANCELLED if stops[0] in ended else ClockState.MET
        assert (clock.stopped_at, clock.state) == (at, state)


def test_a_late_closing_of_the_premises_hides_no_breach() -> None:
    shut = InstructionStepTaken(
        step=STEP.OFF_SHELF, at=NOW + timedelta(hours=1), outcome=OffShelfOutcome.PREMISES_CLOSED
    )
    off = replace(shut, at=NOW + timedelta(hours=24, seconds=1), outcome=OffShelfOutcome.SOLD_OUT)
    (clock,) = list_clocks(NOW, [shut, off], [CLOCKS["off_shelf"][0]], CALENDAR, SHANGHAI, off.at)
    assert (clock.state, clock.stopped_at) == (ClockState.BREACHED, off.at)


def test_of_an_instruction_its_urgency_and_each_digit_of_its_number_are_spoken() -> None:
    assert spoken_of("指令2026-0012", Priority.P2) == "二级指令二零二六，零零一二。"
