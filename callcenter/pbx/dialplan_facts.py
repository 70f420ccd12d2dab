"""Facts that the dialplan reports: what a caller heard, asked for or left, which Asterisk itself has no event for.

Our own dialplan says them by UserEvent (AMI) and CELGenUserEvent (CEL); a mailbox shows by VoiceMail() too.
"""

from __future__ import annotations

from datetime import timedelta

from callcenter.pbx.facts import ChannelFact
from callcenter.values import value


@value
class VoicemailStarted(ChannelFact):
    """The caller reached a mailbox."""

    mailbox: str


@value
class VoicemailLeft(ChannelFact):
    """What came of the mailbox: `has_message`, and the file if there is one."""

    has_message: bool
    mailbox: str | None = None
    file: str | None = None
    duration: timedelta | None = None


@value
class AfterHoursAnnounced(ChannelFact):
    """The caller heard that the office is closed (our dialplan's AfterHours event)."""


@value
class EmergencyRequested(ChannelFact):
    """The caller asked for the people on duty while the office is closed (our dialplan's EmergencyRequested event)."""


@value
class EmergencyUnanswered(ChannelFact):
    """All of those on duty were rung and none accepted (our dialplan's EmergencyUnanswered event)."""


@value
class RefusedForCallingTooOften(ChannelFact):
    """The brake refused the caller: their number had called too often (our dialplan's TooManyCalls event)."""


@value
class SentBack(ChannelFact):
    """The caller's partner was gone, and our dialplan put them back into a queue (its SentBack event)."""
