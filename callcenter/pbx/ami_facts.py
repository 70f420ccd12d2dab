"""AMI events to facts. Which events matter, and which of their headers, stands here alone.

Event names and headers are those of Asterisk 13 to 22 (`main/manager_channels.c`,
`main/manager_bridges.c`, `apps/app_queue.c`). Events nobody needs cost one look at their
name; for the others only the headers that a fact needs are read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from callcenter.pbx import facts as f
from callcenter.pbx.channels import PLACELESS_EXTENS, is_local
from callcenter.pbx.forgery import ForgeryGuard
from callcenter.pbx.identity import epoch_of
from callcenter.pbx.irrelevant_events import IRRELEVANT_EVENTS
from callcenter.pbx.moments import moment_from_epoch, whole_milliseconds
from callcenter.pbx.wire import LINK_STARTED, decode, header, raw_event_name, whole_number

UNIQUEID = b"\r\nUniqueid: "
DEST_UNIQUEID = b"\r\nDestUniqueid: "
CHANNEL = b"\r\nChannel: "
LINKEDID = b"\r\nLinkedid: "
TIMESTAMP = b"\r\nTimestamp: "
QUEUE = b"\r\nQueue: "
VARIABLE = b"\r\nVariable: "
APPLICATION = b"\r\nApplication: "
SOFT_HANGUP_SHUTDOWN = "4"
"""AST_SOFTHANGUP_SHUTDOWN of channel.h."""

WATCHED_APPLICATIONS = frozenset(("Queue", "Dial", "VoiceMail", "Hangup", "Busy", "Congestion"))
"""Dialplan applications whose start says something about the call's fate."""


