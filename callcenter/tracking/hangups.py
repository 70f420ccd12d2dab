"""Who ended a call, on evidence only: HangupRequest, CEL's hangupsource, what the dialplan did last."""

from __future__ import annotations

from datetime import datetime, timedelta

from callcenter.calls.causes import BUSY_CAUSES, REFUSING_CAUSES
from callcenter.calls.records import HungUpBy
from callcenter.tracking.call_state import Leg, OpenCall

AFTER_HANGUP = timedelta(seconds=2)
"""What the dialplan still does after the callee hung up, unless it goes on with the caller."""

_ENDING_APPLICATIONS = frozenset(("Hangup", "Busy", "Congestion"))


def hung_up_by(call: OpenCall) -> HungUpBy | None:
    """Who ended the call, on evidence only: HangupRequest, CEL hangupsource, dialplan Hangup."""
    if call.state.is_dropped:
        return HungUpBy.PBX
    caller = _calling_leg(call)
    if caller is None or caller.ended_at is None:
        return None
    if not caller.is_up and (caller.cause in BUSY_CAUSES or caller.cause in REFUSING_CAUSES):
        return HungUpBy.PBX
    if is_redirected(caller):
        return HungUpBy.PBX
    caller_at = self_hangup_at(caller)
    callee_at = _callee_hangup_at(call, caller)
    if caller_at is not None:
        return HungUpBy.CALLEE if callee_at is not None and callee_at < caller_at else HungUpBy.CALLER
    if callee_at is not None:
        return HungUpBy.CALLEE
    source = caller.hangup_source or ""
    if source.startswith("dialplan") or call.last_application in _ENDING_APPLICATIONS:
        return HungUpBy.PBX
    if "/" not in source:
        return None
    return HungUpBy.PBX if _had_gone_before(call, source, caller.ended_at) else HungUpBy.CALLEE


def _had_gone_before(call: OpenCall, channel: str, ended_at: datetime) -> bool:
    """Whether this partner was gone when the caller's channel ended, the dialplan having gone on with the caller.

    The first source of a hang-up stays on a channel (ast_set_hangupsource), such as an agent's whose caller then
    answered a survey: it says nothing of the end.
    """
    gone = [leg.ended_at for leg in call.legs.values() if leg.channel == channel and leg.ended_at is not None]
    return bool(gone) and ended_at - max(gone) > AFTER_HANGUP


def _calling_leg(call: OpenCall) -> Leg | None:
    """Whose hang-up is the caller's: the opener's, or where Originate rang the far party first, the agent's."""
    opener = call.opener
    if opener is not None and opener.is_person and not opener.is_originated:
        return opener
    people = [leg for leg in call.legs.values() if leg.is_person]
    return next((leg for leg in people if not leg.is_trunk), next(iter(people), None))


def _callee_hangup_at(call: OpenCall, caller: Leg) -> datetime | None:
    """When somebody with whom the customer was last together hung up, if the caller's leg went with it."""
    ended_at = caller.ended_at
    if ended_at is None:
        return None
    last = max(call.talks, key=lambda talk: (talk.to or ended_at, talk.from_), default=None)
    partners = set(last.legs) if last is not None else set()
    if not partners or call.joined is not None:
        partners |= call.company
    if partners and call.customer is not None:
        partners.add(call.customer)
    partners.discard(caller)
    moments = [moment for leg in partners if (moment := self_hangup_at(leg)) is not None]
    return min((moment for moment in moments if moment <= ended_at <= moment + AFTER_HANGUP), default=None)


def has_hung_up_himself(leg: Leg) -> bool:
    """HangupRequest on the leg, or CEL naming the leg itself as the source of its hang-up."""
    return self_hangup_at(leg) is not None


def self_hangup_at(leg: Leg) -> datetime | None:
    """When the leg's own far side hung up, None if it did not or nothing says so."""
    if leg.hangup_requested_at is not None:
        return leg.hangup_requested_at
    return leg.ended_at if leg.hangup_source == leg.channel else None


def is_redirected(caller: Leg) -> bool:
    """The dialplan had the line put the caller through elsewhere (Transfer), and with that the call was over here.

    To the caller this PBX refused the call; what became of it elsewhere cannot be known here.
    """
    at, ended_at = caller.redirected_at, caller.ended_at
    return at is not None and ended_at is not None and ended_at - at <= AFTER_HANGUP
