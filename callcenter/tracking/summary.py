"""A call's state as its record: nothing is decided here that is not in the state."""

from __future__ import annotations

from datetime import datetime, timedelta

from callcenter.calls.numbers import NumberKind, behind_outside_line, is_outside, normalise
from callcenter.calls.records import (
    Anomaly,
    CallRecord,
    Direction,
    Outcome,
    QueueVisit,
    Ring,
    Talk,
    Voicemail,
    Witness,
)
from callcenter.tracking.call_state import Leg, OpenCall, OpenRing, OpenVisit
from callcenter.tracking.hangups import hung_up_by
from callcenter.tracking.lifecycle import Birth
from callcenter.tracking.outcome import is_exit_guessed, outcome_of, ring_result, visit_exit
from callcenter.tracking.rules import CallRules

_NEVER_THE_HOUSE = frozenset((NumberKind.MOBILE, NumberKind.OTHER_CITY, NumberKind.FOREIGN))


def summarise(call: OpenCall, witness: Witness, rules: CallRules) -> CallRecord:
    """The record of a call as it stands now; `outcome` is None while it is up."""
    opener = call.opener
    direction = call.direction
    raw, name = _caller(call)
    visits = tuple(_visit(visit, witness, call.state.is_over) for visit in call.visits)
    outcome = outcome_of(call, witness) if call.state.is_over else None
    ended_at = _ended_at(call)
    is_inbound_miss = direction is Direction.INBOUND and outcome not in (None, Outcome.ANSWERED)
    return CallRecord(
        call_id=call.call_id,
        pbx=call.pbx,
        direction=direction,
        caller_number=normalise(raw, area_code=rules.area_code).number,
        caller_raw=raw,
        customer_number=_customer_number(call, raw, rules.area_code),
        caller_name=name,
        dialled_number=_dialled(call),
        started_at=call.started_at,
        answered_at=call.answered_at,
        ended_at=ended_at,
        outcome=outcome,
        hangup_cause=opener.cause if opener is not None else None,
        hung_up_by=hung_up_by(call) if call.state.is_over else None,
        short=is_inbound_miss and ended_at is not None and ended_at - call.started_at < rules.short_below,
        queue_visits=visits,
        talks=tuple(
            Talk(with_=talk.with_, kind=talk.kind, from_=talk.from_, to=talk.to)
            for talk in sorted(call.talks, key=lambda talk: talk.from_)
        ),
        wait=sum((visit.wait for visit in visits if visit.wait is not None), timedelta()),
        voicemail=_voicemail(call),
        recordings=(),
        transferred=call.transferred_at is not None,
        lost_after_transfer=call.state.is_over and bool(call.talks) and call.is_lost_after_transfer,
        emergency_unanswered_at=call.emergency_unanswered_at,
        joined=call.joined.call_id if call.joined is not None else None,
        witnesses=(witness,),
        complete=call.state.is_over and call.birth is Birth.SEEN and not call.state.is_end_missed,
        anomalies=_anomalies(call, witness, rules),
    )


def _caller(call: OpenCall) -> tuple[str | None, str | None]:
    """Who calls, as first seen at birth; an originated call is the agent's whose phone rang first."""
    opener = call.opener
    if opener is None:
        return None, None
    if call.direction is Direction.INBOUND or (opener.is_person and opener.caller_number is not None):
        return opener.caller_number, opener.caller_name
    if opener.is_person and not opener.is_trunk:
        return opener.device, opener.caller_name
    agent = next((leg for leg in call.legs.values() if leg.is_person and not leg.is_trunk), None)
    return (agent.device if agent is not None else opener.caller_number), opener.caller_name


