"""Agents as HTTP sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from callcenter.agents.rules import (
    HEARD_NOW,
    QUEUE_PATTERN,
    DeviceKind,
    PauseReason,
    Seat,
    SeatState,
    Skill,
    Supervision,
)
from callcenter.agents.state_times import AgentTimes
from callcenter.agents.store import AgentRow, PresentSeat
from callcenter.http.fields import AskedMoment, Moment
from callcenter.http.pages import Page, PageQuery

TimedState = Annotated[
    SeatState | Literal["not_known"],
    Field(description="`not_known` while the PBX was not heard or did not know the seat."),
]
QueueName = Annotated[str, Field(pattern=QUEUE_PATTERN)]
PbxName = Annotated[str, Field(max_length=32)]
Device = Annotated[str, Field(max_length=80, description="As `PJSIP/1001`.")]


class SkillView(BaseModel):
    """A queue whose calls an agent can take; those with a low penalty are asked first."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    queue: QueueName
    penalty: int = Field(default=0, ge=0, le=1000)


class NewSkills(BaseModel):
    """All queues of an agent."""

    model_config = ConfigDict(extra="forbid")

    skills: list[SkillView] = Field(max_length=100)

    @model_validator(mode="after")
    def _each_once(self) -> NewSkills:
        if len({skill.queue for skill in self.skills}) < len(self.skills):
            raise ValueError("A queue stands in the list twice.")
        return self

    def to_skills(self) -> list[Skill]:
        return [Skill(queue=skill.queue, penalty=skill.penalty) for skill in self.skills]


class NewSignOn(BaseModel):
    """Where to sit."""

    model_config = ConfigDict(extra="forbid")

    pbx: PbxName | None = Field(default=None, description="Null where there is only one.")
    device: Device


class NewPause(BaseModel):
    """Why no calls are taken."""

    model_config = ConfigDict(extra="forbid")

    reason: PauseReason


class NewNextStatus(BaseModel):
    """The pause that comes when the call or the wrap-up that goes on is over; null where calls are taken then."""

    model_config = ConfigDict(extra="forbid")

    reason: PauseReason | None


class NewWrapUp(BaseModel):
    """How long from now on the wrap-up that runs shall last; 0 ends it, and begins what was asked for behind it."""

    model_config = ConfigDict(extra="forbid")

    seconds: int = Field(ge=0, le=3600)


class NewSupervision(BaseModel):
    """How to take part in an agent's call, and the device that shall ring for it: where one sits, or this one."""

    model_config = ConfigDict(extra="forbid")

    mode: Supervision
    device: Device | None = None


class NewMove(BaseModel):
    """Where a waiting caller is moved: into another queue, or without one in front of all others of the same."""

    model_config = ConfigDict(extra="forbid")

    queue: QueueName | None = None


class SeatView(BaseModel):
    """A seat and what it does. The state is null while the PBX is not heard, or does not know the seat."""

    pbx: str
    interface: str
    member_name: str | None
    queues: Sequence[str]
    state: SeatState | None
    reason: str | None = Field(description="Of a pause.")
    since: Moment | None
    wrap_up_ends_at: Moment | None


class AgentView(BaseModel):
    """A user who may take calls, and the seat; a user without one is signed off."""

    user: str
    skills: list[SkillView]
    signed_on_at: Moment | None
    seat: SeatView | None


class PbxView(BaseModel):
    """Whether a PBX is heard, and until when everything it reported is known."""

    pbx: str
    is_heard: bool
    heard_until: Moment


class AgentPage(Page[AgentView]):
    """Who sits where and does what, by name."""

    pbxs: list[PbxView]
    others: list[SeatView] = Field(description="All seats of the PBXs at which no user is signed on.")


class QueueView(BaseModel):
    """A queue that a PBX has."""

    pbx: str
    name: str


