"""AMI events to facts. Which events matter stands here alone; which of their headers, with each kind of event.

Event names and headers are those of Asterisk 13 to 22 (`main/manager_channels.c`,
`main/manager_bridges.c`, `apps/app_queue.c`). Events nobody needs cost one look at their
name; for the others only the headers that a fact needs are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from callcenter.pbx import ami_channels, ami_dialplan, ami_parties, ami_queues, ami_system
from callcenter.pbx import facts as f
from callcenter.pbx.ami_context import AmiLink
from callcenter.pbx.ignored_events import IRRELEVANT_EVENTS
from callcenter.pbx.unknown_names import count_name
from callcenter.pbx.wire import LINK_STARTED, decode, raw_event_name

_TRANSLATORS: dict[bytes, Callable[[AmiLink, bytes, datetime], list[f.Fact]]] = {
    b"Newchannel": ami_channels.channel_started,
    b"Newexten": ami_dialplan.application_started,
    b"Newstate": ami_channels.state_changed,
    b"NewCallerid": ami_channels.caller_identified,
    b"Rename": ami_channels.channel_renamed,
    b"DialBegin": ami_parties.dial_begun,
    b"DialEnd": ami_parties.dial_ended,
    b"BridgeEnter": ami_parties.bridge_entered,
    b"BridgeLeave": ami_parties.bridge_left,
    b"QueueCallerJoin": ami_queues.queue_joined,
    b"QueueCallerLeave": ami_queues.queue_left,
    b"QueueCallerAbandon": ami_queues.queue_abandoned,
    b"AgentCalled": ami_queues.member_called,
    b"VarSet": ami_dialplan.variable_set,
    b"UserEvent": ami_dialplan.user_event,
    b"BlindTransfer": ami_parties.transferred,
    b"AttendedTransfer": ami_parties.transferred,
    b"HangupRequest": ami_channels.hangup_requested,
    b"SoftHangupRequest": ami_system.soft_hangup_requested,
    b"Hangup": ami_channels.hung_up,
    b"FullyBooted": ami_system.pbx_started,
    b"Shutdown": ami_system.pbx_ended,
    b"CoreShowChannel": ami_system.channel_listed,
    b"CoreShowChannelsComplete": ami_system.channels_listed,
}

_IDLE: dict[bytes, Callable[[AmiLink, bytes], bool]] = {
    b"Event: VarSet": ami_dialplan.is_idle_variable,
    b"Event: Newexten": ami_dialplan.is_idle_step,
    b"Event: Newstate": ami_channels.is_idle_state,
}
"""The events of which there are most, by their first line, and whether one of them says nothing.

Such an event is passed over without a look at who wrote it: what a caller wrote cannot make it say more. Where a caller
broke it in two, its rest is a message of its own, which does not begin as Asterisk begins one and is refused.
"""


class AmiFacts:
    """Translates the messages of one AMI connection, in order."""

    def __init__(self) -> None:
        self.unknown_events: Counter[str] = Counter()
        self._link = AmiLink()

    def translate(self, message: bytes, arrived_at: datetime | None = None) -> list[f.Fact]:
        """Facts of one message; `arrived_at` stands in live for a missing Timestamp."""
        link, guard = self._link, self._link.guard
        if not guard.is_holding:
            is_idle = _IDLE.get(message[: message.find(b"\r\n")])
            if is_idle is not None and is_idle(link, message):
                return []  # nearly two thirds of what Asterisk says
        if message == LINK_STARTED:
            link.begin_again()
            return [f.LinkStarted(at=link.moment(message, arrived_at), is_timed=False)]
        message = message.lstrip(b"\r\n")
        if guard.is_holding:
            return self._translate_behind_broken(message, arrived_at)
        name = raw_event_name(message)
        if name is None or name in IRRELEVANT_EVENTS:
            return []
        translator = _TRANSLATORS.get(name)
        if translator is None:
            count_name(self.unknown_events, decode(name))
            return []
        if not guard.is_sound(message, name):
            if guard.is_holding:
                return []
            return [f.Damaged(at=link.moment(b"", arrived_at), reason="message that Asterisk did not write")]
        return translator(link, message, link.moment(message, arrived_at))

    def _translate_behind_broken(self, message: bytes, arrived_at: datetime | None) -> list[f.Fact]:
        """The message is the rest of the broken one in front of it, or shows that it is at its end."""
        link = self._link
        if not link.guard.begins_message(message):
            link.guard.add(message)
            return []
        mended = link.guard.release()
        name = None if mended is None else raw_event_name(mended)
        if mended is None or name is None:
            reason = "message broken by a caller"
            found: list[f.Fact] = [f.Damaged(at=link.moment(b"", arrived_at), reason=reason)]
        else:
            found = _TRANSLATORS[name](link, mended, link.moment(mended, arrived_at))
        return found + self.translate(message, arrived_at)
