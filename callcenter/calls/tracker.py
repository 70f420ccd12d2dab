"""From facts to call records: the one tracker that both witnesses feed.

Pure: no clock, no I/O, no logging. Facts of one PBX go in, in the order they were told;
records of the calls they changed come out. What is unknown stays unknown, what is told
twice counts once, and a call that is over is forgotten as soon as its record was taken.

A channel belongs to the call named by its linkedid at birth, for good: what later moves
between calls (transfers, pick-ups, conferences) shows as `joined`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from callcenter.calls import queueing, stages
from callcenter.calls.outcome import may_be_dropped
from callcenter.calls.queueing import add_ring, end_rings
from callcenter.calls.records import Anomaly, CallRecord, Witness
from callcenter.calls.rules import CallRules
from callcenter.calls.stages import number_dialled
from callcenter.calls.state import Bridge, Leg, OpenCall
from callcenter.calls.summary import summarise
from callcenter.calls.talks import leave_place, legs_in_earshot, set_partners, update_place
from callcenter.pbx import facts as f
from callcenter.pbx.channels import PLACELESS_EXTENS, device_of, is_technical, local_twin, number_in_dial_string
from callcenter.pbx.identity import birth_of, epoch_of, pbx_of

REMEMBERED_LEGS = 20_000
"""How many ended channels are remembered, so that a late or repeated fact makes no new call."""

RESTART_PAUSE = 2
"""Seconds between a counter's highest value and a lower one that prove a new start of the PBX."""

SHUTDOWN_SECONDS = timedelta(seconds=5)
"""A PBX that is shut down hangs up on everybody and is gone within this."""

OPENER_PATIENCE = timedelta(hours=1)
"""How long a call that we came into late is kept for its opener, who may be silent in a long talk."""