class AmiFacts:
    """Translates the messages of one AMI connection, in order.

    Keeps what the wire needs to be understood and nothing of what calls mean: which
    channels were introduced, and the latest moment known, for events without a Timestamp.
    """

    def __init__(self) -> None:
        self.unknown_events: Counter[str] = Counter()
        self._introduced: set[str] = set()
        self._undialled: set[str] = set()
        self._listed: set[str] = set()
        self._latest: datetime | None = None
        self._is_timed = True
        self._is_live = False
        self._guard = ForgeryGuard()

    def translate(self, message: bytes, arrived_at: datetime | None = None) -> list[f.Fact]:
        """Facts of one message; `arrived_at` stands in live for a missing Timestamp."""
        if not self._guard.is_holding and self._is_idle(message):
            return []  # nearly two thirds of what Asterisk says
        if message == LINK_STARTED:
            self._listed.clear()
            self._guard = ForgeryGuard()
            return [f.LinkStarted(at=self._moment(message, arrived_at), is_timed=False)]
        message = message.lstrip(b"\r\n")
        if self._guard.is_holding:
            return self._translate_behind_broken(message, arrived_at)
        name = raw_event_name(message)
        if name is None:
            return []
        translator = _TRANSLATORS.get(name)
        if translator is None:
            if name not in IRRELEVANT_EVENTS:
                self.unknown_events[decode(name)] += 1
            return []
        if not self._guard.is_sound(message, name):
            if self._guard.is_holding:
                return []
            return [f.Damaged(at=self._moment(b"", arrived_at), reason="message that Asterisk did not write")]
        return translator(self, message, self._moment(message, arrived_at))

    def _is_idle(self, message: bytes) -> bool:
        """Whether a variable is set that nobody needs, or an application begins that decides nothing."""
        if message.startswith(_VAR_SET):
            name, watched = VARIABLE, _WATCHED_VARIABLES
        elif message.startswith(_NEW_EXTEN) and not self._undialled:
            name, watched = APPLICATION, _WATCHED_APPLICATION_BYTES
        else:
            return False
        begin = message.find(name) + len(name)
        is_there = begin >= len(name)
        return is_there and message[begin : message.find(b"\r\n", begin)] not in watched

    def _translate_behind_broken(self, message: bytes, arrived_at: datetime | None) -> list[f.Fact]:
        """The message is the rest of the broken one in front of it, or shows that it is at its end."""
        if not self._guard.begins_message(message):
            self._guard.add(message)
            return []
        mended = self._guard.release()
        name = None if mended is None else raw_event_name(mended)
        if mended is None or name is None:
            reason = "message broken by a caller"
            found: list[f.Fact] = [f.Damaged(at=self._moment(b"", arrived_at), reason=reason)]
        else:
            found = _TRANSLATORS[name](self, mended, self._moment(mended, arrived_at))
        return found + self.translate(message, arrived_at)

    def _moment(self, message: bytes, arrived_at: datetime | None) -> datetime:
        self._is_live = arrived_at is not None
        told = header(message, TIMESTAMP)
        moment = None if told is None else moment_from_epoch(told)
        self._is_timed = moment is not None
        if moment is not None:
            self._latest = moment
            return moment
        if arrived_at is not None:
            return whole_milliseconds(arrived_at)
        epoch = epoch_of(header(message, UNIQUEID) or "")
        born = None if epoch is None else moment_from_epoch(str(epoch))
        if born is not None and (self._latest is None or born > self._latest):
            self._latest = born
        return self._latest or datetime.fromtimestamp(0, UTC)

    def _introduce(
        self, message: bytes, at: datetime, uniqueid: str, channel: bytes = CHANNEL, linkedid: bytes = LINKEDID
    ) -> list[f.Fact]:
        """A channel we never saw being born shows itself by any event that names it."""
        if uniqueid in self._introduced:
            return []
        name = header(message, channel)
        if name is None:
            return []
        self._introduced.add(uniqueid)
        return [
            f.ChannelSeen(
                at=at,
                is_timed=self._is_timed,
                uniqueid=uniqueid,
                linkedid=header(message, linkedid),
                channel=name,
                caller_number=header(message, b"\r\nCallerIDNum: "),
                exten=header(message, b"\r\nExten: "),
                context=header(message, b"\r\nContext: "),
            )
        ]

    def _new_channel(self, message: bytes, at: datetime) -> list[f.Fact]:
        uniqueid = header(message, UNIQUEID)
        channel = header(message, CHANNEL)
        if uniqueid is None or channel is None:
            return [f.Damaged(at=at, reason="Newchannel without a channel")]
        exten = header(message, b"\r\nExten: ")
        self._introduced.add(uniqueid)
        if exten in PLACELESS_EXTENS and not is_local(channel):
            self._undialled.add(uniqueid)
        return [
            f.ChannelStarted(
                at=at,
                is_timed=self._is_timed,
                uniqueid=uniqueid,
                linkedid=header(message, LINKEDID),
                channel=channel,
                caller_number=header(message, b"\r\nCallerIDNum: "),
                caller_name=_unescaped(header(message, b"\r\nCallerIDName: ")),
                exten=exten,
                context=header(message, b"\r\nContext: "),
                pbx=header(message, b"\r\nSystemName: "),
            )
        ]

    def _new_exten(self, message: bytes, at: datetime) -> list[f.Fact]:
        uniqueid = header(message, UNIQUEID)
        if uniqueid is None:
            return []
        found: list[f.Fact] = []
        application = header(message, APPLICATION)
        if uniqueid in self._undialled:
            exten = header(message, b"\r\nExtension: ") or header(message, b"\r\nExten: ")
            if exten is not None and exten not in PLACELESS_EXTENS:
                self._undialled.discard(uniqueid)
                found.append(f.ChannelDialed(at=at, is_timed=self._is_timed, uniqueid=uniqueid, exten=exten))
        if application in WATCHED_APPLICATIONS:
            data = header(message, b"\r\nAppData: ") or ""
            found += self._introduce(message, at, uniqueid)
            found.append(
                f.AppStarted(at=at, is_timed=self._is_timed, uniqueid=uniqueid, application=application, data=data)
            )
            if application == "VoiceMail":
                mailbox = data.partition(",")[0].partition("&")[0]
                found.append(f.VoicemailStarted(at=at, is_timed=self._is_timed, uniqueid=uniqueid, mailbox=mailbox))
        return found

    def _new_state(self, message: bytes, at: datetime) -> list[f.Fact]:
        uniqueid = header(message, UNIQUEID)
        if uniqueid is None or header(message, b"\r\nChannelState: ") != "6":
            return []
        return [
            *self._introduce(message, at, uniqueid),
            f.ChannelAnswered(at=at, is_timed=self._is_timed, uniqueid=uniqueid),
        ]

    def _rename(self, message: bytes, at: datetime) -> list[f.Fact]:
        uniqueid = header(message, UNIQUEID)
        name = header(message, b"\r\nNewname: ")
        if uniqueid is None or name is None:
            return []
        return [f.ChannelRenamed(at=at, is_timed=self._is_timed, uniqueid=uniqueid, channel=name)]

    def _dial_begin(self, message: bytes, at: datetime) -> list[f.Fact]:
        leg = header(message, DEST_UNIQUEID)
        if leg is None:
            return []
        dialler = header(message, UNIQUEID)
        return [
            *(self._introduce(message, at, dialler) if dialler is not None else ()),
            *self._introduce(message, at, leg, b"\r\nDestChannel: ", b"\r\nDestLinkedid: "),
            f.DialBegun(
                at=at,
                is_timed=self._is_timed,
                uniqueid=leg,
                dialler=dialler,
                dial_string=header(message, b"\r\nDialString: ") or "",
            ),
        ]

    def _dial_end(self, message: bytes, at: datetime) -> list[f.Fact]:
        leg = header(message, DEST_UNIQUEID)
        status = header(message, b"\r\nDialStatus: ")
        if leg is None or status is None:
            return []
        dialler = header(message, UNIQUEID)
        return [
            *(self._introduce(message, at, dialler) if dialler is not None else ()),
            *self._introduce(message, at, leg, b"\r\nDestChannel: ", b"\r\nDestLinkedid: "),
            f.DialEnded(at=at, is_timed=self._is_timed, uniqueid=leg, dialler=dialler, status=status),
        ]

    def _bridge_enter(self, message: bytes, at: datetime) -> list[f.Fact]:
        uniqueid = header(message, UNIQUEID)
        bridge = header(message, b"\r\nBridgeUniqueid: ")
        if uniqueid is None or bridge is None:
            return []
        return [
            *self._introduce(message, at, uniqueid),
            f.BridgeEntered(
                at=at,
                is_timed=self._is_timed,
                uniqueid=uniqueid,
                bridge=bridge,
                technology=header(message, b"\r\nBridgeTechnology: "),
            ),
        ]

    def _bridge_leave(self, message: bytes, at: datetime) -> list[f.Fact]:
        uniqueid = header(message, UNIQUEID)
        bridge = header(message, b"\r\nBridgeUniqueid: ")
        if uniqueid is None or bridge is None:
            return []
        return [
            *self._introduce(message, at, uniqueid),
            f.BridgeLeft(at=at, is_timed=self._is_timed, uniqueid=uniqueid, bridge=bridge),
        ]

    def _queue_join(self, message: bytes, at: datetime) -> list[f.Fact]:
        uniqueid = header(message, UNIQUEID)
        queue = header(message, QUEUE)
        if uniqueid is None or queue is None:
            return []
        return [
            *self._introduce(message, at, uniqueid),
            f.QueueJoined(
                at=at,
                is_timed=self._is_timed,
                uniqueid=uniqueid,
                queue=queue,
                position=whole_number(header(message, b"\r\nPosition: ")),
            ),
        ]

    def _queue_leave(self, message: bytes, at: datetime) -> list[f.Fact]:
        uniqueid = header(message, UNIQUEID)
        if uniqueid is None:
            return []
        return [f.QueueLeft(at=at, is_timed=self._is_timed, uniqueid=uniqueid, queue=header(message, QUEUE))]

    def _queue_abandon(self, message: bytes, at: datetime) -> list[f.Fact]:
        uniqueid = header(message, UNIQUEID)
        if uniqueid is None:
            return []
        return [f.QueueAbandoned(at=at, is_timed=self._is_timed, uniqueid=uniqueid, queue=header(message, QUEUE))]

    def _agent_called(self, message: bytes, at: datetime) -> list[f.Fact]:
        member = header(message, DEST_UNIQUEID)
        caller = header(message, UNIQUEID)
        if member is None or caller is None:
            return []
        return [
            f.MemberCalled(
                at=at,
                is_timed=self._is_timed,
                uniqueid=member,
                caller=caller,
                queue=header(message, QUEUE) or "",
                interface=header(message, b"\r\nInterface: ") or "",
            )
        ]

    def _var_set(self, message: bytes, at: datetime) -> list[f.Fact]:
        variable = header(message, VARIABLE)
        uniqueid = header(message, UNIQUEID)
        value = header(message, b"\r\nValue: ")
        if uniqueid is None or value is None:
            return []
        if variable == "QUEUESTATUS":
            return [f.QueueStatusSet(at=at, is_timed=self._is_timed, uniqueid=uniqueid, queue=None, status=value)]
        if variable == "DIALSTATUS":
            return [f.DialStatusSet(at=at, is_timed=self._is_timed, uniqueid=uniqueid, status=value)]
        if variable == "VM_MESSAGEFILE":
            return [f.VoicemailLeft(at=at, is_timed=self._is_timed, uniqueid=uniqueid, has_message=True, file=value)]
        return []

    def _user_event(self, message: bytes, at: datetime) -> list[f.Fact]:
        uniqueid = header(message, UNIQUEID)
        if uniqueid is None:
            return []
        name = header(message, b"\r\nUserEvent: ")
        if name == "QueueExit":
            status = header(message, b"\r\nStatus: ")
            if status is None:
                return []
            queue = header(message, QUEUE)
            return [f.QueueStatusSet(at=at, is_timed=self._is_timed, uniqueid=uniqueid, queue=queue, status=status)]
        if name == "AfterHours":
            return [f.AfterHoursAnnounced(at=at, is_timed=self._is_timed, uniqueid=uniqueid)]
        if name == "EmergencyRequested":
            return [f.EmergencyRequested(at=at, is_timed=self._is_timed, uniqueid=uniqueid)]
        if name == "EmergencyUnanswered":
            return [f.EmergencyUnanswered(at=at, is_timed=self._is_timed, uniqueid=uniqueid)]
        if name == "SentBack":
            return [f.SentBack(at=at, is_timed=self._is_timed, uniqueid=uniqueid)]
        if name == "VoicemailExit":
            return [
                voicemail_exit(
                    at,
                    self._is_timed,
                    uniqueid,
                    header(message, b"\r\nFile: "),
                    header(message, b"\r\nSeconds: "),
                )
            ]
        return []

    def _transfer(self, message: bytes, at: datetime) -> list[f.Fact]:
        blind = header(message, b"\r\nTransfererUniqueid: ")
        transferer = blind or header(message, b"\r\nOrigTransfererUniqueid: ")
        if transferer is None or header(message, b"\r\nResult: ") not in ("Success", None):
            return []
        return [
            f.Transferred(
                at=at,
                is_timed=self._is_timed,
                uniqueid=transferer,
                kind=f.TransferKind.ATTENDED if blind is None else f.TransferKind.BLIND,
                second=header(message, b"\r\nSecondTransfererUniqueid: "),
                transferee=header(message, b"\r\nTransfereeUniqueid: "),
            )
        ]

    def _pickup(self, message: bytes, at: datetime) -> list[f.Fact]:
        uniqueid = header(message, UNIQUEID)
        target = header(message, b"\r\nTargetUniqueid: ")
        if uniqueid is None or target is None:
            return []
        return [f.PickedUp(at=at, is_timed=self._is_timed, uniqueid=uniqueid, target=target)]

    def _hangup_request(self, message: bytes, at: datetime) -> list[f.Fact]:
        uniqueid = header(message, UNIQUEID)
        if uniqueid is None:
            return []
        return [f.HangupRequested(at=at, is_timed=self._is_timed, uniqueid=uniqueid)]

    def _soft_hangup_request(self, message: bytes, at: datetime) -> list[f.Fact]:
        """Its Cause is no cause but a flag."""
        uniqueid = header(message, UNIQUEID)
        if uniqueid is None or header(message, b"\r\nCause: ") != SOFT_HANGUP_SHUTDOWN:
            return []
        return [f.DroppedByPbx(at=at, is_timed=self._is_timed, uniqueid=uniqueid)]

    def _hangup(self, message: bytes, at: datetime) -> list[f.Fact]:
        uniqueid = header(message, UNIQUEID)
        if uniqueid is None:
            return [f.Damaged(at=at, reason="Hangup without a channel")]
        seen = self._introduce(message, at, uniqueid)
        self._introduced.discard(uniqueid)
        self._undialled.discard(uniqueid)
        return [
            *seen,
            f.ChannelHungUp(
                at=at,
                is_timed=self._is_timed,
                uniqueid=uniqueid,
                cause=whole_number(header(message, b"\r\nCause: ")),
            ),
        ]

    def _fully_booted(self, message: bytes, at: datetime) -> list[f.Fact]:
        """At a login it carries no Timestamp; then the moment of arrival is good enough, that of a file is not."""
        uptime = whole_number(header(message, b"\r\nUptime: "))
        if uptime is None or not (self._is_timed or self._is_live):
            return []
        try:
            started_at = at - timedelta(seconds=uptime)
        except OverflowError:
            return []
        return [f.PbxStarted(at=at, is_timed=self._is_timed, started_at=started_at)]

    def _shutdown(self, _message: bytes, at: datetime) -> list[f.Fact]:
        return [f.PbxEnded(at=at, is_timed=self._is_timed)]

    def _core_show_channel(self, message: bytes, at: datetime) -> list[f.Fact]:
        uniqueid = header(message, UNIQUEID)
        if uniqueid is None:
            return []
        self._listed.add(uniqueid)
        found = self._introduce(message, at, uniqueid)
        bridge = header(message, b"\r\nBridgeId: ")
        if bridge is not None and found:
            found.append(
                f.BridgeEntered(at=at, is_timed=self._is_timed, uniqueid=uniqueid, bridge=bridge, technology=None)
            )
        return found

    def _core_show_channels_complete(self, _message: bytes, at: datetime) -> list[f.Fact]:
        listed = frozenset(self._listed)
        self._listed.clear()
        self._introduced &= listed
        self._undialled &= listed
        self._guard.forget_all_but(listed)
        return [f.ChannelsListed(at=at, is_timed=self._is_timed, uniqueids=listed)]


