"""What the frozen rows of a month say was done wrong. Pure: proposals, which a quality officer confirms or drops.

The settlement rate takes no points off: it is shown. What no row shows, a person finds, with evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from callcenter.analysis.periods import Period
from callcenter.analysis.quality.rules import QualityCode
from callcenter.analysis.snapshots.rows import FrozenTicket
from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.tickets.clocks import ClockState
from callcenter.casework.tickets.rules import LAWFUL_KINDS, TicketKind

TICKET, FIELD = "ticket", "field"
"""Kinds of subjects; a field is `NUMBER:NAME`."""

BY_CLOCK: dict[str, QualityCode] = {
    "mediate": QualityCode.OVERDUE_COMPLETION,
    "report_check": QualityCode.OVERDUE_COMPLETION,
    "platform_entry": QualityCode.PLATFORM_ENTRY_LATE,
    "end_notice": QualityCode.FEEDBACK_LATE,
    "report_notice": QualityCode.FEEDBACK_LATE,
    "off_shelf": QualityCode.OFF_SHELF_LATE,
    "clue_check": QualityCode.CASE_MISSED,
    "acknowledge": QualityCode.INSTRUCTION_UNACKNOWLEDGED,
}
"""A time limit that was breached, by its code."""
FIELD_FEEDBACK = "field_feedback"
URGENT = frozenset({Priority.P1, Priority.P2})
"""Of these the feedback is due within 24 hours."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """An error of a unit: `subject` is unique for its code in a month, so that the same one counts once."""

    code: QualityCode
    unit_id: int
    subject_kind: str
    subject: str
    occurred_on: date
    evidence: tuple[str, ...]
    """Numbers of tickets, and of what else shows it."""


def propose(rows: Iterable[FrozenTicket], period: Period, timezone: ZoneInfo) -> list[Proposal]:
    """By ticket; the first of each code and subject."""
    found: dict[tuple[QualityCode, str], Proposal] = {}
    for row in sorted(rows, key=lambda one: one.number):
        if row.unit_id is None or row.is_merged:
            continue
        for one in (*_by_clocks(row, row.unit_id, period, timezone), *_by_fields(row, row.unit_id, period, timezone)):
            found.setdefault((one.code, one.subject), one)
    return list(found.values())


def _by_clocks(row: FrozenTicket, unit_id: int, period: Period, timezone: ZoneInfo) -> Iterator[Proposal]:
    for clock in row.clocks:
        code = BY_CLOCK.get(clock.code)
        if clock.code == FIELD_FEEDBACK:
            code = QualityCode.URGENT_FEEDBACK_LATE if row.priority in URGENT else QualityCode.FEEDBACK_LATE
        day = _day(clock.ended_at, period, timezone)
        if code is not None and clock.state is ClockState.BREACHED and day is not None:
            yield Proposal(
                code=code,
                unit_id=unit_id,
                subject_kind=TICKET,
                subject=row.number,
                occurred_on=day,
                evidence=(row.number, f"{clock.code}/{clock.number}"),
            )


def _by_fields(row: FrozenTicket, unit_id: int, period: Period, timezone: ZoneInfo) -> Iterator[Proposal]:
    """What is missing when a matter is completed; what is about the merchant is asked for before."""
    day = _day(row.completed_at, period, timezone)
    if day is None or row.kind not in LAWFUL_KINDS:
        return
    needed = {
        "category": row.goods_code or row.service_code,
        **({"problem": row.problem_code} if row.kind is TicketKind.COMPLAINT else {"offence": row.offence_code}),
        "sales_mode": row.sales_mode_code,
    }
    for name, value in needed.items():
        if value is None:
            yield Proposal(
                code=QualityCode.FIELD_MISSING,
                unit_id=unit_id,
                subject_kind=FIELD,
                subject=f"{row.number}:{name}",
                occurred_on=day,
                evidence=(row.number,),
            )


def _day(at: datetime | None, period: Period, timezone: ZoneInfo) -> date | None:
    """The local day, if the period has it."""
    day = None if at is None else at.astimezone(timezone).date()
    return day if day is not None and period.first <= day <= period.last else None
