"""Facts: what Asterisk said, as frozen values in Asterisk's own words.

Both sources, the live manager interface (AMI) and the ledger (CEL), are translated into
these. A fact holds no judgement: what it means for a call is the tracker's business.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from callcenter.values import value


@value
class Fact:
    """One thing Asterisk said, at its own clock's moment `at`.

    `is_timed` is False where Asterisk sent no Timestamp: `at` is then the time of arrival,
    or in a file the latest moment known before it.
    """

    at: datetime
    is_timed: bool = True


@value
class LinkStarted(Fact):
    """A new AMI connection begins (its banner): what happened before it may be missing."""


@value
class PbxEnded(Fact):
    """Asterisk announced its shutdown (AMI Shutdown)."""


@value
class PbxStarted(Fact):
    """Asterisk has started: no channel from before can still be up.

    `started_at` is the start of the PBX when it is reported (FullyBooted Uptime).
    """

    started_at: datetime | None = None


@value
class ChannelsListed(Fact):
    """The answer to CoreShowChannels after a reconnect: these uniqueids are up, no others."""

    uniqueids: frozenset[str]


@value
class ChannelFact(Fact):
    """Something about one channel."""

    uniqueid: str


@value
class ChannelStarted(ChannelFact):
    """A channel was born (AMI Newchannel, CEL CHAN_START)."""

    linkedid: str | None
    channel: str
    caller_number: str | None
    caller_name: str | None
    exten: str | None
    context: str | None
    pbx: str | None = None


@value
class ChannelSeen(ChannelFact):
    """A channel that was already up shows itself (CoreShowChannels, or any later event)."""

    linkedid: str | None
    channel: str
    caller_number: str | None
    exten: str | None
    context: str | None


@value
class CallerIdentified(ChannelFact):
    """Who calls, said after the channel's birth and before the dialplan had it (AMI NewCallerid, CEL CALLERID(ANI)).

    Analogue lines say it between the first and the second ring.
    """

    caller_number: str
    caller_name: str | None


@value
class ChannelRenamed(ChannelFact):
    """A masquerade gave the channel another name (AMI Rename; in CEL a changed channame)."""

    channel: str


@value
class MomentsShifted(ChannelFact):
    """The ledger writes of the channel in local time, from which UTC was worked out."""


@value
class ChannelAnswered(ChannelFact):
    """The channel is up (AMI Newstate 6, CEL ANSWER)."""


@value
class ChannelDialed(ChannelFact):
    """What a channel that came from nowhere was sent to: the first exten of its dialplan."""

    exten: str


@value
class AppStarted(ChannelFact):
    """A dialplan application begins on the channel (AMI Newexten, CEL APP_START)."""

    application: str
    data: str
    exten: str | None = None


@value
class AppEnded(ChannelFact):
    """A dialplan application ended (CEL APP_END; AMI does not report it), the dialplan now standing at `exten`."""

    application: str
    exten: str | None = None


@value
class DialBegun(ChannelFact):
    """A leg is dialled (AMI DialBegin). `uniqueid` is the leg, `dialler` who dials, None for Originate."""

    dialler: str | None
    dial_string: str


@value
class DialEnded(ChannelFact):
    """The ringing of a leg ended with an Asterisk DIALSTATUS word (AMI DialEnd)."""

    dialler: str | None
    status: str


@value
class DialStatusSet(ChannelFact):
    """DIALSTATUS of the dialling channel (AMI VarSet, CEL HANGUP's extra)."""

    status: str


@value
class BridgeEntered(ChannelFact):
    """The channel entered a bridge; `technology` is None where an old CEL does not say."""

    bridge: str
    technology: str | None


@value
class BridgeLeft(ChannelFact):
    """The channel left a bridge."""

    bridge: str


@value
class QueueJoined(ChannelFact):
    """A caller stands in a queue (AMI QueueCallerJoin, CEL APP_START Queue)."""

    queue: str
    position: int | None


@value
class QueueSeen(ChannelFact):
    """A caller is in a queue, as other CEL rows show where APP_START is not written for it."""

    queue: str


@value
class QueueLeft(ChannelFact):
    """A caller stands in the queue no longer (AMI QueueCallerLeave, CEL APP_END Queue)."""

    queue: str | None


@value
class QueueAbandoned(ChannelFact):
    """The queue gave the caller up unserved (AMI QueueCallerAbandon).

    Fires for a caller who hung up, and for timeout, leave-when-empty and withdrawal too.
    """

    queue: str | None


@value
class QueueStatusSet(ChannelFact):
    """Why Queue() went on in the dialplan: a QUEUESTATUS word, with the queue if given.

    Source: app_queue.c (VarSet QUEUESTATUS), or our dialplan's own QueueExit event.
    """

    queue: str | None
    status: str


@value
class Forwarded(ChannelFact):
    """Whoever was rung answered "ring there instead" (SIP 302; CEL FORWARD). `uniqueid` is who rings, `target` where.

    AMI says the same with the ring's end, DialEnd.
    """

    target: str


@value
class MemberCalled(ChannelFact):
    """A queue rings a member's channel (AMI AgentCalled); `uniqueid` is the member's channel."""

    caller: str
    queue: str
    interface: str


@value
class LegKind(ChannelFact):
    """Which application dialled this leg, at which exten, seen on the leg's own later CEL rows."""

    application: str
    exten: str | None = None


class TransferKind(StrEnum):
    """How a party moved the call."""

    BLIND = "blind"
    ATTENDED = "attended"


@value
class Transferred(ChannelFact):
    """A party moved the call (AMI BlindTransfer / AttendedTransfer, CEL likewise).

    `uniqueid` is the transferring party's channel in the call that is moved, `second` its
    other channel, to the target, in an attended transfer.
    """

    kind: TransferKind
    second: str | None = None
    transferee: str | None = None


@value
class HangupRequested(ChannelFact):
    """The far side of this channel asked for the hang-up (AMI HangupRequest)."""


@value
class DroppedByPbx(ChannelFact):
    """Asterisk takes this channel down because it is shutting down (AMI SoftHangupRequest with that flag)."""


@value
class DialplanEnded(ChannelFact):
    """Asterisk ran the channel's dialplan to its end (AMI SoftHangupRequest with that flag) and hangs up on it."""


@value
class ChannelHungUp(ChannelFact):
    """The channel is gone. `source` as CEL has it: a channel name, `dialplan/builtin` or empty."""

    cause: int | None
    source: str | None = None


@value
class Damaged(Fact):
    """A message or row that could not be read; the stream goes on behind it."""

    reason: str
