"""The clocks of one ticket: for each run of each rule when it is due, whether it was met, and which warnings are due.

Pure: the same log, rules and calendar give the same clocks, in whatever order they came to be known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from callcenter.casework.deadlines.clock import Due, Verdict, find_due
from callcenter.casework.deadlines.rules import DeadlineRule, Priority
from callcenter.casework.tickets.merge_rules import end_with_target
from callcenter.casework.tickets.occurrences import (
    OF_CLUES,
    Run,
    Written,
    list_all_tests,
    list_occurrences,
    list_pauses,
    list_runs,
    list_runs_of_clues,
)
from callcenter.casework.tickets.rules import TicketKind
from callcenter.hours.rules import Calendar


class ClockState(StrEnum):
    """How a clock stands. A closed list."""

    RUNNING = "running"
    PAUSED = "paused"
    """A test lasts: the days of it are not counted."""
    MET = "met"
    BREACHED = "breached"
    """Over, whether it was stopped late or still runs."""
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    """The calendar that decides it has not been published."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """One run of one time limit of a ticket; `number` tells its runs apart, from 1."""

    code: str
    number: int
    begins_at: datetime
    stopped_at: datetime | None
    due: Due
    state: ClockState


def list_clocks(
    written: Written, rules: Iterable[DeadlineRule], calendar: Calendar, timezone: ZoneInfo, now: datetime
) -> list[Clock]:
    """By rule and run. Days are those of `timezone`."""
    pauses = list_pauses(written, now.astimezone(timezone).date(), timezone)
    is_in_test = any(test.ends_on is None for test in list_all_tests(written, timezone))
    # A report is checked in the time in which its clue is: an extension is one of both.
    is_extended = written.kind is TicketKind.REPORT and any(clue.is_extended for clue in written.clues)
    clocks = []
    for rule in rules:
        of_rule = pauses if rule.paused_by == "test" else []
        if rule.begins_when in OF_CLUES:
            runs = list_runs_of_clues(rule, written.clues, timezone)
        else:
            runs = _list_runs(rule, written)
        for number, run in enumerate(runs, start=1):
            begins_at = run.begins_at.astimezone(timezone)
            due = find_due(rule, begins_at, calendar, pauses=of_rule, is_extended=run.is_extended or is_extended)
            clocks.append(
                Clock(
                    code=rule.code,
                    number=number,
                    begins_at=run.begins_at,
                    stopped_at=run.ended_at,
                    due=due,
                    state=state_of(run, due, now, is_paused=bool(of_rule) and is_in_test),
                )
            )
    return clocks


def _list_runs(rule: DeadlineRule, written: Written) -> list[Run]:
    runs = list_runs(rule, list_occurrences(written))
    if written.merged is None:
        return runs
    of_target = list_runs(rule, list_occurrences(written.merged.target))
    return end_with_target(runs, of_target, written.merged.at)


def choose_rules(rules: Sequence[DeadlineRule], priority: Priority | None) -> list[DeadlineRule]:
    """Of each limit the rule for this priority, else the one for all."""
    chosen: dict[str, DeadlineRule] = {}
    for rule in rules:
        if rule.priority is None:
            chosen.setdefault(rule.code, rule)
        elif rule.priority == priority:
            chosen[rule.code] = rule
    return list(chosen.values())


def state_of(run: Run, due: Due, now: datetime, *, is_paused: bool = False) -> ClockState:
    """How the clock of a run stands. What is cancelled is neither met nor breached, whenever that was."""
    if run.cancelled_at is not None:
        return ClockState.CANCELLED
    verdict = due.judge(run.stopped_at, now)
    if is_paused and run.stopped_at is None and verdict is not Verdict.BREACHED:
        return ClockState.PAUSED
    match verdict:
        case Verdict.RUNNING:
            return ClockState.RUNNING
        case Verdict.MET:
            return ClockState.MET
        case Verdict.BREACHED:
            return ClockState.BREACHED
        case Verdict.UNKNOWN:
            return ClockState.UNKNOWN


def to_columns(clock: Clock, warned: Collection[int], now: datetime) -> Mapping[str, Any]:
    """What is kept of a clock; `warned` are the percentages that somebody was warned of before.

    Past days of the calendar are never changed, so what is breached stays so.
    """
    due, state = clock.due, clock.state
    is_over, is_paused = clock.stopped_at is not None, state is ClockState.PAUSED
    known = set(warned)
    if not is_over:
        known |= {warning.percent for warning in due.warnings if warning.at <= now}
    return {
        "code": clock.code,
        "number": clock.number,
        "begins_at": clock.begins_at,
        "target_due_at": None if is_paused else due.target_at,
        "legal_due_at": None if is_paused else due.legal_at,
        "missing_year": due.missing_year,
        "stopped_at": clock.stopped_at,
        "state": state.value,
        "next_change_at": None if is_over or is_paused else _next_change(due, state, now),
        "warned": sorted(known),
    }


def _next_change(due: Due, state: ClockState, now: datetime) -> datetime | None:
    """The next warning, or the end of the limit; a limit of hours is over only after its last second."""
    if state is ClockState.BREACHED:
        return None
    moments = [warned.at for warned in due.warnings]
    if due.legal_at is not None:
        moments.append(due.legal_at if due.counted_in.is_days else due.legal_at + timedelta(seconds=1))
    return min((moment for moment in moments if moment > now), default=None)
