"""What commands print: text for people, or a file."""

from __future__ import annotations

import sys

from callcenter.errors import InputError
from callcenter.table_files import Shape


def check_output(shape: Shape | None, *, name: str) -> None:
    """Raises InputError where an Excel file would be written to a terminal."""
    if shape is Shape.XLSX and sys.stdout.isatty():
        raise InputError(f"Excel does not fit on a terminal: send it to a file with > {name}.xlsx")


def write_output(shown: str | bytes) -> None:
    """Write to stdout without a change."""
    if isinstance(shown, bytes):
        sys.stdout.buffer.write(shown)
    else:
        sys.stdout.write(shown)