class Tracker:
    """Follows the calls of one PBX as one witness tells them."""

    def __init__(self, *, witness: Witness, pbx: str, rules: CallRules) -> None:
        self._witness = witness
        self._pbx = pbx
        self._rules = rules
        self._calls: dict[str, OpenCall] = {}
        self._legs: dict[str, Leg] = {}
        self._names: dict[str, Leg] = {}
        self._bridges: dict[str, Bridge] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._changed: dict[str, OpenCall] = {}
        self._headless: dict[str, OpenCall] = {}
        self._dropped: dict[str, OpenCall] = {}
        """The last that ended without anybody hanging up: if the PBX ends now, it was the PBX. The ledger's only."""
        self._births = 0
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
        handler = _HANDLERS.get(type(fact))
        if handler is not None:
            handler(self, fact)

    @property
    def changed_calls(self) -> int:
        """How many calls have changed since the last take."""
        return len(self._changed)

    def take_changed(self) -> list[CallRecord]:
        """Records of all calls changed since the last take, oldest first; finished ones are released."""
        changed = sorted(self._changed.values(), key=lambda call: (call.started_at, call.order))
        self._changed = {}
        return [summarise(call, self._witness, self._rules) for call in changed]

    def take_finished(self) -> list[CallRecord]:
        """Records of the calls that ended for good since the last take; for readers who need no others."""
        finished = [call for call in self._changed.values() if call.is_finished and call.call_id not in self._dropped]
        self._changed = dict(self._dropped)
        return [summarise(call, self._witness, self._rules) for call in finished]

    def oldest_open_start(self) -> datetime | None:
        """When the oldest call began whose record may still change; open ones are kept in order of birth."""
        first = next(iter(self._calls.values()), None)
        return min((call.started_at for call in (first, *self._dropped.values()) if call is not None), default=None)

    def open_call_ids(self) -> set[str]:
        """Calls that are still up, and every call they are joined with.

        Whoever reads a ledger anew must begin before the first of them: a call that was
        joined can only be told together with the one it was joined to.
        """
        ending = (*self._calls.values(), *self._dropped.values())
        return {member.call_id for call in ending for member in call.root.family()}

    def close_all(self) -> None:
        """The telling is over: calls still up end unseen."""
        for call in list(self._calls.values()):
            if call.call_id in self._headless:
                self._finish(call, call.latest_at or call.started_at)
            else:
                self._end_unseen(call)
        self._dropped = {}

    def _mark(self, call: OpenCall) -> None:
        self._changed[call.call_id] = call

    def _leg(self, fact: f.ChannelFact) -> Leg | None:
        leg = self._legs.get(fact.uniqueid)
        if leg is not None:
            # `_touch`, written out: this is done for every fact.
            call = leg.call
            call.latest_at = fact.at
            if not fact.is_timed:
                call.anomalies.add(Anomaly.MOMENTS_ESTIMATED)
            self._changed[call.call_id] = call
        return leg

    def _touch(self, call: OpenCall, fact: f.Fact) -> None:
        call.latest_at = fact.at
        if not fact.is_timed:
            call.anomalies.add(Anomaly.MOMENTS_ESTIMATED)
        self._mark(call)

    # Channels

    def _on_channel_started(self, fact: f.ChannelStarted) -> None:
        if fact.uniqueid in self._legs or fact.uniqueid in self._ended:
            return
        self._notice_restart(fact)
        leg = self._add_leg(fact, fact.linkedid or fact.uniqueid, fact.pbx)
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
            leg.dialled = number_dialled(call, leg.device)

    def _on_channel_seen(self, fact: f.ChannelSeen) -> None:
        if fact.uniqueid in self._legs or fact.uniqueid in self._ended:
            return
        leg = self._add_leg(fact, fact.linkedid or fact.uniqueid, None)
        if leg is not None:
            leg.caller_number = fact.caller_number
            leg.exten = fact.exten
            leg.call.is_birth_unseen = True

    def _add_leg(self, fact: f.ChannelStarted | f.ChannelSeen, linkedid: str, pbx: str | None) -> Leg | None:
        if is_technical(fact.channel):
            return None
        if self._headless:
            self._headless.pop(linkedid, None)
            for waiting in list(self._headless.values()):
                if waiting.latest_at is None or fact.at - waiting.latest_at > OPENER_PATIENCE:
                    self._finish(waiting, waiting.latest_at or waiting.started_at)
        call = self._calls.get(linkedid)
        if call is None:
            call = OpenCall(
                call_id=linkedid,
                witness=self._witness,
                pbx=pbx or pbx_of(linkedid) or self._pbx,
                started_at=fact.at,
                order=self._births,
            )
            self._births += 1
            self._calls[linkedid] = call
            if fact.uniqueid != linkedid:
                call.is_birth_unseen = True
        is_trunk = self._rules.trunks.match(fact.channel, fact.context)
        leg = Leg(
            uniqueid=fact.uniqueid,
            call=call,
            channel=fact.channel,
            born_at=fact.at,
            is_trunk=is_trunk,
            order=self._births,
        )
        self._births += 1
        self._legs[leg.uniqueid] = leg
        call.legs[leg.uniqueid] = leg
        call.up += 1
        if leg.uniqueid == linkedid:
            call.opener = leg
        if leg.is_local:
            self._names[leg.channel] = leg
            twin = self._names.get(local_twin(leg.channel))
            if twin is not None:
                leg.twin, twin.twin = twin, leg
        self._touch(call, fact)
        return leg

    def _notice_restart(self, fact: f.ChannelStarted) -> None:
        """A channel counter that fell back, seconds later: the PBX began anew without a word."""
        birth = birth_of(fact.uniqueid)
        if birth is None:
            return
        epoch, counter = birth
        highest = self._highest_birth
        if highest is None or counter > highest[1]:
            self._highest_birth = birth
        elif epoch >= highest[0] + RESTART_PAUSE:
            self._highest_birth = birth
            self._on_pbx_gone(fact.at, last_birth=highest[0])
            self._drop_last()

    def _on_hangup_requested(self, fact: f.HangupRequested) -> None:
        self._are_requests_heard = True
        leg = self._leg(fact)
        if leg is not None and leg.hangup_requested_at is None:
            leg.hangup_requested_at = fact.at

    def _on_dropped_by_pbx(self, fact: f.DroppedByPbx) -> None:
        leg = self._leg(fact)
        if leg is not None and leg is leg.call.opener and leg.call.answered_at is None:
            leg.call.is_dropped = leg.hangup_requested_at is None

    def _on_channel_hung_up(self, fact: f.ChannelHungUp) -> None:
        leg = self._leg(fact)
        if leg is None:
            return
        leg.ended_at = fact.at
        leg.cause = fact.cause
        leg.hangup_source = fact.source
        leg.are_requests_heard = self._are_requests_heard
        self._leave_bridge(leg, fact.at)
        visit = leg.call.current_visit(leg)
        if visit is not None:
            visit.is_over = True
            visit.joined_at = visit.joined_at or visit.begun_at
            visit.left_at = visit.left_at or visit.connected_at or fact.at
        self._forget(leg)
        leg.call.up -= 1
        if leg.call.up == 0:
            if leg.call.opener is None and not leg.call.is_opener_gone:
                self._headless[leg.call.call_id] = leg.call
            else:
                self._finish(leg.call, fact.at)

    def _forget(self, leg: Leg) -> None:
        del self._legs[leg.uniqueid]
        if leg.is_local:
            self._names.pop(leg.channel, None)
        self._ended[leg.uniqueid] = None
        if len(self._ended) > REMEMBERED_LEGS:
            self._ended.popitem(last=False)

    def _finish(self, call: OpenCall, at: datetime) -> None:
        call.is_finished = True
        if not call.has_pbx_died and not call.is_end_unseen:
            set_partners(call, [], at)
        self._calls.pop(call.call_id, None)
        self._headless.pop(call.call_id, None)
        self._mark(call)
        for call_id, dropped in list(self._dropped.items()):
            if dropped.latest_at is None or abs(at - dropped.latest_at) > SHUTDOWN_SECONDS:
                del self._dropped[call_id]
        if self._witness is Witness.LEDGER and may_be_dropped(call):
            self._dropped[call.call_id] = call

    def _drop_last(self) -> None:
        """The PBX was shut down: CEL tells it by nothing else than by who ended last."""
        for call in self._dropped.values():
            call.is_dropped = True
            self._mark(call)
        self._dropped = {}

    def _end_unseen(self, call: OpenCall) -> None:
        for leg in call.legs.values():
            if leg.uniqueid in self._legs:
                if leg.bridge is not None:
                    leg.bridge.legs.pop(leg.uniqueid, None)
                self._forget(leg)
        call.is_end_unseen = True
        self._finish(call, call.latest_at or call.started_at)

    # Dialling

    def _on_dial_begun(self, fact: f.DialBegun) -> None:
        leg = self._leg(fact)
        if leg is None:
            return
        if leg.is_trunk:
            leg.dialled = number_in_dial_string(fact.dial_string, leg.device) or leg.dialled
        if fact.dialler is None and leg.call.opener is leg:
            leg.is_originated = True
            if leg.is_trunk:
                leg.call.dialled = leg.dialled
        caller = self._legs.get(fact.dialler) if fact.dialler is not None else None
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
            self._mark(visit.leg.call)

    def _on_dial_ended(self, fact: f.DialEnded) -> None:
        leg = self._leg(fact)
        if leg is not None:
            end_rings(leg, fact)
        if fact.dialler is None and fact.status == "ANSWER":
            return  # the phone of an Originate is up; whom it is put through to is still to come
        dialler = self._legs.get(fact.dialler) if fact.dialler is not None else leg
        if dialler is not None and dialler.call.opener is dialler and dialler.call.current_visit(dialler) is None:
            dialler.call.leg_statuses.append(fact.status)
            self._touch(dialler.call, fact)

    # Bridges

    def _on_bridge_entered(self, fact: f.BridgeEntered) -> None:
        leg = self._leg(fact)
        if leg is None:
            return
        if leg.bridge is not None and leg.bridge.bridge_id != fact.bridge:
            self._leave_bridge(leg, fact.at)
        bridge = self._bridges.setdefault(fact.bridge, Bridge(bridge_id=fact.bridge))
        bridge.is_holding = fact.technology == "holding_bridge"
        bridge.legs[leg.uniqueid] = leg
        leg.bridge = bridge
        leg.is_up = True
        visit = leg.call.current_visit(leg)
        if visit is not None:
            visit.released_at = None
        place = legs_in_earshot(leg)
        if place:
            update_place(place, fact.at, self._mark)

    def _on_bridge_left(self, fact: f.BridgeLeft) -> None:
        leg = self._leg(fact)
        if leg is not None and leg.bridge is not None and leg.bridge.bridge_id == fact.bridge:
            self._leave_bridge(leg, fact.at)

    def _leave_bridge(self, leg: Leg, at: datetime) -> None:
        bridge = leg.bridge
        if bridge is None:
            return
        before = legs_in_earshot(leg)
        visit = leg.call.current_visit(leg)
        if visit is not None and visit.connected_at is not None:
            visit.released_at = at
        leg.bridge = None
        bridge.legs.pop(leg.uniqueid, None)
        if not bridge.legs:
            self._bridges.pop(bridge.bridge_id, None)
        if bridge.is_holding:
            return
        leave_place(leg, at, self._mark)
        done: set[str] = set()
        for other in before:
            if other is leg or other.uniqueid in done:
                continue
            place = legs_in_earshot(other)
            done.update(member.uniqueid for member in place)
            if place:
                update_place(place, at, self._mark)

    def _on_transferred(self, fact: f.Transferred) -> None:
        named = (fact.uniqueid, fact.transferee, fact.second)
        leg = next((self._legs[uniqueid] for uniqueid in named if uniqueid in self._legs), None)
        if leg is None:
            return
        call = leg.call.root
        movers = {fact.uniqueid, fact.second}
        second = self._legs.get(fact.second) if fact.second is not None else None
        if second is not None:
            second.is_swapped_out = True
        call.transferred_at = fact.at
        call.is_lost_after_transfer = not any(talk.to is None and not talk.legs <= movers for talk in call.talks)
        self._touch(call, fact)

    def _on_member_called(self, fact: f.MemberCalled) -> None:
        leg = self._legs.get(fact.uniqueid)
        caller = self._legs.get(fact.caller)
        visit = caller.call.current_visit(caller) if caller is not None else None
        if leg is not None and visit is not None:
            add_ring(visit, leg, device_of(fact.interface) or leg.device, fact.at)
            self._mark(visit.leg.call)

    # The PBX and the link to it

    def _on_link_started(self, fact: f.LinkStarted) -> None:
        for call in self._calls.values():
            call.anomalies.add(Anomaly.WITNESS_GAP)
            self._mark(call)

    def _on_pbx_started(self, fact: f.PbxStarted) -> None:
        for call in list(self._calls.values()):
            if fact.started_at is None or call.started_at < fact.started_at - timedelta(seconds=1):
                call.has_pbx_died = True
                self._end_unseen(call)

    def _on_pbx_ended(self, fact: f.PbxEnded) -> None:
        self._on_pbx_gone(fact.at)

    def _on_pbx_gone(self, at: datetime, *, last_birth: int | None = None) -> None:
        """Calls born after the last one of the PBX that is gone belong to its successor."""
        for call in list(self._calls.values()):
            born = epoch_of(call.call_id)
            is_later = last_birth is not None and born is not None and born > last_birth
            if call.started_at <= at and not is_later:
                call.has_pbx_died = True
                self._end_unseen(call)

    def _on_channels_listed(self, fact: f.ChannelsListed) -> None:
        for call in list(self._calls.values()):
            alive = [leg for leg in call.legs.values() if leg.uniqueid in self._legs]
            gone = [leg for leg in alive if leg.uniqueid not in fact.uniqueids and leg.born_at < fact.at]
            if len(gone) == len(alive):
                self._end_unseen(call)
                continue
            call.is_opener_gone = call.opener is None
            for leg in gone:
                call.is_end_unseen = True
                self._on_channel_hung_up(f.ChannelHungUp(at=fact.at, uniqueid=leg.uniqueid, cause=None))


