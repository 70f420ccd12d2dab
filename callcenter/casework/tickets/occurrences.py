"""What happened to a ticket, in the words of the rules of time limits: which clocks it started, and which it stopped.

Everything is derived from what was written down, so that no change of priority, unit or kind can lose a pause. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from callcenter.casework.deadlines.rules import DeadlineRule
from callcenter.casework.tickets.rules import Notice, NoticeKind, NoticeTo, TestPause, TicketKind
from callcenter.casework.tickets.steps import TicketStep
from callcenter.hours.deadlines import Pause


class Occurrence(StrEnum):
    """What rules say in `begins_when` and `ends_when`. A closed list, as far as tickets go."""

    RECEIVED = "received"
    """Of a complaint, at the hotline."""
    RECEIVED_OR_NEW_FACTS = "received_or_new_facts"
    """Of a report."""
    REGISTERED = "registered"
    REGISTERED_OR_GIVEN_BACK = "registered_or_given_back"
    """The centre has to find the unit that handles it."""
    PLATFORM_NUMBER_SET = "platform_number_set"
    FORWARDED_OR_REFERRED = "forwarded_or_referred"
    DISPUTE_NOTED = "dispute_noted"
    UNIT_FIXED = "unit_fixed"
    ACCEPTED = "accepted"
    ACCEPTED_OR_REFUSED_WITH_NOTICE = "accepted_or_refused_with_notice"
    SETTLED_OR_ENDED = "settled_or_ended"
    ENDED = "ended"
    BOTH_SIDES_NOTIFIED = "both_sides_notified"
    FILED_OR_NOT_FILED = "filed_or_not_filed"
    CLUE_DISCOVERED = "clue_discovered"
    FILED = "filed"
    INSTRUCTED = "instructed"
    """Of an instruction to a unit, as are the four after it."""
    ACKNOWLEDGED = "acknowledged"
    ARRIVED = "arrived"
    OFF_SHELF_OR_NOTHING_FOUND = "off_shelf_or_nothing_found"
    FEEDBACK = "feedback"
    WITHDRAWN = "withdrawn"
    """Not a rule's: every clock is cancelled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Happened:
    """An occurrence at a moment."""

    what: Occurrence
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class StepTaken:
    """A step as it was written down, and the days that came with it."""

    step: TicketStep
    at: datetime
    begins_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Clue:
    """Something was found of an offence: it was flagged, and a case was filed, refused, or the flag withdrawn."""

    discovered_on: date
    decided_at: datetime | None = None
    filed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    is_extended: bool = False
    result_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """Everything that was written down of a ticket on which its clocks depend."""

    kind: TicketKind
    received_at: datetime
    platform_number_at: datetime | None
    steps: tuple[StepTaken, ...]
    """In the order in which they were taken."""
    notices: tuple[Notice, ...]
    clues: tuple[Clue, ...] = ()
    merged: Merged | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Merged:
    """The ticket is merged: since when, and what was written down of the one that it is merged into."""

    at: datetime
    target: Written


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One run of a clock. It was stopped in time or late, was cancelled, or still runs."""

    code: str
    begins_at: datetime
    stopped_at: datetime | None
    cancelled_at: datetime | None
    is_extended: bool = False

    @property
    def ended_at(self) -> datetime | None:
        """None while it runs."""
        return self.stopped_at or self.cancelled_at


_OF_STEPS: dict[TicketStep, tuple[Occurrence, ...]] = {
    TicketStep.REGISTER: (Occurrence.REGISTERED, Occurrence.REGISTERED_OR_GIVEN_BACK),
    TicketStep.FORWARD: (Occurrence.FORWARDED_OR_REFERRED, Occurrence.UNIT_FIXED),
    TicketStep.REFER: (Occurrence.FORWARDED_OR_REFERRED, Occurrence.WITHDRAWN),
    TicketStep.GIVE_BACK: (Occurrence.REGISTERED_OR_GIVEN_BACK,),
    TicketStep.DISPUTE: (Occurrence.DISPUTE_NOTED,),
    TicketStep.ACCEPT: (Occurrence.ACCEPTED, Occurrence.UNIT_FIXED),
    TicketStep.START_CHECK: (Occurrence.UNIT_FIXED,),
    TicketStep.NEW_FACTS: (Occurrence.RECEIVED_OR_NEW_FACTS,),
    TicketStep.SETTLE: (Occurrence.SETTLED_OR_ENDED,),
    TicketStep.END: (Occurrence.SETTLED_OR_ENDED, Occurrence.ENDED),
    TicketStep.FILE: (Occurrence.FILED_OR_NOT_FILED,),
    TicketStep.NOT_FILE: (Occurrence.FILED_OR_NOT_FILED,),
    TicketStep.VOID: (Occurrence.WITHDRAWN,),
}


def list_occurrences(written: Written) -> list[Happened]:
    """What happened, the oldest first; at one moment what begins a clock stands before what stops it."""
    return sorted(_occurrences(written), key=lambda happened: happened.at)


def list_runs(rule: DeadlineRule, occurrences: Sequence[Happened]) -> list[Run]:
    """The runs of a rule's clock: each begins where it does not run yet, and ends at the next occurrence that ends it.

    New facts begin it again: the run before them is cancelled.
    """
    runs: list[Run] = []
    begun: datetime | None = None
    for happened in occurrences:
        if happened.what == rule.begins_when:
            if begun is not None and happened.what is Occurrence.RECEIVED_OR_NEW_FACTS:
                runs.append(_run(rule, begun, cancelled_at=happened.at))
                begun = None
            begun = begun or happened.at
        elif begun is not None and happened.what == rule.ends_when:
            runs.append(_run(rule, begun, stopped_at=happened.at))
            begun = None
        elif begun is not None and happened.what is Occurrence.WITHDRAWN:
            runs.append(_run(rule, begun, cancelled_at=happened.at))
            begun = None
    if begun is not None:
        runs.append(_run(rule, begun))
    return runs


OF_CLUES = frozenset({Occurrence.CLUE_DISCOVERED, Occurrence.FILED})
"""What begins a clock that each clue has for itself."""


def list_runs_of_clues(rule: DeadlineRule, clues: Sequence[Clue], timezone: ZoneInfo) -> list[Run]:
    """Each clue has clocks of its own: until its decision is signed, and from the filing to the result of the case."""
    runs = []
    for clue in clues:
        if rule.begins_when == Occurrence.CLUE_DISCOVERED:
            runs.append(
                Run(
                    code=rule.code,
                    begins_at=datetime.combine(clue.discovered_on, time(), timezone),
                    stopped_at=clue.decided_at,
                    cancelled_at=clue.withdrawn_at,
                    is_extended=clue.is_extended,
                )
            )
        elif clue.filed_at is not None:
            runs.append(Run(code=rule.code, begins_at=clue.filed_at, stopped_at=clue.result_at, cancelled_at=None))
    return runs


def list_pauses(written: Written, today: date, timezone: ZoneInfo) -> list[Pause]:
    """The days of tests and appraisals; one that lasts counts until today."""
    return [
        Pause(begins_on=test.begins_on, ends_on=max(test.begins_on, today) if test.ends_on is None else test.ends_on)
        for test in list_all_tests(written, timezone)
    ]


def list_all_tests(written: Written, timezone: ZoneInfo) -> list[TestPause]:
    """The ticket's own tests and, while it is merged, those of the target from the day of the merge on."""
    tests = list_tests(written.steps)
    if written.merged is not None:
        first = written.merged.at.astimezone(timezone).date()
        tests += [
            replace(test, begins_on=max(test.begins_on, first))
            for test in list_tests(written.merged.target.steps)
            if test.ends_on is None or test.ends_on >= first
        ]
    return tests


