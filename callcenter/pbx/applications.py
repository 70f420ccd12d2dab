"""Names of dialplan applications that say something about a call's fate.

Asterisk finds an application whatever the case (pbx_findapp), and what a dialplan, a database back end or a log writes
is not always the registered name: here `QUEUE` and `Voicemail` become `Queue` and `VoiceMail`, and nobody behind this
compares anything else.
"""

from __future__ import annotations

WATCHED_APPLICATIONS = frozenset(
    ("Queue", "Dial", "VoiceMail", "AgentLogin", "Hangup", "Busy", "Congestion", "Transfer")
)
"""Their start says something about the call's fate."""

DIALLING_APPLICATIONS = frozenset(("AppQueue", "AppDial", "AppDial2"))
"""What stands as the application of a leg that Queue(), Dial() or Originate rang."""

_WATCHED = {name.lower(): name for name in WATCHED_APPLICATIONS}
_DIALLING = {name.lower(): name for name in DIALLING_APPLICATIONS}
_WATCHED_BYTES = frozenset(name.encode() for name in _WATCHED)


def watched_application(name: str | None) -> str | None:
    """The registered name of a watched application, None for any other."""
    return None if name is None else _WATCHED.get(name.lower())


def dialling_application(name: str) -> str | None:
    """The registered name of what rang a leg, None where nothing did."""
    return _DIALLING.get(name.lower())


def is_watched(name: bytes) -> bool:
    """The same of a name that is not decoded yet, at the least cost."""
    return name.lower() in _WATCHED_BYTES
