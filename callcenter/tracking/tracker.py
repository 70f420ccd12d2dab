"""From facts to call records: the one tracker that both witnesses feed.

Pure: no clock, no I/O, no logging. Facts of one PBX go in, in the order of their reports;
records of the calls they changed come out. What is unknown stays unknown, what is reported
twice counts once, and a call that is over is forgotten as soon as its record was taken.

A channel belongs to the call named by its linkedid at birth, for good: what later moves
between calls (transfers, pick-ups, conferences) shows as `joined`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from callcenter.calls.records import Anomaly, CallRecord, Witness
from callcenter.pbx import dialplan_facts as d
from callcenter.pbx import facts as f
from callcenter.pbx.channel_names import PLACELESS_EXTENS
from callcenter.pbx.uniqueid import birth_of, epoch_of
from callcenter.tracking import dial_events, leg_events, queue_events
from callcenter.tracking.bridges import Bridges
from callcenter.tracking.call_state import Leg
from callcenter.tracking.leg_events import number_dialled
from callcenter.tracking.lifecycle import Birth, BirthEvent, CallEvent
from callcenter.tracking.open_calls import UpCalls
from callcenter.tracking.rules import CallRules
from callcenter.tracking.summary import summarise

RESTART_PAUSE = 2
"""Seconds between a counter's highest value and a lower one that prove a new start of the PBX."""


