"""The bytes to measure with: all ordinary recorded calls over and over, each time as new calls of the same PBX."""

from __future__ import annotations

import re

from hotline_demo.captured import Recording, recordings

_UNIQUEID = re.compile(rb"pbx1-(\d+)\.(\d+)")
_SERIAL = re.compile(rb"(/[^\s\"]*?-)([0-9a-f]{8})\b")

CHANNELS_A_ROUND = 1000


def ami_stream(rounds: int) -> bytes:
    """AMI events of every recording, `rounds` times, with ever new channels."""
    parts: list[bytes] = []
    for number in range(rounds):
        for index, recording in enumerate(_ordinary()):
            parts.append(as_new_calls(recording.events, (number * 100 + index + 1) * CHANNELS_A_ROUND))
    return b"".join(parts)


def cel_stream(rounds: int) -> bytes:
    """The ledgers of the same calls."""
    return b"".join(
        as_new_calls(recording.ledger, (number * 100 + index + 1) * CHANNELS_A_ROUND)
        for number in range(rounds)
        for index, recording in enumerate(_ordinary())
    )


def _ordinary() -> list[Recording]:
    """No attacks, which are no load, and no shutdown, at which the peer ends its connection."""
    others = ("hostile_", "asterisk_restarted_")
    return [recording for recording in recordings() if not recording.name.startswith(others)]


def as_new_calls(data: bytes, offset: int) -> bytes:
    """The same calls with other channels."""
    data = _UNIQUEID.sub(lambda found: b"pbx1-%s.%d" % (found[1], int(found[2]) + offset), data)
    return _SERIAL.sub(lambda found: found[1] + b"%08x" % (int(found[2], 16) + offset), data)
