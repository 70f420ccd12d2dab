"""What the business calendar takes and gives over HTTP. Times of day are local, written as 08:30."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from callcenter.hours.rules import DayKind, Source, Span, check_spans, clock, parse_span
from callcenter.http.days import DaysQuery
from callcenter.http.fields import Moment
from callcenter.http.pages import Page, PageQuery

_CLOCK_PATTERN = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"


def _as_clock(value: object) -> object:
    return clock(value) if isinstance(value, timedelta) else value


ClockText = Annotated[str, BeforeValidator(_as_clock), Field(pattern=_CLOCK_PATTERN, examples=["08:30"])]
Note = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class SpanView(BaseModel):
    """Open from `opens` until `closes`, at most 24:00."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    opens: ClockText
    closes: ClockText


class DayView(BaseModel):
    """A day as it stands."""

    model_config = ConfigDict(from_attributes=True)

    day: date
    kind: DayKind | None = Field(description="Null where the working calendar of the year is missing.")
    spans: list[SpanView] | None = Field(description="When the hotline is open; empty for not at all.")
    source: Source | None = Field(description="Who says so; null for a day that is as its weekday says.")
    note: str
    pushed_at: Moment | None = Field(description="When the PBX was last seen to have a plan for this day.")
    is_pushed: bool = Field(description="Whether that plan is the one of this calendar.")


class HoursQuery(PageQuery, DaysQuery):
    """Which days are wanted."""


class DayPage(Page[DayView]):
    """In order."""


class DayChange(BaseModel):
    """What a supervisor decides about a date; without `spans` it has the usual hours of such a day."""

    model_config = ConfigDict(extra="forbid")

    kind: DayKind
    spans: list[SpanView] | None = None
    note: Note = ""


class WeekdayView(BaseModel):
    """The hours of a weekday when it is a workday; 0 is Monday."""

    weekday: int
    spans: list[SpanView]


class WeekdayPage(Page[WeekdayView]):
    """Monday to Sunday."""


class WeekdayChange(BaseModel):
    """New hours of a weekday when it is a workday."""

    model_config = ConfigDict(extra="forbid")

    spans: list[SpanView]


class PbxNowView(BaseModel):
    """Whether one PBX takes calls of the hotline."""

    pbx: str
    is_open: bool | None = Field(description="Null where the calendar is missing: the PBX goes by its static rule.")
    by_hand: bool | None = Field(
        description="Opened (true) or closed on the PBX whatever the calendar says; null: not so, or no answer."
    )


class NowView(BaseModel):
    """Whether the hotline is open: what all PBXs have in common, null where they differ, and each of them."""

    is_open: bool | None = Field(description="Null where the calendar is missing: the PBX goes by its static rule.")
    by_hand: bool | None = Field(
        description="Opened (true) or closed on the PBX whatever the calendar says; null: not so, or no answer."
    )
    pbxs: list[PbxNowView]
    next_opening_at: Moment | None
    pushed_at: Moment | None = Field(description="The oldest moment at which a plan of the PBX was looked at.")


def agreed(values: Sequence[bool | None]) -> bool | None:
    """What all PBXs have; None where they differ."""
    return values[0] if len(set(values)) == 1 else None


def to_spans(views: list[SpanView]) -> tuple[Span, ...]:
    """Raises InputError."""
    return check_spans(parse_span(view.opens, view.closes) for view in views)