_HANDLERS: dict[type[f.Fact], Callable[[Tracker, Any], None]] = {
    f.LinkStarted: Tracker._on_link_started,
    f.PbxStarted: Tracker._on_pbx_started,
    f.PbxEnded: Tracker._on_pbx_ended,
    f.ChannelsListed: Tracker._on_channels_listed,
    f.ChannelStarted: Tracker._on_channel_started,
    f.ChannelSeen: Tracker._on_channel_seen,
    f.DialBegun: Tracker._on_dial_begun,
    f.DialEnded: Tracker._on_dial_ended,
    f.BridgeEntered: Tracker._on_bridge_entered,
    f.BridgeLeft: Tracker._on_bridge_left,
    f.MemberCalled: Tracker._on_member_called,
    f.Transferred: Tracker._on_transferred,
    f.HangupRequested: Tracker._on_hangup_requested,
    f.DroppedByPbx: Tracker._on_dropped_by_pbx,
    f.ChannelHungUp: Tracker._on_channel_hung_up,
}

_LEG_RULES: dict[type[f.Fact], Callable[[Leg, Any], None]] = {
    f.ChannelRenamed: stages.channel_renamed,
    f.ChannelAnswered: stages.channel_answered,
    f.ChannelDialed: stages.channel_dialed,
    f.AppStarted: stages.app_started,
    f.AppEnded: queueing.app_ended,
    f.DialStatusSet: stages.dial_status_set,
    f.QueueJoined: queueing.queue_joined,
    f.QueueSeen: queueing.queue_seen,
    f.QueueLeft: queueing.queue_left,
    f.QueueAbandoned: queueing.queue_abandoned,
    f.QueueStatusSet: queueing.queue_status_set,
    f.LegKind: stages.leg_kind,
    f.VoicemailStarted: stages.voicemail_started,
    f.VoicemailLeft: stages.voicemail_left,
    f.AfterHoursAnnounced: stages.after_hours,
}
"""Facts that concern one leg alone, and what they mean for it."""
