"""What a uniqueid says: `systemname-epoch.counter` (main/channel.c), the name being optional.

Channels that we originate get an id of ours: `systemname-epoch.dNUMBER`. Its last part is no whole number, so that it
is never taken for one of Asterisk's own counter.
"""

from __future__ import annotations

from callcenter.pbx.wire import whole_number


def pbx_of(uniqueid: str) -> str | None:
    """The systemname in front of a uniqueid, None where none is set."""
    return uniqueid.rpartition("-")[0] or None


def epoch_of(uniqueid: str) -> int | None:
    """The second of birth, from the PBX's clock."""
    epoch, dot, _ = uniqueid.rpartition("-")[2].partition(".")
    return whole_number(epoch) if dot else None


def originated_id(pbx: str, epoch: int, number: int) -> str:
    """The uniqueid for a channel that we are about to originate; `number` is never used twice."""
    return f"{pbx}-{epoch}.d{number}"


def birth_of(uniqueid: str) -> tuple[int, int] | None:
    """The second of birth, and the running number since the PBX started, which begins at 0 with every start."""
    epoch, _, counter = uniqueid.rpartition("-")[2].partition(".")
    second, number = whole_number(epoch), whole_number(counter)
    return None if second is None or number is None else (second, number)
