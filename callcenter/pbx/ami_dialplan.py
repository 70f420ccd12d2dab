"""AMI events to facts: what the dialplan does with a channel, and what our own says of it in user events.

Most of what Asterisk reports is of this kind and decides nothing; `is_idle_variable` and `is_idle_step` say so at the
least cost, before the message is taken apart.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from callcenter.pbx import dialplan_facts as d
from callcenter.pbx import facts as f
from callcenter.pbx.ami_channels import caller_identified
from callcenter.pbx.ami_context import AmiLink
from callcenter.pbx.applications import is_watched, watched_application
from callcenter.pbx.channel_names import PLACELESS_EXTENS
from callcenter.pbx.wire import EXTEN, QUEUE, UNIQUEID, header, whole_number

_WATCHED_VARIABLES = frozenset((b"QUEUESTATUS", b"DIALSTATUS", b"VM_MESSAGEFILE"))

_VARIABLE = b"\r\nVariable: "
_APPLICATION = b"\r\nApplication: "


def is_idle_variable(_link: AmiLink, message: bytes) -> bool:
    """VarSet: whether nobody needs the variable."""
    begin = message.rfind(_VARIABLE)
    if begin < 0:
        return False
    begin += len(_VARIABLE)
    return message[begin : message.find(b"\r\n", begin)] not in _WATCHED_VARIABLES


def is_idle_step(link: AmiLink, message: bytes) -> bool:
    """Newexten: whether the application decides nothing, and nothing is awaited of the channel."""
    begin = message.find(_APPLICATION)
    if begin < 0:
        return False
    begin += len(_APPLICATION)
    if is_watched(message[begin : message.find(b"\r\n", begin)]):
        return False
    if not link.undialled and not link.unnumbered:
        return True
    uniqueid = header(message, UNIQUEID)
    return uniqueid not in link.undialled and uniqueid not in link.unnumbered


def application_started(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """Newexten: an application begins, on the way of the channel through the dialplan."""
    uniqueid = header(message, UNIQUEID)
    if uniqueid is None:
        return []
    found: list[f.Fact] = []
    if uniqueid in link.unnumbered:
        found += caller_identified(link, message, at)
        link.unnumbered.discard(uniqueid)
    application = watched_application(header(message, _APPLICATION))
    if uniqueid in link.undialled:
        exten = header(message, b"\r\nExtension: ") or header(message, EXTEN)
        if exten is not None and exten not in PLACELESS_EXTENS:
            link.undialled.discard(uniqueid)
            found.append(f.ChannelDialed(at=at, is_timed=link.is_timed, uniqueid=uniqueid, exten=exten))
    if application is not None:
        data = header(message, b"\r\nAppData: ") or ""
        found += link.introduce(message, at, uniqueid)
        found.append(f.AppStarted(at=at, is_timed=link.is_timed, uniqueid=uniqueid, application=application, data=data))
        if application == "VoiceMail":
            mailbox = data.partition(",")[0].partition("&")[0]
            found.append(d.VoicemailStarted(at=at, is_timed=link.is_timed, uniqueid=uniqueid, mailbox=mailbox))
    return found


def variable_set(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """VarSet."""
    variable = header(message, _VARIABLE)
    uniqueid = header(message, UNIQUEID)
    value = header(message, b"\r\nValue: ")
    if uniqueid is None or value is None:
        return []
    if variable == "QUEUESTATUS":
        return [f.QueueStatusSet(at=at, is_timed=link.is_timed, uniqueid=uniqueid, queue=None, status=value)]
    if variable == "DIALSTATUS":
        return [f.DialStatusSet(at=at, is_timed=link.is_timed, uniqueid=uniqueid, status=value)]
    if variable == "VM_MESSAGEFILE":
        return [d.VoicemailLeft(at=at, is_timed=link.is_timed, uniqueid=uniqueid, has_message=True, file=value)]
    return []


def user_event(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """UserEvent, as our own dialplan sends it."""
    uniqueid = header(message, UNIQUEID)
    if uniqueid is None:
        return []
    name = header(message, b"\r\nUserEvent: ")
    if name == "QueueExit":
        status = header(message, b"\r\nStatus: ")
        if status is None:
            return []
        queue = header(message, QUEUE)
        return [f.QueueStatusSet(at=at, is_timed=link.is_timed, uniqueid=uniqueid, queue=queue, status=status)]
    if name == "AfterHours":
        return [d.AfterHoursAnnounced(at=at, is_timed=link.is_timed, uniqueid=uniqueid)]
    if name == "EmergencyRequested":
        return [d.EmergencyRequested(at=at, is_timed=link.is_timed, uniqueid=uniqueid)]
    if name == "EmergencyUnanswered":
        return [d.EmergencyUnanswered(at=at, is_timed=link.is_timed, uniqueid=uniqueid)]
    if name == "TooManyCalls":
        return [d.RefusedForCallingTooOften(at=at, is_timed=link.is_timed, uniqueid=uniqueid)]
    if name == "SentBack":
        return [d.SentBack(at=at, is_timed=link.is_timed, uniqueid=uniqueid)]
    if name == "VoicemailExit":
        return [
            voicemail_exit(
                at,
                link.is_timed,
                uniqueid,
                header(message, b"\r\nFile: "),
                header(message, b"\r\nSeconds: "),
            )
        ]
    return []


def voicemail_exit(
    at: datetime, is_timed: bool, uniqueid: str, file: str | None, seconds: str | None
) -> d.VoicemailLeft:
    """What our own dialplan says after VoiceMail(): a file when a message was left, and its length."""
    length = whole_number(seconds)
    duration = None if length is None else timedelta(seconds=length)
    return d.VoicemailLeft(
        at=at,
        is_timed=is_timed,
        uniqueid=uniqueid,
        has_message=file is not None,
        file=file,
        duration=duration if file is not None else None,
    )
