"""Where a message lies, whether it is that of the call, and when it has been heard. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_PATH = re.compile(r"(?:.*/)?([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+/msg\d{4,})", re.ASCII)
_ORIGTIME = re.compile(r"^origtime=(\d{1,11})$", re.MULTILINE | re.ASCII)

TOLERANCE = timedelta(seconds=5)

HEARD_FROM_PERCENT = 50
"""Who was given so much of a message, in one piece or in several, has heard it."""


def path_in_folder(file: str | None) -> str | None:
    """`CONTEXT/MAILBOX/FOLDER/msg0000` as the PBX reported it, wherever its spool is; None for anything else."""
    match = _PATH.fullmatch(file or "")
    return None if match is None else match[1]


def is_of_call(description: str, *, started_at: datetime, ended_at: datetime | None) -> bool:
    """Whether the text file beside a message says that it was left during the call: numbers are used again."""
    match = _ORIGTIME.search(description)
    if match is None:
        return False
    left = int(match[1])
    is_before = ended_at is None or left <= (ended_at + TOLERANCE).timestamp()
    return is_before and left >= (started_at - TOLERANCE).timestamp()