def _unescaped(name: str | None) -> str | None:
    """A display name as it was before the manager escaped it (ast_escape_c): `O\\'Brien` is O'Brien."""
    if name is None or "\\" not in name:
        return name
    return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), name)


_ESCAPED = re.compile(r"\\([abfnrtv\\'\"?])")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def voicemail_exit(
    at: datetime, is_timed: bool, uniqueid: str, file: str | None, seconds: str | None
) -> f.VoicemailLeft:
    """What our own dialplan says after VoiceMail(): a file when a message was left, and its length."""
    length = whole_number(seconds)
    duration = None if length is None else timedelta(seconds=length)
    return f.VoicemailLeft(
        at=at,
        is_timed=is_timed,
        uniqueid=uniqueid,
        has_message=file is not None,
        file=file,
        duration=duration if file is not None else None,
    )


_VAR_SET = b"Event: VarSet\r\n"
_NEW_EXTEN = b"Event: Newexten\r\n"
_WATCHED_APPLICATION_BYTES = frozenset(application.encode() for application in WATCHED_APPLICATIONS)
_WATCHED_VARIABLES = frozenset((b"QUEUESTATUS", b"DIALSTATUS", b"VM_MESSAGEFILE"))


_TRANSLATORS: dict[bytes, Callable[[AmiFacts, bytes, datetime], list[f.Fact]]] = {
    b"Newchannel": AmiFacts._new_channel,
    b"Newexten": AmiFacts._new_exten,
    b"Newstate": AmiFacts._new_state,
    b"Rename": AmiFacts._rename,
    b"DialBegin": AmiFacts._dial_begin,
    b"DialEnd": AmiFacts._dial_end,
    b"BridgeEnter": AmiFacts._bridge_enter,
    b"BridgeLeave": AmiFacts._bridge_leave,
    b"QueueCallerJoin": AmiFacts._queue_join,
    b"QueueCallerLeave": AmiFacts._queue_leave,
    b"QueueCallerAbandon": AmiFacts._queue_abandon,
    b"AgentCalled": AmiFacts._agent_called,
    b"VarSet": AmiFacts._var_set,
    b"UserEvent": AmiFacts._user_event,
    b"BlindTransfer": AmiFacts._transfer,
    b"AttendedTransfer": AmiFacts._transfer,
    b"Pickup": AmiFacts._pickup,
    b"HangupRequest": AmiFacts._hangup_request,
    b"SoftHangupRequest": AmiFacts._soft_hangup_request,
    b"Hangup": AmiFacts._hangup,
    b"FullyBooted": AmiFacts._fully_booted,
    b"Shutdown": AmiFacts._shutdown,
    b"CoreShowChannel": AmiFacts._core_show_channel,
    b"CoreShowChannelsComplete": AmiFacts._core_show_channels_complete,
}
