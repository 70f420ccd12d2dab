"""How a call ended for the customer: the furthest stage reached, from all that was seen."""

from __future__ import annotations

from datetime import datetime, timedelta

from callcenter.calls.causes import (
    BUSY_CAUSES,
    CALLED_OFF_CAUSES,
    NO_CAUSES,
    OUTCOME_OF_EXIT,
    REFUSING_CAUSES,
    UNANSWERED_CAUSES,
    outcome_of_refusal,
)
from callcenter.calls.records import Anomaly, Direction, HungUpBy, Outcome, QueueExit, RingResult, Witness
from callcenter.tracking.call_state import OpenCall, OpenRing, OpenVisit
from callcenter.tracking.hangups import has_hung_up_himself, hung_up_by, is_redirected, self_hangup_at
from callcenter.tracking.lifecycle import Birth

SAME_MOMENT = timedelta(milliseconds=500)
"""What belongs to one hang-up happens within this."""

AT_ONCE = timedelta(milliseconds=50)
"""A queue that refuses a caller does so within this: nothing is rung, nothing is heard."""

_QUEUE_STATUS = {
    "TIMEOUT": QueueExit.TIMEOUT,
    "FULL": QueueExit.FULL,
    "JOINEMPTY": QueueExit.JOIN_EMPTY,
    "JOINUNAVAIL": QueueExit.JOIN_EMPTY,
    "LEAVEEMPTY": QueueExit.LEAVE_EMPTY,
    "LEAVEUNAVAIL": QueueExit.LEAVE_EMPTY,
    "WITHDRAW": QueueExit.WITHDRAWN,
    # Our own dialplan's words; Queue() itself sets none.
    "EXITWITHKEY": QueueExit.EXIT_KEY,
    "CALLBACK": QueueExit.CALLBACK_REQUESTED,
}

_RING_STATUS = {
    "ANSWER": RingResult.ANSWERED,
    "NOANSWER": RingResult.NO_ANSWER,
    "BUSY": RingResult.BUSY,
    "CANCEL": RingResult.CANCELLED,
    "CONGESTION": RingResult.REJECTED,
    "CHANUNAVAIL": RingResult.REJECTED,
}


def outcome_of(call: OpenCall, witness: Witness) -> Outcome:
    """The outcome of a call that is over."""
    if call.answered_at is not None:
        return Outcome.ANSWERED
    if call.is_emergency and call.direction is Direction.INBOUND:
        return Outcome.EMERGENCY_UNANSWERED  # whatever ended it: emergencies head the list
    has_left_message = call.voicemail is not None and call.voicemail.has_message is True
    if call.state.is_by_pbx and (call.state.is_end_missed or not has_left_message):
        return Outcome.FAILED
    if call.state.is_end_missed:
        return Outcome.UNKNOWN
    if Anomaly.CALLED_TOO_OFTEN in call.anomalies:
        return Outcome.REJECTED  # also where the caller does not hear the announcement out
    ringing = _ring_outcome(call)
    if call.direction is not Direction.INBOUND:
        return ringing or (Outcome.UNKNOWN if call.birth is not Birth.SEEN else Outcome.CANCELLED)
    if call.voicemail is not None:
        is_empty = call.voicemail.has_message is False
        if call.voicemail.has_message is None and witness is Witness.AMI:
            is_empty = True
        return Outcome.VOICEMAIL_ABANDONED if is_empty else Outcome.VOICEMAIL
    if call.visits:
        return OUTCOME_OF_EXIT[visit_exit(call.visits[-1], witness)]
    if call.is_after_hours:
        return Outcome.AFTER_HOURS
    return ringing or _greeting_outcome(call)


