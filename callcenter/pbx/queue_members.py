"""Queue members as AMI reports them: one by one when something changes, all of them in answer to QueueStatus.

But for the end of a call, nothing in these messages is a caller's. A caller can write line breaks into his number and
begin a message of his own (`forgery`), but a value of his has at most 79 bytes. The whole of a message is therefore
matched, header by header in the order of apps/app_queue.c: the shortest that matches is more than twice as long. The
end of a list is short, so it is only believed with an ActionID as long as those that we make; the end of a call is
believed by how it begins and how it ends, each too long for a caller.
"""

from __future__ import annotations

import re
from datetime import datetime

from callcenter.pbx.credentials import without_passwords
from callcenter.pbx.timestamps import moment_from_epoch, whole_milliseconds
from callcenter.pbx.wire import decode
from callcenter.values import value

BEGINNINGS = (b"Event: QueueMember", b"Event: QueueStatusComplete", b"Event: AgentComplete", b"\r\n")
"""What a message of these can begin with; a caller's line break can stand in front."""


@value
class QueueMember:
    """One seat in one queue."""

    queue: str
    name: str
    interface: str
    status: int
    """Of its device (devicestate.h): 1 not in use, 2 in use, 3 busy, 4 invalid, 5 unavailable, 6 ringing, 7 ringing
    beside a call, 8 on hold, 0 not known."""
    pause: str | None
    """The reason of its pause, empty where none was given; None while it takes calls."""
    last_pause_at: datetime | None = None
    """When it was paused last; None where it was so from its beginning, as the PBX makes its members anew at its start:
    then the pause may be older. Whole seconds, like the next."""
    last_call_at: datetime | None = None
    """When its last call of a queue ended."""


@value
class MemberTold:
    """A member is new or has changed."""

    at: datetime
    member: QueueMember


@value
class MemberRemoved:
    """A member left a queue."""

    at: datetime
    queue: str
    interface: str


@value
class MembersListed:
    """These are all members of all queues."""

    at: datetime
    members: tuple[QueueMember, ...]


@value
class MemberCallEnded:
    """A member is done with a call that a queue brought."""

    at: datetime
    interface: str


MemberFact = MemberTold | MemberRemoved | MembersListed | MemberCallEnded

_BODY = (
    rb"StateInterface: [^\r\n]*\r\nMembership: \w*\r\nPenalty: \d+\r\nCallsTaken: \d+\r\nLastCall: (?P<call>\d+)\r\n"
    rb"LastPause: (?P<pause>\d+)\r\nLoginTime: (?P<login>\d+)\r\nInCall: \d\r\nStatus: (?P<status>\d+)\r\n"
    rb"Paused: (?P<paused>\d)\r\nPausedReason: (?P<reason>[^\r\n]*)\r\n"
)
_CHANGED = re.compile(
    rb"Event: QueueMember(?P<what>Added|Removed|Pause|Penalty|Ringinuse|Status)\r\nPrivilege: agent,all\r\n"
    rb"(?:Timestamp: (?P<at>[0-9.]+)\r\n)?(?:SystemName: [^\r\n]*\r\n)?"
    rb"Queue: (?P<queue>[^\r\n]+)\r\nMemberName: (?P<name>[^\r\n]*)\r\nInterface: (?P<interface>[^\r\n]+)\r\n"
    + _BODY
    + rb"Ringinuse: \d+\r\nWrapuptime: \d+"
)
_LISTED = re.compile(
    rb"Event: QueueMember\r\nQueue: (?P<queue>[^\r\n]+)\r\nName: (?P<name>[^\r\n]*)\r\n"
    rb"Location: (?P<interface>[^\r\n]+)\r\n" + _BODY + rb"Wrapuptime: \d+\r\nActionID: (?P<action>[^\r\n]+)"
)
_LIST_ENDED = re.compile(
    rb"Event: QueueStatusComplete\r\nActionID: (?P<action>[^\r\n]{36,})\r\nEventList: Complete\r\nListItems: \d+"
)
_CALL_ENDED = re.compile(
    rb"Event: AgentComplete\r\nPrivilege: agent,all\r\n(?:Timestamp: (?P<at>[0-9.]+)\r\n)?(?:SystemName: [^\r\n]*\r\n)?"
    rb"Channel: [^\r\n]+\r\nChannelState: \d+\r\nChannelStateDesc: [^\r\n]+\r\n.*"
    rb"\r\nQueue: [^\r\n]+\r\nInterface: (?P<interface>[^\r\n]+)\r\nMemberName: [^\r\n]+\r\n"
    rb"HoldTime: \d+\r\nTalkTime: \d+\r\nReason: \w+",
    re.DOTALL,
)
"""In between stands what is the caller's. InCall of a member would show the end without it, but is not always sent."""


class QueueMembers:
    """Translates the messages of one AMI connection that are about queue members, in order."""

    def __init__(self) -> None:
        self._action = b""
        self._listed: list[QueueMember] = []

    def translate(self, message: bytes, arrived_at: datetime) -> MemberFact | None:
        """What the message says, None if it is not about a member or nothing that Asterisk wrote."""
        message = message.lstrip(b"\r\n")
        if match := _CHANGED.fullmatch(message):
            at = _moment(match, arrived_at)
            if match["what"] == b"Removed":
                return MemberRemoved(at=at, queue=decode(match["queue"]), interface=_interface(match))
            return MemberTold(at=at, member=_member(match))
        if match := _LISTED.fullmatch(message):
            self._begin(match["action"])
            self._listed.append(_member(match))
        elif match := _CALL_ENDED.fullmatch(message):
            return MemberCallEnded(at=_moment(match, arrived_at), interface=_interface(match))
        elif match := _LIST_ENDED.fullmatch(message):
            self._begin(match["action"])
            members = tuple(self._listed)
            self._begin(b"")
            return MembersListed(at=whole_milliseconds(arrived_at), members=members)
        return None

    def _begin(self, action: bytes) -> None:
        if action != self._action:
            self._action = action
            self._listed = []


def _interface(match: re.Match[bytes]) -> str:
    return without_passwords(decode(match["interface"]))


def _moment(match: re.Match[bytes], arrived_at: datetime) -> datetime:
    stated = None if match["at"] is None else moment_from_epoch(decode(match["at"]))
    return stated or whole_milliseconds(arrived_at)


def _past_moment(seconds: bytes) -> datetime | None:
    """0 stands for never."""
    return None if seconds == b"0" else moment_from_epoch(decode(seconds))


def _last_pause(match: re.Match[bytes]) -> datetime | None:
    is_from_beginning = int(match["pause"]) <= int(match["login"]) + 1
    return None if is_from_beginning else _past_moment(match["pause"])


def _member(match: re.Match[bytes]) -> QueueMember:
    return QueueMember(
        queue=decode(match["queue"]),
        name=decode(match["name"]),
        interface=_interface(match),
        status=int(match["status"]),
        pause=None if match["paused"] == b"0" else decode(match["reason"]),
        last_pause_at=_last_pause(match),
        last_call_at=_past_moment(match["call"]),
    )