def _customer_number(call: OpenCall, caller: str | None, area_code: str) -> str | None:
    """Whom the line was asked to ring; what was dialled, where that is not known or has a prefix the line needs."""
    match call.direction:
        case Direction.INTERNAL:
            return None
        case Direction.INBOUND:
            return normalise(caller, area_code=area_code).number
    rung = [leg.dialled for leg in call.legs.values() if leg.is_trunk and leg.dialled is not None]
    if call.far_party is not None and call.far_party.dialled is not None:
        rung.append(call.far_party.dialled)
    keyed = _dialled(call)
    for number in (*rung[-1:], keyed):
        found = normalise(number, area_code=area_code)
        if found.kind is not NumberKind.UNKNOWN and found.number is not None:
            return found.number
    number = rung[-1] if rung else keyed
    return behind_outside_line(number, area_code=area_code) or normalise(number, area_code=area_code).number


def _dialled(call: OpenCall) -> str | None:
    if call.dialled is not None:
        return call.dialled
    return next((leg.dialled for leg in call.legs.values() if leg.is_trunk and leg.dialled is not None), None)


def _ended_at(call: OpenCall) -> datetime | None:
    if not call.state.is_over or call.state.is_end_missed:
        return None
    return max((leg.ended_at for leg in call.legs.values() if leg.ended_at is not None), default=None)


def _visit(visit: OpenVisit, witness: Witness, is_finished: bool) -> QueueVisit:
    is_over = is_finished or visit.is_over or visit.connected_at is not None
    left_at = visit.left_at or visit.connected_at
    exit_ = visit_exit(visit, witness) if is_over else None
    return QueueVisit(
        queue=visit.queue,
        joined_at=visit.joined_at,
        left_at=left_at,
        exit=exit_,
        position=visit.position,
        agent=visit.agent,
        connected_at=visit.connected_at,
        rings=tuple(_ring(ring, visit) for ring in visit.rings),
    )


def _ring(ring: OpenRing, visit: OpenVisit) -> Ring:
    ended_at = ring.ended_at or ring.leg.answered_at or ring.leg.ended_at
    return Ring(
        agent=ring.agent,
        at=ring.at,
        duration=ended_at - ring.at if ended_at is not None else None,
        result=ring_result(ring, visit),
    )


def _voicemail(call: OpenCall) -> Voicemail | None:
    mailbox = call.voicemail
    if mailbox is None or mailbox.has_message is not True:
        return None
    return Voicemail(mailbox=mailbox.mailbox, file=mailbox.file, duration=mailbox.duration)


def _anomalies(call: OpenCall, witness: Witness, rules: CallRules) -> tuple[Anomaly, ...]:
    found = set(call.anomalies)
    if call.birth is not Birth.SEEN:
        found.add(Anomaly.BIRTH_UNSEEN)
    if call.state.is_over and call.state.is_end_missed:
        found.add(Anomaly.END_UNSEEN)
    if call.state.is_by_pbx:
        found.add(Anomaly.PBX_DIED)
    if is_outside_caller_off_trunk(call.opener, rules):
        found.add(Anomaly.OUTSIDE_CALLER_OFF_TRUNK)
    if call.state.is_over and any(is_exit_guessed(visit, witness) for visit in call.visits):
        found.add(Anomaly.QUEUE_EXIT_REASON_UNKNOWN)
    if witness is Witness.LEDGER and call.voicemail is not None and call.voicemail.has_message is None:
        found.add(Anomaly.VOICEMAIL_UNCONFIRMED)
    return tuple(anomaly for anomaly in Anomaly if anomaly in found) if found else ()


def is_outside_caller_off_trunk(opener: Leg | None, rules: CallRules) -> bool:
    """Whether a call seems to come in on a line that nobody named a trunk."""
    if opener is None or opener.is_trunk or opener.is_originated or not opener.is_person:
        return False
    caller = normalise(opener.caller_number, area_code=rules.area_code)
    if not rules.agent_devices.match(opener.channel):
        return is_outside(caller)
    # A trunk may be named by digits like a seat. A phone of the house shows a number of the house, or its own.
    return caller.kind in _NEVER_THE_HOUSE and opener.caller_number != opener.device