def list_tests(steps: Sequence[StepTaken]) -> list[TestPause]:
    """The tests as they were entered: a whole one at once, or its begin and later its end."""
    tests: list[TestPause] = []
    for taken in steps:
        if taken.step is TicketStep.PAUSE and taken.begins_on is not None:
            tests.append(TestPause(begins_on=taken.begins_on, ends_on=taken.ends_on))
        elif taken.step is TicketStep.RESUME:
            tests = [
                TestPause(begins_on=test.begins_on, ends_on=taken.ends_on if test.ends_on is None else test.ends_on)
                for test in tests
            ]
    return tests


def is_suspended(steps: Sequence[StepTaken]) -> bool:
    """Whether somebody asked for another mediator and that is not decided."""
    words = [taken.step for taken in steps if taken.step in (TicketStep.SUSPEND, TicketStep.LIFT_SUSPENSION)]
    return words[-1:] == [TicketStep.SUSPEND]


def _run(
    rule: DeadlineRule, begins_at: datetime, *, stopped_at: datetime | None = None, cancelled_at: datetime | None = None
) -> Run:
    return Run(code=rule.code, begins_at=begins_at, stopped_at=stopped_at, cancelled_at=cancelled_at)


def _occurrences(written: Written) -> Iterator[Happened]:
    if written.kind is TicketKind.COMPLAINT:
        yield Happened(what=Occurrence.RECEIVED, at=written.received_at)
    elif written.kind is TicketKind.REPORT:
        yield Happened(what=Occurrence.RECEIVED_OR_NEW_FACTS, at=written.received_at)
    else:
        return
    for taken in written.steps:
        for what in _OF_STEPS.get(taken.step, ()):
            yield Happened(what=what, at=taken.at)
        if taken.step is TicketStep.REOPEN:
            is_complaint = written.kind is TicketKind.COMPLAINT
            what = Occurrence.ACCEPTED if is_complaint else Occurrence.RECEIVED_OR_NEW_FACTS
            yield Happened(what=what, at=taken.at)
    if written.platform_number_at is not None:
        registered = [taken.at for taken in written.steps if taken.step is TicketStep.REGISTER]
        yield Happened(what=Occurrence.PLATFORM_NUMBER_SET, at=max([written.platform_number_at, *registered[:1]]))
    yield from _decisions_with_notice(written)


