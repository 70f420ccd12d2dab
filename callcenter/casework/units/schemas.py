"""What units take and give over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from callcenter.casework.units.rules import MOST_CONTACTS, MOST_REGIONS, ContactHours, UnitKind
from callcenter.http.fields import Moment, plain_line
from callcenter.http.pages import Page, PageQuery

_plain = AfterValidator(plain_line)
UnitName = Annotated[str, Field(min_length=2, max_length=60, examples=["武进分局"]), _plain]
Region = Annotated[str, Field(min_length=1, max_length=60, examples=["武进区"]), _plain]
Regions = Annotated[list[Region], Field(max_length=MOST_REGIONS)]
PersonName = Annotated[str, Field(min_length=1, max_length=40, examples=["李强"]), _plain]
Position = Annotated[int, Path(ge=1, le=MOST_CONTACTS, description="1 is rung first.")]


class UnitsQuery(PageQuery):
    """Which units are wanted."""

    is_active: bool | None = Field(default=None, description="Those that take matters, or those that are closed.")
    mine: bool = Field(default=False, description="The one to which the user belongs.")


class UnitView(BaseModel):
    """A unit as it stands."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    version: int = Field(description="For `If-Match`.")
    name: str
    kind: UnitKind
    regions: list[str]
    is_active: bool
    closed_at: Moment | None


class UnitPage(Page[UnitView]):
    """In the order in which they were added."""


class NewUnit(BaseModel):
    """A unit to be added."""

    model_config = ConfigDict(extra="forbid")

    name: UnitName
    kind: UnitKind
    regions: Regions = []


class UnitChange(BaseModel):
    """What is other from now on; what is not sent stays. `is_active` closes a unit and opens it again."""

    model_config = ConfigDict(extra="forbid")

    name: UnitName | None = None
    kind: UnitKind | None = None
    regions: Regions | None = None
    is_active: bool | None = None


class MemberView(BaseModel):
    """A user who belongs to a unit."""

    model_config = ConfigDict(from_attributes=True)

    user: str
    display_name: str | None
    added_by: str
    added_at: Moment


class MemberPage(Page[MemberView]):
    """By name."""


class NewContact(BaseModel):
    """Somebody who is rung for a unit from now on, instead of who stood at this position."""

    model_config = ConfigDict(extra="forbid")

    person: PersonName
    number: Annotated[str, Field(min_length=3, max_length=30, pattern=r"^[0-9+() -]+$", examples=["13805190051"])]
    hours: ContactHours = ContactHours.ALWAYS


class ContactView(BaseModel):
    """Somebody who is rung for a unit."""

    model_config = ConfigDict(from_attributes=True)

    position: int = Field(description="1 is rung first.")
    person: str
    number: str | None = Field(description="Masked unless it was asked for with a reason.")
    hours: ContactHours
    added_by: str
    added_at: Moment


class ContactPage(Page[ContactView]):
    """In the order in which they are rung."""
