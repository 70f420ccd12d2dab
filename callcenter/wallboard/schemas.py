"""What the wallboard looks like over HTTP. What is keyed is an object, so that a change names its place in it."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from callcenter.agents.rules import SeatState
from callcenter.audio.rules import Purpose
from callcenter.audit.report import Answer
from callcenter.calls.blind_times import GapReason
from callcenter.calls.records import Direction, Witness
from callcenter.http.fields import AskedName, Moment
from callcenter.http.middleware import API
from callcenter.http.openapi import Socket
from callcenter.kpis.schemas import Count, FiguresView
from callcenter.wallboard.hours import HOURS, BoardHours
from callcenter.wallboard.inputs import DialStep


class SourceView(BaseModel):
    """How old a group of figures is, and whether what happens now comes through at all."""

    as_of: Moment | None = Field(description="Everything until then is in these figures; null: nobody knows.")
    is_blind: bool


class UpView(BaseModel):
    """A call that is up, of any direction; numbers of customers are masked."""

    direction: Direction
    caller_number: str | None
    dialled_number: str | None
    started_at: Moment
    answered_at: Moment | None
    talking_with: list[str]


class WaitingView(BaseModel):
    """A caller in a queue. `position` is their turn, those moved up first; the client counts how long they wait."""

    queue: str | None
    caller_number: str | None
    waiting_since: Moment
    position: int


class CallsView(SourceView):
    """What is going on, by `pbx/call_id`."""

    up: dict[str, UpView]
    waiting: dict[str, WaitingView]


class TodayView(SourceView):
    """Calls that began today and are over, in all and by queue."""

    unconfirmed: Count = Field(
        description="Calls over of any direction on which not both witnesses agree (yet), and that nobody has settled."
    )
    settled: Count = Field(description="Unconfirmed calls of which a supervisor has said why they stand.")
    total: FiguresView
    queues: dict[str, FiguresView] = Field(description="By name: queues of one name on several PBXs are one service.")


BoardSeatState = SeatState | Literal["unknown"]


class BoardSeatView(BaseModel):
    """A queue member. The state is `unknown` while nobody hears the PBX."""

    user: str | None
    display_name: str | None = Field(default=None, description="What people call the user.")
    member_name: str
    queues: list[str]
    state: BoardSeatState
    reason: str | None
    state_since: Moment | None


class SeatsView(SourceView):
    """Seats by `pbx/interface`, and how many are in which state, in all and by queue."""

    seats: dict[str, BoardSeatView]
    by_state: dict[BoardSeatState, Count]
    by_queue: dict[str, dict[BoardSeatState, Count]]


class CallbacksView(SourceView):
    """Callers who wait for a call back."""

    open: Count
    overdue: Count
    deadline_unknown: Count = Field(description="Of these nobody can say, because the working calendar is missing.")


class BoardAlarmsView(SourceView):
    """How much of each kind somebody should look after; the lists are `GET /alarms`."""

    duty: Count = Field(description="Emergencies that nobody took, and nobody has taken in hand.")
    first_attempts_overdue: Count
    contacts_overdue: Count
    promises_due: Count
    promises_late: Count = Field(default=0, description="Callers who are put off behind their deadline.")
    deadlines_unknown: Count = Field(description="Nobody can say, because the working calendar is missing.")
    dials_unknown: Count
    parts_down: Count = Field(default=0, description="Parts of the backend that failed and are not back.")
    disks_short: list[Purpose] = Field(description="Sound files whose disk is nearly full.")


class BoardDialView(BaseModel):
    """A number that is being rung for a user."""

    user: str
    call: str = Field(description="`pbx/call_id`.")
    requested_at: Moment
    step: DialStep


class DialsView(SourceView):
    """Dials in flight, by their id."""

    in_flight: dict[str, BoardDialView]


class BoardAuditView(SourceView):
    """Today's audit, made about once a minute; null before the first."""

    unexplained: Count | None
    unconfirmed: Count | None = Field(description="Beyond what a blind witness explains.")
    blind_minutes: Count | None = Field(
        description="Of today, begun ones counted as whole: neither witness of some PBX saw what happened."
    )
    undisposed: Count | None = Field(description="Calls that were answered and have neither a ticket nor a reason.")
    answer: Answer | None = Field(description="As `GET /audit/{day}` has it, of the time until now.")