def _ring_outcome(call: OpenCall) -> Outcome | None:
    """By the last DIALSTATUS where people were rung directly, else by the hang-up cause.

    ANSWER without a talk is an answer that came too late, or one before we listened. CEL has no DIALSTATUS but the
    word of the last DialEnd, which says NOANSWER of nearly every refusal (ast_hangup_cause_to_dial_status): where all
    who were rung refused, their causes decide, for both witnesses alike.
    """
    if _is_originate_unanswered(call):
        cause = call.opener.cause if call.opener is not None else None
        return outcome_of_refusal(cause) or (Outcome.UNKNOWN if call.birth is not Birth.SEEN else Outcome.CANCELLED)
    status = call.dial_status
    if status is None and call.leg_statuses:
        status = call.leg_statuses[-1]
    if status == "ANSWER" and call.birth is not Birth.SEEN:
        return Outcome.UNKNOWN
    cause = call.opener.cause if call.opener is not None else None
    is_inbound = call.direction is Direction.INBOUND
    if status == "CANCEL":
        return Outcome.NO_ANSWER if is_inbound else Outcome.CANCELLED
    if status in ("NOANSWER", "CHANUNAVAIL") and (refusal := _refusal_of_all(call)) is not None:
        return refusal
    if status in ("NOANSWER", "ANSWER") or (status is None and cause in UNANSWERED_CAUSES):
        return Outcome.NO_ANSWER
    if status == "BUSY" or (status is None and cause in BUSY_CAUSES):
        return Outcome.BUSY
    if status is not None or cause in REFUSING_CAUSES:
        return Outcome.REJECTED
    return Outcome.NO_ANSWER if _is_picked_up(call) else None


def _is_originate_unanswered(call: OpenCall) -> bool:
    """The backend had a phone rung (Originate), and that never picked up."""
    opener = call.opener
    return opener is not None and opener.is_originated and opener.is_person and not opener.is_up


def _refusal_of_all(call: OpenCall) -> Outcome | None:
    """What it came to where everybody whom the last Dial rang has refused; None where a phone rang out."""
    opener = call.opener
    begun_at = opener.dial_at if opener is not None else None
    rung = [
        outcome_of_refusal(leg.cause) if self_hangup_at(leg) is not None else None
        for leg in call.legs.values()
        if leg is not opener and leg.is_person and (begun_at is None or leg.born_at >= begun_at)
    ]
    if not rung or None in rung:
        return None
    return next((outcome for outcome in (Outcome.BUSY, Outcome.REJECTED) if outcome in rung), Outcome.NO_ANSWER)


def _is_picked_up(call: OpenCall) -> bool:
    """Somebody who was rung for the customer picked up, and was not put through.

    Of a Dial that is left between the answer and the bridge, as in an announcement, CEL has no DIALSTATUS.
    """
    rung = [leg for leg in call.legs.values() if leg is not call.opener and leg.dialled_by_app == "AppDial"]
    return any(leg.answered_at is not None and (leg.is_trunk or call.direction is Direction.INBOUND) for leg in rung)


def _greeting_outcome(call: OpenCall) -> Outcome:
    """Nobody was rung: the caller left, or heard an announcement to its end, or was refused."""
    caller = call.opener
    if caller is None or call.birth is not Birth.SEEN:
        return Outcome.UNKNOWN
    if is_redirected(caller):
        return Outcome.REJECTED
    if has_hung_up_himself(caller) or hung_up_by(call) is not HungUpBy.PBX:
        return Outcome.ABANDONED_GREETING
    return Outcome.AFTER_HOURS if caller.is_up else Outcome.REJECTED


def visit_exit(visit: OpenVisit, witness: Witness) -> QueueExit:
    """Why a finished queue visit ended: as reported, else as the traces allow."""
    if visit.connected_at is not None:
        return QueueExit.CONNECTED
    if visit.status is not None and visit.status in _QUEUE_STATUS:
        return _QUEUE_STATUS[visit.status]
    is_cut_off = visit.leg.call.state.is_by_pbx
    if is_cut_off or (visit.left_at is None and visit.leg.ended_at is None):
        return QueueExit.UNKNOWN
    if visit.joined_at is None and visit.leg.call.birth is not Birth.SEEN:
        return QueueExit.UNKNOWN  # its beginning was not seen, perhaps not its talk either
    if visit.leg.is_swapped_out:
        return QueueExit.UNKNOWN  # the one it was transferred to waits on in its place
    if visit.is_exit_key:
        return QueueExit.EXIT_KEY
    if has_hung_up_in(visit):
        return QueueExit.ABANDONED
    if witness is Witness.AMI:
        if visit.is_abandoned and not visit.leg.are_requests_heard and _ended_with_visit(visit):
            return QueueExit.ABANDONED
        return QueueExit.TIMEOUT if visit.is_abandoned else QueueExit.EXIT_KEY
    return _exit_from_ledger(visit)