def _decisions_with_notice(written: Written) -> Iterator[Happened]:
    """A decision that somebody has to be told of stops its clock at the later of both moments (Art. 15 and 23)."""
    for position, taken in enumerate(written.steps):
        if taken.step not in _TOLD:
            continue
        what, kind, sides = _TOLD[taken.step]
        following = (later.at for later in written.steps[position + 1 :] if later.step is taken.step)
        until = next(following, None)
        told = [_first_told(written.notices, kind, to, taken.at, until) for to in sides]
        moments = [moment for moment in told if moment is not None]
        if len(moments) == len(told):
            yield Happened(what=what, at=max(taken.at, *moments))


_TOLD: dict[TicketStep, tuple[Occurrence, NoticeKind, tuple[NoticeTo, ...]]] = {
    TicketStep.ACCEPT: (Occurrence.ACCEPTED_OR_REFUSED_WITH_NOTICE, NoticeKind.ACCEPTANCE, (NoticeTo.COMPLAINANT,)),
    TicketStep.REFUSE: (Occurrence.ACCEPTED_OR_REFUSED_WITH_NOTICE, NoticeKind.REFUSAL, (NoticeTo.COMPLAINANT,)),
    TicketStep.END: (Occurrence.BOTH_SIDES_NOTIFIED, NoticeKind.END, tuple(NoticeTo)),
}
"""Decisions, and who has to be told of each."""


def _first_told(
    notices: Sequence[Notice], kind: NoticeKind, to: NoticeTo, since: datetime, until: datetime | None
) -> datetime | None:
    """When that side was first told, by what was written down from one decision to the next of its kind."""
    return min(
        (
            notice.at
            for notice in notices
            if notice.kind is kind
            and notice.to is to
            and since <= notice.recorded_at
            and (until is None or notice.recorded_at < until)
        ),
        default=None,
    )