class GapOnBoard(BaseModel):
    """A time [from, to) during which the witness was blind."""

    from_: Moment = Field(alias="from")
    to: Moment | None
    reason: GapReason


class WitnessView(BaseModel):
    """How well a witness is heard; its gaps that touch today, by id."""

    heard_until: Moment | None
    is_blind: bool
    gaps: dict[str, GapOnBoard]


class BoardView(BaseModel):
    """The wallboard. Moments do not grow: what lasts is given by its beginning."""

    day: date
    metrics_version: int
    is_reading: bool = Field(description="False while the database is away: then nothing here changes.")
    calls: CallsView
    today: TodayView
    agents: SeatsView
    callbacks: CallbacksView
    alarms: BoardAlarmsView
    dials: DialsView
    audit: BoardAuditView
    witnesses: dict[str, WitnessView] = Field(description=f"By `pbx/witness`, the witness one of {', '.join(Witness)}.")


class BoardHoursQuery(BaseModel):
    """Of which queue; without one of all."""

    model_config = ConfigDict(extra="forbid")

    queue: AskedName | None = None


class BoardHourView(BaseModel):
    """An hour of the local clock: the inbound calls that began in it and are over."""

    hour: int
    offered: Count | None = Field(description="Null for an hour that has not begun.")
    missed: Count | None
    usual_offered: float | None = Field(
        description="The mean of the same day of the week over the last eight weeks, as far as calls are recorded; "
        "null where there is none."
    )


class BoardHoursView(BaseModel):
    """Each hour of today. Read at most every ten seconds, whoever asks; as defined for `offered` and `missed`."""

    day: date
    queue: str | None
    as_of: Moment
    usual_days: int = Field(description="Of how many days the mean is.")
    hours: list[BoardHourView]

    @classmethod
    def of(cls, read: BoardHours, queue: str | None) -> BoardHoursView:
        return cls(
            day=read.day,
            queue=queue,
            as_of=read.counted_at,
            usual_days=read.usual.days,
            hours=[_show_hour(read, queue, hour) for hour in HOURS],
        )


def _show_hour(read: BoardHours, queue: str | None, hour: int) -> BoardHourView:
    found = read.find(queue, hour)
    return BoardHourView(
        hour=hour,
        offered=None if found is None else found.offered,
        missed=None if found is None else found.missed,
        usual_offered=read.usual.mean_offered(queue, hour),
    )


class BoardSnapshot(BaseModel):
    """The first message of a live connection, and what a single question is answered.

    The messages after it are of the type `delta`. `board:sequence` names a state; another `board` means that the
    process is another one.
    """

    type: Literal["snapshot"] = "snapshot"
    board: str | None = Field(description="Null where this process follows no board and has read all of it anew.")
    sequence: int | None
    document: BoardView


class BoardChange(BaseModel):
    """An operation of JSON Patch (RFC 6902) on `document`; `remove` has no value."""

    op: Literal["add", "replace", "remove"]
    path: str
    value: Any = None


class BoardDelta(BaseModel):
    """A message after the snapshot: what changed. Its sequence is the one after that of the message before."""

    type: Literal["delta"] = "delta"
    board: str
    sequence: int
    changes: list[BoardChange]


BOARD_SOCKET = Socket(
    path=f"{API}/wallboard/live",
    description=(
        "The wallboard as it changes. The backend sends text messages of JSON, and pings of the WebSocket protocol as "
        "heartbeats; it takes no messages. It closes the connection with code 1001 after 600 seconds: connect again "
        "with `?after=BOARD:SEQUENCE` of the last message. Code 4401 says that the session, the token or the screen "
        "that opened it is over. A refused handshake is answered by a Problem."
    ),
    parameters={"after": "`board:sequence` of the last message received."},
    messages=(BoardSnapshot, BoardDelta),
)
