"""The figures of casework over HTTP."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from callcenter.http.cursors import LARGEST_ID
from callcenter.http.fields import Moment
from callcenter.kpis.schemas import RatioView
from callcenter.statistics.schemas import DefinitionView


class CaseworkQuery(BaseModel):
    """Of which days, both included, and of which unit."""

    model_config = ConfigDict(extra="forbid")

    from_day: date
    to_day: date
    unit_id: int | None = Field(
        default=None, ge=1, le=LARGEST_ID, description="Matters that are with this unit; all without it."
    )


class LimitsKept(BaseModel):
    """Time limits that ended in the time."""

    met: int
    breached: int


class CaseworkCountsView(BaseModel):
    """What the ratios are made of. Drafts, void matters and those merged into others are in none."""

    received: int
    completed: int = Field(description="Of those received, at the cut-off.")
    lawful: int = Field(description="Complaints and reports received.")
    complaints: int
    on_the_spot: int = Field(description="Of complaints and reports received: settled in the first call.")
    rapid: int = Field(description="Of them: a unit was instructed, and they were not settled on the spot.")
    accepted: int
    not_accepted: int
    settled: int
    ended: int = Field(description="Mediations ended without a settlement.")
    recovered_cents: int = Field(description="For those settled.")
    flagged: int = Field(description="Flags raised in the time.")
    filed: int = Field(description="Of those, with a case at the cut-off.")
    limits: dict[str, LimitsKept] = Field(description="By code.")
    answered_calls: int | None = Field(description="Null for one unit.")
    calls_with_account: int | None = Field(description="With a matter, or a reason why not.")


class CaseworkStatistics(BaseModel):
    """What became of the matters of some days; figures made by different versions are not to be compared."""

    metrics_version: int
    from_day: date
    to_day: date
    cut_off: Moment
    unit_id: int | None
    counts: CaseworkCountsView
    ratios: dict[str, RatioView | None] = Field(description="By name; null where it has no meaning.")
    definitions: list[DefinitionView]
