"""What calls look like over HTTP: the contract shape of the record, and what may be asked for."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from callcenter.calls.blind_times import GapReason
from callcenter.calls.list_store import CallFilter, CallPlace
from callcenter.calls.notes import WrittenNote
from callcenter.calls.records import Anomaly, Direction, HungUpBy, Outcome, QueueExit, RingResult, TalkKind, Witness
from callcenter.http.cursors import Cursors
from callcenter.http.downloads import FileQuery
from callcenter.http.fields import AskedMoment, AskedName, Moment, Sentence
from callcenter.http.pages import Page, PageQuery


class RingView(BaseModel):
    """One ring at one queue member."""

    agent: str
    at: Moment
    seconds: float | None
    result: RingResult | None


class QueueVisitView(BaseModel):
    """One stay in one queue."""

    queue: str | None
    joined_at: Moment | None
    left_at: Moment | None
    exit: QueueExit | None
    position: int | None
    wait_seconds: float | None
    agent: str | None
    connected_at: Moment | None
    rings: list[RingView]


class TalkView(BaseModel):
    """One interval in which the customer could talk with somebody; `to` is null while it lasts."""

    with_: str = Field(alias="with")
    kind: TalkKind
    from_: Moment = Field(alias="from")
    to: Moment | None


class VoicemailView(BaseModel):
    """A message that was left."""

    mailbox: str
    file: str | None
    seconds: float | None


class RecordView(BaseModel):
    """The call record: every key is always there, what is not known is null."""

    call_id: str
    pbx: str
    direction: Direction
    caller_number: str | None
    caller_raw: str | None
    customer_number: str | None = Field(
        description="The outside person's: inbound the caller's, outbound what the line was asked to ring."
    )
    caller_name: str | None
    dialled_number: str | None
    started_at: Moment
    answered_at: Moment | None
    ended_at: Moment | None
    outcome: Outcome | None = Field(description="Null while the call is up.")
    hangup_cause: int | None
    hung_up_by: HungUpBy | None
    short: bool
    queue_visits: list[QueueVisitView]
    talks: list[TalkView]
    wait_seconds: float
    talk_seconds: float
    voicemail: VoicemailView | None
    recordings: list[str] = Field(
        description="Sound files that are kept of the call. No witness knows them: always empty in what one reported."
    )
    transferred: bool
    lost_after_transfer: bool
    emergency_unanswered_at: Moment | None = Field(
        default=None, description="When everybody on duty had been rung and none had accepted, call over or not."
    )
    joined: str | None
    witnesses: list[Witness]
    complete: bool
    anomalies: list[Anomaly]


class CallView(RecordView):
    """A call record with what the house knows besides."""

    business_date: date
    confirmed: bool = Field(description="Both witnesses reported the call to its end and agree about it.")


class NewCallNote(BaseModel):
    """What somebody who was in the call wants to keep of it."""

    model_config = ConfigDict(extra="forbid")

    note: Sentence | None = Field(description="In place of the one before; null takes it back.")


class CallNoteView(BaseModel):
    """What somebody wrote down about a call they were in, as they worded it last."""

    pbx: str
    call_id: str
    user: str
    at: Moment
    note: str

    @classmethod
    def of(cls, note: WrittenNote) -> CallNoteView:
        pbx, call_id = note.key
        return cls(pbx=pbx, call_id=call_id, user=note.user, at=note.at, note=note.note)


class SeatedView(BaseModel):
    """Who was signed on at a device."""

    device: str = Field(description="As it stands in the record.")
    user: str
    display_name: str | None


class CallDetail(BaseModel):
    """A call, and what each witness reported of it."""

    call: CallView
    told_by_ami: RecordView | None
    told_by_ledger: RecordView | None
    recorded_at: Moment | None
    confirmed_at: Moment | None
    people: list[SeatedView] = Field(description="At the devices of the record while the call lasted, by device.")
    notes: list[CallNoteView] = Field(description="Oldest first.")


class CallPage(Page[CallView]):
    """Newest first."""


class GapView(BaseModel):
    """A time [from, to) during which a witness saw nothing; `to` is null while that lasts."""

    id: int
    pbx: str
    witness: Witness
    from_: Moment = Field(alias="from")
    to: Moment | None
    reason: GapReason


class GapPage(Page[GapView]):
    """Latest first."""


class DayFiguresView(BaseModel):
    """Calls of one business day; answered and missed are inbound, lost after a transfer is missed; waiting stand in a
    queue now."""

    up: int
    waiting: int
    answered: int
    missed: int
    unconfirmed: int = Field(description="Calls over on which not both witnesses agree, and that nobody has settled.")
    settled: int = Field(description="Unconfirmed calls of which a supervisor has said why they stand.")


class CountView(BaseModel):
    """How often a witness reported something that could not be used, and the latest example."""

    model_config = ConfigDict(from_attributes=True)

    pbx: str
    witness: Witness
    name: str
    count: int
    sample: str | None = Field(description="As it was reported, numbers and all; null while numbers are masked.")
    last_at: Moment


class DeadLetterView(BaseModel):
    """A row of the ledger, or a record, that was refused or not understood, and so could not be used."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    pbx: str
    witness: Witness
    reason: str
    told_at: Moment
    at: Moment


class CountPage(Page[CountView]):
    """By PBX, witness and name."""


class DeadLetterPage(Page[DeadLetterView]):
    """Latest first."""


class GapQuery(PageQuery):
    """Which blind times are wanted: those that touch [from, to)."""

    pbx: AskedName | None = None
    from_: AskedMoment | None = Field(default=None, alias="from")
    to: AskedMoment | None = None


class AnomalyQuery(PageQuery):
    """Which odd calls are wanted."""

    day: date | None = None
    anomaly: Anomaly | None = None


class CallQuery(PageQuery, FileQuery):
    """Which calls are wanted; [from, to) is about the start of the call."""

    day: date | None = None
    from_: AskedMoment | None = Field(default=None, alias="from")
    to: AskedMoment | None = None
    direction: Direction | None = None
    outcome: list[Outcome] = Field(default=[])
    queue: AskedName | None = None
    agent: AskedName | None = None
    anomaly: Anomaly | None = None
    unconfirmed: bool = False
    open: bool = False

    def to_filter(self) -> CallFilter:
        """Without the caller: a number is asked for by a search."""
        return CallFilter(
            business_date=self.day,
            from_at=self.from_,
            to_at=self.to,
            direction=self.direction,
            outcomes=tuple(self.outcome),
            queue=self.queue,
            agent=self.agent,
            anomaly=self.anomaly,
            is_open=self.open,
            is_unconfirmed=self.unconfirmed,
        )


class CallSearch(CallQuery):
    """Which calls are wanted, by numbers too: those never stand in an address."""

    caller: str | None = Field(default=None, max_length=80, description="The caller's number, in any usual form.")


def call_cursors(name: str) -> Cursors[CallPlace]:
    """The cursors of a list of calls, newest first."""
    return Cursors(
        name=name,
        types=(datetime, str, str),
        values_of=lambda place: (place.started_at, place.pbx, place.call_id),
        place_of=lambda started_at, pbx, call_id: CallPlace(started_at=started_at, pbx=pbx, call_id=call_id),
    )


CALL_CURSORS = call_cursors("calls")
