"""What statistics look like over HTTP. Durations are seconds, shares numbers from 0 to 1."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from callcenter.http.downloads import FileQuery
from callcenter.http.fields import Moment
from callcenter.http.pages import Page
from callcenter.kpis.schemas import FiguresView, RatioView
from callcenter.statistics.intervals import Interval


class DefinitionView(BaseModel):
    """What a figure is."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    of: str
    formula: str
    unit: str


class DefinitionPage(Page[DefinitionView]):
    """Every figure; figures made by different versions are not to be compared."""

    version: int


class CompletenessView(BaseModel):
    """How much of the interval was seen: what a blind witness missed and nobody filled is in no figure."""

    unconfirmed: int = Field(
        description="Calls over, of any direction, on which not both witnesses agree: those unsettled."
    )
    settled: int = Field(description="Unconfirmed calls of which a supervisor has said why they stand.")
    still_up: int = Field(description="Calls that are not over: in no figure yet.")
    blind_seconds: dict[str, float] = Field(description="By `pbx/witness`, those that were blind for a while.")


class IntervalView(BaseModel):
    """The calls that began in [from, to)."""

    from_: Moment = Field(alias="from")
    to: Moment
    figures: FiguresView
    completeness: CompletenessView


class CallStatistics(BaseModel):
    """Intervals in order, and all of them together."""

    metrics_version: int
    interval: Interval
    intervals: list[IntervalView]
    total: IntervalView


class HeatCellView(BaseModel):
    """One hour of one day of the week; Monday is 1. The ratios are means for each time that hour came, null if it never
    did: when clocks are changed an hour comes twice, or not at all."""

    weekday: int
    hour: int
    offered: RatioView
    missed: RatioView


class HeatMap(BaseModel):
    """Hours by days of the week."""

    metrics_version: int
    cells: list[HeatCellView]


class AgentFiguresView(BaseModel):
    """A seat; pbx and interface are null where only calls name it. A ratio is null where states are not known."""

    device: str
    pbx: str | None
    interface: str | None
    users: list[str]
    state_seconds: dict[str, float]
    pause_seconds: dict[str, float] = Field(description="Of `paused`, by reason.")
    calls: int
    talked_seconds: float
    rings: int
    rings_unanswered: int
    ratios: dict[str, RatioView | None]


class AgentStatistics(BaseModel):
    """Seats by device."""

    metrics_version: int
    seats: list[AgentFiguresView]


class OwnDayView(BaseModel):
    """What the user who asks did with the calls of a day that are over."""

    metrics_version: int
    day: date
    calls: int
    talked_seconds: float
    answered: RatioView = Field(
        description="Rings at the user's device that the user answered, of those and the ones with result `no_answer`."
    )


class OfferedLoadView(BaseModel):
    """What the advice is made from."""

    model_config = ConfigDict(from_attributes=True)

    calls_an_hour: float
    aht_seconds: float
    patience_seconds: float
    erlang: float


class ForecastView(BaseModel):
    """What the load meets at so many seats: service level and mean wait by Erlang C, the rest by Erlang A."""

    model_config = ConfigDict(from_attributes=True)

    seats: int
    service_level: float
    asa_seconds: float | None
    must_wait: float
    abandon: float
    occupancy: float


class StaffingView(BaseModel):
    """Seats for the mean busy hour. What could not be measured is null, and `load` says what stands in for it."""

    metrics_version: int
    busy_hour: int
    days: int
    offered_in_busy_hour: int
    measured_talk_seconds: float | None
    measured_wrap_up_seconds: float | None
    measured_patience_seconds: float | None
    load: OfferedLoadView | None = Field(description="Null where no call was answered and none was given.")
    seats: int | None
    people: int | None = Field(description="To have so many at their seats, given the shrinkage.")
    forecasts: list[ForecastView]


class RangeQuery(FileQuery):
    """Business days, both included."""

    from_day: date
    to_day: date


class CallStatisticsQuery(RangeQuery):
    """Which calls, and how they are cut. In a queue a call counts as it went there."""

    interval: Interval = Interval.DAY
    queue: str | None = Field(default=None, max_length=80, pattern=r"^[^\x00]*$")
    agent: str | None = Field(default=None, max_length=80, pattern=r"^[^\x00]*$")


class StaffingQuery(RangeQuery):
    """What service is wanted: GB/T 33358 asks for 95 % within 15 s."""

    within_seconds: float = Field(default=15, ge=0, le=3600)
    target: float = Field(default=0.95, ge=0, le=0.999)
    shrinkage: float = Field(default=0.3, ge=0, le=0.9)
    patience_seconds: float = Field(default=90, ge=1, le=3600)
    calls_an_hour: float | None = Field(default=None, ge=0, le=100_000, description="In place of the measured ones.")
    aht_seconds: float | None = Field(
        default=None, gt=0, le=36_000, description="Talk, hold and wrap-up of a call, in place of the measured ones."
    )
