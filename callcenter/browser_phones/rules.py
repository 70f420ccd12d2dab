"""How long a phone is somebody's, what it registers with, and which PBX can have such phones. Pure."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from callcenter.agents.rules import Seat

REALM = "hotline"
"""Of every login, as `[write-phone]` of extensions.conf writes it."""

LEASE = timedelta(hours=1)
"""A page asks for a new login after half of it, between two calls."""

OLDEST_ASTERISK = 22
"""An older one shows what makes a login to those who listen to its events."""

_VERSION = re.compile(r"(\d+)\.\d+")
_BUSY = frozenset({"INUSE", "BUSY", "RINGING", "RINGINUSE", "ONHOLD"})


@dataclass(frozen=True, kw_only=True, slots=True)
class PhoneLease:
    """The phone of a seat is one user's, in one browser, for a time."""

    seat: Seat
    user_id: int
    user: str
    holder: bytes
    """The hash of the secret of the session, or of the token, that has it."""
    began_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SipLogin:
    """What a phone registers with. The secret behind it is known to nobody, not even to us."""

    login: str
    ha1: str = field(repr=False)
    """The digest of login, realm and secret (RFC 2617, 3.2.2.2): whoever has it can register."""


def make_login() -> SipLogin:
    """A new one, that cannot be guessed."""
    login = secrets.token_hex(8)
    digest = hashlib.md5(f"{login}:{REALM}:{secrets.token_hex(16)}".encode(), usedforsecurity=False)
    return SipLogin(login=login, ha1=digest.hexdigest())


def can_have_phones(version: str) -> bool:
    """Whether an Asterisk of this version can keep logins secret; one that does not say so is not trusted."""
    found = _VERSION.search(version)
    return found is not None and int(found[1]) >= OLDEST_ASTERISK


def is_in_call(device_state: str) -> bool:
    """By what Asterisk says of the device (main/devicestate.c)."""
    return device_state in _BUSY
