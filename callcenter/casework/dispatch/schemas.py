"""What instructions to units take and give over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.dispatch.finding_schemas import BatchBody, BatchView, TestView
from callcenter.casework.dispatch.rules import (
    MOST_BATCHES,
    AcknowledgedVia,
    Finding,
    InstructionEventKind,
    InstructionState,
    InstructionStep,
    OffShelfOutcome,
)
from callcenter.casework.dispatch.states import InstructionField, InstructionGiven, InstructionLack
from callcenter.casework.key_calls.rules import RingState
from callcenter.casework.tickets.clocks import ClockState
from callcenter.casework.tickets.schemas import AskedId, Line, TicketNumber
from callcenter.http.fields import AskedMoment, Moment, Sentence
from callcenter.http.pages import Page, PageQuery

Instructed = Literal[Priority.P1, Priority.P2, Priority.P3, Priority.P4]
DoneAt = Annotated[AskedMoment | None, Field(description="When it was done; without it now.")]


class NewInstruction(BaseModel):
    """A unit is to act on a matter at once."""

    model_config = ConfigDict(extra="forbid")

    ticket: TicketNumber
    unit_id: AskedId
    priority: Instructed
    text: Sentence


class AcknowledgementBody(BaseModel):
    """Somebody of the unit has said that they act on it."""

    model_config = ConfigDict(extra="forbid")

    name: Line = Field(description="Who.")
    how: Line = Field(description="How they said so: by telephone, in person.")
    at: DoneAt = None

    def to_given(self) -> InstructionGiven:
        """As the rules see it."""
        return InstructionGiven(at=self.at, name=self.name, how=self.how)


class InstructionStepBody(BaseModel):
    """What comes with a step; the instruction's `steps` say what each needs and takes."""

    model_config = ConfigDict(extra="forbid")

    at: DoneAt = None
    outcome: OffShelfOutcome | None = None
    batches: Annotated[list[BatchBody], Field(max_length=MOST_BATCHES)] = []
    feedback: Sentence | None = None
    reason: Sentence | None = None

    def to_given(self) -> InstructionGiven:
        """As the rules see it."""
        return InstructionGiven(
            at=self.at,
            outcome=self.outcome,
            batches=tuple(batch.to_batch() for batch in self.batches),
            feedback=self.feedback,
            reason=self.reason,
        )


class InstructionsQuery(PageQuery):
    """Which instructions are wanted."""

    ticket: TicketNumber | None = None
    unit_id: AskedId | None = None
    state: InstructionState | None = None
    open: bool | None = Field(default=None, description="Those that have not ended, or those that have.")


class BoardQuery(PageQuery):
    """Whose instructions are wanted."""

    unit_id: AskedId | None = None


class InstructionClock(BaseModel):
    """A time limit of an instruction, as it was derived last."""

    code: str
    begins_at: Moment
    target_due_at: Moment | None
    legal_due_at: Moment | None
    missing_year: int | None = Field(description="The year whose calendar decides it and is not published.")
    stopped_at: Moment | None
    state: ClockState
    warned: list[int] = Field(description="Percent of its time after which somebody was warned.")


class InstructionStepView(BaseModel):
    """A step that the user may take now, and what it lacks."""

    step: InstructionStep
    needs: list[InstructionField]
    takes: list[InstructionField]
    lacks: list[InstructionLack]


class InstructionRingView(BaseModel):
    """Somebody of the unit was rung."""

    round: int
    position: int
    person: str
    number: str | None = Field(description="Masked.")
    pbx: str
    call_id: str
    requested_at: Moment
    state: RingState
    ended_at: Moment | None


class InstructionView(BaseModel):
    """An instruction as it stands."""

    id: int
    version: int = Field(description="For `If-Match`.")
    number: str
    ticket: str
    unit_id: int
    unit: str
    priority: Priority
    text: str
    state: InstructionState
    instructed_by: str
    instructed_at: Moment
    acknowledged_at: Moment | None
    acknowledged_by: str | None
    acknowledged_how: str | None
    acknowledged_via: AcknowledgedVia | None
    unanswered_at: Moment | None = Field(description="When all had been rung and nobody had acknowledged.")
    departed_at: Moment | None
    arrived_at: Moment | None
    off_shelf_at: Moment | None = Field(description="When it was known what became of the goods.")
    off_shelf_outcome: OffShelfOutcome | None = Field(description="With `premises_closed` the clock goes on.")
    patrolled_at: Moment | None = Field(description="When a patrol about it was finished first.")
    feedback: str | None
    feedback_at: Moment | None
    ended_at: Moment | None
    end_reason: str | None
    next_due_at: Moment | None
    clocks: list[InstructionClock]
    batches: list[BatchView]
    tests: list[TestView]
    rings: list[InstructionRingView] = Field(description="Who was rung when, oldest first.")
    steps: list[InstructionStepView] = Field(description="What the user may do with it now.")
    findings: list[Finding] = Field(description="What the user may add to it now.")


class InstructionPage(Page[InstructionView]):
    """Newest first."""


class BoardItem(BaseModel):
    """An instruction on the board, with the clock of which least is left."""

    seconds_left: int | None = Field(description="Until `next_due_at`, below 0 once that is over; null with no clock.")
    next_code: str | None = Field(description="The limit that is due next.")
    instruction: InstructionView


class BoardPage(Page[BoardItem]):
    """Those first of whose time least is left, or most is over; those without a clock that runs last."""


class InstructionEventView(BaseModel):
    """Something that happened to an instruction."""

    what: InstructionStep | InstructionEventKind
    state: InstructionState = Field(description="After it.")
    at: Moment = Field(description="When it was done, as somebody said.")
    recorded_at: Moment
    is_late_entry: bool = Field(description="It was entered more than two hours after it was done.")
    by: str | None = Field(description="Null for the system.")
    body: dict[str, Any]


class InstructionHistory(Page[InstructionEventView]):
    """Oldest first."""
