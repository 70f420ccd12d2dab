"""Who may do what, how often one may try to sign in, and which requests a cookie may make. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from callcenter.errors import InputError

SESSION_LIFETIME = timedelta(hours=12)
"""One shift, overtime included; then one signs in anew."""

ATTEMPT_WINDOW = timedelta(minutes=15)
ATTEMPTS_PER_USER = 10
ATTEMPTS_PER_ADDRESS = 50
"""Higher than per user: a whole office can come from one address."""

NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
"""Hashing a longer one would be work that anybody could order."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Role(StrEnum):
    """What a user may do; each role includes the ones before it."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"

    def includes(self, role: Role) -> bool:
        """Whether this role may do what `role` may."""
        order = list(Role)
        return order.index(self) >= order.index(role)


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedIn:
    """Who makes a request."""

    user_id: int
    name: str
    role: Role


def check_name(name: str) -> str:
    """A name that may stand in a command, a log line or an address. Raises InputError."""
    if not re.fullmatch(NAME_PATTERN, name):
        raise InputError("A name has 1 to 64 of the characters a-z, 0-9, dot, dash and underscore.")
    return name


def check_password(password: str) -> str:
    """Length is all that is asked for (NIST SP 800-63B, 3.1.1.2). Raises InputError."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InputError(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")
    return password


def find_throttle_end(attempts: list[datetime], limit: int) -> datetime | None:
    """When the next attempt is allowed, None for at once; `attempts` are those within the window, oldest first."""
    if len(attempts) < limit:
        return None
    return attempts[-limit] + ATTEMPT_WINDOW


def is_from_own_pages(*, method: str, host: str, origin: str | None, fetch_site: str | None) -> bool:
    """Whether a request with a cookie may be obeyed: it reads only, or a page of ours made it.

    Browsers tell it in `Sec-Fetch-Site`, older ones in `Origin`; a request with neither is no browser's and should
    come with a token instead.
    """
    if method in _SAFE_METHODS:
        return True
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    return origin is not None and is_own_origin(host=host, origin=origin)


def is_own_origin(*, host: str, origin: str) -> bool:
    """Whether the page that a browser names in `Origin` is one of ours."""
    return urlsplit(origin).netloc == host != ""
