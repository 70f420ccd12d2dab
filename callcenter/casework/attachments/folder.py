"""Kept files on the disk: `ab/abcd…`, by their SHA-256, written whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from callcenter.errors import UnavailableError
from callcenter.settings import Settings

_PIECE = 1 << 20
_UNFINISHED = ".unfinished-"
_HASH = re.compile(r"[0-9a-f]{64}")


def kept_folder(settings: Settings) -> Path:
    """Where all of them lie."""
    return settings.data_dir / "attachments"


def keep_file(folder: Path, file: BinaryIO, sha256: str) -> None:
    """Have this file on the disk, once; one that was damaged there is written anew. Raises UnavailableError."""
    path = _path_of(folder, sha256)
    try:
        if path.is_file() and hash_file(path) == sha256:
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_UNFINISHED)
        unfinished = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as target:
                file.seek(0)
                shutil.copyfileobj(file, target, _PIECE)
                target.flush()
                os.fsync(target.fileno())
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        for parent in (path.parent, folder):
            _write_through(parent)
    except OSError as error:
        raise UnavailableError(f"The file cannot be kept: {error.strerror}.") from error


def open_kept(folder: Path, sha256: str) -> BinaryIO | None:
    """The file, open at its begin; None where it is gone or another one than was kept."""
    path = _path_of(folder, sha256)
    try:
        if hash_file(path) != sha256:
            return None
        return path.open("rb")
    except OSError:
        return None


def remove_kept(folder: Path, sha256: str) -> None:
    """Remove it, if it is there. Raises UnavailableError."""
    path = _path_of(folder, sha256)
    try:
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            _write_through(path.parent)
    except OSError as error:
        raise UnavailableError(f"The file cannot be removed: {error.strerror}.") from error


def hash_file(path: Path) -> str:
    """Its SHA-256. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def list_kept(folder: Path) -> Iterator[tuple[str, int, float]]:
    """Hash, size in bytes and time, in seconds since 1970, of every file that lies there, whole ones only."""
    for path in folder.glob("*/*"):
        if _HASH.fullmatch(path.name):
            with contextlib.suppress(FileNotFoundError):
                found = path.stat()
                yield path.name, found.st_size, found.st_mtime


def remove_unfinished(folder: Path, *, older_than: float) -> None:
    """What writers who died have left; `older_than` is in seconds since 1970."""
    for path in folder.glob(f"*/{_UNFINISHED}*"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < older_than:
                path.unlink()


def _path_of(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / sha256


def _write_through(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
