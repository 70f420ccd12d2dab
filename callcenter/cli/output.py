"""What commands print: text for people, or a file."""

from __future__ import annotations

import sys

from callcenter.errors import InputError
from callcenter.table_files import Shape


def check_output(shape: Shape | None, *, name: str) -> None:
    """Excel is bytes and not for a terminal. Raises InputError."""
    if shape is Shape.XLSX and sys.stdout.isatty():
        raise InputError(f"Excel does not fit on a terminal: send it to a file with > {name}.xlsx")


def write_output(shown: str | bytes) -> None:
    """To stdout, as it is."""
    if isinstance(shown, bytes):
        sys.stdout.buffer.write(shown)
    else:
        sys.stdout.write(shown)
