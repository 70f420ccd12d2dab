"""One file of the ledger, held open: whole rows behind a position, and whether the position is still good."""

from __future__ import annotations

import hashlib
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from callcenter.errors import InputError
from callcenter.pbx.cel_rows import COLUMNS, cut_rows, leave_out_silent, length_of, parse_rows

FINGERPRINT_SIZE = 256
CHUNK = 1024 * 1024
"""Bytes read at once; a row that does not end within them is damaged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerPosition:
    """Behind a row of the ledger: where reading goes on. Never at 0, never in the middle of a row."""

    offset: int
    """Bytes of the file in front of the next row."""
    head: str
    """SHA-256 of the file's first bytes, at most 256 and none behind the offset."""
    tail: str
    """SHA-256 of the last bytes in front of the offset: a file that lost its end is not trusted."""
    modified_ns: int
    """When the file had last been written to: older files were read before it."""

    def to_json(self) -> dict[str, Any]:
        """As the database keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> LedgerPosition:
        """The inverse of `to_json`; InputError for anything else."""
        try:
            return cls(**value)
        except TypeError as error:
            raise InputError("The saved position in the ledger cannot be read.") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerBatch:
    """Rows in order, and where reading goes on behind them."""

    rows: list[list[str]]
    """Each of 20 columns. Those that say nothing (`cel_rows.SILENT_EVENTS`) are left out."""
    position: LedgerPosition | None
    """Behind these rows; None as long as nothing was ever read."""
    damaged: int = 0
    """Rows left out because they could not be read."""
    at_end: bool
    """True when there is nothing more to read now."""
    gap: str | None = None
    """Why rows in front of these may be missing for good."""
    problem: str | None = None
    """Why nothing can be read now; the position is then as it was."""
    is_awaited: bool = False
    """True as long as there is no file and never was one: whatever happens meanwhile is not seen."""


class LedgerFile:
    """A file of the ledger, held open; let go of at the latest with the object."""

    def __init__(self, path: Path) -> None:
        self._descriptor = -1
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        status = os.fstat(self._descriptor)
        self.inode = (status.st_dev, status.st_ino)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        self.close()

    @property
    def size(self) -> int:
        return os.fstat(self._descriptor).st_size

    @property
    def modified_ns(self) -> int:
        return os.fstat(self._descriptor).st_mtime_ns

    def begins(self, position: LedgerPosition) -> bool:
        """True if this is the position's file, or a copy of it."""
        return self._head(position.offset) == position.head

    def holds(self, position: LedgerPosition) -> bool:
        """True if what was read up to the position still stands here."""
        return self.size >= position.offset and self.begins(position) and self._tail(position.offset) == position.tail

    def read(
        self, position: LedgerPosition | None, max_rows: int, *, until: LedgerPosition | None = None
    ) -> LedgerBatch:
        """Rows behind the position, and in front of `until` if that lies ahead; without any the position stays."""
        modified_ns = self.modified_ns
        offset = 0 if position is None else position.offset
        rows, is_rest = self._cut(offset)
        taken = rows[:max_rows]
        if not taken:
            return LedgerBatch(rows=[], position=position, at_end=True)
        behind = offset + length_of(taken)
        if until is not None and offset < until.offset < behind and self.begins(until):
            while behind > until.offset:
                behind -= length_of([taken.pop()])
        parsed = [row for row in parse_rows(leave_out_silent(taken)) if row]
        whole = [row for row in parsed if len(row) == COLUMNS]
        return LedgerBatch(
            rows=whole,
            position=LedgerPosition(
                offset=behind, head=self._head(behind), tail=self._tail(behind), modified_ns=modified_ns
            ),
            damaged=len(parsed) - len(whole),
            at_end=is_rest and len(taken) == len(rows),
        )

    def _cut(self, offset: int) -> tuple[list[bytes], bool]:
        """Rows from there on, as many as are read at once, and whether the file ends behind them."""
        data = os.pread(self._descriptor, CHUNK, offset)
        rows = cut_rows(data)
        if not rows and len(data) == CHUNK:
            rows = [data[:-1]]
        return rows, len(data) < CHUNK

    def _head(self, offset: int) -> str:
        return self._fingerprint(0, min(FINGERPRINT_SIZE, offset))

    def _tail(self, offset: int) -> str:
        start = max(0, offset - FINGERPRINT_SIZE)
        return self._fingerprint(start, offset - start)

    def _fingerprint(self, start: int, size: int) -> str:
        return hashlib.sha256(os.pread(self._descriptor, size, start)).hexdigest()
