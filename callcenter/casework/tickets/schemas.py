"""What tickets take over HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from callcenter.casework.classification.schemas import CodeName
from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.identity import IdType, mask_document_number, read_id_number
from callcenter.casework.seals import Seal
from callcenter.casework.tickets.given import NoticeGiven, StepGiven
from callcenter.casework.tickets.rules import (
    LARGEST_AMOUNT,
    LONGEST_FACTS,
    LONGEST_TITLE,
    MOST_PEOPLE,
    IntakeChannel,
    Linked,
    NoticeBy,
    NoticeKind,
    NoticeTo,
    Party,
    PartyRole,
    Remedy,
    TicketKind,
    TicketOutcome,
)
from callcenter.dialling.schemas import NamedCall
from callcenter.http.cursors import LARGEST_ID
from callcenter.http.days import FIRST_DAY, LAST_DAY
from callcenter.http.fields import AskedMoment, Sentence

# No control characters, which a page cannot show, and no marks that turn the text around them.
_HIDDEN = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069"
PLAIN = rf"^[^\t\n\r{_HIDDEN}]*$"
_WRITTEN = rf"^[^{_HIDDEN}]*[^\s{_HIDDEN}][^{_HIDDEN}]*$"

Line = Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]
"""A line of text."""
Words = Annotated[str, Field(min_length=2, max_length=LONGEST_FACTS, pattern=_WRITTEN)]
"""Text of several lines."""
Cents = Annotated[int, Field(ge=0, le=LARGEST_AMOUNT)]
People = Annotated[int, Field(ge=0, le=MOST_PEOPLE)]
AskedDay = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
AskedId = Annotated[int, Field(ge=1, le=LARGEST_ID)]
TicketNumber = Annotated[str, Field(pattern=r"^12315-[0-9]{4}-[0-9]{5,9}$", examples=["12315-2026-00041"])]


class TicketFields(BaseModel):
    """What a ticket says. A field that is left out stays as it is; null takes it back."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=2, max_length=LONGEST_TITLE, pattern=PLAIN)] | None = None
    facts: Words | None = None
    requests: Annotated[list[Remedy], Field(max_length=len(Remedy))] = []
    occurred_on: AskedDay | None = None
    amount_in_dispute_cents: Cents | None = None
    respondent: Annotated[str, Field(min_length=2, max_length=300, pattern=PLAIN)] | None = Field(
        default=None, description="As it was told."
    )
    merchant_id: AskedId | None = None
    unidentified_reason: Sentence | None = Field(default=None, description="Why no merchant can be chosen.")
    goods_code: CodeName | None = None
    service_code: CodeName | None = None
    problem_code: CodeName | None = None
    offence_code: CodeName | None = None
    sales_mode_code: CodeName | None = None
    brand: Line | None = None
    batch: Line | None = None
    platform_shop: Line | None = None
    order_number: Line | None = None
    people_affected: People | None = None
    ill: People = 0
    injured: People = 0
    endangers_life: bool = False

    def to_values(self) -> dict[str, Any]:
        """The columns that were given."""
        values = self.model_dump(exclude_unset=True)
        if "requests" in values:
            values["requests"] = sorted({request.value for request in values["requests"]})
        return values


