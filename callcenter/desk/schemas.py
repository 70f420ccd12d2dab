"""What a desk looks like over HTTP. What is keyed is an object, so that a change names its place in it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from callcenter.agents.rules import SeatState
from callcenter.alarms.rules import AlarmKind
from callcenter.browser_phones.schemas import PhoneView
from callcenter.calls.number_origins import Carrier
from callcenter.calls.records import Direction
from callcenter.desk.rules import OwnCallState
from callcenter.http.fields import Moment
from callcenter.http.middleware import API
from callcenter.http.openapi import Socket
from callcenter.mediation.rules import MediationState
from callcenter.wallboard.inputs import DialStep
from callcenter.wallboard.schemas import BoardDelta


class DeskSeatView(BaseModel):
    """Where the user sits, and what the PBX says of it. The state is null while the PBX is not heard."""

    pbx: str
    interface: str
    queues: list[str]
    state: SeatState | None
    reason: str | None = Field(description="Of a pause.")
    next_reason: str | None = Field(
        description="Of the pause that comes when this call or wrap-up is over, empty for one without; null where "
        "calls are taken then."
    )
    since: Moment | None
    wrap_up_ends_at: Moment | None


class NumberOriginView(BaseModel):
    """What the first digits of a number say: a fixed line's place, or a mobile number's carrier.

    The carrier is the one to whom the range was given; who moved to another has kept the number.
    """

    chinese: str | None
    english: str | None
    carrier: Carrier | None


class DeskCallView(BaseModel):
    """A call in which the user's device has a part; one that is over for the user stays for a minute."""

    direction: Direction
    number: str | None = Field(description="Of the other side, masked where it is a customer's.")
    origin: NumberOriginView | None = Field(description="Null where the number does not say.")
    name: str | None = Field(description="Masked.")
    queue: str | None
    state: OwnCallState
    since: Moment
    started_at: Moment
    episode_id: int | None = Field(description="The other side's open row of the callback list.")
    joined: str | None = Field(description="The call that the PBX put it together with, as `pbx/call_id`.")


class DeskDialView(BaseModel):
    """A number that is being rung for the user."""

    id: int
    call: str = Field(description="`pbx/call_id`.")
    episode_id: int | None
    number: str | None = Field(description="Masked.")
    requested_at: Moment
    step: DialStep


class DeskClaimView(BaseModel):
    """A caller of the callback list on whom the user works."""

    expires_at: Moment
    promised_at: Moment | None


class DeskMediationView(BaseModel):
    """A mediation that the user hosts now. While it lasts the user's phone is in its room, whoever else is in it."""

    id: int
    call: str | None = Field(description="The consumer's, as `pbx/call_id`; null for one by appointment.")
    state: MediationState


class ListNumbersView(BaseModel):
    """Numbers that grow when something in a list has changed, or may have: read again what is shown of it."""

    callbacks: int
    messages: int
    instructions: int


class DeskView(BaseModel):
    """What concerns one user now. Moments do not grow: what lasts is given by its beginning."""

    user: str
    is_reading: bool = Field(description="False while the database is away: then nothing here changes.")
    as_of: Moment | None = Field(description="Until when the PBX of the seat was heard; null without one.")
    is_blind: bool = Field(description="What happens now at the PBX does not come through, or there is no seat.")
    seat: DeskSeatView | None
    phone: PhoneView | None
    calls: dict[str, DeskCallView] = Field(description="By `pbx/call_id`.")
    dial: DeskDialView | None
    claims: dict[str, DeskClaimView] = Field(description="By the id of the row of the callback list.")
    mediation: DeskMediationView | None
    alarms: dict[AlarmKind, int] | None = Field(
        description="How many of each kind are open; none of a kind that is not named. Null without the right."
    )
    lists: ListNumbersView


class DeskSnapshot(BaseModel):
    """The first message of a live connection, and what a single question is answered; the messages after it are of the
    type `delta`, as those of the wallboard."""

    type: Literal["snapshot"] = "snapshot"
    board: str | None = Field(description="Which numbering `sequence` belongs to; null for a single question.")
    sequence: int | None
    document: DeskView


DESK_SOCKET = Socket(
    path=f"{API}/me/live",
    description=(
        "What concerns the user who is signed in, as it changes, with the rules of `/wallboard/live`: a snapshot, then "
        "numbered changes; code 1001 after 600 seconds, 4401 when the session or the token that opened it is over."
    ),
    parameters={"after": "`board:sequence` of the last message received."},
    messages=(DeskSnapshot, BoardDelta),
)
