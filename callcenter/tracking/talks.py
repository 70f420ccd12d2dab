"""Who talks with whom: bridges, looked at through Local channels, as talks of the customer.

After every change of a bridge the legs that can hear each other are gathered (both halves
of a Local channel are one place). Calls that meet in one place are joined, the younger to
the older. What a customer says stands in the customer's record, whichever call is older: each
inbound or outbound call whose customer is there has its own talks. An internal call has talks
only where no customer from outside is; of several the oldest, but no agent's stay in a pool.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from callcenter.calls.records import Direction, TalkKind
from callcenter.tracking.call_state import Bridge, Leg, OpenCall, OpenTalk, OpenVisit
from callcenter.tracking.rules import HOLD_THRESHOLD


def legs_in_earshot(leg: Leg) -> list[Leg]:
    """Every leg that shares a place with this one, itself included, Local halves looked through."""
    if leg.bridge is None or leg.bridge.is_holding:
        return []
    seen: dict[str, Bridge] = {leg.bridge.bridge_id: leg.bridge}
    todo = [leg.bridge]
    found: list[Leg] = []
    while todo:
        bridge = todo.pop()
        for member in bridge.legs.values():
            found.append(member)
            twin = member.twin
            if twin is None or twin.bridge is None or twin.bridge.is_holding:
                continue
            if twin.bridge.bridge_id not in seen:
                seen[twin.bridge.bridge_id] = twin.bridge
                todo.append(twin.bridge)
    return found


def update_place(legs: list[Leg], at: datetime, mark_changed: Callable[[OpenCall], None]) -> None:
    """Bring joins and talks up to date for one set of legs that hear each other."""
    parties = [leg for leg in legs if not leg.is_technical]
    people = [leg for leg in parties if leg.is_person]
    calls = _calls_of(parties)
    if len(calls) > 1:
        _join(calls, mark_changed)
    for call in calls:
        _find_far_customer(call, people)
        _note_answer(call, people, at)
    for leg in parties:
        _note_connection(leg, people, at)
    speakers = _speakers(calls, people)
    for call in calls:
        customer = call.customer
        if customer in people:
            others = [leg for leg in people if leg is not customer]
            call.company = set(others) or call.company
            set_partners(call, others if call in speakers else [], at)
        elif customer is None or not legs_in_earshot(customer):
            set_partners(call, [], at)
        mark_changed(call)


def leave_place(leg: Leg, at: datetime, mark_changed: Callable[[OpenCall], None]) -> None:
    """A customer hears nobody any more: the talks end."""
    call = leg.call
    if call.talks and call.customer is leg:
        set_partners(call, [], at)
        mark_changed(call)


def _speakers(calls: list[OpenCall], people: list[Leg]) -> list[OpenCall]:
    """The calls whose customers speak here."""
    present = [call for call in calls if call.customer in people and not call.is_in_pool]
    outside = [call for call in present if call.direction is not Direction.INTERNAL]
    return outside or present[:1]


def set_partners(call: OpenCall, partners: list[Leg], at: datetime) -> None:
    """Make the open talks of a call those with exactly these legs."""
    if not partners and not call.talks:
        return
    wanted: dict[tuple[str, TalkKind, Leg | None], set[Leg]] = {}
    for leg in partners:
        wanted.setdefault(_person(leg), set()).add(leg)
    for talk in call.talks:
        if talk.to is None and _partner(talk) not in wanted:
            talk.to = at
    for person, legs in wanted.items():
        last = next((talk for talk in reversed(call.talks) if _partner(talk) == person), None)
        if last is not None and (last.to is None or abs(at - last.to) < HOLD_THRESHOLD):
            last.to = None
            last.legs = legs
            if call.transferred_at is None or last.from_ >= call.transferred_at:
                call.is_lost_after_transfer = False
        else:
            with_, kind, nameless = person
            call.talks.append(OpenTalk(with_=with_, kind=kind, from_=at, legs=legs, nameless=nameless))
            call.is_lost_after_transfer = False


def _partner(talk: OpenTalk) -> tuple[str, TalkKind, Leg | None]:
    return talk.with_, talk.kind, talk.nameless


def _person(leg: Leg) -> tuple[str, TalkKind, Leg | None]:
    if not leg.is_trunk:
        return leg.device, TalkKind.AGENT, None
    number = leg.caller_number if leg.has_dialled_in else leg.dialled
    return number or leg.device, TalkKind.EXTERNAL, None if number else leg


def _calls_of(legs: list[Leg]) -> list[OpenCall]:
    """The calls in this place, oldest first."""
    first = legs[0].call if legs else None
    if first is not None and all(leg.call is first for leg in legs):
        return [first]
    calls = {leg.call.call_id: leg.call for leg in legs}
    return sorted(calls.values(), key=lambda call: (call.born_in, call.started_at, call.order))


def _join(calls: list[OpenCall], mark_changed: Callable[[OpenCall], None]) -> None:
    oldest, *younger = calls
    for call in younger:
        if call.joined is None:
            call.joined = oldest
            mark_changed(call)


def _find_far_customer(call: OpenCall, people: list[Leg]) -> None:
    """The customer of an outbound call: the far party in a bridge, dialled last where there are two."""
    if call.far_party is not None or call.direction is not Direction.OUTBOUND:
        return
    far = [leg for leg in people if leg.call is call and leg.is_trunk]
    call.far_party = max(far, key=lambda leg: (leg.born_at, leg.order), default=None)


def _note_answer(call: OpenCall, people: list[Leg], at: datetime) -> None:
    """Answered is a shared bridge with somebody who is no caller from outside."""
    customer = call.customer
    if call.answered_at is not None or customer is None or customer not in people:
        return
    is_inbound = call.direction is Direction.INBOUND
    if any(leg is not customer and not (is_inbound and leg.is_caller_from_outside) for leg in people):
        call.answered_at = at


def _note_connection(leg: Leg, people: list[Leg], at: datetime) -> None:
    """A leg that stands in a queue, the caller's own or a Local half on the caller's behalf, has got a member."""
    call = leg.call
    visit = call.current_visit(leg)
    if visit is None or visit.is_abandoned or visit.connected_at is not None or visit.status is not None:
        return
    others = (other for other in people if other is not leg and other is not call.customer)
    member = next((other for other in others if not other.is_caller_from_outside), None)
    if member is not None:
        visit.connected_at = at
        visit.agent = _person(member)[0]
        if member.call.is_in_pool:
            _name_rings(visit, visit.agent)


def _name_rings(visit: OpenVisit, agent: str) -> None:
    """The number under which an agent is in a pool is no device: the one who came is named."""
    for ring in visit.rings:
        if ring.leg.is_local and ring.leg.bridge is not None:
            ring.agent = agent
