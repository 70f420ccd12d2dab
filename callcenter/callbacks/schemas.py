"""What the callback list takes and gives over HTTP."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from callcenter.callbacks.deadlines import DEADLINE_RULE
from callcenter.callbacks.list_store import EpisodeKind, ListFilter, Place
from callcenter.callbacks.retry_schedule import ATTEMPTS_RULE
from callcenter.callbacks.rules import PRIORITY_RULE, REQUIRED_ATTEMPTS, EpisodeState
from callcenter.calls.numbers import normalise
from callcenter.calls.records import Outcome
from callcenter.calls.schemas import Unmasking
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError
from callcenter.http.downloads import FileQuery
from callcenter.http.fields import Moment


class KeptPlaceView(BaseModel):
    """The place in a queue that the caller asked to be kept, with key 1."""

    queue: str
    position: int | None = Field(description="On joining the queue.")
    joined_at: Moment | None


class LostCallView(BaseModel):
    """One lost call; an `answered` one was lost in a transfer."""

    pbx: str
    call_id: str
    business_date: date
    started_at: Moment
    ended_at: Moment | None
    outcome: Outcome
    short: bool
    wait_seconds: float | None
    caller_number: str | None = Field(description="As shown; it may be one that nobody can be rung back at.")
    caller_name: str | None
    kept_place: KeptPlaceView | None = None


class ClosingCallView(BaseModel):
    """The call whose talk closed the episode."""

    pbx: str
    call_id: str


class DecisionView(BaseModel):
    """Who signed that the caller cannot be reached."""

    at: Moment
    by: str
    reason: str


class CallbackView(BaseModel):
    """One caller's lost calls until somebody talked to them."""

    episode_id: int
    kind: EpisodeKind
    state: EpisodeState
    caller_number: str | None = Field(description="Null where no usable number was shown.")
    opened_at: Moment
    last_lost_at: Moment
    due_at: Moment | None = Field(description=DEADLINE_RULE)
    is_calendar_missing: bool = Field(description="No deadline, because the year's working calendar is not known.")
    is_overdue: bool = Field(description="The deadline has passed without any call to the number.")
    promised_at: Moment | None = Field(default=None, description="When the caller was last promised a call.")
    is_put_off: bool = Field(default=False, description="That time has not come; the caller waits nevertheless.")
    kept_place: KeptPlaceView | None = Field(default=None, description="In the latest call.")
    has_message: bool
    tries: int
    tries_within_10_minutes: int = Field(description="The most lost calls within any 10 minutes.")
    longest_wait_seconds: float
    attempts: int = Field(description="Our calls to the number since the last lost call.")
    attempts_counted: int = Field(default=0, description=ATTEMPTS_RULE)
    is_emergency: bool = Field(default=False, description="Nobody on duty took it: may be rung at any hour.")
    first_attempt_at: Moment | None
    closed_at: Moment | None
    closed_by: ClosingCallView | None
    decision: DecisionView | None
    reopens: int | None = Field(description="The same caller's episode before this one.")
    priority: list[int] = Field(description=PRIORITY_RULE)
    calls: list[LostCallView]


class CallbackPage(BaseModel):
    """The most urgent first; `next_cursor` is the `cursor` of the next page, null on the last."""

    items: list[CallbackView]
    next_cursor: str | None
    business_date: date | None = Field(description="Null for the live list.")
    frozen_at: Moment | None = Field(description="Null while the list can still change.")
    sha256: str | None = Field(description="Of the frozen list; the day sheet holds it too.")
    priority_rule: str = PRIORITY_RULE
    deadline_rule: str = Field(description="With the hours that are set.")


class CallbackQuery(Unmasking, FileQuery):
    """Which rows are wanted: of the live list, or of a business day's."""

    day: date | None = None
    current: bool = Field(default=False, description="The day as it stands now, though its list is frozen.")
    state: list[EpisodeState] = Field(default=[])
    kind: EpisodeKind | None = None
    caller: str | None = Field(default=None, max_length=80)
    overdue: bool = False
    message: bool = False
    cursor: str | None = Field(default=None, max_length=1000)
    limit: int = Field(default=50, ge=1, le=200)

    @property
    def after(self) -> Place | None:
        """The place behind which the page begins. Raises InputError."""
        return None if self.cursor is None else place_from_cursor(self.cursor)

    def to_filter(self, *, area_code: str) -> ListFilter:
        """Raises InputError where the caller is no number."""
        number = None
        if self.caller is not None:
            number = normalise(self.caller, area_code=area_code).number
            if number is None:
                raise InputError(
                    "The caller that was asked for is not a telephone number.", code=ErrorCode.NOT_A_NUMBER
                )
        return ListFilter(
            states=tuple(self.state),
            kind=self.kind,
            caller_number=number,
            is_overdue=self.overdue,
            has_message=self.message,
        )


class NewDecision(BaseModel):
    """A supervisor signs that a caller cannot be reached."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(
        min_length=2,
        max_length=500,
        pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$",
        description=f"Why. Refused before {REQUIRED_ATTEMPTS} attempts that count. {ATTEMPTS_RULE}",
    )


class EpisodeQuery(Unmasking):
    """Agents see the number of one episode when they say why."""


def cursor_from_place(place: Place) -> str:
    """A place in the list as clients hand it back; they need not understand it."""
    return base64.urlsafe_b64encode(json.dumps([*place.priority, place.episode_id]).encode()).decode()


def place_from_cursor(cursor: str) -> Place:
    """The inverse. Raises InputError for anything that is no cursor."""
    try:
        told: Any = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise InputError("The cursor is none that a list has given.", code=ErrorCode.INVALID_CURSOR) from error
    if not isinstance(told, list) or not 2 <= len(told) <= 10:
        raise InputError("The cursor is none that a list has given.", code=ErrorCode.INVALID_CURSOR)
    if not all(type(number) is int and abs(number) < 2**63 for number in told):
        raise InputError("The cursor is none that a list has given.", code=ErrorCode.INVALID_CURSOR)
    return Place(tuple(told[:-1]), told[-1])
