"""What charts are made of: figures alone, without a word of how they look. Pure.

Names of kinds, goods, merchants and units come from data in the language of the report; they may hold anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from callcenter.analysis.statistics.intervals import Interval


class ChartId(StrEnum):
    """The fixed charts of a report, in their order. A closed list."""

    MONTHS = "c1"
    CHANNELS = "c2"
    PROBLEMS = "c3"
    GOODS = "c4"
    SERVICES = "c5"
    MERCHANTS = "c6"
    """Internal: merchants are named."""
    HOURS = "c7"
    LIMITS = "c8"
    STEPS = "c9"
    UNITS = "c10"
    BRANDS = "c11"
    SATISFACTION = "c12"


@dataclass(frozen=True, kw_only=True, slots=True)
class KindCounts:
    """One kind of matter over all months."""

    name: str
    counts: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MonthCounts:
    """Matters received in each month, by kind (five at most, the largest first), with the totals a year earlier (c1).

    `year_before` is None for a month of which nothing is known.
    """

    months: tuple[str, ...]
    kinds: tuple[KindCounts, ...]
    year_before: tuple[int | None, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RankedBar:
    """A row of a ranking, with its share in percent as the table prints it."""

    label: str
    count: int
    share: Decimal | None = None
    before: int | None = None
    """In the period before."""
    year_before: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RankedBars:
    """A ranking in its order, of `whole` matters in all (c2, c3, c4, c5, c11).

    Bars for earlier periods are drawn where any row has one.
    """

    rows: tuple[RankedBar, ...]
    whole: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CountInterval:
    """A count between the limits that chance alone gives its mean: `statistics.intervals.poisson_mean`."""

    label: str
    count: int
    interval: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class IntervalBars:
    """A ranking whose rows may differ by chance alone, of `whole` matters in all (c6)."""

    rows: tuple[CountInterval, ...]
    whole: int


@dataclass(frozen=True, kw_only=True, slots=True)
class HourHeat:
    """Calls by weekday, Monday first, and hour of the local day: seven rows of 24 (c7)."""

    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitPoint:
    """Complaints of a month, and between which rates per working day they should lie."""

    label: str
    count: int
    days: int
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitsChart:
    """A u-chart: complaints per working day with limits about the centre (c8). `days` of each point are above 0."""

    points: tuple[LimitPoint, ...]
    centre: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """How many have come so far."""

    label: str
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StepBars:
    """What became of the matters received: registered, decided, ended, completed (c9). Shares are of the first."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ShareBar:
    """`part` of `whole`, from which its share and Wilson's interval follow; a share of nothing is not drawn."""

    label: str
    part: int
    whole: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ShareBars:
    """Rates with their intervals, and the rate of all together (c10, c12)."""

    rows: tuple[ShareBar, ...]
    overall: ShareBar


Figures = MonthCounts | RankedBars | IntervalBars | HourHeat | LimitsChart | StepBars | ShareBars


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """A fixed chart of one report. `period` as it is printed: 2026年3月."""

    id: ChartId
    period: str
    figures: Figures
