"""What calls look like over HTTP: the contract shape of the record, and what may be asked for."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from callcenter.calls.blind_times import GapReason
from callcenter.calls.list_store import CallFilter, CallPlace
from callcenter.calls.numbers import normalise
from callcenter.calls.records import Anomaly, Direction, HungUpBy, Outcome, QueueExit, RingResult, TalkKind, Witness
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError
from callcenter.http.downloads import FileQuery
from callcenter.http.fields import AskedMoment, AskedName, Moment


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
        description="Sound files that are kept of the call. No witness knows them: always empty in what one told."
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
    confirmed: bool = Field(description="Both witnesses told the call to its end and agree about it.")


class CallDetail(BaseModel):
    """A call, and what each witness told of it."""

    call: CallView
    told_by_ami: RecordView | None
    told_by_ledger: RecordView | None
    recorded_at: Moment | None
    confirmed_at: Moment | None


class CallPage(BaseModel):
    """Newest first; `next_cursor` is the `cursor` of the next page, null on the last."""

    items: list[CallView]
    next_cursor: str | None


class GapView(BaseModel):
    """A time [from, to) during which a witness saw nothing; `to` is null while that lasts."""

    id: int
    pbx: str
    witness: Witness
    from_: Moment = Field(alias="from")
    to: Moment | None
    reason: GapReason


class GapPage(BaseModel):
    """Latest first; `next_before` is the `before` of the next page, null on the last."""

    items: list[GapView]
    next_before: int | None


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
    """How often a witness said something that could not be used, and the latest example."""

    model_config = ConfigDict(from_attributes=True)

    pbx: str
    witness: Witness
    name: str
    count: int
    sample: str | None
    last_at: Moment


class RefusedView(BaseModel):
    """Something told that could not be used: a row of the ledger, or a record, that was refused or not understood."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    pbx: str
    witness: Witness
    reason: str
    told_at: Moment
    at: Moment


class AnomalyPage(CallPage):
    """Calls with an anomaly, newest first, and what was odd without belonging to a call."""

    counts: list[CountView]
    refused: list[RefusedView]


class Unmasking(BaseModel):
    """Numbers and names are masked unless somebody who may see them says why."""

    model_config = ConfigDict(extra="forbid")

    unmask: bool = False
    reason: str | None = Field(default=None, min_length=2, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")


class Page(Unmasking):
    """A page of a list of calls."""

    cursor: str | None = Field(default=None, max_length=1000)
    limit: int = Field(default=50, ge=1, le=200)

    @property
    def after(self) -> CallPlace | None:
        """The place behind which the page begins. Raises InputError."""
        return None if self.cursor is None else place_from_cursor(self.cursor)


class AnomalyQuery(Page):
    """Which odd calls are wanted."""

    day: date | None = None
    anomaly: Anomaly | None = None


class CallQuery(Page, FileQuery):
    """Which calls are wanted; [from, to) is about the start of the call."""

    day: date | None = None
    from_: AskedMoment | None = Field(default=None, alias="from")
    to: AskedMoment | None = None
    direction: Direction | None = None
    outcome: list[Outcome] = []
    caller: str | None = Field(default=None, max_length=80)
    queue: AskedName | None = None
    agent: AskedName | None = None
    anomaly: Anomaly | None = None
    unconfirmed: bool = False
    open: bool = False

    def to_filter(self, *, area_code: str) -> CallFilter:
        """Raises InputError where the caller is no number."""
        number = None
        if self.caller is not None:
            number = normalise(self.caller, area_code=area_code).number
            if number is None:
                raise InputError(
                    "The caller that was asked for is not a telephone number.", code=ErrorCode.NOT_A_NUMBER
                )
        return CallFilter(
            business_date=self.day,
            from_at=self.from_,
            to_at=self.to,
            direction=self.direction,
            outcomes=tuple(self.outcome),
            caller_number=number,
            queue=self.queue,
            agent=self.agent,
            anomaly=self.anomaly,
            is_open=self.open,
            is_unconfirmed=self.unconfirmed,
        )


def cursor_from_place(place: CallPlace) -> str:
    """A place in the list as clients hand it back; they need not understand it."""
    told = json.dumps([place.started_at.isoformat(), place.pbx, place.call_id])
    return base64.urlsafe_b64encode(told.encode()).decode()


def place_from_cursor(cursor: str) -> CallPlace:
    """The inverse. Raises InputError for anything that is no cursor."""
    try:
        told: Any = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
        started_at, pbx, call_id = told
        moment = datetime.fromisoformat(started_at)
        place = CallPlace(started_at=moment.astimezone(UTC), pbx=pbx, call_id=call_id)
        is_text = b"\0" not in (pbx + call_id).encode()
    except (binascii.Error, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise InputError("The cursor is none that a list has given.", code=ErrorCode.INVALID_CURSOR) from error
    if not is_text or moment.tzinfo is None:
        raise InputError("The cursor is none that a list has given.", code=ErrorCode.INVALID_CURSOR)
    return place
