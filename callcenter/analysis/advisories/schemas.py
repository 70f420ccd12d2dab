"""What advisories take and give over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from callcenter.analysis.advisories.effect import EffectVerdict
from callcenter.analysis.advisories.states import AdvisoryEvent, AdvisoryKind, AdvisoryState, Given, Sending
from callcenter.analysis.advisories.text_objections import FactKind, Objection, TextPart
from callcenter.casework.classification.rules import Axis
from callcenter.casework.tickets.schemas import AskedId, Line, TicketNumber, Words
from callcenter.http.fields import AskedMoment, Moment, Sentence
from callcenter.http.pages import Page, PageQuery

MOST_EVIDENCE, MOST_SIGNALS, MOST_FACTS, MOST_CHANNELS = 500, 100, 20, 20
EventName = Literal[
    "draft", "write", "submit", "approve", "send_back", "publish", "issue", "reply", "lapse", "propose_correction",
    "correct", "withdraw", "measure",
]  # fmt: skip


class FactBody(BaseModel):
    """What was verified, by what, and the number of the decision, the patrol or the report."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    kind: FactKind
    reference: Line
    text: Sentence


class AdvisoryFields(BaseModel):
    """What is written in an advisory."""

    model_config = ConfigDict(extra="forbid")

    title: Line | None = None
    body: Words | None = Field(default=None, description="A paragraph a line.")
    addressee: Line | None = None
    merchant_id: AskedId | None = None
    axis: Literal[Axis.GOODS, Axis.SERVICE] | None = None
    code: Line | None = Field(default=None, description="Of the category, or of the merchant's trade.")
    signal_ids: Annotated[list[AskedId], Field(max_length=MOST_SIGNALS)] = []
    tickets: Annotated[list[TicketNumber], Field(max_length=MOST_EVIDENCE)] = Field(
        default=[], description="Evidence, for the house alone."
    )
    verified_facts: Annotated[list[FactBody], Field(max_length=MOST_FACTS)] = []
    law: Line | None = Field(default=None, description="The line of law that allows to name somebody: 《…》第…条.")
    may_name: bool = Field(default=False, description="Whether the merchant is named to the public.")


class NewAdvisoryBody(AdvisoryFields):
    """A draft; without a title or a text they come from the template, with the figures of three months."""

    kind: AdvisoryKind


class AdvisoryChange(AdvisoryFields):
    """Other fields of a draft; what is left out stays, and so do title, text, lists and `may_name` that are null."""


class SendingBody(BaseModel):
    """Where it was made known, when, and what shows it."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    channel: Line
    at: AskedMoment
    proof: Sentence


class AdvisoryEventBody(BaseModel):
    """What comes with an event."""

    model_config = ConfigDict(extra="forbid")

    reason: Sentence | None = Field(default=None, description="Of `send_back`, `propose_correction` and `withdraw`.")
    reply: Words | None = Field(default=None, description="Of `reply`.")
    title: Line | None = Field(default=None, description="Of `propose_correction`, and so is `body`.")
    body: Words | None = None
    sendings: Annotated[list[SendingBody], Field(max_length=MOST_CHANNELS)] = Field(
        default=[], description="Of `publish` and `issue`; of `correct` and `withdraw` on all the same channels."
    )

    def to_given(self) -> Given:
        """As the rules see it."""
        return Given(
            reason=self.reason,
            reply=self.reply,
            title=self.title,
            body=self.body,
            sendings=tuple(Sending(channel=one.channel, at=one.at, proof=one.proof) for one in self.sendings),
        )


class AdvisoriesQuery(PageQuery):
    """Which advisories are wanted."""

    kind: AdvisoryKind | None = None
    state: AdvisoryState | None = None
    merchant_id: AskedId | None = None
    effect_due: bool = Field(default=False, description="Those whose effect can be measured now.")


class ObjectionView(BaseModel):
    """What is against the text, from the code point `begins` up to before `ends`; both 0 for the whole."""

    model_config = ConfigDict(from_attributes=True)

    part: TextPart
    begins: int
    ends: int
    objection: Objection


class EffectView(BaseModel):
    """Complaints of 90 days after, from the 15th day on, against those of 90 days before. `high` null: no limit."""

    before: int
    after: int
    ratio: float | None
    low: float | None
    high: float | None
    verdict: EffectVerdict


class MeasuredEffectView(BaseModel):
    """Of the merchant or category, and of the trade beside it. Chosen at a peak, some fall is expected."""

    own: EffectView
    trade: EffectView


class AdvisoryCorrectionView(BaseModel):
    """A text that is proposed in the place of the published one."""

    title: str
    body: str
    reason: str
    by: str


class AdvisorySummary(BaseModel):
    """An advisory in a list."""

    id: int
    version: int
    kind: AdvisoryKind
    state: AdvisoryState
    number: str | None = Field(description="As it is printed, from the signature on; by kind and year without a gap.")
    title: str
    merchant_id: int | None
    merchant: str | None
    created_at: Moment
    approved_at: Moment | None
    sent_on: date | None
    reply_due_on: date | None
    effect_due_on: date | None = Field(description="The first day on which its effect can be measured.")


class AdvisoryView(AdvisorySummary):
    """All of it, with what is against its text and what the user may do now."""

    body: str
    addressee: str | None
    axis: Axis | None
    code: str | None
    signal_ids: list[int]
    tickets: list[str]
    verified_facts: list[FactBody]
    law: str | None
    may_name: bool
    authors: list[str]
    approved_by: str | None
    channels: list[str]
    reply: str | None
    replied_at: Moment | None
    correction: AdvisoryCorrectionView | None
    effect: MeasuredEffectView | None
    objections: list[ObjectionView] = Field(description="Of a text that is not signed.")
    events: list[AdvisoryEvent] = Field(description="What the user may do with it now.")


class AdvisoryPage(Page[AdvisorySummary]):
    """Newest first."""


class SendingView(BaseModel):
    """Where it was made known, when, and what shows it."""

    channel: str
    at: Moment
    proof: str


class AdvisoryEntry(BaseModel):
    """Something that was done with it, with the text as it stood."""

    id: int
    what: EventName
    from_state: AdvisoryState | None
    to_state: AdvisoryState
    at: Moment
    by: str | None = Field(description="Null for the system.")
    title: str | None
    body: str | None
    reason: str | None
    reply: str | None
    sendings: list[SendingView]


class AdvisoryEntryPage(Page[AdvisoryEntry]):
    """As it came."""
