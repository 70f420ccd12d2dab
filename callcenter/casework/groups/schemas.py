"""What joint complaints take and give over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from callcenter.casework.classification.rules import Axis
from callcenter.casework.groups.rules import LEAST_MEMBERS, MOST_MEMBERS, REPRESENTATIVES, Consent
from callcenter.casework.tickets.rules import NoticeBy, TicketState
from callcenter.casework.tickets.schemas import Line, TicketNumber
from callcenter.http.fields import AskedMoment, Moment
from callcenter.http.pages import Page, PageQuery


class ConsentBody(BaseModel):
    """The complainant agreed that their complaint is handled jointly (SAMR Order 121, Art. 12)."""

    model_config = ConfigDict(extra="forbid")

    consented_at: AskedMoment
    consented_by: NoticeBy = Field(description="How they said so.")

    def to_consent(self, ticket: str) -> Consent:
        """As the rules see it."""
        return Consent(ticket=ticket, at=self.consented_at, by=self.consented_by)


class NewGroupMember(ConsentBody):
    """A complaint that belongs to the group."""

    ticket: TicketNumber


class NewGroup(BaseModel):
    """A joint complaint."""

    model_config = ConfigDict(extra="forbid")

    title: Line
    members: Annotated[list[NewGroupMember], Field(min_length=LEAST_MEMBERS, max_length=MOST_MEMBERS)]

    @model_validator(mode="after")
    def _names_each_once(self) -> NewGroup:
        if len({member.ticket for member in self.members}) < len(self.members):
            raise ValueError("each complaint is named once")
        return self


class Representatives(BaseModel):
    """Whose complaints are those of the representatives: two, or none any more."""

    model_config = ConfigDict(extra="forbid")

    tickets: Annotated[list[TicketNumber], Field(max_length=REPRESENTATIVES)]


class GroupsQuery(PageQuery):
    """Which joint complaints are wanted."""

    ticket: TicketNumber | None = Field(default=None, description="To which this complaint belongs, or belonged.")
    open: bool | None = Field(default=None, description="Those that last, or those that were dissolved.")


class GroupMemberView(BaseModel):
    """A complaint of a group."""

    ticket: str
    state: TicketState
    consented_at: Moment
    consented_by: NoticeBy
    is_representative: bool


class GroupView(BaseModel):
    """A joint complaint."""

    id: int
    version: int = Field(description="For `If-Match`.")
    title: str
    made_at: Moment
    dissolved_at: Moment | None
    size: int = Field(description="How many complaints belong to it.")
    members: list[GroupMemberView] = Field(description="Those of them that the user may see.")


class GroupSignalView(BaseModel):
    """Many people complained of the same, as it was counted in the night in which it was found."""

    merchant_id: int
    merchant: str
    axis: Axis = Field(description="Whether `code` is of goods or of a service.")
    code: str
    first_day: date
    last_day: date = Field(description="Included, as the first.")
    people: int = Field(description="Whoever has a number or an address in common is one.")
    several_names: int = Field(description="Of these people, how many gave several names.")
    complaints: int


class GroupPage(Page[GroupView]):
    """Newest first."""

    signal: GroupSignalView | None = Field(
        description="That many people complain of the same as in the complaint that was asked for; null where they do "
        "not, and without one."
    )
