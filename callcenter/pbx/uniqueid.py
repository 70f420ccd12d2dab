"""What a uniqueid says: `systemname-epoch.counter` (main/channel.c), the name being optional.

Channels that we originate get an id of ours: `systemname-epoch.dNUMBER`. Its last part is no whole number, so that it
is never taken for one of Asterisk's own counter. Other programs choose ids of any form (`ChannelId` of AMI's Originate,
ARI), which say nothing about PBX, moment or order, whatever hyphens and dots stand in them.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

_MADE = re.compile(r"(?:(?P<name>.+)-)?(?P<epoch>[0-9]{10})\.(?P<counter>d?[0-9]{1,10})", re.ASCII)
"""An epoch has ten digits from 2001 to 2286."""

BORN_WITHIN = timedelta(hours=16)
"""By how much the second in an id may differ from the moment at which its channel was born, for a program's number not
to be taken for a second. A ledger in local time differs by up to 14 hours."""


@lru_cache(maxsize=4096)
def _parts(uniqueid: str) -> tuple[str | None, int, int | None] | None:
    """Systemname, epoch and counter, the last None for a channel of ours; None for an id of another program."""
    made = _MADE.fullmatch(uniqueid)
    if made is None:
        return None
    counter = made["counter"]
    return made["name"], int(made["epoch"]), None if counter[0] == "d" else int(counter)


def pbx_of(uniqueid: str, *, pbx: str, is_named: bool) -> str:
    """The PBX of a channel that nobody else names: `pbx`, if that is a name somebody gave.

    Else the systemname in front of an id as Asterisk makes them.
    """
    parts = None if is_named else _parts(uniqueid)
    return (parts and parts[0]) or pbx


def systemname_in(uniqueid: str) -> str | None:
    """The systemname in front of an id as Asterisk makes them, None where there is none."""
    parts = _parts(uniqueid)
    return None if parts is None else parts[0]


def epoch_of(uniqueid: str) -> int | None:
    """The second of birth, from the PBX's clock."""
    parts = _parts(uniqueid)
    return None if parts is None else parts[1]


def originated_id(pbx: str, epoch: int, number: int) -> str:
    """The uniqueid for a channel that we are about to originate; `number` is never used twice."""
    return f"{pbx}-{epoch}.d{number}"


def birth_of(uniqueid: str, born_at: datetime, *, pbx: str) -> tuple[int, int] | None:
    """The second of birth, and the running number since the PBX started, which begins at 0 with every start.

    None for an id that Asterisk did not make: of another form, with another name than the PBX's in front, or with
    something else than a moment near the channel's birth.
    """
    parts = _parts(uniqueid)
    if parts is None or parts[0] not in (None, pbx) or parts[2] is None:
        return None
    if abs(born_at.timestamp() - parts[1]) > BORN_WITHIN.total_seconds():
        return None
    return parts[1], parts[2]
