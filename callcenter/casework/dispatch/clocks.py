"""The clocks of one instruction, each of which runs once.

Pure: the same log, rules and calendar give the same clocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from callcenter.casework.deadlines.clock import Due, find_due
from callcenter.casework.deadlines.rules import DeadlineRule
from callcenter.casework.dispatch.rules import ENDING_OUTCOMES, InstructionStep, OffShelfOutcome
from callcenter.casework.tickets.clocks import Clock, ClockState, state_of
from callcenter.casework.tickets.occurrences import Happened, Occurrence, Run, list_runs
from callcenter.hours.rules import Calendar


@dataclass(frozen=True, kw_only=True, slots=True)
class InstructionStepTaken:
    """A step as it was written down: when it was done."""

    step: InstructionStep
    at: datetime
    outcome: OffShelfOutcome | None = None


_OF_STEPS: dict[InstructionStep, Occurrence] = {
    InstructionStep.ACKNOWLEDGE: Occurrence.ACKNOWLEDGED,
    InstructionStep.ARRIVE: Occurrence.ARRIVED,
    InstructionStep.FEEDBACK: Occurrence.FEEDBACK,
    InstructionStep.CLOSE: Occurrence.WITHDRAWN,
    InstructionStep.CANCEL: Occurrence.WITHDRAWN,
}


def list_clocks(
    instructed_at: datetime,
    steps: Sequence[InstructionStepTaken],
    rules: Iterable[DeadlineRule],
    calendar: Calendar,
    timezone: ZoneInfo,
    now: datetime,
) -> list[Clock]:
    """By rule. A clock that still runs when the instruction ends is cancelled, unless it was over before."""
    happened = [Happened(what=Occurrence.INSTRUCTED, at=instructed_at), *_occurrences(steps)]
    clocks = []
    for rule in rules:
        for run in list_runs(rule, happened):
            due = find_due(rule, run.begins_at.astimezone(timezone), calendar)
            clocks.append(
                Clock(
                    code=rule.code,
                    number=1,
                    begins_at=run.begins_at,
                    stopped_at=run.ended_at,
                    due=due,
                    state=_state(run, due, now),
                )
            )
    return clocks


def _state(run: Run, due: Due, now: datetime) -> ClockState:
    if run.cancelled_at is None:
        return state_of(run, due, now)
    before = state_of(replace(run, cancelled_at=None), due, run.cancelled_at)
    return ClockState.BREACHED if before is ClockState.BREACHED else ClockState.CANCELLED


def _occurrences(steps: Sequence[InstructionStepTaken]) -> Iterator[Happened]:
    """In the order in which they were written down, which is that of their moments."""
    for taken in steps:
        what = _OF_STEPS.get(taken.step)
        if taken.step is InstructionStep.OFF_SHELF and taken.outcome in ENDING_OUTCOMES:
            what = Occurrence.OFF_SHELF_OR_NOTHING_FOUND
        if what is not None:
            yield Happened(what=what, at=taken.at)
