"""What is counted for signals: the complaints of a time, by what they are about. Pure.

Complaints received in the time count, each once; what is merged into another matter does not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from callcenter.analysis.periods import Period
from callcenter.analysis.snapshots.rows import FrozenTicket
from callcenter.casework.tickets.rules import TicketKind


class SignalAxis(StrEnum):
    """By what complaints are told apart. A closed list."""

    ALL = "all"
    """All of them."""
    GOODS = "goods"
    SERVICE = "service"
    PROBLEM = "problem"
    GOODS_PROBLEM = "goods_problem"
    """Both codes, with a stroke between them."""
    SERVICE_PROBLEM = "service_problem"
    MERCHANT = "merchant"
    MERCHANT_GOODS = "merchant_goods"
    """A merchant and the code of goods, or of a service: what many people can complain of together."""
    MERCHANT_SERVICE = "merchant_service"


CATEGORIES = (
    *(SignalAxis.GOODS, SignalAxis.SERVICE, SignalAxis.PROBLEM, SignalAxis.GOODS_PROBLEM, SignalAxis.SERVICE_PROBLEM),
)
SINGLE_CATEGORIES = (SignalAxis.GOODS, SignalAxis.SERVICE, SignalAxis.PROBLEM)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """What some complaints have in common."""

    axis: SignalAxis
    code: str | None = None
    merchant_id: int | None = None


ALL = Cell(axis=SignalAxis.ALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Complaint:
    """A complaint as signals see it."""

    number: str
    day: date
    person: str | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """How many complaints a month had, in all and by cell; `people` are the distinct complainants of merchants."""

    period: Period
    workdays: int
    complaints: int
    cells: Mapping[Cell, int]
    people: Mapping[Cell, int]


def list_complaints(rows: Iterable[FrozenTicket], period: Period, timezone: ZoneInfo) -> list[Complaint]:
    """Those received in the period, by day."""
    found = []
    for row in rows:
        day = row.received_at.astimezone(timezone).date()
        if row.kind is TicketKind.COMPLAINT and not row.is_merged and period.first <= day <= period.last:
            cells = tuple(_cells_of(row))
            found.append(Complaint(number=row.number, day=day, person=row.complainant_key, cells=cells))
    return sorted(found, key=lambda one: (one.day, one.number))


def tally(complaints: Sequence[Complaint], period: Period, workdays: int) -> Tally:
    """Of the complaints of this period."""
    about: dict[Cell, list[Complaint]] = defaultdict(list)
    for one in complaints:
        for cell in one.cells:
            about[cell].append(one)
    merchants = (cell for cell in about if cell.axis is SignalAxis.MERCHANT)
    return Tally(
        period=period,
        workdays=workdays,
        complaints=len(complaints),
        cells={cell: len(those) for cell, those in about.items()},
        people={cell: count_people(about[cell]) for cell in merchants},
    )


def count_people(complaints: Iterable[Complaint]) -> int:
    """Distinct complainants; whoever is not known is taken for somebody else each time."""
    persons = Counter(one.person for one in complaints)
    unknown = persons.pop(None, 0)
    return len(persons) + unknown


def _cells_of(row: FrozenTicket) -> Iterator[Cell]:
    goods, service, problem, merchant = row.goods_code, row.service_code, row.problem_code, row.merchant_id
    for axis, code in ((SignalAxis.GOODS, goods), (SignalAxis.SERVICE, service), (SignalAxis.PROBLEM, problem)):
        if code is not None:
            yield Cell(axis=axis, code=code)
    for axis, code in ((SignalAxis.GOODS_PROBLEM, goods), (SignalAxis.SERVICE_PROBLEM, service)):
        if code is not None and problem is not None:
            yield Cell(axis=axis, code=f"{code}/{problem}")
    if merchant is not None:
        yield Cell(axis=SignalAxis.MERCHANT, merchant_id=merchant)
        for axis, code in ((SignalAxis.MERCHANT_GOODS, goods), (SignalAxis.MERCHANT_SERVICE, service)):
            if code is not None:
                yield Cell(axis=axis, code=code, merchant_id=merchant)
