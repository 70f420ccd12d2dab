"""What mediations take and give over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from callcenter.audio.rules import AudioKind
from callcenter.audio.schemas import AudioFileView, AudioQuery
from callcenter.http.fields import AskedMoment, Moment
from callcenter.http.pages import Page, PageQuery
from callcenter.mediation.rules import (
    GUESTS,
    EndReason,
    HostWord,
    LegCommand,
    LegFailure,
    LegRole,
    MediationState,
    Place,
    Result,
    RoomWord,
)

_PRINTABLE = r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$"
_TEXT = r"^[^\x00-\x09\x0b-\x1f\x7f]*\S[^\x00-\x09\x0b-\x1f\x7f]*$"

TypedName = Annotated[str, Field(min_length=1, max_length=80, pattern=_PRINTABLE)]
TypedAddress = Annotated[str, Field(min_length=1, max_length=200, pattern=_PRINTABLE)]
TypedText = Annotated[str, Field(min_length=1, max_length=4000, pattern=_TEXT)]
TypedNumber = Annotated[str, Field(min_length=3, max_length=30, pattern=r"^[0-9+ -]+$")]

MOST_CENTS = 10**13


class Asked(BaseModel):
    """A request body: nothing that is not described."""

    model_config = ConfigDict(extra="forbid")


class NewAppointment(Asked):
    """Both sides will be rung at a time, after the host."""

    appointed_for: AskedMoment
    consumer_number: TypedNumber
    merchant_number: TypedNumber


class NewLeg(Asked):
    """Somebody to be rung."""

    role: LegRole = Field(description=f"One of {', '.join(GUESTS)}.")
    number: TypedNumber


class Particulars(Asked):
    """Who the sides are and what it is about."""

    consumer_name: TypedName | None = None
    merchant_name: TypedName | None = None
    consumer_address: TypedAddress | None = None
    merchant_address: TypedAddress | None = None
    mediator_name: TypedName | None = Field(
        default=None,
        description="As it stands under the record; without it the host's display name, else the sign-in name.",
    )
    matter: TypedText | None = None


class Consent(Asked):
    """What one who takes part said when asked."""

    takes_part: bool
    may_be_recorded: bool


class Agreement(Asked):
    """The text that is read back to both sides."""

    text: TypedText
    amount_cents: int | None = Field(default=None, ge=0, le=MOST_CENTS, description="Of a yuan.")
    due_on: date | None = None


class AgreementAnswer(Asked):
    """What one who takes part said when it was read back."""

    agrees: bool


class NewResult(Asked):
    """What came of it; settled needs consent, the agreement and the yes of both sides."""

    result: Result


class LegView(BaseModel):
    """One who takes part. The number is masked for agents."""

    id: int
    role: LegRole
    place: Place
    interface: str | None
    number: str | None
    call_id: str | None
    called_at: Moment | None
    joined_at: Moment | None
    left_at: Moment | None
    failure: LegFailure | None = Field(description="Why somebody who was rung did not come.")
    is_sent_back: bool = Field(description="The host was gone, and the consumer went back to the head of the queue.")
    takes_part: bool | None
    takes_part_at: Moment | None
    may_be_recorded: bool | None
    may_be_recorded_at: Moment | None
    recording_stopped_at: Moment | None = Field(
        description="When the PBX said that it records this leg no longer. Null after a refusal: it may go on."
    )
    agrees: bool | None
    agrees_at: Moment | None


class EventView(BaseModel):
    """Something that happened."""

    at: Moment
    actor: str = Field(description="The name of a user, `pbx` or `backend`.")
    what: HostWord | LegCommand | RoomWord
    leg_id: int | None
    detail: str | None


class RoomRecordingView(BaseModel):
    """A file of sound. A leg's holds what that leg said; without a leg it is the room's."""

    id: int = Field(description="By which it is heard: /mediation-recordings/{id}/audio.")
    leg_id: int | None
    kind: AudioKind
    file: str
    sha256: str
    size_bytes: int
    seconds: float
    stored_at: Moment
    is_silent: bool
    is_mended: bool = Field(description="The PBX died meanwhile: the last two seconds may be missing.")
    is_held: bool
    refused_at: Moment | None = Field(
        description="When somebody who can be heard in it refused to be recorded; from then on for supervisors only."
    )
    stopped_at: Moment | None = Field(
        description="When the PBX said that the recording was over after that; null: not known to have stopped."
    )
    certificate_id: int | None = Field(description="Of its deletion; from then on nobody can hear it.")


class MediationRecordingView(AudioFileView):
    """A file of a mediation's recordings, in a list of them."""

    mediation_id: int
    refused_at: Moment | None = Field(description="When somebody in it refused to be recorded.")


class MediationRecordingPage(Page[MediationRecordingView]):
    """Newest first."""


class MediationRecordingQuery(AudioQuery):
    """Which recordings are wanted."""

    kind: AudioKind | None = None


class MediationSummary(BaseModel):
    """One mediation, in short."""

    id: int
    pbx: str
    call_id: str | None
    host: str
    state: MediationState
    created_at: Moment
    appointed_for: Moment | None
    opened_at: Moment | None
    ended_at: Moment | None
    end_reason: EndReason | None
    result: Result | None


class MediationView(MediationSummary):
    """One mediation with all that belongs to it."""

    consumer_name: str | None
    merchant_name: str | None
    consumer_address: str | None
    merchant_address: str | None
    mediator_name: str | None
    record_year: int | None
    record_number: int | None = Field(description="Of those that began in that year; null until it has begun.")
    matter: str | None
    agreement: str | None
    amount_cents: int | None
    due_on: date | None
    result_at: Moment | None
    recordings_stored_at: Moment | None
    room_recording_stopped_at: Moment | None = Field(
        description="When the PBX said, after a refusal, that it records the room no longer."
    )
    legs: list[LegView]
    events: list[EventView]
    recordings: list[RoomRecordingView]


class MediationPage(Page[MediationSummary]):
    """Newest first."""


class MediationQuery(PageQuery):
    """Which mediations; agents see their own."""

    state: MediationState | None = None


class StatisticsQuery(Asked):
    """Business days, both included. How many complaints there were in them is known elsewhere."""

    from_day: date
    to_day: date
    complaints: int | None = Field(default=None, ge=0, le=10**9)


class Share(BaseModel):
    """A part of a whole; no ratio where there is nothing to divide by."""

    numerator: int
    denominator: int
    ratio: float | None


class StatisticsView(BaseModel):
    """Mediations that began in these days and are over."""

    from_day: date
    to_day: date
    mediations: int
    without_result: int
    results: dict[Result, int]
    settled: Share = Field(description="Of the mediations with a result.")
    settled_of_all: Share = Field(description="Of all mediations.")
    settled_of_complaints: Share | None = Field(description="Null where the number of complaints was not given.")
