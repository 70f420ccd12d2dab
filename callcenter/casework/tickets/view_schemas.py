"""What tickets look like over HTTP. Persons are masked everywhere; one field at a time can be seen whole."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.identity import IdType
from callcenter.casework.tickets.clocks import ClockState
from callcenter.casework.tickets.flag_rules import FlagState, Trigger
from callcenter.casework.tickets.log_store import TicketEventKind
from callcenter.casework.tickets.preconditions import Lack
from callcenter.casework.tickets.rules import (
    IntakeChannel,
    Linked,
    NoticeBy,
    NoticeKind,
    NoticeTo,
    PartyRole,
    Remedy,
    TicketKind,
    TicketOutcome,
    TicketState,
)
from callcenter.casework.tickets.steps import StepField, TicketStep
from callcenter.http.fields import Moment
from callcenter.http.pages import Page


class TicketSummary(BaseModel):
    """A ticket in a list."""

    number: str
    kind: TicketKind
    state: TicketState
    priority: Priority
    channel: IntakeChannel
    received_at: Moment
    title: str | None
    respondent: str | None
    merchant_id: int | None
    merchant: str | None
    unit_id: int | None
    unit: str | None
    next_due_at: Moment | None = Field(description="Of the time limits that run, the first; null where none runs.")
    outcome: TicketOutcome | None
    merged_into: str | None = Field(description="The ticket that stands for it.")


class TicketPage(Page[TicketSummary]):
    """In the order that was asked for."""


class PartyView(BaseModel):
    """Somebody in a ticket, masked."""

    role: PartyRole
    name: str | None
    phone: str | None
    address: str | None
    id_type: IdType | None
    id_number: str | None
    is_anonymous: bool
    is_confidential: bool
    may_publish: bool | None
    may_entrust: bool | None
    is_hidden: bool = Field(description="The user may not know who reported: nothing of the person is shown.")


class DeadlineView(BaseModel):
    """A run of a time limit of a ticket."""

    code: str
    number: int
    state: ClockState
    begins_at: Moment
    target_due_at: Moment | None = Field(description="Null while a test pauses it, or where no calendar says.")
    legal_due_at: Moment | None
    missing_year: int | None = Field(description="The year whose calendar has not been published.")
    stopped_at: Moment | None
    warned: list[int] = Field(description="Of which shares of its time, in percent, somebody was warned.")


class ListedDeadline(DeadlineView):
    """The same in the list of all."""

    ticket: str = Field(description="At which it counts.")
    merged: str | None = Field(description="Of a ticket that is merged into that one: its number.")
    ticket_kind: TicketKind
    priority: Priority
    unit_id: int | None


class DeadlinePage(Page[ListedDeadline]):
    """In the order of the tickets."""


class NoticeView(BaseModel):
    """Somebody was told something."""

    kind: NoticeKind
    to: NoticeTo
    by: NoticeBy
    at: Moment
    recorded_at: Moment
    pbx: str | None
    call_id: str | None
    proof: str | None


class LinkView(BaseModel):
    """What a ticket is linked with."""

    id: int
    what: Linked
    pbx: str | None
    call_id: str | None
    ref_id: int | None


class StepView(BaseModel):
    """A step that the ticket's state allows and the user may take."""

    step: TicketStep
    needs: list[StepField]
    takes: list[StepField] = Field(description="Beside what it needs.")
    lacks: list[Lack] = Field(description="What the ticket lacks for it.")


class FlagOfMerged(BaseModel):
    """A flag of a ticket that is merged; it is decided as any other, and until then the target is not completed."""

    id: int
    trigger: Trigger
    state: FlagState


class MergedTicket(BaseModel):
    """A ticket that is merged into this one, with its flags and time limits, which count here."""

    number: str
    merged_at: Moment
    received_at: Moment
    title: str | None
    flags: list[FlagOfMerged]
    deadlines: list[DeadlineView]


class TicketView(TicketSummary):
    """A ticket with all that belongs to it but its log."""

    version: int = Field(description="For `If-Match`.")
    part_of: list[str] = Field(description="Other tickets of the same submission.")
    created_at: Moment
    created_by: str
    registered_at: Moment | None
    closed_at: Moment | None
    facts: str | None
    requests: list[Remedy]
    occurred_on: date | None
    amount_in_dispute_cents: int | None
    amount_recovered_cents: int | None
    unidentified_reason: str | None
    goods_code: str | None
    service_code: str | None
    problem_code: str | None
    offence_code: str | None
    sales_mode_code: str | None
    brand: str | None
    batch: str | None
    platform_shop: str | None
    order_number: str | None
    people_affected: int | None
    ill: int
    injured: int
    endangers_life: bool
    priority_reason: str
    feedback: str | None
    platform_number: str | None
    parties: list[PartyView]
    deadlines: list[DeadlineView]
    notices: list[NoticeView]
    links: list[LinkView]
    steps: list[StepView]
    open_flags: int = Field(
        description="Flags, its own and of those merged into it, that nobody has decided: with one it is not completed."
    )
    merged: list[MergedTicket] = Field(description="Tickets that this one stands for.")
    is_of_group: bool = Field(description="Many people complain of the same.")
    complaints_of_person: int | None = Field(
        description="How many complaints the same person made in 90 days, where they are more than 10: a hint for "
        "whoever handles it, and no ground to refuse. Null for others."
    )
    is_suspended: bool
    is_in_test: bool


class HistoryEntry(BaseModel):
    """Something that happened to a ticket, or that was written down about it."""

    at: Moment
    by: str | None = Field(description="The login name; null for the system.")
    what: TicketStep | TicketEventKind | None = Field(description="Null for a note.")
    from_state: TicketState | None
    to_state: TicketState | None
    note: str | None
    body: dict[str, Any] = Field(description="What came with it, with persons masked.")


class HistoryPage(Page[HistoryEntry]):
    """Oldest first."""


class WholeField(BaseModel):
    """One field as it is."""

    value: str | None


class LikelyTicket(TicketSummary):
    """A ticket that may be the same matter."""

    likeness: float = Field(description="What both texts have in common, from 0 to 1.")
    has_same_merchant: bool = Field(description="The same was chosen; else both are told in much the same words.")
    has_same_goods: bool


class Duplicates(BaseModel):
    """Tickets that may be the same matter, the most alike first. Nothing is merged by itself."""

    duplicates: list[LikelyTicket]


class CallerTicket(TicketSummary):
    """A ticket of the person in a call."""

    name: str | None = Field(description="Which name was given, masked: one number may be several people's.")


class CallerTickets(BaseModel):
    """What is known of the person in a call. A number is evidence and no proof: ask for the name first."""

    linked: list[TicketSummary] = Field(description="Tickets that this call is linked with.")
    open: list[CallerTicket]
    closed: list[CallerTicket] = Field(description="The last ones.")
    open_episode_id: int | None = Field(description="The person waits to be called back.")