class Tracker:
    """Follows the calls of one PBX by the reports of one witness."""

    def __init__(self, *, witness: Witness, pbx: str, rules: CallRules) -> None:
        self._witness = witness
        self._rules = rules
        self._up = UpCalls(witness=witness, pbx=pbx, rules=rules)
        self._leg = self._up.find_leg
        self._bridges = Bridges(self._up.mark)
        self._are_requests_heard = False
        self._highest_birth: tuple[int, int] | None = None

    def feed(self, fact: f.Fact) -> None:
        """Take the next fact. Facts about channels long gone change nothing."""
        rule = _LEG_RULES.get(type(fact))
        if rule is not None and isinstance(fact, f.ChannelFact):
            leg = self._leg(fact)
            if leg is not None:
                rule(leg, fact)
            return
        party_rule = _PARTY_RULES.get(type(fact))
        if party_rule is not None:
            party_rule(self._up, fact)
            return
        handler = _HANDLERS.get(type(fact))
        if handler is not None:
            handler(self, fact)

    @property
    def changed_calls(self) -> int:
        """How many calls have changed since the last take."""
        return len(self._up.changed)

    def take_changed(self, on_defect: Callable[[str, datetime, Exception], None] | None = None) -> list[CallRecord]:
        """Records of all calls changed since the last take, oldest first; finished ones are released.

        A call of which no record can be made is left out and named to `on_defect`, with its start; without
        `on_defect` the error is raised.
        """
        changed = sorted(self._up.changed.values(), key=lambda call: (call.started_at, call.order))
        self._up.changed = {}
        records = []
        for call in changed:
            try:
                records.append(summarise(call, self._witness, self._rules))
            except Exception as error:
                if on_defect is None:
                    raise
                on_defect(call.call_id, call.started_at, error)
        return records

    def take_finished(self) -> list[CallRecord]:
        """Records of the calls that ended for good since the last take; for readers who need no others."""
        finished = [
            call for call in self._up.changed.values() if call.state.is_over and call.call_id not in self._up.dropped
        ]
        self._up.changed = dict(self._up.dropped)
        return [summarise(call, self._witness, self._rules) for call in finished]

    def oldest_open_start(self) -> datetime | None:
        """When the oldest call began whose record may still change."""
        return self._up.oldest_start()

    def open_call_ids(self) -> set[str]:
        """Calls that are still up, and every older call they were joined to.

        Whoever reads a ledger anew must begin before the first of them: a call that was
        joined can only be recorded together with the one it was joined to.
        """
        return self._up.call_ids()

    def close_all(self) -> None:
        """The stream has ended: calls that are still up end unseen."""
        self._up.close_all()

    # Channels

    def _on_channel_started(self, fact: f.ChannelStarted) -> None:
        if self._up.is_known(fact.uniqueid):
            return
        self._notice_restart(fact)
        leg = self._up.add_leg(fact, fact.linkedid or fact.uniqueid, fact.pbx)
        if leg is None:
            return
        leg.caller_number = fact.caller_number
        leg.caller_name = fact.caller_name
        leg.exten = fact.exten
        call = leg.call
        if call.opener is leg and fact.exten not in PLACELESS_EXTENS and not leg.is_local:
            call.dialled = fact.exten
        if call.opener is not leg and leg.is_trunk:
            call.has_trunk_leg_out = True
            leg.dialled = number_dialled(call, leg.channel)

    def _on_channel_seen(self, fact: f.ChannelSeen) -> None:
        if self._up.is_known(fact.uniqueid):
            return
        leg = self._up.add_leg(fact, fact.linkedid or fact.uniqueid, None)
        if leg is not None:
            leg.caller_number = fact.caller_number
            leg.exten = fact.exten
            leg.call.birth = leg.call.birth.after(BirthEvent.CHANNEL_FOUND_UP)

    def _notice_restart(self, fact: f.ChannelStarted) -> None:
        """A channel counter that fell back, seconds later: the PBX began anew without a word."""
        birth = birth_of(fact.uniqueid, fact.at, pbx=self._up.name_pbx(fact.uniqueid, fact.pbx))
        if birth is None:
            return
        epoch, counter = birth
        highest = self._highest_birth
        if highest is None or counter > highest[1]:
            self._highest_birth = birth
            self._up.live_on()
        elif epoch >= highest[0] + RESTART_PAUSE:
            self._highest_birth = birth
            self._on_pbx_gone(fact.at, last_birth=highest[0])
            self._up.drop_last()

    def _on_hangup_requested(self, fact: f.HangupRequested) -> None:
        self._are_requests_heard = True
        leg = self._leg(fact)
        # The far side's answer to our own hang-up is no wish of its own.
        if leg is not None and leg.hangup_requested_at is None and not leg.has_dialplan_ended:
            leg.hangup_requested_at = fact.at

    def _on_dropped_by_pbx(self, fact: f.DroppedByPbx) -> None:
        leg = self._leg(fact)
        if leg is None or leg is not leg.call.opener:
            return
        if leg.call.answered_at is None and leg.hangup_requested_at is None:
            leg.call.state = leg.call.state.after(CallEvent.DROPPED)

    def _on_dialplan_ended(self, fact: f.DialplanEnded) -> None:
        leg = self._leg(fact)
        if leg is not None:
            leg.has_dialplan_ended = True

    def _on_channel_hung_up(self, fact: f.ChannelHungUp) -> None:
        leg = self._leg(fact)
        if leg is None:
            return
        leg.ended_at = fact.at
        leg.cause = fact.cause
        leg.hangup_source = fact.source
        leg.are_requests_heard = self._are_requests_heard
        self._bridges.leave(leg, fact.at)
        visit = leg.call.current_visit(leg)
        if visit is not None:
            visit.is_over = True
            visit.joined_at = visit.joined_at or visit.begun_at
            visit.left_at = visit.left_at or visit.connected_at or fact.at
        self._up.forget(leg)
        leg.call.up -= 1
        if leg.call.up == 0 and leg.call.birth is Birth.OPENER_AWAITED:
            self._up.wait_for_opener(leg.call)
        elif leg.call.up == 0:
            self._up.finish(leg.call, CallEvent.LAST_CHANNEL_ENDED, fact.at)

    # Bridges

    def _on_bridge_entered(self, fact: f.BridgeEntered) -> None:
        leg = self._leg(fact)
        if leg is not None:
            self._bridges.enter(leg, fact)

    def _on_bridge_left(self, fact: f.BridgeLeft) -> None:
        leg = self._leg(fact)
        if leg is not None and leg.bridge is not None and leg.bridge.bridge_id == fact.bridge:
            self._bridges.leave(leg, fact.at)

    # The PBX and the link to it

    def _on_link_started(self, fact: f.LinkStarted) -> None:
        for call in self._up.calls.values():
            call.anomalies.add(Anomaly.WITNESS_GAP)
            self._up.mark(call)

    def _on_pbx_started(self, fact: f.PbxStarted) -> None:
        for call in list(self._up.calls.values()):
            if fact.started_at is None or call.started_at < fact.started_at - timedelta(seconds=1):
                self._up.end_unseen(call, CallEvent.PBX_DIED)

    def _on_pbx_ended(self, fact: f.PbxEnded) -> None:
        self._on_pbx_gone(fact.at)

    def _on_pbx_gone(self, at: datetime, *, last_birth: int | None = None) -> None:
        """Calls born after the last one of the PBX that is gone belong to its successor."""
        for call in list(self._up.calls.values()):
            born = epoch_of(call.call_id)
            is_later = last_birth is not None and born is not None and born > last_birth
            if call.started_at <= at and not is_later:
                self._up.end_unseen(call, CallEvent.PBX_DIED)

    def _on_channels_listed(self, fact: f.ChannelsListed) -> None:
        for call in list(self._up.calls.values()):
            alive = [leg for leg in call.legs.values() if leg.uniqueid in self._up.legs]
            gone = [leg for leg in alive if leg.uniqueid not in fact.uniqueids and leg.born_at < fact.at]
            if len(gone) == len(alive):
                self._up.end_unseen(call, CallEvent.LOST)
                continue
            if call.opener is None:
                call.birth = call.birth.after(BirthEvent.OPENER_NOT_LISTED)
            for leg in gone:
                call.state = call.state.after(CallEvent.CHANNEL_MISSED)
                self._on_channel_hung_up(f.ChannelHungUp(at=fact.at, uniqueid=leg.uniqueid, cause=None))


