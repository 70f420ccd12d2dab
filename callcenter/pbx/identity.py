"""What a uniqueid says: `systemname-epoch.counter` (main/channel.c), the name being optional."""

from __future__ import annotations


def pbx_of(uniqueid: str) -> str | None:
    """The systemname in front of a uniqueid, None where none is set."""
    return uniqueid.rpartition("-")[0] or None


def epoch_of(uniqueid: str) -> int | None:
    """The second of birth, from the PBX's clock."""
    epoch = uniqueid.rpartition("-")[2].partition(".")[0]
    return int(epoch) if epoch.isascii() and epoch.isdigit() else None


def counter_of(uniqueid: str) -> int | None:
    """The running number since the PBX started; it begins at 0 with every start."""
    counter = uniqueid.rpartition("-")[2].partition(".")[2]
    return int(counter) if counter.isascii() and counter.isdigit() else None
