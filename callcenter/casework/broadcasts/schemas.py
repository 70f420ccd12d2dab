"""What broadcasts take and give over HTTP."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from callcenter.casework.broadcasts.rules import (
    LONGEST_TEXT,
    AnsweredVia,
    BroadcastFilter,
    BroadcastKind,
    OrganisationKind,
)
from callcenter.casework.broadcasts.states import TargetState
from callcenter.casework.classification.schemas import CodeName
from callcenter.casework.contacts.rules import ContactRole
from callcenter.casework.contacts.schemas import Id, Line, OrganisationView, PersonName
from callcenter.casework.key_calls.rules import RingState
from callcenter.http.downloads import FileQuery
from callcenter.http.fields import Moment, plain_line
from callcenter.http.pages import Page, PageQuery

_plain = AfterValidator(plain_line)
_MOST = 100
"""Of each that a filter names."""


class BroadcastFilterBody(BaseModel):
    """To whom it goes: to contacts that are as each of these says; what is left out says nothing."""

    model_config = ConfigDict(extra="forbid")

    organisations: OrganisationKind | None = None
    unit_ids: Annotated[list[Id], Field(max_length=_MOST)] = []
    merchant_ids: Annotated[list[Id], Field(max_length=_MOST)] = []
    roles: Annotated[list[ContactRole], Field(max_length=len(ContactRole))] = []
    regions: Annotated[list[Line], Field(max_length=_MOST)] = []
    goods: Annotated[list[CodeName], Field(max_length=_MOST, description="One of them is enough.")] = []
    brands: Annotated[list[Line], Field(max_length=_MOST, description="One of them is enough.")] = []

    def to_filter(self) -> BroadcastFilter:
        """As the rules have it."""
        lists = {name: tuple(value) for name, value in self if isinstance(value, list)}
        return BroadcastFilter(organisations=self.organisations, **lists)


class NewBroadcastBody(BaseModel):
    """A broadcast that begins at once."""

    model_config = ConfigDict(extra="forbid")

    kind: BroadcastKind
    subject: Annotated[str, Field(min_length=2, max_length=60, examples=["问题奶粉下架"]), _plain]
    spoken_text: (
        Annotated[str, Field(min_length=2, max_length=LONGEST_TEXT, description="It is spoken."), _plain] | None
    ) = None
    recording_id: Id | None = Field(default=None, description="What is played instead of a text that is spoken.")
    filter: BroadcastFilterBody = Field(default_factory=BroadcastFilterBody)

    @model_validator(mode="after")
    def _one_of_both(self) -> NewBroadcastBody:
        if (self.spoken_text is None) == (self.recording_id is None):
            raise ValueError("A broadcast has a text that is spoken, or a recording.")
        return self


class BroadcastsQuery(PageQuery):
    """Which broadcasts are wanted."""

    kind: BroadcastKind | None = None
    open: bool | None = Field(default=None, description="Those that have not ended, or those that have.")


class StandingView(BaseModel):
    """How many organisations stand how; all others together are the targets."""

    model_config = ConfigDict(from_attributes=True)

    targets: int
    waiting: int
    ringing: int
    acknowledged: int
    refused: int
    unreachable: int


class BroadcastRecordingView(BaseModel):
    """A recording that broadcasts can play, at most a minute long."""

    id: int = Field(description="By which it is heard: /broadcast-recordings/{id}/audio.")
    name: str = Field(description="Of the file that was given.")
    seconds: float
    sha256: str = Field(description="Of the sound as it is played.")
    added_by: str
    added_at: Moment


class BroadcastRecordingPage(Page[BroadcastRecordingView]):
    """Newest first."""


class BroadcastView(BaseModel):
    """A broadcast as it stands."""

    id: int
    kind: BroadcastKind
    subject: str
    spoken_text: str | None = Field(description="Null where a recording is played.")
    recording: BroadcastRecordingView | None
    filter: BroadcastFilterBody
    started_by: str
    started_at: Moment
    stopped_at: Moment | None = Field(description="When somebody let it end; who is rung then may still answer.")
    ended_at: Moment | None = Field(description="When nobody was left to be rung.")
    standing: StandingView


class StartedBroadcast(BaseModel):
    """A broadcast that has begun, and how long it takes while no caller waits."""

    broadcast: BroadcastView
    shortest_seconds: int = Field(description="Where everybody answers the first ring.")
    longest_seconds: int = Field(description="Where nobody ever does.")


class BroadcastPage(Page[BroadcastView]):
    """Newest first."""


class TargetsQuery(PageQuery, FileQuery):
    """Which targets are wanted."""

    state: TargetState | None = None


class BroadcastRingView(BaseModel):
    """Somebody who is, or was, rung."""

    round: int
    person: str
    number: str | None = Field(description="Masked.")
    pbx: str
    call_id: str
    requested_at: Moment
    state: RingState
    ended_at: Moment | None


class TargetView(BaseModel):
    """An organisation that a broadcast goes to."""

    id: int
    organisation: OrganisationView
    state: TargetState
    contact: str | None = Field(description="Who is rung, or was last.")
    attempts: int
    acknowledged_at: Moment | None
    acknowledged_by: str | None
    acknowledged_via: AnsweredVia | None
    acknowledged_how: str | None
    rings: list[BroadcastRingView]


class TargetPage(Page[TargetView]):
    """In the order in which they are rung first."""


class NotedAcknowledgement(BaseModel):
    """Who of the organisation said that they know, and how."""

    model_config = ConfigDict(extra="forbid")

    name: PersonName
    how: Annotated[str, Field(min_length=1, max_length=200, examples=["微信回复"]), _plain]
