"""What patrols take and give over HTTP."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from callcenter.accounts.schemas import UserName
from callcenter.casework.attachments.kinds import FileKind
from callcenter.casework.inspections.rules import InspectionLack, InspectionState, ItemResult
from callcenter.casework.inspections.template_api import TemplateCode
from callcenter.casework.inspections.templates import MOST_ITEMS, MOST_OFFICERS
from callcenter.casework.tickets.schemas import AskedId, Line, TicketNumber
from callcenter.http.fields import AskedMoment, Moment, Sentence
from callcenter.http.pages import Page, PageQuery

Officers = Annotated[list[UserName], Field(min_length=1, max_length=MOST_OFFICERS)]
ItemNumber = Annotated[int, Field(ge=1, le=MOST_ITEMS)]


class NewInspectionBody(BaseModel):
    """A patrol that begins."""

    model_config = ConfigDict(extra="forbid")

    template: TemplateCode = Field(description="Of which the version is taken that holds on the day.")
    ticket: TicketNumber | None = None
    instruction_id: AskedId | None = Field(default=None, description="Whose ticket and unit are the patrol's.")
    unit_id: AskedId | None = Field(default=None, description="Without it that of the officer, or of the ticket.")
    merchant_id: AskedId | None = None
    unidentified_reason: Sentence | None = Field(default=None, description="Why no merchant can be named.")
    officers: Officers = Field(description="Login names of users of the unit, as many as the template asks for.")
    place: Line
    started_at: AskedMoment | None = Field(default=None, description="Without it now.")


class InspectionChange(BaseModel):
    """Another header of a draft; what is left out stays, and so do officers, place and begin that are null."""

    model_config = ConfigDict(extra="forbid")

    ticket: TicketNumber | None = None
    merchant_id: AskedId | None = None
    unidentified_reason: Sentence | None = Field(default=None, description="One of both, and not the other.")
    officers: Officers | None = None
    place: Line | None = None
    started_at: AskedMoment | None = None


class AnswerBody(BaseModel):
    """What was found of an item; what failed needs a note, and evidence or a reason for none."""

    model_config = ConfigDict(extra="forbid")

    item: ItemNumber
    result: ItemResult
    note: Sentence | None = None
    no_evidence_reason: Sentence | None = Field(default=None, description="Why what failed has no file.")
    answered_at: AskedMoment = Field(description="By which the last answer of an item counts, whichever comes first.")


class FinishBody(BaseModel):
    """The end of a patrol."""

    model_config = ConfigDict(extra="forbid")

    ended_at: AskedMoment | None = Field(default=None, description="Without it now.")
    offence: Sentence | None = Field(default=None, description="What was found of an offence: it flags the ticket.")


class CorrectionBody(BaseModel):
    """Why a finished patrol is corrected."""

    model_config = ConfigDict(extra="forbid")

    reason: Sentence


class InspectionsQuery(PageQuery):
    """Which patrols are wanted."""

    ticket: TicketNumber | None = None
    instruction_id: AskedId | None = None
    unit_id: AskedId | None = None
    merchant_id: AskedId | None = None
    state: InspectionState | None = None
    offence: bool | None = Field(default=None, description="Those that found an offence, or those that did not.")


class InspectionFile(BaseModel):
    """A file about an item."""

    id: int
    item: int
    name: str = Field(description="As it was given, masked.")
    kind: FileKind = Field(description="Told by the content.")
    bytes: int
    sha256: str
    attached_at: Moment
    attached_by: str


class InspectionItem(BaseModel):
    """An item of the template, and what was found of it last."""

    item: int
    check: str
    look: str
    basis: str | None
    result: ItemResult | None = Field(description="Null until it is answered.")
    note: str | None
    no_evidence_reason: str | None
    answered_at: Moment | None
    answered_by: str | None
    attachments: list[InspectionFile]
    lack: InspectionLack | None = Field(description="What it is missing before the patrol can be finished.")


class InspectionCorrection(BaseModel):
    """The patrol that takes the place of one; only once it is finished."""

    id: int
    state: InspectionState


class InspectionSummary(BaseModel):
    """A patrol in a list."""

    id: int
    version: int = Field(description="For `If-Match`.")
    state: InspectionState
    template: str
    template_version: int
    template_name: str
    unit_id: int
    unit: str
    merchant_id: int | None
    merchant: str | None
    unidentified_reason: str | None
    ticket: str | None
    instruction_id: int | None
    instruction: str | None = Field(description="Its number.")
    officers: list[str] = Field(description="Login names.")
    officer_names: list[str] = Field(description="What people call them, in the same order.")
    place: str
    started_at: Moment
    ended_at: Moment | None
    created_by: str
    finished_by: str | None
    finished_at: Moment | None
    passed: int
    failed: int
    not_applicable: int
    unanswered: int
    offence_found: bool
    offence_remark: str | None
    flag_id: int | None = Field(description="Of the flag that the offence raised, or found raised.")
    corrects: int | None = Field(description="The patrol that it takes the place of.")
    correction_reason: str | None
    correction: InspectionCorrection | None


class InspectionPage(Page[InspectionSummary]):
    """Newest first."""


class InspectionView(InspectionSummary):
    """A patrol as it stands."""

    checks: list[InspectionItem]
    may_change: bool = Field(description="Whether the user may answer, attach and finish now.")
    may_correct: bool = Field(description="Whether the user may correct it now.")


class AnswerView(BaseModel):
    """What was said of an item, once."""

    item: int
    result: ItemResult
    note: str | None
    no_evidence_reason: str | None
    answered_at: Moment
    answered_by: str
    recorded_at: Moment


class AnswerPage(Page[AnswerView]):
    """As they came."""
