"""How often one may try to sign in, which names and passwords are accepted, which requests a cookie may make. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError

SESSION_LIFETIME = timedelta(hours=12)
"""One shift, overtime included; then one signs in anew."""

SESSION_IDLE = timedelta(hours=1)
"""A session of which nothing was heard for so long is over. An open wallboard comes back every ten minutes."""
BROWSER_LIFETIME = timedelta(days=180)
"""How long a browser that signed a user in is known as theirs."""
TOKEN_DAYS = 90
MOST_TOKEN_DAYS = 366

ATTEMPT_WINDOW = timedelta(hours=1)
FIRST_PAUSE = timedelta(seconds=1)

BUSY_PAUSE = timedelta(seconds=3)

NOTED_EVERY = timedelta(minutes=1)
"""How exactly is known when a session or token was last used: each moment is a row written."""

SCREEN_COOKIE_LIFETIME = timedelta(days=400)
"""The longest that browsers keep one (RFC 6265bis, 5.6.2); a screen begins anew with its link in any case."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Throttle:
    """How many attempts may fail within ATTEMPT_WINDOW before pauses begin, each twice as long as the one before."""

    free: int
    longest: timedelta


SAME_PLACE = Throttle(free=5, longest=timedelta(minutes=15))
"""One account from one known browser, or from all unknown ones at one address: guessing, whoever does it."""
SAME_ADDRESS = Throttle(free=50, longest=timedelta(minutes=1))
"""Unknown browsers at one address, whatever the account: a whole office can come from one."""
SAME_ACCOUNT = Throttle(free=20, longest=timedelta(seconds=30))
"""Unknown browsers at one account, from wherever. Short, because strangers can cause it; a known browser is spared."""

NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"
LONGEST_DISPLAY_NAME = 80
LOOK_UPS = 30
"""Numbers that an agent may see or look for within LOOK_UP_WINDOW: a day's work, and no list of all callers."""
LOOK_UP_WINDOW = timedelta(hours=1)

GUESSED_WORDS = (
    *(
        "password",
        "passwort",
        "passw0rd",
        "p@ssw0rd",
        "passphrase",
        "welcome",
        "letmein",
        "changeme",
        "secret",
        "login",
    ),
    *("admin", "administrator", "root", "login", "user", "test", "default", "guest", "master", "dragon", "monkey"),
    *(
        "iloveyou",
        "football",
        "baseball",
        "princess",
        "sunshine",
        "superman",
        "trustno1",
        "whatever",
        "starwars",
        "shadow",
    ),
    *("woaini", "mima", "zhongguo", "beijing", "shanghai", "changzhou", "jiangsu"),
    *("hotline", "callcenter", "callcentre", "agent", "supervisor", "consumer", "asterisk", "service", "company"),
)
"""Words that stand on every list of leaked passwords, and those of this trade."""
GUESSED_ROWS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1q2w3e4r5t6y", "qazwsxedc")
FEWEST_LETTERS = 4
"""Different ones that must be left."""

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
"""Hashing a longer one would be work that anybody could order."""

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def check_name(name: str) -> str:
    """A name that may stand in a command, a log line or an address. Raises InputError."""
    if not re.fullmatch(NAME_PATTERN, name):
        raise InputError(
            "A name has 1 to 64 of the characters a-z, 0-9, dot, dash and underscore.", code=ErrorCode.INVALID_USER_NAME
        )
    return name


def check_display_name(name: str | None) -> str | None:
    """What people call the user, as it is printed; blanks around it are left out. Raises InputError."""
    if name is None:
        return None
    shown = name.strip()
    if not 1 <= len(shown) <= LONGEST_DISPLAY_NAME or not shown.isprintable():
        raise InputError(
            f"A display name has 1 to {LONGEST_DISPLAY_NAME} printable characters.",
            code=ErrorCode.INVALID_DISPLAY_NAME,
            params={"most": LONGEST_DISPLAY_NAME},
        )
    return shown


def check_password(password: str, *, name: str = "") -> str:
    """Not what everybody tries first (NIST SP 800-63B, 3.1.1.2), for the user of that name. Raises InputError."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InputError(
            f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
            code=ErrorCode.INVALID_PASSWORD_LENGTH,
            params={"least": SHORTEST_PASSWORD, "most": LONGEST_PASSWORD},
        )
    if is_easily_guessed(password, name=name):
        raise InputError(
            "The password is easily guessed: take several words that have nothing to do with each other.",
            code=ErrorCode.EASY_PASSWORD,
        )
    return password


def is_easily_guessed(password: str, *, name: str) -> bool:
    """Whether hardly anything is left of a password without digits, signs, repetitions and words that all try."""
    text = password.casefold()
    words = sorted((*GUESSED_WORDS, name.casefold()), key=len, reverse=True)
    for word in words:
        if len(word) > 1:
            text = text.replace(word, "")
    for row in GUESSED_ROWS:
        for length in range(len(row), 3, -1):
            for begin in range(len(row) - length + 1):
                part = row[begin : begin + length]
                text = text.replace(part, "").replace(part[::-1], "")
    return len({sign for sign in text if not sign.isdigit() and sign.isalnum()}) < FEWEST_LETTERS


def find_pause_end(attempts: list[datetime], throttle: Throttle) -> datetime | None:
    """Until when no attempt is taken, None where there is no pause; `attempts` are of the window, oldest first."""
    over = len(attempts) - throttle.free
    if over < 0:
        return None
    return attempts[-1] + min(throttle.longest, FIRST_PAUSE * (1 << min(over, 20)))


def place_of(address: str) -> IPv4Address | IPv6Address:
    """What counts as one address: an IPv4 address, or the first of the /64 that one customer of a carrier has.

    What is no address, as a faulty proxy may send it, counts as one as well.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return IPv4Address(0)
    if isinstance(found, IPv4Address):
        return found
    return found.ipv4_mapped or ip_network((found, 64), strict=False).network_address


def lies_in(address: str, networks: Iterable[str]) -> bool:
    """Whether an address is one of these networks'; what is no address is not."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in ip_network(network) for network in networks)


def is_from_own_pages(*, method: str, host: str, origin: str | None, fetch_site: str | None, needs_https: bool) -> bool:
    """Whether a request with a cookie may be obeyed: it reads only, or a page of ours made it.

    Browsers say it in `Sec-Fetch-Site`, older ones in `Origin`; a request with neither is no browser's and should
    come with a token instead.
    """
    if method in _SAFE_METHODS:
        return True
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    return origin is not None and is_own_origin(host=host, origin=origin, needs_https=needs_https)


def is_own_origin(*, host: str, origin: str, needs_https: bool) -> bool:
    """Whether the page that a browser names in `Origin` is one of ours.

    With `needs_https` a page of plain HTTP is not, since whoever is on the way may have written it; on the machine
    itself nobody is.
    """
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.netloc != host or host == "":
        return False
    is_plain_allowed = not needs_https or parts.hostname in _THIS_MACHINE
    return parts.scheme == "https" or (parts.scheme == "http" and is_plain_allowed)
