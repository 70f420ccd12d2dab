"""What the rules of time limits take and give over HTTP."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from callcenter.casework.deadlines.rules import Certainty, CountedIn, Priority
from callcenter.hours.deadlines import Pause
from callcenter.http.days import FIRST_DAY, LAST_DAY
from callcenter.http.fields import AskedMoment, Moment
from callcenter.http.pages import Page, PageQuery

AskedDay = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]

LONGEST_PAUSE = timedelta(days=366)


class DeadlineRuleView(BaseModel):
    """A time limit, and who says so."""

    model_config = ConfigDict(from_attributes=True)

    ruleset: str
    code: str
    priority: Priority | None = Field(description="For matters of this priority alone; null for all.")
    counted_in: CountedIn
    days: int | None = Field(description="Of a limit that counts days.")
    seconds: float | None = Field(description="Of a limit that counts hours.")
    extended_by: int | None = Field(description="So many days more, once, if a director signs.")
    begins_when: str
    ends_when: str
    paused_by: str | None = Field(description="What stops the clock for a while; null for nothing.")
    rolls_over_weekends: bool = Field(description="Whether an ordinary weekend moves the last day too.")
    certainty: Certainty
    source: str


class ListedRuleView(DeadlineRuleView):
    """A rule in the list, with its set."""

    ruleset_name: str
    valid_from: date
    valid_to: date | None


class DeadlineRulePage(Page[ListedRuleView]):
    """By set, as they were written."""


class DeadlineRulesQuery(PageQuery):
    """Which rules are wanted."""

    received_on: AskedDay | None = Field(default=None, description="That hold for what was received then; today.")


class PreviewQuery(BaseModel):
    """A limit that would begin then."""

    model_config = ConfigDict(extra="forbid")

    start: AskedMoment
    received_on: AskedDay | None = Field(default=None, description="Says which set of rules holds; the day of `start`.")
    priority: Priority | None = None
    is_extended: bool = False
    paused_from: AskedDay | None = Field(default=None, description="The day on which a test began.")
    paused_to: AskedDay | None = Field(default=None, description="The day on which it ended.")

    @model_validator(mode="after")
    def _lies_in_the_calendar(self) -> PreviewQuery:
        if not FIRST_DAY < self.start.date() < LAST_DAY:
            raise ValueError(f"`start` is a moment of {FIRST_DAY.year} to {LAST_DAY.year}")
        begin, end = self.paused_from, self.paused_to
        if (begin is None) != (end is None):
            raise ValueError("a pause has both its days")
        if begin is not None and end is not None and not begin <= end <= begin + LONGEST_PAUSE:
            raise ValueError("a pause ends after it begins, within a year")
        return self

    @property
    def pauses(self) -> list[Pause]:
        """At most one."""
        if self.paused_from is None or self.paused_to is None:
            return []
        return [Pause(begins_on=self.paused_from, ends_on=self.paused_to)]


class DeadlineWarningView(BaseModel):
    """When so many percent of the limit's own time are over."""

    model_config = ConfigDict(from_attributes=True)

    percent: int
    at: Moment


class DuePreview(BaseModel):
    """What would be due. A moment is null where its calendar has not been published."""

    rule: DeadlineRuleView
    target_due_at: Moment | None = Field(description="By which the office wants to be done: the last day as counted.")
    legal_due_at: Moment | None = Field(
        description="The law's limit: where the last day is part of a statutory holiday, the first workday after it."
    )
    missing_year: int | None = Field(description="The year whose calendar is missing.")
    counted_days: list[date]
    warnings: list[DeadlineWarningView]
