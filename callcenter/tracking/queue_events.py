"""Standing in queues: what facts about one leg mean for its stays there and for the rings on its behalf."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from callcenter.calls.records import Witness
from callcenter.pbx import facts as f
from callcenter.pbx.wire import whole_number
from callcenter.tracking.call_state import Leg, OpenCall, OpenRing, OpenVisit

RELEASE_PAUSE = timedelta(seconds=1)
"""Queue() returns within this after the talk; what it does later is another stay."""

NEVER_JOINED = frozenset(("FULL", "JOINEMPTY", "JOINUNAVAIL"))
"""QUEUESTATUS of callers whom the queue refused."""

EXIT_KEYS = frozenset("0123456789*#ABCD")


def queue_joined(leg: Leg, fact: f.QueueJoined) -> None:
    """AMI reports the stay itself, with the position in the queue."""
    visit = leg.call.current_visit(leg)
    if visit is not None and visit.joined_at is not None and visit.queue == fact.queue and not visit.is_behind:
        return
    if visit is not None and visit.joined_at is None and visit.queue != fact.queue:
        leg.call.visits.remove(visit)
    if visit is None or visit.joined_at is not None or visit.queue != fact.queue:
        before, visit = visit, next_visit(leg, fact.queue, fact.at)
        if before is not None and before.queue == fact.queue:
            # the same Queue() again: its report was taken for a repetition
            visit.data, visit.patience, visit.exten = before.data, before.patience, before.exten
            visit.begun_at = fact.at
    visit.joined_at = fact.at
    visit.position = fact.position


def queue_left(leg: Leg, fact: f.QueueLeft) -> None:
    """The stay is over, for whatever reason."""
    visit = leg.call.current_visit(leg)
    if visit is not None and visit.left_at is None:
        visit.left_at = fact.at


def queue_abandoned(leg: Leg, fact: f.QueueAbandoned) -> None:
    """The queue gave the caller up; who wanted that is seen elsewhere."""
    visit = stay_of(leg, fact.queue, fact.at)
    if visit is not None:
        visit.is_abandoned = True
        if visit.joined_at is None and visit.begun_at is None:
            visit.left_at = visit.left_at or fact.at


def stay_of(leg: Leg, queue: str | None, at: datetime) -> OpenVisit | None:
    """The stay of which a queue reports something that is only said of somebody who waits; a talk ended the one before.

    A filtered AMI did not report its begin.
    """
    visit = leg.call.current_visit(leg)
    if visit is None:
        return first_seen_visit(leg, queue)
    return visit if visit.connected_at is None else next_visit(leg, queue or visit.queue, at)


def first_seen_visit(leg: Leg, queue: str | None) -> OpenVisit | None:
    """A stay of which a filtered AMI did not report the begin; None where this leg has stood in a queue before."""
    if queue is None or leg.call.last_visit(leg) is not None:
        return None
    visit = OpenVisit(leg=leg, queue=queue, joined_at=None)
    leg.call.visits.append(visit)
    return visit


def queue_status_set(leg: Leg, fact: f.QueueStatusSet) -> None:
    """Why Queue() went on: for the latest stay, or for one that was refused before it began."""
    if fact.status == "CONTINUE":
        return
    visit = leg.call.last_visit(leg)
    if visit is None or (fact.queue is not None and visit.queue not in (None, fact.queue)):
        visit = OpenVisit(leg=leg, queue=fact.queue, joined_at=None)
        leg.call.visits.append(visit)
    visit.queue = visit.queue or fact.queue
    visit.status = fact.status
    visit.is_over = True
    visit.left_at = visit.left_at or visit.connected_at or fact.at
    visit.joined_at = None if fact.status in NEVER_JOINED else visit.joined_at or visit.begun_at


def queue_seen(leg: Leg, fact: f.QueueSeen) -> None:
    """Another row of the ledger shows in which queue the caller is."""
    if leg.is_swapped_out or leg is not leg.call.opener:
        return
    visit = unannounced_visit(leg.call)
    if visit is not None and visit.queue is None:
        visit.queue = fact.queue


def enter_queue(leg: Leg, fact: f.AppStarted) -> None:
    """The application Queue begins: the ledger's only word for a stay, and AMI's for one that is refused."""
    queue, *options = fact.data.split(",")
    visit = leg.call.current_visit(leg)
    if visit is not None and visit.data == fact.data:
        return  # Newexten repeats the last application when a transfer sets another exten
    if visit is not None:
        _note_exit_key(visit, fact.exten)
    if visit is None or visit.is_behind or visit.data is not None:
        visit = next_visit(leg, queue, fact.at)
    visit.queue = queue
    visit.data = fact.data
    visit.begun_at = fact.at
    visit.exten = fact.exten
    if len(options) >= 4 and (patience := whole_number(options[3])):
        visit.patience = timedelta(seconds=patience)
    if leg.call.witness is Witness.LEDGER:
        visit.joined_at = visit.joined_at or fact.at


def app_ended(leg: Leg, fact: f.AppEnded) -> None:
    """The application Queue ended; the exten it leaves for may be a key that was pressed."""
    if fact.application != "Queue":
        return
    visit = leg.call.current_visit(leg)
    if visit is None:
        visit = leg.call.last_visit(leg)
        if visit is not None:
            _note_exit_key(visit, fact.exten)
        return
    if visit.released_at is not None and fact.at - visit.released_at > RELEASE_PAUSE:
        visit = next_visit(leg, visit.queue, fact.at)
    visit.is_over = True
    if visit.connected_at is None:
        visit.left_at = fact.at
        _note_exit_key(visit, fact.exten)


def next_visit(leg: Leg, queue: str | None, at: datetime) -> OpenVisit:
    """Another stay of this leg; the one before ends with it.

    The ledger writes no APP_START where Queue() follows Queue(). There it begins where the
    talk of the one before ended, or with the rings that were taken for the other's.
    """
    visit = OpenVisit(leg=leg, queue=queue, joined_at=None)
    before = leg.call.current_visit(leg)
    if before is not None:
        before.is_over = True
        if leg.call.witness is Witness.LEDGER:
            visit.joined_at = before.released_at
            if before.connected_at is None:
                visit.rings = [ring for ring in before.rings if ring.leg.ended_at is None]
                before.rings = [ring for ring in before.rings if ring.leg.ended_at is not None]
                for ring in visit.rings:
                    ring.leg.rung_in = visit
                at = visit.joined_at = min((ring.at for ring in visit.rings), default=at)
        if before.connected_at is None:
            before.left_at = before.left_at or at
    leg.call.visits.append(visit)
    return visit


def unannounced_visit(call: OpenCall) -> OpenVisit | None:
    """Where CEL does not follow the application Queue, a ring of its member still shows that there was one."""
    caller = call.opener
    if caller is None:
        return None
    visit = call.current_visit(caller)
    if visit is None:
        visit = OpenVisit(leg=caller, queue=None, joined_at=None)
        call.visits.append(visit)
    return visit


def rung_by_queue(leg: Leg) -> None:
    """The ledger shows that Queue() rang this leg: a ring of the stay during which it was born."""
    visit = leg.call.visit_at(leg.born_at) or unannounced_visit(leg.call)
    if visit is not None and visit.released_at is not None and leg.born_at >= visit.released_at:
        visit = next_visit(visit.leg, visit.queue, visit.released_at)
    if visit is not None:
        # what the ledger says only now was still so after the customer had taken the place
        add_ring(visit.taken_over or visit, leg, leg.device, leg.born_at)


def add_ring(visit: OpenVisit, leg: Leg, agent: str, at: datetime) -> None:
    """One ring at one member's channel; reported twice it counts once."""
    if not any(ring.leg is leg for ring in visit.rings):
        leg.rung_in = visit
        visit.rings.append(OpenRing(leg=leg, agent=agent, at=at))
        visit.rings.sort(key=lambda ring: ring.at)


