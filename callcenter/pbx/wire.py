"""AMI on the wire: bytes in, whole messages out. No sockets, no clock, bounded memory.

A message is a block of `Key: value` lines ended by an empty line (main/manager.c). The
text of a message stays bytes: values are decoded one by one, when somebody reads them.
"""

from __future__ import annotations

import re

LARGEST_MESSAGE = 8 * 1024 * 1024
"""Longer ones are given up as damaged: nothing Asterisk sends comes near it."""

_BANNER = re.compile(rb"Asterisk Call Manager/[0-9.]+\r\n(?=Response: |Event: |$)")
_BANNER_START = b"Asterisk Call Manager/"

LINK_STARTED = b"Asterisk Call Manager"
"""Stands in the list of messages where a new connection's banner was."""


ACTION_ID = b"\r\nActionID: "
UNIQUEID = b"\r\nUniqueid: "
LINKEDID = b"\r\nLinkedid: "
CHANNEL = b"\r\nChannel: "
DEST_UNIQUEID = b"\r\nDestUniqueid: "
DEST_LINKEDID = b"\r\nDestLinkedid: "
DEST_CHANNEL = b"\r\nDestChannel: "
CALLER_NUMBER = b"\r\nCallerIDNum: "
EXTEN = b"\r\nExten: "
CONTEXT = b"\r\nContext: "
QUEUE = b"\r\nQueue: "
CAUSE = b"\r\nCause: "
TIMESTAMP = b"\r\nTimestamp: "
"""Headers that several readers ask for, as they stand on the wire."""


class AmiReader:
    """Cuts a stream of bytes into messages, wherever the network cut it.

    A banner in mid-stream (captures of several connections in one file) is reported as
    the message `LINK_STARTED`; the half message in front of it is dropped and counted.
    """

    def __init__(self) -> None:
        self._buffer = b""
        self._is_skipping = False
        self.damaged = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes, return the messages now complete, without their closing empty line."""
        self._buffer += data
        if b"\r\n\r\n" not in data and b"\r\n\r\n" not in self._buffer[-len(data) - 4 :]:
            if len(self._buffer) > LARGEST_MESSAGE:
                self._buffer = self._buffer[-4:]
                self._is_skipping = True
            return []
        has_banner = _BANNER_START in self._buffer
        *messages, self._buffer = self._buffer.split(b"\r\n\r\n")
        if self._is_skipping:
            self._is_skipping = False
            self.damaged += 1
            messages = messages[1:]
        if has_banner:
            messages = [part for message in messages for part in self._without_banner(message)]
        return messages

    @property
    def has_rest(self) -> bool:
        """True when the stream stopped in mid-message."""
        return bool(self._buffer.strip())

    def _without_banner(self, message: bytes) -> list[bytes]:
        banner = _BANNER.search(message)
        if banner is None:
            return [message]
        if banner.start() > 0:
            self.damaged += 1
        return [LINK_STARTED, message[banner.end() :]]


def event_name(message: bytes) -> str | None:
    """The value of the Event header, None for responses and garbage."""
    name = raw_event_name(message)
    return None if name is None else decode(name)


def raw_event_name(message: bytes) -> bytes | None:
    """The same undecoded, for whoever looks at every message and needs few."""
    if message.startswith(b"Event: "):
        begin = 7
    else:
        begin = message.find(b"\r\nEvent: ") + 9
        if begin < 9:
            return None
    end = message.find(b"\r\n", begin)
    return message[begin:] if end < 0 else message[begin:end]


def header(message: bytes, name: bytes) -> str | None:
    """The first value of a header, None if it is missing, empty or Asterisk's `<unknown>`.

    `name` is given as it stands on the wire, e.g. `b"\\r\\nUniqueid: "`: building it anew for
    every message is what makes a general parser slow.
    """
    begin = message.find(name)
    if begin < 0:
        if not message.startswith(name[2:]):
            return None
        begin = len(name) - 2
    else:
        begin += len(name)
    end = message.find(b"\r\n", begin)
    value = message[begin:] if end < 0 else message[begin:end]
    if not value or value == b"<unknown>":
        return None
    try:
        return value.decode()  # `decode`, written out: some ten thousand headers are read a second
    except UnicodeDecodeError:
        return decode(value)


def decode(value: bytes) -> str:
    """UTF-8 as Asterisk means it, else GB18030 as Chinese gateways send it."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("gb18030", errors="replace")


def whole_number(text: str | None) -> int | None:
    """A count, cause or number of seconds as Asterisk writes it: at most ten digits; None for anything else."""
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) <= 10 else None
