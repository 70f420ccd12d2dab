"""The ledger: follows the CEL file that Asterisk keeps on its own disk, through every rotation.

How a file is known again: by its first bytes. The first row holds a moment in microseconds
and a uniqueid, so they are the file's own wherever logrotate moves or copies it, and what
stands at the path after a rotation begins differently. Asterisk opens the file anew for
every row (cel_custom.c), so a file can get no more rows once the next one has some.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from callcenter.pbx.cel_file import CHUNK, LedgerBatch, LedgerFile, LedgerPosition
from callcenter.pbx.cel_rows import cut_rows, leave_out_silent, length_of, parse_rows

__all__ = ["CHUNK", "CelFile", "LedgerBatch", "LedgerPosition", "read_cel_rows"]

READ_AT_ONCE = 32 * 1024
"""Bytes: so little that its rows are still in the processor's cache when they are used."""

_ROTATED = re.compile(r"[.-]\d[\d.-]*")
"""What logrotate adds to a name: `.1`, `-20261123`, `-20261123-1795461666`. Not `.1.gz`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """A file in the folder, as it was when the folder was looked at."""

    path: Path
    inode: tuple[int, int]
    size: int
    modified_ns: int


class CelFile:
    """One PBX's CEL file. Never waits: the caller asks again, every 50 ms or so."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: LedgerFile | None = None
        self._quiet: tuple[object, LedgerPosition | None, bool] | None = None

    def close(self) -> None:
        """Let go of the file; a later `read` opens it again."""
        self._keep(None)

    def has_changed_since(self, moment: datetime) -> bool:
        """Whether anything was written, made or deleted here, as far as the disk knows."""
        changed = self.path.parent.stat().st_mtime
        with suppress(FileNotFoundError):
            changed = max(changed, self.path.stat().st_mtime)
        return changed >= moment.timestamp()

    def read(
        self, position: LedgerPosition | None, max_rows: int = 10_000, *, until: LedgerPosition | None = None
    ) -> LedgerBatch:
        """The rows behind `position`, at most `max_rows` of them; None begins with the oldest row on disk.

        A batch ends at `until` rather than going past it.

        Raises nothing for what can happen to a file: an unreadable one is a batch with a
        `problem`; rows out of reach (compressed, deleted) are a `problem` too as long as
        nothing stands behind them, and a `gap` in front of the first row that does.
        """
        try:
            mark = self._mark()
            if self._quiet is not None and self._quiet[:2] == (mark, position):
                return LedgerBatch(rows=[], position=position, at_end=True, is_awaited=self._quiet[2])
            batch = self._read(position, max_rows, until)
        except OSError as error:
            self._quiet = None
            problem = f"{self.path} cannot be read: {error.strerror}."
            return LedgerBatch(rows=[], position=position, at_end=True, problem=problem)
        is_quiet = batch.at_end and batch.problem is None
        self._quiet = (mark, batch.position, batch.is_awaited) if is_quiet else None
        return batch

    def _mark(self) -> object:
        """Changes whenever there may be something to read: one look at the disk."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return self.path.parent.stat().st_mtime_ns
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns

    def _read(self, position: LedgerPosition | None, max_rows: int, until: LedgerPosition | None) -> LedgerBatch:
        files = self._list_files()
        if position is None:
            return self._read_first(files, None, max_rows, until)
        opened = self._open_at(files, position)
        if opened is None:
            unread = [file for file in files if self._is_behind(file, position.modified_ns)]
            gap = "The file that was being read is out of reach: deleted, cut short, replaced or compressed."
            return self._read_first(unread, position, max_rows, until, gap=gap)
        newer = self._list_newer(files, opened)
        batch = opened.read(position, max_rows, until=until)
        if batch.position != position:
            return replace(batch, at_end=batch.at_end and not newer)
        has_torn_row = opened.size > position.offset
        return self._read_first(newer, position, max_rows, until, damaged=int(has_torn_row))

    def _open_at(self, files: list[_Found], position: LedgerPosition) -> LedgerFile | None:
        """The file in which the position lies, wherever it is by now.

        The one already open can be read to its end even when logrotate has deleted it,
        unless it is a copy and the original still grows.
        """
        if self._opened is not None and self._opened.holds(position):
            is_copy = any(file.path == self.path and _is_copy(file, self._opened, position) for file in files)
            if not is_copy:
                return self._opened
        self._keep(None)
        for file in reversed(files):
            try:
                opened = LedgerFile(file.path)
            except FileNotFoundError:
                continue
            except OSError:
                if file.path == self.path:
                    raise
                continue
            # a copy made by copytruncate may lack the last rows that were read from the original
            is_short_copy = file.path != self.path and opened.size < position.offset and opened.begins(position)
            if opened.holds(position) or is_short_copy:
                self._keep(opened)
                return opened
            opened.close()
        return None

    def _list_newer(self, files: list[_Found], opened: LedgerFile) -> list[_Found]:
        """Files that were written after the open one was finished."""
        if files and files[-1].path == self.path and files[-1].inode == opened.inode:
            return []
        return [file for file in files if self._is_behind(file, opened.modified_ns) and file.inode != opened.inode]

    def _is_behind(self, file: _Found, modified_ns: int) -> bool:
        return file.path == self.path or file.modified_ns >= modified_ns

    def _read_first(
        self,
        files: list[_Found],
        position: LedgerPosition | None,
        max_rows: int,
        until: LedgerPosition | None,
        *,
        gap: str | None = None,
        damaged: int = 0,
    ) -> LedgerBatch:
        """The first rows of the first of `files` that has any; else nothing, and the position stays."""
        for file in files:
            try:
                opened = LedgerFile(file.path)
            except FileNotFoundError:
                continue
            except OSError as error:
                if file.path == self.path:
                    raise
                gap = gap or f"{file.path} cannot be read: {error.strerror}."
                continue
            batch = opened.read(None, max_rows, until=until)
            if batch.position is None:
                opened.close()
                continue
            self._keep(opened)
            at_end = batch.at_end and file is files[-1]
            return replace(batch, at_end=at_end, gap=gap, damaged=batch.damaged + damaged)
        if position is None:
            return LedgerBatch(rows=[], position=None, at_end=True, is_awaited=not files)
        return LedgerBatch(rows=[], position=position, at_end=True, problem=gap)

    def _list_files(self) -> list[_Found]:
        """The file and its uncompressed rotations, oldest first; the one at the path is the newest."""
        found = []
        with os.scandir(self.path.parent) as entries:
            for entry in entries:
                if not self._is_ours(entry.name):
                    continue
                try:
                    status = entry.stat()
                except FileNotFoundError:
                    continue
                file = _Found(
                    path=self.path.parent / entry.name,
                    inode=(status.st_dev, status.st_ino),
                    size=status.st_size,
                    modified_ns=status.st_mtime_ns,
                )
                found.append(file)
        return sorted(found, key=lambda file: (file.path == self.path, file.modified_ns))

    def _is_ours(self, name: str) -> bool:
        stem, suffix = self.path.stem, self.path.suffix
        if name.startswith(self.path.name):
            added = name[len(self.path.name) :]
        elif name.startswith(stem) and name.endswith(suffix):
            added = name[len(stem) : len(name) - len(suffix)]
        else:
            return False
        return not added or _ROTATED.fullmatch(added) is not None

    def _keep(self, opened: LedgerFile | None) -> None:
        if self._opened is not None and self._opened is not opened:
            self._opened.close()
        self._opened = opened


def read_cel_rows(path: Path) -> Iterator[list[str]]:
    """Every row of a CEL file that will not grow, in bounded memory; a damaged one has not 20 columns.

    Raises OSError as `open` does.
    """
    data = b""
    with path.open("rb") as file:
        while chunk := file.read(READ_AT_ONCE):
            data += chunk
            rows = cut_rows(data)
            if not rows and len(data) > CHUNK:
                rows = [data[:-1]]
            data = data[length_of(rows) :]
            yield from filter(None, parse_rows(leave_out_silent(rows)))
    if data:
        yield from filter(None, parse_rows([data]))


def _is_copy(file: _Found, opened: LedgerFile, position: LedgerPosition) -> bool:
    """True if the file begins like the open one that holds the position, but is another."""
    if file.inode == opened.inode:
        return False
    try:
        other = LedgerFile(file.path)
    except OSError:
        return False
    try:
        return other.begins(position)
    finally:
        other.close()
