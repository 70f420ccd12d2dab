"""What working the callback list takes and gives over HTTP."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from callcenter.callbacks.promises import PROMISE_RULE, NamedBy
from callcenter.callbacks.retry_schedule import CONTACT_RULE, RETRY_RULE
from callcenter.callbacks.rules import REQUIRED_ATTEMPTS, EpisodeState
from callcenter.callbacks.tables import EpisodeRow, PromiseChange
from callcenter.callbacks.work_service import Alarm, Alarms, History
from callcenter.calls.numbers import mask
from callcenter.calls.records import Direction, Outcome, seconds
from callcenter.calls.tables import Call
from callcenter.dialling.schemas import DialWithJudgement, NamedCall, dial_with_judgement
from callcenter.http.fields import AskedMoment, Moment, Sentence


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

    episode_id: int
    state: EpisodeState
    opened_at: Moment
    due_at: Moment | None
    closed_at: Moment | None
    attempts: int
    next_try_at: Moment | None = Field(description=RETRY_RULE)


class NoteView(BaseModel):
    """What somebody wrote down."""

    episode_id: int
    by: str
    at: Moment
    note: str


class PromiseView(BaseModel):
    """A time that was promised, who named it, and the time that stood there before."""

    episode_id: int
    promised_at: Moment
    replaced_at: Moment | None
    by: str
    at: Moment
    named_by: NamedBy
    call: NamedCall | None
    opens_hours: bool = Field(description=PROMISE_RULE)


class HistoryView(BaseModel):
    """Everything known of one person, for whoever is about to talk to them: the number masked, newest first."""

    number: str | None
    calls: list[PastCallView]
    episodes: list[EpisodeView]
    dials: list[DialWithJudgement]
    notes: list[NoteView]
    promises: list[PromiseView] = Field(description="Oldest first.")


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


class OwnClaims(BaseModel):
    """What the agent has to work on."""

    items: list[OwnClaim]


class HandedOver(BaseModel):
    """The episodes that others may take now."""

    episode_ids: list[int]


class AlarmView(BaseModel):
    """Something that should have happened by `since`, or whose outcome has been open since then."""

    episode_id: int | None
    dial_id: int | None
    since: Moment


class AlarmsView(BaseModel):
    """What a supervisor has to look after, the oldest first."""

    first_attempts_overdue: list[AlarmView]
    first_attempts_unknown: list[AlarmView] = Field(
        description="Nobody can say by when, because the working calendar of the year is missing; `since` the loss."
    )
    contacts_overdue: list[AlarmView] = Field(description=CONTACT_RULE)
    contacts_unknown: list[AlarmView] = Field(
        description="Overdue or not: that depends on a working calendar that is missing. `since` the loss."
    )
    promises_due: list[AlarmView]
    promises_late: list[AlarmView] = Field(description="Callers who are put off behind a deadline, until then.")
    dials_unknown: list[AlarmView]
    median_seconds_to_first_attempt: float | None = Field(description="Of callers lost in the last 7 days.")
    median_seconds_to_contact: float | None = Field(description="Of callers lost in the last 7 days and talked to.")


def history_view(history: History, *, area_code: str) -> HistoryView:
    """With every number masked."""
    return HistoryView(
        number=mask(history.subject.number, area_code=area_code),
        calls=[_call(call) for call in history.calls],
        episodes=[_episode(episode) for episode in history.episodes],
        dials=[dial_with_judgement(*row, area_code=area_code) for row in history.dials],
        notes=[NoteView(episode_id=note.episode_id, by=by, at=note.at, note=note.note) for note, by in history.notes],
        promises=[_promise(change, by) for change, by in history.promises],
    )


def alarms_view(alarms: Alarms) -> AlarmsView:
    """As JSON has it."""
    return AlarmsView(
        first_attempts_overdue=_alarms(alarms.first_attempts_overdue),
        first_attempts_unknown=_alarms(alarms.first_attempts_unknown),
        contacts_overdue=_alarms(alarms.contacts_overdue),
        contacts_unknown=_alarms(alarms.contacts_unknown),
        promises_due=_alarms(alarms.promises_due),
        promises_late=_alarms(alarms.promises_late),
        dials_unknown=_alarms(alarms.dials_unknown),
        median_seconds_to_first_attempt=seconds(alarms.median_to_first_attempt),
        median_seconds_to_contact=seconds(alarms.median_to_contact),
    )


def _alarms(alarms: list[Alarm]) -> list[AlarmView]:
    return [AlarmView(episode_id=alarm.episode_id, dial_id=alarm.dial_id, since=alarm.since) for alarm in alarms]


def _promise(change: PromiseChange, by: str) -> PromiseView:
    call = None
    if change.named_in_pbx is not None and change.named_in_call_id is not None:
        call = NamedCall(pbx=change.named_in_pbx, call_id=change.named_in_call_id)
    return PromiseView(
        episode_id=change.episode_id,
        promised_at=change.promised_at,
        replaced_at=change.replaced_at,
        by=by,
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
        episode_id=episode.id,
        state=EpisodeState(episode.state),
        opened_at=episode.opened_at,
        due_at=episode.due_at,
        closed_at=episode.closed_at,
        attempts=episode.attempts,
        next_try_at=episode.next_try_at,
    )
