"""Writing a copy of a sound file whole, or not at all."""

from __future__ import annotations

import errno
import os

_PIECE = 1 << 20


def copy_whole(source: int, target: int) -> None:
    """Copy one open file into another, empty one. Raises OSError where there is no room for all of it.

    The room is asked for before the first byte: on a disk that is nearly full a write may take a part only.
    """
    size = os.fstat(source).st_size
    if size:
        os.posix_fallocate(target, 0, size)
    place = 0
    while piece := os.pread(source, _PIECE, place):
        write_all(target, piece, place)
        place += len(piece)
    os.ftruncate(target, place)


def write_all(descriptor: int, content: bytes, place: int) -> None:
    """Write all of it at that place; a write may take less than it was given. Raises OSError."""
    rest = memoryview(content)
    while rest:
        written = os.pwrite(descriptor, rest, place)
        if written == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rest, place = rest[written:], place + written
