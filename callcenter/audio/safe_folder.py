"""Files below a folder that others write into: never by way of a symbolic link, never outside of it."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from callcenter.errors import InputError

_STRICT = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""Without O_NONBLOCK, opening a pipe would wait for its other end."""


class OutsideFolder(InputError):
    """The path does not name a file inside its folder."""


@contextmanager
def open_inside(root: Path, relative: str, *, for_writing: bool = False) -> Iterator[int]:
    """A descriptor of the file. Raises OutsideFolder, and OSError where there is none."""
    descriptor = open_file(root, relative, os.O_RDWR if for_writing else os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def list_inside(root: Path, relative: str) -> list[str]:
    """Names of what lies in a folder; empty where there is no such folder. Raises OSError without `root` itself."""
    root.stat()
    try:
        with _folder(root, _parts(relative)) as folder:
            return sorted(os.listdir(folder))  # noqa: PTH208 - a path would lead by way of links
    except FileNotFoundError:
        return []


def remove_inside(root: Path, relative: str, *, with_empty_folders: bool = False) -> None:
    """Remove a file. Nothing happens where it is gone already."""
    parts = _parts(relative)
    with suppress(FileNotFoundError), _folder(root, parts[:-1]) as folder:
        os.unlink(parts[-1], dir_fd=folder)
        os.fsync(folder)
    if with_empty_folders:
        for depth in range(len(parts) - 1, 0, -1):
            with suppress(OSError), _folder(root, parts[: depth - 1]) as folder:
                os.rmdir(parts[depth - 1], dir_fd=folder)


def open_file(root: Path, relative: str, flags: int = os.O_RDONLY) -> int:
    """The same for somebody who closes it himself."""
    parts = _parts(relative)
    with _folder(root, parts[:-1]) as folder:
        descriptor = _open(parts[-1], flags, folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OutsideFolder
    return descriptor


@contextmanager
def _folder(root: Path, parts: list[str]) -> Iterator[int]:
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts:
            inner = _open(part, os.O_RDONLY | os.O_DIRECTORY, descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _open(name: str, flags: int, folder: int) -> int:
    try:
        return os.open(name, flags | _STRICT, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EISDIR):
            raise OutsideFolder from None
        raise


def _parts(relative: str) -> list[str]:
    parts = relative.split("/")
    if "\0" in relative or not all(part and part not in (".", "..") for part in parts):
        raise OutsideFolder
    return parts
