"""What the callback list takes and gives over HTTP."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from callcenter.callbacks.deadlines import DEADLINE_RULE
from callcenter.callbacks.list_store import CallbackRow, EpisodeKind, ListFilter, Place
from callcenter.callbacks.present_work import PresentWork
from callcenter.callbacks.retry_schedule import ATTEMPTS_RULE
from callcenter.callbacks.rules import PRIORITY_RULE, REQUIRED_ATTEMPTS, EpisodeState
from callcenter.calls.records import Outcome
from callcenter.http.cursors import Cursors
from callcenter.http.downloads import FileQuery
from callcenter.http.fields import Moment
from callcenter.http.pages import Page, PageQuery


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
    user: str
    reason: str


class RowClaimView(BaseModel):
    """Somebody works on the caller, until then unless they go on."""

    model_config = ConfigDict(from_attributes=True)

    user: str
    expires_at: Moment


class CallbackView(BaseModel):
    """One caller's lost calls until somebody talked to them."""

    id: int = Field(description="Elsewhere `episode_id`.")
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
    previous_episode_id: int | None = Field(description="The same caller's episode before this one.")
    priority: list[int] = Field(description=PRIORITY_RULE)
    calls: list[LostCallView]
    claim: RowClaimView | None = Field(default=None, description="At this moment, of whatever day the list is.")
    next_try_at: Moment | None = Field(default=None, description="Not to be rung before; null where at once.")
    queues: list[str] = Field(default=[], description="In which the caller was lost, by name.")


class CallbackPage(Page[CallbackView]):
    """The most urgent first."""

    day: date | None = Field(description="Null for the live list.")
    frozen_at: Moment | None = Field(description="Null while the list can still change.")
    sha256: str | None = Field(description="Of the frozen list; the day sheet holds it too.")
    priority_rule: str = PRIORITY_RULE
    deadline_rule: str = Field(description="With the hours that are set.")
    hours: list[str] = Field(description="In which people may be called on working days, each as `09:00-18:00`.")


class CallbackQuery(PageQuery, FileQuery):
    """Which rows are wanted: of the live list, or of a business day's."""

    day: date | None = None
    current: bool = Field(default=False, description="The day as it stands now, though its list is frozen.")
    state: list[EpisodeState] = Field(default=[])
    kind: EpisodeKind | None = None
    overdue: bool = False
    message: bool = False
    masked: bool = Field(default=False, description="Numbers stay masked whatever the reason, and nothing is logged.")

    def to_filter(self) -> ListFilter:
        """Without the caller: a number is asked for by a search."""
        return ListFilter(
            states=tuple(self.state),
            kind=self.kind,
            is_overdue=self.overdue,
            has_message=self.message,
        )


class CallbackSearch(CallbackQuery):
    """Which rows are wanted, by number too: that never stands in an address."""

    caller: str = Field(max_length=80, description="The caller's number, in any usual form.")


class NewDecision(BaseModel):
    """A supervisor signs that a caller cannot be reached."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(
        min_length=2,
        max_length=500,
        pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$",
        description=f"Why. Refused before {REQUIRED_ATTEMPTS} attempts that count. {ATTEMPTS_RULE}",
    )


def callback_view(row: CallbackRow, work: PresentWork) -> CallbackView:
    """A row of the list, which is frozen under its own names, by the names of the API, with what is being done."""
    decision = row["decision"]
    signed = None if decision is None else {"at": decision["at"], "user": decision["by"], "reason": decision["reason"]}
    names = {"id": row["episode_id"], "previous_episode_id": row["reopens"], "decision": signed}
    present = {"claim": work.claim, "next_try_at": work.next_try_at, "queues": list(work.queues)}
    return CallbackView.model_validate({**row, **names, **present})


CALLBACK_CURSORS = Cursors(name="callbacks", types=(tuple, int), values_of=tuple, place_of=Place)
