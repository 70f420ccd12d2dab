"""What working the callback list takes and gives over HTTP."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from callcenter.callbacks.promises import PROMISE_RULE, NamedBy
from callcenter.callbacks.retry_schedule import RETRY_RULE
from callcenter.callbacks.rules import HISTORY, REQUIRED_ATTEMPTS, EpisodeState
from callcenter.callbacks.tables import EpisodeRow, PromiseChange
from callcenter.callbacks.work_service import History
from callcenter.calls.numbers import mask
from callcenter.calls.records import Direction, Outcome, seconds
from callcenter.calls.schemas import CallNoteView
from callcenter.calls.tables import Call
from callcenter.dialling.schemas import DialWithJudgement, NamedCall, dial_with_judgement
from callcenter.http.fields import AskedMoment, Moment, Sentence
from callcenter.http.pages import Page


class Note(BaseModel):
    """A line about an episode that whoever works on it next will read."""

    model_config = ConfigDict(extra="forbid")

    note: Sentence


class NewPromise(BaseModel):
    """When the caller was promised a call, and who named that time."""

    model_config = ConfigDict(extra="forbid")

    at: AskedMoment
    named_by: NamedBy | None = Field(default=None, description=PROMISE_RULE)
    call: NamedCall | None = Field(default=None, description="In which the caller named the time.")


class PastCallView(BaseModel):
    """One call with the person, in either direction; `outcome` is null while it is up."""

    pbx: str
    call_id: str
    direction: Direction
    started_at: Moment
    outcome: Outcome | None
    wait_seconds: float | None
    longest_talk_seconds: float | None
    queues: list[str]
    agents: list[str]


class EpisodeView(BaseModel):
    """The person's lost calls until somebody talked to them."""

    id: int
    state: EpisodeState
    opened_at: Moment
    due_at: Moment | None
    closed_at: Moment | None
    attempts: int
    next_try_at: Moment | None = Field(description=RETRY_RULE)


class NoteView(BaseModel):
    """What somebody wrote down."""

    episode_id: int
    user: str
    at: Moment
    note: str


class PromiseView(BaseModel):
    """A time that was promised, who named it, and the time that stood there before."""

    episode_id: int
    promised_at: Moment
    replaced_at: Moment | None
    user: str
    at: Moment
    named_by: NamedBy
    call: NamedCall | None
    opens_hours: bool = Field(description=PROMISE_RULE)


class HistoryView(BaseModel):
    """Everything known of one person, for whoever is about to talk to them: the number masked, newest first."""

    number: str | None
    is_whole: bool = Field(description=f"False where there are more calls or dials than the newest {HISTORY} of each.")
    calls: list[PastCallView]
    episodes: list[EpisodeView]
    dials: list[DialWithJudgement]
    notes: list[NoteView]
    promises: list[PromiseView] = Field(description="Oldest first.")
    call_notes: list[CallNoteView] = Field(description="What agents wrote down about these calls, oldest first.")


class ClaimView(BaseModel):
    """An episode that is the agent's to work on until `expires_at`."""

    episode_id: int
    expires_at: Moment
    promised_at: Moment | None
    required_attempts: int = REQUIRED_ATTEMPTS
    history: HistoryView


class OwnClaim(BaseModel):
    """An episode that the agent has."""

    episode_id: int
    expires_at: Moment


class OwnClaims(Page[OwnClaim]):
    """What the agent has to work on."""


class HandedOver(BaseModel):
    """The episodes that others may take now."""

    episode_ids: list[int]


class CallbackFigures(BaseModel):
    """How fast callers of the last seven days were called back and talked to, in the middle case."""

    median_seconds_to_first_attempt: float | None
    median_seconds_to_contact: float | None = Field(description="Of those who were talked to.")


def history_view(history: History, *, area_code: str) -> HistoryView:
    """With every number masked."""
    return HistoryView(
        is_whole=history.is_whole,
        number=mask(history.subject.number, area_code=area_code),
        calls=[_call(call) for call in history.calls],
        episodes=[_episode(episode) for episode in history.episodes],
        dials=[dial_with_judgement(*row, area_code=area_code) for row in history.dials],
        notes=[
            NoteView(episode_id=note.episode_id, user=user, at=note.at, note=note.note) for note, user in history.notes
        ],
        promises=[_promise(change, user) for change, user in history.promises],
        call_notes=[CallNoteView.of(note) for note in history.call_notes],
    )


def callback_figures(medians: tuple[timedelta | None, timedelta | None]) -> CallbackFigures:
    """As JSON has them."""
    to_attempt, to_contact = medians
    return CallbackFigures(
        median_seconds_to_first_attempt=seconds(to_attempt), median_seconds_to_contact=seconds(to_contact)
    )


def _promise(change: PromiseChange, user: str) -> PromiseView:
    call = None
    if change.named_in_pbx is not None and change.named_in_call_id is not None:
        call = NamedCall(pbx=change.named_in_pbx, call_id=change.named_in_call_id)
    return PromiseView(
        episode_id=change.episode_id,
        promised_at=change.promised_at,
        replaced_at=change.replaced_at,
        user=user,
        at=change.set_at,
        named_by=NamedBy(change.named_by),
        call=call,
        opens_hours=change.opens_hours,
    )


def _call(call: Call) -> PastCallView:
    return PastCallView(
        pbx=call.pbx,
        call_id=call.call_id,
        direction=Direction(call.direction),
        started_at=call.started_at,
        outcome=None if call.outcome is None else Outcome(call.outcome),
        wait_seconds=seconds(call.wait),
        longest_talk_seconds=seconds(call.longest_talk),
        queues=call.queues,
        agents=call.agents,
    )


def _episode(episode: EpisodeRow) -> EpisodeView:
    return EpisodeView(
        id=episode.id,
        state=EpisodeState(episode.state),
        opened_at=episode.opened_at,
        due_at=episode.due_at,
        closed_at=episode.closed_at,
        attempts=episode.attempts,
        next_try_at=episode.next_try_at,
    )
