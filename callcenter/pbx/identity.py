"""What a uniqueid says: `systemname-epoch.counter` (main/channel.c), the name being optional."""

from __future__ import annotations


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
    if epoch.isascii() and epoch.isdigit() and counter.isascii() and counter.isdigit():
        return int(epoch), int(counter)
    return None
