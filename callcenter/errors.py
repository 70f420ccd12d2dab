"""The one tree of errors, split by whose fault it is.

The docstring of a class is its default message: one plain sentence.
"""

from __future__ import annotations

from datetime import datetime


class CallcenterError(Exception):
    """Something in the call centre went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class InputError(CallcenterError):
    """What was given to us cannot be used."""


class UnreadableCapture(InputError):
    """The file is neither an AMI capture nor a CEL file."""


class SettingsError(InputError):
    """A setting is missing or wrong."""


class PbxError(CallcenterError):
    """The PBX said no or did not answer."""


class ActionRefused(PbxError):
    """The PBX refused to do what it was asked."""


class LoginRefused(ActionRefused):
    """The PBX refused the login."""


class ResultUnknown(PbxError):
    """The PBX was asked and did not answer: whether it did it is not known."""


class ImpossibleEvent(CallcenterError):
    """An event cannot happen in this state."""


class DatabaseError(CallcenterError):
    """The database cannot be used."""


class MissingFontError(CallcenterError):
    """No Chinese font is installed; on Debian: apt-get install fonts-wqy-microhei."""


class RefusedError(CallcenterError):
    """The request is not allowed."""


class NotSignedInError(RefusedError):
    """Sign in first."""


class SignInError(RefusedError):
    """The user name or the password is wrong."""


class TooManyRequestsError(RefusedError):
    """Too much was asked for; try again later."""

    def __init__(self, *, retry_at: datetime) -> None:
        super().__init__()
        self.retry_at = retry_at


class TooManyAttemptsError(TooManyRequestsError):
    """Too many sign-ins have failed; try again later."""


class TooManyStreamsError(TooManyRequestsError):
    """This user has too many live views open; close one."""


class NotFoundError(InputError):
    """There is no such thing."""


class ConflictError(InputError):
    """There is one already."""
