"""`callcenter callbacks`: the list goes to stdout, as it is."""

from __future__ import annotations

import asyncio
import sys
from datetime import date

from callcenter.callbacks.command import run_callbacks
from callcenter.errors import InputError
from callcenter.settings import load_settings


def print_callbacks(day: date | None, *, shape: str | None) -> int:
    """The live list, or that of a day. Excel is bytes and not for a terminal."""
    if shape == "xlsx" and sys.stdout.isatty():
        raise InputError("Excel does not fit on a terminal: send it to a file with > callbacks.xlsx")
    shown = asyncio.run(run_callbacks(load_settings(), day, shape))
    if isinstance(shown, bytes):
        sys.stdout.buffer.write(shown)
    else:
        sys.stdout.write(shown)
    return 0
