"""A call while it is up: legs, queue visits, rings and talks as the facts build them.

Mutable and private to the tracker; a record is made of it by `summary`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from callcenter.calls.records import Anomaly, Direction, TalkKind, Witness
from callcenter.pbx.channel_names import device_of, is_local, is_technical
from callcenter.tracking.lifecycle import Birth, CallState


@dataclass(slots=True, eq=False)
class Leg:
    """One channel, from birth to hang-up."""

    uniqueid: str
    call: OpenCall
    channel: str
    born_at: datetime
    is_trunk: bool
    order: int = 0
    caller_number: str | None = None
    caller_name: str | None = None
    exten: str | None = None
    dialled: str | None = None
    dial_exten: str | None = None
    dial_targets: list[str] = field(default_factory=list)
    is_originated: bool = False
    is_up: bool = False
    is_swapped_out: bool = False
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    cause: int | None = None
    hangup_source: str | None = None
    hangup_requested_at: datetime | None = None
    are_requests_heard: bool = False
    has_dialplan_ended: bool = False
    dial_at: datetime | None = None
    """When this leg last began to ring others with Dial()."""
    redirected_at: datetime | None = None
    """When the dialplan last sent the far side elsewhere (Transfer)."""
    bridge: Bridge | None = None
    rung_in: OpenVisit | None = None
    """The stay in a queue for which this member's channel rings."""
    twin: Leg | None = None
    dialled_by_app: str | None = None
    is_local: bool = False
    is_technical: bool = False
    is_person: bool = True
    """A party that can talk: no Local half, no announcer."""
    device: str = ""

    def __post_init__(self) -> None:
        self.name(self.channel)

    def name(self, channel: str) -> None:
        """Take a channel name, the first or one that a masquerade brought."""
        self.channel = channel
        self.is_local = is_local(channel)
        self.is_technical = is_technical(channel)
        self.is_person = not self.is_local and not self.is_technical
        self.device = device_of(channel)

    @property
    def has_dialled_in(self) -> bool:
        """Somebody from outside, as against one whom the PBX rang."""
        return self.is_trunk and self.call.opener is self and not self.is_originated

    @property
    def is_caller_from_outside(self) -> bool:
        """An inbound customer, and no agent who dialled in to work from home."""
        return self.has_dialled_in and not self.call.is_in_pool


@dataclass(slots=True, eq=False)
class Bridge:
    """A place where legs hear each other; `is_holding` where they do not (parking, music)."""

    bridge_id: str
    is_holding: bool = False
    legs: dict[str, Leg] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class OpenRing:
    """A ring at a queue member. `status` is Asterisk's DIALSTATUS word where it was reported."""

    leg: Leg
    agent: str
    at: datetime
    ended_at: datetime | None = None
    status: str | None = None


@dataclass(slots=True, eq=False)
class OpenVisit:
    """A stay in a queue. `is_over` once nothing but its reason can still come.

    `begun_at` is when Queue() started with `data`, `released_at` when the caller's bridge with the member ended.
    """

    leg: Leg
    queue: str | None
    joined_at: datetime | None
    data: str | None = None
    begun_at: datetime | None = None
    released_at: datetime | None = None
    patience: timedelta | None = None
    exten: str | None = None
    left_at: datetime | None = None
    position: int | None = None
    status: str | None = None
    is_abandoned: bool = False
    is_exit_key: bool = False
    is_over: bool = False
    agent: str | None = None
    connected_at: datetime | None = None
    rings: list[OpenRing] = field(default_factory=list)
    taken_over: OpenVisit | None = None
    """The customer's stay in the same queue, after somebody had waited there for them."""

    @property
    def is_behind(self) -> bool:
        """The caller waits no longer: the next queue is another stay."""
        return self.left_at is not None or self.connected_at is not None


@dataclass(slots=True, eq=False)
class OpenTalk:
    """A talk with one person; `legs` are those of the person's channels in it now.

    `nameless` is the channel of a person whose number is not known: two behind one trunk are two.
    """

    with_: str
    kind: TalkKind
    from_: datetime
    to: datetime | None = None
    legs: set[Leg] = field(default_factory=set)
    nameless: Leg | None = None


@dataclass(slots=True, eq=False)
class OpenVoicemail:
    """What happened at a mailbox. `has_message` is None while nobody said."""

    mailbox: str
    has_message: bool | None = None
    file: str | None = None
    duration: timedelta | None = None


@dataclass(slots=True, eq=False)
class OpenCall:
    """All channels born under one linkedid."""

    call_id: str
    pbx: str
    witness: Witness
    started_at: datetime
    order: int
    born_in: int = 0
    """The second of its birth: of the id where that says one, for a call that was up before we looked."""
    opener: Leg | None = None
    far_party: Leg | None = None
    legs: dict[str, Leg] = field(default_factory=dict)
    up: int = 0
    latest_at: datetime | None = None
    has_trunk_leg_out: bool = False
    dialled: str | None = None
    dial_status: str | None = None
    leg_statuses: list[str] = field(default_factory=list)
    answered_at: datetime | None = None
    visits: list[OpenVisit] = field(default_factory=list)
    talks: list[OpenTalk] = field(default_factory=list)
    voicemail: OpenVoicemail | None = None
    is_after_hours: bool = False
    is_emergency: bool = False
    emergency_unanswered_at: datetime | None = None
    last_application: str | None = None
    transferred_at: datetime | None = None
    is_lost_after_transfer: bool = False
    joined: OpenCall | None = None
    company: set[Leg] = field(default_factory=set)
    """With whom the customer shared a bridge last, whether the talk stands in this record or in another's."""
    is_in_pool: bool = False
    """The opener waits as an agent for calls that others bring (AgentLogin): nobody's customer."""
    birth: Birth = Birth.SEEN
    state: CallState = CallState.UP
    anomalies: set[Anomaly] = field(default_factory=set)

    @property
    def direction(self) -> Direction:
        """By the opening channel at its birth, and by whether the PBX dialled out for it."""
        opener = self.opener
        if opener is not None and opener.is_trunk and not opener.is_originated:
            return Direction.INBOUND
        if self.has_trunk_leg_out or (opener is not None and opener.is_trunk):
            return Direction.OUTBOUND
        return Direction.INTERNAL

    @property
    def customer(self) -> Leg | None:
        """Whose talks the record holds: inbound the caller, outbound the far party, internal the opener."""
        opener = self.opener
        if self.direction is Direction.OUTBOUND:
            return self.far_party
        if opener is not None and opener.is_person:
            return opener
        return next((leg for leg in self.legs.values() if leg.is_person), None)

    def ancestors(self) -> list[OpenCall]:
        """The call this one was joined to, the one that was joined to, and so on."""
        found: list[OpenCall] = []
        call = self.joined
        while call is not None:
            found.append(call)
            call = call.joined
        return found

    def current_visit(self, leg: Leg) -> OpenVisit | None:
        """The visit in which this leg still stands, if any."""
        visit = self.last_visit(leg)
        return None if visit is None or visit.is_over else visit

    def last_visit(self, leg: Leg) -> OpenVisit | None:
        """This leg's latest visit, over or not."""
        for visit in reversed(self.visits):
            if visit.leg is leg:
                return visit
        return None

    def visit_at(self, moment: datetime) -> OpenVisit | None:
        """The latest visit that had begun by then."""
        return next(
            (visit for visit in reversed(self.visits) if visit.joined_at is not None and visit.joined_at <= moment),
            None,
        )
