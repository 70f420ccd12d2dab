"""Sections 1 and 2 of a report: how many matters, of what kind, when, and where they came from. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum

from callcenter.analysis.periods import PeriodKind
from callcenter.analysis.reports.cells import Basis, Cell, ColumnKey, Count, Line, ReportTable
from callcenter.analysis.reports.comparisons import TOTAL, Head, count_table, tally
from callcenter.analysis.reports.material import Material, Part
from callcenter.analysis.reports.words import HEADINGS, NOTES, TITLES, TOTAL_WORDS
from callcenter.analysis.snapshots.rows import FrozenTicket
from callcenter.casework.tickets.rules import IntakeChannel, TicketKind
from callcenter.casework.tickets.words import CHANNELS, KINDS
from callcenter.languages import Words

_KIND_COLUMNS = {
    ColumnKey.ENQUIRIES: (TicketKind.ENQUIRY,),
    ColumnKey.COMPLAINTS: (TicketKind.COMPLAINT,),
    ColumnKey.REPORTS: (TicketKind.REPORT,),
    ColumnKey.OTHERS: (TicketKind.SUGGESTION, TicketKind.PRAISE),
}
_WITH_MONTHS = (PeriodKind.QUARTER, PeriodKind.HALF_YEAR, PeriodKind.YEAR)


def received(part: Part) -> Sequence[FrozenTicket]:
    """All matters of the period."""
    return part.received


def complaints(part: Part) -> list[FrozenTicket]:
    """Received in the period."""
    return [one for one in part.received if one.kind is TicketKind.COMPLAINT]


def volume_tables(material: Material) -> list[ReportTable]:
    """Section 1."""
    notes = tuple(NOTES[key] for key in material.notes)
    head = Head(key="kinds", section=1, basis=Basis.RECEIVED, heading="kind", axis="kind", notes=notes)
    kinds = [(kind.value, named(KINDS, kind)) for kind in TicketKind]
    tables = [count_table(head, tally(material, received, lambda one: one.kind.value), kinds, has_rate=True)]
    if material.now.period.kind in _WITH_MONTHS:
        tables.append(_months(material))
    if material.now.period.kind is PeriodKind.HOLIDAY:
        tables.append(_days(material))
    return tables


def channel_tables(material: Material) -> list[ReportTable]:
    """Section 2."""
    channels = [(channel.value, named(CHANNELS, channel)) for channel in IntakeChannel]
    head = Head(
        key="channels", section=2, basis=Basis.RECEIVED, heading="channel", axis="channel", part_of=("kinds", TOTAL)
    )
    of_complaints = Head(
        key="complaint_channels",
        section=2,
        basis=Basis.RECEIVED,
        heading="channel",
        axis="channel",
        part_of=("kinds", TicketKind.COMPLAINT.value),
    )
    return [
        count_table(head, tally(material, received, _channel), channels),
        count_table(of_complaints, tally(material, complaints, _channel), channels),
    ]


def _months(material: Material) -> ReportTable:
    """Those of the period, from their own matters."""
    zone = material.now.since.tzinfo
    by_month: dict[str, Counter[TicketKind]] = {}
    first = material.now.period.first
    while first <= material.now.period.last:
        by_month[f"{first:%Y-%m}"] = Counter()
        first = (first + timedelta(days=31)).replace(day=1)
    for one in material.now.received:
        by_month[f"{one.received_at.astimezone(zone):%Y-%m}"][one.kind] += 1
    return _by_kind(material, "months", "month", by_month)


def _days(material: Material) -> ReportTable:
    zone = material.now.since.tzinfo
    first = material.now.period.first
    by_day: dict[str, Counter[TicketKind]] = {
        (first + timedelta(days=number)).isoformat(): Counter() for number in range(material.now.period.days)
    }
    for one in material.now.received:
        by_day[one.received_at.astimezone(zone).date().isoformat()][one.kind] += 1
    return _by_kind(material, "days", "day", by_day)


def _by_kind(material: Material, key: str, heading: str, counted: dict[str, Counter[TicketKind]]) -> ReportTable:
    lines = tuple(Line(key=name, name=(name, name), cells=_kind_cells(counts)) for name, counts in counted.items())
    total = Line(key=TOTAL, name=TOTAL_WORDS, cells=_kind_cells(sum(counted.values(), Counter())))
    return ReportTable(
        key=key,
        section=1,
        title=TITLES[key],
        basis=Basis.RECEIVED,
        period=material.now.period,
        heading=HEADINGS[heading],
        columns=(ColumnKey.COUNT, *_KIND_COLUMNS),
        lines=lines,
        total=total,
        axis=heading,
        part_of=("kinds", TOTAL),
    )


def _kind_cells(counts: Counter[TicketKind]) -> tuple[Cell, ...]:
    of_kinds = (Count(value=sum(counts[kind] for kind in kinds)) for kinds in _KIND_COLUMNS.values())
    return (Count(value=counts.total()), *of_kinds)


def _channel(one: FrozenTicket) -> str:
    return one.channel.value


def named(chinese: Mapping[str, str], member: StrEnum) -> Words:
    """Words for a value of a closed list."""
    return chinese[member], member.value.replace("_", " ")
