"""What a table of a report is made of: columns, lines, and cells that carry what they were computed from. Pure.

What is printed stands in the cell as it was reckoned, so that the check of `checks.py` has something to compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from callcenter.analysis import arithmetic
from callcenter.analysis.arithmetic import SMALL, ChangeKind
from callcenter.analysis.periods import Period
from callcenter.analysis.statistics.intervals import Interval, wilson
from callcenter.languages import Words


class Basis(StrEnum):
    """Which matters, or what else, a table counts. Two of them never stand in one table. A closed list."""

    RECEIVED = "received"
    """接收口径: matters received in the period, with what had become of them at the cut-off."""
    ENDED = "ended"
    """办结口径: matters decided, settled, ended or completed, and time limits that ended, in the period."""
    RAISED = "raised"
    """Flags for a case that were raised in the period."""
    CALLS = "calls"
    """Inbound calls of the days of the period, from the frozen day sheets."""
    NONE = "none"
    """The table counts nothing: definitions, corrections."""


class ColumnKey(StrEnum):
    """What a column holds. A closed list."""

    RANK = "rank"
    COUNT = "count"
    SHARE = "share"
    YEAR_COUNT = "year_count"
    YEAR_CHANGE = "year_change"
    """同比."""
    BEFORE_COUNT = "before_count"
    BEFORE_CHANGE = "before_change"
    """环比."""
    PER_DAY = "per_day"
    """For each working day; in the report of a holiday, for each day."""
    PER_DAY_YEAR_CHANGE = "per_day_year_change"
    PER_DAY_BEFORE_CHANGE = "per_day_before_change"
    RATIO = "ratio"
    YEAR_RATIO = "year_ratio"
    BEFORE_RATIO = "before_ratio"
    AMOUNT = "amount"
    YEAR_AMOUNT = "year_amount"
    BEFORE_AMOUNT = "before_amount"
    INTERVAL = "interval"
    """95 % interval of the mean of a count."""
    COMPLAINANTS = "complainants"
    SERIAL = "serial"
    MONTHS = "months"
    ENQUIRIES = "enquiries"
    COMPLAINTS = "complaints"
    REPORTS = "reports"
    OTHERS = "others"
    FIELD = "field"
    OLD = "old"
    NEW = "new"
    CHANGED_AT = "changed_at"
    FORMULA = "formula"
    PROBABILITY = "probability"
    STATE = "state"


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """So many."""

    value: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """Of a column whose shares add up to 100.00 %."""

    percent: Decimal
    count: int
    whole: int

    @property
    def is_small(self) -> bool:
        """Of so few that it says little: 小样本."""
        return 0 < self.whole < SMALL


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """A change against an earlier figure; `is_points` where both are percentages and it is their difference."""

    kind: ChangeKind
    percent: Decimal | None
    is_small: bool
    is_points: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PerDay:
    """So many for each day; None where there was no such day."""

    value: Decimal | None
    count: int
    days: int

    @property
    def is_small(self) -> bool:
        """Of so few that it says little."""
        return 0 < self.count < SMALL


@dataclass(frozen=True, kw_only=True, slots=True)
class Ratio:
    """A rate with what it was made of and its 95 % Wilson interval; `percent` is None of nothing."""

    numerator: int
    denominator: int
    percent: Decimal | None
    interval: Interval | None

    @property
    def is_small(self) -> bool:
        """Of so few that it says little."""
        return 0 < self.denominator < SMALL


@dataclass(frozen=True, kw_only=True, slots=True)
class Money:
    """In cents: the sum of what was not rounded."""

    cents: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Between:
    """Between which values a mean lies."""

    interval: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Rank:
    """Standard competition: 1, 2, 2, 4."""

    value: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """Words, in both languages."""

    words: Words


@dataclass(frozen=True, kw_only=True, slots=True)
class Nothing:
    """There is nothing that could stand here: —."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hidden:
    """Left out of a public version: `is_few` for one or two, else so that no sum reveals them."""

    is_few: bool


Cell = Count | Share | Compared | PerDay | Ratio | Money | Between | Rank | Text | Nothing | Hidden


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A row; `key` is the code, or id, of what it counts, by which the matters behind it are found."""

    key: str
    name: Words
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportTable:
    """`key` is unique in a report, in English. `part_of` is a table and the line of it that this one divides."""

    key: str
    section: int
    title: Words
    basis: Basis
    period: Period
    heading: Words
    """Of the first column."""
    columns: tuple[ColumnKey, ...]
    lines: tuple[Line, ...]
    total: Line | None = None
    axis: str | None = None
    """By which matters are found: the name of a filter of their list."""
    top: int | None = None
    """The first so many lines have a printed share together."""
    top_share: Decimal | None = None
    part_of: tuple[str, str] | None = None
    notes: tuple[Words, ...] = ()
    is_internal: bool = False
    """Never in a public version."""

    @property
    def all_lines(self) -> tuple[Line, ...]:
        """With the total as the last one."""
        return (*self.lines, *filter(None, [self.total]))


def share_cells(counts: list[int]) -> list[Share]:
    """Of their sum, by largest remainder."""
    whole = sum(counts)
    return [
        Share(percent=percent, count=count, whole=whole)
        for percent, count in zip(arithmetic.shares(counts), counts, strict=True)
    ]


def change_cell(now: int | Decimal | None, before: int | Decimal | None, *, cases: tuple[int, int]) -> Cell:
    """`cases` are those behind both figures."""
    if now is None or before is None:
        return Nothing()
    changed = arithmetic.change(now, before)
    return Compared(kind=changed.kind, percent=changed.percent, is_small=min(cases) < SMALL)


def rate_cell(count: int, days: int) -> PerDay:
    """So many for each day."""
    return PerDay(value=arithmetic.rate(count, days), count=count, days=days)


def ratio_cell(numerator: int, denominator: int) -> Ratio:
    """A rate by itself; without an interval where it is no share, as of those settled to those accepted in a month."""
    if denominator == 0:
        return Ratio(numerator=numerator, denominator=0, percent=None, interval=None)
    return Ratio(
        numerator=numerator,
        denominator=denominator,
        percent=arithmetic.percent(numerator, denominator),
        interval=wilson(numerator, denominator) if numerator <= denominator else None,
    )
