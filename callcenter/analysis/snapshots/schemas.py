"""Periods and snapshots over HTTP."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from callcenter.analysis.periods import Period, PeriodKind
from callcenter.casework.tickets.schemas import AskedDay, Line
from callcenter.http.fields import Moment
from callcenter.http.pages import Page, PageQuery


class PeriodState(StrEnum):
    """How far a period is. A closed list."""

    AHEAD = "ahead"
    RUNNING = "running"
    ENDED = "ended"
    """And not frozen."""
    FROZEN = "frozen"


class PeriodsQuery(PageQuery):
    """Which periods are wanted."""

    kind: PeriodKind = PeriodKind.MONTH
    year: Annotated[int, Field(ge=2000, le=2100)] | None = Field(
        default=None, description="In which they begin; this year without it."
    )


class DaysView(BaseModel):
    """A period, both days included."""

    first: date
    last: date

    @classmethod
    def of(cls, period: Period | None) -> DaysView | None:
        """None for none."""
        return None if period is None else cls(first=period.first, last=period.last)


class PeriodView(BaseModel):
    """A period, with what it is compared."""

    kind: PeriodKind
    first: date
    last: date
    name: str | None = Field(description="Of a holiday.")
    state: PeriodState
    workdays: int | None = Field(description="Null where the calendar of the year is not published.")
    before: DaysView | None = Field(description="The last one of the same kind; null for kinds that have none.")
    year_before: DaysView | None = Field(
        description="The same a year before; null for a holiday that lay inside another one then."
    )
    snapshot_id: int | None


class PeriodPage(Page[PeriodView]):
    """In order; of custom ones those that are frozen."""


class NewSnapshot(BaseModel):
    """A period to be frozen."""

    model_config = ConfigDict(extra="forbid")

    kind: PeriodKind
    first: AskedDay
    last: AskedDay | None = Field(default=None, description="Needed for custom periods; the others know it.")
    name: Line | None = Field(default=None, description="Of a holiday, as the calendar has it.")


class SnapshotsQuery(PageQuery):
    """Which snapshots are wanted."""

    kind: PeriodKind | None = None
    from_day: AskedDay | None = Field(default=None, description="Of periods that begin then or later.")
    to_day: AskedDay | None = Field(default=None, description="Of periods that end then or earlier.")


class SnapshotView(BaseModel):
    """A period that was frozen, for good."""

    id: int
    kind: PeriodKind
    first: date
    last: date
    name: str | None
    cut_off_at: Moment
    metric_version: int
    code_version: str = Field(description="Of the program.")
    rows: int
    sha256: str = Field(
        description="Of the rows in the order of their numbers, each as JSON with sorted keys and a newline."
    )
    made_by: str | None = Field(description="Null for the nightly job.")


class SnapshotPage(Page[SnapshotView]):
    """Newest first."""


class CorrectionView(BaseModel):
    """A field of a row that was changed after the cut-off of an earlier snapshot."""

    number: str
    of_snapshot_id: int = Field(description="The last one that has the row.")
    field: str
    old: JsonValue
    new: JsonValue


class CorrectionPage(Page[CorrectionView]):
    """By number and field."""
