"""What in an AMI stream Asterisk wrote, and what a caller did.

Asterisk escapes display names, but neither the caller's number nor what he dials (main/manager_channels.c), and SIP
carries line breaks in both (`%0d%0a`). So a caller can end a header or the whole message and go on with words of his
own: `Event: Shutdown`. A value of his has at most 79 bytes. That is too little to imitate how every message about a
channel begins, and what begins so is believed; the rest of a message that was broken is put back behind it. About
himself a caller may say what he likes.
"""

from __future__ import annotations

import re
from collections import Counter

from callcenter.pbx.wire import (
    ACTION_ID,
    CALLER_NUMBER,
    CHANNEL,
    DEST_CHANNEL,
    DEST_UNIQUEID,
    LINKEDID,
    TIMESTAMP,
    UNIQUEID,
    raw_event_name,
)

_PRIVILEGE = b"\r\nPrivilege: "
_STATE = b"\r\nChannelStateDesc: "

_LINE = rb"(?:\w+: [^\r\n]*\r\n)"
_OF_A_CHANNEL = re.compile(
    rb"Event: \w+\r\nPrivilege: [\w,]+\r\n" + _LINE + rb"*?(\w*)Channel: [^\r\n]+\r\n"
    rb"\1ChannelState: \d+\r\n\1ChannelStateDesc: [^\r\n]+"
)
_SHAPES = {
    b"Rename": re.compile(
        rb"Event: Rename\r\nPrivilege: [\w,]+\r\n" + _LINE + rb"*?Channel: .+\r\nNewname: .+\r\nUniqueid: .+"
    ),
    b"CoreShowChannel": re.compile(
        rb"Event: CoreShowChannel\r\n" + _LINE + rb"*?Channel: [^\r\n]+\r\nChannelState: \d+\r\nChannelStateDesc: .+"
    ),
    b"CoreShowChannelsComplete": re.compile(
        rb"Event: CoreShowChannelsComplete\r\nActionID: .+\r\nEventList: Complete\r\nListItems: \d+\Z"
    ),
    b"FullyBooted": re.compile(
        rb"Event: FullyBooted\r\nPrivilege: [\w,]+\r\n" + _LINE + rb"*?Status: Fully Booted"
        rb"(?:\r\nUptime: \d+\r\nLastReload: \d+)?(?:\r\n|\Z)"
    ),
    b"Shutdown": re.compile(
        rb"Event: Shutdown\r\nPrivilege: [\w,]+\r\n" + _LINE + rb"*?Shutdown: (?:C|Unc)leanly\r\nRestart: \w+\Z"
    ),
}
"""How the events begin that are not about a channel, or in another way."""

_NEVER_PLAIN = frozenset((*_SHAPES, b"Newchannel"))
"""What is not about a channel that is known."""

_OF_TWO_CHANNELS = frozenset((b"DialBegin", b"DialEnd", b"AgentCalled"))

_STATES = re.compile(rb"\r\nChannelState: \d+\r\nChannelStateDesc: ")

_USUAL_STATES = frozenset(b"\r\nChannelState: %d\r\nChannelStateDesc: " % state for state in range(10))
_USUAL_STATE_LENGTH = len(b"\r\nChannelState: 0\r\nChannelStateDesc: ")

_BORN = re.compile(rb"\r\nUniqueid: [^\r\n]+\r\nLinkedid: [^\r\n]+")

LONGEST_VALUE = 79
"""Bytes of what a caller can put into a message (AST_MAX_EXTENSION, channel.h)."""

MOST_PIECES = 100
"""No caller can break a message into more."""


