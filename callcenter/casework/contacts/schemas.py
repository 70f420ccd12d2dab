"""What contacts take and give over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from callcenter.casework.classification.schemas import CodeName
from callcenter.casework.contacts.rules import (
    LAST_POSITION,
    MOST_BRANDS,
    MOST_GOODS,
    MOST_NUMBERS,
    ContactRole,
    Organisation,
)
from callcenter.http.cursors import LARGEST_ID
from callcenter.http.fields import Moment, plain_line
from callcenter.http.pages import Page, PageQuery

_plain = AfterValidator(plain_line)
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
PersonName = Annotated[str, Field(min_length=1, max_length=40, examples=["周敏"]), _plain]
Line = Annotated[str, Field(min_length=1, max_length=60), _plain]
Number = Annotated[str, Field(min_length=3, max_length=30, pattern=r"^[0-9+() -]+$", examples=["13805190051"])]
Numbers = Annotated[list[Number], Field(min_length=1, max_length=MOST_NUMBERS, description="In the order of ringing.")]
GoodsCodes = Annotated[list[CodeName], Field(max_length=MOST_GOODS)]
Brands = Annotated[list[Line], Field(max_length=MOST_BRANDS)]
Position = Annotated[int, Field(ge=1, le=LAST_POSITION, description="In the organisation: 1 is rung first.")]


class ContactsQuery(PageQuery):
    """Which contacts are wanted."""

    unit_id: Id | None = None
    merchant_id: Id | None = None
    role: ContactRole | None = None
    region: Line | None = None
    goods: CodeName | None = None
    brand: Line | None = None
    stale: bool | None = Field(
        default=None, description="Those that nobody has verified for CALLCENTER_CONTACT_VERIFIED_DAYS, or the others."
    )
    ended: bool = Field(default=False, description="Those that have ended, and not those that are rung.")


class OrganisationView(BaseModel):
    """A unit or a merchant: one of both ids."""

    unit_id: int | None
    merchant_id: int | None
    name: str


class ContactPersonView(BaseModel):
    """Somebody at a unit or a merchant."""

    id: int
    version: int = Field(description="For `If-Match`.")
    organisation: OrganisationView
    name: str
    role: ContactRole
    numbers: list[str] = Field(description="Masked, unless one contact was asked for with a reason.")
    region: str | None
    goods: list[str]
    brands: list[str]
    position: int
    verified_at: Moment | None = Field(description="Null also where name or numbers were changed since.")
    verified_by: str | None
    is_stale: bool
    ended_at: Moment | None


class ContactCount(BaseModel):
    """Contacts of all organisations, counted in the night after a business day."""

    model_config = ConfigDict(from_attributes=True)

    business_date: date
    contacts: int
    stale: int


class ContactPersonPage(Page[ContactPersonView]):
    """In the order in which they were added."""

    last_count: ContactCount | None


class NewContactPerson(BaseModel):
    """Somebody at a unit or a merchant."""

    model_config = ConfigDict(extra="forbid")

    unit_id: Id | None = None
    merchant_id: Id | None = None
    name: PersonName
    role: ContactRole
    numbers: Numbers
    region: Line | None = None
    goods: GoodsCodes = []
    brands: Brands = []
    position: Position = 1

    @model_validator(mode="after")
    def _one_organisation(self) -> NewContactPerson:
        if (self.unit_id is None) is (self.merchant_id is None):
            raise ValueError("A contact belongs to a unit or to a merchant.")
        return self

    @property
    def organisation(self) -> Organisation:
        """Where the contact is."""
        return Organisation(unit_id=self.unit_id, merchant_id=self.merchant_id)

    def to_values(self) -> dict[str, Any]:
        """What is known of the contact."""
        return _kept({name: value for name, value in self if name not in ("unit_id", "merchant_id")})


class ContactPersonChange(BaseModel):
    """What is other from now on; what is not sent stays. A region that is null is taken away."""

    model_config = ConfigDict(extra="forbid")

    name: PersonName | None = None
    role: ContactRole | None = None
    numbers: Numbers | None = None
    region: Line | None = None
    goods: GoodsCodes | None = None
    brands: Brands | None = None
    position: Position | None = None

    def to_values(self) -> dict[str, Any]:
        """What was sent."""
        sent = {name: value for name, value in self if name in self.model_fields_set}
        return _kept({name: value for name, value in sent.items() if value is not None or name == "region"})


def _kept(values: dict[str, Any]) -> dict[str, Any]:
    once = {name: list(dict.fromkeys(values[name])) for name in ("goods", "brands") if name in values}
    return values | once