class QueuePage(Page[QueueView]):
    """By name."""

    known_at: Moment | None = Field(description="When the PBX listed them; null where it has not answered.")


class DeviceView(BaseModel):
    """A device of a PBX at which agents may sit."""

    pbx: str
    name: Device
    kind: DeviceKind
    is_registered: bool | None = Field(description="Whether it can be rung; null where the PBX does not know.")
    taken_by: str | None = Field(description="The user who is signed on there.")


class DevicePage(Page[DeviceView]):
    """By name."""

    known_at: Moment | None = Field(description="When the PBX listed them; null where it has not answered.")


class TimesQuery(PageQuery):
    """Times are cut to [from, to)."""

    from_: AskedMoment = Field(alias="from")
    to: AskedMoment


class StateTimeView(BaseModel):
    """How long in one state, and for a pause with which reason."""

    state: TimedState
    reason: str | None
    seconds: float


class AgentTimesView(BaseModel):
    """One agent's time; the states add up to the time signed on."""

    user: str
    signed_on_seconds: float
    states: list[StateTimeView]


class TimesPage(Page[AgentTimesView]):
    """Everybody who was signed on, by name."""

    from_: Moment = Field(alias="from")
    to: Moment


def describe_agents(
    agents: Sequence[AgentRow],
    present: Sequence[PresentSeat],
    heard: Mapping[str, datetime],
    *,
    now: datetime,
) -> AgentPage:
    """Who sits where and does what, as far as it is known."""
    seats = {Seat(pbx=seat.pbx, interface=seat.interface): _describe_seat(seat, now) for seat in present}
    views = [
        AgentView(
            user=agent.name,
            skills=[SkillView.model_validate(skill) for skill in agent.skills],
            signed_on_at=agent.signed_on_at,
            seat=None if agent.seat is None else seats.pop(agent.seat, None) or _unknown_seat(agent.seat),
        )
        for agent in agents
    ]
    pbxs = [
        PbxView(pbx=pbx, is_heard=now - until < HEARD_NOW, heard_until=until) for pbx, until in sorted(heard.items())
    ]
    return AgentPage(items=views, next=None, pbxs=pbxs, others=list(seats.values()))


def describe_times(
    times: Sequence[AgentTimes], *, from_at: datetime, to_at: datetime, following: str | None
) -> TimesPage:
    """Durations in seconds."""
    return TimesPage.model_validate(
        {
            "next": following,
            "from": from_at,
            "to": to_at,
            "items": [
                AgentTimesView(
                    user=one.agent,
                    signed_on_seconds=one.signed_on.total_seconds(),
                    states=[
                        StateTimeView(state=time.state, reason=time.reason, seconds=time.duration.total_seconds())
                        for time in one.states
                    ]
                    + [
                        StateTimeView(state="not_known", reason=None, seconds=time.total_seconds())
                        for time in [one.not_known]
                        if time
                    ],
                )
                for one in times
            ],
        }
    )


def describe_own_seat(seat: Seat, present: PresentSeat | None, now: datetime) -> SeatView:
    """Where a user sits, and what the PBX reported of it."""
    return _unknown_seat(seat) if present is None else _describe_seat(present, now)


def _describe_seat(present: PresentSeat, now: datetime) -> SeatView:
    is_known = present.is_known(now)
    return SeatView(
        pbx=present.pbx,
        interface=present.interface,
        member_name=present.member_name,
        queues=present.queues,
        state=present.state if is_known else None,
        reason=present.reason if is_known and present.state is not SeatState.WRAP_UP else None,
        since=present.began_at if is_known else None,
        wrap_up_ends_at=present.wrap_up_ends_at if is_known else None,
    )


def _unknown_seat(seat: Seat) -> SeatView:
    return SeatView(
        pbx=seat.pbx,
        interface=seat.interface,
        member_name=None,
        queues=(),
        state=None,
        reason=None,
        since=None,
        wrap_up_ends_at=None,
    )