class ForgeryGuard:
    """Looks at the messages of one stream, in order.

    A stream in which no channel has a state is not Asterisk's own but somebody's excerpt, and is believed.
    """

    def __init__(self) -> None:
        self._is_unabridged = False
        self._is_timed = False
        self.is_holding = False
        """A message may be broken, and what follows may be its rest."""
        self._held: list[bytes] = []
        self._is_held_broken = False
        self._uniqueids: dict[bytes, bytes] = {}
        """Of each channel by its name, as the line stands in a message."""

    def begins_message(self, message: bytes) -> bool:
        """Whether Asterisk began it, so that it is not the rest of the one before."""
        if message.startswith(b"Response: "):
            return ACTION_ID in message and UNIQUEID not in message
        name = raw_event_name(message)
        return name is not None and (self._begins_as(message, name) or _is_of_no_channel(message, name))

    def is_sound(self, message: bytes, name: bytes) -> bool:
        """Whether an event can be believed as it stands. One that may be broken is held until `release`."""
        if not self._is_unabridged:
            if _STATE not in message:
                return True
            self._is_unabridged = True
        if self._is_plain(message, name):
            return True
        if not self._begins_as(message, name):
            return False
        channel = _channel_of(message)
        self._is_held_broken = _is_broken(message, name)
        if self._is_held_broken or self._is_strange(message, name, channel):
            self.is_holding = True
            self._held = [message]
            return False
        self._learn(message, name, channel)
        return True

    def _is_plain(self, message: bytes, name: bytes) -> bool:
        """Whether it is one of the many that need no closer look: the same rules, without taking it apart."""
        if name in _NEVER_PLAIN or not message.startswith(_PRIVILEGE, len(b"Event: ") + len(name)):
            return False
        channel = message.find(CHANNEL) + len(CHANNEL)
        behind = message.find(b"\r\n", channel)
        known = self._uniqueids.get(message[channel:behind])
        if known is None or message[behind : behind + _USUAL_STATE_LENGTH] not in _USUAL_STATES:
            return False
        uniqueid = message.find(UNIQUEID, behind)
        if not message.startswith(known, uniqueid):
            return False
        # A reader takes the first of each: what stands there again further on is nobody's word.
        if message.find(LINKEDID, behind) != uniqueid + len(known):
            return False
        if name in _OF_TWO_CHANNELS and message.count(DEST_UNIQUEID) != 1:
            return False
        if name == b"Hangup":
            del self._uniqueids[message[channel:behind]]
        return True

    def add(self, rest: bytes) -> None:
        """Put the rest back behind the broken message; sent twice it is the same."""
        if rest != self._held[-1] and len(self._held) < MOST_PIECES:
            self._held.append(rest)

    def release(self) -> bytes | None:
        """The held message without what the caller put into it, None if its rest or its channel is missing."""
        first, *rest = self._held
        self.is_holding = False
        name, channel = raw_event_name(first) or b"", _channel_of(first)
        if not rest and UNIQUEID not in first:
            return None
        mended: bytes | None = first
        if rest or self._is_held_broken:
            mended = self._mend(b"\r\n\r\n".join((first, *rest)), name, channel)
        if mended is not None:
            self._learn(mended, name, channel)
        return mended

    def forget_all_but(self, uniqueids: frozenset[str]) -> None:
        """Only these channels are up."""
        up = {UNIQUEID + uniqueid.encode() for uniqueid in uniqueids}
        self._uniqueids = {channel: uniqueid for channel, uniqueid in self._uniqueids.items() if uniqueid in up}

    def _begins_as(self, message: bytes, name: bytes) -> bool:
        is_plain = name not in _SHAPES and _state_of(message, name) is not None
        return is_plain or self._match(message, name) is not None

    def _match(self, message: bytes, name: bytes) -> re.Match[bytes] | None:
        if name == b"Shutdown" and self._is_timed and TIMESTAMP not in message:
            return None
        return _SHAPES.get(name, _OF_A_CHANNEL).match(message)

    def _is_strange(self, message: bytes, name: bytes, channel: bytes | None) -> bool:
        """Another uniqueid than its channel has: it is broken, or we missed that the channel was renamed.

        What a new channel has nobody knows yet, so all depends on whether a rest follows. It would follow at once.
        """
        if name == b"Newchannel":
            return True
        uniqueid = None if channel is None else self._uniqueids.get(channel)
        return uniqueid is not None and uniqueid not in message

    def _learn(self, message: bytes, name: bytes, channel: bytes | None) -> None:
        self._is_timed = self._is_timed or TIMESTAMP in message
        if channel is None:
            return
        if name == b"Newchannel":
            self._uniqueids[channel] = _line(message, UNIQUEID)
        elif name == b"Hangup":
            self._uniqueids.pop(channel, None)
        elif name == b"Rename":
            self._uniqueids.pop(channel, None)
            self._uniqueids[_line(message, b"\r\nNewname: ")[11:]] = _line(message, UNIQUEID)

    def _mend(self, broken: bytes, name: bytes, channel: bytes | None) -> bytes | None:
        """What stands in front of anything of the caller's, whose message it is, and what is said only once."""
        head = self._match(broken, name)
        if name == b"Newchannel":
            born = _BORN.findall(broken)
            ids = born[-1] if born else None  # nothing that is the caller's stands behind the last
        else:
            ids = None if channel is None else self._uniqueids.get(channel)
        if head is None or ids is None:
            return None
        taken = {b"Uniqueid", b"Linkedid", *(line.partition(b": ")[0] for line in head[0].split(b"\r\n"))}
        lines = [line for line in broken[head.end() :].split(b"\r\n") if b": " in line]
        times = Counter(line.partition(b": ")[0] for line in lines)
        said_once = (line for line in lines if times[key := line.partition(b": ")[0]] == 1 and key not in taken)
        return b"\r\n".join([head[0] + ids, *said_once])


def _is_of_no_channel(message: bytes, name: bytes) -> bool:
    """Whether Asterisk reports something else in between, as of a queue's member, a hint or an Originate.

    A piece of a broken message is the caller's alone, and then it is short, or it goes on to the ids of his channel.
    """
    is_whole = len(message) > LONGEST_VALUE and LINKEDID not in message
    return is_whole and message.startswith(_PRIVILEGE, len(b"Event: ") + len(name))


def _state_of(message: bytes, name: bytes) -> int | None:
    """Where a message that begins as nearly all do goes on with the state of its channel."""
    if not message.startswith(_PRIVILEGE, len(b"Event: ") + len(name)):
        return None
    channel = message.find(CHANNEL)
    behind = message.find(b"\r\n", channel + 2)
    return None if channel < 0 or _STATES.match(message, behind) is None else behind


def _is_broken(message: bytes, name: bytes) -> bool:
    """Whose it is, Asterisk says once."""
    ids = message.count(UNIQUEID)
    if name in _SHAPES:
        return ids > 1
    if ids > 1 or message.count(LINKEDID) > 1 or (ids == 0 and CALLER_NUMBER in message):
        return True
    return DEST_CHANNEL in message and message.count(DEST_UNIQUEID) != 1


def _channel_of(message: bytes) -> bytes | None:
    """The channel it is about, which it names before anything that is the caller's."""
    return _line(message, CHANNEL)[11:] or None


def _line(message: bytes, name: bytes) -> bytes:
    begin = message.find(name)
    if begin < 0:
        return b""
    end = message.find(b"\r\n", begin + 2)
    return message[begin:] if end < 0 else message[begin:end]
