"""What the duty roster takes and gives over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from callcenter.accounts.rules import NAME_PATTERN
from callcenter.duty.rules import DutyRole
from callcenter.duty.service import SwapState
from callcenter.http.days import DaysQuery
from callcenter.http.fields import AskedMoment, Moment
from callcenter.http.pages import Page, PageQuery

_PLAIN = r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$"
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=_PLAIN)]
Text = Annotated[str, Field(min_length=2, max_length=2000, pattern=_PLAIN)]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PersonChange(_Asked):
    """Somebody who can be on duty; `number` is what the PBX dials, an 8-digit number being a local one."""

    name: Name
    number: str = Field(pattern=r"^[0-9]{3,20}$")
    unit: Name
    user: str | None = Field(
        default=None, pattern=NAME_PATTERN, description="The user that they are: nobody else accepts a shift for them."
    )


class PersonView(_View):
    """Somebody who can be on duty."""

    id: int
    name: str
    number: str | None = Field(description="Masked unless it was asked for with a reason.")
    unit: str
    user: str | None
    may_be_rung: bool = Field(
        description="False: the PBX passes them over, because the number is on the do-not-call list or of a kind that "
        "may not be rung."
    )


class PersonPage(Page[PersonView]):
    """By name."""


class RosterQuery(PageQuery, DaysQuery):
    """Which days of the roster are wanted."""


class NewShift(_Asked):
    """One person on duty, at most 24 hours."""

    person_id: Id
    starts_at: AskedMoment
    ends_at: AskedMoment
    position: int = Field(ge=1, le=20, description="1 is rung first.")
    role: DutyRole


class ShiftView(_View):
    """One person on duty."""

    id: int
    person_id: int
    starts_at: Moment
    ends_at: Moment
    position: int
    role: DutyRole


class ShiftPage(Page[ShiftView]):
    """In order of start and position."""


class HoleView(_View):
    """A time of a non-working day for which these roles have nobody."""

    starts_at: Moment
    ends_at: Moment
    missing: list[DutyRole]


class HolePage(Page[HoleView]):
    """In order; empty for a roster without a hole."""

    unknown_days: list[date] = Field(
        description="Workdays or not: nobody can say, because the working calendar is missing. Not looked at."
    )


class DutyLoadView(_View):
    """What one person's duty came to; a named holiday counts twice, the Spring Festival three times."""

    person_id: int
    shifts: int
    nights: int
    seconds: float
    weighted_seconds: float


class LoadPage(Page[DutyLoadView]):
    """The heaviest first."""

    unknown_days: list[date] = Field(
        description="Holidays or not: nobody can say, because the working calendar is missing. Each counts once."
    )


class NewBusyTime(_Asked):
    """Somebody is on another roster, or away."""

    person_id: Id
    starts_at: AskedMoment
    ends_at: AskedMoment
    what: Name


class BusyView(_View):
    """Somebody is on another roster, or away."""

    id: int
    person_id: int
    starts_at: Moment
    ends_at: Moment
    what: str


class BusyPage(Page[BusyView]):
    """In order."""


class NewSwap(_Asked):
    """Somebody else is to take a shift."""

    shift_id: Id
    to_person_id: Id
    reason: Text


class SwapView(_View):
    """How far a swap has come."""

    id: int
    shift_id: int
    from_person_id: int
    to_person_id: int
    reason: str
    state: SwapState
    requested_at: Moment
    accepted_at: Moment | None
    decided_at: Moment | None


class SwapPage(Page[SwapView]):
    """Newest first."""


class NewHandover(_Asked):
    """What one shift writes for the next."""

    note: Text


class HandoverView(BaseModel):
    """What one shift wrote for the next."""

    id: int
    written_by: str
    written_at: Moment
    note: str


class HandoverPage(Page[HandoverView]):
    """Newest first."""
