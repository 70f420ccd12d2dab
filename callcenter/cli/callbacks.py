"""`callcenter callbacks`: prints the callback list."""

from __future__ import annotations

import asyncio
from datetime import date

from callcenter.callbacks.terminal import run_callbacks
from callcenter.cli.output import check_output, write_output
from callcenter.languages import Language
from callcenter.settings import load_settings
from callcenter.table_files import Shape


def print_callbacks(day: date | None, *, shape: Shape | None, language: Language) -> int:
    """The live list, or that of a day. Returns the exit code."""
    check_output(shape, name="callbacks")
    write_output(asyncio.run(run_callbacks(load_settings(), day, shape, language)))
    return 0
