"""What flags take and give over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from callcenter.casework.cases.rules import FlagEvent, Proposal
from callcenter.casework.tickets.flag_rules import FlagState, Trigger
from callcenter.casework.tickets.rules import TicketKind, TicketState
from callcenter.casework.tickets.schemas import AskedDay, AskedId, Line, TicketNumber
from callcenter.http.fields import Moment, Sentence
from callcenter.http.pages import Page, PageQuery

MOST_OFFICERS = 10


class NewFlag(BaseModel):
    """A matter that must become a case, or a signed refusal."""

    model_config = ConfigDict(extra="forbid")

    ticket: TicketNumber
    trigger: Literal[Trigger.GROUP_OR_PUBLIC, Trigger.OFFENCE_FOUND, Trigger.MANUAL]
    discovered_on: AskedDay
    remark: Sentence


class NewProposal(BaseModel):
    """To file a case, or not to."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal[FlagState.FILED, FlagState.REFUSED]
    case_number: Line | None = None
    officers: Annotated[list[Line], Field(max_length=MOST_OFFICERS)] = []
    ground: Annotated[int, Field(ge=1, le=4)] | None = Field(default=None, description="Penalty Procedure, Art. 20.")
    reason: Sentence | None = None

    def to_proposal(self) -> Proposal:
        """As the rules see it."""
        return Proposal(
            decision=self.decision,
            case_number=self.case_number,
            officers=tuple(self.officers),
            ground=self.ground,
            reason=self.reason,
        )


class FlagReason(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    reason: Sentence


class FlagsQuery(PageQuery):
    """Which flags are wanted."""

    state: FlagState | None = None
    undecided: bool | None = Field(default=None, description="Those that nobody has decided, or others.")
    overdue: bool = Field(default=False, description="Those that nobody has decided in time.")
    trigger: Trigger | None = None
    unit_id: AskedId | None = None
    ticket: TicketNumber | None = Field(default=None, description="And those that are merged into it.")


class FlagView(BaseModel):
    """A flag as it stands."""

    id: int
    version: int = Field(description="For `If-Match`.")
    ticket: str
    merged_into: str | None = Field(description="The ticket at which it counts, as its own is merged into that one.")
    ticket_kind: TicketKind
    ticket_state: TicketState
    unit_id: int | None
    trigger: Trigger
    rule_version: str | None = Field(description="Null where somebody raised it.")
    raised_by: str | None
    raised_at: Moment
    discovered_on: date
    remark: str | None
    state: FlagState
    proposes: FlagState | None
    proposed_by: str | None
    proposed_at: Moment | None
    case_number: str | None
    officers: list[str]
    ground: int | None
    reason: str | None
    signed_by: str | None
    signed_at: Moment | None
    extended_at: Moment | None
    result: str | None
    result_at: Moment | None
    is_late: bool
    due_at: Moment | None = Field(description="Of the decision; null where it was made, or where no calendar says.")
    events: list[FlagEvent] = Field(description="What the user may do with it now.")


class FlagPage(Page[FlagView]):
    """Newest first, with the account of all: flagged = filed + refused + withdrawn + open_in_time + open_overdue."""

    flagged: int
    filed: int
    refused: int
    withdrawn: int
    open_in_time: int
    open_overdue: int
