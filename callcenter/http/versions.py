"""Which version of a thing a request changes: the header If-Match (RFC 9110, 13.1.1), as `"3"`.

Of two people who change the same thing the second learns that what they saw is no longer so.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header

from callcenter.errors import StaleVersionError


def read_version(
    if_match: Annotated[
        str,
        Header(pattern=r'^"[1-9][0-9]{0,8}"$', description='The `version` that was read, in quotes: `"3"`.'),
    ],
) -> int:
    """The version that the request knows."""
    return int(if_match.strip('"'))


AskedVersion = Annotated[int, Depends(read_version)]


def check_version(asked: int, current: int) -> None:
    """Raises StaleVersionError."""
    if asked != current:
        raise StaleVersionError(params={"version": current})
