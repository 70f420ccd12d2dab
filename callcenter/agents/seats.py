"""The seats of one PBX: reports of queue members in, what each seat does out. Pure.

A seat is an interface with all its memberships. Between two link-ups nothing is taken for granted: a seat is known
from the first QueueStatus on, and no longer known when the link goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from callcenter.agents.rules import SeatState, find_pause_behind, find_wrap_up_end
from callcenter.pbx.queue_members import (
    MemberCallEnded,
    MemberFact,
    MemberRemoved,
    MembersListed,
    MemberTold,
    QueueMember,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SeatNow:
    """What a seat does."""

    member_name: str
    queues: tuple[str, ...]
    state: SeatState
    reason: str | None
    """Of the pause that shows."""
    next_reason: str | None = None
    """Of the pause that comes when the call or the wrap-up is over; empty where it has none, None without a pause."""
    is_registered: bool | None = None
    """Whether the device can be rung, whatever the seat does; None where the PBX does not know."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SeatChanged:
    """From `at` on a seat does something else; None where it is in no queue any more, or not known."""

    at: datetime
    interface: str
    now: SeatNow | None
    paused_at: datetime | None = None
    """When the pause began that shows, by the PBX; whole seconds."""
    stirred_at: datetime | None = None
    """When the PBX last saw the seat pause or end a call: no state of before goes on behind that; whole seconds."""


SeatEvent = SeatChanged | MemberCallEnded

_BY_DEVICE = {
    2: SeatState.TALKING,
    3: SeatState.TALKING,
    7: SeatState.TALKING,
    8: SeatState.ON_HOLD,
    6: SeatState.RINGING,
}
_UNREACHABLE = frozenset((4, 5))
_NOT_KNOWN = 0

_MOST_TELLING = (
    SeatState.TALKING,
    SeatState.ON_HOLD,
    SeatState.RINGING,
    SeatState.AVAILABLE,
    SeatState.WRAP_UP,
    SeatState.PAUSED,
    SeatState.UNREACHABLE,
)


class Seats:
    """The seats of one PBX, from one report after the other."""

    def __init__(self) -> None:
        self.is_heard = False
        """Whether what is present is so: all members were listed since the link is up."""
        self._members: dict[str, dict[str, QueueMember]] = {}
        self._present: dict[str, SeatNow] = {}
        self._latest: dict[str, datetime] = {}

    @property
    def present(self) -> Mapping[str, SeatNow]:
        """By interface."""
        return MappingProxyType(self._present)

    def find_pause(self, interface: str) -> str | None:
        """The reason for which a seat takes no calls in any of its queues, shown or not; None if it takes some."""
        return _common_pause(self._members.get(interface, {}).values())

    def hear(self, fact: MemberFact) -> list[SeatEvent]:
        """What is different afterwards. Nothing counts before the first list is complete."""
        if isinstance(fact, MembersListed):
            self.is_heard = True
            touched = set(self._members) | {member.interface for member in fact.members}
            self._members = {}
            for member in fact.members:
                self._members.setdefault(member.interface, {})[member.queue] = member
            return self._show(touched, fact.at)
        if not self.is_heard:
            return []
        if isinstance(fact, MemberCallEnded):
            return [fact] if fact.interface in self._members else []
        if isinstance(fact, MemberTold):
            self._members.setdefault(fact.member.interface, {})[fact.member.queue] = fact.member
            return self._show([fact.member.interface], fact.at)
        return self._hear_removal(fact)

    def lose(self, at: datetime) -> list[SeatEvent]:
        """The PBX is not heard from `at` on."""
        touched = set(self._members)
        self.is_heard = False
        self._members = {}
        return self._show(touched, at)

    def _hear_removal(self, fact: MemberRemoved) -> list[SeatEvent]:
        memberships = self._members.get(fact.interface, {})
        memberships.pop(fact.queue, None)
        if not memberships:
            self._members.pop(fact.interface, None)
        return self._show([fact.interface], fact.at)

    def _show(self, interfaces: Iterable[str], at: datetime) -> list[SeatEvent]:
        changes: list[SeatEvent] = []
        for interface in sorted(interfaces):
            now = _now_of(self._members.get(interface, {}))
            if now == self._present.get(interface):
                continue
            # The list has no moment of the PBX's own, so what was said just before it can seem later.
            moment = self._latest[interface] = max(at, self._latest.get(interface, at))
            if now is None:
                del self._present[interface]
            else:
                self._present[interface] = now
            members = self._members.get(interface, {}).values()
            pauses = [member.last_pause_at for member in members if member.last_pause_at is not None]
            calls = [member.last_call_at for member in members if member.last_call_at is not None]
            is_paused = now is not None and now.state in (SeatState.PAUSED, SeatState.WRAP_UP)
            changes.append(
                SeatChanged(
                    at=moment,
                    interface=interface,
                    now=now,
                    paused_at=max(pauses, default=None) if is_paused else None,
                    stirred_at=max(pauses + calls, default=None),
                )
            )
        return changes


def _now_of(memberships: Mapping[str, QueueMember]) -> SeatNow | None:
    if not memberships:
        return None
    members = [memberships[queue] for queue in sorted(memberships)]
    shown = min(members, key=lambda member: _MOST_TELLING.index(_state_of(member)))
    state = _state_of(shown)
    behind = find_pause_behind(_common_pause(members))
    return SeatNow(
        member_name=members[0].name,
        queues=tuple(member.queue for member in members),
        state=state,
        reason=_shown_reason(shown, state),
        next_reason=None if state is SeatState.PAUSED else behind,
        is_registered=None if shown.status == _NOT_KNOWN else shown.status not in _UNREACHABLE,
    )


def _common_pause(members: Iterable[QueueMember]) -> str | None:
    """Of a seat that takes no calls in any of its queues; None for one that takes some."""
    pauses = [member.pause for member in members]
    return None if None in pauses else next(iter(pauses), None)


def _shown_reason(member: QueueMember, state: SeatState) -> str | None:
    if state is SeatState.WRAP_UP:
        return member.pause
    return find_pause_behind(member.pause) or None if state is SeatState.PAUSED else None


def _state_of(member: QueueMember) -> SeatState:
    """Of one membership. A device whose state is not known is rung by app_queue, so it is available."""
    by_device = _BY_DEVICE.get(member.status)
    if by_device is not None:
        return by_device
    if member.pause is not None:
        return SeatState.PAUSED if find_wrap_up_end(member.pause) is None else SeatState.WRAP_UP
    return SeatState.UNREACHABLE if member.status in _UNREACHABLE else SeatState.AVAILABLE
