"""The one tree of errors, split by whose fault it is.

The docstring of a class is its default message: one plain sentence. `code` says the same to programs, and `params` what
they need beside it: an error that can be met in several ways gives its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar

from callcenter.error_codes import ErrorCode

Param = str | int | date | datetime | None


class CallcenterError(Exception):
    """Something in the call centre went wrong."""

    default_code: ClassVar[ErrorCode] = ErrorCode.UNEXPECTED

    def __init__(
        self,
        message: str | None = None,
        *,
        code: ErrorCode | None = None,
        params: Mapping[str, Param] | None = None,
    ) -> None:
        super().__init__(message or type(self).__doc__)
        self.code = code or self.default_code
        self.params = dict(params or {})


class InputError(CallcenterError):
    """What was given to us cannot be used."""

    default_code = ErrorCode.INVALID_INPUT


class UnreadableCapture(InputError):
    """The file is neither an AMI capture nor a CEL file."""

    default_code = ErrorCode.UNREADABLE_CAPTURE


class SettingsError(InputError):
    """A setting is missing or wrong."""

    default_code = ErrorCode.SETTINGS_WRONG


class PbxNotNamedError(InputError):
    """There are several PBXs: name the one that is meant."""

    default_code = ErrorCode.PBX_NOT_NAMED


class PbxError(CallcenterError):
    """The PBX said no or did not answer."""

    default_code = ErrorCode.PBX_UNAVAILABLE


class NoCommandLoginError(PbxError):
    """The PBX has no command login: its setting ami_commands_secret (CALLCENTER_AMI_COMMANDS_SECRET) is not set."""

    default_code = ErrorCode.NO_COMMAND_LOGIN


class ActionRefused(PbxError):
    """The PBX refused to do what it was asked."""

    default_code = ErrorCode.PBX_REFUSED


class LoginRefused(ActionRefused):
    """The PBX refused the login."""

    default_code = ErrorCode.PBX_LOGIN_REFUSED


class ResultUnknown(PbxError):
    """The PBX was asked and did not answer: whether it did it is not known."""

    default_code = ErrorCode.PBX_RESULT_UNKNOWN


class ImpossibleEvent(CallcenterError):
    """An event cannot happen in this state."""


class DatabaseError(CallcenterError):
    """The database cannot be used."""

    default_code = ErrorCode.DATABASE_UNAVAILABLE


class UnavailableError(CallcenterError):
    """What is needed for this does not answer; try again in a moment."""

    default_code = ErrorCode.UNAVAILABLE


class MissingFontError(CallcenterError):
    """No Chinese font is installed; on Debian: apt-get install fonts-wqy-microhei."""

    default_code = ErrorCode.FONT_MISSING


class MissingChartsError(CallcenterError):
    """The script that draws charts was not built; in a checkout run ./scripts/setup."""

    default_code = ErrorCode.CHARTS_MISSING


class ChartError(CallcenterError):
    """A chart could not be drawn."""

    default_code = ErrorCode.CHART_NOT_DRAWN

    def __init__(self, chart: str, reason: str) -> None:
        super().__init__(f"Chart {chart} could not be drawn: {reason}", params={"chart": chart})


class RefusedError(CallcenterError):
    """The request is not allowed."""

    default_code = ErrorCode.REFUSED


class NotSignedInError(RefusedError):
    """Sign in first."""

    default_code = ErrorCode.NOT_SIGNED_IN


class SignInError(RefusedError):
    """The user name or the password is wrong."""

    default_code = ErrorCode.WRONG_CREDENTIALS


class ScreenLinkError(RefusedError):
    """This link shows no screen, or it was revoked."""

    default_code = ErrorCode.SCREEN_LINK_INVALID


class TooManyRequestsError(RefusedError):
    """Too much was asked for; try again later."""

    default_code = ErrorCode.TOO_MANY_REQUESTS

    def __init__(self, *, retry_at: datetime) -> None:
        super().__init__()
        self.retry_at = retry_at


class TooManyAttemptsError(TooManyRequestsError):
    """Too many sign-ins have failed; try again later."""

    default_code = ErrorCode.TOO_MANY_ATTEMPTS


class TooManyStreamsError(TooManyRequestsError):
    """This user has too many live views open; close one."""

    default_code = ErrorCode.TOO_MANY_STREAMS


class NotFoundError(CallcenterError):
    """There is no such thing."""

    default_code = ErrorCode.NOT_FOUND


class UnknownPbxError(NotFoundError):
    """There is no PBX of this name in the settings."""

    default_code = ErrorCode.UNKNOWN_PBX


class ConflictError(CallcenterError):
    """The request does not fit how things stand."""

    default_code = ErrorCode.CONFLICT


class StaleVersionError(CallcenterError):
    """Somebody has changed this since it was read: read it again."""

    default_code = ErrorCode.STALE_VERSION