_HANDLERS: dict[type[f.Fact], Callable[[Tracker, Any], None]] = {
    f.LinkStarted: Tracker._on_link_started,
    f.PbxStarted: Tracker._on_pbx_started,
    f.PbxEnded: Tracker._on_pbx_ended,
    f.ChannelsListed: Tracker._on_channels_listed,
    f.ChannelStarted: Tracker._on_channel_started,
    f.ChannelSeen: Tracker._on_channel_seen,
    f.BridgeEntered: Tracker._on_bridge_entered,
    f.BridgeLeft: Tracker._on_bridge_left,
    f.HangupRequested: Tracker._on_hangup_requested,
    f.DroppedByPbx: Tracker._on_dropped_by_pbx,
    f.DialplanEnded: Tracker._on_dialplan_ended,
    f.ChannelHungUp: Tracker._on_channel_hung_up,
}

_PARTY_RULES: dict[type[f.Fact], Callable[[UpCalls, Any], None]] = {
    f.DialBegun: dial_events.dial_begun,
    f.DialEnded: dial_events.dial_ended,
    f.MemberCalled: dial_events.member_called,
    f.Transferred: dial_events.transferred,
}
"""Facts that name several legs, and what they mean for the calls of these."""

_LEG_RULES: dict[type[f.Fact], Callable[[Leg, Any], None]] = {
    f.CallerIdentified: leg_events.caller_identified,
    f.ChannelRenamed: leg_events.channel_renamed,
    f.MomentsShifted: leg_events.moments_shifted,
    f.ChannelAnswered: leg_events.channel_answered,
    f.ChannelDialed: leg_events.channel_dialed,
    f.AppStarted: leg_events.app_started,
    f.AppEnded: queue_events.app_ended,
    f.DialStatusSet: leg_events.dial_status_set,
    f.QueueJoined: queue_events.queue_joined,
    f.QueueSeen: queue_events.queue_seen,
    f.Forwarded: queue_events.forwarded,
    f.QueueLeft: queue_events.queue_left,
    f.QueueAbandoned: queue_events.queue_abandoned,
    f.QueueStatusSet: queue_events.queue_status_set,
    f.LegKind: leg_events.leg_kind,
    d.VoicemailStarted: leg_events.voicemail_started,
    d.VoicemailLeft: leg_events.voicemail_left,
    d.AfterHoursAnnounced: leg_events.after_hours,
    d.EmergencyRequested: leg_events.emergency_requested,
    d.EmergencyUnanswered: leg_events.emergency_unanswered,
    d.RefusedForCallingTooOften: leg_events.called_too_often,
    d.SentBack: leg_events.sent_back,
}
"""Facts that concern one leg alone, and what they mean for it."""
