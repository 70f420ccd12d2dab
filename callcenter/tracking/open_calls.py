"""Which channels and calls are up by the reports of one witness, and which calls have changed since the last take."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

from callcenter.calls.records import Anomaly, Witness
from callcenter.pbx import facts as f
from callcenter.pbx.channel_names import is_technical, local_twin
from callcenter.pbx.uniqueid import epoch_of, pbx_of
from callcenter.tracking.call_state import Leg, OpenCall
from callcenter.tracking.lifecycle import Birth, BirthEvent, CallEvent
from callcenter.tracking.outcome import may_be_dropped
from callcenter.tracking.rules import CallRules
from callcenter.tracking.talks import set_partners

REMEMBERED_LEGS = 20_000
"""How many ended channels are remembered, so that a late or repeated fact makes no new call."""

SHUTDOWN_SECONDS = timedelta(seconds=20)
"""A PBX that is shut down takes no new channel and hangs up on everybody. It waits 15 seconds for them to go
(can_safely_quit in main/asterisk.c); a busy machine writes the last of them later."""

OPENER_PATIENCE = timedelta(hours=1)
"""How long a call that we came into late is kept for its opener, who may be silent in a long talk."""


class UpCalls:
    """The memory of a tracker: a call is in it from its first channel to its last, and until its record was taken."""

    def __init__(self, *, witness: Witness, pbx: str, rules: CallRules) -> None:
        self._witness = witness
        self._pbx = pbx
        self._rules = rules
        self.calls: dict[str, OpenCall] = {}
        """By call id, in order of birth."""
        self.legs: dict[str, Leg] = {}
        """By uniqueid."""
        self.changed: dict[str, OpenCall] = {}
        self.headless: dict[str, OpenCall] = {}
        """Without a channel now, but their opener was never seen and may still show itself."""
        self.dropped: dict[str, OpenCall] = {}
        """The last that ended without anybody hanging up: if the PBX ends now, it was the PBX. The ledger's only."""
        self._last_born_at: datetime | None = None
        self._names: dict[str, Leg] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._births = 0

    def is_known(self, uniqueid: str) -> bool:
        """Whether the channel is up or was."""
        return uniqueid in self.legs or uniqueid in self._ended

    def find_leg(self, fact: f.ChannelFact) -> Leg | None:
        """The channel that a fact is about; None if it is not up. Its call has changed."""
        leg = self.legs.get(fact.uniqueid)
        if leg is not None:
            # `touch`, written out: this is done for every fact.
            call = leg.call
            call.latest_at = fact.at
            if not fact.is_timed:
                call.anomalies.add(Anomaly.MOMENTS_ESTIMATED)
            self.changed[call.call_id] = call
        return leg

    def mark(self, call: OpenCall) -> None:
        """The call has changed."""
        self.changed[call.call_id] = call

    def touch(self, call: OpenCall, fact: f.Fact) -> None:
        """The call has changed by this fact."""
        call.latest_at = fact.at
        if not fact.is_timed:
            call.anomalies.add(Anomaly.MOMENTS_ESTIMATED)
        self.mark(call)

    def add_leg(self, fact: f.ChannelStarted | f.ChannelSeen, linkedid: str, pbx: str | None) -> Leg | None:
        """A channel is up; None for an announcer and the like, which belongs to no call."""
        if is_technical(fact.channel):
            return None
        if self.headless:
            self.headless.pop(linkedid, None)
            for waiting in list(self.headless.values()):
                if waiting.latest_at is None or fact.at - waiting.latest_at > OPENER_PATIENCE:
                    self.give_opener_up(waiting)
        call = self.calls.get(linkedid)
        if call is None:
            seen_in = int(fact.at.timestamp())
            born_in = epoch_of(linkedid)
            call = OpenCall(
                call_id=linkedid,
                born_in=seen_in if born_in is None else min(born_in, seen_in),
                witness=self._witness,
                pbx=self.name_pbx(linkedid, pbx),
                started_at=fact.at,
                order=self._births,
                birth=Birth.SEEN if fact.uniqueid == linkedid else Birth.OPENER_AWAITED,
            )
            self._births += 1
            self.calls[linkedid] = call
        else:
            call.state = call.state.after(CallEvent.CHANNEL_UP)
            if fact.uniqueid == linkedid:
                call.birth = call.birth.after(BirthEvent.OPENER_SHOWN)
        leg = Leg(
            uniqueid=fact.uniqueid,
            call=call,
            channel=fact.channel,
            born_at=fact.at,
            is_trunk=self._rules.trunks.match(fact.channel, fact.context),
            order=self._births,
        )
        self._births += 1
        self._last_born_at = fact.at
        self.legs[leg.uniqueid] = leg
        call.legs[leg.uniqueid] = leg
        call.up += 1
        if leg.uniqueid == linkedid:
            call.opener = leg
        if leg.is_local:
            self._names[leg.channel] = leg
            twin = self._names.get(local_twin(leg.channel))
            if twin is not None:
                leg.twin, twin.twin = twin, leg
        self.touch(call, fact)
        return leg

    def name_pbx(self, uniqueid: str, reported: str | None) -> str:
        """The PBX of a channel; the message about it may have the name.

        A configured name goes before a reported one, so that both witnesses give the same.
        """
        if reported is not None and not self._rules.is_pbx_named:
            return reported
        return pbx_of(uniqueid, pbx=self._pbx, is_named=self._rules.is_pbx_named)

    def forget(self, leg: Leg) -> None:
        """The channel is gone."""
        del self.legs[leg.uniqueid]
        if leg.is_local:
            self._names.pop(leg.channel, None)
        self._ended[leg.uniqueid] = None
        if len(self._ended) > REMEMBERED_LEGS:
            self._ended.popitem(last=False)

    def finish(self, call: OpenCall, event: CallEvent, at: datetime) -> None:
        """The call is over by this event."""
        call.state = call.state.after(event)
        if not call.state.is_end_missed:
            set_partners(call, [], at)
        self.calls.pop(call.call_id, None)
        self.headless.pop(call.call_id, None)
        self.mark(call)
        if self._witness is Witness.LEDGER and may_be_dropped(call) and not self._has_lived_on(call):
            self.dropped[call.call_id] = call
        if event is CallEvent.LAST_CHANNEL_ENDED:
            # Any other end comes with the last sign of its call, which may be long past.
            for call_id, dropped in list(self.dropped.items()):
                ended_at = _caller_ended_at(dropped)
                if ended_at is None or abs(at - ended_at) > SHUTDOWN_SECONDS:
                    del self.dropped[call_id]

    def _has_lived_on(self, call: OpenCall) -> bool:
        """Whether the PBX took a new channel when the caller's had ended, others of the call being up."""
        ended_at = _caller_ended_at(call)
        return ended_at is not None and self._last_born_at is not None and self._last_born_at > ended_at

    def wait_for_opener(self, call: OpenCall) -> None:
        """No known channel of the call is up, but its opener may still show itself."""
        call.state = call.state.after(CallEvent.LAST_KNOWN_CHANNEL_ENDED)
        self.headless[call.call_id] = call

    def give_opener_up(self, call: OpenCall) -> None:
        """The call waits no longer for its opener, and is over."""
        self.finish(call, CallEvent.OPENER_GIVEN_UP, call.latest_at or call.started_at)

    def end_unseen(self, call: OpenCall, event: CallEvent) -> None:
        """The call is over by this event, and the ends of its channels were not seen."""
        for leg in call.legs.values():
            if leg.uniqueid in self.legs:
                if leg.bridge is not None:
                    leg.bridge.legs.pop(leg.uniqueid, None)
                self.forget(leg)
        self.finish(call, event, call.latest_at or call.started_at)

    def close_all(self) -> None:
        """The stream has ended: calls that are still up end unseen."""
        for call in list(self.calls.values()):
            if call.call_id in self.headless:
                self.give_opener_up(call)
            else:
                self.end_unseen(call, CallEvent.LOST)
        self.dropped = {}

    def live_on(self) -> None:
        """A channel was born: who ended before was not hung up by a PBX that is shut down."""
        self.dropped = {}

    def drop_last(self) -> None:
        """The PBX was shut down, which CEL shows by nothing but the calls that ended last."""
        for call in self.dropped.values():
            call.state = call.state.after(CallEvent.DROPPED)
            self.mark(call)
        self.dropped = {}

    def oldest_start(self) -> datetime | None:
        """When the oldest call began whose record may still change; open ones are kept in order of birth."""
        first = next(iter(self.calls.values()), None)
        return min((call.started_at for call in (first, *self.dropped.values()) if call is not None), default=None)

    def call_ids(self) -> set[str]:
        """Calls whose record may still change, and the older ones they were joined to."""
        ending = (*self.calls.values(), *self.dropped.values())
        return {member.call_id for call in ending for member in (call, *call.ancestors())}


def _caller_ended_at(call: OpenCall) -> datetime | None:
    """When the call's first channel ended: the PBX hung up on it or did not, whoever stays up behind it."""
    return None if call.opener is None else call.opener.ended_at