def end_rings(leg: Leg, fact: f.DialEnded) -> OpenCall | None:
    """DialEnd closes the ring at this member's channel; the call for which it rang."""
    visit = leg.rung_in
    if visit is None:
        return None
    for ring in visit.rings:
        if ring.leg is leg and ring.status is None:
            ring.status = fact.status
            ring.ended_at = fact.at
    return visit.leg.call


def take_over_visit(waiting: Leg, customer: Leg, at: datetime) -> None:
    """Somebody waited in a queue for the customer, who takes the place now, with the phones that ring for it."""
    visit = waiting.call.current_visit(waiting)
    if visit is None or visit.is_behind:
        return
    before = customer.call.current_visit(customer)
    if before is not None:
        before.is_over = True
        before.left_at = before.left_at or before.connected_at or at
    taken = replace(visit, leg=customer, joined_at=at, begun_at=at, rings=[])
    for ring in list(visit.rings):
        if ring.status is None and ring.leg.ended_at is None:
            visit.rings.remove(ring)
            taken.rings.append(ring)
            ring.leg.rung_in = taken
    customer.call.visits.append(taken)
    visit.is_over = True
    visit.left_at = at
    visit.taken_over = taken


def forwarded(leg: Leg, fact: f.Forwarded) -> None:
    """A member's phone sent the ring elsewhere: it was called off, and the phone at the new place rings too."""
    visit = leg.call.current_visit(leg)
    if visit is None:
        return
    ringing = [ring for ring in visit.rings if ring.status is None and ring.leg.answered_at is None]
    place = fact.target.rpartition("/")[2].partition("@")[0]
    rung = {leg.uniqueid, *(ring.leg.uniqueid for ring in visit.rings)}
    legs = [
        other
        for other in leg.call.legs.values()
        if other.uniqueid not in rung and other.device == place and not other.channel.endswith(";2")
    ]
    if ringing:
        ringing[-1].status = "CANCEL"
        ringing[-1].ended_at = fact.at
    if legs:
        add_ring(visit, legs[-1], legs[-1].device, legs[-1].born_at)


def _note_exit_key(visit: OpenVisit, exten: str | None) -> None:
    """A key pressed in the queue is the exten at which the dialplan goes on."""
    if visit.connected_at is None and visit.exten is not None and exten != visit.exten and exten in EXIT_KEYS:
        visit.is_exit_key = True
