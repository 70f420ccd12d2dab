"""AMI events to facts: what app_queue.c reports of a caller in a queue and of the members it rings."""

from __future__ import annotations

from datetime import datetime

from callcenter.pbx import facts as f
from callcenter.pbx.ami_context import AmiLink
from callcenter.pbx.wire import DEST_UNIQUEID, QUEUE, UNIQUEID, header, whole_number


def queue_joined(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """QueueCallerJoin."""
    uniqueid = header(message, UNIQUEID)
    queue = header(message, QUEUE)
    if uniqueid is None or queue is None:
        return []
    return [
        *link.introduce(message, at, uniqueid),
        f.QueueJoined(
            at=at,
            is_timed=link.is_timed,
            uniqueid=uniqueid,
            queue=queue,
            position=whole_number(header(message, b"\r\nPosition: ")),
        ),
    ]


def queue_left(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """QueueCallerLeave."""
    uniqueid = header(message, UNIQUEID)
    if uniqueid is None:
        return []
    return [f.QueueLeft(at=at, is_timed=link.is_timed, uniqueid=uniqueid, queue=header(message, QUEUE))]


def queue_abandoned(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """QueueCallerAbandon."""
    uniqueid = header(message, UNIQUEID)
    if uniqueid is None:
        return []
    return [f.QueueAbandoned(at=at, is_timed=link.is_timed, uniqueid=uniqueid, queue=header(message, QUEUE))]


def member_called(link: AmiLink, message: bytes, at: datetime) -> list[f.Fact]:
    """AgentCalled: the caller is the channel, the member the destination."""
    member = header(message, DEST_UNIQUEID)
    caller = header(message, UNIQUEID)
    if member is None or caller is None:
        return []
    return [
        f.MemberCalled(
            at=at,
            is_timed=link.is_timed,
            uniqueid=member,
            caller=caller,
            queue=header(message, QUEUE) or "",
            interface=header(message, b"\r\nInterface: ") or "",
        )
    ]
