"""AMI events to facts: the life of one channel, from its birth to its end."""

from __future__ import annotations

import re
from datetime import datetime

from callcenter.pbx import facts as f
from callcenter.pbx.ami_context import AmiLink
from callcenter.pbx.channel_names import PLACELESS_EXTENS, is_local
from callcenter.pbx.wire import CALLER_NUMBER, CAUSE, CHANNEL, CONTEXT, EXTEN, LINKEDID, UNIQUEID, header, whole_number

CALLER_NAME = b"\r\nCallerIDName: "

_STATE = b"\r\nChannelState: "
_UP = "6"
"""AST_STATE_UP of channelstate.h."""
_IS_UP = _STATE + _UP.encode()

_ESCAPED = re.compile(r"\\([abfnrtv\\'\"?])")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def channel_started(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """Newchannel."""
    uniqueid = header(message, UNIQUEID)
    channel = header(message, CHANNEL)
    if uniqueid is None or channel is None:
        return [f.Damaged(at=at, reason="Newchannel without a channel")]
    exten = header(message, EXTEN)
    link.introduced.add(uniqueid)
    if exten in PLACELESS_EXTENS and not is_local(channel):
        link.undialled.add(uniqueid)
    linkedid, caller_number = header(message, LINKEDID), header(message, CALLER_NUMBER)
    if caller_number is None and linkedid in (uniqueid, None) and not is_local(channel):
        link.unnumbered.add(uniqueid)
    return [
        f.ChannelStarted(
            at=at,
            is_timed=link.is_timed,
            uniqueid=uniqueid,
            linkedid=linkedid,
            channel=channel,
            caller_number=caller_number,
            caller_name=_unescaped(header(message, CALLER_NAME)),
            exten=exten,
            context=header(message, CONTEXT),
            pbx=header(message, b"\r\nSystemName: "),
        )
    ]


def is_idle_state(_link: AmiLink, message: bytes) -> bool:
    """Newstate: of all states only Up says something. One without a Linkedid may be broken, and is looked at."""
    return not message.startswith(_IS_UP, message.find(_STATE)) and LINKEDID in message


def state_changed(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """Newstate: the channel is up."""
    uniqueid = header(message, UNIQUEID)
    if uniqueid is None or header(message, _STATE) != _UP:
        return []
    return [
        *link.introduce(message, at, uniqueid),
        f.ChannelAnswered(at=at, is_timed=link.is_timed, uniqueid=uniqueid),
    ]


def caller_identified(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """NewCallerid, or the first application of the dialplan: who calls, where the birth had not said it."""
    uniqueid = header(message, UNIQUEID)
    number = header(message, CALLER_NUMBER)
    if uniqueid is None or number is None or uniqueid not in link.unnumbered:
        return []
    link.unnumbered.discard(uniqueid)
    return [
        f.CallerIdentified(
            at=at,
            is_timed=link.is_timed,
            uniqueid=uniqueid,
            caller_number=number,
            caller_name=_unescaped(header(message, CALLER_NAME)),
        )
    ]


def channel_renamed(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """Rename."""
    uniqueid = header(message, UNIQUEID)
    name = header(message, b"\r\nNewname: ")
    if uniqueid is None or name is None:
        return []
    return [f.ChannelRenamed(at=at, is_timed=link.is_timed, uniqueid=uniqueid, channel=name)]


def hangup_requested(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """HangupRequest."""
    uniqueid = header(message, UNIQUEID)
    if uniqueid is None:
        return []
    return [f.HangupRequested(at=at, is_timed=link.is_timed, uniqueid=uniqueid)]


def hung_up(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """Hangup: the channel is forgotten."""
    uniqueid = header(message, UNIQUEID)
    if uniqueid is None:
        return [f.Damaged(at=at, reason="Hangup without a channel")]
    seen = link.introduce(message, at, uniqueid)
    link.introduced.discard(uniqueid)
    link.undialled.discard(uniqueid)
    link.unnumbered.discard(uniqueid)
    return [
        *seen,
        f.ChannelHungUp(
            at=at,
            is_timed=link.is_timed,
            uniqueid=uniqueid,
            cause=whole_number(header(message, CAUSE)),
        ),
    ]


def _unescaped(name: str | None) -> str | None:
    """A display name as it was before the manager escaped it (ast_escape_c): `O\\'Brien` is O'Brien."""
    if name is None or "\\" not in name:
        return name
    return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), name)
