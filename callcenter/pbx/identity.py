"""What a uniqueid says: `systemname-epoch.counter` (main/channel.c), the name being optional."""

from __future__ import annotations

from callcenter.pbx.wire import whole_number


def pbx_of(uniqueid: str) -> str | None:
    """The systemname in front of a uniqueid, None where none is set."""
    return uniqueid.rpartition("-")[0] or None


def epoch_of(uniqueid: str) -> int | None:
    """The second of birth, from the PBX's clock."""
    birth = birth_of(uniqueid)
    return None if birth is None else birth[0]


def birth_of(uniqueid: str) -> tuple[int, int] | None:
    """The second of birth, and the running number since the PBX started, which begins at 0 with every start."""
    epoch, _, counter = uniqueid.rpartition("-")[2].partition(".")
    second, number = whole_number(epoch), whole_number(counter)
    return None if second is None or number is None else (second, number)