class PartyBody(BaseModel):
    """Somebody in a ticket, whole: it takes the place of what was known."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=PLAIN)] | None = None
    phone: Annotated[str, Field(min_length=3, max_length=40, pattern=PLAIN)] | None = None
    address: Line | None = None
    is_anonymous: bool = False
    is_confidential: bool = False
    may_publish: bool | None = Field(default=None, description="Whether the complaint may be made public.")
    may_entrust: bool | None = Field(default=None, description="Whether another body may mediate.")
    id_type: IdType | None = Field(default=None, description="Left out with its number: both stay as they are.")
    id_number: SecretStr | None = Field(
        default=None, max_length=40, description="Of that document. It is kept sealed and shown masked."
    )

    @model_validator(mode="after")
    def _has_both(self) -> PartyBody:
        if (self.id_type is None) != (self.id_number is None):
            raise ValueError("a document has its kind and its number")
        return self

    @property
    def keeps_id_number(self) -> bool:
        """Whether nothing was said of a document."""
        return not self.model_fields_set & {"id_type", "id_number"}

    def to_party(self, role: PartyRole, seal: Seal) -> Party:
        """As the rules see it; the identity key is found from the number. Raises InputError, ConflictError."""
        party = Party(role=role, subject=None, **self.model_dump(exclude={"id_number", "id_type"}))
        if self.id_type is None or self.id_number is None:
            return party
        number = read_id_number(self.id_type, self.id_number.get_secret_value())
        return replace(
            party,
            id_type=self.id_type,
            id_number_masked=mask_document_number(self.id_type, number),
            id_number_sealed=seal.close(number),
        )


class NewTicketBody(BaseModel):
    """A ticket. From a call, a message, a caller of the callback list or a mediation what is known is taken over."""

    model_config = ConfigDict(extra="forbid")

    kind: TicketKind
    call: NamedCall | None = None
    message_id: AskedId | None = None
    episode_id: AskedId | None = None
    mediation_id: AskedId | None = None
    channel: IntakeChannel | None = Field(default=None, description="Needed where it comes from none of these.")
    received_at: AskedMoment | None = Field(default=None, description="When it came to the hotline; else now.")
    part_of: TicketNumber | None = Field(default=None, description="Another ticket of the same submission.")
    fields: TicketFields = TicketFields()
    party: PartyBody | None = Field(default=None, description="Who complains, reports or asks.")
    register_now: bool = Field(default=False, description="Not only a draft: register it, if nothing is lacking.")

    @model_validator(mode="after")
    def _has_one_origin(self) -> NewTicketBody:
        origins = (self.call, self.message_id, self.episode_id, self.mediation_id)
        if sum(origin is not None for origin in origins) > 1:
            raise ValueError("a ticket is made from one thing: a call, a message, an episode or a mediation")
        return self


class TicketChange(TicketFields):
    """What is to be corrected."""

    kind: TicketKind = Field(default=TicketKind.ENQUIRY, description="Of a draft.")
    platform_number: Annotated[str, Field(min_length=4, max_length=60, pattern=r"^[0-9A-Za-z-]+$")] | None = Field(
        default=None, description="登记编号 on the national platform."
    )


class NoticeOfStep(BaseModel):
    """Somebody was told; a recorded call is a valid proof."""

    model_config = ConfigDict(extra="forbid")

    to: NoticeTo
    by: NoticeBy
    at: AskedMoment
    call: NamedCall | None = None
    proof: Sentence | None = None

    def to_given(self) -> NoticeGiven:
        """As the rules see it."""
        pbx, call_id = (None, None) if self.call is None else (self.call.pbx, self.call.call_id)
        return NoticeGiven(to=self.to, by=self.by, at=self.at, pbx=pbx, call_id=call_id, proof=self.proof)


class NewNotice(NoticeOfStep):
    """A notice that came with no step."""

    kind: NoticeKind


class StepBody(BaseModel):
    """What comes with a step: `GET /tickets/{ticket}` says of each what it needs and what it takes."""

    model_config = ConfigDict(extra="forbid")

    reason: Sentence | None = None
    feedback: Words | None = None
    unit_id: AskedId | None = None
    authority: Line | None = None
    notice: NoticeOfStep | None = None
    due_on: AskedDay | None = None
    ground: Annotated[int, Field(ge=1, le=20)] | None = None
    begins_on: AskedDay | None = None
    ends_on: AskedDay | None = None
    evidence: Sentence | None = None
    how_settled: TicketOutcome | None = None
    agreement: Words | None = None
    mediation_id: AskedId | None = None
    amount_recovered_cents: Cents | None = None

    def to_given(self) -> StepGiven:
        """As the rules see it."""
        values = {name: getattr(self, name) for name in type(self).model_fields if name != "notice"}
        return StepGiven(**values, notice=None if self.notice is None else self.notice.to_given())


class PriorityBody(BaseModel):
    """How urgent a ticket is, and why."""

    model_config = ConfigDict(extra="forbid")

    priority: Priority
    reason: Sentence


class NoteBody(BaseModel):
    """What somebody writes down."""

    model_config = ConfigDict(extra="forbid")

    note: Words


class NewTicketMerge(BaseModel):
    """Which ticket stands for this one from now on, and why."""

    model_config = ConfigDict(extra="forbid")

    into: TicketNumber
    reason: Sentence


class NewLink(BaseModel):
    """A call by its key, everything else by its id."""

    model_config = ConfigDict(extra="forbid")

    what: Linked
    call: NamedCall | None = None
    ref_id: AskedId | None = None


class MaskedField(StrEnum):
    """What is shown masked, and can be seen whole one by one. A closed list."""

    FACTS = "facts"
    TITLE = "title"
    RESPONDENT = "respondent"
    FEEDBACK = "feedback"
    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"
    ID_NUMBER = "id_number"


_OF_PARTY = (MaskedField.NAME, MaskedField.PHONE, MaskedField.ADDRESS, MaskedField.ID_NUMBER)


class Unmasking(BaseModel):
    """One field that somebody has to see whole; the reason stands in the access log."""

    model_config = ConfigDict(extra="forbid")

    field: MaskedField
    role: PartyRole | None = Field(default=None, description="Of whom, for a field of a party.")
    reason: Sentence

    @model_validator(mode="after")
    def _names_the_party(self) -> Unmasking:
        if (self.field in _OF_PARTY) != (self.role is not None):
            raise ValueError("a field of a party has its role, a field of the ticket has none")
        return self
