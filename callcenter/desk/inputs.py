"""What desks are made from, as it is stored. Values, no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from callcenter.accounts.rights import Viewer
from callcenter.agents.rules import Seat
from callcenter.agents.store import PresentSeat
from callcenter.alarms.rules import AlarmKind
from callcenter.browser_phones.rules import PhoneLease
from callcenter.calls.rows import Key
from callcenter.mediation.rules import MediationState


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskViewer:
    """A user in one browser or script, which is known by the hash of the secret of its session or token."""

    user_id: int
    holder: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredCall:
    """A call that is up or has just ended; `record` in its contract shape, `subject` the person from outside."""

    key: Key
    subject: str | None
    record: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnDial:
    """A number that is being rung for the user."""

    dial_id: int
    episode_id: int | None
    subject: str
    key: Key
    requested_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnClaim:
    """A caller of the callback list on whom the user works."""

    episode_id: int
    expires_at: datetime
    promised_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnMediation:
    """A mediation that the user hosts, from the moment its legs are on their way; `key` of the consumer's call."""

    mediation_id: int
    key: Key | None
    state: MediationState


@dataclass(frozen=True, kw_only=True, slots=True)
class ListNumbers:
    """Numbers that grow when something in a list has changed, or may have."""

    callbacks: int = 0
    messages: int = 0
    instructions: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Floor:
    """Everything that desks show, read in one transaction; users by their id."""

    people: Mapping[int, Viewer]
    seats: Mapping[int, Seat]
    present: Mapping[Seat, PresentSeat]
    phones: Mapping[Seat, PhoneLease]
    """Who has the phone in the page of a seat."""
    heard: Mapping[str, datetime]
    """Until when everything each PBX reported live is known."""
    calls: Sequence[StoredCall]
    episodes: Mapping[str, int]
    """The open episode of each person from outside who is in one of the calls."""
    dials: Mapping[int, OwnDial]
    claims: Mapping[int, Sequence[OwnClaim]]
    mediations: Mapping[int, OwnMediation]
    alarms: Mapping[AlarmKind, int] = field(default_factory=dict)
    """How many of each kind are open; none where nobody may see them."""
