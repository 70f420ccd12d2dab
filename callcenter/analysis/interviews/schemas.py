"""What interviews take and give over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from callcenter.accounts.schemas import UserName
from callcenter.analysis.advisories.schemas import MeasuredEffectView
from callcenter.analysis.interviews.states import (
    Attendee,
    Escalation,
    Given,
    InterviewEvent,
    InterviewReason,
    InterviewState,
    NewCommitment,
    Notice,
)
from callcenter.casework.tickets.schemas import AskedDay, AskedId, Line, TicketNumber, Words
from callcenter.http.fields import AskedMoment, Moment, Sentence
from callcenter.http.pages import Page, PageQuery

MOST_PEOPLE, MOST_COMMITMENTS, MOST_EVIDENCE = 20, 30, 500
EntryName = Literal[
    "propose", "approve", "reject", "notify", "hold", "refuse", "not_appear", "done", "check", "verify", "lapse",
    "escalate", "measure",
]  # fmt: skip


class NewInterviewBody(BaseModel):
    """An interview to propose."""

    model_config = ConfigDict(extra="forbid")

    reason: InterviewReason
    merchant_id: AskedId
    advisory_id: AskedId | None = Field(default=None, description="The letter, of `overdue_letter`.")
    remark: Sentence | None = None
    signal_ids: Annotated[list[AskedId], Field(max_length=100)] = []
    tickets: Annotated[list[TicketNumber], Field(max_length=MOST_EVIDENCE)] = []
    is_food: bool = Field(default=False, description="Its result goes into the credit file.")
    basis: Line | None = Field(default=None, description="The line of law; without it the usual one.")


class InterviewNoticeBody(BaseModel):
    """When and how they were invited, and what shows it; to when and where, and what to bring."""

    model_config = ConfigDict(extra="forbid")

    at: AskedMoment
    how: Line
    proof: Sentence
    meets_at: AskedMoment
    place: Line
    materials: Sentence | None = None


class AttendeeBody(BaseModel):
    """Somebody of the merchant, and by what they may speak for it."""

    model_config = ConfigDict(extra="forbid")

    name: Line
    post: Line
    authority: Line


class CommitmentBody(BaseModel):
    """What they promised, who of them does it, and by which day."""

    model_config = ConfigDict(extra="forbid")

    text: Sentence
    owner: Line
    due_on: AskedDay


class InterviewEventBody(BaseModel):
    """What comes with an event."""

    model_config = ConfigDict(extra="forbid")

    reason: Sentence | None = Field(default=None, description="Of `reject` and `escalate`; why nothing was promised.")
    notice: InterviewNoticeBody | None = Field(default=None, description="Of `notify`.")
    held_at: AskedMoment | None = Field(default=None, description="Of `hold`, and so are the following.")
    hosts: Annotated[list[UserName], Field(max_length=MOST_PEOPLE)] = []
    attendees: Annotated[list[AttendeeBody], Field(max_length=MOST_PEOPLE)] = []
    problems: Words | None = None
    minutes: Words | None = None
    commitments: Annotated[list[CommitmentBody], Field(max_length=MOST_COMMITMENTS)] = []
    proof: Sentence | None = Field(default=None, description="Of `refuse` and `not_appear`.")
    escalates_to: Escalation | None = Field(default=None, description="Of `escalate`.")

    def to_given(self) -> Given:
        """As the rules see it."""
        return Given(
            reason=self.reason,
            notice=None if self.notice is None else Notice(**self.notice.model_dump()),
            held_at=self.held_at,
            hosts=tuple(self.hosts),
            attendees=tuple(Attendee(**one.model_dump()) for one in self.attendees),
            problems=self.problems,
            minutes=self.minutes,
            commitments=tuple(NewCommitment(**one.model_dump()) for one in self.commitments),
            proof=self.proof,
            escalates_to=self.escalates_to,
        )


class DoneBody(BaseModel):
    """What shows that a commitment was kept."""

    model_config = ConfigDict(extra="forbid")

    evidence: Sentence


class InterviewsQuery(PageQuery):
    """Which interviews are wanted."""

    state: InterviewState | None = None
    reason: InterviewReason | None = None
    merchant_id: AskedId | None = None


class InterviewNoticeView(BaseModel):
    """The last notice."""

    at: Moment
    how: str
    proof: str
    meets_at: Moment
    place: str
    materials: str | None


class CommitmentView(BaseModel):
    """A commitment as it stands."""

    id: int
    text: str
    owner: str
    due_on: date
    evidence: str | None
    done_at: Moment | None
    done_by: str | None
    verified_at: Moment | None
    verified_by: str | None


class InterviewSummary(BaseModel):
    """An interview in a list."""

    id: int
    version: int
    state: InterviewState
    reason: InterviewReason
    merchant_id: int
    merchant: str
    advisory_id: int | None
    is_food: bool
    proposed_at: Moment
    meets_at: Moment | None
    held_at: Moment | None


class InterviewView(InterviewSummary):
    """All of it, with what the user may do now."""

    remark: str | None
    signal_ids: list[int]
    tickets: list[str]
    basis: str
    proposed_by: str | None = Field(description="Null for the nightly job.")
    approved_by: str | None
    approved_at: Moment | None
    notice: InterviewNoticeView | None
    hosts: list[str]
    attendees: list[AttendeeBody]
    problems: str | None
    minutes: str | None
    commitments: list[CommitmentView]
    escalated_to: Escalation | None
    effect: MeasuredEffectView | None
    events: list[InterviewEvent] = Field(description="What the user may do with it now.")


class InterviewPage(Page[InterviewSummary]):
    """Newest first."""


class InterviewEntry(BaseModel):
    """Something that was done with it."""

    id: int
    what: EntryName
    to_state: InterviewState
    at: Moment
    by: str | None = Field(description="Null for the system.")
    commitment: int | None
    reason: str | None
    proof: str | None
    evidence: str | None


class InterviewEntryPage(Page[InterviewEntry]):
    """As it came."""
