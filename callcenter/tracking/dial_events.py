"""Who is rung for whom, and who moves whom: facts that name more than one leg."""

from __future__ import annotations

from callcenter.calls.records import Direction
from callcenter.pbx import facts as f
from callcenter.pbx.channel_names import device_of_interface, number_in_dial_string
from callcenter.tracking.call_state import Leg, OpenCall
from callcenter.tracking.open_calls import UpCalls
from callcenter.tracking.queue_events import add_ring, end_rings, stay_of, take_over_visit
from callcenter.tracking.talks import legs_in_earshot


def dial_begun(up: UpCalls, fact: f.DialBegun) -> None:
    """A leg rings: for its dialler, and for the dialler's stay in a queue if there is one."""
    leg = up.find_leg(fact)
    if leg is None:
        return
    if leg.is_trunk:
        leg.dialled = number_in_dial_string(fact.dial_string, leg.device) or leg.dialled
    if fact.dialler is None and leg.call.opener is leg:
        leg.is_originated = True
        if leg.is_trunk:
            leg.call.dialled = leg.dialled
    caller = up.legs.get(fact.dialler) if fact.dialler is not None else None
    if caller is None:
        return
    if caller is caller.call.customer:
        caller.call.dial_status = None
        caller.call.leg_statuses = []
    visit = caller.call.current_visit(caller)
    if visit is not None and visit.is_behind:
        visit.is_over = True
    elif visit is not None:
        visit.joined_at = visit.joined_at or visit.begun_at
        add_ring(visit, leg, leg.device, fact.at)
        up.mark(visit.leg.call)


def dial_ended(up: UpCalls, fact: f.DialEnded) -> None:
    """The ringing ended; what it came to is kept for the opener, whose outcome it may be."""
    leg = up.find_leg(fact)
    rung_for = end_rings(leg, fact) if leg is not None else None
    if rung_for is not None and not rung_for.state.is_over:
        up.mark(rung_for)
    if fact.dialler is None and fact.status == "ANSWER":
        return  # the phone of an Originate is up; whom it is put through to is still to come
    dialler = up.legs.get(fact.dialler) if fact.dialler is not None else leg
    if dialler is not None and dialler.call.opener is dialler and dialler.call.current_visit(dialler) is None:
        dialler.call.leg_statuses.append(fact.status)
        up.touch(dialler.call, fact)


def member_called(up: UpCalls, fact: f.MemberCalled) -> None:
    """A queue rings a member: the event names the member's channel, and counts for the caller's stay."""
    leg = up.legs.get(fact.uniqueid)
    caller = up.legs.get(fact.caller)
    visit = None
    if caller is not None:
        visit = stay_of(caller, fact.queue or None, fact.at)
    if leg is not None and visit is not None:
        add_ring(visit, leg, device_of_interface(fact.interface) or leg.device, fact.at)
        up.mark(visit.leg.call)


def transferred(up: UpCalls, fact: f.Transferred) -> None:
    """A party moved the call; nobody is left to talk with unless somebody else is in the talk already."""
    named = [up.legs[name] for name in (fact.transferee, fact.uniqueid, fact.second) if name in up.legs]
    if not named:
        return
    movers = {leg for leg in named if leg.uniqueid != fact.transferee}
    calls = _moved_calls(named, movers, fact.kind)
    for call in calls:
        call.transferred_at = fact.at
        call.is_lost_after_transfer = not _is_talked_to(call, movers, fact.kind)
        up.touch(call, fact)
    second = up.legs.get(fact.second) if fact.second is not None else None
    if second is None:
        return
    second.is_swapped_out = True
    customer = calls[0].customer
    if customer is not None and second.call is not calls[0]:
        take_over_visit(second, customer, fact.at)


def _is_talked_to(call: OpenCall, movers: set[Leg], kind: f.TransferKind) -> bool:
    """Whether somebody else than the movers is there. Of two in the house, only one call has the talk."""
    if any(talk.to is None and not talk.legs <= movers for talk in call.talks):
        return True
    if call.customer is None or call.direction is not Direction.INTERNAL or kind is not f.TransferKind.ATTENDED:
        return False
    return not set(legs_in_earshot(call.customer)) <= movers


def _moved_calls(named: list[Leg], movers: set[Leg], kind: f.TransferKind) -> list[OpenCall]:
    """Whose customer is moved: the one named, or one from outside whom a party of the transfer hears, else from inside.

    An attended transfer moves the customers of both talks, where both have one. The parties' own calls do not say it:
    an agent may be there by a lasting call of their own, or ask a colleague by one.
    """
    heard = [member for leg in named for member in (leg, *legs_in_earshot(leg))]
    customers = list(dict.fromkeys(leg.call for leg in heard if leg is leg.call.customer))
    outside = [call for call in customers if call.direction is not Direction.INTERNAL]
    moved = [call for call in customers if call.customer not in movers]
    found = outside or moved or [named[0].call]
    return found if outside and kind is f.TransferKind.ATTENDED else found[:1]