def _ended_with_visit(visit: OpenVisit) -> bool:
    """The channel went when the visit did; all there is to go by in a stream without HangupRequest."""
    ended_at, left_at = visit.leg.ended_at, visit.left_at
    return ended_at is not None and (left_at is None or ended_at - left_at <= SAME_MOMENT)


def _exit_from_ledger(visit: OpenVisit) -> QueueExit:
    """Under a foreign dialplan CEL shows only how long the visit lasted."""
    if visit.joined_at is None or visit.left_at is None:
        return QueueExit.UNKNOWN
    stayed = visit.left_at - visit.joined_at
    if stayed <= AT_ONCE and not visit.rings:
        return QueueExit.FULL
    if visit.patience is not None and stayed < visit.patience - timedelta(seconds=1):
        return QueueExit.LEAVE_EMPTY
    return QueueExit.TIMEOUT


def is_exit_guessed(visit: OpenVisit, witness: Witness) -> bool:
    """True where the ledger had to guess between a full queue and an empty one."""
    return (
        witness is Witness.LEDGER
        and visit.status is None
        and visit_exit(visit, witness) in (QueueExit.FULL, QueueExit.LEAVE_EMPTY)
    )


def may_be_dropped(call: OpenCall) -> bool:
    """Nobody was talked to, and CEL names no source of the hang-up, nor a cause where no Dial() was broken off.

    Such is the end of a dialplan without Hangup(), and of a PBX that is shut down. In the notice behind a Dial() both
    channels are up, and their cause is that of a talk. Who answers when the opener is gone, as after a transfer while
    the phone rang, heard no notice with it.
    """
    opener = call.opener
    if opener is None or opener.ended_at is None or call.answered_at is not None or opener.hangup_source != "":
        return False
    is_in_notice = any(
        leg.answered_at is not None and leg.answered_at <= opener.ended_at and leg.hangup_source == ""
        for leg in call.legs.values()
        if leg is not opener
    )
    return opener.cause in NO_CAUSES or call.dial_status == "CANCEL" or is_in_notice


def has_hung_up_in(visit: OpenVisit) -> bool:
    """The caller hung up while standing in this queue."""
    leg = visit.leg
    if not has_hung_up_himself(leg):
        return False
    end = leg.hangup_requested_at or leg.ended_at
    return visit.left_at is None or (end is not None and end - visit.left_at <= SAME_MOMENT)


def ring_result(ring: OpenRing, visit: OpenVisit) -> RingResult | None:
    """What became of a ring: the member's own hang-up cause, else DialEnd, else the traces.

    A phone that declines after ringing ends with NOANSWER in app_queue's DialEnd; only the
    cause separates busy from unanswered.
    """
    leg = ring.leg
    if leg.answered_at is None and self_hangup_at(leg) is not None:
        if leg.cause in BUSY_CAUSES:
            return RingResult.BUSY
        if leg.cause in REFUSING_CAUSES:
            return RingResult.REJECTED
    if ring.status is not None:
        return _RING_STATUS.get(ring.status, RingResult.REJECTED)
    if leg.answered_at is not None:
        return RingResult.ANSWERED
    if leg.ended_at is None:
        return None
    if leg.cause in CALLED_OFF_CAUSES:
        return RingResult.CANCELLED
    return RingResult.CANCELLED if _was_called_off(ring, leg.ended_at, visit) else RingResult.NO_ANSWER


def _was_called_off(ring: OpenRing, ended_at: datetime, visit: OpenVisit) -> bool:
    """Another member had answered, or the caller hung up or pressed a key, when this ring stopped."""
    for other in visit.rings:
        if other is not ring and other.leg.answered_at is not None and other.leg.answered_at <= ended_at:
            return True
    left_at = visit.left_at or visit.connected_at
    has_gone = visit.is_exit_key or has_hung_up_in(visit)
    return left_at is not None and has_gone and left_at - ended_at <= SAME_MOMENT
