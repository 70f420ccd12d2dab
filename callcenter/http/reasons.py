"""Why a user does something that is written down: the request header X-Reason.

A reason never stands in an address: addresses end in the logs of proxies.
"""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Header

from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError

_REASON = re.compile(r"(?=.*\S)[^\x00-\x1f\x7f]{2,200}")


def read_reason(
    x_reason: Annotated[
        str | None,
        Header(
            max_length=2000,
            description="Why, in 2 to 200 characters of any language, as percent-encoded UTF-8. It is logged.",
        ),
    ] = None,
) -> str | None:
    """The reason that the request gives, None without one. Raises InputError."""
    if x_reason is None:
        return None
    try:
        reason = unquote(x_reason, errors="strict") if x_reason.isascii() else ""
    except UnicodeDecodeError:
        reason = ""
    if not _REASON.fullmatch(reason):
        raise InputError("X-Reason is 2 to 200 characters as percent-encoded UTF-8.", code=ErrorCode.REASON_REQUIRED)
    return reason


def require_reason(reason: Annotated[str | None, Depends(read_reason)]) -> str:
    """The same where there must be one. Raises InputError."""
    if reason is None:
        raise InputError("Say why in the header X-Reason.", code=ErrorCode.REASON_REQUIRED)
    return reason


PossibleReason = Annotated[str | None, Depends(read_reason)]
Reason = Annotated[str, Depends(require_reason)]
